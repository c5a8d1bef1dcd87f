#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Make the site, whose warnings are errors; every link in it leads somewhere.

usage: check_site.py FOLDER DOXYGEN DOXYFILE"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

FOREIGN = re.compile(r"(https?|mailto|javascript):")


class Page(HTMLParser):
    """Where a page leads, and what can be led to in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.places: set[str] = set()
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src", "data") and value and not FOREIGN.match(value):
                self.links.add(unquote(value))
            elif name in ("id", "name") and value:
                self.places.add(value)


def main() -> int:
    folder = Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)  # pages of what is no more
    subprocess.run(sys.argv[2:], check=True)
    pages = {path.name: Page(path) for path in folder.glob("*.html")}
    dead = []
    for name, page in pages.items():
        for link in page.links:
            file, _, place = link.partition("#")
            target = pages.get(file or name)
            if not (folder / file).exists() or (place and target and place not in target.places):
                dead.append(f"{name}: {link} leads nowhere")
    print("\n".join(sorted(dead)))
    print(f"{len(pages)} pages")
    return 1 if dead or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
