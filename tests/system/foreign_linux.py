#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Judges the emulator by Debian's kernel: no monitor, Debian's own device
tree, the SD card read and written, and both compared with the host."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from foreign_files import MIB, Timeout, arguments, initramfs, machine, modules, package, random_card
from harness import Failure, Tap

CARD_SIZE = 64 * MIB
READ_SIZE = 16 * MIB
COPY_FROM, COPY_TO, COPY_SIZE = 3 * MIB, 40 * MIB, 8 * MIB
SMALL_FROM, SMALL_TO, SMALL_SECTORS = 5, 100001, 3
BOOT_LIMIT, STEP_LIMIT, END_LIMIT = 150.0, 120.0, 30.0
MODULES = ["gpio-mxc", "imx2_wdt", "sdhci-esdhc-imx"]
TREES = {"usb_armory": "imx53-usbarmory.dtb", "imx53_qsb": "imx53-qsb.dtb"}
# What sdhci and mmc print when a controller does not behave.
COMPLAINTS = ("REGISTER DUMP", "Got data interrupt", "Timeout waiting for hardware", "error -110", "I/O error")

INIT = f"""#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc p /proc
$b mount -t sysfs s /sys
$b mount -t devtmpfs d /dev
for m in $($b cat /modules); do $b insmod /lib/$m || echo "INSMOD $m FAILED"; done
n=0
while [ ! -b /dev/mmcblk0 ] && [ $n -lt 60 ]; do $b sleep 1; n=$((n+1)); done
echo "CARDS:" $(cd /sys/block; $b ls -d mmcblk*)
echo "READ:" $($b dd if=/dev/mmcblk0 bs=64k count={READ_SIZE // 65536} 2>/dev/null | $b sha256sum)
$b dd if=/dev/mmcblk0 bs=1M skip={COPY_FROM // MIB} count={COPY_SIZE // MIB} 2>/dev/null |
	$b dd of=/dev/mmcblk0 bs=64k seek={COPY_TO // 65536} conv=fsync 2>/dev/null
i=0
while [ $i -lt {SMALL_SECTORS} ]; do
	$b dd if=/dev/mmcblk0 bs=512 skip=$(({SMALL_FROM}+i)) count=1 2>/dev/null |
		$b dd of=/dev/mmcblk0 bs=512 seek=$(({SMALL_TO}+i)) count=1 oflag=direct 2>/dev/null
	i=$((i+1))
done
$b sync
echo "WRITTEN: ok"
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


def boot(tap: Tap, args, board: str, ramdisk: Path) -> None:
    """One board from the kernel's start to its reboot."""
    kernel = package(args.debs, "linux-image-6*-armmp")
    card = args.work / f"{board}.img"
    before = random_card(card, CARD_SIZE, seed=53)
    argv = [str(args.qemu), "-M", board, "-no-reboot", "-kernel", str(next((kernel / "boot").glob("vmlinuz-*")))]
    argv += ["-dtb", str(next(kernel.glob(f"usr/lib/*/{TREES[board]}"))), "-initrd", str(ramdisk)]
    # Its driver mistakes the answer to the next command for that to the CMD12 it sends behind a
    # counted transfer, if this machine is slow enough for both to come at once.
    argv += ["-global", "imx53-esdhc.cmd23=off"]
    argv += ["-append", "console=ttymxc0,115200", "-drive", f"if=sd,index=0,format=raw,file={card}"]
    with machine(argv) as m:
        try:
            m.expect(r"Linux version", BOOT_LIMIT)
            tap.check(f"{board}: Debian's kernel starts", True)
            found = m.expect(r"^CARDS: (.*)\n", BOOT_LIMIT)
            tap.check(f"{board}: the SD card is found", "mmcblk0" in found.group(1), m.text[-1500:])
            tap.check(f"{board}: the driver uses ADMA2", "using ADMA" in m.text)
            digest = m.expect(r"^READ: ([0-9a-f]{64})", STEP_LIMIT).group(1)
            want = hashlib.sha256(before[:READ_SIZE]).hexdigest()
            tap.check(f"{board}: 16 MiB read agree with the host", digest == want, f"{digest} is not {want}")
            m.expect(r"^WRITTEN: ok$", STEP_LIMIT)
            m.expect(r"REBOOTING", STEP_LIMIT)
            tap.check(f"{board}: the kernel resets the board", m.status(END_LIMIT) == 0, m.text[-500:])
        except (Timeout, TimeoutError) as timeout:
            tap.check(f"{board}: runs to its end", False, timeout)
            return
        bad = [line for line in m.text.splitlines() if any(c in line for c in COMPLAINTS)]
        tap.check(f"{board}: no driver complains", not bad, "\n".join(bad[:10]))
    after = card.read_bytes()
    want = expected_card(before)
    wrong = [i // 512 for i in range(0, CARD_SIZE, 512) if after[i : i + 512] != want[i : i + 512]]
    tap.check(f"{board}: every byte written is on the card and no other changed", not wrong, f"sectors {wrong[:8]}")


def main() -> int:
    """Both boards, or those named."""
    parser = arguments(__doc__)
    parser.add_argument("boards", nargs="*", default=list(TREES), help="usb_armory, imx53_qsb")
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
