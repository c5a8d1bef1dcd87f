#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Instructions of the world switch on the emulated USB armory: a null call, a
trapped read, and the way from the FIQ vector to a device's handler.

Peers are in docs/performance.md. Exit status 1 if a goal is missed, 77
if a tool is missing."""

import argparse
import pathlib
import shutil
import struct
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[2]
sys.path[:0] = [str(HERE.parent), str(TOP / "tools")]

import count  # noqa: E402
from tzvmm_tools import bootpkg  # noqa: E402

PREFIX = "arm-none-eabi-"
SKIP = 77
LOAD = bootpkg.LOAD[bootpkg.KERNEL]
PACKAGE = 0x71000000

# What, from, to, in which image each place is, goal.
FIGURES = [
    ("null SMC, there and back", "guest:bench_smc", "guest:bench_smc_end", 90),
    ("FIQ vector to the device's handler", "monitor:armv7a_monitor_fiq", "monitor:tick", 60),
    ("trapped read of the UART", "guest:bench_uart", "guest:bench_uart_end", 350),
    ("trapped read of the TZIC", "guest:bench_tzic", "guest:bench_tzic_end", 350),
]


def build_guest(folder: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    """The guest as an ELF for its symbols, and as a raw image."""
    elf, raw = folder / "guest.elf", folder / "guest.bin"
    subprocess.run([PREFIX + "gcc", "-mcpu=cortex-a8", "-nostdlib", "-nostartfiles",
                    f"-Wl,-Ttext={LOAD:#x}", HERE / "guest.S", "-o", elf], check=True)
    subprocess.run([PREFIX + "objcopy", "-O", "binary", "-j", ".text", elf, raw], check=True)
    return elf, raw


def build_package(folder: pathlib.Path, raw: pathlib.Path) -> pathlib.Path:
    """A boot package with that guest; its device tree is empty."""
    dtb = subprocess.run(["dtc", "-q", "-O", "dtb"], input=b"/dts-v1/; / { };", check=True,
                         capture_output=True).stdout
    package = folder / "bootpkg.bin"
    package.write_bytes(bootpkg.pack([bootpkg.read_kernel(raw),
                                      bootpkg.Payload(bootpkg.DTB, dtb)]))
    return package


def build_card(folder: pathlib.Path) -> pathlib.Path:
    """A card of 32 MiB with two partitions of nothing."""
    card = folder / "card.img"
    entry = "<B3xB3xII"
    table = struct.pack(entry, 0, 0xDA, 2048, 2048) + struct.pack(entry, 0, 0x83, 4096, 8192)
    card.write_bytes(bytes(446) + table + bytes(32) + b"\x55\xaa")
    with card.open("r+b") as file:
        file.truncate(32 << 20)
    return card


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
    elf, raw = build_guest(args.folder)
    images = {"guest": count.Symbols(elf, PREFIX + "nm"),
              "monitor": count.Symbols(args.monitor, PREFIX + "nm")}
    command = [str(args.emulator), "-M", "usb_armory", "-display", "none", "-nodefaults",
               "-serial", "null", "-no-reboot", "-kernel", str(args.monitor),
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
