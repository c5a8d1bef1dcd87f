#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Instructions that a guest's devices cost by trapped accesses (stock) and by calls
(paravirt), on the emulated USB armory: notification, injection, console, disk.

Exit status 1 if a call costs more than the trapped way, 77 if a tool is missing."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import board  # noqa: E402
from tzvmm_tools import bootpkg, figures  # noqa: E402

FIGURES = [
    ("notification, nothing to do", "guest:bench_notify", "guest:bench_notify_end"),
    ("notification, GET_ID, to the guest's IRQ vector", "guest:bench_id", "guest:bench_irq"),
    ("injection: line raised to the guest's IRQ vector", "monitor:tzic_set_level",
     "guest:bench_irq"),
    ("interrupt taken and acknowledged", "guest:bench_ack", "guest:bench_ack_end"),
    ("24 bytes to the console", "guest:bench_console", "guest:bench_console_end"),
    ("4 KiB read, submit to completion", "guest:bench_read", "guest:bench_read_end"),
]


def main() -> int:
    args = board.arguments(__doc__)
    source = HERE / "guest.S"
    stock = board.Board(args, source, bootpkg.STOCK, "-Wa,--defsym,PARAVIRT=0")
    worse, kept = 0, []
    rows = [(stock.measure(begin, end), what) for what, begin, end in FIGURES]
    paravirt = board.Board(args, source, bootpkg.PARAVIRT, "-Wa,--defsym,PARAVIRT=1")
    print(f"{'':50} {'stock':>7} {'paravirt':>9}")
    for (traps, what), (_, begin, end) in zip(rows, FIGURES, strict=True):
        calls = paravirt.measure(begin, end)
        medians = [counts[len(counts) // 2] for counts in (traps, calls)]
        worse += medians[1] > medians[0]
        kept.append((what, *medians))
        print(f"{what:50} {medians[0]:7} {medians[1]:9}", flush=True)
    figures.keep("front", ("what", "stock", "paravirt"), kept)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
