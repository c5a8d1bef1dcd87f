#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The disk in Linux, direct requests by tests/bench/linux/load.c: throughput in virtual
time, instructions of both worlds for a MiB, exits for a request. Native Linux, stock and
paravirtual guest on the same model of the card, in one run.

The CPU does 500 million instructions a second, about what a Cortex-A8 of 800 MHz does.
Exit status 77 if something that ./demo makes is missing."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
from pathlib import Path

from systems import HERE, Interval, arguments, figures, systems

MIB = 1 << 20
KIB = 1 << 10
CARD_MIB = 256
BUS_MB_S = 25.0
# Each run moves about as much.
BYTES = 8 * MIB

HEADS = ("", "size", "depth", "native", "stock", "paravirt", "exits of paravirt")

Run = tuple[str, str, int, int]

QUICK: list[Run] = [("read", "seq", 128 * KIB, 1), ("read", "seq", 128 * KIB, 32),
                    ("write", "seq", 128 * KIB, 1), ("write", "seq", 128 * KIB, 32),
                    ("read", "random", 4 * KIB, 1), ("read", "random", 4 * KIB, 32),
                    ("write", "random", 4 * KIB, 1), ("write", "random", 4 * KIB, 32)]
FULL: list[Run] = [(op, pattern, size, depth)
                   for op in ("read", "write")
                   for pattern in ("seq", "random")
                   for size in (4 * KIB, 16 * KIB, 64 * KIB, 128 * KIB, 512 * KIB, MIB)
                   for depth in (1, 4, 32)]


def number(run: Run) -> int:
    """Requests of a run."""
    return max(16, min(512, BYTES // run[2]))


def build_card(folder: Path) -> Path:
    """Two partitions of nothing, the guest's nearly all of the card."""
    path = folder / "card.img"
    entry = "<B3xB3xII"
    table = (struct.pack(entry, 0, 0xDA, 2048, 2048) +
             struct.pack(entry, 0, 0x83, 8192, CARD_MIB * 2048 - 8192))
    path.write_bytes(bytes(446) + table + bytes(32) + b"\x55\xaa")
    with path.open("r+b") as file:
        file.truncate(CARD_MIB * MIB)
    return path


def figure(run: Run, us: int, interval: Interval) -> tuple[float, float]:
    """MB/s, and thousands of instructions for a MiB."""
    size = run[2]
    nr = number(run)
    return nr * size / us, interval.instructions * MIB / (nr * size) / 1000


def row(run: Run, results: dict[str, tuple[int, Interval]]) -> list[str]:
    """For the documentation; systems as in systems()."""
    op, pattern, size, depth = run
    cells = [f"{op}, {pattern}", f"{size // KIB} KiB", str(depth)]
    for us, interval in results.values():
        rate, cost = figure(run, us, interval)
        cells.append(f"{rate:.1f}, {cost:,.0f} k")
    return [*cells, f"{results['paravirt'][1].exits / number(run):.2f}"]


def report(run: Run, results: dict[str, tuple[int, Interval]]) -> None:
    """A line of figures, a column for each system."""
    op, pattern, size, depth = run
    nr = number(run)
    line = f"{op:5} {pattern:6} {size // KIB:5} KiB depth {depth:2}"
    for name, (us, interval) in results.items():
        rate, cost = figure(run, us, interval)
        line += (f" | {name}: {rate:5.2f} MB/s {100 * rate / BUS_MB_S:3.0f} %,"
                 f" {cost:8.0f} k/MiB, {interval.exits / nr:5.2f} exits")
    print(line, flush=True)


def main() -> int:
    args = arguments(__doc__)
    runs = QUICK if args.quick else FULL
    program = args.folder / "load"
    subprocess.run(["arm-linux-gnueabihf-gcc", "-O2", "-static", "-o", program, HERE / "load.c"],
                   check=True)
    card = build_card(args.folder)
    board = [str(args.emulator), "-M", "usb_armory", "-icount", "shift=1,sleep=off", "-no-reboot",
             "-nodefaults", "-drive", f"if=sd,index=0,format=raw,file={card}"]
    work = "".join(f"/bin/load $disk {op} {pattern} {size} {depth} {number(run)}\n"
                   for run in runs for op, pattern, size, depth in [run])
    results: dict[Run, dict[str, tuple[int, Interval]]] = {run: {} for run in runs}
    for system in systems(args, board):
        text, intervals = system.measure(args, work, {"bin/load": program.read_bytes()},
                                         "sys_getpgid", "sys_getsid")
        times = [int(us) for us in re.findall(r"LOAD .* us (\d+)", text)]
        if len(times) != len(runs) or len(intervals) != len(runs):
            print(text[-3000:])
            raise SystemExit(f"{system.name}: {len(times)} times, {len(intervals)} intervals")
        for run, us, interval in zip(runs, times, intervals, strict=True):
            results[run][system.name] = (us, interval)
    for run, result in results.items():
        report(run, result)
    if not args.quick and not args.only:
        figures.keep("linux_disk", HEADS, [row(*item) for item in results.items()])
    return 0


if __name__ == "__main__":
    sys.exit(main())
