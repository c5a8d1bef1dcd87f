# SPDX-License-Identifier: BSD-2-Clause
"""The SD card image: an MBR with the trusted partition and the guest's."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import sshkey
from .base import BUILD, STATUS_CARD, Failure, child_environment, require_file, run, say

CARD = BUILD / "card.img"
CARD_SIZE = 2 << 30  # QEMU wants a power of two
SECTOR = 512
TRUSTED_SIZE = 16 << 20
BOOT_SIZE = 96 << 20  # with the monitor and its guest on it
TRUSTED_TEXT = "This partition belongs to the secure world.\n"
DISK_SIGNATURE = 0x545A564D
EPOCH = "1700000000"

# Its last mebibyte is no part of the file system: secure code keeps sectors there.
TRUSTED_RAW = 1 << 20
BOOTLOADER_AT = 0x400  # where the i.MX53's boot ROM looks

_GENIMAGE = """\
image trusted.vfat {{
	vfat {{
		label = "TRUSTED"
		extraargs = "--invariant -i 545a564d"
		files = {{ {files} }}
	}}
	size = {vfat_size}
}}
image card.img {{
	hdimage {{
		partition-table-type = "mbr"
		disk-signature = {signature:#x}
		align = 1M
	}}
{bootloader}
	partition trusted {{
		partition-type = 0xDA
		bootable = {bootable}
		image = "trusted.vfat"
		size = {trusted_size}
	}}
{guest}
}}
"""
_GUEST = """\
	partition guest {
		partition-type = 0x83
		image = "root.ext4"
	}
"""
_BOOTLOADER = """\
	partition bootloader {{
		in-partition-table = "no"
		image = "{name}"
		offset = {offset:#x}
	}}
"""


@dataclass(frozen=True)
class Loader:
    """What the board starts by itself: files of the trusted partition, and what the
    boot ROM loads, which reads them."""

    bootloader: Path
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Partition:
    """Where a partition lies, in bytes."""

    start: int
    size: int


def make(root: Path | None, output: Path = CARD, loader: Loader | None = None,
         ssh_key: Path | None = None) -> Path:
    """Build the image with genimage; sparse, as its parts are. Without a root there is
    the trusted partition alone."""
    say("making the SD card image")
    work = output.parent / (output.name + ".work")
    shutil.rmtree(work, ignore_errors=True)
    for folder in ("root", "input", "tmp"):
        (work / folder).mkdir(parents=True)
    inputs = work / "input"
    (inputs / "TRUSTED.TXT").write_text(TRUSTED_TEXT)
    if root and ssh_key:
        sshkey.put(require_file(root, "guest's root file system"), ssh_key, inputs / "root.ext4", EPOCH)
    elif root:
        (inputs / "root.ext4").symlink_to(require_file(root, "guest's root file system").resolve())
    files = [inputs / "TRUSTED.TXT"]
    if loader:
        for path in (loader.bootloader, *loader.files):
            shutil.copyfile(path, inputs / path.name)
        files += [inputs / path.name for path in loader.files]
    for path in files:
        os.utime(path, (int(EPOCH), int(EPOCH)))
    (work / "card.cfg").write_text(_config(files, loader, _GUEST if root else ""))
    paths = {"root": "root", "input": "input", "tmp": "tmp/g", "output": "."}
    folders = [f"--{name}path={work / folder}" for name, folder in paths.items()]
    env = {"SOURCE_DATE_EPOCH": EPOCH}
    run(["genimage", f"--config={work / 'card.cfg'}", *folders], timeout=300, env=env)
    os.truncate(work / "card.img", CARD_SIZE)  # genimage ends it with the last partition
    (work / "card.img").replace(output)
    shutil.rmtree(work)
    return output


def _config(files: list[Path], loader: Loader | None, guest: str) -> str:
    bootloader = ""
    if loader:
        bootloader = _BOOTLOADER.format(name=loader.bootloader.name, offset=BOOTLOADER_AT)
    size = BOOT_SIZE if loader else TRUSTED_SIZE
    return _GENIMAGE.format(
        files=", ".join(f'"{path.name}"' for path in files),
        vfat_size=size - TRUSTED_RAW,
        trusted_size=size,
        signature=DISK_SIGNATURE,
        bootable="true" if loader else "false",
        bootloader=bootloader,
        guest=guest,
    )


def partitions(card: Path) -> list[Partition]:
    """The four entries of the card's MBR; empty ones have size 0."""
    require_file(card, "SD card image", STATUS_CARD)
    with card.open("rb") as file:
        mbr = file.read(SECTOR)
    if len(mbr) < SECTOR or mbr[510:] != b"\x55\xaa":
        raise Failure(f"SD card image {card} has no partition table", STATUS_CARD)
    entries = [struct.unpack_from("<II", mbr, 0x1BE + 16 * i + 8) for i in range(4)]
    return [Partition(start * SECTOR, size * SECTOR) for start, size in entries]


def _table(card: Path) -> list[dict[str, object]]:
    """All partitions that sfdisk finds, logical ones too."""
    require_file(card, "SD card image", STATUS_CARD)
    done = subprocess.run(["sfdisk", "--json", card], capture_output=True, text=True, check=False,
                          timeout=60, env=child_environment({"PATH": f"{os.environ['PATH']}:/usr/sbin"}))
    if done.returncode != 0:
        raise Failure(f"{card} has no partition table: {done.stderr.strip()}", STATUS_CARD)
    return list(json.loads(done.stdout)["partitiontable"].get("partitions", []))


def find(card: Path, selector: str) -> Partition:
    """A partition by number, PARTUUID= or PARTLABEL=, as the monitor has it."""
    kind, _, value = selector.rpartition("=")
    for entry in _table(card):
        number = str(entry["node"])[len(str(card)):].removeprefix("p")
        names = {"": number, "PARTLABEL": entry.get("name"), "PARTUUID": entry.get("uuid")}
        found = names.get(kind)
        if found is not None and str(found).lower() == value.lower():
            return Partition(int(entry["start"]) * SECTOR, int(entry["size"]) * SECTOR)
    raise Failure(f"{card} has no partition {selector}", STATUS_CARD)
