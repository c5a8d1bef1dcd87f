#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Instructions of the world switch on the emulated USB armory: a null call, a
trapped read, the way from the FIQ vector to a device's handler, and what the LED takes.

Peers are in docs/performance.md. Exit status 1 if a goal is missed, 77
if a tool is missing."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import board  # noqa: E402
from tzvmm_tools import bootpkg, figures  # noqa: E402

# What, from, to, in which image each place is, goal.
FIGURES = [
    ("null SMC, there and back", "guest:bench_smc", "guest:bench_smc_end", 90),
    ("FIQ vector to the device's handler", "monitor:armv7a_monitor_fiq", "monitor:platform_tick", 60),
    ("the LED, on the way in", "monitor:armv7a_exit_smc_led", "monitor:armv7a_exit_smc_led_end", 3),
    ("the LED, on the way back", "monitor:armv7a_resume_led", "monitor:armv7a_resume_led_end", 3),
    ("trapped read of the UART", "guest:bench_uart", "guest:bench_uart_end", 350),
    ("trapped read of the TZIC", "guest:bench_tzic", "guest:bench_tzic_end", 350),
]


def main() -> int:
    args = board.arguments(__doc__)
    bench = board.Board(args, HERE / "guest.S", bootpkg.STOCK)
    missed, most, rows = 0, [], []
    for what, begin, end, goal in FIGURES:
        counts = bench.measure(begin, end)
        worst = counts[-1]
        missed += worst > goal
        most.append(worst)
        rows.append((what, worst, goal))
        print(f"{what:36} {counts[len(counts) // 2]:5} instructions, most {worst:5}, goal {goal:4}"
              f"{'  MISSED' if worst > goal else ''}", flush=True)
    rows.append(("null SMC without the LED", most[0] - most[2] - most[3], ""))
    print(f"{rows[-1][0]:36} {rows[-1][1]:5} instructions")
    figures.keep("switch", ("what", "instructions", "goal"), rows)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
