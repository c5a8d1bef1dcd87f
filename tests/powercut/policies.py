# SPDX-License-Identifier: BSD-2-Clause
"""Other policies of the guest's partition."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from journal import SECTOR, Record
import cuts
from run import SIZE, START, STORE_SIZE, Setup
from tzvmm_tools.bootpkg import Disk

KEY = bytes(range(7, 71))
# Records of the journal that are data have the place in bytes.
BASE = range(START, START + SIZE)


def _cipher(sector: int) -> Cipher:
    """As dm-crypt's aes-xts-plain64."""
    return Cipher(algorithms.AES(KEY), modes.XTS(struct.pack("<QQ", sector, 0)))


class Decrypted:
    """A partition in plain text; only what changed since the last look is decrypted."""

    def __init__(self) -> None:
        self._seen = bytearray(SIZE)
        self._plain = bytearray(SIZE)
        self._fresh = True

    def __call__(self, sealed: bytes) -> bytes:
        for at in range(0, SIZE, SECTOR):
            now = sealed[at:at + SECTOR]
            if self._fresh or now != self._seen[at:at + SECTOR]:
                self._plain[at:at + SECTOR] = _cipher(at // SECTOR).decryptor().update(bytes(now))
        self._seen, self._fresh = bytes(sealed), False
        return bytes(self._plain)


@dataclass(frozen=True)
class Encrypted(Setup):
    """The card has ciphertext. A tear within a block of the cipher would make it neither
    the old nor the new one, but noise: as with dm-crypt, and nothing that we could mend."""

    grain: int = 16
    disks: tuple[Disk, ...] = (Disk("2", key=KEY),)
    opened: Decrypted = field(default_factory=Decrypted)

    def view(self, card: bytearray) -> bytes:
        return self.opened(Setup.view(card))

    @staticmethod
    def seal(content: bytes) -> bytes:
        return b"".join(_cipher(at // SECTOR).encryptor().update(content[at:at + SECTOR])
                        for at in range(0, len(content), SECTOR))


@dataclass(frozen=True)
class Overlaid(Setup):
    """What the guest writes goes to the third partition."""

    disks: tuple[Disk, ...] = (Disk("2", policy="overlay", store="3"),)


# Where a commit's log is: docs/overlay.md and include/tzvmm/abi/overlay.h.
CHUNK = 8
STORE_START = START + SIZE
NR_CHUNKS = (STORE_SIZE // SECTOR - 2 - STORE_SIZE // SECTOR // 512) // CHUNK
HEAD = STORE_START + NR_CHUNKS * CHUNK * SECTOR
_LOG = struct.Struct("<4sIQQIIIII")  # and the CRC of that
PARTS = 128


def _witnesses(base: bytes, written: set[int]) -> bytes:
    """What tells the base from another one: a sector of each part of it, as far as there
    is one in a chunk that the commit leaves alone."""
    nr = len(base) // SECTOR // CHUNK
    clean = (next((at for at in range(n * nr // PARTS, (n + 1) * nr // PARTS) if at not in written), None)
             for n in range(PARTS))
    return b"".join(base[at * CHUNK * SECTOR:][:SECTOR] for at in clean if at is not None)


def log_entries(card: bytearray) -> bytes:
    """Those of a commit that is marked on the card; nothing if there is none."""
    head = bytes(card[HEAD:HEAD + _LOG.size])
    crc = int.from_bytes(card[HEAD + _LOG.size:HEAD + _LOG.size + 4], "little")
    if head[:4] != b"TZVO" or zlib.crc32(head) != crc:
        return b""
    _, version, base, length, chunks, sectors, entries_crc, base_crc, _ = _LOG.unpack(head)
    entries = bytes(card[HEAD + SECTOR:HEAD + SECTOR * (1 + sectors)])
    written = {chunk for chunk, place in struct.iter_unpack("<II", entries) if place}
    witnesses = _witnesses(memoryview(card)[START:START + SIZE], written)
    made = (version, base, length, chunks, zlib.crc32(entries), zlib.crc32(witnesses))
    if made != (2, START // SECTOR, SIZE // SECTOR, NR_CHUNKS, entries_crc, base_crc):
        raise ValueError(f"a log that is not whole: {made}")
    return entries


def recovered(card: bytearray) -> bytes:
    """The partition under the overlay as the next start makes it."""
    base = bytearray(card[START:START + SIZE])
    for chunk, place in struct.iter_unpack("<II", log_entries(card)):
        for n in range(CHUNK):
            if place >> n & 1:
                source = STORE_START + (((place >> 8) - 1) * CHUNK + n) * SECTOR
                at = (chunk * CHUNK + n) * SECTOR
                base[at:at + SECTOR] = card[source:source + SECTOR]
    return bytes(base)


def begins_commit(record: Record) -> bool:
    """Whether a write is the first of a commit: that of the log's entries."""
    return record.value == HEAD + SECTOR


@dataclass(frozen=True)
class Committed(Overlaid):
    """And now and then to the second one."""

    commits: int = 4
    opened: Callable[[bytes], bytes] = bytes

    def view(self, card: bytearray) -> bytes:
        return self.opened(recovered(card))

    def bare(self, card: bytearray) -> bytes:
        """As if there was no log."""
        return self.opened(Setup.view(card))

    def run(self, folder: Path) -> tuple[cuts.Run, Path]:
        run, after = super().run(folder)
        return cuts.with_commits(run, begins_commit), after

    def restart(self, folder: Path, content: bytearray,
                says: str = "guest: start") -> tuple[bytearray, Path]:
        """The card behind a start of the monitor with these contents, as far as it says
        something, and its journal."""
        folder.mkdir(parents=True)
        card, journal = folder / "card.img", folder / "journal"
        card.write_bytes(content)
        with self.start(folder, self.scripts(), card, journal) as running:
            running.expect(says, 60.0)
        return bytearray(card.read_bytes()), journal


@dataclass(frozen=True)
class Stacked(Committed):
    """And all of it is ciphertext, in either place. A tear may fall anywhere: the log
    mends it."""

    disks: tuple[Disk, ...] = (Disk("2", key=KEY, policy="overlay", store="3"),)
    opened: Decrypted = field(default_factory=Decrypted)
    seal = staticmethod(Encrypted.seal)


def touches_base(record: Record) -> bool:
    """Whether a write begins in the partition that is under the overlay."""
    return record.value in BASE
