# SPDX-License-Identifier: BSD-2-Clause
"""Recorded requests in the forms of fio and blkparse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .base import Failure
from .blkrec_read import SECTOR_LEN, Entry, Recording

# ---- fio ----

_FIO_ACTIONS = {
    "read": "read",
    "write": "write",
    "zeroes": "write",  # fio has no better
    "flush": "sync",
    "discard": "trim",
}


def replayable(recording: Recording) -> list[Entry]:
    """What a disk can be asked again: failed requests would fail there as well."""
    return [e for e in recording.by_start if e.ok and e.op in _FIO_ACTIONS]


def moved(recording: Recording, start: int) -> Recording:
    """With sectors of a disk that begins at that one of the card."""
    outside = [e for e in recording.entries if e.nr_sectors and e.sector < start]
    if outside:
        raise Failure(f"{outside[0].name} is not on a disk from {start} on; choose a --client")
    entries = [replace(e, sector=e.sector - start if e.nr_sectors else 0) for e in recording.entries]
    return replace(recording, entries=entries)


def fio(recording: Recording, version: int, filename: str) -> Iterator[str]:
    """An iolog for fio's --read_iolog, in the order of submission.

    Version 3 has a time in microseconds at every line; the first is not 0, which
    fio takes for no time. Version 2 has waits, which fio (3.33) takes for
    milliseconds since its own start, whatever its manual says.
    """
    entries = replayable(recording)
    origin = entries[0].start_us - 1 if entries else 0

    def stamped(us: int, text: str) -> str:
        return f"{us} {text}" if version == 3 else text

    yield f"fio version {version} iolog"
    for action in ("add", "open"):
        yield stamped(1, f"{filename} {action}")
    waited_ms = 0
    us = 1
    for entry in entries:
        us = entry.start_us - origin
        if version == 2 and us // 1000 > waited_ms:
            waited_ms = us // 1000
            yield f"{filename} wait {waited_ms} 0"
        offset, length = entry.sector * SECTOR_LEN, entry.nr_sectors * SECTOR_LEN
        yield stamped(us, f"{filename} {_FIO_ACTIONS[entry.op]} {offset} {length}")
    yield stamped(us, f"{filename} close")


# ---- blkparse ----

_DEVICE = (179, 0)  # the first SD card under Linux
_RWBS = {"read": "R", "write": "W", "zeroes": "W", "flush": "FN", "discard": "D"}
_EIO = 5


def blkparse(recording: Recording) -> Iterator[str]:
    """As blkparse prints a trace by default. Requests are queued (Q) when they are
    submitted and complete (C) when they are answered; the CPU is the queue, and the
    process is the client."""
    events: list[tuple[int, int, str, Entry]] = []
    for place, entry in enumerate(recording.by_start):
        events.append((entry.start_us, place, "Q", entry))
    for place, entry in enumerate(recording.entries, len(events)):
        events.append((entry.end_us, place, "C", entry))
    # At one time, a request is queued before it completes; the others' order is
    # theirs in the record.
    events.sort(key=lambda event: event[:2])
    origin = events[0][0] if events else 0
    for number, (us, _, action, entry) in enumerate(events, 1):
        seconds, micros = divmod(us - origin, 1_000_000)
        major, minor = _DEVICE
        yield (
            f"{major:3d},{minor:<3d} {entry.queue:2d} {number:8d} {seconds:5d}.{micros * 1000:09d}"
            f" {entry.client:5d} {action:>2} {_RWBS.get(entry.op, 'N'):>3} {_payload(action, entry)}"
        )


def _payload(action: str, entry: Entry) -> str:
    """What stands behind the fields that all lines have."""
    tail = f"[client{entry.client}]" if action == "Q" else f"[{0 if entry.ok else _EIO}]"
    if entry.nr_sectors:
        return f"{entry.sector} + {entry.nr_sectors} {tail}"
    return f"{entry.sector} {tail}" if action == "C" else tail
