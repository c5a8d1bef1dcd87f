# SPDX-License-Identifier: BSD-2-Clause
"""The emulator's journal, and what a card holds when the power is cut somewhere in it.

What a card had programmed before it was ready is kept. Of what it was sent since,
each sector is there or not, and one may be half old, half new. There may be ranges
that are written whole or not at all: those that a file system relies on."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SECTOR = 512
_HEAD = struct.Struct("<4sI")
_RECORD = struct.Struct("<HHIQQ")
RESET, COMMAND, DATA, READY, UART = 1, 2, 3, 4, 5
_STOP, _SET_COUNT, _WRITE_MULTIPLE = 12, 23, 25


@dataclass(frozen=True)
class Record:
    """What happened: kind, time in virtual ns, its number and bytes."""

    kind: int
    ns: int
    value: int
    data: bytes

    @property
    def command(self) -> int:
        return self.value & 0xFFFFFFFF

    @property
    def argument(self) -> int:
        return self.value >> 32


def records(path: Path, port: int = 0) -> Iterator[Record]:
    """Of one card's port, and the UART's. An emulator that was killed may have written
    a part of the last one, which is left out."""
    text = path.read_bytes()
    if len(text) < _HEAD.size or _HEAD.unpack_from(text) != (b"TJNL", 1):
        raise ValueError(f"{path} is no journal of the emulator")
    at = _HEAD.size
    while at + _RECORD.size <= len(text):
        kind, where, length, ns, value = _RECORD.unpack_from(text, at)
        at += _RECORD.size
        if at + length > len(text):
            return
        if kind == UART or where == port:
            yield Record(kind, ns, value, text[at:at + length])
        at += length


class Card:
    """A card that is given one record after the other."""

    def __init__(self, image: bytes, whole: tuple[range, ...] = (), grain: int = 1) -> None:
        self.kept = bytearray(image)  # what no cut takes away
        self._grain = grain
        self._whole = {where.start: len(where) for where in whole}
        self.pending: list[tuple[int, bytes]] = []  # sent since
        self._open = False  # a write of many blocks goes on,
        self._open_from = 0  # with this one of what is pending
        self._left = 0  # of its blocks, if it has said how many

    def _command(self, record: Record) -> None:
        if record.command == _SET_COUNT:
            self._left = (record.argument & 0xFFFF) * SECTOR
        elif record.command == _WRITE_MULTIPLE:
            self._open, self._open_from = True, len(self.pending)
        elif record.command == _STOP:
            self._open, self._left = False, 0

    def _data(self, record: Record) -> None:
        self.pending.append((record.value, record.data))
        if self._left:
            self._left = max(0, self._left - len(record.data))
            self._open = self._left != 0

    def settle(self) -> None:
        """The card is ready: it has programmed all that was sent, but for a write that
        goes on."""
        done = self._open_from if self._open else len(self.pending)
        for at, data in self.pending[:done]:
            self.kept[at:at + len(data)] = data
        del self.pending[:done]
        self._open_from = 0

    def take(self, record: Record) -> None:
        """One record more."""
        if record.kind == COMMAND:
            self._command(record)
        elif record.kind == DATA:
            self._data(record)
        elif record.kind == READY:
            self.settle()

    def _pieces(self) -> Iterator[tuple[int, bytes]]:
        """What is pending, in sectors and in the ranges that are written whole."""
        for start, data in self.pending:
            at, end = start, start + len(data)
            while at < end:
                size = self._whole.get(at, SECTOR)
                yield at, data[at - start:at - start + size]
                at += size

    def cut(self, chance: random.Random) -> dict[int, bytes]:
        """The power fails now: what is not as in kept, by address."""
        share = chance.choice((0.0, 0.5, 0.9, 1.0))
        changed: dict[int, bytes] = {}
        pieces = list(self._pieces())
        torn = chance.randrange(len(pieces)) if pieces else None
        for n, (at, new) in enumerate(pieces):
            old = changed.get(at, bytes(self.kept[at:at + len(new)]))
            if n == torn and at not in self._whole:
                middle = chance.randrange(0, SECTOR, self._grain)
                halves = (old[:middle] + new[middle:], new[:middle] + old[middle:])
                changed[at] = chance.choice((old, new, *halves))
            elif chance.random() < share:
                changed[at] = new
        return changed
