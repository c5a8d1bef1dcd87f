# SPDX-License-Identifier: BSD-2-Clause
"""The memory map as a picture, for Graphviz: one row for each piece of memory that the
manifest names, what is left between them, and the windows of virtual devices."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from .partition import MEMORY, Partition

SECURE, GUEST, WINDOW = "#cfe2f3", "#fdf3e3", "#e2efda"

WHAT = {
    "code": "monitor: code and constants, read-only",
    "data": "monitor: data, buffers and stack, not executable",
    "package": "boot package",
    "pool": "overlays: maps, and stores in memory",
    "guest": "the guest's RAM",
}

Row = tuple[int, int, str, str]


def memory_map(p: Partition) -> str:
    """All of it, highest address first, as memory maps are drawn."""
    rows = sorted([*rows_of_memory(p), *_windows(p)], reverse=True)
    cells = "".join(_row(row) for row in rows)
    legend = "".join(f'<TD BGCOLOR="{colour}">{who}</TD>' for colour, who in
                     ((SECURE, "secure world"), (GUEST, "guest"), (WINDOW, "virtual device")))
    return ("// SPDX-License-Identifier: BSD-2-Clause\n"
            "// Made by tools/mkmanifest of the board's manifest.\n"
            'digraph map {\n\tnode [shape=plain, fontname="Helvetica", fontsize=11];\n'
            '\tmap [label=<<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="5">'
            f"{cells}<TR>{legend}</TR></TABLE>>];\n}}\n")


def _row(row: Row) -> str:
    at, length, what, colour = row
    return (f'<TR><TD ALIGN="LEFT"><FONT FACE="Courier">{at:#010x}</FONT></TD>'
            f'<TD ALIGN="LEFT" BGCOLOR="{colour}">{escape(what)}</TD>'
            f'<TD ALIGN="RIGHT">{_size(length)}</TD></TR>')


def _size(length: int) -> str:
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if length % unit == 0:
            return f"{length // unit} {name}"
    return f"{length} bytes"


def rows_of_memory(p: Partition) -> Iterator[Row]:
    """Named pieces of DDR, and what the secure world keeps of it beside them."""
    named = sorted((region for name in MEMORY for region in p.banks[name]), key=lambda r: r.at)
    for region in named:
        secure = MEMORY[region.name]
        yield region.at, region.len, WHAT[region.name], SECURE if secure else GUEST
    for bank in p.banks["secure"]:
        free = bank.at
        for region in [*(r for r in named if bank.at <= r.at < bank.end), None]:
            end = region.at if region else bank.end
            if free < end:
                yield free, end - free, "secure, nothing of ours", SECURE
            free = region.end if region else end


def _windows(p: Partition) -> Iterator[Row]:
    for window in p.windows:
        yield window.at, window.len, f"{window.node.name}: closed, trapped for the stock guest", WINDOW
