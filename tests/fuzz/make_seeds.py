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
            up + bytes([1, 0, 0, 251, 0]) + struct.pack("<Q", 2**64 - 1) + serve,
            # Everything agreed on: zeroes of two segments, the cache off, a write, a resize.
            bytes([0, 63, 1, 0, 9, 0, 0, 2, 45, 90, 11, 15, 0, 1, 1, 1, 1, 4]) + serve + serve + bytes([31, 20])]


def virtio_console() -> list[bytes]:
    # Bring-up, messages (event by its place in the target's table, port), buffers, runs.
    up = bytes([0])
    told = b"".join(bytes([5, 2, 4 * i, 64, 0]) for i in range(8))
    ready = bytes([1, 0, 0]) + b"".join(bytes([1, 1, n]) for n in range(3))
    channel = bytes([1, 2, 1, 8, 3]) + bytes([5, 5, 0, 40, 0, 5, 4, 32, 40, 0, 8, 5, 11])
    plain = bytes([16, 5, 1, 0, 255, 23, 8, 1, 11, 5, 0, 0, 99, 0, 8, 0])
    close = bytes([1, 10, 1, 0, 0, 8, 3])
    return [up + told + ready + bytes([8, 3]) + channel + close,
            up + ready + bytes([8, 3]) + told + bytes([8, 2, 11]) + channel,
            plain * 2, up + bytes([30]) + told + ready + bytes([8, 3]) + channel,
            up + told + ready + bytes([8, 3, 12, 3, 4, 12, 5, 0, 11]) + up + ready + bytes([11])]


def virtio_gpio() -> list[bytes]:
    # Bring-up, requests (type and line, place, value), event buffers, interrupts.
    up, serve = bytes([0]), bytes([7, 23])
    listen = bytes([1, 3, 0, 2, 1, 6, 1, 3, 4, 0, 2]) + serve
    drive = bytes([1, 13, 3, 1, 1, 11, 4, 1, 1, 4, 5, 0]) + serve
    return [up + listen + bytes([10, 4, 0, 2, 23, 10]) + drive, up + bytes([1, 1, 0, 0]) + serve,
            up + bytes([30]) + listen + drive + bytes([10]), up + listen + up + listen + bytes([10]),
            up + listen + bytes([4, 0, 3, 4, 7, 4, 6, 9, 3, 1, 23, 1, 6, 5, 0, 7])]


def smc() -> list[bytes]:
    def reg(offset: int, value: int, device: int = 0) -> bytes:
        return bytes([1, device, offset // 4, value])

    def place(offset: int, address: int, device: int = 0) -> bytes:
        return bytes([1, device | 2, offset // 4]) + struct.pack("<H", address // 16)

    def memory(address: int, value: int) -> bytes:
        return bytes([2]) + struct.pack("<HBI", address // 4, 255, value)

    def up(device: int, queues: int) -> bytes:
        start = [reg(0x70, 0, device), reg(0x70, 3, device), reg(0x24, 1, device),
                 reg(0x20, 1, device), reg(0x24, 0, device), reg(0x20, 2 * device, device),
                 reg(0x70, 11, device)]
        for n in range(queues):
            start += [reg(0x30, n, device), reg(0x38, 4, device),
                      place(0x80, 0x1000 * n, device), place(0x90, 0x1000 * n + 0x400, device),
                      place(0xA0, 0x1000 * n + 0x800, device), reg(0x44, 1, device)]
        return b"".join([*start, reg(0x70, 15, device)])

    ram = 0x78000000
    read = b"".join(memory(*x) for x in [
        (0, ram + 0xC00), (8, 16), (12, 0x10001), (16, ram + 0xE00), (24, 512), (28, 0x20003),
        (32, ram + 0xC10), (40, 1), (44, 2), (0x404, 0), (0x400, 0x10000)])
    ready = b"".join(memory(*x) for x in [
        (0x3000, ram + 0x3C00), (0x3008, 8), (0x300C, 0), (0x3400, 0x10000)])
    disk = up(0, 1) + read + reg(0x50, 0) + bytes([3, 3])
    return [disk, disk + reg(0x70, 0) + up(0, 1), up(1, 6) + ready + reg(0x50, 3, 1),
            bytes([0, 6] + [0] * 8), bytes([0, 1, 4] + [65] * 7)]


def disks() -> list[bytes]:
    # Places are numbers of 512 bytes; a descriptor's choice has a length and flags.
    def up(disk: int, table: int, avail: int, used: int) -> bytes:
        return bytes([disk << 7, 7 | 4 << 5, table, avail, used])

    def desc(table: int, i: int, place: int, length: int, flags: int, follows: int = 0) -> bytes:
        return bytes([1, table, i, place, length << 3 | flags, follows])

    def ask(disk: int, table: int, kind: int, sector: int) -> bytes:
        header = bytes([4, 16 + disk, kind | sector << 2])
        return (header + desc(table, 0, 16 + disk, 1, 1, 1) +
                desc(table, 1, 20, 3, 1 if kind else 3, 2) + desc(table, 2, 24, 0, 2) +
                bytes([disk << 7 | 6, 0, disk << 7 | 8]))

    both = up(0, 0, 2, 4) + up(1, 8, 10, 12)
    end = bytes([14] * 6)
    writes = both + ask(0, 0, 1, 3) + ask(1, 8, 1, 5) + end + bytes([11]) + end + ask(0, 0, 0, 3) + end
    own = up(0, 0, 2, 4) + desc(0, 0, 0, 5, 4) + bytes([6, 0, 8])
    shared = up(0, 0, 2, 4) + up(1, 0, 2, 4) + ask(0, 0, 1, 3) + bytes([0x88]) + end
    return [writes, own, shared, both + ask(0, 0, 1, 9) + bytes([30, 46]) + ask(1, 8, 0, 9) + end]


def ptable() -> list[bytes]:
    def disk(sectors: int, flags: int, *steps: bytes, selector: bytes = b"1") -> bytes:
        # The target leaves 64 bytes for the selector.
        return struct.pack("<IB", sectors, flags) + b"".join(steps) + selector.ljust(64, b"\0")

    def mbr(sector: int, entry: int, kind: int, start: int, length: int) -> bytes:
        return struct.pack("<BBBBII", 1, sector, entry, kind, start, length)

    def gpt(entries: int, power: int) -> bytes:
        return bytes([2, entries, power])

    def part(entry: int, first: int, length: int, guid: int) -> bytes:
        return struct.pack("<BBIIB", 3, entry, first, length - 1, guid)

    def field(copy: int, offset: int, value: int) -> bytes:
        return struct.pack("<BBBQ", 4, copy, offset // 4, value)

    both = 3
    two = [part(0, 34, 100, 1), part(1, 134, 50, 2)]
    plain = [mbr(0, 0, 0xDA, 100, 50), mbr(0, 1, 0x83, 150, 50)]
    chain = [mbr(0, 2, 0x0F, 10, 50), mbr(10, 0, 0x83, 1, 4), mbr(10, 1, 5, 10, 10),
             mbr(20, 0, 0x83, 1, 4), mbr(20, 1, 5, 20, 10), mbr(30, 0, 0x83, 2, 8)]
    uuid = b"PARTUUID=000000af-0000-0000-0100-000000000000"
    return [disk(2**21, 0, *plain), disk(200, 0, *plain, *chain, selector=b"PARTUUID=00000000-05"),
            disk(100, 0, mbr(0, 0, 0x83, 90, 11)), disk(0, 0),
            disk(2**21, both, gpt(128, 0), *two, selector=uuid),
            disk(2**21, both | 31 << 3, gpt(128, 0), *two, selector=b"PARTLABEL=b"),
            disk(2**21, 1, gpt(16, 1), *two), disk(2**21, 2, gpt(16, 2), *two),
            disk(2**21, both | 4, struct.pack("<I", 1), gpt(128, 0), *two),
            disk(2**21, both, gpt(128, 0), *two, field(0, 48, 2**64 - 1)),
            disk(2**21, both, gpt(5, 0), field(1, 40, 100)),
            disk(300, both, gpt(128, 2), field(0, 72, 3))]


def abort_decode() -> list[bytes]:
    # LDR, STRB, LDRSH with write-back and register offset; Thumb-2 LDR, STR.
    words = (0xE5910004, 0xE5E12001, 0xE1F230F2, 0xE7B20103, 0xF8D10004, 0xF8412D04, 0x6848)
    return [struct.pack("<4I", word, 0x1000, 8, 0x8000_00FF) for word in words]


def boot() -> list[bytes]:
    # Header and table in 256 bytes, then up to 512 of each page.
    page, ram = 4096, 0x78000000
    kernel = bytes(0x24) + struct.pack("<3I", 0x016F2818, 0, 0x40) + bytes(16)
    words = struct.pack(">I4xI", 1, 1) + b"chosen\0\0" + struct.pack(">3I", 3, 6, 0)
    words += b"quiet\0\0\0" + struct.pack(">3I", 2, 2, 9)
    size = 40 + len(words) + 9
    dtb = struct.pack(">10I", 0xD00DFEED, size, 40, 40 + len(words), 0, 17, 16, 0, 9, len(words))
    dtb += words + b"bootargs\0"
    disk = b"2".ljust(80, b"\0") + bytes(112) + bytes(range(64))
    signature = struct.pack("<4I", 1, 1, 6, 0) + bytes(256)

    def package(*payloads: tuple[int, bytes]) -> bytes:
        head = struct.pack("<8I", 0x50565A54, 2, (1 + len(payloads)) * page, len(payloads), 1, 0, 0, 0)
        for i, (kind, data) in enumerate(payloads, 1):
            head += struct.pack("<4I", kind, i * page, len(data), ram + i * page if kind < 4 else 0)
        return head.ljust(256, b"\0") + b"".join(data.ljust(512, b"\0") for _, data in payloads)

    both = ((1, kernel), (2, dtb))
    return [package(*both), package(*both, (3, b"initrd"), (4, 2 * disk), (5, signature))]


def main() -> None:
    target, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for i, seed in enumerate(globals()[target]()):
        (folder / f"seed{i}").write_bytes(seed)


if __name__ == "__main__":
    main()
