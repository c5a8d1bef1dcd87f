#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A guest whose page tables change under the monitor's hands."""

from pathlib import Path

from harness import WORK, Tap, main

import bare  # behind harness, which knows where the tools are
import traces
from tzvmm_tools import qemu


def page_tables(tap: Tap) -> None:
    _, raw = bare.build_guest(WORK, Path(__file__).with_name("page_tables.S"))
    board = qemu.Board(package=bare.build_package(WORK, raw), card=bare.build_card(WORK),
                       icount=True, led_trace=WORK / "led.trace")
    lines = bare.run(board)
    tap.check("a walk into closed memory does not stop the monitor",
              not any("fatal" in line for line in lines), lines)
    tap.check("the guest reads through a supersection, gets both aborts and goes on",
              "system off" in lines, lines)
    # An abort of the monitor's own is no way back to the guest.
    traces.check_led(tap, board.led_trace, ns=traces.NS, least=4)


main(page_tables)
