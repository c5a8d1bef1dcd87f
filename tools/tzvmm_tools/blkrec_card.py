# SPDX-License-Identifier: BSD-2-Clause
"""A record that the monitor has saved to a partition of the card, as
include/tzvmm/abi/record.h has it."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from . import blkrec_read
from .base import Failure
from .card import SECTOR, Partition, find

MAGIC = b"TZVS"
VERSION = 1
_HEAD = struct.Struct("<4sIQII32sI")  # and the CRC of that
_ENTRIES = SECTOR // 32
SLOT_LEN = 1 + 4096 // _ENTRIES  # of the monitor's ring, as prepare() makes it


@dataclass(frozen=True)
class _Slot:
    generation: int
    slot_len: int
    entries_crc: int
    dump: bytes  # the header of one
    start: int  # where its entries are, in bytes

    @property
    def entries_len(self) -> int:
        count = int.from_bytes(self.dump[16:20], "little")
        return -(-count // _ENTRIES) * SECTOR


def _head(sector: bytes, start: int) -> _Slot | None:
    """A slot whose first sector is whole."""
    crc = int.from_bytes(sector[_HEAD.size:_HEAD.size + 4], "little")
    if sector[:4] != MAGIC or zlib.crc32(sector[:_HEAD.size]) != crc:
        return None
    _, version, generation, slot_len, entries_crc, dump, _ = _HEAD.unpack_from(sector)
    if version != VERSION:
        raise Failure(f"the saved record has version {version}, this tool knows {VERSION}; update it")
    return _Slot(generation, slot_len, entries_crc, dump, start + SECTOR)


def read(card: Path, selector: str) -> blkrec_read.Recording:
    """The newest record on a partition of a card's image, or of the card."""
    where = find(card, selector)
    with card.open("rb") as file:

        def get(at: int, length: int) -> bytes:
            if at + length > where.size:
                raise Failure(f"the record on partition {selector} goes beyond its end: it is damaged")
            file.seek(where.start + at)
            return file.read(length)

        first = _head(get(0, SECTOR), 0)
        second_at = (first.slot_len if first else SLOT_LEN) * SECTOR
        slots = [slot for slot in (first, _head(get(second_at, SECTOR), second_at)) if slot]
        newest = max(slots, key=lambda slot: slot.generation, default=None)
        if newest is None or newest.generation == 0:
            raise Failure(f"partition {selector} of {card} holds no record: give \"record save {selector}\""
                          " at the monitor's prompt first")
        entries = get(newest.start, newest.entries_len)
    if zlib.crc32(entries) != newest.entries_crc:
        raise Failure(f"the record on partition {selector} is damaged: its checksum is wrong")
    return blkrec_read.parse(card, newest.dump + entries)


def prepare(card: Path, selector: str) -> Partition:
    """Give a partition to the record. What it holds is overwritten sooner or later."""
    where = find(card, selector)
    need = 2 * SLOT_LEN * SECTOR
    if where.size < need:
        raise Failure(f"partition {selector} has {where.size} bytes, a record needs {need}")
    head = _HEAD.pack(MAGIC, VERSION, 0, SLOT_LEN, 0, bytes(32), 0)
    try:
        with card.open("r+b") as file:
            file.seek(where.start)
            file.write((head + struct.pack("<I", zlib.crc32(head))).ljust(SECTOR, b"\0"))
            file.seek(where.start + SLOT_LEN * SECTOR)
            file.write(bytes(SECTOR))
    except OSError as error:
        raise Failure(f"{card} cannot be written: {error.strerror}") from error
    return where
