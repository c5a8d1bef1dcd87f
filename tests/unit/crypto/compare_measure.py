#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""SHA-256 and ECDSA of ours against those of Python and OpenSSL, and the boot
arguments against libfdt.

usage: compare_measure.py FILTER"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import unittest

import libfdt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

FILTER = ""
# [SEC2] 2.4.2: the order of the group, and the field.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
FIELD = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF


def ask(*arguments: str, data: bytes) -> bytes:
    return subprocess.run([FILTER, *arguments], input=data, stdout=subprocess.PIPE, timeout=60,
                          check=True).stdout


def number(value: int) -> bytes:
    return value.to_bytes(32, "big")


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


class Sha256(unittest.TestCase):
    def test_it_is_that_of_python_at_any_length_and_in_any_pieces(self) -> None:
        data = hashlib.shake_128(b"data").digest(70000)
        for length in (*range(130), 4096, 65535, 70000):
            for piece in (1, 63, 64, 70000) if length < 200 else (1000, 70000):
                said = ask("sha256", str(piece), data=data[:length]).decode().strip()
                self.assertEqual(said, hashlib.sha256(data[:length]).hexdigest())


class Ecdsa(unittest.TestCase):
    def setUp(self) -> None:
        # The same in each run.
        self.secret = ec.derive_private_key(0x1234567890ABCDEF, ec.SECP256R1())
        self.public = self.key_of(self.secret)
        self.digest = hashlib.sha256(b"a list of digests").digest()
        self.r, self.s = self.signed(self.secret, self.digest)

    @staticmethod
    def key_of(secret: ec.EllipticCurvePrivateKey) -> bytes:
        numbers = secret.public_key().public_numbers()
        return number(numbers.x) + number(numbers.y)

    @staticmethod
    def signed(secret: ec.EllipticCurvePrivateKey, digest: bytes) -> tuple[int, int]:
        signature = secret.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
        return utils.decode_dss_signature(signature)

    def verify(self, *cases: tuple[bytes, bytes, bytes]) -> set[str]:
        said = ask("verify", data=b"".join(b"".join(case) for case in cases)).decode().split()
        self.assertEqual(len(said), len(cases))
        return set(said)

    def case(self, r: int, s: int) -> tuple[bytes, bytes, bytes]:
        return (self.public, self.digest, number(r) + number(s))

    def test_what_openssl_signs_holds(self) -> None:
        cases = []
        for n in range(20):
            secret = ec.derive_private_key(1 + n ** 40, ec.SECP256R1())
            digest = hashlib.sha256(bytes([n])).digest()
            r, s = self.signed(secret, digest)
            # The other root is as good: [FIPS186-4] knows no one of the two.
            cases += [(self.key_of(secret), digest, number(r) + number(v)) for v in (s, ORDER - s)]
        self.assertEqual(self.verify(*cases), {"holds"})

    def test_each_bit_of_digest_signature_and_key_counts(self) -> None:
        good = self.case(self.r, self.s)
        cases = [
            tuple(flipped(part, bit) if n == which else part for n, part in enumerate(good))
            for which in range(3) for bit in range(3, 8 * len(good[which]), 13)
        ]
        self.assertEqual(self.verify(*cases), {"wrong"})
        self.assertEqual(self.verify(good), {"holds"})

    def test_numbers_that_are_no_scalars_are_wrong(self) -> None:
        edges = (0, ORDER, ORDER + 1, 2**256 - 1)
        cases = [self.case(r, s) for r in edges for s in (*edges, 1, self.s)]
        cases += [self.case(self.r, s) for s in edges]
        if self.r + ORDER < 2**256:
            cases.append(self.case(self.r + ORDER, self.s))
        self.assertEqual(self.verify(*cases), {"wrong"})

    def test_a_key_that_is_no_point_of_the_curve_verifies_nothing(self) -> None:
        _, digest, signature = self.case(self.r, self.s)
        x, y = int.from_bytes(self.public[:32], "big"), int.from_bytes(self.public[32:], "big")
        points = [(0, 0), (x, 0), (x, y ^ 1), (FIELD, y), (2**256 - 1, 2**256 - 1), (y, x)]
        cases = [(number(a) + number(b), digest, signature) for a, b in points]
        self.assertEqual(self.verify(*cases), {"wrong"})


class Bootargs(unittest.TestCase):
    def tree(self, bootargs: str | None) -> bytes:
        sw = libfdt.FdtSw()
        sw.finish_reservemap()
        with sw.add_node(""):
            sw.property_string("bootargs", "of the root")
            with sw.add_node("memory"):
                sw.property_u32("reg", 3)
            with sw.add_node("chosen"):
                sw.property_u32("linux,initrd-start", 1)
                if bootargs is not None:
                    sw.property_string("bootargs", bootargs)
        tree = sw.as_fdt()
        tree.pack()
        return bytes(tree.as_bytearray())

    def test_they_are_those_that_libfdt_finds(self) -> None:
        for text in ("", "q", "quiet", "console=ttymxc0 " * 30):
            tree = self.tree(text)
            fdt = libfdt.Fdt(tree)
            expected = bytes(fdt.getprop(fdt.path_offset("/chosen"), "bootargs"))
            self.assertEqual(ask("bootargs", data=tree), expected)
        self.assertEqual(ask("bootargs", data=self.tree(None)), b"")


if __name__ == "__main__":
    FILTER = sys.argv.pop(1)
    unittest.main()
