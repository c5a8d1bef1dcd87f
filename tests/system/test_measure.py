#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A measured start: what may start does, and what was changed is refused and named.
usage: test_measure.py stock|paravirt"""

from __future__ import annotations

import dataclasses
import hashlib
import mmap
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from harness import BUILD, GUEST, TOP, WORK, Tap, main

import bare  # behind harness, which knows where the tools are
from tzvmm_tools import base, bootpkg, measure, qemu
from tzvmm_tools.console import Closed, Late
from tzvmm_tools.session import Session

LIMIT = 60.0
STARTED, FATAL = "guest: start at", "fatal:"
MONITORS = BUILD / "usb_armory" / "tests" / "measure"
NOBODY = TOP / "tests" / "measure"
ARGUMENT = b"quiet\0"
DDR_BASE = 0x70000000


class Package:
    """A boot package whose bytes can be changed."""

    def __init__(self, data: bytes) -> None:
        self.data = bytearray(data)

    def _entry(self, kind: int) -> int:
        nr = struct.unpack_from("<I", self.data, 12)[0]
        entries = [at for at in range(32, 32 + 16 * nr, 16) if self.data[at] == kind]
        assert len(entries) == 1, entries
        return entries[0]

    def payload(self, kind: int) -> tuple[int, int]:
        """Where it is, and its length."""
        _, offset, length, _ = struct.unpack_from("<4I", self.data, self._entry(kind))
        return offset, length

    def flip(self, kind: int, at: int) -> None:
        self.data[self.payload(kind)[0] + at] ^= 1

    def flip_middle(self, kind: int) -> None:
        self.flip(kind, self.payload(kind)[1] // 2)

    def flip_in(self, kind: int, text: bytes) -> None:
        """In a text that is there once."""
        offset, length = self.payload(kind)
        payload = self.data[offset:offset + length]
        assert payload.count(text) == 1, text
        self.flip(kind, payload.index(text))

    def add_to_field(self, kind: int, field: int, value: int) -> None:
        at = self._entry(kind) + 4 * field
        old = struct.unpack_from("<I", self.data, at)[0]
        struct.pack_into("<I", self.data, at, old + value)

    def drop_last(self) -> None:
        """Its last entry is not there any more."""
        nr = struct.unpack_from("<I", self.data, 12)[0]
        struct.pack_into("<I", self.data, 12, nr - 1)


Change = Callable[[Package], None]
PARTS: dict[str, tuple[Change, tuple[str, ...]]] = {
    "kernel": (lambda p: p.flip_middle(bootpkg.KERNEL), ("kernel",)),
    "device tree": (lambda p: p.flip_in(bootpkg.DTB, b"#address-cells\0"), ("device tree",)),
    "boot arguments": (lambda p: p.flip_in(bootpkg.DTB, ARGUMENT),
                       ("device tree", "boot arguments")),
    "initrd": (lambda p: p.flip_middle(bootpkg.INITRD), ("initrd",)),
    "disk's policy": (lambda p: p.flip(bootpkg.DISKS, 180), ("disks",)),
    "address": (lambda p: p.add_to_field(bootpkg.INITRD, 3, bootpkg.ALIGN), ("layout",)),
}
SIGNATURE: dict[str, tuple[Change, str]] = {
    "signature": (lambda p: p.flip(bootpkg.SIGNATURE, 271), "the signature of the list"),
    "list": (lambda p: p.flip(bootpkg.SIGNATURE, 16), "the signature of the list"),
    "length of the list": (lambda p: p.add_to_field(bootpkg.SIGNATURE, 2, -32), "cut off"),
    "number of digests": (lambda p: p.flip(bootpkg.SIGNATURE, 8), "cut off"),
    "missing signature": (Package.drop_last, "not signed"),
}


def make_key(name: str) -> tuple[Path, Path]:
    """A new pair of keys, secret and public."""
    secret = ec.generate_private_key(ec.SECP256R1())
    pem, none = serialization.Encoding.PEM, serialization.NoEncryption()
    paths = WORK / f"{name}-secret.pem", WORK / f"{name}.pem"
    paths[0].write_bytes(secret.private_bytes(pem, serialization.PrivateFormat.PKCS8, none))
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    paths[1].write_bytes(secret.public_key().public_bytes(pem, form))
    return paths


def pack(key: Path) -> tuple[Package, Path]:
    """A signed package with a list of disks, and what it hashes to."""
    path = WORK / "package.bin"
    done = subprocess.run(
        [TOP / "tools" / "mkbootpkg", "--guest", GUEST, "--append", "quiet", "--disk", "2,policy=ro",
         "--sign", key, "--print-digests", path],
        capture_output=True, text=True, check=True, timeout=60, env=base.child_environment())
    digests = WORK / "package.digests"
    digests.write_text(done.stdout)
    return Package(path.read_bytes()), digests


def make_monitor(rule: str, old: bytes, new: bytes) -> Path:
    """The monitor with that rule, and our constant in place of nobody's."""
    data = (MONITORS / f"monitor_{rule}.elf").read_bytes()
    assert data.count(old) == 1 and len(old) == len(new)
    path = WORK / f"monitor_{rule}.elf"
    path.write_bytes(data.replace(old, new))
    return path


class Board:
    """A board with one of these monitors."""

    def __init__(self, monitor: Path, card: Path) -> None:
        self._monitor, self._card = monitor, card

    def board(self, package: Package) -> qemu.Board:
        path = WORK / "started.bin"
        path.write_bytes(package.data)
        return qemu.Board(package=path, card=self._card, monitor=self._monitor)

    def start(self, package: Package) -> list[str]:
        """The lines until the guest starts or the monitor stops."""
        with qemu.Emulator(self.board(package).argv()) as emulator:
            return lines_until(emulator, STARTED, FATAL)


def lines_until(emulator: qemu.Emulator, *ends: str) -> list[str]:
    lines: list[str] = []
    deadline = time.monotonic() + LIMIT
    while not any(end in line for line in lines for end in ends):
        try:
            lines.append(emulator.console.wait(deadline).text)
        except (Closed, Late):
            break
    return lines


def names(lines: list[str]) -> list[str]:
    """The parts that are said to be changed."""
    wanted = ("start refused: the ", " is not the allowed one")
    return [line[len(wanted[0]):-len(wanted[1])] for line in lines
            if line.startswith(wanted[0]) and line.endswith(wanted[1])]


def check_start(tap: Tap, sentence: str, lines: list[str]) -> None:
    started = any(STARTED in line for line in lines)
    tap.check(sentence, started and not any("refused: " in line for line in lines), lines)


def check_refusal(tap: Tap, sentence: str, lines: list[str], said: bool) -> None:
    started = any(STARTED in line for line in lines)
    tap.check(sentence, said and not started and any(FATAL in line for line in lines), lines)


def changed_parts(tap: Tap, rule: str, board: Board, good: Package) -> None:
    check_start(tap, f"{rule}: what may start does", board.start(good))
    for part, (change, expected) in PARTS.items():
        package = Package(good.data)
        change(package)
        lines = board.start(package)
        check_refusal(tap, f"{rule}: one bit of the {part}: refused and named", lines,
                      names(lines) == list(expected))


def changed_signatures(tap: Tap, board: Board, good: Package) -> None:
    for what, (change, expected) in SIGNATURE.items():
        package = Package(good.data)
        change(package)
        lines = board.start(package)
        said = any("refused: " in line and expected in line for line in lines)
        check_refusal(tap, f"signature: {what}: refused, and said so", lines, said)


def digests_match(tap: Tap, lines: list[str], package: Package, digests: Path) -> None:
    """Hashed by Python, and with OpenSSL's view of what is signed."""
    told = dict(line.removeprefix("measured: ").split(" sha256 ") for line in lines
                if line.startswith("measured: "))
    printed = dict(line.split(": ") for line in digests.read_text().splitlines())
    tap.check("the log has the digests that mkbootpkg printed", told == printed, (told, printed))
    offset, length = package.payload(bootpkg.KERNEL)
    expected = hashlib.sha256(package.data[offset:offset + length]).hexdigest()
    tap.check("that of the kernel is SHA-256 of its bytes", told.get("kernel") == expected, told)


def restarted(tap: Tap, board: Board, good: Package, digests: Path) -> None:
    """The package is changed in secure memory, from outside of the board."""
    ddr = WORK / "ddr"
    backend = f"memory-backend-file,id=ddr,size=512M,mem-path={ddr},share=on"
    plugged = dataclasses.replace(board.board(good), machine="usb_armory,memory-backend=ddr",
                                  extra=("-object", backend))
    with qemu.Emulator(plugged.argv()) as emulator:
        session = Session(emulator)
        lines = lines_until(emulator, STARTED, FATAL)
        digests_match(tap, lines, good, digests)
        printed = digests.read_text().splitlines()[0].split(": ")[1]
        said = session.ask_monitor("digests", "^kernel sha256 (.*)$")[1]
        tap.check("the command digests tells them", said == printed, said)
        session.ask_monitor("restart", "guest restart")
        check_start(tap, "a restart measures again", lines_until(emulator, STARTED, FATAL))
        at = bootpkg.room().at - DDR_BASE + good.payload(bootpkg.INITRD)[0]
        with ddr.open("r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
            memory[at] ^= 1
        session.ask_monitor("restart", "guest restart")
        lines = lines_until(emulator, STARTED, FATAL)
        check_refusal(tap, "a restart from a package that changed meanwhile is refused", lines,
                      names(lines) == ["initrd"])


def measured(tap: Tap) -> None:
    secret, public = make_key("ours")
    good, digests = pack(secret)
    card = bare.build_card(WORK)
    nobody = b"".join(measure.read(NOBODY / "nobody.digests")[0])
    listed = make_monitor("digests", nobody, b"".join(measure.read(digests)[0]))
    changed_parts(tap, "digests", Board(listed, card), good)
    key = measure.public_key(NOBODY / "nobody.pem")
    signed = Board(make_monitor("signature", key, measure.public_key(public)), card)
    changed_parts(tap, "signature", signed, good)
    changed_signatures(tap, signed, good)
    stranger, _ = pack(make_key("stranger")[0])
    lines = signed.start(stranger)
    check_refusal(tap, "signature: of another key: refused", lines,
                  any("the signature of the list" in line for line in lines))
    restarted(tap, signed, good, digests)


main(measured)
