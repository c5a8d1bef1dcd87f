#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the tables of docs/performance.md that are below a line <!-- data/NAME.csv --> of
those figures, which the benchmarks write (TZVMM_BENCH_DATA=FOLDER).

usage: tables.py [--check]"""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE / "performance.md"
TABLE = re.compile(r"(?<=<!-- )(data/[\w-]+\.csv)( -->\n\n)((?:\|.*\n)*)")


def cell(text: str) -> str:
    """Numbers of five digits and more in groups of three."""
    number = text.isascii() and text.isdecimal() and len(text) > 4
    return f"{int(text):,}" if number else text.replace("|", r"\|")


def table(path: Path) -> str:
    with path.open(newline="") as file:
        heads, *rows = csv.reader(file)
    lines = [heads, ["---"] * len(heads), *([cell(text) for text in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> int:
    old = PAGE.read_text()
    new, found = TABLE.subn(lambda hit: hit[1] + hit[2] + table(HERE / hit[1]), old)
    named = {HERE / hit[1] for hit in TABLE.finditer(old)}
    if not found or named != set((HERE / "data").glob("*.csv")):
        raise SystemExit(f"{PAGE.name}: not exactly the data of docs/data")
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(new)
    elif new != old:
        raise SystemExit(f"{PAGE.name}: a table is not what its data say; run docs/tables.py")
    return 0


if __name__ == "__main__":
    sys.exit(main())
