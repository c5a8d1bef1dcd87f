#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Further disks of the guest: encrypted, read-only, hidden.
usage: test_disks.py stock|paravirt"""

from __future__ import annotations

import dataclasses
import hashlib
import mmap
import os
import struct
import subprocess
import time
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from harness import PARAVIRT, WORK, Tap, fresh_card, main, make_package

from tzvmm_tools import base, bootpkg, card, qemu
from tzvmm_tools.bootpkg import Disk
from tzvmm_tools.session import Session

MIB = 1 << 20
SECRET, HIDDEN, SHOWN = "3", "5", "PARTUUID=545a564d-06"
SIZE = 24 * MIB
LONG = os.environ.get("TZVMM_LONG") == "1"
SECONDS = 60 if LONG else 10
TEXT = b"written on a PC\n" * 1000
MEMORY = bootpkg.board().memory
GUEST_RAM = (MEMORY["guest"].at, MEMORY["guest"].len)
SECURE_RAM = (MEMORY["secure"].at, MEMORY["secure"].len)
PACKAGE = (bootpkg.room().at, bootpkg.room().len)


def crypt(key: bytes, data: bytes, *, encrypt: bool) -> bytes:
    """As dm-crypt's aes-xts-plain64 does it, by another implementation than ours."""
    out = bytearray()
    for sector in range(len(data) // card.SECTOR):
        cipher = Cipher(algorithms.AES(key), modes.XTS(struct.pack("<QQ", sector, 0)))
        worker = cipher.encryptor() if encrypt else cipher.decryptor()
        out += worker.update(data[sector * card.SECTOR:(sector + 1) * card.SECTOR])
    return bytes(out)


def tool(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program of the host's."""
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False,
                          env=base.child_environment())


def file_system(name: str, content: bytes) -> bytes:
    """An ext4 with one file."""
    folder = WORK / f"{name}.d"
    folder.mkdir()
    (folder / "text").write_bytes(content)
    image = WORK / f"{name}.ext4"
    made = tool("mke2fs", "-q", "-t", "ext4", "-d", folder, image, f"{SIZE >> 10}k")
    assert made.returncode == 0, made.stderr
    return image.read_bytes()


class Parts:
    """Partition 3, and 5 and 6 inside of an extended one, behind the guest's."""

    def __init__(self, image: Path) -> None:
        self._image = image
        script = f"size={SIZE // 512}, type=83\ntype=E\nsize={SIZE // 512}, type=83\nsize={SIZE // 512}, type=83\n"
        done = subprocess.run(["sfdisk", "-q", "--append", image], input=script, text=True,
                              capture_output=True, check=False, env=base.child_environment())
        assert done.returncode == 0, done.stderr
        shown = tool("sfdisk", "--dump", image).stdout
        self._starts = {}
        for line in shown.splitlines():
            name, found, rest = line.partition(" : start=")
            if found:
                number = name.strip().removeprefix(str(image))
                self._starts[number] = int(rest.partition(",")[0]) * card.SECTOR

    def start(self, number: str) -> int:
        return self._starts[number]

    def read(self, number: str) -> bytes:
        with self._image.open("rb") as file:
            file.seek(self._starts[number])
            return file.read(SIZE)

    def write(self, number: str, data: bytes) -> None:
        with self._image.open("r+b") as file:
            file.seek(self._starts[number])
            file.write(data)


class Memory:
    """The board's DDR, as a file that the emulator works in."""

    def __init__(self, board: qemu.Board) -> None:
        self._path = WORK / "ddr"
        backend = f"memory-backend-file,id=ddr,size=512M,mem-path={self._path},share=on"
        self.board = dataclasses.replace(board, machine="usb_armory,memory-backend=ddr",
                                         extra=("-object", backend))

    def holds(self, where: tuple[int, int], key: bytes) -> bool:
        """Whether any half of either key is there."""
        start = where[0] - SECURE_RAM[0]
        with self._path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as ddr:
            return any(ddr.find(key[i:i + 16], start, start + where[1]) >= 0
                       for i in range(0, len(key), 16))


def look_for_key(tap: Tap, emulator: qemu.Emulator, ddr: Memory, key: bytes) -> None:
    """In everything that the guest can see, and where it has to be."""
    tap.check("the key is nowhere in the guest's memory", not ddr.holds(GUEST_RAM, key))
    tap.check("the search finds it in secure memory", ddr.holds(SECURE_RAM, key))
    tap.check("not in the boot package any more", not ddr.holds(PACKAGE, key))
    registers = str(emulator.qmp("human-monitor-command", **{"command-line": "info registers -a"}))
    words = [f"{word:08x}" for word in struct.unpack("<16I", key)]
    tap.check("nor in a register", not any(word in registers for word in words), registers)


def dm_crypt(tap: Tap, session: Session, key: bytes) -> None:
    """The raw view of the same partition by Linux's own cipher."""
    escaped = "".join(f"\\{byte:03o}" for byte in key)
    opened = session.run(
        f"printf '{escaped}' >/run/key; modprobe dm-crypt && cryptsetup open --type plain"
        " --cipher aes-xts-plain64 --key-size 512 --key-file /run/key /dev/vdc same", 120)
    tap.check("cryptsetup opens it", opened.status == 0, opened)
    sums = session.run("sha256sum </dev/mapper/same; sha256sum </dev/vdb", 300).output.split()
    tap.check("and reads what the monitor decrypts", sums[0] == sums[2], sums)
    both = session.run(
        "dd if=/dev/urandom of=/dev/mapper/same bs=1M seek=20 count=2 oflag=direct status=none && sync;"
        "blockdev --flushbufs /dev/vdb; dd if=/dev/vdb bs=1M skip=20 count=2 iflag=direct status=none"
        " | cmp - <(dd if=/dev/mapper/same bs=1M skip=20 count=2 iflag=direct status=none)", 120)
    tap.check("and the monitor what it writes", both.status == 0, both)
    session.run("cryptsetup close same")


def encrypted(tap: Tap) -> None:
    """A partition whose content is prepared and read on a PC."""
    key = os.urandom(64)
    with fresh_card("encrypted") as image:
        parts = Parts(image)
        parts.write(SECRET, crypt(key, file_system("secret", TEXT), encrypt=True))
        disks = (Disk("2"), Disk(SECRET, key=key), Disk(SECRET))
        package = make_package(disks=disks)
        ddr = Memory(qemu.Board(package=package, card=image))
        with qemu.Emulator(ddr.board.argv()) as emulator:
            session = Session(emulator)
            session.wait_for_shell()
            read = session.run("mkdir -p /mnt && mount /dev/vdb /mnt && sha256sum </mnt/text")
            tap.check("the guest reads what the PC wrote",
                      hashlib.sha256(TEXT).hexdigest() in read.output, read)
            discard = session.run("cat /sys/block/vdb/queue/discard_max_bytes")
            tap.check("it does not show which sectors are in use", discard.output.strip() == "0", discard)
            wrote = session.run("head -c 4M /dev/urandom >/mnt/new && sha256sum </mnt/new && umount /mnt")
            tap.check("and writes to it", wrote.status == 0, wrote)
            look_for_key(tap, emulator, ddr, key)
            if not PARAVIRT:
                dm_crypt(tap, session, key)
            session.power_off()
            tap.check("when the system is off the key is wiped", not ddr.holds(SECURE_RAM, key))
        raw = parts.read(SECRET)
        tap.check("the card holds ciphertext", TEXT[:64] not in raw and raw[1080:1082] != b"\x53\xef")
        plain = WORK / "plain"
        plain.write_bytes(crypt(key, raw, encrypt=False))
        fsck = tool("e2fsck", "-fn", plain)
        tap.check("the PC's e2fsck finds it clean", fsck.returncode == 0, fsck.stdout + fsck.stderr)
        tool("debugfs", "-R", f"dump /new {WORK / 'new'}", plain)
        digest = hashlib.sha256((WORK / "new").read_bytes()).hexdigest()
        tap.check("and what the guest wrote", digest in wrote.output, digest)


def policies(tap: Tap) -> None:
    """Read-only, by UUID, and what is not named."""
    with fresh_card("policies") as image:
        parts = Parts(image)
        hidden = os.urandom(SIZE)
        parts.write(HIDDEN, hidden)
        parts.write("6", file_system("shown", TEXT))
        shown = parts.read("6")
        disks = (Disk("2"), Disk(SHOWN, policy="ro", serial="read-only"))
        with qemu.Emulator(qemu.Board(package=make_package(disks=disks), card=image).argv()) as emulator:
            session = Session(emulator)
            session.wait_for_shell()
            read = session.run("mkdir -p /mnt && mount -o ro,noload /dev/vdb /mnt && sha256sum </mnt/text"
                               " && umount /mnt && cat /sys/block/vdb/ro /sys/block/vdb/serial")
            tap.check("a read-only disk can be read", hashlib.sha256(TEXT).hexdigest() in read.output, read)
            tap.check("says that it is one, and its serial number",
                      read.output.split()[-2:] == ["1", "read-only"], read)
            wrote = session.run("dd if=/dev/zero of=/dev/vdb bs=4k count=1 oflag=direct")
            tap.check("and cannot be written", wrote.status != 0, wrote)
            seen = session.run("lsblk -nbo NAME,SIZE")
            tap.check("nothing else is there", seen.output.split()[::2] == ["vda", "vdb"], seen)
            session.power_off()
        tap.check("the read-only partition is as it was", parts.read("6") == shown)
        tap.check("so is the hidden one", parts.read(HIDDEN) == hidden)


def discards(tap: Tap) -> None:
    """What is not wanted any more is erased on the card, and nothing beside it."""
    with fresh_card("discards") as image:
        parts = Parts(image)
        content, hidden = os.urandom(SIZE), os.urandom(SIZE)
        parts.write(SECRET, content)
        parts.write(HIDDEN, hidden)
        parts.write("6", file_system("trimmed", TEXT))
        disks = (Disk("2"), Disk(SECRET), Disk("6"))
        with qemu.Emulator(qemu.Board(package=make_package(disks=disks), card=image).argv()) as emulator:
            session = Session(emulator)
            session.wait_for_shell()
            limits = session.run("cd /sys/block/vdb/queue && cat discard_max_bytes write_zeroes_max_bytes")
            tap.check("a disk can discard, and not zero", limits.output.split() == [str(4 * MIB), "0"], limits)
            first, length, odd = MIB, 9 * MIB + 512, 20 * MIB + 1536
            done = session.run(f"blkdiscard -o {first} -l {length} /dev/vdb && blkdiscard -o {odd} -l 512 /dev/vdb")
            tap.check("blkdiscard works", done.status == 0, done)
            read = session.run("dd if=/dev/vdb bs=1M iflag=direct status=none | sha256sum", 120)
            trim = session.run("mkdir -p /mnt && mount /dev/vdc /mnt && fstrim -v /mnt && sha256sum </mnt/text && umount /mnt")
            tap.check("fstrim leaves the files", hashlib.sha256(TEXT).hexdigest() in trim.output, trim)
            session.power_off()
        now = parts.read(SECRET)
        wanted = bytearray(content)
        wanted[first:first + length] = now[first:first + length]
        wanted[odd:odd + 512] = now[odd:odd + 512]
        # The emulated card sets all bits of what it erases.
        tap.check("the PC finds the ranges erased", set(now[first:first + length] + now[odd:odd + 512]) == {0xFF})
        tap.check("and all else as it was", now == wanted and parts.read(HIDDEN) == hidden)
        tap.check("as the guest did", hashlib.sha256(now).hexdigest() in read.output, read)
        trimmed = WORK / "trimmed"
        trimmed.write_bytes(parts.read("6"))
        fsck = tool("e2fsck", "-fn", trimmed)
        tap.check("the trimmed file system is clean", fsck.returncode == 0, fsck.stdout + fsck.stderr)
        tap.check("and its free blocks are erased", trimmed.read_bytes().count(bytes([0xFF]) * MIB) >= 8)


def slow_discards(tap: Tap) -> None:
    """A card that takes 6 s to erase: secure code and a restart have the time to wait."""
    with fresh_card("slow-discards") as image:
        Parts(image)
        board = qemu.Board(package=make_package(disks=(Disk("2"), Disk(SECRET))), card=image,
                           extra=("-global", "imx53-esdhc.erase-us=6000000"))
        with qemu.Emulator(board.argv()) as emulator:
            session = Session(emulator)
            session.wait_for_shell()
            session.run("(blkdiscard -l 8M /dev/vdb; echo $? >/run/discarded) >/run/said 2>&1 & sleep 0.1")
            asked = time.monotonic()
            count = session.ask_monitor("count", "^count: (.*)")[1]
            took = time.monotonic() - asked
            tap.check("secure code waits for an erase, and counts", count == "1" and took > 5, f"{count} {took}")
            ended = session.run("while [ ! -s /run/discarded ]; do sleep 1; done; cat /run/discarded /run/said", 120)
            tap.check("and the discards end well", ended.output.split() == ["0"], ended)
            session.run("blkdiscard -l 8M /dev/vdb >/dev/null 2>&1 & sleep 0.1")
            asked = time.monotonic()
            session.ask_monitor("restart", "^guest restart")
            took = time.monotonic() - asked
            tap.check("a restart waits for two of them, and is no reset of the board", took > 10, took)


def overlays(tap: Tap) -> None:
    """Writes that land in another partition, or encrypted in memory."""
    key = os.urandom(64)
    with fresh_card("overlays") as image:
        parts = Parts(image)
        parts.write(SECRET, file_system("based", TEXT))
        parts.write("6", crypt(key, file_system("based2", TEXT), encrypt=True))
        before = [parts.read(number) for number in (SECRET, "6")]
        disks = (Disk("2"), Disk(SECRET, policy="overlay", store=HIDDEN),
                 Disk("6", policy="overlay", key=key))
        with qemu.Emulator(qemu.Board(package=make_package(disks=disks), card=image).argv()) as emulator:
            session = Session(emulator)
            write = ("mkdir -p /mnt && for d in b c; do mount /dev/vd$d /mnt && head -c 3M /dev/urandom"
                     " >/mnt/new && sha256sum </mnt/new && umount /mnt || echo failed; done")
            read = "for d in b c; do mount /dev/vd$d /mnt; sha256sum </mnt/text; sha256sum </mnt/new; umount /mnt; done"
            session.wait_for_shell()
            wrote = session.run(write, 120)
            found = session.run(read, 120)
            sums = [line.split()[0] for line in found.output.splitlines()]
            tap.check("what was written to overlays is there", wrote.output.split()[::2] == sums[1::2], found)
            tap.check("and what is under it", sums[::2] == [hashlib.sha256(TEXT).hexdigest()] * 2, found)
            tap.check("nothing of it is on the partitions",
                      before == [parts.read(number) for number in (SECRET, "6")])
            # The one in memory is at work: no interrupt tells when it is done.
            session.run("while dd if=/dev/zero of=/dev/vdc bs=1M count=12 oflag=direct; do :; done >/dev/null 2>&1 & sleep 1")
            session.ask_monitor("restart", "^guest restart")
            session.wait_for_shell()
            gone = session.run("for d in b c; do mount /dev/vd$d /mnt; ls /mnt; umount /mnt; done")
            tap.check("a restart forgets it", "new" not in gone.output and "text" in gone.output, gone)
            wrote = session.run(write, 120)
            session.ask_monitor("commit", "commit: done")
            session.ask_monitor("restart", "^guest restart")
            session.wait_for_shell()
            found = session.run(read, 120)
            sums = [line.split()[0] for line in found.output.splitlines()]
            tap.check("a commit keeps it", wrote.output.split()[::2] == sums[1::2], found)
            session.power_off()
        for number, plain in ((SECRET, parts.read(SECRET)),
                              ("6", crypt(key, parts.read("6"), encrypt=False))):
            path = WORK / f"{number}.plain"
            path.write_bytes(plain)
            fsck = tool("e2fsck", "-fn", path)
            tap.check(f"partition {number} is clean", fsck.returncode == 0, fsck.stdout + fsck.stderr)


def failed_commit(tap: Tap) -> None:
    """The card takes no data for the partition under an overlay. It holds half of a commit
    then, and must not be seen; nor may the board stop."""
    disks = (Disk("2"), Disk(SECRET, policy="overlay", store=HIDDEN))
    with fresh_card("failed") as image:
        parts = Parts(image)
        parts.write(SECRET, file_system("failed", TEXT))
        with qemu.Emulator(qemu.Board(package=make_package(disks=disks), card=image).argv()) as emulator:
            session = Session(emulator)
            session.wait_for_shell()
            wrote = session.run("mkdir -p /mnt && mount /dev/vdb /mnt && head -c 3M /dev/urandom >/mnt/new"
                                " && umount /mnt && sha256sum </dev/vdb", 120)
            half = parts.start(SECRET) + SIZE // 4
            emulator.break_card(half, SIZE)
            failed = session.ask_monitor("commit", "commit: (.*)")
            tap.check("a commit that the card refuses is told", failed[1] == "an overlay was not committed", failed[1])
            session.ask_monitor("restart", "^disk: its overlay's commit cannot be ended")
            session.wait_for_shell()
            found = session.run("sha256sum </dev/vdb", 120)
            tap.check("a guest that is started then sees all of it", found.output == wrote.output, found)
            refused = session.run("dd if=/dev/zero of=/dev/vdb bs=4k count=1 oflag=direct")
            tap.check("and cannot write", refused.status != 0, refused)
            session.power_off()
        broken = ("-global", f"imx53-esdhc.bad-at={half}", "-global", f"imx53-esdhc.bad-len={SIZE}")
        board = qemu.Board(package=make_package(disks=disks), card=image, extra=broken)
        with qemu.Emulator(board.argv()) as emulator:
            session = Session(emulator)
            session.wait_for_shell()
            found = session.run("sha256sum </dev/vdb; dd if=/dev/zero of=/dev/vdb bs=4k count=1 oflag=direct", 120)
            tap.check("nor after a reset of the board",
                      found.status != 0 and found.output.startswith(wrote.output), found)
            emulator.break_card(0, 0)
            session.ask_monitor("restart", "^guest restart")
            session.wait_for_shell()
            found = session.run("sha256sum </dev/vdb && mkdir -p /mnt && mount /dev/vdb /mnt && touch /mnt/more"
                                " && umount /mnt", 120)
            tap.check("when the card is well again a restart ends the commit",
                      found.status == 0 and found.output == wrote.output, found)
            session.power_off()
        tap.check("and it is on the card", hashlib.sha256(parts.read(SECRET)).hexdigest() in wrote.output)


def slow_commit(tap: Tap) -> None:
    """On a card that takes long to write a commit takes more than the 10 s after which a
    guest that does nothing is taken for dead."""
    slow = ("-global", "imx53-esdhc.busy-us=150000")
    disks = (Disk("2"), Disk(SECRET, policy="overlay", store=HIDDEN))
    with fresh_card("slow") as image:
        Parts(image)
        board = qemu.Board(package=make_package(disks=disks), card=image, extra=slow)
        write = "head -c 8M /dev/urandom >/var/tmp/x; dd if=/var/tmp/x of=/dev/vdb bs=1M conv=fsync; sha256sum </var/tmp/x"
        with qemu.Emulator(board.argv()) as emulator:
            session = Session(emulator)
            session.wait_for_shell()
            session.run(write, 120)
            session.ask_monitor("commit", "commit: done")
            session.run("sleep 2")
            said = [line.text for line in emulator.console.lines if line.is_monitor]
            tap.check("a guest that a long commit holds up is not reported as dead",
                      not any(text.startswith("report: ") for text in said), said)
            session.power_off()


def fio(name: str, device: str, depth: int) -> str:
    """Data with checksums, in the background."""
    return (f"fio --name={name} --filename={device} --size=20M --rw=randrw --bsrange=4k-1m --direct=1"
            f" --ioengine=libaio --iodepth={depth} --verify=crc32c --verify_fatal=1 --verify_backlog=32"
            f" --time_based --runtime={SECONDS} --minimal >/run/{name}.log 2>&1; echo $? >/run/{name}.status")


def load(tap: Tap) -> None:
    """All policies, shallow and deep queues and secure code at once."""
    key = os.urandom(64)
    with fresh_card("load") as image:
        parts = Parts(image)
        base_content = os.urandom(SIZE)
        parts.write("6", base_content)
        disks = (Disk("2"), Disk(SECRET, key=key), Disk("6", policy="overlay", store=HIDDEN))
        with qemu.Emulator(qemu.Board(package=make_package(disks=disks), card=image).argv()) as emulator:
            session = Session(emulator)
            session.wait_for_shell()
            for depth in (1, 16):
                jobs = (("plain", "/var/tmp/fio.data"), ("sealed", "/dev/vdb"), ("over", "/dev/vdc"))
                session.run("".join(f"({fio(f'{name}-{depth}', device, depth)}) & " for name, device in jobs) + "true")
                counts = [int(session.ask_monitor("count", r"count: (\d+)").group(1)) for _ in range(5)]
                tap.check(f"secure code has its turn beside three disks of depth {depth}",
                          counts == list(range(counts[0], counts[0] + 5)), counts)
                ended = session.run(f"while [ $(ls /run/*-{depth}.status 2>/dev/null | wc -l) -lt 3 ]; do sleep 1; done;"
                                    f" cat /run/*-{depth}.status; tail -c 500 /run/*-{depth}.log", 600)
                tap.check(f"fio's checksums hold on all three at depth {depth}",
                          ended.output.split()[:3] == ["0", "0", "0"], ended)
            sums = session.run("sync; for d in b c; do dd if=/dev/vd$d bs=1M iflag=direct status=none | sha256sum; done",
                               300).output.split()[::2]
            session.run("rm -f /var/tmp/fio.data")
            session.power_off()
        plain = crypt(key, parts.read(SECRET), encrypt=False)
        tap.check("the PC finds the encrypted partition as the guest saw it, bit by bit",
                  hashlib.sha256(plain).hexdigest() == sums[0], sums)
        tap.check("the partition under the overlay is as it was", parts.read("6") == base_content)
        tap.check("what the guest saw is not", hashlib.sha256(base_content).hexdigest() != sums[1])
        where = f"{image}?offset={card.partitions(image)[1].start}"
        fsck = tool("e2fsck", "-fn", where)
        tap.check("the guest's root is clean", fsck.returncode == 0, fsck.stdout + fsck.stderr)


def secure(tap: Tap) -> None:
    """Secure code on the same card, and what the recorder saw."""
    with fresh_card("secure") as image:
        trusted = card.partitions(image)[0]
        with qemu.Emulator(qemu.Board(package=make_package(), card=image).argv()) as emulator:
            session = Session(emulator)
            session.wait_for_shell()
            session.run("(dd if=/dev/urandom of=/var/tmp/load bs=1M count=24 conv=fsync; rm /var/tmp/load) 2>/dev/null &")
            counts = [int(session.ask_monitor("count", r"count: (\d+)").group(1)) for _ in range(3)]
            tap.check("a counter on the trusted partition counts", counts == [1, 2, 3], counts)
            session.run("wait; sync", 120)
            session.ask_monitor("record", r"^record: \d+ requests")
            lines = [line.text for line in emulator.console.lines if line.text.startswith("rec ")]
            session.power_off()
        log = WORK / "record.log"
        log.write_text("".join(f"{line}\n" for line in lines))
        stats = tool(base.TOP / "tools" / "blkrec", "stats", "--mb-s", "25", log)
        tap.check("blkrec reads the record and finds nothing impossible",
                  stats.returncode == 0 and "write" in stats.stdout, stats.stdout + stats.stderr)
        last = trusted.start + trusted.size - 2 * card.SECTOR
        with image.open("rb") as file:
            file.seek(last)
            both = file.read(2 * card.SECTOR)
        values = sorted(struct.unpack_from("<QI", both, at)[1] for at in (0, card.SECTOR))
        tap.check("the card has the counter's last two values", values == [2, 3], values)


def refused(tap: Tap) -> None:
    """Packages that name what is not there."""
    over = Disk("1", policy="overlay", store="2")
    for name, disks, why in (("a partition that is not there", (Disk("4711"),), "no partition 4711"),
                             ("a key of equal halves", (Disk("2", key=bytes(64)),), "its key is none"),
                             ("a store that is a disk", (Disk("2"), over), "used twice"),
                             ("a disk that is a store", (over, Disk("2")), "used twice"),
                             ("a store that is its own base",
                              (Disk("2", policy="overlay", store="2"),), "used twice")):
        with fresh_card("refused") as image:
            board = qemu.Board(package=make_package(disks=disks), card=image)
            with qemu.Emulator(board.argv()) as emulator:
                try:
                    Session(emulator).wait_for_shell(60)
                    tap.check(f"{name} is refused", False)
                except base.Failure as failure:
                    said = [line.text for line in emulator.console.lines] + [str(failure)]
                    tap.check(f"{name} is refused with a reason", why in "".join(said), said)


def options(tap: Tap) -> None:
    """What mkbootpkg takes."""
    good = Disk.parse("PARTLABEL=data,policy=ro,serial=x")
    tap.check("a disk in words", good == Disk("PARTLABEL=data", "ro", "", "x"), good)
    for text in ("2,policy=best", "2,store=3", "2,colour=red", "2,key=/none", "9" * 80):
        try:
            bootpkg.Disk.parse(text).pack()
            tap.check(f"{text} is refused", False)
        except base.Failure as failure:
            tap.check(f"{text[:20]} is refused with a reason", len(str(failure)) > 10, failure)


tests = [policies, load]
if PARAVIRT or LONG:  # has nothing to do with how the guest reaches its disks
    tests += [encrypted, discards, overlays, slow_commit, secure, refused, options,
              slow_discards, failed_commit]
main(*tests)
