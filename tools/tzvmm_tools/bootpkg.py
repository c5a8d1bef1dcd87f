# SPDX-License-Identifier: BSD-2-Clause
"""The boot package: kernel, device tree and initramfs as one file, in the
format of include/tzvmm/abi/bootpkg.h."""

from __future__ import annotations

import functools
import struct
from dataclasses import dataclass
from pathlib import Path

import libfdt

from . import manifest
from .base import Failure, require_file
from .manifest import trees

MAGIC = 0x50565A54
VERSION = 2
STOCK, PARAVIRT = 0, 1  # profiles
_HEADER = struct.Struct("<8I")
_ENTRY = struct.Struct("<4I")
ALIGN = 4096

KERNEL, DTB, INITRD, DISKS, SIGNATURE, ATAGS = 1, 2, 3, 4, 5, 6
_LOAD = {KERNEL: "kernel", DTB: "dtb", INITRD: "initrd", ATAGS: "atags"}  # names of the manifest

_ZIMAGE_MAGIC = 0x016F2818


@functools.cache
def board(name: str = manifest.DEFAULT) -> manifest.Partition:
    """A board's partition."""
    return manifest.load(manifest.BOARDS[name])


def load_address(kind: int, name: str = manifest.DEFAULT) -> int:
    """Where a file is put in the guest's RAM; disks stay in secure memory."""
    return board(name).load[_LOAD[kind]] if kind in _LOAD else 0


def room(name: str = manifest.DEFAULT) -> manifest.Region:
    """Where a package is loaded."""
    return board(name).memory["package"]


@dataclass(frozen=True)
class Boot:
    """Files that start a guest."""

    kernel: Path
    initrd: Path | None
    dtb: Path
    profile: int = STOCK
    board: str = manifest.DEFAULT


POLICIES = {"rw": 0, "ro": 1, "overlay": 2}
MAX_DISKS = 3
KEY_LEN = 64
_SELECTOR_LEN, _SERIAL_LEN = 80, 20
_DISK = struct.Struct(f"<{_SELECTOR_LEN}s{_SELECTOR_LEN}s{_SERIAL_LEN}s3I{KEY_LEN}s")

CMDLINE_LEN = 1024
MAX_MACHINE = 0xFFFFFFFF
_ATAGS = struct.Struct(f"<2IQ{CMDLINE_LEN}s")


@dataclass(frozen=True)
class Disk:
    """A disk of the guest: a partition by number, PARTUUID= or PARTLABEL=."""

    partition: str
    policy: str = "rw"
    store: str = ""  # of an overlay; empty: memory
    serial: str = ""
    key: bytes | None = None

    @classmethod
    def parse(cls, text: str) -> Disk:
        """From SELECTOR[,policy=P][,store=SELECTOR][,serial=S][,key=FILE]."""
        partition, *options = text.split(",")
        given = dict(option.partition("=")[::2] for option in options)
        unknown = set(given) - {"policy", "store", "serial", "key"}
        if unknown:
            raise Failure(f"disk {text}: no such option: {', '.join(sorted(unknown))}")
        if "key" in given:
            given["key"] = require_file(Path(given["key"]), "key").read_bytes()
        return cls(partition, **given)

    def pack(self) -> bytes:
        """As the monitor reads it."""
        if self.policy not in POLICIES:
            raise Failure(f"disk {self.partition}: policy {self.policy} is none of {', '.join(POLICIES)}")
        if self.store and self.policy != "overlay":
            raise Failure(f"disk {self.partition}: only an overlay has a store")
        if self.key is not None and len(self.key) != KEY_LEN:
            raise Failure(f"disk {self.partition}: a key has {KEY_LEN} bytes, this one {len(self.key)}")
        for name, size in (("partition", _SELECTOR_LEN - 1), ("store", _SELECTOR_LEN - 1),
                           ("serial", _SERIAL_LEN)):
            if len(getattr(self, name).encode()) > size:
                raise Failure(f"disk {self.partition}: {name} is longer than {size} bytes")
        serial = self.serial or f"tzvmm-sd-{self.partition}"[:_SERIAL_LEN]
        return _DISK.pack(self.partition.encode(), self.store.encode(), serial.encode(),
                          POLICIES[self.policy], int(self.key is not None), 0,
                          self.key or bytes(KEY_LEN))


@dataclass(frozen=True)
class Payload:
    """One file of the package."""

    kind: int
    data: bytes
    board: str = manifest.DEFAULT

    @property
    def load(self) -> int:
        return load_address(self.kind, self.board)

    @property
    def end(self) -> int:
        return self.load + len(self.data)


def read_kernel(path: Path, name: str = manifest.DEFAULT) -> Payload:
    """An ARM zImage, as it is."""
    data = require_file(path, "kernel").read_bytes()
    if len(data) < 0x30 or struct.unpack_from("<I", data, 0x24)[0] != _ZIMAGE_MAGIC:
        raise Failure(f"kernel {path} is not an ARM zImage")
    start, end = struct.unpack_from("<II", data, 0x28)
    if end - start != len(data):
        raise Failure(f"kernel {path} has {len(data)} bytes, its header says {end - start}")
    return Payload(KERNEL, data, name)


def read_initrd(path: Path, name: str = manifest.DEFAULT) -> Payload:
    """An initramfs; the kernel knows its compressions better than we do."""
    return Payload(INITRD, require_file(path, "initramfs").read_bytes(), name)


def guest_dtb(
    dtb: Path, initrd: Payload | None, bootargs: str = "", profile: int = STOCK,
    nr_disks: int = 1, name: str = manifest.DEFAULT,
) -> Payload:
    """The guest's device tree with what is only known now. That of the paravirtual
    guest is whole, that of the stock guest starts as the board's."""
    require_file(dtb, "device tree")
    try:
        return _guest_dtb(dtb.read_bytes(), initrd, bootargs, profile, nr_disks, name)
    except libfdt.FdtException as error:
        raise Failure(f"device tree {dtb} cannot be used: {error}") from error


def _guest_dtb(
    tree: bytes, initrd: Payload | None, bootargs: str, profile: int, nr_disks: int, name: str
) -> Payload:
    fdt = libfdt.Fdt(trees.stock(board(name), tree) if profile == STOCK else tree)
    fdt.resize(fdt.totalsize() + 1024 + len(bootargs))
    chosen = fdt.path_offset("/chosen")
    if bootargs:
        given = fdt.getprop(chosen, "bootargs").as_str()
        fdt.setprop_str(chosen, "bootargs", f"{given} {bootargs}")
    if initrd:
        fdt.setprop_u32(chosen, "linux,initrd-start", initrd.load)
        fdt.setprop_u32(chosen, "linux,initrd-end", initrd.end)
    if nr_disks > 1:
        trees.enable_disks(board(name), fdt, manifest.PROFILES[profile], nr_disks)
    fdt.pack()
    return Payload(DTB, bytes(fdt.as_bytearray()), name)


def atags(
    machine: int, bootargs: str, name: str = manifest.DEFAULT, revision: int = 0, serial: int = 0
) -> Payload:
    """What the monitor makes a tag list of, for a kernel that knows no device tree."""
    text = bootargs.encode()
    if not 0 <= machine <= MAX_MACHINE:
        raise Failure(f"--atags {machine}: a machine's number is 0 to {MAX_MACHINE}")
    if len(text) >= CMDLINE_LEN:
        raise Failure(f"boot arguments of {len(text)} bytes; a tag list has room for {CMDLINE_LEN - 1}")
    return Payload(ATAGS, _ATAGS.pack(machine, revision, serial, text), name)


def _check(payloads: list[Payload]) -> None:
    """In the guest's RAM, and none over another."""
    guest = board(payloads[0].board).memory["guest"]
    loaded = [payload for payload in payloads if payload.kind in _LOAD]
    placed = sorted(loaded, key=lambda payload: payload.load)
    limits = [payload.load for payload in placed[1:]] + [guest.end]
    for payload, limit in zip(placed, limits, strict=True):
        if payload.load < guest.at or payload.end > limit:
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
    most = room(payloads[0].board).len
    if offset > most:
        raise Failure(f"the boot package has {offset} bytes, the board has room for {most}")
    header = _HEADER.pack(MAGIC, VERSION, offset, len(payloads), profile, 0, 0, 0)
    return (header + entries).ljust(table_len, b"\0") + body


def _aligned(length: int) -> int:
    return -(-length // ALIGN) * ALIGN


def payloads_for(
    boot: Boot, bootargs: str = "", disks: tuple[Disk, ...] = (), machine: int | None = None
) -> list[Payload]:
    """What the package of a guest has. Without disks the monitor takes partition 2; with
    the number of a machine there is a tag list in place of a device tree."""
    if len(disks) > MAX_DISKS:
        raise Failure(f"{len(disks)} disks; a guest has at most {MAX_DISKS}")
    payloads = [read_kernel(boot.kernel, boot.board)]
    initrd = read_initrd(boot.initrd, boot.board) if boot.initrd else None
    if machine is None:
        payloads.append(guest_dtb(boot.dtb, initrd, bootargs, boot.profile, len(disks), boot.board))
    else:
        given = board(boot.board).node(manifest.PROFILES[boot.profile]).string("bootargs")
        payloads.append(atags(machine, f"{given} {bootargs}".strip(), boot.board))
    if initrd:
        payloads.append(initrd)
    if disks:
        payloads.append(Payload(DISKS, b"".join(each.pack() for each in disks)))
    return payloads


def make(
    kernel: Path, dtb: Path, initrd: Path | None, bootargs: str = "", profile: int = STOCK,
    disks: tuple[Disk, ...] = (),
) -> bytes:
    """The package of a guest, file by file."""
    return make_for(Boot(kernel, initrd, dtb, profile), bootargs, disks)


def make_for(boot: Boot, bootargs: str = "", disks: tuple[Disk, ...] = ()) -> bytes:
    """The package of a guest that was built."""
    return pack(payloads_for(boot, bootargs, disks), boot.profile)
