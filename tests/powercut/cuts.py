# SPDX-License-Identifier: BSD-2-Clause
"""Cuts of the power in a run that the emulator's journal has, and the verdicts."""

from __future__ import annotations

import multiprocessing
import random
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from tzvmm_tools.base import child_environment

from journal import DATA, READY, SECTOR, UART, Card, Record, records
from script import Script

_ACK = re.compile(rb"ack (\d+) (\d+)\r?$")
_COMMIT = re.compile(rb"commit: done\r?$")
LIMIT = 60.0


@dataclass(frozen=True)
class Moment:
    """What a commit has made of the file system, and what had been acknowledged."""

    image: bytes
    heard: dict[int, int]


@dataclass(frozen=True)
class Run:
    """A run of the work: the card before it, what happened to it, and the scripts.
    The view makes the file system out of the card's contents: for a plain partition,
    a part of them. Whole are the ranges that are written whole or not at all, and a
    grain of bytes is not parted by a tear. If what counts are commits, the moments
    are what they made of it, behind what was there before, and spans are the records
    of each."""

    card: Path
    journal: Path
    scripts: list[Script]
    view: Callable[[bytearray], bytes]
    whole: tuple[range, ...] = ()
    grain: int = 1
    moments: tuple[Moment, ...] = ()
    spans: tuple[range, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """Of one cut: where it was, what was pending, what is wrong."""

    at: int
    ns: int
    sectors: int
    heard: int
    wrong: str | None

    def __str__(self) -> str:
        return (f"cut before record {self.at}, {self.ns / 1e9:.6f} s: {self.sectors} sectors in"
                f" the air, {self.heard} acknowledgements heard: {self.wrong or 'fine'}")


@dataclass
class Ears:
    """The acknowledgements that have come out of the console."""

    heard: dict[int, int] = field(default_factory=dict)
    commits: int = 0
    _line: bytearray = field(default_factory=bytearray)

    def take(self, byte: bytes) -> bool:
        """One byte more; whether it ended an acknowledgement."""
        if byte != b"\n":
            self._line += byte
            return False
        found = _ACK.search(bytes(self._line))
        self.commits += _COMMIT.search(bytes(self._line)) is not None
        self._line.clear()
        if found:
            self.heard[int(found.group(1))] = int(found.group(2))
        return found is not None


def points(run: Run, number: int, seed: int) -> list[int]:
    """Where to cut, in order: one half while the card is at work, the rest before it is,
    and right behind an acknowledgement. With commits, half of all are in these."""
    chance = random.Random(seed)
    ears, at_work = Ears(), False
    during, before, behind = [], [], []
    for at, record in enumerate(records(run.journal)):
        if record.kind in (DATA, READY):
            (during if at_work else before).append(at)
            at_work = record.kind == DATA
        elif record.kind == UART and ears.take(record.data):
            behind.append(at + 1)
    chosen = []
    if run.spans:
        inside = [at for at in during + before if any(at in span for span in run.spans)]
        chosen = chance.choices(inside, k=number // 2)
        number -= len(chosen)
    rest = number // 4
    return sorted(chosen + chance.choices(during, k=number - 2 * rest) +
                  chance.choices(before, k=rest) + chance.choices(behind, k=rest))


def command(*words: str | Path) -> subprocess.CompletedProcess:
    return subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=LIMIT,
                          check=False, stdin=subprocess.DEVNULL,
                          env=child_environment())


def repair(image: Path) -> str | None:
    """What a start after the cut does: the journal is replayed and what was being
    deleted is gone. After it nothing may be wrong."""
    for words, good in ((("-p",), (0, 1)), (("-f", "-n"), (0,))):
        done = command("e2fsck", *words, image)
        if done.returncode not in good:
            return f"e2fsck {' '.join(words)}: status {done.returncode}\n{done.stdout}{done.stderr}"
    return None


def files(image: Path, folder: Path, workers: int) -> list[dict[str, bytes]]:
    """Every worker's files."""
    names = " ".join(f"w{n}" for n in range(workers))
    command("debugfs", "-R", f"rdump {names} {folder}", image)
    return [{path.name: path.read_bytes() for path in (folder / f"w{n}").iterdir()}
            for n in range(workers)]


def judge(run: Run, image: Path, folder: Path, heard: dict[int, int]) -> str | None:
    """What is wrong with a file system after a cut."""
    wrong = repair(image)
    if wrong is None:
        found = files(image, folder, len(run.scripts))
        complaints = [script.judge(heard.get(script.worker, 0), found[script.worker])
                      for script in run.scripts]
        wrong = next(filter(None, complaints), None)
    return wrong


def moment(run: Run, image: bytes, commits: int) -> Moment | None:
    """Which commit a file system is of: the last one that was heard of, or the next."""
    return next((each for each in run.moments[commits:commits + 2] if each.image == image), None)


class Player:
    """Plays the run up to one cut after the other."""

    def __init__(self, run: Run, seed: int, work: Path) -> None:
        self._run, self._seed, self._work = run, seed, work
        self._card = Card(run.card.read_bytes(), run.whole, run.grain)
        self._ears = Ears()
        self._image = work / "image"
        self._image.touch()

    def _take(self, record: Record) -> None:
        self._card.take(record)
        if record.kind == UART:
            self._ears.take(record.data)

    def _cut(self, at: int, ns: int, nth: int) -> Verdict:
        kept = self._card.kept
        changed = self._card.cut(random.Random(f"{self._seed} {at} {nth}"))
        before = {where: kept[where:where + len(data)] for where, data in changed.items()}
        for where, data in changed.items():
            kept[where:where + len(data)] = data
        content = self._run.view(kept)
        with self._image.open("r+b") as file:  # its pages in memory stay
            file.write(content)
        for where, data in before.items():
            kept[where:where + len(data)] = data
        folder = self._work / "files"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        heard, wrong = self._ears.heard, None
        if self._run.moments:
            found = moment(self._run, content, self._ears.commits)
            wrong = None if found else f"neither of commit {self._ears.commits} nor of the next"
            heard = found.heard if found else {}
        pending = sum(len(data) for _, data in self._card.pending) // SECTOR
        return Verdict(at, ns, pending, sum(heard.values()),
                       wrong or judge(self._run, self._image, folder, heard))

    def play(self, cuts: list[int], keep: Path | None = None) -> list[Verdict]:
        """The cuts, in order; the first image that is not as it must be is kept."""
        verdicts: list[Verdict] = []
        left = iter(cuts)
        next_cut = next(left, None)
        for at, record in enumerate(records(self._run.journal)):
            while next_cut == at:
                verdicts.append(self._cut(at, record.ns, len(verdicts)))
                if verdicts[-1].wrong and keep and not keep.exists():
                    shutil.copy(self._image, keep)
                next_cut = next(left, None)
            if next_cut is None:
                break
            self._take(record)
        return verdicts


def _play(run: Run, seed: int, cuts: list[int], keep: Path) -> list[Verdict]:
    """In a process of its own, with its files in memory."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="tzvmm-cut-", dir=memory if memory.is_dir() else None) as work:
        return Player(run, seed, Path(work)).play(cuts, keep)


def play(run: Run, number: int, seed: int, keep: Path, jobs: int = 2) -> list[Verdict]:
    """So many cuts."""
    cuts = points(run, number, seed)
    size = -(-len(cuts) // jobs)
    parts = [cuts[i:i + size] for i in range(0, len(cuts), size)]
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(jobs, mp_context=fork) as pool:
        played = [pool.submit(_play, run, seed, part, keep) for part in parts]
        return [verdict for future in played for verdict in future.result()]


def with_commits(run: Run, begins: Callable[[Record], bool]) -> Run:
    """A run in which commits are what counts. A record begins one if none has begun."""
    card, ears = Card(run.card.read_bytes()), Ears()
    moments, spans, start = [Moment(run.view(card.kept), {})], [], None
    for at, record in enumerate(records(run.journal)):
        card.take(record)
        if record.kind == DATA and start is None and begins(record):
            start = at
        elif record.kind == UART:
            ears.take(record.data)
            if ears.commits == len(moments):
                card.settle()
                moments.append(Moment(run.view(card.kept), dict(ears.heard)))
                spans.append(range(start, at + 1))
                start = None
    return replace(run, moments=tuple(moments), spans=tuple(spans))


def state_at(run: Run, at: int, seed: int) -> bytearray:
    """The card when the power is cut before that record."""
    card = Card(run.card.read_bytes(), run.whole, run.grain)
    for _, record in zip(range(at), records(run.journal)):
        card.take(record)
    for where, data in card.cut(random.Random(f"{seed} {at}")).items():
        card.kept[where:where + len(data)] = data
    return card.kept


def end_state(run: Run) -> bytearray:
    """The card when all of the journal has been played and nothing was lost."""
    card = Card(run.card.read_bytes())
    for record in records(run.journal):
        card.take(record)
    card.settle()
    return card.kept
