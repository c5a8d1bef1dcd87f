# SPDX-License-Identifier: BSD-2-Clause
"""The command line of tools/blkrec."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from . import blkrec_card, blkrec_compare, blkrec_export, blkrec_plot, blkrec_stats
from .base import Arguments, Failure, say, write_atomic
from .blkrec_read import SECTOR_LEN, Recording, dump, read, to_csv

DESCRIPTION = """\
Look at what the recorder of block requests has seen.

RECORD is a binary dump, a console's log with the recorder's lines, or a CSV that this
tool has made; with --partition it is a card, or its image, on which the monitor has
saved its record. docs/recorder.md has an example."""

STATUS_ANOMALY = 1


def _write(lines: Iterable[str], output: Path | None) -> None:
    text = "".join(f"{line}\n" for line in lines)
    if output:
        _save(output, text.encode())
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough. Nothing is left for Python to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _save(path: Path, data: bytes) -> None:
    try:
        write_atomic(path, data)
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}") from error


def _csv(record: Recording, args: argparse.Namespace) -> int:
    _write(to_csv(record.entries), args.output)
    return 0


def _fio(record: Recording, args: argparse.Namespace) -> int:
    if any(c.isspace() for c in args.file) or not 0 < len(args.file) < 256:
        raise Failure(f"--file {args.file!r}: fio wants 1 to 255 characters without blanks")
    if args.start:
        record = blkrec_export.moved(record, args.start)
    kept = blkrec_export.replayable(record)
    if len(kept) != len(record.entries):
        say(f"{len(record.entries) - len(kept)} requests that failed were left out")
    if kept:
        # fio does not make the file for an iolog, and reads past its end fail.
        size = max(entry.end_sector for entry in kept) * SECTOR_LEN
        say(f"{args.file} has to have {size} bytes: truncate -s {size} {args.file}")
    _write(blkrec_export.fio(record, args.version, args.file), args.output)
    return 0


def _blkparse(record: Recording, args: argparse.Namespace) -> int:
    _write(blkrec_export.blkparse(record), args.output)
    return 0


def _stats(record: Recording, args: argparse.Namespace) -> int:
    lines, bad = blkrec_stats.report(record, args.mb_s)
    _write(lines, args.output)
    return STATUS_ANOMALY if bad else 0


def _compare(record: Recording, args: argparse.Namespace) -> int:
    lines, differ = blkrec_compare.report(record, read(args.other), args.timing)
    _write(lines, args.output)
    return STATUS_ANOMALY if differ else 0


def _plot(record: Recording, args: argparse.Namespace) -> int:
    blkrec_plot.draw(record, args.picture)
    return 0


def _dump(record: Recording, args: argparse.Namespace) -> int:
    _save(args.dump, dump(record))
    return 0


def _speed(text: str) -> Fraction:
    """Megabytes a second, which are bytes a microsecond."""
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        value = Fraction(0)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no speed; 25 is a card's at 50 MHz, 4 bits")
    return value


def parser() -> argparse.ArgumentParser:
    top = Arguments(
        prog="blkrec",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND", dest="command")

    def command(name: str, run: object, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.add_argument("record", type=Path, metavar="RECORD")
        made.add_argument("--partition", metavar="P", help="of a card: number, PARTUUID= or PARTLABEL=")
        made.add_argument("--client", type=int, metavar="N", help="only its requests")
        made.add_argument("--since", type=int, metavar="SEQ", help="only from this number on")
        made.set_defaults(run=run)
        return made

    def to_output(made: argparse.ArgumentParser) -> argparse.ArgumentParser:
        made.add_argument(
            "-o", "--output", type=Path, metavar="FILE", help="default: standard output"
        )
        return made

    to_output(command("csv", _csv, "one line for each request"))
    fio = to_output(command("fio", _fio, "an iolog for fio --read_iolog, with timing"))
    fio.add_argument(
        "--version",
        type=int,
        choices=(2, 3),
        default=3,
        help="of the iolog: 3 (default) has microseconds, 2 milliseconds",
    )
    fio.add_argument(
        "--file", default="blkrec.img", help="what fio reads and writes (default: blkrec.img)"
    )
    fio.add_argument(
        "--start", type=int, default=0, metavar="SECTOR",
        help="of the card at which the disk begins that the log is for (default: 0)",
    )
    compare = to_output(
        command("compare", _compare, "with what a replay has left; status 1 if requests differ")
    )
    compare.add_argument("other", type=Path, metavar="OTHER")
    compare.add_argument(
        "--timing", type=int, metavar="PERCENT",
        help="the time of all, and the middle one between two, may differ by this much",
    )
    to_output(command("blkparse", _blkparse, "the text that blkparse prints"))
    stats = to_output(
        command("stats", _stats, "counts, latencies and anomalies; status 1 if there are any")
    )
    stats.add_argument(
        "--mb-s",
        type=_speed,
        metavar="N",
        help="megabytes (10^6) a second that the card's bus moves: finds answers before"
        " their bytes",
    )
    plot = command("plot", _plot, "latency over time, its distribution, throughput")
    plot.add_argument("picture", type=Path, metavar="OUT.png")
    binary = command("dump", _dump, "a binary dump, as tests/replay wants it")
    binary.add_argument("dump", type=Path, metavar="OUT")
    text = "give a partition of a card to the monitor's record; its content is lost"
    prepare = commands.add_parser("prepare", help=text, description=text)
    prepare.add_argument("card", type=Path, metavar="CARD")
    prepare.add_argument("partition", metavar="P", help="number, PARTUUID= or PARTLABEL=")
    return top


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    if args.command == "prepare":
        where = blkrec_card.prepare(args.card, args.partition)
        say(f"partition {args.partition}, {where.size >> 10} KiB, is ready for records")
        return 0
    record = blkrec_card.read(args.record, args.partition) if args.partition else read(args.record)
    for note in record.notes:
        say(note)
    if args.client is not None or args.since is not None:
        record = record.only(args.client, args.since or 0)
    status: int = args.run(record, args)
    return status
