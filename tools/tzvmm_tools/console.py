# SPDX-License-Identifier: BSD-2-Clause
"""The secure UART as lines: who wrote them, and what they say."""

from __future__ import annotations

import itertools
import re
import select
import socket
import time
from dataclasses import dataclass
from typing import BinaryIO

# The monitor's mux begins every line with the time and its source, and a piece
# of a long line that goes on with a plus (include/tzvmm/console.h). What a guest
# writes cannot forge it: it stands behind the guest's own prefix.
_PREFIX = re.compile(r"\[ *(\d+)\.(\d{6}) (\w+) *\]([ +])(.*)", re.DOTALL)


@dataclass(frozen=True)
class Line:
    """One line of the UART."""

    text: str  # what was written, without the prefix
    source: str = ""  # who wrote it; empty for a line without a prefix
    time_us: int | None = None  # the monitor's clock at the first byte
    continues: bool = False  # a further piece of the source's line before

    @property
    def is_monitor(self) -> bool:
        return self.source == "monitor"

    def was_cut(self, later: Line) -> bool:
        """This is the unfinished start of a line that came whole later: the
        mux ended it with a backslash because somebody else had to speak."""
        return (
            self.text.endswith("\\")
            and later.time_us is not None
            and (self.source, self.time_us) == (later.source, later.time_us)
            and later.text.startswith(self.text[:-1])
        )


def parse(raw: bytes) -> Line:
    """A line as it came, without its end."""
    text = _as_shown(raw.decode(errors="replace").strip("\r"))
    match = _PREFIX.fullmatch(text)
    if not match:
        return Line(text)
    seconds, micros, source, kind, said = match.groups()
    return Line(said, source, int(seconds) * 1_000_000 + int(micros), kind == "+")


def whole(lines: list[Line], source: str) -> list[str]:
    """The lines of a source as it wrote them: pieces joined, and starts that
    were shown again with the rest left out."""
    own = [line for line in lines if line.source == source]
    kept = [a for a, b in itertools.zip_longest(own, own[1:]) if not (b and a.was_cut(b))]
    texts: list[str] = []
    for line in kept:
        if line.continues and texts:
            texts[-1] += line.text
        else:
            texts.append(line.text)
    return texts


def _as_shown(text: str) -> str:
    """What a terminal shows of a line that was redrawn with backspaces."""
    if "\b" not in text:
        return text
    cells: list[str] = []
    cursor = 0
    for char in text:
        if char == "\b":
            cursor = max(cursor - 1, 0)
        else:
            cells[cursor : cursor + 1] = [char]
            cursor += 1
    return "".join(cells)


class Closed(Exception):
    """The other side has hung up."""


class Late(Exception):
    """Nothing that was waited for came in time."""


class Console:
    """Reads and writes the UART's socket; keeps every byte and line."""

    def __init__(self, sock: socket.socket, transcript: BinaryIO | None = None) -> None:
        self._sock = sock
        self._transcript = transcript
        self._partial = b""
        self._pending: list[Line] = []
        self.lines: list[Line] = []

    def fileno(self) -> int:
        return self._sock.fileno()

    def receive(self) -> bytes:
        """Take what has arrived; blocks if nothing has."""
        try:
            data = self._sock.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            raise Closed
        if self._transcript:
            self._transcript.write(data.replace(b"\r", b""))
            self._transcript.flush()
        *whole, self._partial = (self._partial + data).split(b"\n")
        for raw in whole:
            line = parse(raw)
            self.lines.append(line)
            self._pending.append(line)
        return data

    def wait(self, deadline: float) -> Line:
        """The next line."""
        while not self._pending:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Late
            if select.select([self._sock], [], [], left)[0]:
                self.receive()
        return self._pending.pop(0)

    def unfinished(self, patience: float) -> Line | None:
        """A line that has not ended and to which nothing is added for some
        seconds, such as a prompt; None when a whole line is there first."""
        while not self._pending:
            if select.select([self._sock], [], [], patience)[0]:
                self.receive()
            else:
                return parse(self._partial)
        return None

    def send(self, text: str) -> None:
        """Type something."""
        self.send_bytes(text.encode())

    def send_bytes(self, data: bytes) -> None:
        try:
            self._sock.sendall(data)
        except ConnectionError as error:
            raise Closed from error
