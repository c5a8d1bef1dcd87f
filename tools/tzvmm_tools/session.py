# SPDX-License-Identifier: BSD-2-Clause
"""A guest that runs: wait for its shell, run commands, power it off."""

from __future__ import annotations

import base64
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from .base import STATUS_CARD, STATUS_HANG, STATUS_MONITOR, Failure
from .console import Closed, Late, Line
from .qemu import Emulator

BOOT_LIMIT = 300.0
RUN_LIMIT = 300.0
OFF_LIMIT = 120.0
ANSWER_LIMIT = 60.0

# Said by the profile of the guest's root; a file system of the user's own may ask
# for a login instead.
_READY_TEXT = "root shell ready"
_READY = re.compile(f"^{_READY_TEXT}$")
_LOGIN = re.compile(r"login: *$")
_PANIC = re.compile(r"Kernel panic - not syncing: *(.*)")
# A kernel that lost a thread goes on for a while; then something waits for ever for
# what that thread held, as a power-off does.
_OOPS = re.compile(r"Internal error: .*\[#\d+\].*")
_FATAL = re.compile(r"^(?:fatal|panic): *(.*)", re.IGNORECASE)
_CARD = re.compile(r"card|partition|mbr|sd\b|esdhc", re.IGNORECASE)
_OFF = re.compile(r"^system off")
_RESET = re.compile(r"^system reset")
_ESCAPE = "\x1d"  # TZVMM_CONSOLE_ESCAPE
_CHUNK = 160  # characters typed before the shell's answer is waited for


@dataclass(frozen=True)
class Result:
    """What a command in the guest gave."""

    status: int
    output: str


class _Output:
    """A command's output out of the console's lines. An end of line is passed
    on with what follows it: that may be a further piece of the same line."""

    def __init__(self, sink: Callable[[str], object]) -> None:
        self._sink = sink
        self._held: Line | None = None  # perhaps only the start of a line
        self._text: list[str] = []

    def add(self, line: Line) -> None:
        """Take the next line of the guest."""
        if self._held and not self._held.was_cut(line):
            self._emit(self._held)
        self._held = line if line.text.endswith("\\") else None
        if not self._held:
            self._emit(line)

    def _emit(self, line: Line) -> None:
        separate = bool(self._text) and not line.continues
        self._text.append(("\n" if separate else "") + line.text)
        self._sink(self._text[-1])

    def finish(self) -> str:
        """All of it. The empty line or the end of line that we put in front of
        our mark is not passed on."""
        if self._held:
            self._emit(self._held)
        return "".join(self._text)


class Session:
    """The guest behind an emulator's console."""

    def __init__(self, emulator: Emulator, *, prefixed: bool = True) -> None:
        self._emulator = emulator
        self._console = emulator.console
        self._prefixed = prefixed
        self._nonce = secrets.token_hex(4)
        self._marks = 0

    def _from_guest(self, line: Line) -> bool:
        return line.source == "guest" or (not self._prefixed and not line.source)

    def _next(self, deadline: float, waiting_for: str) -> Line:
        """The next line, unless it says that there is nothing to wait for."""
        try:
            line = self._console.wait(deadline)
        except Late as error:
            raise Failure(self._hung(waiting_for), STATUS_HANG) from error
        except Closed as error:
            raise self._emulator.died() from error
        fatal = _FATAL.search(line.text) if line.is_monitor else None
        if fatal:
            status = STATUS_CARD if _CARD.search(line.text) else STATUS_MONITOR
            raise Failure(f"the monitor stopped: {fatal.group(1)}", status)
        panic = _PANIC.search(line.text) if self._from_guest(line) else None
        if panic:
            raise Failure(f"the guest's kernel panicked: {panic.group(1)}", STATUS_HANG)
        oops = _OOPS.search(line.text) if self._from_guest(line) else None
        if oops:
            raise Failure(f"the guest's kernel is broken: {oops.group()}", STATUS_HANG)
        return line

    def _hung(self, waiting_for: str) -> str:
        lines = self._console.lines
        last = f"the last line was: {lines[-1].text}" if lines else "it never said anything"
        return f"the guest hangs: no {waiting_for} in time; {last}"

    def wait_for_shell(self, limit: float = BOOT_LIMIT) -> None:
        """Wait until root's shell reads commands, and make it quiet."""
        deadline = time.monotonic() + limit
        while True:
            self._answer_login()
            line = self._next(deadline, "login")
            if self._from_guest(line) and _READY.search(line.text):
                break
        self._type("stty -echo; PS1=; PS2=; dmesg -n 1; command=")

    def _answer_login(self) -> None:
        """A file system of the user's own may ask who we are."""
        try:
            prompt = self._console.unfinished(patience=0.5)
        except Closed as error:
            raise self._emulator.died() from error
        if prompt and self._from_guest(prompt) and _LOGIN.search(prompt.text):
            self._send("root\n")
            self._send(f"echo '{_READY_TEXT}'\n")

    def _mark(self) -> tuple[str, str]:
        """Shell text that prints a mark, and the mark. What is typed never
        contains it, so an echo cannot be mistaken for it."""
        self._marks += 1
        return f"TZ''VMM-{self._nonce}-{self._marks}", f"TZVMM-{self._nonce}-{self._marks}"

    def _type(self, command: str) -> None:
        """Type a line and wait until the shell has read it."""
        text, mark = self._mark()
        self._send(f"{command}; echo {text}\n")
        deadline = time.monotonic() + ANSWER_LIMIT
        while not self._guest_line(deadline, "answer from the shell").text.endswith(mark):
            pass

    def _send(self, text: str) -> None:
        try:
            self._console.send(text)
        except Closed as error:
            raise self._emulator.died() from error

    def run(
        self,
        command: str,
        limit: float = RUN_LIMIT,
        sink: Callable[[str], object] = lambda text: None,
    ) -> Result:
        """Run a command as root; sink gets its output as it comes."""
        encoded = base64.b64encode(command.encode()).decode()
        self._type("command=")
        for start in range(0, len(encoded), _CHUNK):
            self._type(f"command=${{command}}{encoded[start:start + _CHUNK]}")
        begin_text, begin = self._mark()
        end_text, end = self._mark()
        self._send(
            f'echo {begin_text}; bash -c "$(echo $command | base64 -d)" </dev/null; '
            f"s=$?; echo; echo {end_text} $s\n"
        )
        deadline = time.monotonic() + limit
        while not self._guest_line(deadline, "answer from the shell").text.endswith(begin):
            pass
        output = _Output(sink)
        while True:
            line = self._guest_line(deadline, "end of the command")
            ended = re.fullmatch(f"{end} (\\d+)", line.text)
            if ended:
                return Result(int(ended.group(1)), output.finish())
            output.add(line)

    def _guest_line(self, deadline: float, waiting_for: str) -> Line:
        while True:
            line = self._next(deadline, waiting_for)
            if self._from_guest(line):
                return line

    def ask_monitor(self, command: str, answer: str) -> re.Match[str]:
        """Give a command at the monitor's prompt and wait for a line of it."""
        self._send(f"{_ESCAPE}m{command}\r{_ESCAPE}1")
        deadline = time.monotonic() + ANSWER_LIMIT
        while True:
            line = self._next(deadline, f"answer of the monitor to {command}")
            match = re.search(answer, line.text) if line.is_monitor else None
            if match:
                return match

    def type(self, command: str) -> None:
        """Type a command that the shell does not outlive."""
        self._send(command + "\n")

    def _end(self, command: str, said: re.Pattern[str], limit: float) -> None:
        """Give a command and wait until the monitor says that it is done."""
        self.type(command)
        deadline = time.monotonic() + limit
        while True:
            line = self._next(deadline, command)
            if line.is_monitor and said.search(line.text):
                return

    def power_off(self, limit: float = OFF_LIMIT) -> None:
        """Power the guest off."""
        self._end("poweroff", _OFF, limit)

    def reboot(self, limit: float = OFF_LIMIT) -> None:
        """Let the guest reset the board."""
        self._end("reboot", _RESET, limit)
