# SPDX-License-Identifier: BSD-2-Clause
"""What the judges of the emulator share: an emulator on pipes with a deadline,
packages unpacked, an initramfs made here."""

from __future__ import annotations

import argparse
import os
import random
import re
import selectors
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness import BUILD, TOP, Failure

CACHE = Path(os.environ.get("TZVMM_CACHE", TOP / ".cache"))
MIB = 1 << 20


class Timeout(Exception):
    """What was waited for did not come."""


class Machine:
    """An emulator whose first UART is on pipes."""

    def __init__(self, argv: list[str]) -> None:
        self.text = ""
        self._seen = 0
        base = ["-display", "none", "-monitor", "none", "-nic", "none", "-serial", "stdio"]
        self._process = subprocess.Popen(
            [*argv, *base], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._process.stdout, selectors.EVENT_READ)

    def _read(self, limit: float) -> bool:
        """Take in what is there; False at the end of the output."""
        if not self._selector.select(max(0.0, limit)):
            return True
        data = os.read(self._process.stdout.fileno(), 65536)
        self.text += data.decode(errors="replace").replace("\r", "")
        return bool(data)

    def expect(self, pattern: str, limit: float) -> re.Match[str]:
        """Wait for a pattern behind what was matched before."""
        deadline = time.monotonic() + limit
        while True:
            found = re.compile(pattern, re.MULTILINE).search(self.text, self._seen)
            if found:
                self._seen = found.end()
                return found
            if time.monotonic() > deadline or not self._read(1.0):
                raise Timeout(f"no /{pattern}/ within {limit:.0f} s; last output:\n{self.text[-1500:]}")

    def send(self, line: str) -> None:
        """Type a line."""
        self._process.stdin.write(line.encode() + b"\r")
        self._process.stdin.flush()

    def status(self, limit: float) -> int:
        """Wait for the emulator to end by itself."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline and self._read(0.5):
            pass
        return self._process.wait(timeout=max(1.0, deadline - time.monotonic()))

    def stop(self) -> None:
        """End it whatever state it is in."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


@contextmanager
def machine(argv: list[str]) -> Iterator[Machine]:
    """An emulator that never outlives its test."""
    running = Machine(argv)
    try:
        yield running
    finally:
        running.stop()


def arguments(description: str) -> argparse.ArgumentParser:
    """The options that all judges have."""
    parser = argparse.ArgumentParser(description=description)
    default = BUILD / "emulator" / "qemu-system-arm-imx53"
    parser.add_argument("--qemu", type=Path, default=default, help="the emulator (%(default)s)")
    parser.add_argument("--debs", type=Path, default=CACHE / "debs", help="unpacked packages (%(default)s)")
    parser.add_argument("--work", type=Path, default=BUILD / "system" / "foreign", help="scratch folder")
    return parser


def package(debs: Path, pattern: str) -> Path:
    """The folder of an unpacked package."""
    found = sorted(debs.glob(pattern))
    if not found:
        raise Failure(f"no {pattern} in {debs}: run tools/setup")
    return found[-1]


def random_card(path: Path, size: int, seed: int) -> bytearray:
    """A card full of reproducible noise; its contents."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = bytearray(random.Random(seed).randbytes(size))
    path.write_bytes(data)
    return data


def _entry(name: str, mode: int, data: bytes, rdev: tuple[int, int] = (0, 0)) -> bytes:
    """One file of a cpio archive in the format newc."""
    fields = [0, mode, 0, 0, 1, 0, len(data), 0, 0, *rdev, len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08X" % f for f in fields) + name.encode() + b"\0"
    return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)


def initramfs(files: dict[str, bytes]) -> bytes:
    """A root file system in memory: executables and a console."""
    folders = sorted({str(p) for f in files for p in Path(f).parents if str(p) != "."} | {"dev", "proc", "sys"})
    archive = b"".join(_entry(f, 0o040755, b"") for f in folders)
    archive += _entry("dev/console", 0o020600, b"", (5, 1))
    archive += b"".join(_entry(name, 0o100755, data) for name, data in files.items())
    return archive + _entry("TRAILER!!!", 0, b"")


def modules(tree: Path, wanted: list[str]) -> list[Path]:
    """Kernel modules and what they depend on, in the order to load them."""
    known = {p.stem.replace("-", "_"): p for p in tree.rglob("*.ko")}
    order: list[Path] = []

    def add(name: str) -> None:
        path = known.get(name.replace("-", "_"))
        if path is None:
            raise Failure(f"no module {name} below {tree}")
        found = re.search(rb"\0depends=([^\0]*)\0", path.read_bytes())
        for other in filter(None, found.group(1).decode().split(",") if found else []):
            add(other)
        if path not in order:
            order.append(path)

    for name in wanted:
        add(name)
    return order
