#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A guest without an OS, written from the ABI's headers alone.
usage: test_bare_guest.py [paravirt BOARD]"""

import os

from harness import BOARD, BUILD, WORK, Tap, main

import bare  # behind harness, which knows where the tools are
from tzvmm_tools import bootpkg, card, qemu

ELF = BUILD / BOARD / "examples" / "bare_guest" / "bare_guest.elf"
SECTORS = 64


def bare_guest(tap: Tap) -> None:
    raw = WORK / "bare_guest.bin"
    bare.to_image(ELF, raw)
    image = bare.build_card(WORK)
    part = card.partitions(image)[1]
    data = os.urandom(SECTORS * card.SECTOR)
    with image.open("r+b") as file:
        file.seek(part.start)
        file.write(data)
    package = bare.build_package(WORK, raw, bootpkg.PARAVIRT, board=BOARD)
    board = qemu.Board(package=package, card=image, machine=BOARD, monitor=qemu.monitor(BOARD))
    lines = bare.run(board, {"press a key": "k"})
    tap.check("it prints", "a guest without an OS" in lines, lines)
    # ENT-1: the flags of CPSR are not promised.
    dtb = f"dtb {bootpkg.load_address(bootpkg.DTB, BOARD):08x}"
    entry = {"r0 00000000", "r1 ffffffff", dtb, "cpsr 00000093"}
    tap.check("it starts as the boot protocol says", entry <= set(lines), lines)
    sectors = f"sectors {part.size // card.SECTOR:08x}"
    tap.check("it sees its partition, to its end", sectors in lines, lines)
    tap.check("it reads what is on the card", f"sum {bare.fletcher(data):08x}" in lines, lines)
    tap.check("it gets the key that was typed", f"key {ord('k'):08x}" in lines, lines)
    tap.check("it powers off", "done" in lines and "system off" in lines, lines)


main(bare_guest)
