#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The LED against the world at each switch, while a guest tries to forge it: for both
guests and for both meanings that the LED can have. usage: test_led.py stock|paravirt"""

from harness import BUILD, PARAVIRT, WORK, Tap, main

import bare  # behind harness, which knows where the tools are
import traces
from tzvmm_tools import bootpkg, qemu

FOLDER = BUILD / "usb_armory"
ELF = FOLDER / "tests" / "hostile" / "target" / "forger.elf"
OTHER = FOLDER / "examples" / "monitor" / "monitor_other_led.elf"
# Of 1,040 writes; filters take those of the stock guest to GPIO and pads.
REFUSED = 1000 if PARAVIRT else 300


def check(tap: Tap, board: qemu.Board, secure: str) -> None:
    lines = bare.run(board)
    refused = [int(line.split()[-1], 16) for line in lines if line.startswith("forger: refused")]
    tap.check("the guest tries, is refused and goes on to its end",
              "forger: with bus masters" in lines and "system off" in lines and
              refused != [] and refused[0] > REFUSED, lines)
    traces.check_led(tap, board.led_trace, secure, traces.NS)


def led(tap: Tap) -> None:
    raw = WORK / "forger.bin"
    bare.to_image(ELF, raw)
    profile = bootpkg.PARAVIRT if PARAVIRT else bootpkg.STOCK
    package = bare.build_package(WORK, raw, profile)
    card = bare.build_card(WORK)
    for secure, monitor in (("0", qemu.MONITOR), ("1", OTHER)):
        board = qemu.Board(package=package, card=card, monitor=monitor, icount=True,
                           machine="usb_armory,bus-masters=on",
                           led_trace=WORK / f"led{secure}.trace")
        check(tap, board, secure)


main(led)
