#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every command line of the pages is run: here, in a copy of the tree, or by a test that
commands.yaml names and that says so.

usage: test_commands.py [unittest's arguments]
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import unittest
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml
from markdown_it import MarkdownIt

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
FOLDERS = ("docs", "emulator", "examples", "guest", "ports", "tests")
PAGES = [*sorted(TOP.glob("*.md")),
         *(page for folder in FOLDERS for page in sorted((TOP / folder).rglob("*.md")))]

SHELL = "sh"
# Blocks that hold something else. One without a word would be neither.
OTHERS = ("text", "c", "dts")
PROMPT = "$ "

LIMIT_S = 60
MOST_EXEMPT = 3  # one needs a board, two are longer runs of what is run
NOT_COPIED = shutil.ignore_patterns("build*", ".git", ".cache", "__pycache__")


def joined(text: str) -> list[str]:
    """Lines, with those that a backslash continues in one."""
    return re.sub(r"\\\n\s*", "", text).splitlines()


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """The kind of each block of code, "" for an indented one, and its text."""
    for token in MarkdownIt().parse(page.read_text()):
        if token.type in ("fence", "code_block"):
            yield token.type if token.type == "code_block" else token.info.strip(), token.content


def uncommented(line: str) -> str:
    """Without the remark behind it."""
    return re.sub(r"\s{2,}#.*$", "", line).strip()


def commands(page: Path) -> Iterator[str]:
    for kind, text in blocks(page):
        lines = joined(text)
        if kind == "code_block":
            lines = [line.removeprefix(PROMPT) for line in lines if line.startswith(PROMPT)]
        elif kind != SHELL:
            continue
        yield from filter(None, map(uncommented, lines))


@cache
def table() -> dict[str, dict]:
    entries = yaml.safe_load((HERE / "commands.yaml").read_text())
    found = {entry["command"]: entry for entry in entries}
    assert len(found) == len(entries), "a command is there twice"
    return found


@cache
def lines() -> dict[str, str]:
    """Each command, in the order of the pages, with the first page that has it."""
    found: dict[str, str] = {}
    for page in PAGES:
        for line in commands(page):
            found.setdefault(line, page.name)
    return found


def program(line: str) -> str:
    return Path(line.split()[0]).name


class Commands(unittest.TestCase):
    def test_every_block_says_what_it_holds(self) -> None:
        for page in PAGES:
            for kind, text in blocks(page):
                with self.subTest(page=page.name, block=text[:40]):
                    self.assertIn(kind, (SHELL, "code_block", *OTHERS))

    def test_every_command_is_in_the_table(self) -> None:
        for line, page in lines().items():
            with self.subTest(page=page):
                self.assertTrue(line in table(), f"nothing runs: {line}")

    def test_the_table_has_no_command_that_no_page_has(self) -> None:
        self.assertEqual(sorted(set(table()) - set(lines())), [])

    def test_each_is_run_in_one_way_and_few_in_none(self) -> None:
        for line, entry in table().items():
            with self.subTest(line):
                self.assertEqual(len({"here", "by", "not"} & set(entry)), 1)
        self.assertLessEqual(sum("not" in entry for entry in table().values()), MOST_EXEMPT)

    def test_the_tests_that_are_named_run_them(self) -> None:
        for line, entry in table().items():
            if "by" not in entry:
                continue
            with self.subTest(line):
                path = TOP / entry["by"]
                text = path.read_text()
                self.assertTrue(entry["says"])
                for word in (program(line), *entry["says"]):
                    self.assertTrue(word in text, f"{entry['by']} does not say {word}")
                self.assertTrue(self.is_run(path), f"no meson.build has {path.name}")

    @staticmethod
    def is_run(path: Path) -> bool:
        """Whether Meson knows the test; it may make the name from parts."""
        build = path.parent / "meson.build"
        if not build.exists():
            return path.parent != TOP / "tests" and path.exists() and "tests" not in path.parts
        names = (path.name, path.stem, path.stem.removeprefix("test_"))
        return any(re.search(rf"'{re.escape(name)}'", build.read_text()) for name in names)

    def test_the_others_run_here(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            tree = Path(folder) / "tzvmm"
            shutil.copytree(TOP, tree, symlinks=True, ignore=NOT_COPIED)
            (tree / "build").mkdir()
            (tree / "IMAGE").write_bytes(bytes(1 << 20))
            for line in lines():
                if not table().get(line, {}).get("here"):
                    continue
                with self.subTest(line):
                    done = subprocess.run(["sh", "-ec", line], cwd=tree, stdin=subprocess.DEVNULL,
                                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                          text=True, timeout=LIMIT_S, check=False)
                    self.assertEqual(done.returncode, 0, done.stdout[-2000:])


if __name__ == "__main__":
    unittest.main()
