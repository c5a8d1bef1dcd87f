#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""AES-XTS of ours against that of python3-cryptography, which is OpenSSL's.

usage: compare.py FILTER"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import unittest

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SECTOR = 512
KEY_LEN = 64
FILTER = ""

# The first of some sectors that pass where a narrower number would end.
FIRST = [0, 1, 254, 2**16 - 2, 2**31 - 2, 2**32 - 2, 2**32, 2**33 + 5, 2**40 - 2]
FIRST += [2**48 - 2, 2**63 - 2, 2**64 - 5]


def noise(seed: str, size: int) -> bytes:
    """Bytes that are the same in each run."""
    return hashlib.shake_128(seed.encode()).digest(size)


def reference(key: bytes, first: int, data: bytes, *, decrypt: bool) -> bytes:
    """plain64: the tweak is the sector's number, 64 bits, little-endian."""
    out = b""
    for at in range(0, len(data), SECTOR):
        tweak = (first + at // SECTOR).to_bytes(8, "little") + bytes(8)
        cipher = Cipher(algorithms.AES(key), modes.XTS(tweak))
        context = cipher.decryptor() if decrypt else cipher.encryptor()
        out += context.update(data[at : at + SECTOR]) + context.finalize()
    return out


def ours(key: bytes, first: int, data: bytes, *, decrypt: bool) -> bytes:
    """What the program makes of it."""
    command = [FILTER, "decrypt" if decrypt else "encrypt", str(first)]
    return subprocess.run(
        command, input=key + data, stdout=subprocess.PIPE, timeout=20, check=True
    ).stdout


class Compare(unittest.TestCase):
    def test_both_agree_on_any_key_sector_and_data(self) -> None:
        for first in FIRST:
            key, data = noise(f"key {first}", KEY_LEN), noise(f"data {first}", 4 * SECTOR)
            for decrypt in (False, True):
                with self.subTest(first=first, decrypt=decrypt):
                    expected = reference(key, first, data, decrypt=decrypt)
                    self.assertEqual(ours(key, first, data, decrypt=decrypt), expected)

    def test_each_bit_of_the_key_counts(self) -> None:
        key, data = noise("key", KEY_LEN), noise("data", SECTOR)
        seen = set()
        for byte in range(KEY_LEN):
            other = bytearray(key)
            other[byte] ^= 1 << byte % 8
            seen.add(ours(bytes(other), 7, data, decrypt=False))
        seen.add(ours(key, 7, data, decrypt=False))
        self.assertEqual(len(seen), KEY_LEN + 1)


if __name__ == "__main__":
    FILTER = sys.argv.pop(1)
    unittest.main()
