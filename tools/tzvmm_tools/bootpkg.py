# SPDX-License-Identifier: BSD-2-Clause
"""The boot package: kernel, device tree and initramfs as one file, in the
format of include/tzvmm/abi/bootpkg.h."""

from __future__ import annotations

import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path

import libfdt

from .base import TOP, Failure, require_file, run

MAGIC = 0x50565A54
VERSION = 2
STOCK, PARAVIRT = 0, 1  # profiles
_HEADER = struct.Struct("<8I")
_ENTRY = struct.Struct("<4I")
ALIGN = 4096

KERNEL, DTB, INITRD = 1, 2, 3
LOAD = {KERNEL: 0x7A000000, DTB: 0x80000000, INITRD: 0x80200000}
GUEST_BASE, GUEST_LEN = 0x78000000, 0x18000000
MAX_LEN = 0x06000000  # room at ARMORY_PACKAGE_BASE

OVERLAY = TOP / "ports" / "usb_armory" / "guest.dtso"

_ZIMAGE_MAGIC = 0x016F2818


@dataclass(frozen=True)
class Boot:
    """Files that start a guest."""

    kernel: Path
    initrd: Path | None
    dtb: Path
    profile: int = STOCK


@dataclass(frozen=True)
class Payload:
    """One file of the package."""

    kind: int
    data: bytes

    @property
    def load(self) -> int:
        return LOAD[self.kind]

    @property
    def end(self) -> int:
        return self.load + len(self.data)


def read_kernel(path: Path) -> Payload:
    """An ARM zImage, as it is."""
    data = require_file(path, "kernel").read_bytes()
    if len(data) < 0x30 or struct.unpack_from("<I", data, 0x24)[0] != _ZIMAGE_MAGIC:
        raise Failure(f"kernel {path} is not an ARM zImage")
    start, end = struct.unpack_from("<II", data, 0x28)
    if end - start != len(data):
        raise Failure(f"kernel {path} has {len(data)} bytes, its header says {end - start}")
    return Payload(KERNEL, data)


def read_initrd(path: Path) -> Payload:
    """An initramfs; the kernel knows its compressions better than we do."""
    return Payload(INITRD, require_file(path, "initramfs").read_bytes())


def _merged(base: Path) -> libfdt.Fdt:
    """The board's device tree with our overlay: what the stock guest sees."""
    with tempfile.TemporaryDirectory(prefix="tzvmm-") as work:
        overlay, merged = Path(work, "guest.dtbo"), Path(work, "guest.dtb")
        run(["dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "-o", overlay, OVERLAY], timeout=30)
        run(["fdtoverlay", "-i", base, "-o", merged, overlay], timeout=30)
        return libfdt.Fdt(merged.read_bytes())


def guest_dtb(
    dtb: Path, initrd: Payload | None, bootargs: str = "", profile: int = STOCK
) -> Payload:
    """The guest's device tree with what is only known now. That of the paravirtual
    guest is whole, that of the stock guest starts as the board's."""
    require_file(dtb, "device tree")
    fdt = _merged(dtb) if profile == STOCK else libfdt.Fdt(dtb.read_bytes())
    fdt.resize(fdt.totalsize() + 1024 + len(bootargs))
    chosen = fdt.path_offset("/chosen")
    if bootargs:
        given = fdt.getprop(chosen, "bootargs").as_str()
        fdt.setprop_str(chosen, "bootargs", f"{given} {bootargs}")
    if initrd:
        fdt.setprop_u32(chosen, "linux,initrd-start", initrd.load)
        fdt.setprop_u32(chosen, "linux,initrd-end", initrd.end)
    fdt.pack()
    return Payload(DTB, bytes(fdt.as_bytearray()))


def _check(payloads: list[Payload]) -> None:
    """In the guest's RAM, and none over another."""
    placed = sorted(payloads, key=lambda payload: payload.load)
    limits = [payload.load for payload in placed[1:]] + [GUEST_BASE + GUEST_LEN]
    for payload, limit in zip(placed, limits, strict=True):
        if payload.load < GUEST_BASE or payload.end > limit:
            what = f"a file of {len(payload.data)} bytes at {payload.load:#x}"
            raise Failure(f"{what} does not fit below {limit:#x}")


def pack(payloads: list[Payload], profile: int = STOCK) -> bytes:
    """Header, entries, then the payloads, each on a page of its own."""
    _check(payloads)
    table_len = _aligned(_HEADER.size + _ENTRY.size * len(payloads))
    offset = table_len
    entries, body = b"", b""
    for payload in payloads:
        entries += _ENTRY.pack(payload.kind, offset, len(payload.data), payload.load)
        padded = payload.data.ljust(_aligned(len(payload.data)), b"\0")
        body += padded
        offset += len(padded)
    if offset > MAX_LEN:
        raise Failure(f"the boot package has {offset} bytes, the board has room for {MAX_LEN}")
    header = _HEADER.pack(MAGIC, VERSION, offset, len(payloads), profile, 0, 0, 0)
    return (header + entries).ljust(table_len, b"\0") + body


def _aligned(length: int) -> int:
    return -(-length // ALIGN) * ALIGN


def make(
    kernel: Path, dtb: Path, initrd: Path | None, bootargs: str = "", profile: int = STOCK
) -> bytes:
    """The package of a guest."""
    payloads = [read_kernel(kernel)]
    disk = read_initrd(initrd) if initrd else None
    payloads.append(guest_dtb(dtb, disk, bootargs, profile))
    if disk:
        payloads.append(disk)
    return pack(payloads, profile)


def make_for(boot: Boot, bootargs: str = "") -> bytes:
    """The package of a guest that was built."""
    return make(boot.kernel, boot.dtb, boot.initrd, bootargs, boot.profile)
