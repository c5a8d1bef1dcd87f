# SPDX-License-Identifier: BSD-2-Clause
"""What the guest writes is on the card, and nowhere else."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

from harness import WORK, Tap

from tzvmm_tools import card
from tzvmm_tools.base import child_environment
from tzvmm_tools.session import Session

SIZE = 64 << 20
NAME = "/var/tmp/data"
_BLOCK = 1 << 20


def _hash(path: Path, start: int, end: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        file.seek(start)
        while start < end:
            block = file.read(min(_BLOCK, end - start))
            digest.update(block)
            start += len(block)
    return digest.hexdigest()


class Witness:
    """What is on the card outside of partition 2, before the guest runs. Gaps
    are filled first: zeros over zeros would not be seen."""

    def __init__(self, image: Path) -> None:
        self._image = image
        self.trusted, self.guest = card.partitions(image)[:2]
        self._end = image.stat().st_size
        guest_end = self.guest.start + self.guest.size
        with image.open("r+b") as file:
            for start, end in ((card.SECTOR, self.trusted.start), (guest_end, guest_end + _BLOCK)):
                file.seek(start)
                file.write(os.urandom(end - start))
        self._before = self._outside()

    def _outside(self) -> dict[str, str]:
        trusted_end = self.trusted.start + self.trusted.size
        parts = {
            "what is before partition 1": (0, self.trusted.start),
            "partition 1": (self.trusted.start, trusted_end),
            "what is between the partitions": (trusted_end, self.guest.start),
            "what is behind partition 2": (self.guest.start + self.guest.size, self._end),
        }
        return {name: _hash(self._image, *span) for name, span in parts.items()}

    def check(self, tap: Tap) -> None:
        """Compare with now."""
        after = self._outside()
        for name, digest in self._before.items():
            tap.check(f"{name} is bit-identical to before", after[name] == digest)


def write(tap: Tap, session: Session) -> str:
    """Let the guest write; gives the checksum that the guest made."""
    script = f"head -c {SIZE} /dev/urandom >{NAME} && sync && sha256sum <{NAME}"
    result = session.run(script)
    tap.check("the guest writes 64 MiB and syncs", result.status == 0, result.output)
    return result.output.partition(" ")[0]


def check_card(tap: Tap, image: Path, partition: card.Partition, digest: str) -> None:
    """Look at partition 2 with the host's tools."""
    where = f"{image}?offset={partition.start}"
    copy = WORK / "data.copy"
    env = child_environment()
    fsck = subprocess.run(
        ["e2fsck", "-fn", where], capture_output=True, text=True, timeout=120, check=False, env=env
    )
    tap.check("partition 2 passes e2fsck -fn", fsck.returncode == 0, fsck.stdout + fsck.stderr)
    subprocess.run(
        ["debugfs", "-R", f"dump {NAME} {copy}", where],
        capture_output=True,
        timeout=120,
        check=False,
        env=env,
    )
    complete = copy.exists() and copy.stat().st_size == SIZE
    found = _hash(copy, 0, SIZE) if complete else "no such file"
    tap.check("the host reads what the guest wrote", found == digest, f"{found}, guest: {digest}")
    copy.unlink(missing_ok=True)
