# SPDX-License-Identifier: BSD-2-Clause
"""Recorded requests as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .base import Failure
from .blkrec_read import OPS, Entry, Recording

BINS = 100  # of the throughput
SIZE = (10, 11)
DPI = 100


def _by_op(entries: list[Entry]) -> dict[str, list[Entry]]:
    groups = {op: [e for e in entries if e.op == op] for op in OPS}
    return {op: members for op, members in groups.items() if members}


def binned(entries: list[Entry], origin: int, width: float) -> list[float]:
    """MB/s in each span of so many microseconds, as if a request's bytes moved evenly
    from its submission to its answer."""
    sums = [0.0] * BINS
    for entry in entries:
        begin, end = entry.start_us - origin, max(entry.end_us, entry.start_us + 1) - origin
        for place in range(int(begin / width), min(int(end / width) + 1, BINS)):
            inside = min(end, (place + 1) * width) - max(begin, place * width)
            sums[place] += entry.moved * max(inside, 0) / (end - begin)
    return [total / width for total in sums]


def _latency(axes: Any, groups: dict[str, list[Entry]], origin: int) -> None:
    for op, members in groups.items():
        starts = [(e.start_us - origin) / 1e6 for e in members]
        times = [max(e.duration_us, 1) / 1e3 for e in members]
        axes.plot(starts, times, ".", markersize=3, label=op)
    axes.set(xlabel="submitted, s", ylabel="latency, ms", yscale="log", title="Latency")


def _distribution(axes: Any, groups: dict[str, list[Entry]]) -> None:
    for op, members in groups.items():
        times = sorted(max(e.duration_us, 1) / 1e3 for e in members)
        share = [100 * place / len(times) for place in range(len(times) + 1)]
        axes.step([times[0], *times], share, where="post", label=op)
    axes.set(
        xlabel="latency, ms",
        ylabel="% of the requests",
        xscale="log",
        title="How many were answered in that time",
        ylim=(0, None),
    )


def _throughput(axes: Any, groups: dict[str, list[Entry]], origin: int, span: int) -> None:
    width = span / BINS
    for op, members in groups.items():
        rates = binned(members, origin, width)
        if any(rates):
            times = [(place + 0.5) * width / 1e6 for place in range(BINS)]
            axes.step(times, rates, where="mid", label=op)
    axes.set(xlabel="time, s", ylabel="MB/s", title="Throughput", ylim=(0, None))


def draw(recording: Recording, path: Path) -> None:
    """Write the picture; its kind is that of the file's name."""
    try:
        import matplotlib
    except ImportError as error:
        raise Failure("python3-matplotlib is not installed; run tools/setup") from error
    matplotlib.use("Agg")
    from matplotlib import pyplot

    entries = recording.entries
    origin = min(e.start_us for e in entries)
    span = max(max(e.end_us for e in entries) - origin, 1)
    groups = _by_op(entries)
    figure, axes = pyplot.subplots(3, 1, figsize=SIZE, dpi=DPI)
    _latency(axes[0], groups, origin)
    _distribution(axes[1], groups)
    _throughput(axes[2], groups, origin, span)
    for part in axes:
        part.grid(alpha=0.3)
        if part.lines:
            part.legend()
    figure.tight_layout()
    try:
        figure.savefig(path)
    except ValueError as error:
        raise Failure(f"{path}: {error}; name it .png") from error
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error
    finally:
        pyplot.close(figure)
