# SPDX-License-Identifier: BSD-2-Clause
"""What work.c does, and what must be found of it after a cut.

An acknowledgement says that all before it that was synchronized is durable. So after
the last one that was heard, the folder must be as at one moment since its last fsync,
and each file must have what it had at its own last fsync, or what came behind it."""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import dataclass, field

SLOT = 4096
SLOTS = 12
LOGS = 4
MAX_LOG = 40000
PIECE = 512  # compared at once where it is whole

Names = dict[str, int]


def contents(worker: int, number: int, length: int) -> bytes:
    """A record as work.c writes it."""
    pieces = (b"%02x%06x%07x\n" % (worker, number, at) for at in range(0, length, 16))
    return b"".join(pieces)[:length]


@dataclass
class History:
    """How something changed: from which step on it was what."""

    steps: list[int] = field(default_factory=list)
    values: list = field(default_factory=list)
    synced: list[int] = field(default_factory=list)  # steps

    def set(self, step: int, value: object) -> None:
        self.steps.append(step)
        self.values.append(value)

    def at(self, step: int) -> object:
        """What it was behind that step."""
        return self.values[bisect_right(self.steps, step) - 1]

    def window(self, acked: int, last: int) -> list:
        """From what it was at the last synchronization that is acknowledged, to what
        it was at the last step that may have been taken."""
        sure = bisect_right(self.synced, acked)
        begin = bisect_right(self.steps, self.synced[sure - 1]) if sure else 1
        return self.values[max(0, begin - 1):bisect_right(self.steps, last)]


class Script:
    """One worker's, and its model of the files."""

    def __init__(self, worker: int, seed: int, rounds: int, eager: bool = False) -> None:
        """Eager ones acknowledge before they synchronize: that must be found out."""
        self.worker = worker
        self.lines: list[str] = []
        self.acks: list[int] = [0]  # acknowledgement -> step
        self._eager = eager
        self._chance = random.Random(f"{seed} {worker}")
        self._names: Names = {}
        self._folder = History([0], [{}])
        self._files: list[History] = []
        self._make_slots()
        actions = [self._append] * 7 + [self._overwrite] * 3 + [self._replace] * 3
        actions += [self._create] * 2 + [self._truncate, self._rename, self._unlink]
        for _ in range(rounds):
            self._chance.choice(actions)()

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    # ---- steps ----

    def _step(self, line: str) -> int:
        self.lines.append(line)
        return len(self.lines)

    def _record(self, length: int) -> tuple[int, bytes]:
        number = len(self.lines)
        return number, contents(self.worker, number, length)

    def _content(self, name: str) -> bytes:
        return self._files[self._names[name]].values[-1]

    def _set_content(self, name: str, step: int, data: bytes) -> None:
        self._files[self._names[name]].set(step, data)

    def _set_names(self, step: int, names: Names) -> None:
        self._names = names
        self._folder.set(step, names)

    def _do_create(self, name: str) -> None:
        step = self._step(f"c {name}")
        self._files.append(History([step], [b""]))
        self._set_names(step, self._names | {name: len(self._files) - 1})

    def _do_append(self, name: str, length: int) -> None:
        number, data = self._record(length)
        old = self._content(name)
        self._set_content(name, self._step(f"a {name} {length} {number}"), old + data)

    def _acknowledged(self, *syncs: str) -> None:
        """Synchronize and acknowledge."""
        lines = [f"k {len(self.acks)}"]
        lines = [*lines, *syncs] if self._eager else [*syncs, *lines]
        for line in lines:
            step = self._step(line)
            op, *words = line.split()
            if op == "k":
                self.acks.append(step + (len(syncs) if self._eager else 0))
            elif op == "s":
                self._folder.synced.append(step)
            else:
                self._files[self._names[words[0]]].synced.append(step)

    # ---- actions ----

    def _make_slots(self) -> None:
        self._do_create("slots")
        self._do_append("slots", SLOT * SLOTS)
        self._acknowledged("f slots", "s")

    def _others(self, most: int = 14) -> list[str]:
        return [name for name in self._names if name.startswith("x")][:most]

    def _append(self) -> None:
        """To a log, perhaps in pieces, perhaps with something else that waits."""
        name = f"log{self._chance.randrange(LOGS)}"
        if name not in self._names:
            self._do_create(name)
            self._acknowledged(f"f {name}", "s")
        if len(self._content(name)) > MAX_LOG:
            self._do_truncate(name, 0)
        for _ in range(self._chance.choice((1, 1, 2, 3))):
            self._do_append(name, self._length())
            others = self._others()
            if others and self._chance.random() < 0.3:
                self._do_append(self._chance.choice(others), 100)
        self._acknowledged(self._chance.choice(("f ", "d ")) + name)

    def _length(self) -> int:
        return self._chance.choice((16, 60, 500, 1000, 4096, self._chance.randrange(1, 9000)))

    def _overwrite(self) -> None:
        """A slot in place."""
        old = self._content("slots")
        length = self._chance.choice((512, 100, SLOT))
        at = self._chance.randrange(SLOTS) * SLOT
        number, data = self._record(length)
        step = self._step(f"w slots {length} {number} {at}")
        self._set_content("slots", step, old[:at] + data + old[at + length:])
        self._acknowledged("d slots")

    def _replace(self) -> None:
        """The usual way to save a file."""
        self._do_create("new")
        self._do_append("new", self._length())
        self._acknowledged("f new")
        self._do_rename("new", f"saved{self._chance.randrange(3)}")

    def _do_rename(self, old: str, new: str) -> None:
        step = self._step(f"r {old} {new}")
        names = {name: file for name, file in self._names.items() if name != old}
        self._set_names(step, names | {new: self._names[old]})
        self._acknowledged("s")

    def _create(self) -> None:
        if len(self._others()) > 12:
            self._unlink()
            return
        name = f"x{len(self.lines)}"
        self._do_create(name)
        self._do_append(name, self._length())
        self._acknowledged(f"f {name}", "s")

    def _do_truncate(self, name: str, length: int) -> None:
        step = self._step(f"t {name} {length}")
        self._set_content(name, step, self._content(name)[:length])

    def _truncate(self) -> None:
        others = self._others()
        if others:
            name = self._chance.choice(others)
            self._do_truncate(name, self._chance.randrange(len(self._content(name)) + 1))
            self._acknowledged(f"f {name}")

    def _rename(self) -> None:
        others = self._others()
        if others:
            self._do_rename(self._chance.choice(others), f"x{len(self.lines)}")

    def _unlink(self) -> None:
        others = self._others()
        if others:
            name = self._chance.choice(others)
            names = {other: file for other, file in self._names.items() if other != name}
            self._set_names(self._step(f"u {name}"), names)
            self._acknowledged("s")

    # ---- the verdict ----

    def state(self, step: int) -> dict[str, bytes]:
        """The files behind that step."""
        return {name: self._files[n].at(step) for name, n in self._folder.at(step).items()}

    def judge(self, heard: int, found: dict[str, bytes]) -> str | None:
        """What is wrong with the files that were found, after that acknowledgement was
        the last one; None if nothing is."""
        acked = self.acks[heard]
        last = self.acks[heard + 1] if heard + 1 < len(self.acks) else len(self.lines)
        moments = [names for names in self._folder.window(acked, last)
                   if names.keys() == found.keys()]
        if not moments:
            sure = self._folder.window(acked, last)[0].keys()
            return (f"w{self.worker}: the folder is as at no moment since acknowledgement {heard}:"
                    f" missing {sorted(sure - found.keys())}, more {sorted(found.keys() - sure)}")
        wrong = None
        for names in moments:
            wrong = next((name for name, data in found.items() if not is_one_of(
                data, self._files[names[name]].window(acked, last))), None)
            if wrong is None:
                return None
        return f"w{self.worker}/{wrong}: not what was written up to acknowledgement {heard}"


def is_one_of(found: bytes, versions: list[bytes]) -> bool:
    """Whether a file has one of these contents, or is on its way from one to another:
    bytes are of any of them, or zero behind the end of the shortest."""
    lengths = [len(version) for version in versions]
    return found in versions or (
        min(lengths) <= len(found) <= max(lengths) and
        all(_piece_is_one_of(start, found[start:start + PIECE], versions, min(lengths))
            for start in range(0, len(found), PIECE)))


def _piece_is_one_of(start: int, piece: bytes, versions: list[bytes], shortest: int) -> bool:
    if any(version.startswith(piece, start) for version in versions):
        return True
    return all(byte in {version[at] for version in versions if at < len(version)} or
               (byte == 0 and at >= shortest) for at, byte in enumerate(piece, start))
