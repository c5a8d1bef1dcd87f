#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Counts the instructions that a program under QEMU executes between two places.

    count.py --plugin libcount.so --elf FILE --begin PLACE --end PLACE
             [--only FIRST LAST] [--functions] -- QEMU ARGUMENT...

A PLACE is a symbol, symbol+offset or an address. The measurement starts with
the instruction at begin, the last one before end, which is counted, and ends before
the one at end; it may happen often. --only counts between two places of the image and costs
nothing elsewhere, for programs that boot a whole system in between.
"""

import argparse
import bisect
import dataclasses
import pathlib
import subprocess
import sys
import tempfile


class Symbols:
    """The functions of an ELF file."""

    def __init__(self, elf: pathlib.Path, nm: str = "nm") -> None:
        lines = subprocess.run([nm, "--numeric-sort", "--defined-only", elf], check=True,
                               capture_output=True, text=True).stdout.splitlines()
        # The linker's veneers leave a symbol without a name.
        fields = [line.split() for line in lines if len(line.split()) == 3]
        # $a, $t and $d mark the code of ARM; bit 0 of an address marks Thumb.
        self.table = [(int(address, 16) & ~1, name) for address, kind, name in fields
                      if kind in "tTwW" and not name.startswith("$")]
        self.every = {name: int(address, 16) & ~1 for address, _, name in fields}
        self.addresses = [address for address, _ in self.table]

    def at(self, place: str) -> int:
        name, _, offset = place.partition("+")
        if name in self.every:
            return self.every[name] + int(offset or "0", 0)
        return int(place, 0)

    def of(self, address: int) -> str:
        i = bisect.bisect(self.addresses, address)
        return self.table[i - 1][1] if i else "?"


@dataclasses.dataclass
class Count:
    """What a run counted."""

    intervals: list[int]
    functions: dict[str, float]  # instructions an interval


def read(path: pathlib.Path, symbols: Symbols) -> Count:
    count = Count([], {})
    for line in path.read_text().splitlines():
        kind, *values = line.split()
        if kind == "interval":
            count.intervals.append(int(values[0]))
        else:
            name = symbols.of(int(values[0], 16))
            count.functions[name] = count.functions.get(name, 0) + int(values[1])
    for name in count.functions:
        count.functions[name] /= max(1, len(count.intervals))
    return count


def run(plugin: pathlib.Path, symbols: Symbols, begin: str, end: str, command: list[str],
        only: tuple[str, str] | None = None, timeout: float = 60) -> Count:
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "count"
        arguments = f"{plugin},begin={symbols.at(begin):#x},end={symbols.at(end):#x},out={out}"
        if only:
            arguments += f",from={symbols.at(only[0]):#x},to={symbols.at(only[1]):#x}"
        subprocess.run([*command, "-plugin", arguments], check=True, timeout=timeout,
                       stdin=subprocess.DEVNULL)
        count = read(out, symbols)
    if not count.intervals:
        raise RuntimeError(f"never came from {begin} to {end}")
    return count


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--plugin", type=pathlib.Path, required=True)
    parser.add_argument("--elf", type=pathlib.Path, required=True)
    parser.add_argument("--nm", default="nm")
    parser.add_argument("--begin", required=True)
    parser.add_argument("--end", required=True)
    parser.add_argument("--only", nargs=2, metavar=("FIRST", "LAST"))
    parser.add_argument("--functions", action="store_true")
    parser.add_argument("--timeout", type=float, default=60)
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()
    count = run(args.plugin, Symbols(args.elf, args.nm), args.begin, args.end, args.command,
                args.only, args.timeout)
    ordered = sorted(count.intervals)
    print(f"{len(ordered)} times: least {ordered[0]}, median {ordered[len(ordered) // 2]}, "
          f"most {ordered[-1]} instructions")
    if args.functions:
        for name, number in sorted(count.functions.items(), key=lambda item: -item[1]):
            print(f"{number:10.1f} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
