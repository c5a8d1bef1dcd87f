#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Instructions that a measured start adds on the emulated USB armory: for a start, and
for each byte that is hashed.

Exit status 1 if a goal is missed, 77 if a tool is missing."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import board  # noqa: E402
from tzvmm_tools import bootpkg, figures  # noqa: E402

SMALL, LARGE = 1 << 16, 1 << 20
GOAL_BYTE, GOAL_START = 48.0, 200_000


def cost(args, size: int) -> int:
    """Of a start with an initrd of so many bytes."""
    initrd = bootpkg.Payload(bootpkg.INITRD, bytes(size))
    guest = HERE.parent / "switch" / "guest.S"
    bench = board.Board(args, guest, bootpkg.STOCK, more=(initrd,))
    (counted,) = bench.once("monitor:measure_guest", "monitor:board_card_start")
    return counted


def main() -> int:
    args = board.arguments(__doc__)
    small, large = cost(args, SMALL), cost(args, LARGE)
    byte = (large - small) / (LARGE - SMALL)
    start = small - round(byte * SMALL)
    rows = [("a byte that is hashed", round(byte, 1), GOAL_BYTE),
            ("a start, without its bytes", start, GOAL_START)]
    figures.keep("measure", ("what", "instructions", "goal"), rows)
    for what, value, goal in rows:
        print(f"{what:28} {value:10.1f} instructions, goal {goal}"
              f"{'  MISSED' if value > goal else ''}", flush=True)
    return 1 if byte > GOAL_BYTE or start > GOAL_START else 0


if __name__ == "__main__":
    sys.exit(main())
