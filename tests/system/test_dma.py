#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every bus master against what is the secure world's, commanded by a guest; and each
of them made secure on purpose, which the same guest has to notice. usage: test_dma.py
stock|paravirt"""

import time

from harness import BUILD, PARAVIRT, WORK, Tap, main

import bare  # behind harness, which knows where the tools are
from tzvmm_tools import bootpkg, qemu
from tzvmm_tools.console import Closed, Late

ELF = BUILD / "usb_armory" / "tests" / "hostile" / "target" / "dma.elf"
LIMIT = 60.0
CORTEX, USB, ESDHC1 = 2, 8, 26  # lower bits of their fields in SA
MASTERS = [field for field in range(0, 32, 2) if field != CORTEX]
ALL = sum(1 << field for field in MASTERS)


class Run:
    """The guest, a round at a time."""

    def __init__(self, emulator: qemu.Emulator) -> None:
        self._emulator = emulator
        self.lines: list[str] = []

    def wait(self, text: str) -> str:
        """The rest of the next line that starts so; nothing if none comes."""
        deadline = time.monotonic() + LIMIT
        while True:
            try:
                self.lines.append(self._emulator.console.wait(deadline).text)
            except (Closed, Late):
                return ""
            if self.lines[-1].startswith(text):
                return self.lines[-1].removeprefix(text).strip()

    def round(self, secure: int) -> dict[str, int]:
        """What the guest reports with these masters secure, whatever the CSU says."""
        self._emulator.qmp("qom-set", path="/machine/soc/csu", property="secure-masters",
                           value=secure)
        self._emulator.console.send("r")
        names = ("closed", "through", "taken", "dead", "leaks", "tries")
        return {name: int(self.wait(f"dma: {name}") or "-1", 16) for name in names}

    def end(self) -> bool:
        self._emulator.console.send("q")
        return self.wait("system off") == "" and self.lines[-1] == "system off"


def dma(tap: Tap) -> None:
    raw = WORK / "dma.bin"
    bare.to_image(ELF, raw)
    package = bare.build_package(WORK, raw, bootpkg.PARAVIRT if PARAVIRT else bootpkg.STOCK)
    board = qemu.Board(package=package, card=bare.build_card(WORK),
                       machine="usb_armory,bus-masters=on")
    with qemu.Emulator(board.argv()) as emulator:
        run = Run(emulator)
        run.wait("dma: ready")
        first = run.round(0)
        mutants = [run.round(1 << field) for field in MASTERS if field != ESDHC1]
        last = run.round(0)
        ended = run.end()
    tap.check("every bus master works on the guest's own memory", first["dead"] == 0, run.lines)
    tap.check(f"of {len(MASTERS)} the guest can command its own USB alone",
              first["closed"] == ALL & ~(1 << USB), first)
    tap.check("nor reach anything by one", first["through"] == 0, first)
    tap.check("if it has taken one, none but the SD host's reaches secure memory or devices",
              first["taken"] == 1 << ESDHC1, first)
    tap.check("a refused read brings nothing", first["leaks"] == 0, first)
    wanted = [1 << field | 1 << ESDHC1 for field in MASTERS if field != ESDHC1]
    seen = [report["taken"] for report in mutants]
    noticed = sum(a == b for a, b in zip(seen, wanted))
    tap.check(f"each master that is secure is noticed: {noticed} of {len(wanted)}", seen == wanted,
              [hex(mask) for mask in seen])
    tap.check("in the end it is as before", first == last, (first, last))
    tap.check("and the guest powers off", ended, run.lines[-5:])


main(dma)
