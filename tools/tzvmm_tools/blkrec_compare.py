# SPDX-License-Identifier: BSD-2-Clause
"""Two recordings of what should be the same: a run and its replay."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from difflib import SequenceMatcher

from .blkrec_read import Entry, Recording
from .blkrec_stats import PERCENTILES, percentile


def _request(entry: Entry) -> tuple[str, int, int, str]:
    """What has to be the same of each, in the order of submission."""
    return entry.op, entry.sector, entry.nr_sectors, entry.status


def differences(old: list[Entry], new: list[Entry]) -> Iterator[str]:
    """Requests that one has and the other has not, or not there."""
    matcher = SequenceMatcher(None, [*map(_request, old)], [*map(_request, new)], autojunk=False)
    for what, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if what == "equal":
            continue
        for entry in old[old_from:old_to]:
            yield f"only in the first: {entry.name}, {entry.status}"
        for entry in new[new_from:new_to]:
            yield f"only in the second: {entry.name}, {entry.status}"


def _gaps(entries: list[Entry]) -> list[int]:
    """Microseconds from each submission to the next."""
    return sorted(b.start_us - a.start_us for a, b in itertools.pairwise(entries)) or [0]


def _span(entries: list[Entry]) -> int:
    return max(e.end_us for e in entries) - min(e.start_us for e in entries)


_ROW = "{:10} {:>12} {:>12} {:>8}"


def _times(old: list[Entry], new: list[Entry]) -> Iterator[tuple[str, int, int]]:
    yield "span", _span(old), _span(new)
    for name, values in (("gap", _gaps), ("latency", lambda es: sorted(e.duration_us for e in es))):
        both = values(old), values(new)
        for rank in PERCENTILES:
            yield f"{name} p{rank}", percentile(both[0], rank), percentile(both[1], rank)


def report(first: Recording, second: Recording, percent: int | None) -> tuple[list[str], bool]:
    """Lines, and whether they differ. The times only count if a percentage is given,
    by which the span and the middle gap may differ."""
    old, new = first.by_start, second.by_start
    found = list(differences(old, new))
    lines = [_ROW.format("us", "first", "second", "ratio")]
    for name, a, b in _times(old, new):
        lines.append(_ROW.format(name, a, b, f"{b / a:.3f}" if a else "-"))
        if percent is not None and name in ("span", "gap p50") and abs(b - a) * 100 > a * percent:
            found.append(f"{name} differs by more than {percent} %")
    lines += found
    lines.append(f"{len(old)} and {len(new)} requests, {len(found)} differences")
    return lines, bool(found)
