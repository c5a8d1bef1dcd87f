#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes a first corpus for a fuzz target: make_seeds.py TARGET FOLDER.

The bytes are the choices that the target takes, see its step()."""

import pathlib
import struct
import sys


def virtqueue() -> list[bytes]:
    start = bytes([3, 4])  # both features, 16 entries
    chain = b"".join(
        bytes([0, i, 1 | (2 if i else 0), 0, 8 * i, 31]) for i in range(3)
    ) + bytes([0, 3, 2, 0, 200, 0])
    one = chain + bytes([6, 0, 9, 11, 0, 12])
    table = b"".join(bytes([4, i, 3, 0, i, 7]) for i in range(7)) + bytes([4, 7, 2, 0, 9, 7])
    indirect = table + bytes([0, 5, 242, 0, 0, 0, 7, 6, 5, 9, 11, 0, 12])
    return [start + one * 4, start + chain + bytes([6, 0] * 8 + [9] * 8 + [11, 0] * 8 + [12]),
            start + indirect * 2, start + bytes([30]) + one * 3,
            start + chain + bytes([6, 255, 16, 0, 1, 9])]


def virtio_regs() -> list[bytes]:
    up = bytes([0, 3])
    ask = [bytes([1, i, kind, 1, 4 * i]) for i, kind in enumerate((0, 1, 2, 3))]
    serve = bytes([4, 22, 0, 22, 0, 22, 0, 22, 0, 9, 15])
    return [up + b"".join(ask) + serve, up + ask[0] + bytes([4, 11, 8, 0, 6, 0]) + up + ask[1] + serve,
            up + bytes([30]) + b"".join(ask) + serve,
            up + bytes([1, 0, 0, 251, 0]) + struct.pack("<Q", 2**64 - 1) + serve]


def mbr() -> list[bytes]:
    def entry(kind: int, start: int, length: int) -> bytes:
        return struct.pack("<B3xB3xII", 0, kind, start, length)

    def card(size: int, *entries: bytes) -> bytes:
        return struct.pack("<I", size) + b"".join(entries).ljust(64, b"\0") + b"\x55\xaa"

    return [card(2**21, entry(0xDA, 2048, 32768), entry(0x83, 34816, 2**21 - 34816)),
            card(100, entry(0x83, 10, 10), entry(0x83, 19, 10)),
            card(100, entry(0x83, 90, 11)), card(2**32 - 1, entry(0xEE, 1, 2**32 - 1)),
            card(100, entry(0x83, 0, 5))]


def abort_decode() -> list[bytes]:
    # LDR, STRB, LDRSH with write-back and register offset; Thumb-2 LDR, STR.
    words = (0xE5910004, 0xE5E12001, 0xE1F230F2, 0xE7B20103, 0xF8D10004, 0xF8412D04, 0x6848)
    return [struct.pack("<4I", word, 0x1000, 8, 0x8000_00FF) for word in words]


def main() -> None:
    target, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for i, seed in enumerate(globals()[target]()):
        (folder / f"seed{i}").write_bytes(seed)


if __name__ == "__main__":
    main()
