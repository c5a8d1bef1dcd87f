#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Boards on which DDR answers at more than one address."""

from harness import TOP, WORK, Tap, main

import bare  # behind harness, which knows where the tools are
from tzvmm_tools import qemu

LATE = ("-global", "imx53-m4if.imprecise=on")
REFUSED = "ram: 2 other addresses of secure RAM, from 0x90000000, refused to the guest"
REACHED = "fatal: DDR: the normal world reaches secure RAM at"

# What the board is like, the emulator's machine and options, what the monitor says.
BOARDS = [
    ("no alias", "none", (), "ram: secure RAM has no other address"),
    ("aliases that the watermark covers", "blocked", (), REFUSED),
    ("the same, refused late", "blocked", LATE, REFUSED),
    ("an alias that is open", "open", (), f"{REACHED} 0x90000000"),
    ("the same where refusals come late", "open", LATE, f"{REACHED} 0x90000000"),
    ("an open alias at the other chip select", "csd1", (), f"{REACHED} 0xb0000000"),
    ("half the memory", "blocked", ("-m", "256M"),
     "fatal: DDR: the guest's RAM is secure RAM at 0x80000000"),
]


def alias(tap: Tap) -> None:
    _, raw = bare.build_guest(WORK, TOP / "tests" / "bench" / "switch" / "guest.S")
    package, card = bare.build_package(WORK, raw), bare.build_card(WORK)
    for what, name, options, says in BOARDS:
        board = qemu.Board(package=package, card=card, machine=f"usb_armory,ddr-alias={name}",
                           extra=options)
        lines = bare.run(board)
        starts = any(line.startswith("guest: start") for line in lines)
        tap.check(f"{what}: the monitor says so", says in lines, lines)
        refuses = says.startswith("fatal")
        tap.check(f"and starts {'no' if refuses else 'the'} guest", starts != refuses, lines)
        late = [line for line in lines if "imprecise" in line]
        tap.check("with no abort left over", not late, late)


main(alias)
