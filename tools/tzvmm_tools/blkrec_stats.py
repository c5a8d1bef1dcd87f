# SPDX-License-Identifier: BSD-2-Clause
"""What recorded requests tell: counts, latencies, and what cannot be."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Iterator
from fractions import Fraction

from .blkrec_read import ENDLESS_US, SECTOR_LEN, Entry, Recording

PERCENTILES = (50, 90, 99)


def percentile(ordered: list[int], percent: int) -> int:
    """The smallest value that so many percent of a sorted list do not exceed."""
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(rank, 1) - 1]


def grouped(entries: Iterable[Entry]) -> dict[tuple[str, int], list[Entry]]:
    """Entries by op and sectors."""
    groups: dict[tuple[str, int], list[Entry]] = {}
    for entry in entries:
        groups.setdefault((entry.op, entry.nr_sectors), []).append(entry)
    return dict(sorted(groups.items()))


def throughput(entries: list[Entry]) -> float:
    """MB/s from the first submission to the last answer."""
    span = max(e.end_us for e in entries) - min(e.start_us for e in entries)
    return sum(e.moved for e in entries) / span if span else 0.0


# ---- anomalies ----


def overlaps(entries: list[Entry]) -> Iterator[str]:
    """Requests for the same sectors under way on one queue at the same time, one of
    them a write: which one comes last is left to chance."""
    under_way: dict[tuple[int, int], list[Entry]] = {}
    for entry in sorted(entries, key=lambda e: (e.start_us, e.seq)):
        key = (entry.client, entry.queue)
        others = [o for o in under_way.get(key, []) if o.end_us > entry.start_us]
        for other in others:
            same = entry.sector < other.end_sector and other.sector < entry.end_sector
            if same and (entry.op, other.op) != ("read", "read"):
                yield f"{entry.name} overlaps {other.name} on the same queue at {entry.start_us} us"
        under_way[key] = [*others, entry]


def too_early(entries: list[Entry], mb_s: Fraction) -> Iterator[str]:
    """Requests that were answered before a bus of that many bytes a microsecond could
    have moved their bytes and those of the others.

    The bus serves whatever is due first. If even that is late for an answer, no order
    would have been in time. An answer within a microsecond counts as at its end.
    """
    waiting: list[tuple[int, int, Entry]] = []  # by the time of the answer
    left: dict[int, Fraction] = {}  # microseconds on the bus
    now = Fraction(0)

    def serve(until: int | None) -> Iterator[str]:
        nonlocal now
        while waiting and (until is None or now < until):
            end_us, place, entry = waiting[0]
            done = now + left[place]
            if until is not None and done > until:
                left[place] -= until - now
                now = Fraction(until)
                return
            heapq.heappop(waiting)
            now = done
            if done > end_us + 1:
                early = float(done - end_us)
                yield (
                    f"{entry.name} was answered after {entry.duration_us} us,"
                    f" {early:.0f} us before its {entry.moved} bytes could have been moved"
                )
                # What it has shown is its own: the others start afresh.
                now = Fraction(end_us)

    for place, entry in enumerate(sorted(entries, key=lambda e: (e.start_us, e.seq))):
        yield from serve(entry.start_us)
        now = max(now, Fraction(entry.start_us))
        if entry.moved and entry.duration_us != ENDLESS_US:
            left[place] = Fraction(entry.moved) / mb_s
            heapq.heappush(waiting, (entry.end_us, place, entry))
    yield from serve(None)


def backwards(entries: list[Entry]) -> Iterator[str]:
    """Requests that stand behind one that was answered later."""
    latest: Entry | None = None
    for entry in entries:
        if latest and entry.end_us < latest.end_us and latest.duration_us != ENDLESS_US:
            yield f"{entry.name} was answered before {latest.name}, but is recorded behind it"
        if not latest or entry.end_us > latest.end_us:
            latest = entry


def anomalies(recording: Recording, mb_s: Fraction | None = None) -> list[str]:
    """Sentences about what cannot be, or should not."""
    checks = [overlaps(recording.entries), backwards(recording.entries)]
    if mb_s:
        checks.append(too_early(recording.entries, mb_s))
    return list(itertools.chain(*checks))


# ---- the report ----

_ROW = "{:8} {:>8} {:>8} {:>12} {:>9} {:>9} {:>9} {:>9}"


def _table(groups: dict[tuple[str, int], list[Entry]]) -> Iterator[str]:
    names = [f"p{percent} us" for percent in PERCENTILES]
    yield _ROW.format("op", "size", "count", "bytes", *names, "max us")
    for (op, nr_sectors), members in groups.items():
        times = sorted(e.duration_us for e in members)
        ranks = [percentile(times, percent) for percent in PERCENTILES]
        moved = sum(e.moved for e in members)
        yield _ROW.format(op, nr_sectors * SECTOR_LEN, len(members), moved, *ranks, times[-1])


def _failures(entries: list[Entry]) -> Iterator[str]:
    counts: dict[tuple[str, str], int] = {}
    for entry in entries:
        if not entry.ok:
            counts[entry.op, entry.status] = counts.get((entry.op, entry.status), 0) + 1
    for (op, status), count in sorted(counts.items()):
        yield f"failed: {count} x {op} {status}"


def depth(entries: list[Entry]) -> int:
    """Most requests under way at a time."""
    steps = sorted([(e.start_us, 1) for e in entries] + [(e.end_us, -1) for e in entries])
    return max(itertools.accumulate(step for _, step in steps))


def report(recording: Recording, mb_s: Fraction | None = None) -> tuple[list[str], bool]:
    """Lines, and whether there is an anomaly."""
    entries = recording.entries
    span = max(e.end_us for e in entries) - min(e.start_us for e in entries)
    lines = [
        f"{len(entries)} requests in {span / 1e6:.6f} s, {throughput(entries):.3f} MB/s,"
        f" at most {max(depth(entries), 1)} at a time",
        "",
        *_table(grouped(entries)),
        "",
        *_failures(entries),
        f"lost before the first: {recording.lost}",
    ]
    lines += [f"gap: {missing} missing behind {e.name}" for e, missing in recording.gaps]
    found = anomalies(recording, mb_s)
    lines += [f"anomaly: {sentence}" for sentence in found]
    unchecked = "" if mb_s else "; --mb-s checks against the speed of the bus"
    lines.append(f"anomalies: {len(found)}{unchecked}")
    return lines, bool(found)
