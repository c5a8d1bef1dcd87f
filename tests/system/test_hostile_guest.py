#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A bare-metal guest that does what it can against the monitor, then a fresh one on the
same monitor. usage: test_hostile_guest.py stock|paravirt

With TZVMM_LONG=1 (./check --full) it runs for 10 minutes, else for 20 seconds."""

import os
import time

from data import Witness
from harness import BUILD, PARAVIRT, WORK, Tap, main

import bare  # behind harness, which knows where the tools are
from tzvmm_tools import bootpkg, card, qemu
from tzvmm_tools.base import Failure
from tzvmm_tools.console import Closed, Late

ELF = BUILD / "usb_armory" / "tests" / "hostile" / "target" / "hostile_guest.elf"
SECONDS = 600 if os.environ.get("TZVMM_LONG") == "1" else 20
LIMIT = 60.0
MARK = b"HOST"  # what the guest's disk starts with


class Run:
    """The console of one boot."""

    def __init__(self, emulator: qemu.Emulator) -> None:
        self._console = emulator.console
        self.lines: list[str] = []

    def wait(self, text: str, limit: float = LIMIT) -> bool:
        """Wait for a line that has a text; False if it does not come."""
        deadline = time.monotonic() + limit
        while not self.lines or text not in self.lines[-1]:
            try:
                self.lines.append(self._console.wait(deadline).text)
            except (Closed, Late):
                return False
            if self.lines[-1].startswith("fatal"):
                raise Failure("\n".join(self.lines[-5:]))
        return True

    def send(self, text: str) -> None:
        self._console.send(text)


def hostile_guest(tap: Tap) -> None:
    raw = WORK / "hostile.bin"
    bare.to_image(ELF, raw)
    image = bare.build_card(WORK)
    with image.open("r+b") as file:
        file.seek(card.partitions(image)[1].start)
        file.write(MARK)
    witness = Witness(image)
    profile = bootpkg.PARAVIRT if PARAVIRT else bootpkg.STOCK
    package = bare.build_package(WORK, raw, profile)
    board = qemu.Board(package=package, card=image, reboot=False)
    with qemu.Emulator(board.argv()) as emulator:
        run = Run(emulator)
        tap.check("the guest starts", run.wait("hostile: the disk works"), run.lines)
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if not run.wait("hostile: steps"):
                break
            run.lines = run.lines[-200:-1] + [""]
        tap.check(f"it and the monitor go on for {SECONDS} seconds",
                  time.monotonic() >= deadline, run.lines)
        run.send("\x1dmrestart\r\x1d1")
        tap.check("the monitor can start a fresh guest", run.wait("guest restart"), run.lines)
        tap.check("which finds a disk that works", run.wait("hostile: the disk works"), run.lines)
        tap.check("and is hostile again", run.wait("hostile: steps"), run.lines)
        run.send("q")
        tap.check("no register of the secure world was seen",
                  run.wait("registers changed 00000000"), run.lines)
        works = run.wait("at the end the disk works")
        tap.check("at the end a driver in order finds a disk that works", works, run.lines)
        tap.check("the guest powers off", run.wait("system off"), run.lines)
    witness.check(tap)


main(hostile_guest)
