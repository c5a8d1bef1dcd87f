#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every numbered paragraph of docs/abi.md is named by a test, and no test names one that
is not there. usage: check_abi.py TOP"""

import pathlib
import re
import sys

PARAGRAPH = re.compile(r"^\*\*([A-Z]+-\d+)\*\*", re.MULTILINE)


def main() -> int:
    top = pathlib.Path(sys.argv[1])
    there = PARAGRAPH.findall((top / "docs" / "abi.md").read_text())
    kinds = "|".join(sorted({name.split("-")[0] for name in there}))
    citation = re.compile(rf"\b(?:{kinds})-\d+\b")
    named = set()
    for path in (top / "tests").rglob("*"):
        if path.suffix in (".c", ".S", ".py") and path != pathlib.Path(__file__).resolve():
            named |= set(citation.findall(path.read_text()))
    problems = [f"{name} is there twice" for name in there if there.count(name) > 1]
    problems += [f"{name}: no test names it" for name in there if name not in named]
    problems += [f"{name}: named by a test, but not there" for name in named - set(there)]
    for problem in sorted(set(problems)):
        print(f"docs/abi.md: {problem}")
    print(f"{len(there)} paragraphs")
    return 1 if problems or not there else 0


if __name__ == "__main__":
    sys.exit(main())
