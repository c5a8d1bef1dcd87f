#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Instructions of the world switch on the emulated USB armory: a null call, a
trapped read, and the way from the FIQ vector to a device's handler.

Peers are in docs/performance.md. Exit status 1 if a goal is missed, 77
if a tool is missing."""

import argparse
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[2]
sys.path[:0] = [str(HERE.parent), str(TOP / "tests" / "system"), str(TOP / "tools")]

import count  # noqa: E402
from bare import PREFIX, build_card, build_guest, build_package  # noqa: E402

SKIP = 77
PACKAGE = 0x71000000

# What, from, to, in which image each place is, goal.
FIGURES = [
    ("null SMC, there and back", "guest:bench_smc", "guest:bench_smc_end", 90),
    ("FIQ vector to the device's handler", "monitor:armv7a_monitor_fiq", "monitor:tick", 60),
    ("trapped read of the UART", "guest:bench_uart", "guest:bench_uart_end", 350),
    ("trapped read of the TZIC", "guest:bench_tzic", "guest:bench_tzic_end", 350),
]


def build_plugin(folder: pathlib.Path) -> pathlib.Path:
    plugin = folder / "libcount.so"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", HERE.parent / "count_plugin.c", "-o", plugin],
                   check=True)
    return plugin


def measure(command: list[str], plugin: pathlib.Path, images: dict[str, count.Symbols],
            begin: str, end: str) -> list[int]:
    places = []
    for place in (begin, end):
        image, name = place.split(":")
        places.append(hex(images[image].at(name)))
    result = count.run(plugin, images["monitor"], *places, command,
                       timeout=60)
    # The first rounds fill the translations' and the monitor's own first-time paths.
    return sorted(result.intervals[2:])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--monitor", type=pathlib.Path, required=True, help="the monitor's ELF")
    parser.add_argument("--emulator", type=pathlib.Path, required=True,
                        help="qemu-system-arm-imx53")
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="for what is built")
    args = parser.parse_args()
    for tool in ("cc", "dtc", PREFIX + "gcc", str(args.emulator)):
        if shutil.which(tool) is None:
            print(f"skipped: {tool} is missing (./demo builds the emulator)")
            return SKIP
    args.folder.mkdir(parents=True, exist_ok=True)
    elf, raw = build_guest(args.folder, HERE / "guest.S")
    images = {"guest": count.Symbols(elf, PREFIX + "nm"),
              "monitor": count.Symbols(args.monitor, PREFIX + "nm")}
    # Counted time: the monitor's tick comes at the same instruction in each run.
    command = [str(args.emulator), "-M", "usb_armory", "-icount", "shift=3,sleep=off",
               "-display", "none", "-nodefaults", "-serial", "null", "-no-reboot",
               "-kernel", str(args.monitor),
               "-device", f"loader,file={build_package(args.folder, raw)},"
                          f"addr={PACKAGE:#x},force-raw=on",
               "-drive", f"if=sd,index=0,format=raw,file={build_card(args.folder)}"]
    plugin = build_plugin(args.folder)
    missed = 0
    for what, begin, end, goal in FIGURES:
        counts = measure(command, plugin, images, begin, end)
        worst = counts[-1]
        missed += worst > goal
        print(f"{what:36} {counts[len(counts) // 2]:5} instructions, most {worst:5}, goal {goal:4}"
              f"{'  MISSED' if worst > goal else ''}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
