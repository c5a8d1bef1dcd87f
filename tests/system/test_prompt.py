#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Commands of the monitor's prompt that wait for the card."""

import time

from harness import WORK, Tap, main

import bare  # behind harness, which knows where the tools are
from tzvmm_tools import qemu
from tzvmm_tools.console import Closed, Late

LIMIT = 60.0
PROMPT = "\x1dm"
# The card is busy for this long after a write; it must still pass for a good one.
BUSY = ("-global", "imx53-esdhc.busy-us=900000")
# As many as are typed while it is, and far more than fit on the stack.
COMMANDS = 500


def many_restarts(tap: Tap) -> None:
    board = qemu.Board(package=bare.build_busy_guest(WORK), card=bare.build_card(WORK), extra=BUSY)
    deadline = time.monotonic() + LIMIT
    with qemu.Emulator(board.argv()) as emulator:
        lines: list[str] = []

        def wait(text: str) -> bool:
            try:
                while not lines or text not in lines[-1]:
                    lines.append(emulator.console.wait(deadline).text)
            except (Closed, Late):
                return False
            return True

        wait("writing")
        time.sleep(0.3)  # by then a write is under way, and no tick comes any more
        emulator.console.send(PROMPT + COMMANDS * "restart\r")
        restarted = wait("guest restart") and wait("writing")
        tap.check("commands typed while one waits do not run inside of it", restarted, lines)
        tap.check("a guest that stopped the timers is started anew, not the board",
                  not any("did not finish" in line for line in lines), lines)
        emulator.console.send(PROMPT + "status\r")
        tap.check("the prompt works after a restart", wait("exits: "), lines[-40:])
        emulator.console.send("off\r")
        tap.check("and stops the system", wait("system off"), lines[-40:])


main(many_restarts)
