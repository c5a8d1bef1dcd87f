# SPDX-License-Identifier: BSD-2-Clause
"""What a guest says of its interrupts."""

from __future__ import annotations

import re


def interrupts(output: str) -> dict[str, int]:
    """How often each of the guest's lines came, by who has it."""
    rows = re.findall(r"^ *\d+: +(\d+) +GIC\S+ +\d+ \w+ +(\S+)$", output, re.MULTILINE)
    found: dict[str, int] = {}
    for count, name in rows:
        found[name] = found.get(name, 0) + int(count)
    return found
