#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Root gates clocks, moves pads and stops every timer while the disk is in use: neither
the disk nor the console notices. usage: test_filters.py stock|paravirt"""

import re
import subprocess
import time
from pathlib import Path

from harness import BOOT, PARAVIRT, WORK, Tap, main

import bare  # behind harness, which knows where the tools are
from data import Witness
from foreign_files import initramfs, modules, package
from tzvmm_tools import apt, bootpkg, card, kernel, qemu
from tzvmm_tools.console import Closed, Late, whole

LIMIT = 240.0
MIB = 4  # the card's second partition
ROUNDS = 12
CHUNK = 65536
CHUNKS = MIB * (1 << 20) // CHUNK

INIT = f"""#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc p /proc
$b mount -t devtmpfs d /dev
for m in $($b cat /modules); do $b insmod /lib/$m; done
n=0
while [ ! -b /dev/vda ] && [ $n -lt 60 ]; do $b sleep 1; n=$((n+1)); done
/bin/saboteur /dev/vda {MIB} {ROUNDS}
echo "status $?"
$b sleep 2
echo "the guest's clock goes on"
$b poweroff -f
"""


def guest_modules() -> list[Path]:
    if PARAVIRT:
        return [kernel.MODULE]
    tree = next((package(apt.DEBS, "linux-image-6*-armmp") / "lib" / "modules").iterdir())
    return modules(tree, ["virtio_mmio", "virtio_blk"])


def build_package() -> Path:
    program, disk, result = WORK / "saboteur", WORK / "ramdisk.cpio", WORK / "guest.pkg"
    subprocess.run(["arm-linux-gnueabihf-gcc", "-O2", "-static", "-o", program,
                    Path(__file__).with_name("saboteur.c")], check=True)
    busybox = package(apt.DEBS, "busybox-static") / "bin" / "busybox"
    files = guest_modules()
    contents = {"init": INIT.encode(), "bin/busybox": busybox.read_bytes(),
                "bin/saboteur": program.read_bytes(),
                "modules": "\n".join(x.name for x in files).encode()}
    contents |= {f"lib/{x.name}": x.read_bytes() for x in files}
    disk.write_bytes(initramfs(contents))
    result.write_bytes(bootpkg.make(BOOT.kernel, BOOT.dtb, disk, "quiet iomem=relaxed", BOOT.profile))
    return result


class Run:
    """The console of one boot."""

    def __init__(self, emulator: qemu.Emulator) -> None:
        self._console = emulator.console
        self._deadline = time.monotonic() + LIMIT
        self.lines: list[str] = []

    def wait(self, pattern: str) -> re.Match[str] | None:
        """The next line that has a pattern; None if it does not come."""
        found = None
        while not found:
            try:
                self.lines.append(self._console.wait(self._deadline).text)
            except (Closed, Late):
                return None
            found = re.search(pattern, self.lines[-1])
        return found

    def ask(self, command: str, answer: str) -> re.Match[str] | None:
        self._console.send(f"\x1dm{command}\r\x1d1")
        return self.wait(answer)


def content() -> bytes:
    """What the saboteur wrote last."""
    first = (ROUNDS - 1) * CHUNKS
    words = ((number * 2654435761 + i) % (1 << 32) for number in range(first, first + CHUNKS)
             for i in range(CHUNK // 4))
    return b"".join(word.to_bytes(4, "little") for word in words)


def check_log(tap: Tap, lines: list, ticks: int) -> None:
    """Few lines, and none before the one that it follows."""
    monitor = [line for line in lines if line.is_monitor]
    touched = sum("touched the secure timers" in line.text for line in monitor)
    tap.check("each attempt at the timers is logged once a tick at most", 0 < touched <= ticks, touched)
    times = [line.time_us for line in monitor if line.time_us is not None]
    tap.check("the monitor's clock never goes back", times == sorted(times), times)
    filtered = [line.text for line in monitor if line.text.startswith("filter: ")]
    wanted = 0 if PARAVIRT else 10
    tap.check("refused writes to filtered blocks are in the log, each register once",
              wanted <= len(filtered) == len({line.split(":")[1] for line in filtered}), filtered)


def sabotage(tap: Tap) -> None:
    image = bare.build_card(WORK)
    with image.open("r+b") as file:
        file.truncate(64 << 20)
    witness = Witness(image)
    board = qemu.Board(package=build_package(), card=image, reboot=False)
    with qemu.Emulator(board.argv()) as emulator:
        run = Run(emulator)
        tap.check("the saboteur begins", run.wait("saboteur: begins") is not None, run.lines[-20:])
        tap.check("a disk transfer goes on with every timer stopped",
                  run.wait("saboteur: round 1, ") is not None, run.lines[-20:])
        before = len(run.lines)
        asked = run.ask("status", r"timers: (\d+) watchdog ticks, (\d+) touched")
        working = not any("saboteur: verified" in line for line in run.lines[before:])
        tap.check("and the monitor's prompt answers meanwhile", asked is not None and working, run.lines[-20:])
        verified = run.wait(r"saboteur: (\d+) stores, (\d+) refused")
        tap.check("all data are read as they were written", verified is not None, run.lines[-20:])
        tap.check("the guest's own clock goes on when it is let",
                  run.wait("the guest's clock goes on") is not None, run.lines[-20:])
        after = run.ask("status", r"timers: (\d+) watchdog ticks, (\d+) touched") or asked
        tap.check("the guest powers off", run.wait("system off") is not None, run.lines[-20:])
        lines = emulator.console.lines
    ticks, touched = (int(x) for x in after.groups()) if after else (0, 0)
    tap.check("the watchdog has seen that the timers were touched", 0 < touched <= ticks, (ticks, touched))
    check_log(tap, lines, ticks)
    tap.check("the program says that it is done", "status 0" in whole(lines, "guest"), "")
    part = card.partitions(image)[1]
    with image.open("rb") as file:
        file.seek(part.start)
        tap.check("the card has what was written", file.read(MIB << 20) == content(), "")
    witness.check(tap)


main(sabotage)
