# SPDX-License-Identifier: BSD-2-Clause
"""Runs the attack guest on a monitor, and reads its table."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import bare
from tzvmm_tools import manifest, qemu
from tzvmm_tools.base import BUILD, Failure
from tzvmm_tools.console import Closed, Late

LIMIT = 60.0
_LINE = re.compile(r"(not )?ok (\d+) - (.*)")


@dataclass(frozen=True)
class Prepared:
    """What a run needs besides a monitor."""

    profile: str
    package: Path
    card: Path
    board: str

    @cached_property
    def hidden(self) -> dict[int, tuple[int, int]]:
        """Bits that only somebody outside sees: address, mask and what a guest that
        reaches them leaves there."""
        return {entry["address"]: (entry["mask"], entry["value"] & entry["mask"])
                for entry in entries(self.profile, self.board) if entry["expect"] == "outside"}


@dataclass(frozen=True)
class Result:
    """What the guest printed, and what it left in bits that it cannot see."""

    lines: list[str]
    forged: list[str] = field(default_factory=list)

    @cached_property
    def entries(self) -> dict[int, str]:
        """By number: ok, not ok or skip."""
        found = {}
        for line in self.lines:
            if match := _LINE.fullmatch(line):
                word = "skip" if "# SKIP" in match[3] else "not ok" if match[1] else "ok"
                found[int(match[2])] = word
        return found

    @property
    def ended(self) -> bool:
        return any(line.startswith("1..") for line in self.lines) and self.lines[-1] == "system off"

    @property
    def passed(self) -> bool:
        return self.ended and "not ok" not in self.entries.values() and not self.forged


def _built(board: str, name: str) -> Path:
    return BUILD / board / "tests" / "attack" / name


def entries(profile: str, board: str = manifest.DEFAULT) -> list[dict]:
    """The list, as it was generated."""
    return json.loads(_built(board, "attacks.json").read_text())[profile]["attacks"]


def prepare(folder: Path, profile: str, board: str = manifest.DEFAULT) -> Prepared:
    """The guest's package, and a card."""
    raw = folder / "attack.bin"
    bare.to_image(_built(board, "attack.elf"), raw)
    package = bare.build_package(folder, raw, manifest.PROFILES.index(profile))
    return Prepared(profile, package, bare.build_card(folder), board)


def run(
    prepared: Prepared, monitor: Path | None = None, extra: tuple[str, ...] = (),
    until: frozenset[int] = frozenset(),
) -> Result:
    """Boot it, and look at what it cannot see when it is off. Ends sooner when one of
    some entries fails."""
    ends = ("system off", "fatal", *(f"not ok {number} " for number in until))
    board = qemu.Board(package=prepared.package, card=prepared.card,
                       monitor=monitor or qemu.monitor(prepared.board),
                       machine=f"{prepared.board},bus-masters=on",
                       extra=("-no-shutdown", "-snapshot", *extra))
    lines: list[str] = []
    forged: list[str] = []
    deadline = time.monotonic() + LIMIT
    with qemu.Emulator(board.argv()) as emulator:
        try:
            while not lines or not lines[-1].startswith(ends):
                lines.append(emulator.console.wait(deadline).text)
            for address, (mask, left) in prepared.hidden.items() if lines[-1] == ends[0] else ():
                value = _peek(emulator, address) & mask
                if value == left:
                    forged.append(f"{address:#x} has {value:#x} in {mask:#x}")
        except (Closed, Late, Failure) as error:
            lines.append(f"it does not end: {error!r}")
        emulator.kill()
    return Result(lines, forged)


def _peek(emulator: qemu.Emulator, address: int) -> int:
    """A word of the bus, whoever may read it."""
    text = str(emulator.qmp("human-monitor-command", **{"command-line": f"xp /1wx {address:#x}"}))
    return int(text.split(":")[1], 16)
