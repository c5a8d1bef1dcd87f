#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Monitors that lack one line of the protection each: the attack guest finds the line
(docs/attack-test.md). usage: test_mutants.py stock|paravirt [LINE]...

With TZVMM_LONG=1 (./check --full) all of them, else a sample that is always the same."""

import os
import random
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness import GUEST, WORK, Tap, main

import attack  # behind harness, which knows where the tools are
import mutants
from tzvmm_tools import manifest
from tzvmm_tools.manifest import attacks

LONG = os.environ.get("TZVMM_LONG") == "1"
SAMPLE = 60
JOBS = 2

NAMED, OUTSIDE, STOPPED, SURVIVED = "named", "seen from outside", "the board stops", "survived"


def _chosen() -> list[str]:
    lines = attacks.lines(manifest.load(), GUEST)
    if sys.argv[2:]:
        return sys.argv[2:]
    if LONG:
        return lines
    return random.Random(53).sample(lines, SAMPLE)


class Hunt:
    """One mutant after the other."""

    def __init__(self) -> None:
        self._prepared = attack.prepare(WORK, GUEST)
        self._factory = mutants.Factory(GUEST)
        self._entries = attack.entries(GUEST)

    def proofs(self, line: str) -> frozenset[int]:
        return frozenset(e["id"] for e in self._entries if line in e["proves"])

    def reason(self, line: str) -> str:
        """Why nothing in the normal world can show that a line is missing."""
        return next((e["what"] for e in self._entries
                     if line in e["proves"] and e["kind"] == "none"), "")

    def find(self, line: str) -> str:
        """What became of the mutant."""
        mutant = self._factory.mutant(line)
        with tempfile.TemporaryDirectory(dir=WORK) as folder:
            monitor = self._factory.build(mutant, Path(folder))
            result = attack.run(self._prepared, monitor, mutant.extra, self.proofs(line))
        failed = {number for number, word in result.entries.items() if word == "not ok"}
        if failed & self.proofs(line):
            return NAMED
        if result.forged:
            return OUTSIDE
        return SURVIVED if result.ended else STOPPED

    def passes(self, mutant: mutants.Mutant) -> bool:
        """Whether the guest finds nothing on it."""
        with tempfile.TemporaryDirectory(dir=WORK) as folder:
            monitor = self._factory.build(mutant, Path(folder))
            return attack.run(self._prepared, monitor, mutant.extra).passed

    def controls(self) -> bool:
        """Nothing is found where nothing is missing."""
        return all(map(self.passes, self._factory.controls()))

    def reached(self, extra: tuple[str, ...]) -> set[str]:
        """Lines that are found missing where none is."""
        failed = {number for number, word in
                  attack.run(self._prepared, extra=extra).entries.items() if word == "not ok"}
        return {line for e in self._entries if e["id"] in failed for line in e["proves"]}


def found(tap: Tap) -> None:
    hunt = Hunt()
    lines = _chosen()
    tap.check("with a CSU that the guest reaches, every lock holds",
              not any(line.endswith("lock") for line in hunt.reached(mutants.CSU_OPEN)))
    tap.check("a mutant that lacks nothing passes", hunt.controls())
    with ThreadPoolExecutor(JOBS) as pool:
        fates = dict(zip(lines, pool.map(hunt.find, lines), strict=True))
    for line, fate in fates.items():
        why = hunt.reason(line) if fate == SURVIVED else ""
        if fate != NAMED:
            print(f"# {line}: {fate}{': ' if why else ''}{why}")
        if fate == SURVIVED:
            tap.check(f"{line} is missed for a reason", bool(why))
    count = {fate: sum(f == fate for f in fates.values()) for fate in (NAMED, OUTSIDE, STOPPED)}
    excused = sum(fate == SURVIVED and bool(hunt.reason(line)) for line, fate in fates.items())
    print("# " + ", ".join(f"{number} {fate}" for fate, number in count.items())
          + f", {excused} cannot be seen")
    nr_found, nr = sum(count.values()), len(lines) - excused
    tap.check(f"{nr_found} of {nr} mutants found", nr_found == nr)


main(found)
