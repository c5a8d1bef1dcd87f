#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Instructions and bytes of the ring's device half, against their gates.

The device half pops, checks and translates a chain, takes its header, writes its
status, returns it, publishes the batch and decides on the interrupt: what was
counted of its peers. The whole device adds the pool of requests and the
asynchronous disk; the block layer's checks, the disk and the interrupt are shown
apart. Exit status 1 if a gate does not hold, with 10 % for other compilers; 77 if a tool
is missing."""

import argparse
import dataclasses
import pathlib
import shutil
import subprocess
import sys

import count

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

from tzvmm_tools import figures  # noqa: E402

OURS = ("lib/transport/virtqueue.c", "lib/blk/virtio_blk.c")
OTHERS = ("lib/transport/virtio.c", "lib/blk/blk.c", "lib/core/irq.c", "lib/core/log.c",
          "lib/core/format.c", "tests/bench/ring_bench.c")
HOT = ("tzvmm_vq_pop", "vq_look_and_take", "vq_take", "tzvmm_vq_push",
       "tzvmm_vq_flush")
SIZES = (1, 4, 8)
NR_ROUNDS = 64  # as in ring_bench.c
SLACK = 1.10  # compilers differ; ours is gcc 12


@dataclasses.dataclass
class Case:
    """What is measured, in the order of ring_bench.c's arguments."""

    n: int
    batch: int
    event: bool
    device: bool

    def function(self) -> str:
        return "bench_device" if self.device else "bench_ring"

    def gate(self) -> int | None:
        """[ring-gates] G4 and G5: the ring's half, without the event index."""
        return None if self.device or self.event else (210 if self.batch == 8 else 290) + 42 * self.n

    def __str__(self) -> str:
        what = "whole device" if self.device else "device half"
        return f"{what} I({self.n}) at batch {self.batch}{' event index' if self.event else ''}"


CASES = [Case(n, batch, event, device) for device in (False, True) for event in (False, True)
         for batch in (8, 1) for n in (SIZES if not event else (4,))]


class Target:
    """A way to compile, run and count."""

    name: str
    prefix = ""
    gates: dict[str, int] = {}  # bytes: hot, object

    def __init__(self, args: argparse.Namespace) -> None:
        self.root, self.folder = args.root, args.folder / self.name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.plugin = args.plugin

    def tools(self) -> list[str]:
        return [self.prefix + "gcc", self.prefix + "nm"]

    def flags(self) -> list[str]:
        return []

    def compile(self, source: str, optimise: str, *defines: str) -> pathlib.Path:
        out = self.folder / (pathlib.Path(source).stem + optimise + "".join(defines) + ".o")
        subprocess.run([self.prefix + "gcc", *self.flags(), "-std=c11", optimise, "-g",
                        "-ffreestanding", f"-I{self.root}/include", *defines,
                        "-c", f"{self.root}/{source}", "-o", out], check=True)
        return out

    def functions(self, obj: pathlib.Path) -> dict[str, int]:
        """Names and sizes."""
        text = subprocess.run([self.prefix + "nm", "--print-size", obj], check=True,
                              capture_output=True, text=True).stdout
        fields = [line.split() for line in text.splitlines()]
        return {f[3]: int(f[1], 16) for f in fields if len(f) == 4 and f[2] in "tT"}

    def link(self, objects: list[pathlib.Path], name: str) -> pathlib.Path:
        elf = self.folder / name
        subprocess.run([self.prefix + "gcc", *self.flags(), *self.link_flags(), *objects,
                        "-o", elf], check=True)
        return elf

    def link_flags(self) -> list[str]:
        return []

    def measure(self, case: "Case") -> dict[str, float]:
        """Instructions of each function for one batch."""
        raise NotImplementedError


class Host(Target):
    name = "x86-64"

    def tools(self) -> list[str]:
        return [*super().tools(), "valgrind"]

    def measure(self, case: "Case") -> dict[str, float]:
        elf = self.folder / "bench"
        if not elf.exists():
            self.link([self.compile(s, "-O2") for s in OURS + OTHERS], "bench")
        out = self.folder / "callgrind.out"
        subprocess.run(["valgrind", "-q", "--tool=callgrind",
                        f"--toggle-collect={case.function()}", "--compress-strings=no",
                        f"--callgrind-out-file={out}", elf,
                        *(str(int(v)) for v in dataclasses.astuple(case))], check=True)
        return self.parse(out)

    @staticmethod
    def parse(path: pathlib.Path) -> dict[str, float]:
        """Own costs of functions; the line after calls= is what a callee costs."""
        functions: dict[str, float] = {}
        function, skip = "", False
        for line in path.read_text().splitlines():
            if line.startswith("fn="):
                function = line[3:].split("'")[0]
            elif line.startswith("calls="):
                skip = True
            elif line[:1].isdigit() or line[:1] in "+-*":
                cost = line.split()[1:] # left out if 0
                if cost and not skip:
                    functions[function] = functions.get(function, 0) + int(cost[0])
                skip = False
        return {name: cost / NR_ROUNDS for name, cost in functions.items()}


class Bare(Target):
    """A Cortex-A8 without anything around it."""

    prefix = "arm-none-eabi-"
    state: str

    def tools(self) -> list[str]:
        return [*super().tools(), "qemu-system-arm"]

    def flags(self) -> list[str]:
        return ["-mcpu=cortex-a8", "-mfloat-abi=soft", self.state]

    def link_flags(self) -> list[str]:
        return ["--specs=rdimon.specs"]

    def measure(self, case: "Case") -> dict[str, float]:
        defines = [f"-DBENCH_{name.upper()}={int(value)}u"
                   for name, value in dataclasses.asdict(case).items()]
        elf = self.link([self.compile(s, "-O2", *(defines if "bench" in s else ()))
                         for s in OURS + OTHERS], "bench")
        command = ["qemu-system-arm", "-M", "none", "-cpu", "cortex-a8", "-m", "64M",
                   "-display", "none", "-semihosting-config", "enable=on,target=native",
                   "-device", f"loader,cpu-num=0,file={elf}"]
        symbols = count.Symbols(elf, self.prefix + "nm")
        return count.run(self.plugin, symbols, case.function(), "bench_end", command).functions


class Arm(Bare):
    name, state, gates = "A8 ARM", "-marm", {"hot": 960, "object": 2304}


class Thumb(Bare):
    name, state, gates = "A8 Thumb-2", "-mthumb", {"hot": 640, "object": 1536}


class Report:
    """Prints rows and remembers whether a gate did not hold."""

    def __init__(self, slack: float) -> None:
        self.bad, self.slack = False, slack
        self.kept: dict[str, dict[str, int]] = {}

    def row(self, target: str, what: str, value: float, gate: float | None,
            remark: str = "") -> None:
        self.kept.setdefault(what, {})[target] = round(value)
        bad = gate is not None and value > gate * self.slack
        self.bad |= bad
        limit = f"<= {gate:5.0f}" if gate is not None else " " * 8
        verdict = " TOO MUCH" if bad else ""
        print(f"{target:11} {what:40} {value:7.1f} {limit}{verdict}{remark}", flush=True)


def instructions(report: Report, target: Target, args: argparse.Namespace) -> None:
    ours = {name for s in OURS for name in target.functions(target.compile(s, "-O2"))}
    ours.add("bench_ring")
    for case in CASES:
        functions = target.measure(case)
        mine = sum(v for k, v in functions.items() if k in ours) / case.batch
        block = functions.get("tzvmm_blk_submit", 0) / case.batch
        gate = case.gate()
        report.row(target.name, str(case), mine, gate,
                   f" + {block:.0f} block layer" if case.device else "")
        if args.functions:
            for name, cost in sorted(functions.items(), key=lambda item: -item[1]):
                print(f"{'':12}{cost / case.batch:8.1f} {'' if name in ours else '- '}{name}")


def sizes(report: Report, target: Target) -> None:
    for optimise in ("-O2", "-Os"):
        obj = target.compile(OURS[0], optimise)
        functions = target.functions(obj)
        sections = subprocess.run([target.prefix + "size", obj], check=True,
                                  capture_output=True, text=True).stdout.splitlines()[1].split()
        report.row(target.name, f"bytes of pop, push, flush {optimise}",
                   sum(functions[name] for name in HOT), target.gates.get("hot"))
        report.row(target.name, f"bytes of virtqueue.o {optimise}", int(sections[0]),
                   target.gates.get("object"))
        report.row(target.name, f"bytes of .data and .bss {optimise}",
                   int(sections[1]) + int(sections[2]), 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="for what is built")
    parser.add_argument("--plugin", type=pathlib.Path, required=True)
    parser.add_argument("--target", choices=("x86-64", "A8 ARM", "A8 Thumb-2"))
    parser.add_argument("--functions", action="store_true", help="show the functions")
    parser.add_argument("--strict", action="store_true", help="no slack for compilers")
    args = parser.parse_args()
    shutil.rmtree(args.folder, ignore_errors=True)
    report = Report(1.0 if args.strict else SLACK)
    for kind in (Host, Arm, Thumb):
        if args.target not in (None, kind.name):
            continue
        target = kind(args)
        missing = [tool for tool in target.tools() if shutil.which(tool) is None]
        if missing:
            print(f"{', '.join(missing)} is missing")
            return 77
        instructions(report, target, args)
        sizes(report, target)
    if args.target is None:
        names = [kind.name for kind in (Host, Arm, Thumb)]
        figures.keep("ring", ("", *names),
                     [(what, *map(values.get, names)) for what, values in report.kept.items()])
    return 1 if report.bad else 0


if __name__ == "__main__":
    sys.exit(main())
