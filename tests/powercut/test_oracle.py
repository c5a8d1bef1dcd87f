#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The card that loses its power, and the verdict on what is found behind it."""

import random
import unittest

from journal import COMMAND, DATA, READY, SECTOR, Card, Record
from script import Script, contents, is_one_of

SINGLE, MULTIPLE, STOP = 24, 25, 12
OLD, NEW = b"o" * SECTOR, b"n" * SECTOR


def command(index: int) -> Record:
    return Record(COMMAND, 0, index, b"")


def data(sector: int, text: bytes = NEW) -> Record:
    return Record(DATA, 0, sector * SECTOR, text)


def ready() -> Record:
    return Record(READY, 0, 0, b"")


def card(*taken: Record) -> Card:
    made = Card(OLD * 8)
    for record in taken:
        made.take(record)
    return made


class Cards(unittest.TestCase):
    """What is kept, and what may be lost."""

    def cuts(self, made: Card, sector: int) -> set[bytes]:
        """What a sector can hold after many cuts."""
        found = set()
        for seed in range(300):
            changed = made.cut(random.Random(seed))
            kept = bytes(made.kept[sector * SECTOR:(sector + 1) * SECTOR])
            found.add(changed.get(sector * SECTOR, kept))
        return found

    def test_what_was_programmed_is_kept(self):
        made = card(command(SINGLE), data(3), ready())
        self.assertEqual(self.cuts(made, 3), {NEW})

    def test_what_was_sent_is_there_or_not_or_torn(self):
        found = self.cuts(card(command(SINGLE), data(3)), 3)
        self.assertIn(OLD, found)
        self.assertIn(NEW, found)
        self.assertTrue(any(b"on" in text for text in found))
        self.assertTrue(any(b"no" in text for text in found))
        self.assertTrue(all(set(text) <= set(b"on") for text in found))

    def test_what_was_not_sent_is_as_it_was(self):
        self.assertEqual(self.cuts(card(command(SINGLE), data(3)), 4), {OLD})

    def test_a_write_that_goes_on_is_not_kept_when_the_card_is_ready(self):
        going_on = [command(MULTIPLE), data(2), ready()]
        self.assertIn(OLD, self.cuts(card(*going_on), 2))
        self.assertEqual(self.cuts(card(*going_on, command(STOP), ready()), 2), {NEW})

    def test_a_write_before_one_that_goes_on_is_kept(self):
        made = card(command(SINGLE), data(1), command(MULTIPLE), data(2), ready())
        self.assertEqual(self.cuts(made, 1), {NEW})
        self.assertIn(OLD, self.cuts(made, 2))

    def test_some_cuts_keep_a_later_sector_and_lose_an_earlier_one(self):
        made = card(command(MULTIPLE), data(0, NEW * 4))
        changes = [made.cut(random.Random(seed)) for seed in range(100)]
        self.assertTrue(any(3 * SECTOR in x and 0 not in x for x in changes))


    def test_a_range_that_is_written_whole_is_there_or_not(self):
        made = Card(OLD * 8, (range(2 * SECTOR, 4 * SECTOR),))
        made.take(data(1, NEW * 4))
        changes = [made.cut(random.Random(seed)) for seed in range(100)]
        self.assertEqual({x.get(2 * SECTOR) for x in changes}, {None, NEW * 2})
        self.assertTrue(all(3 * SECTOR not in x for x in changes))
        self.assertTrue(any(4 * SECTOR in x for x in changes))


class Verdicts(unittest.TestCase):
    """The slots are appended in step 2, synchronized in 3 and 4, acknowledged in 5."""

    def setUp(self):
        self.script = Script(0, 1, 0)
        self.slots = contents(0, 1, 4096 * 12)

    def judge(self, heard: int, found: dict[str, bytes]) -> str:
        return self.script.judge(heard, found) or ""

    def test_what_was_acknowledged_is_there(self):
        self.assertEqual(self.judge(1, {"slots": self.slots}), "")

    def test_before_it_nothing_or_a_part_is_fine(self):
        for found in ({}, {"slots": b""}, {"slots": self.slots[:5000]},
                      {"slots": self.slots[:5000] + bytes(100)}):
            self.assertEqual(self.judge(0, found), "")

    def test_a_lost_file_is_found(self):
        self.assertIn("missing ['slots']", self.judge(1, {}))

    def test_a_file_of_nobody_is_found(self):
        self.assertIn("more ['x']", self.judge(1, {"slots": self.slots, "x": b""}))

    def test_a_lost_piece_is_found(self):
        self.assertIn("w0/slots", self.judge(1, {"slots": self.slots[:-1]}))

    def test_foreign_bytes_are_found(self):
        wrong = self.slots[:999] + b"?" + self.slots[1000:]
        for heard in (0, 1):
            self.assertIn("w0/slots", self.judge(heard, {"slots": wrong}))

    def test_every_state_of_a_script_passes_and_an_older_one_does_not(self):
        script = Script(1, 7, 80)
        for heard in range(1, len(script.acks)):
            found = script.state(script.acks[heard])
            self.assertIsNone(script.judge(heard, found))
            if heard > 3 and found != script.state(script.acks[heard - 3]):
                older = script.state(script.acks[heard - 3])
                self.assertIsNotNone(script.judge(heard, older), heard)

    def test_a_mixture_is_no_replacement(self):
        """Files that were renamed are one or the other."""
        old, new = b"o" * 600, b"n" * 600
        self.assertFalse(is_one_of(new[:512] + old[512:], [new]))

    def test_zeros_are_right_only_behind_the_end(self):
        self.assertTrue(is_one_of(b"ab\0d", [b"ab", b"abcd"]))
        self.assertFalse(is_one_of(b"a\0cd", [b"ab", b"abcd"]))


if __name__ == "__main__":
    unittest.main()
