#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A monitor that hangs is reset by the hardware; one that has halted is not."""

import subprocess
import time
from pathlib import Path

from harness import WORK, Tap, main

import bare  # behind harness, which knows where the tools are
from tzvmm_tools import qemu
from tzvmm_tools.console import Closed, Late

START = 60.0
TIMEOUT = 8.0  # of the watchdog
LATE = 30.0
PROMPT = "\x1dm"
TRAP = "record"  # the prompt's command that never comes back
FOR_EVER = (0xE7FE).to_bytes(2, "little")  # b ., in Thumb


def tool(name: str, *args: str | Path) -> str:
    return subprocess.run([bare.PREFIX + name, *args], check=True, capture_output=True, text=True).stdout


def monitor_with_trap() -> Path:
    """The monitor, but for one command's first instruction."""
    trapped, text = WORK / "trapped.elf", WORK / "text.bin"
    symbols = (line.split() for line in tool("nm", qemu.MONITOR).splitlines())
    at = next(int(words[0], 16) for words in symbols if words[-1] == TRAP)
    sections = (line.split() for line in tool("objdump", "-h", qemu.MONITOR).splitlines())
    start = next(int(words[3], 16) for words in sections if words[1:2] == [".text"])
    tool("objcopy", "-O", "binary", "-j", ".text", qemu.MONITOR, text)
    code = bytearray(text.read_bytes())
    code[at - start:at - start + 2] = FOR_EVER
    text.write_bytes(code)
    tool("objcopy", "--update-section", f".text={text}", qemu.MONITOR, trapped)
    return trapped


class Run:
    """The console of one emulator."""

    def __init__(self, emulator: qemu.Emulator) -> None:
        self._console = emulator.console
        self.lines: list[str] = []

    def wait(self, text: str, limit: float = START) -> bool:
        deadline = time.monotonic() + limit
        try:
            self.lines.append(self._console.wait(deadline).text)
            while text not in self.lines[-1]:
                self.lines.append(self._console.wait(deadline).text)
        except (Closed, Late):
            return False
        return True

    def send(self, text: str) -> None:
        self._console.send(text)


def hung_and_halted(tap: Tap) -> None:
    board = qemu.Board(package=bare.build_busy_guest(WORK), card=bare.build_card(WORK),
                       monitor=monitor_with_trap(), reboot=True)
    with qemu.Emulator(board.argv()) as emulator:
        run = Run(emulator)
        run.wait("writing")
        run.send(PROMPT + "status\r")
        tap.check("the monitor works", run.wait("exits: "), run.lines)
        tap.check("and goes on for longer than the watchdog's time",
                  not run.wait("guest: start", TIMEOUT + 2), run.lines)
        run.send(TRAP + "\r")
        begin = time.monotonic()
        tap.check("one that hangs is reset", run.wait("tzvmm 0", LATE), run.lines[-20:])
        took = time.monotonic() - begin
        tap.check("in the watchdog's time", TIMEOUT - 1 <= took <= LATE, took)
        tap.check("which the log says", run.wait("the watchdog has reset the board"), run.lines[-20:])
        tap.check("and the guest starts anew", run.wait("writing"), run.lines[-20:])
        run.send(PROMPT + "off\r")
        tap.check("the system goes off", run.wait("system off"), run.lines[-20:])
        tap.check("and stays off for longer than that time",
                  not run.wait("tzvmm 0", TIMEOUT + 4), run.lines[-20:])


main(hung_and_halted)
