# SPDX-License-Identifier: BSD-2-Clause
"""What the system tests share: results as TAP, cards of their own, ./demo."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import traceback
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools"))

from tzvmm_tools import bootpkg, card, guest, guests, manifest  # noqa: E402
from tzvmm_tools.base import BUILD, Failure, unwind_when_terminated, write_atomic  # noqa: E402
from tzvmm_tools.manifest import ccode  # noqa: E402

# A folder for each run: the same test may run twice at a time. It stays when
# something failed.
WORK = BUILD / "system" / f"{Path(sys.argv[0]).stem}-{os.getpid()}"

# The guest of a test that is there for each, and the board: its arguments.
GUEST = next((word for word in sys.argv[1:2] if word in guests.GUESTS), "stock")
BOARD = next((word for word in sys.argv[2:] if word in manifest.BOARDS), manifest.DEFAULT)
PARAVIRT = GUEST == "paravirt"
BOOT = guests.maker(GUEST, BOARD).boot(BOARD)


class Tap:
    """Test results in the Test Anything Protocol."""

    def __init__(self) -> None:
        self._count = 0
        self._failed = 0

    def check(self, sentence: str, holds: bool, why: object = "") -> None:
        """One fact. Why is shown when it does not hold."""
        self._count += 1
        self._failed += not holds
        print(f"{'ok' if holds else 'not ok'} {self._count} - {sentence}", flush=True)
        if not holds:
            for line in str(why).splitlines():
                print(f"# {line}", flush=True)

    def finish(self) -> int:
        """The plan and the exit status."""
        print(f"1..{self._count}", flush=True)
        return 1 if self._failed else 0


def same_partition(board: str, build: Path) -> None:
    """Refuse a monitor of another partition than that of which packages are made: what it
    closes is open in the guest's device tree, and a driver that finds that out takes with
    it what it holds, at a place that tells nothing of the cause."""
    made = {"manifest.h": ccode.header, "manifest.c": ccode.tables}
    partition = bootpkg.board(board)
    for path in build.glob("ports/**/manifest.[ch]"):
        if path.read_text() != made[path.name](partition):
            raise Failure(f"{path} is not what the partition of {board} gives: build the monitor")


def main(*tests: Callable[[Tap], None]) -> None:
    """Run the tests; one that breaks off counts as one that failed."""
    try:
        same_partition(BOARD, BUILD / BOARD)
    except Failure as failure:
        sys.exit(str(failure))
    unwind_when_terminated()
    WORK.mkdir(parents=True)
    tap = Tap()
    for test in tests:
        start = time.monotonic()
        try:
            test(tap)
        except Failure as failure:
            tap.check(test.__name__, False, failure)
        except Exception:  # a test program must report whatever stopped it
            tap.check(test.__name__, False, traceback.format_exc())
        print(f"# {test.__name__}: {time.monotonic() - start:.0f} s", flush=True)
    status = tap.finish()
    if status == 0:
        shutil.rmtree(WORK)
    sys.exit(status)


@contextmanager
def fresh_card(name: str) -> Iterator[Path]:
    """A card image as ./demo makes it, for one test."""
    path = card.make(guest.IMAGE, WORK / f"{name}.img")
    try:
        yield path
    finally:
        path.unlink()


def make_package(bootargs: str = "", disks: tuple[bootpkg.Disk, ...] = ()) -> Path:
    """The guest's boot package, for one test."""
    path = WORK / f"{GUEST}-{zlib.crc32(repr((bootargs, disks)).encode()):08x}.bin"
    write_atomic(path, bootpkg.make_for(BOOT, bootargs, disks))
    return path


@dataclass(frozen=True)
class Ran:
    """What a run of ./demo gave."""

    status: int
    output: str
    messages: str

    def __str__(self) -> str:
        return f"status {self.status}\n{self.output}\n{self.messages}"


def demo(*args: str | Path, limit: float = 600) -> Ran:
    """Run ./demo as a user would."""
    done = subprocess.run(
        [TOP / "demo", "--board", BOARD, "--guest", GUEST, *args],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=limit,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
