# SPDX-License-Identifier: BSD-2-Clause
"""Other policies of the guest's partition."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from journal import SECTOR, Record
from run import SIZE, START, Setup
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

    def __call__(self, card: bytearray) -> bytes:
        sealed = card[START:START + SIZE]
        for at in range(0, SIZE, SECTOR):
            now = sealed[at:at + SECTOR]
            if self._fresh or now != self._seen[at:at + SECTOR]:
                self._plain[at:at + SECTOR] = _cipher(at // SECTOR).decryptor().update(bytes(now))
        self._seen, self._fresh = sealed, False
        return bytes(self._plain)


@dataclass(frozen=True)
class Encrypted(Setup):
    """The card has ciphertext. A tear within a block of the cipher would make it neither
    the old nor the new one, but noise: as with dm-crypt, and nothing that we could mend."""

    grain: int = 16
    disks: tuple[Disk, ...] = (Disk("2", key=KEY),)
    view: Decrypted = field(default_factory=Decrypted)

    @staticmethod
    def seal(content: bytes) -> bytes:
        return b"".join(_cipher(at // SECTOR).encryptor().update(content[at:at + SECTOR])
                        for at in range(0, len(content), SECTOR))


@dataclass(frozen=True)
class Overlaid(Setup):
    """What the guest writes goes to the third partition."""

    disks: tuple[Disk, ...] = (Disk("2", policy="overlay", store="3"),)


def touches_base(record: Record) -> bool:
    """Whether a write begins in the partition that is under the overlay."""
    return record.value in BASE
