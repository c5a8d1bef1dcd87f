#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Build a secure kernel that takes tzvmm's sources into a Makefile of its own, and run
a guest under it, beside the kernel's own task, on QEMU's virt machine.

usage: kernel.py [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pexpect

TOP = Path(__file__).resolve().parents[2]
sys.path += [str(TOP / "tools"), str(TOP / "tests" / "system")]

import bare  # noqa: E402  behind sys.path
from tzvmm_tools import bootpkg  # noqa: E402

MAX_LINES = 600
LIBRARY_USERS = {"guest.c", "say.c", "say.h"}
DISK_LEN = 0x8000
LIMIT_S = 60
GUEST_SOURCES = ("bare_guest/main.c", "bare_guest/start.S", "guest_half/guest_half.c")
GUEST_FLAGS = "-std=c11 -O2 -mcpu=cortex-a8 -marm -mfloat-abi=soft -ffreestanding".split()


def build_guest(folder: Path) -> Path:
    """The guest of the USB armory, from the headers alone."""
    elf, raw = folder / "guest.elf", folder / "guest.bin"
    examples = TOP / "examples"
    link = ["-nostdlib", "-nostartfiles", "-T", examples / "bare_guest" / "guest.ld"]
    flags = [*GUEST_FLAGS, "-fno-tree-loop-distribute-patterns", f"-I{TOP / 'include'}"]
    sources = [examples / name for name in GUEST_SOURCES]
    subprocess.run([bare.PREFIX + "gcc", *flags, *sources, *link, "-o", elf], check=True)
    bare.to_image(elf, raw)
    return bare.build_package(folder, raw, bootpkg.PARAVIRT)


def build_kernel(folder: Path, package: Path) -> Path:
    out = folder / "out"
    source = TOP / "examples" / "embedding"
    make = ["make", "-s", "-j2", "-C", source, f"OUT={out}", f"TZVMM={TOP}", f"PACKAGE={package}"]
    subprocess.run(make, check=True)
    return out / "flash.bin"


def disk_content() -> bytes:
    return bytes((i * i // 3) & 0xFF for i in range(DISK_LEN))


def task_sum(data: bytes) -> int:
    total = 0
    for byte in data:
        total = (total * 31 + byte) & 0xFFFFFFFF
    return total


def run(flash: Path) -> str:
    """What the serial line says until the machine is switched off."""
    machine = "-M virt,secure=on -cpu cortex-a15 -m 2048 -nic none -display none -monitor none"
    serial = ["-serial", "null", "-serial", "stdio"]  # the second is the secure world's
    argv = [*machine.split(), *serial, "-no-reboot", "-bios", str(flash)]
    child = pexpect.spawn("qemu-system-arm", argv, timeout=LIMIT_S, encoding="utf-8")
    child.delaybeforesend = None
    text = ""
    child.expect("press a key")
    text += child.before + child.after
    # The task goes on while the guest waits.
    child.expect("task .*task .*")
    text += child.before + child.after
    child.send("k")
    child.expect(pexpect.EOF)
    return text + child.before


class Report:
    def __init__(self) -> None:
        self.nr = 0
        self.failed = 0

    def check(self, what: str, holds: bool, seen: object = "") -> None:
        self.nr += 1
        self.failed += not holds
        print(f"{'ok' if holds else 'not ok'} {self.nr} - {what}")
        if not holds:
            for line in str(seen).splitlines():
                print(f"# {line}")


def check_size(report: Report) -> None:
    folder = TOP / "examples" / "embedding"
    sources = [path for path in folder.iterdir() if path.suffix in (".c", ".S", ".h", ".ld")]
    own = sum(len(p.read_text().splitlines()) for p in sources if p.name not in LIBRARY_USERS)
    report.check(f"the kernel has below {MAX_LINES} lines", own < MAX_LINES, own)
    foreign = [p.name for p in sources if p.name not in LIBRARY_USERS and "tzvmm/" in p.read_text()]
    report.check("nothing else of it includes tzvmm", not foreign, foreign)


def check_run(report: Report, text: str) -> None:
    data = disk_content()
    lines = re.findall(r"\[ *[0-9.]+ (\w+) *\] ([^\r\n]*)", text)
    guest = [line for who, line in lines if who == "guest"]
    task = [line for who, line in lines if who == "task"]
    report.check("the guest prints", "a guest without an OS" in guest, text)
    report.check("the guest starts in SVC mode", "cpsr 00000093" in guest, guest)
    sectors = f"sectors {DISK_LEN // 512:08x}"
    report.check("the guest sees the kernel's disk", sectors in guest, guest)
    report.check("the guest reads it", f"sum {bare.fletcher(data):08x}" in guest, guest)
    report.check("the guest gets the key", f"key {ord('k'):08x}" in guest, guest)
    report.check("the guest ends", "done" in guest, guest)
    expected = f"the disk's sum is {task_sum(data):#010x}"
    beside = len(task) >= 2 and set(task) == {expected}
    report.check("the kernel's task runs beside it", beside, task)
    off = [line for who, line in lines if who == "seed" and line.startswith("guest off")]
    report.check("the kernel outlives its guest", len(off) == 1, lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="an embedder that knows no Meson")
    parser.add_argument("--keep", type=Path, help="build here, and leave it")
    args = parser.parse_args()
    report = Report()
    check_size(report)
    with tempfile.TemporaryDirectory(prefix="tzvmm-seed-") as scratch:
        folder = args.keep or Path(scratch)
        flash = build_kernel(folder, build_guest(folder))
        start = time.monotonic()
        try:
            check_run(report, run(flash))
        except (pexpect.TIMEOUT, pexpect.EOF) as silence:
            report.check(f"the machine says what is waited for within {LIMIT_S} s", False, silence)
        print(f"# {time.monotonic() - start:.1f} s")
    print(f"1..{report.nr}")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
