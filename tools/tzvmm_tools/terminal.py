# SPDX-License-Identifier: BSD-2-Clause
"""The user's terminal on the secure UART."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import termios
import tty
from collections.abc import Iterator
from typing import BinaryIO

from .base import say
from .console import Closed, Console
from .qemu import Board, Emulator

_ESCAPE = 0x01  # Ctrl-A, as in QEMU and minicom
_LEAVE = ord("x")
HOW_TO_LEAVE = "Ctrl-A x leaves, as does poweroff in the guest; Ctrl-] m is the monitor's prompt"


class Keys:
    """What is typed, with our escape taken out."""

    def __init__(self) -> None:
        self._escaped = False
        self.leave = False

    def filter(self, typed: bytes) -> bytes:
        """What goes to the UART."""
        out = bytearray()
        for key in typed:
            if self._escaped:
                self._escaped = False
                self.leave |= key == _LEAVE
                if key == _ESCAPE:
                    out.append(key)
            elif key == _ESCAPE:
                self._escaped = True
            else:
                out.append(key)
        return bytes(out)


@contextlib.contextmanager
def _raw_terminal() -> Iterator[int]:
    """Standard input without line editing, as it was afterwards."""
    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    tty.setraw(fd)
    try:
        yield fd
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


def _off(console: Console, seen: int) -> bool:
    return any(x.is_monitor and x.text.startswith("system off") for x in console.lines[seen:])


def _relay(emulator: Emulator, fd: int) -> str:
    """Pass bytes both ways until somebody ends it; says who did."""
    console, keys = emulator.console, Keys()
    while not keys.leave:
        for ready in select.select([console, fd], [], [])[0]:
            if ready is console:
                seen = len(console.lines)
                os.write(sys.stdout.fileno(), console.receive())
                if _off(console, seen):
                    return "the guest is off"
            else:
                typed = os.read(fd, 1024)
                if not typed:
                    return "end of input"
                console.send_bytes(keys.filter(typed))
    return "left"


def run(board: Board, log: BinaryIO | None) -> int:
    """Interactive: the secure log and the guest's console on this terminal."""
    say(HOW_TO_LEAVE)
    with Emulator(board.argv(), log) as emulator:
        try:
            with _raw_terminal() as fd:
                why = _relay(emulator, fd)
        except Closed:
            raise emulator.died() from None
    print()
    say(why)
    return 0
