#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Judges the emulator by Debian's kernel: no monitor, Debian's own device
tree, SD card and MMC read and written, and both compared with the host."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

from foreign_files import MIB, Machine, Timeout, arguments, initramfs, machine, modules, package, random_card
from harness import Failure, Tap

CARD_SIZE = 64 * MIB
READ_SIZE = 16 * MIB
COPY_FROM, COPY_TO, COPY_SIZE = 3 * MIB, 40 * MIB, 8 * MIB
SMALL_FROM, SMALL_TO, SMALL_SECTORS = 5, 100001, 3
BOOT_LIMIT, STEP_LIMIT, END_LIMIT = 150.0, 120.0, 30.0
MODULES = ["gpio-mxc", "imx2_wdt", "sdhci-esdhc-imx"]
# What sdhci and mmc print when a controller or a card does not behave.
COMPLAINTS = ("REGISTER DUMP", "Got data interrupt", "Timeout waiting for hardware", "error -110", "I/O error",
              "after switch", "switch to bus width")


@dataclass(frozen=True)
class Board:
    """What runs; as what its kernel knows the card in each slot, and on how many lines."""

    machine: str
    tree: str
    disks: dict[str, str]


BOARDS = {
    "usb_armory": Board("usb_armory", "imx53-usbarmory.dtb", {"mmcblk0": "4 bits"}),
    "imx53_qsb": Board("imx53_qsb,mmc=on", "imx53-qsb.dtb", {"mmcblk0": "4 bits", "mmcblk2": "8 bits"}),
}

# The kernel hands "disks" of its command line on to its first program.
INIT = f"""#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc p /proc
$b mount -t sysfs s /sys
$b mount -t devtmpfs d /dev
$b mount -t debugfs k /sys/kernel/debug
for m in $($b cat /modules); do $b insmod /lib/$m || echo "INSMOD $m FAILED"; done
try() {{
	n=0
	while [ ! -b $1 ] && [ $n -lt 60 ]; do $b sleep 1; n=$((n+1)); done
	echo "BUS:" $($b grep width /sys/kernel/debug/mmc${{1#/dev/mmcblk}}/ios)
	echo "READ:" $($b dd if=$1 bs=64k count={READ_SIZE // 65536} 2>/dev/null | $b sha256sum)
	$b dd if=$1 bs=1M skip={COPY_FROM // MIB} count={COPY_SIZE // MIB} 2>/dev/null |
		$b dd of=$1 bs=64k seek={COPY_TO // 65536} conv=fsync 2>/dev/null
	i=0
	while [ $i -lt {SMALL_SECTORS} ]; do
		$b dd if=$1 bs=512 skip=$(({SMALL_FROM}+i)) count=1 2>/dev/null |
			$b dd of=$1 bs=512 seek=$(({SMALL_TO}+i)) count=1 oflag=direct 2>/dev/null
		i=$((i+1))
	done
	$b sync
	echo "WRITTEN: ok"
}}
for d in $disks; do try /dev/$d; done
$b cat /proc/interrupts
echo "REBOOTING"
$b reboot -f
"""


def build_initramfs(args) -> Path:
    """Busybox, the modules and the script above."""
    kernel = package(args.debs, "linux-image-6*-armmp")
    tree = next((kernel / "lib" / "modules").iterdir())
    order = modules(tree, MODULES)
    files = {"bin/busybox": (package(args.debs, "busybox-static") / "bin" / "busybox").read_bytes()}
    files |= {f"lib/{p.name}": p.read_bytes() for p in order}
    files["modules"] = "\n".join(p.name for p in order).encode() + b"\n"
    files["init"] = INIT.encode()
    path = args.work / "linux.cpio"
    path.write_bytes(initramfs(files))
    return path


def expected_card(before: bytearray) -> bytearray:
    """The card as the script leaves it."""
    after = bytearray(before)
    after[COPY_TO : COPY_TO + COPY_SIZE] = before[COPY_FROM : COPY_FROM + COPY_SIZE]
    small = SMALL_SECTORS * 512
    after[SMALL_TO * 512 : SMALL_TO * 512 + small] = before[SMALL_FROM * 512 : SMALL_FROM * 512 + small]
    return after


def command(args, board: Board, cards: list[Path], ramdisk: Path) -> list[str]:
    """The emulator's command line."""
    kernel = package(args.debs, "linux-image-6*-armmp")
    argv = [str(args.qemu), "-M", board.machine, "-no-reboot"]
    argv += ["-kernel", str(next((kernel / "boot").glob("vmlinuz-*"))), "-initrd", str(ramdisk)]
    argv += ["-dtb", str(next(kernel.glob(f"usr/lib/*/{board.tree}")))]
    argv += ["-append", f"console=ttymxc0,115200 disks=\"{' '.join(board.disks)}\""]
    for slot, card in enumerate(cards):
        argv += ["-drive", f"if=sd,index={slot},format=raw,file={card}"]
    return argv


def watch(tap: Tap, m: Machine, name: str, contents: list[bytearray]) -> None:
    """What the script says of each card."""
    m.expect(r"Linux version", BOOT_LIMIT)
    tap.check(f"{name}: Debian's kernel starts", True)
    for (disk, lines), content in zip(BOARDS[name].disks.items(), contents, strict=True):
        bus = m.expect(r"^BUS: (.*)\n", BOOT_LIMIT).group(1)
        tap.check(f"{name}: {disk} is on {lines}", lines in bus, bus)
        digest = m.expect(r"^READ: ([0-9a-f]{64})", STEP_LIMIT).group(1)
        want = hashlib.sha256(content[:READ_SIZE]).hexdigest()
        tap.check(f"{name}: 16 MiB read of {disk} agree with the host", digest == want, f"{digest} is not {want}")
        m.expect(r"^WRITTEN: ok$", STEP_LIMIT)
    tap.check(f"{name}: the driver uses ADMA2", m.text.count("using ADMA") >= len(contents))
    m.expect(r"REBOOTING", STEP_LIMIT)
    tap.check(f"{name}: the kernel resets the board", m.status(END_LIMIT) == 0, m.text[-500:])
    bad = [line for line in m.text.splitlines() if any(c in line for c in COMPLAINTS)]
    tap.check(f"{name}: no driver complains", not bad, "\n".join(bad[:10]))


def boot(tap: Tap, args, name: str, ramdisk: Path) -> None:
    """One board from the kernel's start to its reboot, and its cards then."""
    board = BOARDS[name]
    cards = [args.work / f"{name}-{disk}.img" for disk in board.disks]
    contents = [random_card(card, CARD_SIZE, seed=53 + slot) for slot, card in enumerate(cards)]
    with machine(command(args, board, cards, ramdisk)) as m:
        try:
            watch(tap, m, name, contents)
        except (Timeout, TimeoutError) as timeout:
            tap.check(f"{name}: runs to its end", False, timeout)
            return
    for disk, card, content in zip(board.disks, cards, contents, strict=True):
        after = card.read_bytes()
        want = expected_card(content)
        wrong = [i // 512 for i in range(0, CARD_SIZE, 512) if after[i : i + 512] != want[i : i + 512]]
        tap.check(f"{name}: every byte written is on {disk} and no other changed", not wrong, f"sectors {wrong[:8]}")


def main() -> int:
    """Both boards, or those named."""
    parser = arguments(__doc__)
    parser.add_argument("boards", nargs="*", default=list(BOARDS), help="usb_armory, imx53_qsb")
    args = parser.parse_args()
    tap = Tap()
    try:
        args.work.mkdir(parents=True, exist_ok=True)
        ramdisk = build_initramfs(args)
        for board in args.boards:
            boot(tap, args, board, ramdisk)
    except Failure as failure:
        tap.check("the judges are at hand", False, failure)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
