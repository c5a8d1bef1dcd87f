# SPDX-License-Identifier: BSD-2-Clause
"""The SD card image: an MBR with the trusted partition and the guest's."""

from __future__ import annotations

import os
import shutil
import struct
from dataclasses import dataclass
from pathlib import Path

from .base import BUILD, STATUS_CARD, Failure, require_file, run, say

CARD = BUILD / "card.img"
CARD_SIZE = 2 << 30  # QEMU wants a power of two
SECTOR = 512
TRUSTED_SIZE = 16 << 20
TRUSTED_TEXT = "This partition belongs to the secure world.\n"
DISK_SIGNATURE = 0x545A564D
EPOCH = "1700000000"

_GENIMAGE = """\
image trusted.vfat {{
	vfat {{
		label = "TRUSTED"
		extraargs = "--invariant -i 545a564d"
		files = {{ "TRUSTED.TXT" }}
	}}
	size = {trusted_size}
}}
image card.img {{
	hdimage {{
		partition-table-type = "mbr"
		disk-signature = {signature:#x}
		align = 1M
	}}
	partition trusted {{
		partition-type = 0xDA
		image = "trusted.vfat"
	}}
	partition guest {{
		partition-type = 0x83
		image = "root.ext4"
	}}
}}
"""


@dataclass(frozen=True)
class Partition:
    """Where a partition lies, in bytes."""

    start: int
    size: int


def make(root: Path, output: Path = CARD) -> Path:
    """Build the image with genimage; sparse, as its parts are."""
    require_file(root, "guest's root file system")
    say("making the SD card image")
    work = output.parent / (output.name + ".work")
    shutil.rmtree(work, ignore_errors=True)
    for folder in ("root", "input", "tmp"):
        (work / folder).mkdir(parents=True)
    (work / "input" / "TRUSTED.TXT").write_text(TRUSTED_TEXT)
    (work / "input" / "root.ext4").symlink_to(root.resolve())
    config = work / "card.cfg"
    sizes = {"trusted_size": TRUSTED_SIZE, "signature": DISK_SIGNATURE}
    config.write_text(_GENIMAGE.format(**sizes))
    paths = {"root": "root", "input": "input", "tmp": "tmp/g", "output": "."}
    folders = [f"--{name}path={work / folder}" for name, folder in paths.items()]
    run(["genimage", f"--config={config}", *folders], timeout=300, env={"SOURCE_DATE_EPOCH": EPOCH})
    os.truncate(work / "card.img", CARD_SIZE)  # genimage ends it with the last partition
    (work / "card.img").replace(output)
    shutil.rmtree(work)
    return output


def partitions(card: Path) -> list[Partition]:
    """The four entries of the card's MBR; empty ones have size 0."""
    require_file(card, "SD card image", STATUS_CARD)
    with card.open("rb") as file:
        mbr = file.read(SECTOR)
    if len(mbr) < SECTOR or mbr[510:] != b"\x55\xaa":
        raise Failure(f"SD card image {card} has no partition table", STATUS_CARD)
    entries = [struct.unpack_from("<II", mbr, 0x1BE + 16 * i + 8) for i in range(4)]
    return [Partition(start * SECTOR, size * SECTOR) for start, size in entries]
