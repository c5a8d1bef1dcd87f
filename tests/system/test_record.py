#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The record on a partition of secure code's own, while the guest works, and what is
refused. usage: test_record.py stock|paravirt"""

from __future__ import annotations

import csv
import io
import os
import subprocess
from pathlib import Path

from harness import WORK, Tap, fresh_card, main, make_package

from tzvmm_tools import base, card, qemu
from tzvmm_tools.bootpkg import Disk
from tzvmm_tools.session import Session

BLKREC = base.TOP / "tools" / "blkrec"
KIB = 2  # sectors
PLACE, SMALL, PLAIN, GUESTS = "3", "5", "6", "7"
SIZES = {PLACE: 512 * KIB, SMALL: 200 * KIB, PLAIN: 512 * KIB, GUESTS: 512 * KIB}


def add_partitions(image: Path) -> None:
    """One that is prepared, one that is too small, one that holds something, the guest's."""
    lines = [f"size={SIZES[PLACE]}, type=da", "type=E"]
    lines += [f"size={SIZES[number]}, type=da" for number in (SMALL, PLAIN, GUESTS)]
    subprocess.run(["sfdisk", "-q", "--append", image], input="\n".join(lines), text=True, check=True,
                   capture_output=True, env=base.child_environment())
    for number in (PLACE, GUESTS):
        assert blkrec("prepare", image, number).returncode == 0


def blkrec(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BLKREC, *words], capture_output=True, text=True, timeout=60, check=False)


def rows(text: str) -> dict[int, dict[str, str]]:
    """A CSV by the requests' numbers."""
    return {int(row["seq"]): row for row in csv.DictReader(io.StringIO(text))}


def shown(emulator: qemu.Emulator, session: Session) -> tuple[dict[int, dict[str, str]], bool]:
    """What the prompt shows, by way of blkrec, and whether the guest said something
    before its end."""
    log = WORK / "record.log"
    session.run("(for i in $(seq 100); do sleep 0.2; echo alive $i; done) &")
    session.ask_monitor("record", r"^record: \d+ requests")
    texts = [line.text for line in emulator.console.lines]
    begin = next(n for n, text in enumerate(texts) if text.startswith("rec "))
    end = next(n for n, text in enumerate(texts) if text.startswith("record: ") and "before" in text)
    log.write_text("".join(f"{text}\n" for text in texts[begin:end] if text.startswith("rec ")))
    return rows(blkrec("csv", log).stdout), any(text.startswith("alive") for text in texts[begin:end])


def save(tap: Tap, session: Session, image: Path, generation: int) -> dict[int, dict[str, str]]:
    """Save it while the guest writes; what blkrec finds."""
    session.run("(dd if=/dev/urandom of=/var/tmp/load bs=1M count=8 conv=fsync; rm /var/tmp/load) 2>/dev/null &")
    said = session.ask_monitor(f"record save {PLACE}", r"^record: (\w+) (\S+) .* generation (\d+)")
    found = rows(blkrec("csv", image, "--partition", PLACE).stdout)
    tap.check(f"the record is saved while the guest writes, as generation {generation}",
              said.groups() == ("saved", str(len(found)), str(generation)), f"{said[0]}: {len(found)} read")
    session.run("wait; sync", 120)
    return found


def saves(tap: Tap) -> None:
    with fresh_card("saves") as image:
        add_partitions(image)
        disks = (Disk("2"), Disk(GUESTS))
        with qemu.Emulator(qemu.Board(package=make_package(disks=disks), card=image).argv()) as emulator:
            session = Session(emulator)
            session.wait_for_shell()
            first = save(tap, session, image, 1)
            second = save(tap, session, image, 2)
            tap.check("the next one has the same requests and more",
                      max(second) > max(first) and all(second[n] == first[n] for n in first if n in second))
            text, alive = shown(emulator, session)
            both = second.keys() & text.keys()
            tap.check(f"the prompt shows the same ones ({len(both)})",
                      len(both) > 500 and all(text[n] == second[n] for n in both) and
                      both == {n for n in second if n >= min(text)}, f"{len(text)} {len(second)}")
            tap.check("and the guest answers meanwhile", alive)
            said = session.ask_monitor("record save 6", "^record: it goes to partition (.*)")
            tap.check("a second partition is refused", said.group(1) == PLACE, said[0])
            session.power_off()
        tap.check("and when the system is off the record is there",
                  rows(blkrec("csv", image, "--partition", PLACE).stdout) == second)
        stats = blkrec("stats", image, "--partition", PLACE)
        tap.check("nothing in it is impossible", stats.returncode == 0, stats.stdout)


def worn_out(tap: Tap) -> None:
    """For a while the card takes no data for what is saved second."""
    with fresh_card("worn-out") as image:
        add_partitions(image)
        where = card.find(image, PLACE)
        with qemu.Emulator(qemu.Board(package=make_package(), card=image).argv()) as emulator:
            session = Session(emulator)
            session.wait_for_shell()
            first = save(tap, session, image, 1)
            for at, size, what in ((card.SECTOR, where.size // 4, "requests"), (0, card.SECTOR, "header")):
                emulator.break_card(where.start + at, size)
                said = session.ask_monitor("record save", "^record: (.*saved.*)")
                tap.check(f"a card that does not take the {what} is told", said[1] == "not saved: IO", said[1])
                tap.check("what was saved before is there",
                          rows(blkrec("csv", image, "--partition", PLACE).stdout) == first)
            emulator.break_card(0, 0)
            second = save(tap, session, image, 2)
            tap.check("it has the writes that failed", "IO" in {row["status"] for row in second.values()})
            session.power_off()


def refusals(tap: Tap) -> None:
    """A partition that is opened stays the only one, so some have a boot of their own."""
    refused(tap, {GUESTS: "used twice", "2": "used twice", "9": "no partition 9",
                  "": "no partition PARTLABEL=tzvmm-record", "PARTUUID=x": "no partition PARTUUID=x",
                  SMALL: "too small"})
    refused(tap, {PLAIN: "not made ready"})


def refused(tap: Tap, cases: dict[str, str]) -> None:
    with fresh_card("refused") as image:
        add_partitions(image)
        disks = (Disk("2"), Disk(GUESTS, policy="ro"))
        with qemu.Emulator(qemu.Board(package=make_package(disks=disks), card=image).argv()) as emulator:
            session = Session(emulator)
            session.wait_for_shell()
            before = others(image)
            for number, why in cases.items():
                said = session.ask_monitor(f"record save {number}", "^record: (not saved: .*)")
                tap.check(f"partition {number or 'of no name'} is refused: {why}", why in said[1], said[1])
            tap.check("nothing was written to any of them", before == others(image))


def others(image: Path) -> list[bytes]:
    """What is on all partitions but the guest's root."""
    with image.open("rb") as file:
        return [os.pread(file.fileno(), where.size, where.start)
                for where in (card.find(image, number) for number in ("1", *SIZES))]


main(saves, refusals, worn_out)
