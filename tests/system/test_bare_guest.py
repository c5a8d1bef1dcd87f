#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A guest without an OS, written from the ABI's headers alone.
usage: test_bare_guest.py [paravirt BOARD]"""

import os
from pathlib import Path

import pexpect
from harness import BOARD, BUILD, TOP, WORK, Tap, main

import bare  # behind harness, which knows where the tools are
from tzvmm_tools import bootpkg, card, manifest, qemu

ELF = BUILD / BOARD / "examples" / "bare_guest" / "bare_guest.elf"
SECTORS = 64


def on_a_terminal(tap: Tap, package: Path, image: Path) -> None:
    """./demo without --exec: the prompt, the guest, and both ways to leave."""

    def start() -> pexpect.spawn:
        options = ["--guest", "paravirt", "--package", str(package), "--sd", str(image)]
        demo = pexpect.spawn(str(TOP / "demo"), options, timeout=bare.LIMIT, encoding="utf-8")
        demo.expect("press a key\r")
        return demo

    def ends(demo: pexpect.spawn, word: str) -> bool:
        demo.expect(pexpect.EOF)
        demo.close()
        return demo.exitstatus == 0 and word in demo.before

    with start() as demo:
        demo.send("\x1dm")
        demo.expect("tzvmm> ")
        demo.send("status\r")
        demo.expect(r"monitor\] exits: \d+ smc")
        demo.send("\x1d1")
        demo.expect("input goes to guest")
        demo.send("q")
        demo.expect(f"key {ord('q'):08x}")
        tap.check("on a terminal the prompt answers and the guest is typed to", True)
        tap.check("./demo ends with the guest", ends(demo, "the guest is off"), demo.before)
    with start() as demo:
        demo.send("\x01x")
        tap.check("Ctrl-A x leaves", ends(demo, "left"), demo.before)


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
    if BOARD == manifest.DEFAULT:
        on_a_terminal(tap, package, image)


main(bare_guest)
