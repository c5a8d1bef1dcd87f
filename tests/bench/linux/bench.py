#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Instructions of a 4 KiB read in Linux, from submit_bio to bio_endio, both worlds
counted: Debian's kernel without a monitor on the card itself, the same kernel as the
stock guest, and the paravirtual guest.

Exit status 77 if something that ./demo makes is missing."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[2]
sys.path[:0] = [str(TOP / "tests" / "system"), str(TOP / "tools")]

import bare  # noqa: E402
from foreign_files import initramfs, machine, modules, package  # noqa: E402
from harness import BUILD  # noqa: E402
from tzvmm_tools import bootpkg, guest, kernel  # noqa: E402

SKIP = 77
READS = 400
LIMIT = 300.0
PACKAGE = 0x71000000
BEGIN, END = "submit_bio", "bio_endio"

INIT = f"""#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc p /proc
$b mount -t sysfs s /sys
$b mount -t devtmpfs d /dev
for m in $($b cat /modules); do $b insmod /lib/$m; done
n=0
disk=$($b cat /disk)
while [ ! -b $disk ] && [ $n -lt 60 ]; do $b sleep 1; n=$((n+1)); done
echo "SYMBOLS:" $($b grep -e ' {BEGIN}$' -e ' {END}$' /proc/kallsyms)
$b dd if=$disk of=/dev/null bs=4k count={READS} iflag=direct
echo "READ"
$b sleep 1
$b reboot -f
"""


@dataclass(frozen=True)
class System:
    """A kernel with its modules, and where it finds the card."""

    name: str
    disk: str
    modules: list[Path]

    def ramdisk(self, folder: Path, busybox: bytes) -> Path:
        """What it runs."""
        files = {"bin/busybox": busybox, "init": INIT.encode(), "disk": self.disk.encode()}
        files |= {f"lib/{path.name}": path.read_bytes() for path in self.modules}
        files["modules"] = "\n".join(path.name for path in self.modules).encode()
        path = folder / f"{self.name}.cpio"
        path.write_bytes(initramfs(files))
        return path


def run(command: list[str], plugin: str = "") -> str:
    """Boot and read to the end; what was printed."""
    with machine([*command, *(["-plugin", plugin] if plugin else [])]) as running:
        running.expect("READ\n", LIMIT)
        running.status(60.0)
        return running.text


def measure(args: argparse.Namespace, command: list[str]) -> int:
    """Median of the instructions of a read."""
    text = run(command)
    found = {name: int(address, 16) & ~1
             for address, name in re.findall(rf"([0-9a-f]{{8}}) T ({BEGIN}|{END})\b", text)}
    out = args.folder / "count"
    run(command, f"{args.folder / 'libcount.so'},begin={found[BEGIN]:#x},end={found[END]:#x},"
                 f"out={out},blocks=1")
    counts = [int(line.split()[1]) for line in out.read_text().splitlines()]
    # The reads of dd are the last ones.
    reads = sorted(counts[-READS + 10:])
    return reads[len(reads) // 2]


def board(args: argparse.Namespace) -> list[str]:
    card = bare.build_card(args.folder)
    return [str(args.emulator), "-M", "usb_armory", "-icount", "shift=3,sleep=off", "-no-reboot",
            "-nodefaults", "-drive", f"if=sd,index=0,format=raw,file={card}"]


def native(args: argparse.Namespace, debian: Path, busybox: bytes) -> int:
    tree = next((debian / "lib" / "modules").iterdir())
    wanted = ["gpio-mxc", "imx2_wdt", "sdhci-esdhc-imx"]
    system = System("native", "/dev/mmcblk0p2", modules(tree, wanted))
    kernel = next((debian / "boot").glob("vmlinuz-*"))
    return measure(args, [*board(args), "-kernel", str(kernel),
                          "-dtb", str(next(debian.glob("usr/lib/*/imx53-usbarmory.dtb"))),
                          "-initrd", str(system.ramdisk(args.folder, busybox)),
                          "-append", "console=ttymxc0,115200"])


def under_monitor(args: argparse.Namespace, name: str, contents: bytes) -> int:
    path = args.folder / f"{name}.pkg"
    path.write_bytes(contents)
    return measure(args, [*board(args), "-kernel", str(args.monitor), "-device",
                          f"loader,file={path},addr={PACKAGE:#x},force-raw=on"])


def stock(args: argparse.Namespace, debian: Path, busybox: bytes) -> int:
    tree = next((debian / "lib" / "modules").iterdir())
    system = System("stock", "/dev/vda", modules(tree, ["virtio_mmio", "virtio_blk"]))
    kernel = next((debian / "boot").glob("vmlinuz-*"))
    ramdisk = system.ramdisk(args.folder, busybox)
    return under_monitor(args, "stock", bootpkg.make(kernel, guest.BOOT.dtb, ramdisk))


def paravirt(args: argparse.Namespace, debian: Path, busybox: bytes) -> int:
    del debian
    system = System("paravirt", "/dev/vda", [kernel.MODULE])
    ramdisk = system.ramdisk(args.folder, busybox)
    boot = kernel.BOOT
    package = bootpkg.make(boot.kernel, boot.dtb, ramdisk, profile=bootpkg.PARAVIRT)
    return under_monitor(args, "paravirt", package)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--monitor", type=Path, required=True, help="the monitor's ELF")
    parser.add_argument("--emulator", type=Path, required=True, help="qemu-system-arm-imx53")
    parser.add_argument("--folder", type=Path, required=True, help="for what is built")
    parser.add_argument("--debs", type=Path, default=TOP / ".cache" / "debs", help="packages")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    if not args.emulator.exists() or not guest.BOOT.dtb.exists() or not kernel.MODULE.exists():
        print("skipped: run ./demo and ./demo --guest paravirt first")
        return SKIP
    debian = package(args.debs, "linux-image-6*-armmp")
    busybox = (package(args.debs, "busybox-static") / "bin" / "busybox").read_bytes()
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", HERE.parent / "count_plugin.c",
                    "-o", args.folder / "libcount.so"], check=True)
    for run_it in (native, stock, paravirt):
        number = run_it(args, debian, busybox)
        print(f"4 KiB read in Linux, {run_it.__name__}: {number} instructions", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
