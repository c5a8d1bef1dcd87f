#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Recorded requests, replayed to the SD driver: it does what it did, and a driver that
is wrong is found and the request named.

usage: test_replay.py REPLAY FLAGS COMPILER... -- LIBRARY...

Wrong drivers are ours with an edit. FLAGS (may be empty) go to the compiler and the
linker: what the libraries were built with.
"""

import itertools
import random
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tools")]

from tzvmm_tools.blkrec_read import Entry, Recording, dump, read  # noqa: E402
from tzvmm_tools.blkrec_stats import anomalies  # noqa: E402

BUS_MB_S = 25
PROGRAM_US = 300

REPLAY: Path
FLAGS: list[str]
COMPILER: list[str]
LIBRARIES: list[str]

DRIVER, QUEUE, PRIVATE = "imx/esdhc.c", "imx/esdhc_queue.c", "imx/esdhc_host.h"
Edit = tuple[str, str, str]  # file in ports/, what is there once, what is put there

# Asks the card for its status, and takes a busy one for done: trusts the host's word
# that a transfer is complete. Does not look at the busy line either.
NO_WAIT: list[Edit] = [
    (
        DRIVER,
        "state == SD_STATE_TRAN && (r1 & SD_R1_READY) != 0u",
        "state == SD_STATE_TRAN || state == SD_STATE_PRG",
    ),
    (DRIVER, "if (host->phase == ESDHC_STATUS && !host->recovering) {", "if (false) {"),
    (PRIVATE, "PRSSTAT_BREN | PRSSTAT_DAT0;", "PRSSTAT_BREN;"),
    (PRIVATE, "(PRSSTAT_SDSTB | PRSSTAT_DAT0)", "PRSSTAT_SDSTB"),
]
WRONG_SECTOR: list[Edit] = [
    (DRIVER, "sector = (uint32_t)host->head->sector;", "sector = (uint32_t)host->head->sector & ~64u;")
]
STALE_CACHE: list[Edit] = [
    (QUEUE, "tzvmm_dma_after_device_wrote(req->sg[i].va, req->sg[i].len);", "")
]
LAZY_CACHE: list[Edit] = [
    (
        QUEUE,
        "tzvmm_dma_to_device(sg->va, sg->len);",
        "tzvmm_dma_to_device(sg->va, sg->len - (req->sector == 64u ? 64u : 0u));",
    )
]
NO_DMA: list[Edit] = [(DRIVER, "| XFERTYP_DPSEL | XFERTYP_DMAEN;", "| XFERTYP_DPSEL;")]


def entry(seq: int, op: str, sector: int, nr_sectors: int, start_us: int, us: int) -> Entry:
    return Entry(seq, op, seq % 3, seq % 2, sector, nr_sectors, start_us, us, "OK")


def session(count: int = 400, sizes: tuple[int, ...] = (1, 2, 8, 8, 8, 64, 256)) -> list[Entry]:
    """What a file system does: some files written again and again, read back, flushed;
    a few requests under way at a time."""
    chance = random.Random(53)
    now, made = 5_000_000, []
    for _ in range(count):
        op = chance.choice(("read", "read", "write", "write", "flush"))
        nr_sectors = 0 if op == "flush" else chance.choice(sizes)
        sector = 0 if op == "flush" else 8 * chance.randrange(200) + 1_000_000
        now += chance.choice((0, 0, 100, 800, 20_000))
        made.append((now, op, sector, nr_sectors, 200 + 21 * nr_sectors))
    made.sort(key=lambda one: one[0] + one[-1])
    return [entry(n, op, at, nr, start, us) for n, (start, op, at, nr, us) in enumerate(made)]


def asked(entries: list[Entry]) -> list[tuple[object, ...]]:
    """Requests without their times and places."""
    return sorted((e.op, e.client, e.queue, e.sector, e.nr_sectors) for e in entries)


class Replay(unittest.TestCase):
    program: Path
    edits: list[Edit] = []

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.program = cls.build(cls.edits) if cls.edits else REPLAY

    @classmethod
    def build(cls, edits: list[Edit]) -> Path:
        """The replay with another driver."""
        for name in sorted({name for name, _, _ in edits} | {DRIVER, QUEUE}):
            text = (TOP / "ports" / name).read_text()
            for _, old, new in (edit for edit in edits if edit[0] == name):
                if text.count(old) != 1:
                    raise AssertionError(f"ports/{name} has not {old!r} once: adapt this test")
                text = text.replace(old, new)
            (cls.folder / name).parent.mkdir(exist_ok=True)
            (cls.folder / name).write_text(text)
        program = cls.folder / "replay"
        includes = [cls.folder, TOP / "include", TOP / "ports"]
        argv = [*COMPILER, "-std=c11", "-g", "-DTZVMM_MMIO_MODEL", *FLAGS]
        argv += [f"-I{path}" for path in includes]
        # The edited driver comes first: the library's own is not taken then.
        argv += [cls.folder / DRIVER, cls.folder / QUEUE, *LIBRARIES, "-lcmocka", "-o", program]
        out = subprocess.run(list(map(str, argv)), capture_output=True, text=True, timeout=120)
        if out.returncode != 0:
            raise AssertionError(out.stderr)
        return program

    def replay(self, entries: list[Entry], *options: str, status: int = 0) -> list[str]:
        """What it says; the new dump is self.replayed."""
        before, after = self.folder / "before", self.folder / "after"
        before.write_bytes(dump(Recording(entries)))
        after.unlink(missing_ok=True)
        out = subprocess.run([self.program, *options, before, after], capture_output=True,
                             text=True, timeout=60)  # fmt: skip
        self.assertEqual(out.returncode, status, out.stdout + out.stderr)
        self.replayed = read(after).entries if after.exists() else []
        return out.stdout.splitlines() + out.stderr.splitlines()


class OurDriver(Replay):
    def test_nothing_is_found_with_the_erratum_or_without(self) -> None:
        entries = session()
        for timing, erratum in itertools.product(((), ("--timing",)), ((), ("--early-tc",))):
            self.replay(entries, *timing, *erratum)
            self.assertEqual(asked(self.replayed), asked(entries))
            self.assertEqual({e.status for e in self.replayed}, {"OK"})
            self.assertEqual(anomalies(Recording(self.replayed), BUS_MB_S), [])

    def test_a_card_that_programs_long_or_not_at_all_changes_nothing(self) -> None:
        for us in ("0", "20000"):
            self.replay(session(60), "--early-tc", "--program-us", us)

    def test_recorded_times_are_kept(self) -> None:
        entries = [entry(n, "read", 8 * n, 8, 3_000 * n, 300) for n in range(100)]
        self.replay(entries, "--timing")
        origin = self.replayed[0].start_us
        for then, now in zip(entries, self.replayed, strict=True):
            self.assertLessEqual(abs(now.start_us - origin - then.start_us), 20)
        self.replay(entries)
        self.assertLess(self.replayed[-1].end_us - self.replayed[0].start_us, 100 * 300)

    def test_writes_take_the_bus_and_the_card(self) -> None:
        self.replay([entry(n, "write", 8 * n, 8, 9_000 * n, 1) for n in range(9)], "--timing")
        for now in self.replayed:
            self.assertGreaterEqual(now.duration_us, 4096 / BUS_MB_S + PROGRAM_US)

    def test_requests_for_the_same_sectors_wait_for_each_other(self) -> None:
        entries = [entry(n, ("write", "read")[n % 2], 0, 8, 0, 9_000) for n in range(40)]
        for timing in ((), ("--timing",)):
            self.replay(entries, *timing)
            self.assertEqual(anomalies(Recording(self.replayed), BUS_MB_S), [])

    def test_a_dump_that_is_none_is_refused(self) -> None:
        raw = dump(Recording(session(3)))
        for data, part in ((b"", "no dump"), (raw[:-1], "cut"), (b"x" + raw[1:], "no dump"),
                           (raw[:16] + b"\xff" * 4 + raw[20:], "no dump")):  # fmt: skip
            (self.folder / "bad").write_bytes(data)
            out = subprocess.run([REPLAY, self.folder / "bad"], capture_output=True, text=True,
                                 timeout=60)  # fmt: skip
            self.assertEqual(out.returncode, 2)
            self.assertIn(part, out.stderr)
        long = entry(0, "read", 0, 1 << 20, 0, 1)
        self.assertIn("request 0", "".join(self.replay([long], status=2)))

    def test_what_cannot_be_asked_again_is_left_out(self) -> None:
        failed = Entry(0, "read", 0, 0, 1 << 40, 8, 0, 9, "RANGE")
        odd = [failed, Entry(1, "?", 0, 0, 0, 8, 5, 9, "OK"), entry(2, "discard", 0, 8, 9, 9)]
        told = self.replay([*odd, entry(3, "read", 0, 8, 99, 9)])
        self.assertIn("1 requests replayed", told[-1])
        self.assertIn("3 left out", told[-1])


class DriverThatDoesNotWait(Replay):
    """The erratum: a transfer is complete, the host says, and the card still programs."""

    edits = NO_WAIT

    def test_the_first_write_is_named(self) -> None:
        entries = session()
        first = min((e for e in entries if e.op == "write"), key=lambda e: (e.start_us, e.seq))
        for timing in ((), ("--timing",)):
            told = self.replay(entries, "--early-tc", *timing, status=1)
            wanted = rf"request {first.seq} \(write sector {first.sector} .*: answered (\d+) us before"
            match = re.match(wanted, told[0])
            self.assertIsNotNone(match, told[0])
            self.assertLessEqual(int(match[1]), PROGRAM_US)
            self.assertIn("a power cut here", told[0])

    def test_it_is_the_erratum_that_is_found(self) -> None:
        # Writes of one sector: without the erratum their completion means what it says.
        entries = session(200, sizes=(1,))
        self.replay(entries)
        told = self.replay(entries, "--early-tc", status=1)
        self.assertRegex(told[0], r"^request \d+ \(write .* loses all 1 of its sectors")

    def test_the_next_request_meets_a_busy_card(self) -> None:
        pair = [entry(0, "write", 0, 8, 0, 500), entry(1, "read", 64, 8, 1, 900)]
        told = self.replay(pair, "--early-tc", status=1)
        self.assertRegex(told[1], r"^request 1 \(read sector 64 .*: failed: TIMEOUT")

    def test_a_write_is_torn_where_it_was_cut(self) -> None:
        # The card has had some of its time when the stop command is answered.
        told = self.replay([entry(0, "write", 0, 256, 0, 9)], "--early-tc", status=1)
        match = re.search(r"tears it and loses (\d+) of its sectors, from (\d+) on", told[0])
        self.assertIsNotNone(match, told[0])
        self.assertEqual(int(match[1]) + int(match[2]), 256)
        self.assertGreater(int(match[1]), 200)


class DriverThatWritesElsewhere(Replay):
    edits = WRONG_SECTOR

    def test_the_reader_of_foreign_data_is_named_and_their_writer(self) -> None:
        entries = [
            entry(0, "write", 0, 8, 0, 500),
            entry(1, "write", 64, 8, 1_000, 500),
            entry(2, "read", 0, 8, 2_000, 500),
        ]
        told = self.replay(entries, status=1)
        self.assertRegex(
            told[0], r"^request 1 .* 8 of its sectors are not there; sector 64 has what nobody"
        )
        self.assertEqual(
            told[1],
            "request 2 (read sector 0 + 8, client 2.0): sector 0 has what request 1"
            " (write sector 64 + 8, client 1.1) has put elsewhere, not that of request 0"
            " (write sector 0 + 8, client 0.0)",
        )

    def test_sectors_that_nobody_asked_for_are_told(self) -> None:
        told = self.replay([entry(0, "write", 64, 8, 0, 500)], status=1)
        self.assertIn("at the end: 8 sectors were written that nobody asked to, first 0", told)


class DriverThatLeavesTheEndInTheCache(Replay):
    edits = LAZY_CACHE

    def test_a_mixture_of_two_writes_is_no_data(self) -> None:
        pair = [entry(0, "write", 0, 8, 0, 9), entry(1, "write", 64, 8, 9_000, 9)]
        told = self.replay(pair, "--timing", status=1)
        self.assertRegex(
            told[0], "^request 1 .* 1 of its sectors are not there; sector 71 has bytes that nobody"
        )


class DriverThatBreaksARule(Replay):
    edits = NO_DMA

    def test_the_model_ends_it_and_the_request_is_named(self) -> None:
        told = self.replay([entry(7, "write", 0, 8, 0, 500)], status=255)
        self.assertIn("under way: request 7 (write sector 0 + 8, client 1.1)", told)


class DriverThatReadsStaleMemory(Replay):
    edits = STALE_CACHE

    def test_the_reader_is_named(self) -> None:
        told = self.replay([entry(7, "read", 0, 8, 0, 500)], status=1)
        self.assertRegex(told[0], r"^request 7 .* sector 0 has bytes that nobody wrote")


def main() -> None:
    global REPLAY, FLAGS, COMPILER, LIBRARIES
    replay, flags, *rest = sys.argv[1:]
    split = rest.index("--")
    REPLAY, FLAGS = Path(replay), flags.split()
    COMPILER, LIBRARIES = rest[:split], rest[split + 1 :]
    unittest.main(argv=sys.argv[:1])


if __name__ == "__main__":
    main()
