# SPDX-License-Identifier: BSD-2-Clause
"""Recorded block requests: a binary dump as include/tzvmm/abi/record.h has it, the
lines of tzvmm_record_format() in a console's log, or our own CSV."""

from __future__ import annotations

import binascii
import csv
import io
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import console
from .base import Failure, require_file

MAGIC = b"TZVR"
VERSION = 1
_HEADER = struct.Struct("<4s5IQ")
_ENTRY = struct.Struct("<QQIII4B")
SECTOR_LEN = 512
ENDLESS_US = 0xFFFFFFFF  # a duration that did not fit
SEQ_MASK = 0xFFFFFFFF

OPS = ("read", "write", "flush", "discard", "zeroes")
_LETTERS = "rwfdz"
_OTHER = 0xFF  # op or status that has no name
UNKNOWN = "?"
STATUS = (
    "OK INVAL GUEST DENIED RANGE FULL EMPTY BUSY IO TIMEOUT UNSUPP NODEV FORMAT"
).split()

_LINE = re.compile(
    r"rec ([0-9a-f]{8}) ([rwfdz?]) ([0-9a-f]{2}) ([0-9a-f]{2}) ([0-9a-f]{12,16})"
    r" ([0-9a-f]{4,8}) ([0-9a-f]{12,16}) ([0-9a-f]{8}) ([A-Z]+|\?) ([0-9a-f]{4})(?![^\s])"
)
_LIKE_A_LINE = re.compile(r"\brec [0-9a-f]{8}\b")

CSV_FIELDS = (
    "seq",
    "op",
    "client",
    "queue",
    "sector",
    "nr_sectors",
    "start_us",
    "duration_us",
    "status",
)


@dataclass(frozen=True)
class Entry:
    """One request that was answered."""

    seq: int
    op: str
    client: int
    queue: int
    sector: int
    nr_sectors: int
    start_us: int
    duration_us: int
    status: str

    @property
    def end_us(self) -> int:
        return self.start_us + self.duration_us

    @property
    def end_sector(self) -> int:
        return self.sector + self.nr_sectors

    @property
    def ok(self) -> bool:
        return self.status == STATUS[0]

    @property
    def moved(self) -> int:
        """Bytes that went over the card's bus."""
        carries = self.op in ("read", "write") and self.ok
        return self.nr_sectors * SECTOR_LEN if carries else 0

    @property
    def name(self) -> str:
        """How a report calls it."""
        where = f" sector {self.sector} + {self.nr_sectors}" if self.nr_sectors else ""
        return f"request {self.seq} ({self.op}{where}, client {self.client}.{self.queue})"


@dataclass
class Recording:
    """What one run has left."""

    entries: list[Entry]  # in the order in which they were answered
    lost: int = 0  # overwritten before the first entry
    notes: list[str] = field(default_factory=list)  # what is odd about the input

    @property
    def gaps(self) -> list[tuple[Entry, int]]:
        """Entries after which some are missing, and how many."""
        pairs = zip(self.entries, self.entries[1:])
        return [(a, b.seq - a.seq - 1) for a, b in pairs if b.seq - a.seq > 1]

    def only(self, client: int | None, since: int) -> Recording:
        """Some of it."""
        kept = [e for e in self.entries if e.seq >= since and client in (None, e.client)]
        if not kept:
            raise Failure("there is no such request in the recording")
        return replace(self, entries=kept)

    @property
    def by_start(self) -> list[Entry]:
        """In the order in which they were submitted."""
        return sorted(self.entries, key=lambda entry: (entry.start_us, entry.seq))


def read(path: Path) -> Recording:
    """A recording of any kind."""
    return parse(path, require_file(path, "recording").read_bytes())


def parse(path: Path, data: bytes) -> Recording:
    """What a file holds."""
    if data.startswith(MAGIC):
        recording = _binary(path, data)
    elif data.startswith(b"seq,"):
        recording = _csv(path, data)
    else:
        recording = _log(path, data)
    if not recording.entries:
        raise Failure(f"recording {path} holds no request; was the disk used before the dump?")
    return recording


# ---- binary ----


def _name(names: Iterable[str], code: int) -> str:
    return dict(enumerate(names)).get(code, UNKNOWN)


def _code(names: Iterable[str], name: str) -> int:
    return {known: code for code, known in enumerate(names)}.get(name, _OTHER)


def _binary(path: Path, data: bytes) -> Recording:
    if len(data) < _HEADER.size:
        raise Failure(f"dump {path} ends within its header; copy it again")
    _, version, header_len, entry_len, count, _, lost = _HEADER.unpack_from(data)
    if version != VERSION:
        raise Failure(f"dump {path} has version {version}, this tool knows {VERSION}; update it")
    if header_len < _HEADER.size or entry_len < _ENTRY.size:
        raise Failure(f"dump {path} is damaged: its header makes no sense; copy it again")
    room = max(len(data) - header_len, 0) // entry_len
    if count > room:
        raise Failure(
            f"dump {path} is cut: it says {count} requests and has room for {room};"
            " copy all of it"
        )
    entries: list[Entry] = []
    for place in range(count):
        raw = _ENTRY.unpack_from(data, header_len + place * entry_len)
        start_us, sector, duration_us, nr_sectors, seq, client, queue, op, status = raw
        seq = _unwrapped(seq, entries[-1].seq + 1 if entries else lost)
        op_name, status_name = _name(OPS, op), _name(STATUS, status)
        entries.append(
            Entry(
                seq, op_name, client, queue, sector, nr_sectors, start_us, duration_us, status_name
            )
        )
    if any(b.seq <= a.seq for a, b in zip(entries, entries[1:])):
        raise Failure(f"dump {path} is damaged: its requests are out of order; copy it again")
    return Recording(entries, lost)


def dump(recording: Recording) -> bytes:
    """The binary form."""
    count = len(recording.entries)
    header = _HEADER.pack(
        MAGIC, VERSION, _HEADER.size, _ENTRY.size, count, 0, recording.entries[0].seq
    )
    return header + b"".join(map(_packed, recording.entries))


def _packed(entry: Entry) -> bytes:
    return _ENTRY.pack(
        entry.start_us,
        entry.sector,
        entry.duration_us,
        entry.nr_sectors,
        entry.seq & SEQ_MASK,
        entry.client,
        entry.queue,
        _code(OPS, entry.op),
        _code(STATUS, entry.status),
    )


def _unwrapped(seq: int, expected: int) -> int:
    """A number of 32 bits as the one nearest to what is expected."""
    ahead = (seq - expected) & SEQ_MASK
    return expected + ahead - (SEQ_MASK + 1 if ahead > SEQ_MASK // 2 and expected > 0 else 0)


# ---- console ----


def line(entry: Entry) -> str:
    """As tzvmm_record_format() writes it."""
    letter = dict(zip(OPS, _LETTERS)).get(entry.op, UNKNOWN)
    text = (
        f"rec {entry.seq & SEQ_MASK:08x} {letter} {entry.client:02x} {entry.queue:02x}"
        f" {entry.sector:012x} {entry.nr_sectors:04x} {entry.start_us:012x}"
        f" {entry.duration_us:08x} {entry.status}"
    )
    return f"{text} {_check(text):04x}"


def _check(text: str) -> int:
    return binascii.crc_hqx(text.encode(), 0xFFFF)


def _parsed(match: re.Match[str]) -> Entry | None:
    """The entry of a line, if its check holds."""
    text = match[0][:-5]
    if _check(text) != int(match[10], 16):
        return None
    numbers = [int(match[group], 16) for group in (3, 4, 5, 6, 7, 8)]
    op = dict(zip(_LETTERS, OPS)).get(match[2], UNKNOWN)
    return Entry(int(match[1], 16), op, *numbers, match[9])


def _log(path: Path, data: bytes) -> Recording:
    lines = [console.parse(raw) for raw in data.split(b"\n")]
    # Our own lines have the monitor's prefix, or none if nobody adds one. Another
    # world's are its own invention.
    texts = [text for source in ("monitor", "") for text in console.whole(lines, source)]
    runs: list[dict[int, Entry]] = [{}]
    damaged = 0
    for text in texts:
        match = _LINE.search(text)
        entry = _parsed(match) if match else None
        if entry:
            _add(runs, entry)
        damaged += not entry and _LIKE_A_LINE.search(text) is not None
    if not runs[-1]:
        raise Failure(
            f"{path} is neither a dump nor a CSV of this tool, and has no whole line of a"
            f" recorder{f' but {damaged} damaged ones' if damaged else ''};"
            " let the monitor dump its record first"
        )
    entries = [run for _, run in sorted(runs[-1].items())]
    recording = Recording(entries, entries[0].seq)
    forged = sum(
        line.source not in ("monitor", "") and _LINE.search(line.text) is not None for line in lines
    )
    for count, what in (
        (damaged, "damaged lines were left out"),
        (len(runs) - 1, "earlier runs of the monitor were left out"),
        (forged, "lines that the monitor did not write were left out"),
    ):
        if count:
            recording.notes.append(f"{count} {what}")
    return recording


def _add(runs: list[dict[int, Entry]], entry: Entry) -> None:
    """A dump repeats what an earlier one has shown; a number that comes again with
    another request is that of a new run."""
    run = runs[-1]
    newest = max(run, default=0)
    seq = _unwrapped(entry.seq, newest)
    entry = Entry(**{**entry.__dict__, "seq": seq})
    if seq in run and run[seq] != entry:
        runs.append({entry.seq & SEQ_MASK: Entry(**{**entry.__dict__, "seq": seq & SEQ_MASK})})
    else:
        run[seq] = entry


# ---- CSV ----


def to_csv(entries: Iterable[Entry]) -> Iterator[str]:
    """A line of names, and one for each entry."""
    yield ",".join(CSV_FIELDS)
    for entry in entries:
        yield ",".join(str(getattr(entry, name)) for name in CSV_FIELDS)


_LIMITS = {
    "client": 0xFF,
    "queue": 0xFF,
    "nr_sectors": 0xFFFFFFFF,
    "duration_us": 0xFFFFFFFF,
}


def _row(row: dict[str, str]) -> Entry:
    values: dict[str, int | str] = {}
    for name in CSV_FIELDS:
        text = row[name]
        if name in ("op", "status"):
            known = OPS if name == "op" else STATUS
            if text not in known and text != UNKNOWN:
                raise ValueError(f"{name} is {text!r} and not one of {', '.join(known)}")
            values[name] = text
            continue
        value = int(text)
        if not 0 <= value <= _LIMITS.get(name, (1 << 64) - 1):
            raise ValueError(f"{name} is {value}, which is out of range")
        values[name] = value
    return Entry(**values)  # type: ignore[arg-type]


def _csv(path: Path, data: bytes) -> Recording:
    reader = csv.DictReader(io.StringIO(data.decode(errors="replace")))
    missing = set(CSV_FIELDS) - set(reader.fieldnames or ())
    if missing:
        raise Failure(f"{path} has no column {', '.join(sorted(missing))}; make it with csv")
    entries: list[Entry] = []
    for row in reader:
        try:
            entries.append(_row(row))
        except (TypeError, ValueError) as error:
            raise Failure(f"{path}:{reader.line_num}: {error}; correct that line") from error
    entries.sort(key=lambda entry: entry.seq)
    for a, b in zip(entries, entries[1:]):
        if a.seq == b.seq:
            raise Failure(f"{path} has two requests {a.seq}; number them apart")
    return Recording(entries, entries[0].seq if entries else 0)
