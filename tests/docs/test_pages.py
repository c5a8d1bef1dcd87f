#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the pages name is there: pages, headings, files, options, commands of the prompt.

usage: test_pages.py [unittest's arguments]
"""

from __future__ import annotations

import re
import subprocess
import unittest
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from test_commands import PAGES, TOP, commands

# Folders of the tree, as pages name what is in them.
FOLDERS = "crypto|cross|docs|emulator|examples|guest|include|lib|ports|tests|tools"
PATH = re.compile(rf"(?<![\w/])(?:{FOLDERS})/[\w./*-]+")
OURS = re.compile(r"\./demo|\./check|tools/\w[\w-]*")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
BUILD_OPTION = re.compile(r"-D([a-z]\w*)=")
FOREIGN = re.compile(r"[a-z]+:|@ref ")
SECTION = re.compile(r"\s*\{#([\w-]+)\}$")


def inline(page: Path) -> Iterator[Token]:
    """What stands in the lines of a page, that of tables too."""
    for token in MarkdownIt("commonmark").enable("table").parse(page.read_text()):
        yield from token.children or ()


def code(page: Path) -> Iterator[str]:
    """What is marked as code, and the command lines."""
    yield from (token.content for token in inline(page) if token.type == "code_inline")
    yield from commands(page)


def links(page: Path) -> Iterator[str]:
    for token in inline(page):
        if token.type == "link_open" and not FOREIGN.match(str(token.attrs["href"])):
            yield str(token.attrs["href"])


@cache
def headings(page: Path) -> frozenset[str]:
    """As they are linked to."""
    found = set()
    tokens = MarkdownIt().parse(page.read_text())
    for before, token in zip(tokens, tokens[1:], strict=False):
        if before.type == "heading_open":
            named = SECTION.search(token.content)
            plain = re.sub(r"[^\w\s-]", "", token.content.lower())
            found.add(named[1] if named else plain.replace(" ", "-"))
    return frozenset(found)


@cache
def helped(*command: str) -> str:
    return subprocess.run([*command, "--help"], cwd=TOP, stdin=subprocess.DEVNULL, check=True,
                          capture_output=True, text=True, timeout=60).stdout


def help_of(words: list[str]) -> str:
    """That of a tool, or of its command."""
    tool = words[0]
    commands_of_it = re.findall(r"^    (\w+)", helped(tool), re.MULTILINE)
    return helped(tool, words[1]) if words[1:2] and words[1] in commands_of_it else helped(tool)


class Pages(unittest.TestCase):
    def test_every_link_leads_somewhere(self) -> None:
        for page in PAGES:
            for link in links(page):
                name, _, section = link.partition("#")
                target = (page.parent / name).resolve() if name else page
                with self.subTest(page=page.name, link=link):
                    self.assertTrue(target.exists())
                    self.assertTrue(not section or section in headings(target))

    def test_every_page_is_found_from_the_readme_and_from_the_main_page(self) -> None:
        for start in (TOP / "README.md", TOP / "docs" / "index.md"):
            seen, todo = set(), [start]
            while todo:
                page = todo.pop()
                if page not in seen and page.suffix == ".md":
                    seen.add(page)
                    todo += [(page.parent / link.partition("#")[0]).resolve() for link in links(page)]
            with self.subTest(start=start.name):
                self.assertEqual({page.name for page in set(PAGES) - seen if "docs" in page.parts}, set())

    def test_every_file_that_is_named_is_there(self) -> None:
        for page in PAGES:
            for text in code(page):
                for path in PATH.findall(text) if PATH.match(text) else ():
                    path = path.rstrip("./")
                    with self.subTest(page=page.name, path=path):
                        self.assertTrue(any(TOP.glob(path)) or any(TOP.glob(f"{path}.*")))

    def test_every_option_of_a_tool_is_in_its_help(self) -> None:
        for page in PAGES:
            for text in code(page):
                words = text.split()
                if not words or not OURS.fullmatch(words[0]):
                    continue
                for option in OPTION.findall(text):
                    with self.subTest(page=page.name, command=text):
                        self.assertRegex(help_of(words), rf"(?<![\w-]){option}(?![\w-])")

    def test_every_option_of_the_build_is_one(self) -> None:
        known = (TOP / "meson_options.txt").read_text()
        for page in PAGES:
            for option in BUILD_OPTION.findall("\n".join(code(page))):
                with self.subTest(page=page.name, option=option):
                    self.assertTrue(f"option('{option}'" in known)

    def test_every_command_of_the_prompt_is_told(self) -> None:
        source = (TOP / "examples" / "monitor" / "commands.c").read_text()
        names = re.findall(r"^\t\{ \"(\w+)\"", source, re.MULTILINE)
        told = set(code(TOP / "docs" / "console.md"))
        self.assertTrue(names)
        self.assertEqual(set(names) - told, set())


if __name__ == "__main__":
    unittest.main()
