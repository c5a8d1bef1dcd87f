#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Partition tables that sfdisk and sgdisk make: the library finds what they list.

usage: test_ptable_tools.py PTABLE_PRINT SFDISK SGDISK
"""

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import unittest
import uuid
from dataclasses import dataclass, field
from pathlib import Path

PRINT, SFDISK, SGDISK = sys.argv[1:4]
# It is a file: there is no kernel to tell, and to wait for.
SFDISK_WRITE = (SFDISK, "-q", "--no-reread", "--no-tell-kernel")
SECTOR = 512
ROUNDS = 80  # layouts of each kind
EXTENDED = {"5", "f", "85"}


@dataclass(frozen=True)
class Part:
    """A partition. An MBR has a type in hexadecimal, a GPT has GUIDs and a name."""

    number: int
    start: int
    size: int
    kind: str
    guid: str = ""
    name: str = ""


@dataclass
class Table:
    """What the library says of a disk."""

    head: str
    parts: list[Part] = field(default_factory=list)
    found: list[str] = field(default_factory=list)


def parse_part(line: str) -> Part:
    number, start, size, kind, type_guid, guid, label = line.split()[1:]
    if int(type_guid, 16) == 0:
        return Part(int(number), int(start), int(size), kind)
    name = bytes.fromhex(label).decode("utf-16-be").split("\0")[0]
    return Part(int(number), int(start), int(size), str(uuid.UUID(bytes_le=bytes.fromhex(type_guid))),
                str(uuid.UUID(bytes_le=bytes.fromhex(guid))), name)


def ours(image: Path, *selectors: str) -> Table:
    ran = subprocess.run([PRINT, image, *selectors], capture_output=True, text=True, check=True)
    head, *lines = ran.stdout.splitlines()
    parts = [parse_part(line) for line in lines if line.startswith("part ")]
    return Table(head, parts, [line for line in lines if not line.startswith("part ")])


def theirs(image: Path) -> list[Part]:
    """What sfdisk lists, without the extended partition, which we do not list."""
    ran = subprocess.run([SFDISK, "--json", image], capture_output=True, text=True, check=True)
    parts = []
    for entry in json.loads(ran.stdout)["partitiontable"].get("partitions", []):
        number = int(re.search(r"\d+$", entry["node"])[0])
        kind = entry["type"].lower()
        if kind not in EXTENDED:
            parts.append(Part(number, entry["start"], entry["size"], kind,
                              entry.get("uuid", "").lower(), entry.get("name", "")))
    return sorted(parts, key=lambda part: part.number)


def cut(rng: random.Random, start: int, end: int, most: int, gap: int) -> list[tuple[int, int]]:
    """Some disjoint places, in order: start and size, at least gap sectors before each."""
    points = range(start, end, gap + 2)
    points = sorted(rng.sample(points, 2 * rng.randint(0, min(most, len(points) // 2))))
    return [(a + gap, b - a - gap) for a, b in zip(points[::2], points[1::2], strict=True)]


class Tables(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.image = Path(folder.name) / "disk"
        self.rng = random.Random(self._testMethodName)

    def blank(self, sectors: int) -> None:
        with self.image.open("wb") as file:
            file.truncate(sectors * SECTOR)

    def sfdisk(self, *lines: str) -> None:
        ran = subprocess.run([*SFDISK_WRITE, self.image], input="\n".join([*lines, ""]),
                             capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stderr + "\n".join(lines))

    def sgdisk(self, *args: str) -> None:
        ran = subprocess.run([SGDISK, *args, self.image], capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, f"{args}: {ran.stdout}{ran.stderr}")

    def same(self, kind: str) -> Table:
        """Both find the same, and each partition by its selectors."""
        expected = theirs(self.image)
        table = ours(self.image)
        self.assertEqual(table.head.split()[0], kind, table.head)
        self.assertTrue(table.head.endswith(" 0 whole"), table.head)
        self.assertEqual(table.parts, expected)
        signature = table.head.split()[1]
        selectors = []
        for part in expected:
            selectors += [str(part.number), f"PARTUUID={part.guid.upper()}" if part.guid else
                          f"PARTUUID={signature}-{part.number:02x}"]
        found = ours(self.image, *selectors).found
        self.assertEqual(found, [f"found {part.number}" for part in expected for _ in range(2)])
        return table

    def dos(self) -> None:
        """A random layout with an MBR."""
        rng = self.rng
        sectors = rng.randint(4096, 1 << 20)
        self.blank(sectors)
        places = cut(rng, 2, sectors, 4, 0)
        extended = rng.randrange(2 * len(places) + 1)
        lines = ["label: dos", f"label-id: 0x{rng.getrandbits(32):08x}"]
        logical = []
        for i, (start, size) in enumerate(places):
            kind = rng.choice(["83", "c", "da", "82", "7"])
            if i == extended:
                kind = rng.choice(["5", "f", "85"])
                # With less room, sfdisk 2.38 writes EBRs into the partition before.
                logical = cut(rng, start, start + size, 20, 2048)
            lines.append(f"start={start}, size={size}, type={kind}")
        rest = [f"start={start}, size={size}, type=83" for start, size in logical]
        # sfdisk tells logical partitions by their place behind the fourth primary one.
        numbered = [f"{self.image}{i + 1} : {line}" for i, line in enumerate(lines[2:])]
        numbered += [f"{self.image}{i + 5} : {line}" for i, line in enumerate(rest)]
        self.sfdisk(*lines[:2], *numbered)

    def gpt(self, *entries_of: int) -> None:
        """A random layout with a GPT."""
        rng = self.rng
        sectors = rng.randint(4096, 1 << 20)
        entries = rng.choice(entries_of or [128, 128, 128, 4, 5, 61])
        self.blank(sectors)
        lines = ["label: gpt", f"label-id: {uuid.UUID(int=rng.getrandbits(128))}"]
        if entries != 128:
            lines.append(f"table-length: {entries}")
        places = cut(rng, 2048, sectors - 33, min(entries, 20), 0)
        numbers = rng.sample(range(1, entries + 1), len(places))
        for number, (start, size) in zip(numbers, places, strict=True):
            name = "".join(rng.choices("abcXYZ 019.-é€", k=rng.randint(0, 36)))
            kind, guid = (uuid.UUID(int=rng.getrandbits(128), version=4) for _ in range(2))
            lines.append(f'{self.image}{number} : start={start}, size={size}, type={kind}, '
                         f'uuid={guid}, name="{name}"')
        self.sfdisk(*lines)

    def test_an_mbr_of_sfdisk_is_read(self) -> None:
        logical = 0
        for _ in range(ROUNDS):
            self.dos()
            logical += sum(part.number > 4 for part in self.same("mbr").parts)
        self.assertGreater(logical, ROUNDS)

    def test_a_gpt_of_sfdisk_is_read(self) -> None:
        for _ in range(ROUNDS):
            self.gpt()
            self.same("gpt")

    def test_a_gpt_of_sgdisk_is_read(self) -> None:
        rng = self.rng
        for _ in range(10):  # sgdisk sleeps for a second before it ends
            sectors = rng.randint(4096, 1 << 20)
            self.blank(sectors)
            args = ["-o", "-a", "1"]
            if rng.randrange(3) == 0:
                args += ["-j", str(rng.randint(2, 1000))]  # the first array's place
            for i, (start, size) in enumerate(cut(rng, 2048, sectors - 33, 20, 0)):
                args += ["-n", f"{i + 1}:{start}:{start + size - 1}",
                         "-u", f"{i + 1}:{uuid.UUID(int=rng.getrandbits(128))}",
                         "-c", f"{i + 1}:part {i}"]
            self.sgdisk(*args)
            for part in self.same("gpt").parts:
                found = ours(self.image, f"PARTLABEL={part.name}").found
                self.assertEqual(found, [f"found {part.number}"])

    def test_a_table_with_partitions_deleted_is_read(self) -> None:
        for _ in range(ROUNDS // 2):
            for make, kind in ((self.dos, "mbr"), (self.gpt, "gpt")):
                make()
                numbers = [part.number for part in theirs(self.image)]
                gone = sorted(self.rng.sample(numbers, len(numbers) // 2), reverse=True)
                if gone:
                    subprocess.run([*SFDISK_WRITE, "--delete", self.image, *map(str, gone)], check=True)
                self.same(kind)

    def test_logical_partitions_out_of_order_are_refused_until_they_are_sorted(self) -> None:
        self.blank(65536)
        self.sfdisk("label: dos", *(f"{self.image}{line}" for line in (
            "1 : start=1000, size=60000, type=5", "5 : start=1010, size=10",
            "6 : start=1100, size=100", "7 : start=1025, size=5")))
        self.assertRegex(ours(self.image).head, "^refused FORMAT ")
        subprocess.run([*SFDISK_WRITE, "--reorder", self.image], check=True)
        self.assertEqual([part.start for part in self.same("mbr").parts], [1010, 1025, 1100])

    def test_a_hybrid_mbr_of_sgdisk_is_refused(self) -> None:
        self.blank(65536)
        self.sgdisk("-n", "1:2048:4095", "-n", "2:4096:8191")
        self.same("gpt")
        self.sgdisk("-h", "1:2")
        self.assertEqual(ours(self.image).head,
                         "refused UNSUPP MBR and GPT both have partitions")

    def test_an_image_on_a_larger_card_is_read_until_and_after_sgdisk_moves_the_backup(self) -> None:
        self.gpt(128)
        before = self.same("gpt").parts
        with self.image.open("r+b") as file:
            file.truncate(self.image.stat().st_size + 1000 * SECTOR)
        table = ours(self.image)
        self.assertTrue(table.head.endswith(" 0 backup is not at the end"), table.head)
        self.assertEqual(table.parts, before)
        self.sgdisk("-e")
        self.assertEqual(self.same("gpt").parts, before)

    def test_what_sfdisk_repairs_from_the_backup_is_what_we_read_from_it(self) -> None:
        for _ in range(ROUNDS // 4):
            self.gpt()
            before = self.same("gpt").parts
            with self.image.open("r+b") as file:
                file.seek(SECTOR + self.rng.randrange(92))
                file.write(b"\xa5\x5a\x01")
            table = ours(self.image)
            self.assertIn(" 1 GPT header's ", table.head)
            self.assertEqual(table.parts, before)
            self.assertEqual(theirs(self.image), before)

    def spoil(self, sectors: list[int]) -> Table:
        """What is read when some bytes of these sectors are others for a while."""
        with self.image.open("r+b", buffering=0) as file:
            undo = []
            for _ in range(self.rng.choice([1, 1, 1, 2, 10])):
                at = self.rng.choice(sectors) * SECTOR + self.rng.randrange(SECTOR)
                undo.append((at, os.pread(file.fileno(), 1, at)))
                os.pwrite(file.fileno(), self.rng.randbytes(1), at)
            table = ours(self.image)
            for at, was in reversed(undo):
                os.pwrite(file.fileno(), was, at)
        return table

    def test_a_spoiled_gpt_is_refused_or_the_same(self) -> None:
        for _ in range(ROUNDS // 10):
            self.gpt()
            before = self.same("gpt").parts
            last = self.image.stat().st_size // SECTOR - 1
            for _ in range(20):
                table = self.spoil([*range(34), *range(last - 32, last + 1)])
                if not table.head.startswith("refused "):
                    self.assertEqual(table.parts, before)
            self.same("gpt")

    def test_a_spoiled_mbr_is_refused_or_has_partitions_apart(self) -> None:
        for _ in range(ROUNDS // 10):
            self.dos()
            before = self.same("mbr").parts
            # An EBR lies in front of its partition.
            tables = [0, *(part.start - 2048 for part in before if part.number > 4)]
            for _ in range(20):
                end = 0
                for part in sorted(self.spoil(tables).parts, key=lambda part: part.start):
                    self.assertGreaterEqual(part.start, max(end, 2))
                    end = part.start + part.size
                self.assertLessEqual(end * SECTOR, self.image.stat().st_size)
            self.same("mbr")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
