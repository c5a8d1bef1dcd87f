#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""hostsim as a user runs it. usage: test_hostsim.py HOSTSIM"""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HOSTSIM = sys.argv.pop(1)


class Hostsim(unittest.TestCase):
    def setUp(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.image = Path(self._folder.name) / "disk.img"
        self.data = os.urandom(100 * 512)
        self.image.write_bytes(self.data)

    def tearDown(self) -> None:
        self._folder.cleanup()

    def run_it(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [HOSTSIM, *arguments], capture_output=True, text=True, check=False, timeout=60
        )

    def test_the_guest_reads_all_of_its_disk(self) -> None:
        done = self.run_it(self.image)
        total = 0
        for byte in self.data:
            total = (total * 31 + byte) & 0xFFFFFFFF
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("a simulated guest", done.stdout)
        self.assertRegex(done.stdout, r"\] entropy [0-9a-f]{8}\n")
        self.assertIn(f"100 sectors, sum {total:08x}", done.stdout)

    def test_writing_leaves_the_image_as_it_was(self) -> None:
        done = self.run_it("--write", self.image)
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(self.image.read_bytes(), self.data)

    def test_bad_images_are_refused(self) -> None:
        self.image.write_bytes(self.data[:-1])
        odd = self.run_it(self.image)
        self.assertEqual(odd.returncode, 2)
        self.assertIn("no multiple of 512", odd.stderr)
        self.assertIn("No such file", self.run_it("/nonexistent").stderr)
        self.assertIn("not a file", self.run_it(self.image.parent).stderr)
        self.assertIn("Is a directory", self.run_it("--write", self.image.parent).stderr)
        pipe = self.image.parent / "pipe"
        os.mkfifo(pipe)
        self.assertIn("not a file", self.run_it(pipe).stderr)
        self.image.write_bytes(b"")
        self.assertEqual(self.run_it(self.image).returncode, 2)

    def test_help_and_wrong_usage(self) -> None:
        self.assertIn("usage", self.run_it("--help").stdout)
        self.assertEqual(self.run_it().returncode, 2)
        self.assertEqual(self.run_it("--nonsense", self.image).returncode, 2)


unittest.main(verbosity=0)
