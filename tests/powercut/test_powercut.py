#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Cuts of the power while a guest works on a journaling file system, and two things
that they must find. usage: test_powercut.py stock|paravirt [CUTS [SEED]]

With TZVMM_LONG=1 (./check --full) there is more work and there are 2000 cuts, else 150;
half as many again where the file system has all data in its journal, and 60 where
commits are of ciphertext."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

from run import SIZE, START, Setup

import cuts
from journal import DATA, READY, records
from policies import Committed, Encrypted, Overlaid, Stacked, log_entries, touches_base
from harness import GUEST, PARAVIRT, WORK, Tap, main
from mutant import early_monitor

LONG = os.environ.get("TZVMM_LONG") == "1"
CUTS = int(sys.argv[2]) if len(sys.argv) > 2 else 2000 if LONG else 150
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 1
SETUP = Setup(guest=GUEST, seed=SEED, rounds=300 if LONG else 60)
CONTROL = 60
RESTARTS = 2


def survives(tap: Tap, setup: Setup, name: str, number: int) -> None:
    """A run, its end, and cuts in it."""
    folder = WORK / name
    run, after = setup.run(folder)
    card = cuts.end_state(run)
    tap.check(f"{name}: the journal, played to its end, gives the card",
              card == after.read_bytes())
    verdicts = cuts.play(run, number, SEED, folder / "wrong.img")
    wrong = [verdict for verdict in verdicts if verdict.wrong]
    tap.check(f"{name}: {number} cuts of the power, nothing acknowledged is lost, e2fsck is clean",
              not wrong, "\n".join(str(verdict) for verdict in wrong[:5]))
    torn = sum(verdict.sectors != 0 for verdict in verdicts)
    tap.check(f"{name}: {torn} of them while the card was at work", torn >= number // 2)
    every = sum(len(script.acks) - 1 for script in run.scripts)
    heard = max(verdict.heard for verdict in verdicts)
    tap.check(f"{name}: they reach from the first to the last of {every} acknowledgements",
              min(verdict.heard for verdict in verdicts) < every // 10 and heard > every * 9 // 10)


def is_found(tap: Tap, setup: Setup, name: str, sentence: str) -> None:
    """A control: a run in which something is wrong."""
    run, _ = setup.run(WORK / name)
    verdicts = cuts.play(run, CONTROL, SEED, WORK / name / "wrong.img")
    wrong = [verdict for verdict in verdicts if verdict.wrong]
    tap.check(f"{sentence} ({len(wrong)} of {CONTROL} cuts)", bool(wrong), verdicts[-1])


def ordered(tap: Tap) -> None:
    survives(tap, SETUP, "data=ordered", CUTS)


def journalled(tap: Tap) -> None:
    survives(tap, replace(SETUP, options="data=journal", seed=SEED + 1), "data=journal", CUTS // 2)


def early_driver(tap: Tap) -> None:
    """The card alone: what the host controller's erratum loses is another matter."""
    globals_ = ("-global", "imx53-esdhc.early-tc=off", "-global", "imx53-esdhc.busy-us=3000")
    is_fine = replace(SETUP, rounds=60, arguments=globals_)
    # The end of a counted write is told without a look at the card.
    setup = replace(is_fine, monitor=early_monitor(WORK),
                    arguments=(*globals_, "-global", "imx53-esdhc.cmd23=off"))
    is_found(tap, setup, "early", "the torture finds a driver that answers too early")
    survives(tap, is_fine, "slow card", CONTROL)


def eager_guest(tap: Tap) -> None:
    setup = replace(SETUP, eager=True, rounds=60)
    is_found(tap, setup, "eager", "the torture finds a guest that acknowledges before fsync")


def encrypted(tap: Tap) -> None:
    survives(tap, Encrypted(guest=GUEST, seed=SEED + 2, rounds=SETUP.rounds), "encrypted", CUTS)


def overlaid(tap: Tap) -> None:
    """Behind a cut the overlay is gone, wherever it was: what was under it has to be whole."""
    setup = Overlaid(guest=GUEST, seed=SEED + 3, rounds=SETUP.rounds)
    run, after = setup.run(WORK / "overlaid")
    writes = [record for record in records(run.journal) if record.kind == DATA]
    tap.check(f"overlay: {len(writes)} writes reach the card, none the partition under it",
              len(writes) > 100 and not any(map(touches_base, writes)))
    tap.check("overlay: that is as it was",
              setup.view(after.read_bytes()) == setup.view(run.card.read_bytes()))


def commits(tap: Tap, setup: Committed, name: str, number: int) -> None:
    """Commits while the guest works: each is whole or not there, and stays."""
    folder = WORK / name
    run, after = setup.run(folder)
    tap.check(f"{name}: {setup.commits} of them, the last is under the overlay at the end",
              len(run.moments) == setup.commits + 1 and
              run.moments[-1].image == setup.view(bytearray(after.read_bytes())))
    verdicts = cuts.play(run, number, SEED, folder / "wrong.img")
    wrong = [verdict for verdict in verdicts if verdict.wrong]
    tap.check(f"{name}: {number} cuts, what was acknowledged before a commit is there, e2fsck is clean",
              not wrong, "\n".join(str(verdict) for verdict in wrong[:5]))
    inside = sum(any(verdict.at in span for span in run.spans) for verdict in verdicts)
    tap.check(f"{name}: {inside} of them in a commit", inside >= number // 2)
    blind = cuts.play(replace(run, view=setup.bare), CONTROL, SEED, folder / "blind.img")
    torn = sum(verdict.wrong is not None for verdict in blind)
    tap.check(f"{name}: a start that does not end it is found ({torn} of {CONTROL} cuts)", torn > 0)
    restarts(tap, setup, run, name)


def restarts(tap: Tap, setup: Committed, run: cuts.Run, name: str) -> None:
    """The monitor itself, behind cuts in the copy of a commit, and cut once more there."""
    for n, span in enumerate(run.spans[:RESTARTS]):
        at = span[len(span) * (n + 1) // (RESTARTS + 1)]
        card = cuts.state_at(run, at, SEED)
        wanted = run.moments[n + 1].image
        folder = WORK / name / f"restart{n}"
        ended, journal = setup.restart(folder, card)
        tap.check(f"{name} {n + 1}, cut before record {at}: the next start ends it",
                  setup.bare(ended) == wanted != setup.bare(card) and not log_entries(ended))
        (folder / "cut.img").write_bytes(card)
        again = replace(run, card=folder / "cut.img", journal=journal)
        points = [at for at, record in enumerate(records(journal)) if record.kind in (DATA, READY)]
        lost = [at for at in points[::max(1, len(points) // 40)]
                if setup.view(cuts.state_at(again, at, SEED)) != wanted]
        tap.check(f"and the one behind it, if that is cut as well ({len(points)} places)",
                  len(points) > 20 and not lost, lost)
    is_refused(tap, setup, card, name)


def is_refused(tap: Tap, setup: Committed, card: bytearray, name: str) -> None:
    """Somebody writes an image to the partition while the log of a cut commit is there."""
    card[START:START + SIZE] = bytes(SIZE)
    found, _ = setup.restart(WORK / name / "foreign", card, "fatal: disk: its overlay's store has a commit of")
    tap.check(f"{name}: it is not played on what was written to the partition since", found == card)


def committed(tap: Tap) -> None:
    commits(tap, Committed(guest=GUEST, seed=SEED + 4, rounds=SETUP.rounds), "commit", CUTS)


def stacked(tap: Tap) -> None:
    setup = Stacked(guest=GUEST, seed=SEED + 5, rounds=SETUP.rounds)
    commits(tap, setup, "commit of ciphertext", CUTS if LONG else CONTROL)


# What is behind both fronts is cut behind one of them, if there is little time.
tests = [ordered, journalled]
if PARAVIRT or LONG:
    tests += [encrypted, overlaid, committed]
if PARAVIRT:
    tests += [stacked, early_driver, eager_guest]
main(*tests)
