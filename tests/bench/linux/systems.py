# SPDX-License-Identifier: BSD-2-Clause
"""The three systems that are compared: Debian's kernel without a monitor on the card
itself, the same kernel as the stock guest, and the paravirtual guest."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[2]
sys.path[:0] = [str(TOP / "tests" / "system"), str(TOP / "tools"), str(HERE.parent)]

import bare  # noqa: E402
import count  # noqa: E402
from foreign_files import initramfs, machine, modules, package  # noqa: E402
from tzvmm_tools import bootpkg, figures, guest, kernel  # noqa: E402

SKIP = 77
LIMIT = 900.0
# Each kind of exit starts in one of these.
EXITS = ("armv7a_exit_smc", "armv7a_exit_fiq", "armv7a_exit_data_abort")

INIT = """#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc p /proc
$b mount -t sysfs s /sys
$b mount -t devtmpfs d /dev
for m in $($b cat /modules); do $b insmod /lib/$m; done
n=0
disk=$($b cat /disk)
while [ ! -b $disk ] && [ $n -lt 60 ]; do $b sleep 1; n=$((n+1)); done
echo "SYMBOLS:" $($b grep -E ' T @MARKS@$' /proc/kallsyms)
. /work
echo "DONE"
$b sleep 1
$b reboot -f
"""


def arguments(description: str) -> argparse.Namespace:
    """What every benchmark of Linux is told; ends the program if something is missing."""
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("--monitor", type=Path, required=True, help="the monitor's ELF")
    parser.add_argument("--emulator", type=Path, required=True, help="qemu-system-arm-imx53")
    parser.add_argument("--folder", type=Path, required=True, help="for what is built")
    parser.add_argument("--debs", type=Path, default=TOP / ".cache" / "debs", help="packages")
    parser.add_argument("--only", help="one of native, stock and paravirt")
    parser.add_argument("--quick", action="store_true", help="a few figures only")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    if not args.emulator.exists() or not guest.BOOT.dtb.exists() or not kernel.MODULE.exists():
        print("skipped: run ./demo and ./demo --guest paravirt first")
        sys.exit(SKIP)
    for tool in ("cc", "arm-linux-gnueabihf-gcc", bare.PREFIX + "nm"):
        if shutil.which(tool) is None:
            print(f"skipped: {tool} is missing")
            sys.exit(SKIP)
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", HERE.parent / "count_plugin.c",
                    "-o", args.folder / "libcount.so"], check=True)
    return args


@dataclass(frozen=True)
class Interval:
    """What was executed between two marks."""

    instructions: int
    exits: int


@dataclass
class System:
    """A way to run Linux: what the emulator is told, modules, and where the card is."""

    name: str
    command: list[str]
    disk: str
    modules: list[Path]

    def _ramdisk(self, folder: Path, debs: Path, work: str, marks: str, files: dict) -> Path:
        busybox = (package(debs, "busybox-static") / "bin" / "busybox").read_bytes()
        contents = {"bin/busybox": busybox, "init": INIT.replace("@MARKS@", marks).encode(),
                    "disk": self.disk.encode(), "work": work.encode()}
        contents |= {f"lib/{path.name}": path.read_bytes() for path in self.modules} | files
        contents["modules"] = "\n".join(path.name for path in self.modules).encode()
        path = folder / f"{self.name}.cpio"
        path.write_bytes(initramfs(contents))
        return path

    def boot(self, ramdisk: Path, plugin: list[str]) -> str:
        """Run to the end; what was printed."""
        raise NotImplementedError

    def measure(self, args: argparse.Namespace, work: str, files: dict[str, bytes],
                begin: str, end: str) -> tuple[str, list[Interval]]:
        """Let the work be done, once to learn where the marks are, once more to count
        from one to the other; what was printed, and the intervals in order."""
        ramdisk = self._ramdisk(args.folder, args.debs, "", f"({begin}|{end})", files)
        text = self.boot(ramdisk, [])
        found = {name: int(address, 16) & ~1
                 for address, name in re.findall(rf"([0-9a-f]{{8}}) T ({begin}|{end})\b", text)}
        ramdisk = self._ramdisk(args.folder, args.debs, work, begin, files)
        monitor = count.Symbols(args.monitor, bare.PREFIX + "nm")
        hits = "".join(f",hit={monitor.at(name) & ~1:#x}" for name in EXITS)
        out = args.folder / f"{self.name}.count"
        text = self.boot(ramdisk, ["-plugin", f"{args.folder / 'libcount.so'},begin={found[begin]:#x},"
                                   f"end={found[end]:#x},out={out},blocks=1{hits}"])
        numbers = [list(map(int, line.split()[1:])) for line in out.read_text().splitlines()
                   if line.startswith("interval")]
        return text, [Interval(first, sum(exits)) for first, *exits in numbers]


def run(command: list[str]) -> str:
    """Boot, work and end; what was printed."""
    with machine(command) as running:
        running.expect("DONE\n", LIMIT)
        running.status(60.0)
        return running.text


class Native(System):
    """No monitor: the kernel has the board for itself."""

    def __init__(self, args: argparse.Namespace, board: list[str]) -> None:
        debian = package(args.debs, "linux-image-6*-armmp")
        tree = next((debian / "lib" / "modules").iterdir())
        super().__init__("native", [*board, "-kernel", str(next((debian / "boot").glob("vmlinuz-*"))),
                                    "-dtb", str(next(debian.glob("usr/lib/*/imx53-usbarmory.dtb"))),
                                    "-append", "console=ttymxc0,115200"], "/dev/mmcblk0p2",
                         modules(tree, ["gpio-mxc", "imx2_wdt", "sdhci-esdhc-imx"]))

    def boot(self, ramdisk: Path, plugin: list[str]) -> str:
        return run([*self.command, "-initrd", str(ramdisk), *plugin])


class Guest(System):
    """Under the monitor."""

    def __init__(self, args: argparse.Namespace, board: list[str], name: str, kernel_image: Path,
                 dtb: Path, profile: int, module_files: list[Path]) -> None:
        self._package = args.folder / f"{name}.pkg"
        self._parts = (kernel_image, dtb, profile)
        self.disks: tuple[bootpkg.Disk, ...] = ()
        super().__init__(name, [*board, "-kernel", str(args.monitor), "-device",
                                f"loader,file={self._package},addr={bootpkg.room().at:#x},force-raw=on"],
                         "/dev/vda", module_files)

    def boot(self, ramdisk: Path, plugin: list[str]) -> str:
        image, dtb, profile = self._parts
        self._package.write_bytes(bootpkg.make(image, dtb, ramdisk, profile=profile, disks=self.disks))
        return run([*self.command, *plugin])


def stock(args: argparse.Namespace, board: list[str]) -> System:
    """Debian's kernel as a guest."""
    debian = package(args.debs, "linux-image-6*-armmp")
    tree = next((debian / "lib" / "modules").iterdir())
    return Guest(args, board, "stock", next((debian / "boot").glob("vmlinuz-*")), guest.BOOT.dtb,
                 bootpkg.STOCK, modules(tree, ["virtio_mmio", "virtio_blk"]))


def paravirt(args: argparse.Namespace, board: list[str]) -> System:
    """The trimmed kernel, by calls alone."""
    boot = kernel.BOOT
    return Guest(args, board, "paravirt", boot.kernel, boot.dtb, bootpkg.PARAVIRT, [kernel.MODULE])


def systems(args: argparse.Namespace, board: list[str]) -> list[System]:
    """All, or the one that is asked for."""
    every = [Native(args, board), stock(args, board), paravirt(args, board)]
    return [system for system in every if args.only in (None, system.name)]
