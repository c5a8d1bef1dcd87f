# SPDX-License-Identifier: BSD-2-Clause
"""A run of the work in a guest, under the monitor, with a journal."""

from __future__ import annotations

import struct
import subprocess
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[0] / "system"), str(HERE.parents[1] / "tools")]

from foreign_files import Machine, initramfs, machine, modules, package  # noqa: E402
from tzvmm_tools import apt, bootpkg, guest, kernel, qemu  # noqa: E402
from tzvmm_tools.base import child_environment  # noqa: E402

import cuts  # noqa: E402
from journal import SECTOR
from script import Script  # noqa: E402

MIB = 1 << 20
CARD_MIB = 32
START, SIZE = 4 * MIB, 16 * MIB  # the guest's partition
STORE_SIZE = 12 * MIB
BLOCK = 4096
LIMIT = 600.0

INIT = """#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc p /proc
$b mount -t devtmpfs d /dev
for m in $($b cat /modules); do $b insmod /lib/$m; done
n=0
while [ ! -b /dev/vda ] && [ $n -lt 60 ]; do $b sleep 1; n=$((n+1)); done
# In the first second of 1970 what was deleted has no time of deletion.
$b date -s @1700000000
$b mkdir /disk
$b mount -t ext4 -o @OPTIONS@ /dev/vda /disk && /bin/work /disk @SCRIPTS@ && $b umount /disk
echo "DONE"
$b reboot -f
"""


@dataclass(frozen=True)
class Setup:
    """What the run is made with. Another policy of the partition has another card, or
    another view of it."""

    guest: str = "paravirt"
    monitor: Path = qemu.MONITOR
    emulator: Path = qemu.QEMU
    options: str = "data=ordered"
    workers: int = 3
    rounds: int = 60
    seed: int = 1
    eager: bool = False
    arguments: tuple[str, ...] = ()
    disks: tuple[bootpkg.Disk, ...] = ()
    grain: int = 1  # bytes that no tear parts
    commits: int = 0  # at the monitor's prompt, spread over the acknowledgements

    def scripts(self) -> list[Script]:
        return [Script(n, self.seed, self.rounds, self.eager) for n in range(self.workers)]

    def build_card(self, folder: Path) -> Path:
        """Three partitions, the second an ext4 with a folder for each worker, the third
        for what an overlay writes."""
        image, tree, path = folder / "fs.img", folder / "tree", folder / "card.img"
        for n in range(self.workers):
            (tree / f"w{n}").mkdir(parents=True)
        extended = "lazy_itable_init=0,lazy_journal_init=0"
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-b", str(BLOCK), "-J", "size=4", "-E", extended,
                        "-d", tree, image, f"{SIZE >> 10}k"], check=True, capture_output=True,
                       env=child_environment())
        entry = "<B3xB3xII"
        table = (struct.pack(entry, 0, 0xDA, 2048, 2048) +
                 struct.pack(entry, 0, 0x83, START // 512, SIZE // 512) +
                 struct.pack(entry, 0, 0xDA, (START + SIZE) // 512, STORE_SIZE // 512))
        with path.open("wb") as file:
            file.write(bytes(446) + table + bytes(16) + b"\x55\xaa")
            file.seek(START)
            file.write(self.seal(image.read_bytes()))
            file.truncate(CARD_MIB * MIB)
        return path

    @staticmethod
    def seal(content: bytes) -> bytes:
        """A file system as the partition has it."""
        return content

    @staticmethod
    def view(card: bytearray) -> bytes:
        """The file system on a card."""
        return card[START:START + SIZE]

    @staticmethod
    def whole(image: Path) -> tuple[range, ...]:
        """Where ext4 itself needs a write to be whole: its superblock, which is two
        sectors under one checksum, and the journal's, which is one. A disk that tears
        them loses the file system, with a monitor or without."""
        said = subprocess.run(["debugfs", "-R", "bmap <8> 0", image], check=True,
                              capture_output=True, text=True, env=child_environment()).stdout
        journal = START + int(said.split()[-1]) * BLOCK
        return range(START + 1024, START + 2048), range(journal, journal + SECTOR)

    def _modules(self) -> list[Path]:
        if self.guest == "paravirt":
            return [kernel.MODULE]
        tree = next((package(apt.DEBS, "linux-image-6*-armmp") / "lib" / "modules").iterdir())
        return modules(tree, ["crc32c_generic", "virtio_mmio", "virtio_blk", "ext4"])

    def _ramdisk(self, folder: Path, scripts: list[Script]) -> Path:
        program, path = folder / "work", folder / "ramdisk.cpio"
        subprocess.run(["arm-linux-gnueabihf-gcc", "-O2", "-Wall", "-static", "-o", program,
                        HERE / "work.c"], check=True)
        names = [f"script{script.worker}" for script in scripts]
        init = INIT.replace("@OPTIONS@", self.options)
        busybox = package(apt.DEBS, "busybox-static") / "bin" / "busybox"
        contents = {"init": init.replace("@SCRIPTS@", " ".join(f"/{x}" for x in names)).encode(),
                    "bin/busybox": busybox.read_bytes(), "bin/work": program.read_bytes(),
                    "modules": "\n".join(x.name for x in self._modules()).encode()}
        contents |= {f"lib/{x.name}": x.read_bytes() for x in self._modules()}
        contents |= {name: script.text.encode() for name, script in zip(names, scripts, strict=True)}
        path.write_bytes(initramfs(contents))
        return path

    def start(self, folder: Path, scripts: list[Script], card: Path,
              journal: Path) -> AbstractContextManager[Machine]:
        """The board with a guest that works."""
        boot = kernel.BOOT if self.guest == "paravirt" else guest.BOOT
        pkg = folder / "guest.pkg"
        pkg.write_bytes(bootpkg.make(boot.kernel, boot.dtb, self._ramdisk(folder, scripts), "quiet",
                                     boot.profile, self.disks))
        command = [str(self.emulator), "-M", f"usb_armory,journal={journal}", "-no-reboot",
                   "-icount", "shift=1,sleep=off", "-kernel", str(self.monitor), "-device",
                   f"loader,file={pkg},addr={bootpkg.room().at:#x},force-raw=on",
                   "-drive", f"if=sd,format=raw,file={card}", *self.arguments]
        return machine(command)

    def _boot(self, folder: Path, scripts: list[Script], card: Path, journal: Path) -> None:
        with self.start(folder, scripts, card, journal) as running:
            for n in range(self.commits):
                number = (len(scripts[0].acks) - 1) * (n + 1) // (self.commits + 1)
                running.expect(rf"ack 0 {number}$", LIMIT)
                running.send("\x1dmcommit")
                running.expect("commit: done", LIMIT)
            running.expect("work done(?s:.)*DONE", LIMIT)
            running.status(60.0)

    def run(self, folder: Path) -> tuple[cuts.Run, Path]:
        """Let the guest work; the run, and the card behind it."""
        folder.mkdir(parents=True)
        before, journal, scripts = self.build_card(folder), folder / "journal", self.scripts()
        after = folder / "after.img"
        after.write_bytes(before.read_bytes())
        self._boot(folder, scripts, after, journal)
        return cuts.Run(before, journal, scripts, self.view, self.whole(folder / "fs.img"), self.grain), after
