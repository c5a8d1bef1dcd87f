#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tools/blkrec: what it reads, what it finds, and that the programs it writes for
understand it."""

import itertools
import json
import random
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(TOP / "tools")]

from tzvmm_tools import blkrec_card, blkrec_compare, blkrec_export, blkrec_plot, blkrec_stats  # noqa: E402
from tzvmm_tools.base import Failure  # noqa: E402
from tzvmm_tools.blkrec_read import (  # noqa: E402
    OPS,
    Entry,
    Recording,
    dump,
    line,
    read,
    to_csv,
)

BLKREC = TOP / "tools" / "blkrec"
MB_S = Fraction(25)  # a sector takes 20.48 us


def entry(seq: int, op: str = "read", **more: object) -> Entry:
    values = {
        "client": 0,
        "queue": 0,
        "sector": 8 * seq,
        "nr_sectors": 0 if op == "flush" else 8,
        "start_us": 1000 * seq,
        "duration_us": 500,
        "status": "OK",
    }
    return Entry(seq, op, **{**values, **more})


def mixed(count: int, seed: int = 4) -> list[Entry]:
    """Requests as a disk sees them, in the order of their answers."""
    chance = random.Random(seed)
    made = []
    for place in range(count):
        op = chance.choice(OPS)
        made.append(
            (
                chance.randrange(1_000_000) + 7_000_000_000,
                {
                    "op": op,
                    "client": chance.randrange(4),
                    "queue": chance.randrange(3),
                    "sector": 0 if op == "flush" else chance.randrange(2000),
                    "nr_sectors": 0 if op == "flush" else chance.randrange(1, 64),
                    "duration_us": chance.randrange(5000),
                    "status": chance.choice(["OK"] * 9 + ["IO"]),
                },
            )
        )
    made.sort(key=lambda one: one[0] + one[1]["duration_us"])
    return [
        entry(seq, start_us=start, **fields)  # type: ignore[arg-type]
        for seq, (start, fields) in enumerate(made, 5)
    ]


class InFolder(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, data: bytes | str, name: str = "record") -> Path:
        path = self.folder / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def refused(self, data: bytes | str) -> str:
        with self.assertRaises(Failure) as caught:
            read(self.write(data))
        return str(caught.exception)


class Binary(InFolder):
    def test_a_dump_comes_back(self) -> None:
        entries = mixed(100)
        recording = read(self.write(dump(Recording(entries))))
        self.assertEqual(recording.entries, entries)
        self.assertEqual(recording.lost, 5)

    def test_the_layout_is_that_of_the_header_file(self) -> None:
        raw = struct.pack("<IIIIIIQ", 0x52565A54, 1, 32, 32, 1, 0, 9)
        raw += struct.pack("<QQIIIBBBB", 1 << 40, 1 << 33, 77, 16, 9, 1, 2, 1, 9)
        made = entry(
            9, "write", client=1, queue=2, sector=1 << 33, nr_sectors=16, start_us=1 << 40,
            duration_us=77, status="TIMEOUT",
        )  # fmt: skip
        self.assertEqual(read(self.write(raw)).entries, [made])
        self.assertEqual(dump(Recording([made], 9)), raw)

    def test_a_later_layout_with_more_in_it_is_read(self) -> None:
        raw = dump(Recording([entry(0), entry(1)]))
        longer = raw[:8] + struct.pack("<II", 64, 48) + raw[16:32] + bytes(32)
        longer += raw[32:64] + bytes(16) + raw[64:] + bytes(16)
        self.assertEqual(read(self.write(longer)).entries, [entry(0), entry(1)])

    def test_what_follows_in_a_partition_is_left_alone(self) -> None:
        raw = dump(Recording([entry(0)])) + b"\xa5" * 1000
        self.assertEqual(read(self.write(raw)).entries, [entry(0)])

    def test_its_numbers_go_on_past_32_bits(self) -> None:
        entries = [entry(n, start_us=0) for n in range(0xFFFFFFFE, 0x100000003)]
        self.assertEqual(read(self.write(dump(Recording(entries)))).entries, entries)

    def test_unknown_codes_are_no_crash(self) -> None:
        raw = bytearray(dump(Recording([entry(0)])))
        raw[-2:] = b"\xfe\xfd"
        found = read(self.write(bytes(raw))).entries[0]
        self.assertEqual((found.op, found.status, found.ok), ("?", "?", False))

    def test_damage_is_refused_with_advice(self) -> None:
        raw = dump(Recording([entry(0), entry(1)]))
        self.assertIn("copy", self.refused(raw[:-1]))
        self.assertIn("copy", self.refused(raw[:20]))
        self.assertIn("update", self.refused(raw[:4] + b"\2" + raw[5:]))
        self.assertIn("copy", self.refused(raw[:12] + b"\0" + raw[13:]))
        self.assertIn("copy", self.refused(raw[:32] + raw[64:96] + raw[32:64]))
        self.assertIn("no request", self.refused(raw[:16] + bytes(16)))
        self.assertIn("empty", self.refused(b""))

    def test_any_flipped_byte_is_read_or_refused(self) -> None:
        raw = dump(Recording(mixed(3)))
        for place, value in itertools.product(range(len(raw)), (0, 0x7F, 0xFF)):
            path = self.write(raw[:place] + bytes([value]) + raw[place + 1 :])
            try:
                report, _ = blkrec_stats.report(read(path), MB_S)
            except Failure:
                continue
            self.assertTrue(report)


class Log(InFolder):
    def test_a_line_is_that_of_the_library(self) -> None:
        # tests/unit/blk/test_record.c has the same.
        made = entry(0x12, sector=0x40, start_us=0x12345, duration_us=0xAB)
        self.assertEqual(
            line(made),
            "rec 00000012 r 00 00 000000000040 0008 000000012345 000000ab OK 9f52",
        )

    def test_lines_are_found_among_others(self) -> None:
        entries = mixed(30)
        text = "U-Boot\r\n[    1.000000 monitor] tzvmm\r\n"
        for one in entries:
            text += f"[   12.000001 monitor] {line(one)}\r\n[   12.000002 guest  ] noise\r\n"
        recording = read(self.write(text))
        self.assertEqual((recording.entries, recording.notes), (entries, []))
        self.assertEqual(recording.lost, 5)
        bare = "".join(line(one) + "\n" for one in entries)
        self.assertEqual(read(self.write(bare)).entries, entries)

    def test_a_line_that_somebody_interrupted_is_put_together(self) -> None:
        text = line(entry(3))
        log = f"[    1.000000 monitor] {text[:20]}\\\n[    1.000001 guest  ] hi\n"
        log += f"[    1.000000 monitor] {text}\n"
        self.assertEqual(read(self.write(log)).entries, [entry(3)])
        log = f"[    1.000000 monitor] {text[:30]}\n[    1.000000 monitor]+{text[30:]}\n"
        self.assertEqual(read(self.write(log)).entries, [entry(3)])

    def test_a_damaged_line_is_left_out_and_told(self) -> None:
        good = line(entry(0)) + "\n"
        for place in range(4, len(good) - 1):
            bad = line(entry(1))
            bad = bad[:place] + ("0" if bad[place] != "0" else "1") + bad[place + 1 :]
            recording = read(self.write(good + bad + "\n"))
            self.assertEqual(recording.entries, [entry(0)])
        recording = read(self.write(good + line(entry(1))[:-2] + "\n"))
        self.assertEqual(recording.notes, ["1 damaged lines were left out"])
        self.assertIn("1 damaged", self.refused(line(entry(1))[:-2]))

    def test_a_guest_cannot_invent_requests(self) -> None:
        log = f"[    1.000000 monitor] {line(entry(0))}\n[    1.000000 guest  ] {line(entry(1))}\n"
        log += f"[    1.000000 guest  ] [    1.000000 monitor] {line(entry(2))}\n"
        recording = read(self.write(log))
        self.assertEqual(recording.entries, [entry(0)])
        self.assertEqual(recording.notes, ["2 lines that the monitor did not write were left out"])

    def test_a_second_dump_goes_on_where_the_first_ended(self) -> None:
        entries = mixed(20)
        text = "\n".join(line(one) for one in entries[:12] + entries[4:])
        recording = read(self.write(text))
        self.assertEqual((recording.entries, recording.notes), (entries, []))

    def test_a_restart_begins_a_new_recording(self) -> None:
        first, second = mixed(9, 1), mixed(7, 2)
        recording = read(self.write("\n".join(map(line, first + second))))
        self.assertEqual(recording.entries, second)
        self.assertEqual(recording.notes, ["1 earlier runs of the monitor were left out"])

    def test_something_else_is_refused_with_advice(self) -> None:
        self.assertIn("let the monitor dump", self.refused("Linux version 6.1\n"))
        self.assertIn("let the monitor dump", self.refused(bytes(range(256)) * 9))
        self.assertIn("No such file", self.missing())

    def missing(self) -> str:
        with self.assertRaises(Failure) as caught:
            read(self.folder / "none")
        return str(caught.exception)


class OnACard(InFolder):
    """A record that the monitor has saved to a partition."""

    START = 2048 * 512

    def card(self, sectors: int = 600) -> Path:
        path = self.folder / "card.img"
        with path.open("wb") as file:
            file.truncate(4 << 20)
        subprocess.run(["/usr/sbin/sfdisk", "-q", path], input=f"start=2048, size={sectors}, type=da\n",
                       text=True, check=True)
        return path

    def save(self, card: Path, slot: int, generation: int, entries: list[Entry]) -> None:
        """As lib/blk/record_save.c does it."""
        raw = dump(Recording(entries))
        body = raw[32:].ljust(-(-len(raw[32:]) // 512) * 512, b"\0")
        head = struct.pack("<4sIQII32sI", b"TZVS", 1, generation, 257, zlib.crc32(body), raw[:32], 0)
        with card.open("r+b") as file:
            file.seek(self.START + slot * 257 * 512)
            file.write((head + struct.pack("<I", zlib.crc32(head))).ljust(512, b"\0") + body)

    def test_the_newest_slot_counts(self) -> None:
        card = self.card()
        blkrec_card.prepare(card, "1")
        old, new = [entry(n) for n in range(20)], [entry(n) for n in range(5, 40)]
        self.save(card, 0, 1, old)
        self.assertEqual(blkrec_card.read(card, "1").entries, old)
        self.save(card, 1, 2, new)
        self.assertEqual(blkrec_card.read(card, "1").entries, new)
        self.save(card, 0, 3, old)
        self.assertEqual(blkrec_card.read(card, "1").entries, old)

    def test_a_slot_that_is_torn_leaves_the_other(self) -> None:
        card = self.card()
        blkrec_card.prepare(card, "1")
        old = [entry(n) for n in range(20)]
        for torn in (0, 1):
            self.save(card, 1 - torn, 1, old)
            self.save(card, torn, 2, [entry(30)])
            with card.open("r+b") as file:
                file.seek(self.START + torn * 257 * 512 + 16)
                file.write(b"\xff")
            self.assertEqual(blkrec_card.read(card, "1").entries, old)

    def test_what_is_no_record_is_refused(self) -> None:
        card = self.card()
        for what, why in ((lambda: blkrec_card.read(card, "1"), "holds no record"),
                          (lambda: blkrec_card.read(card, "2"), "no partition 2"),
                          (lambda: blkrec_card.prepare(card, "PARTLABEL=x"), "no partition"),
                          (lambda: blkrec_card.prepare(self.card(513), "1"), "needs")):
            with self.assertRaisesRegex(Failure, why):
                what()
        card = self.card()
        blkrec_card.prepare(card, "1")
        with self.assertRaisesRegex(Failure, "holds no record"):
            blkrec_card.read(card, "1")
        self.save(card, 0, 1, [entry(0)])
        with card.open("r+b") as file:
            file.seek(self.START + 512 + 100)
            file.write(b"\xff")
        with self.assertRaisesRegex(Failure, "checksum"):
            blkrec_card.read(card, "1")


class Csv(InFolder):
    def test_a_table_comes_back(self) -> None:
        entries = mixed(50)
        text = "\n".join(to_csv(entries))
        self.assertEqual(read(self.write(text)).entries, entries)

    def test_a_bad_row_is_named(self) -> None:
        head, *rows = to_csv([entry(0), entry(1, sector=9)])
        for old, new in (("read", "raed"), ("OK", "ok"), (",8,", ",x,"), (",8,", ",-1,"),
                         (",8,", ",4294967296,"), (",OK", "")):  # fmt: skip
            bad = rows[1].replace(old, new, 1)
            self.assertIn("record:3: ", self.refused("\n".join([head, rows[0], bad])))
        self.assertIn("number them", self.refused("\n".join([head, rows[0], rows[0]])))
        self.assertIn("no column status", self.refused(head.removesuffix(",status")))
        self.assertIn("no request", self.refused(head))


class Statistics(unittest.TestCase):
    def anomalies(self, *entries: Entry, mb_s: Fraction | None = MB_S) -> list[str]:
        return blkrec_stats.anomalies(Recording(list(entries)), mb_s)

    def test_percentiles_are_values_that_were_seen(self) -> None:
        for size in range(1, 40):
            values = list(range(10, 10 + size))
            for percent in (1, 50, 90, 99, 100):
                found = blkrec_stats.percentile(values, percent)
                self.assertGreaterEqual(sum(v <= found for v in values) * 100, percent * size)
                self.assertLess(sum(v < found for v in values) * 100, percent * size)

    def test_a_report_has_counts_gaps_and_failures(self) -> None:
        entries = [entry(2), entry(3, duration_us=700), entry(6, "flush", status="IO")]
        lines, bad = blkrec_stats.report(Recording(entries, 2), MB_S)
        self.assertFalse(bad)
        text = "\n".join(" ".join(each.split()) for each in lines)
        self.assertIn("read 4096 2 8192 500 700 700 700", text)
        self.assertIn("failed: 1 x flush IO", text)
        self.assertIn("lost before the first: 2", text)
        self.assertIn("gap: 2 missing behind request 3", text)
        self.assertIn("3 requests in 0.004500 s, 1.820 MB/s, at most 1 at a time", text)
        self.assertTrue(text.endswith("anomalies: 0"))

    def test_a_write_beside_a_request_for_its_sectors_is_an_anomaly(self) -> None:
        for first, second in itertools.product(("read", "write"), repeat=2):
            a = entry(0, first, start_us=0, sector=10, duration_us=900)
            for sector, start, queue in itertools.product((2, 3, 17, 18), (0, 899, 900), (0, 1)):
                b = entry(1, second, start_us=start, sector=sector, queue=queue, duration_us=999)
                odd = "write" in (first, second) and sector in (3, 17)
                odd = odd and start < 900 and queue == 0
                self.assertEqual(bool(self.anomalies(a, b)), odd, (a, b))

    def test_an_answer_before_its_bytes_is_an_anomaly(self) -> None:
        for us in range(150, 180):
            found = self.anomalies(entry(0, "write", duration_us=us))
            self.assertEqual(len(found), int(us < 163), us)  # 163.84, less 1 to round
        self.assertIn("request 0 (write sector 0 + 8, client 0.0)", found[0] if found else
                      self.anomalies(entry(0, "write", duration_us=9))[0])  # fmt: skip
        self.assertEqual(self.anomalies(entry(0, "write", duration_us=9), mb_s=None), [])
        self.assertEqual(self.anomalies(entry(0, "write", duration_us=9, status="IO")), [])
        self.assertEqual(self.anomalies(entry(0, "discard", duration_us=9)), [])

    def test_requests_share_the_bus(self) -> None:
        together = [entry(n, start_us=0, sector=8 * n, duration_us=500) for n in range(3)]
        self.assertEqual(self.anomalies(*together), [])
        together.append(entry(3, start_us=0, duration_us=500))
        self.assertEqual(len(self.anomalies(*together)), 1)

    def test_whatever_a_bus_can_do_is_no_anomaly(self) -> None:
        # A bus that takes any of the requests that wait, and answers in bunches.
        chance = random.Random(6)
        for _ in range(200):
            now, entries, waiting = Fraction(0), [], []
            for n in range(30):
                now += chance.choice((0, 10, 300))
                waiting.append((n, int(now), chance.randrange(1, 30)))
                while waiting and chance.random() < 0.5:
                    served = [
                        waiting.pop(chance.randrange(len(waiting)))
                        for _ in range(chance.randrange(1, len(waiting) + 1))
                    ]
                    now += Fraction(sum(size for _, _, size in served) * 512, 25)
                    entries += [
                        entry(m, start_us=start, duration_us=int(now) - start, nr_sectors=size)
                        for m, start, size in served
                    ]
            self.assertEqual(list(blkrec_stats.too_early(entries, MB_S)), [])

    def test_an_answer_behind_a_later_one_is_an_anomaly(self) -> None:
        found = self.anomalies(entry(5), entry(6, start_us=5100, duration_us=300))
        self.assertEqual(len(found), 1)
        self.assertIn("request 6", found[0])


class Fio(InFolder):
    """Debian's fio takes what is exported, and does what was recorded."""

    def replay(self, lines: list[str]) -> dict[str, object]:
        iolog = self.write("\n".join(lines) + "\n", "iolog")
        with self.disk.open("wb") as disk:
            disk.truncate(2 << 20)
        out = subprocess.run(
            ["fio", "--name=replay", f"--read_iolog={iolog}", f"--filename={self.disk}",
             "--ioengine=psync", "--size=2M", "--output-format=json"],
            cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
            check=True,
        )  # fmt: skip
        self.assertNotIn("iolog:", out.stderr)
        job = json.loads(out.stdout[out.stdout.index("{") :])["jobs"][0]
        self.assertEqual(job["error"], 0)
        return job

    def check(self, version: int) -> None:
        self.disk = self.folder / "disk"
        entries = [e for e in mixed(60) if e.op != "discard"]
        wanted = [e for e in entries if e.ok]
        lines = list(blkrec_export.fio(Recording(entries), version, str(self.disk)))
        job = self.replay(lines)
        reads = [e for e in wanted if e.op == "read"]
        writes = [e for e in wanted if e.op in ("write", "zeroes")]
        self.assertEqual(job["read"]["total_ios"], len(reads))
        self.assertEqual(job["write"]["total_ios"], len(writes))
        self.assertEqual(job["read"]["io_bytes"], sum(e.nr_sectors for e in reads) * 512)
        self.assertEqual(job["write"]["io_bytes"], sum(e.nr_sectors for e in writes) * 512)
        self.assertEqual(job["sync"]["total_ios"], sum(e.op == "flush" for e in wanted))
        # The recorded second passes; fio counts the start of its own for version 2.
        self.assertGreater(job["job_runtime"], 400)
        self.assertEqual([p.name for p in self.folder.glob("disk*")], ["disk"])

    def test_version_2(self) -> None:
        self.check(2)

    def test_version_3(self) -> None:
        self.check(3)

    def test_requests_go_out_in_the_order_of_submission(self) -> None:
        late = entry(0, start_us=5000, sector=1)
        early = entry(1, "write", start_us=1000, duration_us=9000, sector=2)
        lines = list(blkrec_export.fio(Recording([late, early]), 3, "f"))
        self.assertEqual(lines[3:5], ["1 f write 1024 4096", "4001 f read 512 4096"])

    def test_a_discard_is_a_trim(self) -> None:
        lines = list(blkrec_export.fio(Recording([entry(0, "discard")]), 2, "f"))
        self.assertEqual(lines[3], "f trim 0 4096")


class Compare(unittest.TestCase):
    """A run and its replay."""

    RUN = [entry(n, ("read", "write", "flush")[n % 3], nr_sectors=0 if n % 3 == 2 else 8,
                 start_us=1000 * n) for n in range(30)]

    def found(self, new: list[Entry], percent: int | None = None) -> list[str]:
        lines, differ = blkrec_compare.report(Recording(self.RUN), Recording(new), percent)
        found = [text for text in lines if text.startswith("only") or "differs" in text]
        self.assertEqual(differ, bool(found))
        return found

    def test_a_run_is_like_itself_at_another_time(self) -> None:
        later = [replace(e, seq=e.seq + 5, start_us=e.start_us + 77) for e in self.RUN]
        self.assertEqual(self.found(later, 0), [])

    def test_each_difference_is_named(self) -> None:
        for change in ({"op": "write"}, {"sector": 9}, {"nr_sectors": 7}, {"status": "IO"}):
            new = [*self.RUN]
            new[6] = replace(new[6], **change)
            self.assertEqual(len(self.found(new)), 2, change)

    def test_order_and_number_count(self) -> None:
        self.assertEqual(len(self.found(self.RUN[:-1])), 1)
        self.assertEqual(len(self.found([*self.RUN, replace(self.RUN[3], seq=99, start_us=99999)])), 1)
        swapped = [*self.RUN]
        swapped[3] = replace(swapped[3], start_us=swapped[4].start_us + 1)
        self.assertEqual(len(self.found(swapped)), 2)

    def test_times_count_if_asked_for(self) -> None:
        faster = [replace(e, start_us=e.start_us // 2) for e in self.RUN]
        self.assertEqual(self.found(faster), [])
        self.assertEqual(len(self.found(faster, 20)), 2)
        slightly = [replace(e, start_us=e.start_us * 9 // 10) for e in self.RUN]
        self.assertEqual(self.found(slightly, 20), [])

    def test_a_log_for_a_disk_begins_where_the_disk_does(self) -> None:
        run = Recording([entry(n, sector=2048 + n) for n in range(4)])
        self.assertEqual([e.sector for e in blkrec_export.moved(run, 2048).entries], [0, 1, 2, 3])
        with self.assertRaisesRegex(Failure, "not on a disk"):
            blkrec_export.moved(run, 2049)

    def test_a_part_of_a_record(self) -> None:
        run = Recording([entry(n, client=n % 2) for n in range(6)])
        self.assertEqual([e.seq for e in run.only(1, 2).entries], [3, 5])
        with self.assertRaisesRegex(Failure, "no such request"):
            run.only(7, 0)


class Blkparse(InFolder):
    """The text is the one that blkparse prints for the same events."""

    ACTIONS = {"Q": 1, "C": 8}
    CLASSES = {"read": 1 << 0, "write": 1 << 1, "flush": 1 << 2, "zeroes": 1 << 1,
               "discard": (1 << 13) | (1 << 1)}  # fmt: skip

    def traced(self, entries: list[Entry]) -> str:
        """What the real one prints, given the kernel's own format."""
        events = [(e.start_us, 0, "Q", e) for e in entries]
        events += [(e.end_us, 1, "C", e) for e in entries]
        events.sort(key=lambda event: (event[0], event[3].seq, event[1]))
        origin = events[0][0]
        raw = b""
        for number, (us, _, action, e) in enumerate(events, 1):
            name = f"client{e.client}".encode()
            # The process's name comes as an event of its own.
            raw += struct.pack("<IIQQIIIIIHH", 0x65617407, 0, 0, 0, 0, 1 << 26, e.client,
                               179 << 20, 0, 0, len(name) + 1) + name + b"\0"  # fmt: skip
            code = self.ACTIONS[action] | self.CLASSES[e.op] << 16
            error = 0 if e.ok or action == "Q" else 5
            raw += struct.pack("<IIQQIIIIIHH", 0x65617407, number, (us - origin) * 1000, e.sector,
                               e.nr_sectors * 512, code, e.client, 179 << 20, e.queue, error, 0)  # fmt: skip
        self.write(raw, "trace.blktrace.0")
        out = subprocess.run(["blkparse", "-i", "trace", "-q"], cwd=self.folder, check=True,
                             capture_output=True, text=True, timeout=60).stdout  # fmt: skip
        return out[: out.index("\n\n")] if "\n\n" in out else out

    def test_it_looks_like_the_real_one(self) -> None:
        entries = [entry(n, op, start_us=10_000_000 + 700 * n, duration_us=650, queue=0, client=n + 1,
                         status="OK" if n != 1 else "IO") for n, op in enumerate(OPS)]  # fmt: skip
        ours = list(blkrec_export.blkparse(Recording(entries)))
        theirs = [x for x in self.traced(entries).splitlines() if x.startswith("179")]
        self.assertEqual(ours, theirs[: len(ours)])

    def test_a_request_is_queued_before_it_completes(self) -> None:
        lines = list(blkrec_export.blkparse(Recording(mixed(200))))
        under_way = 0
        times = [line.split()[3] for line in lines]
        self.assertEqual(times, sorted(times))
        for each in lines:
            under_way += 1 if each.split()[5] == "Q" else -1
            self.assertGreaterEqual(under_way, 0)
        self.assertEqual((len(lines), under_way), (400, 0))


class Plot(InFolder):
    def test_a_picture_is_drawn(self) -> None:
        for name, entries in (("many", mixed(300)), ("one", [entry(0, "flush", duration_us=0)])):
            picture = self.folder / f"{name}.png"
            blkrec_plot.draw(Recording(entries), picture)
            data = picture.read_bytes()
            self.assertTrue(data.startswith(b"\x89PNG"))
            self.assertGreater(len(data), 10_000)

    def test_throughput_has_all_bytes_where_they_moved(self) -> None:
        entries = [e for e in mixed(100) if e.moved]
        origin = min(e.start_us for e in entries)
        width = (max(e.end_us for e in entries) - origin) / blkrec_plot.BINS
        total = sum(blkrec_plot.binned(entries, origin, width)) * width
        self.assertAlmostEqual(total / sum(e.moved for e in entries), 1)
        one = [entry(0, start_us=0, duration_us=100)]
        self.assertEqual([x > 0 for x in blkrec_plot.binned(one, 0, 10.0)[:11]], [True] * 10 + [False])

    def test_a_name_that_is_no_picture_is_refused(self) -> None:
        with self.assertRaises(Failure) as caught:
            blkrec_plot.draw(Recording([entry(0)]), self.folder / "out.xyz")
        self.assertIn(".png", str(caught.exception))


class CommandLine(InFolder):
    def blkrec(self, *args: object, status: int = 0) -> subprocess.CompletedProcess[str]:
        out = subprocess.run([BLKREC, *map(str, args)], cwd=self.folder, capture_output=True,
                             text=True, timeout=60)  # fmt: skip
        self.assertEqual(out.returncode, status, out.stderr)
        return out

    def test_every_command_works_on_a_dump(self) -> None:
        record = self.write(dump(Recording(mixed(40))))
        self.assertEqual(self.blkrec("csv", record).stdout.count("\n"), 41)
        self.assertIn("version 3", self.blkrec("fio", record).stdout)
        self.assertIn("wait", self.blkrec("fio", record, "--version", 2, "--file", "x").stdout)
        self.assertEqual(self.blkrec("blkparse", record).stdout.count("\n"), 80)
        self.assertIn("p99", self.blkrec("stats", record, "-o", "out", "--mb-s", 0.01, status=1).stdout
                      + (self.folder / "out").read_text())  # fmt: skip
        self.blkrec("plot", record, "out.png")
        self.blkrec("csv", record, "-o", "out.csv")
        self.blkrec("dump", "out.csv", "out.bin")
        self.assertEqual((self.folder / "out.bin").read_bytes(), record.read_bytes())

    def test_errors_are_sentences_that_say_what_to_do(self) -> None:
        record = self.write(dump(Recording([entry(0)])))
        for args, part in (
            ((), "--help"),
            (("csv",), "--help"),
            (("stats", record, "--mb-s", "0"), "no speed; 25"),
            (("stats", record, "--mb-s", "nan"), "no speed; 25"),
            (("fio", record, "--file", "a b"), "without blanks"),
            (("csv", record, "-o", "none/none/\0"), "blkrec"),
            (("plot", record, "none/x.png"), "No such file"),
            (("csv", self.folder / "none"), "No such file"),
            (("csv", self.folder), "directory"),
        ):
            if any("\0" in str(arg) for arg in args):
                continue
            told = self.blkrec(*args, status=200).stderr
            self.assertIn(part, told)
            self.assertNotIn("Traceback", told)

    def test_a_reader_that_leaves_early_is_no_error(self) -> None:
        record = self.write(dump(Recording([entry(0)])))
        with subprocess.Popen([BLKREC, "csv", record], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as child:  # fmt: skip
            child.stdout.close()
            self.assertEqual((child.stderr.read(), child.wait(60)), ("", 0))


if __name__ == "__main__":
    unittest.main()
