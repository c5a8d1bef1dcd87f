#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""An encrypted partition goes from a PC to the guest and back: cryptsetup there, as
docs/encryption.md has it, the monitor's key here. An image goes on a card in the PC's
reader, as docs/sdcard.md has it. usage: test_pc.py paravirt"""

from __future__ import annotations

import os
import re
import subprocess

import pc
from harness import WORK, Tap, fresh_card, main, make_package

from tzvmm_tools import base, card, qemu
from tzvmm_tools.bootpkg import Disk
from tzvmm_tools.session import Session

SECRET = "3"
SECTORS = 24 << 11
FROM_PC, FROM_GUEST = 3, 5  # MiB
OPEN = ("cryptsetup open --type plain --cipher aes-xts-plain64 --key-size 512"
        " --sector-size 512 --offset {offset} --skip 0{size} --key-file {key} {disk} card")
# The card in the reader; a disk that is not removable and one that is mounted are not it.
CARD = "CARD=/dev/sda"  # the page's /dev/YOUR_CARD
IS_FREE = ('[ "$(lsblk -dnro RM $CARD)" = 1 ] && [ -z "$(lsblk -nro MOUNTPOINTS $CARD)" ] && '
           'echo "$CARD is free"')
WRITE = f"""
    lsblk -o NAME,RM,SIZE,TRAN,MODEL,MOUNTPOINTS
    CARD=/dev/vda
    ! {{ {IS_FREE}; }}
    {CARD}
    mkfs.ext4 -q $CARD
    mount $CARD /mnt
    ! {{ {IS_FREE}; }}
    umount /mnt
    {IS_FREE}
    sudo dd if=build/my-card.img of=$CARD bs=4M conv=fsync status=progress
    sudo cmp -n $(stat -c %s build/my-card.img) build/my-card.img $CARD && echo "the same"
"""
PARTITION = {"offset": 0, "size": "", "disk": f"/dev/vda{SECRET}"}


def sums(text: str) -> list[str]:
    """What sha256sum has said, in order."""
    return re.findall(r"^([0-9a-f]{64})  -$", text, re.MULTILINE)


def there_and_back(tap: Tap) -> None:
    """A file of the PC's is read in the guest, and one of the guest's on the PC."""
    key = os.urandom(64)
    keys = {"card.key": key, "other.key": os.urandom(64)}
    with fresh_card("pc") as image:
        subprocess.run(["sfdisk", "-q", "--append", image], input=f"size={SECTORS}, type=83\n", text=True,
                       check=True, env=base.child_environment())
        part = card.partitions(image)[2]

        reader, stand_in = WORK / "reader.img", os.urandom(5 << 20)
        reader.write_bytes(bytes(16 << 20))
        prepared = pc.do(image, f"""{WRITE}
            {OPEN.format(key='card.key', **PARTITION)}
            mkfs.ext4 -q /dev/mapper/card
            mount /dev/mapper/card /mnt
            dd if=/dev/urandom of=/mnt/pc bs=1M count={FROM_PC}
            cat /mnt/pc | sha256sum
            umount /mnt
            cryptsetup close card""", keys | {"build/my-card.img": stand_in}, reader)
        told = re.findall(r"^(/dev/\w+ is free|the same|\w+ +[01] .*)$", prepared, re.MULTILINE)
        tap.check("the PC shows its disks, and which one a card may be", told[-2:] ==
                  ["/dev/sda is free", "the same"] and len([x for x in told if "is free" in x]) == 1
                  and any(re.match(r"sda +1 +16M", x) for x in told), prepared)
        written = reader.read_bytes()
        tap.check("an image that is written to a card is there as it is",
                  written[:len(stand_in)] == stand_in and len(written) == 16 << 20)
        with image.open("rb") as file:
            file.seek(part.start)
            start = file.read(2048)
        tap.check("cryptsetup leaves ciphertext on the card",
                  start[1080:1082] != b"\x53\xef" and len(set(start)) > 100, start[:64])

        package = make_package(disks=(Disk("2"), Disk(SECRET, key=key)))
        with qemu.Emulator(qemu.Board(package=package, card=image).argv()) as emulator:
            session = Session(emulator)
            session.wait_for_shell()
            read = session.run("mkdir -p /mnt && mount /dev/vdb /mnt && sha256sum </mnt/pc")
            tap.check("the guest reads what cryptsetup wrote", sums(prepared) == sums(read.output), read)
            wrote = session.run(f"head -c {FROM_GUEST}M /dev/urandom >/mnt/guest && sha256sum </mnt/guest"
                                " && umount /mnt")
            session.power_off()

        whole = {"offset": part.start // card.SECTOR, "size": f" --size {SECTORS}", "disk": "/dev/vda"}
        found = pc.do(image, f"""
            {OPEN.format(key='other.key', **PARTITION)}
            ! mount -t ext4 /dev/mapper/card /mnt
            cryptsetup close card
            {OPEN.format(key='card.key', **PARTITION)}
            e2fsck -f -n /dev/mapper/card
            mount /dev/mapper/card /mnt
            cat /mnt/pc | sha256sum
            cat /mnt/guest | sha256sum
            umount /mnt
            cat /dev/mapper/card | sha256sum
            cryptsetup close card
            {OPEN.format(key='card.key', **whole)}
            cat /dev/mapper/card | sha256sum
            cryptsetup close card""", keys)
        tap.check("with another key the PC finds no file system", "wrong fs type" in found, found)
        tap.check("with this one e2fsck finds a clean one",
                  re.search(r"^/dev/mapper/card: \d+/\d+ files", found, re.MULTILINE), found)
        here, there, by_partition, by_offset = sums(found)
        tap.check("cryptsetup reads what the guest wrote", [there] == sums(wrote.output), found)
        tap.check("and what was there before", [here] == sums(prepared), found)
        tap.check("in an image as well, by the partition's place", by_partition == by_offset, found)


main(there_and_back)
