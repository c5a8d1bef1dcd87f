# SPDX-License-Identifier: BSD-2-Clause
"""Instructions counted on the emulated USB armory, between places of the monitor and
of a bare-metal guest."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
sys.path[:0] = [str(TOP / "tests" / "system"), str(TOP / "tools")]

import bare  # noqa: E402
import count  # noqa: E402
from tzvmm_tools import bootpkg  # noqa: E402

SKIP = 77


def arguments(description: str) -> argparse.Namespace:
    """What every benchmark of the board is told; ends the program if a tool is missing."""
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("--monitor", type=Path, required=True, help="the monitor's ELF")
    parser.add_argument("--emulator", type=Path, required=True, help="qemu-system-arm-imx53")
    parser.add_argument("--folder", type=Path, required=True, help="for what is built")
    args = parser.parse_args()
    for tool in ("cc", "dtc", bare.PREFIX + "gcc", str(args.emulator)):
        if shutil.which(tool) is None:
            print(f"skipped: {tool} is missing (./demo builds the emulator)")
            sys.exit(SKIP)
    args.folder.mkdir(parents=True, exist_ok=True)
    return args


class Board:
    """The emulated board with a guest, ready to be run once for each figure."""

    def __init__(self, args: argparse.Namespace, source: Path, profile: int, *options: str,
                 more: tuple[bare.bootpkg.Payload, ...] = ()):
        elf, raw = bare.build_guest(args.folder, source, *options)
        self._images = {
            "guest": count.Symbols(elf, bare.PREFIX + "nm"),
            "monitor": count.Symbols(args.monitor, bare.PREFIX + "nm"),
        }
        package = bare.build_package(args.folder, raw, profile, *more)
        # Counted time: the monitor's tick comes at the same instruction in each run.
        self._command = [str(args.emulator), "-M", "usb_armory", "-icount", "shift=3,sleep=off",
                         "-display", "none", "-nodefaults", "-serial", "null", "-no-reboot",
                         "-kernel", str(args.monitor),
                         "-device", f"loader,file={package},addr={bootpkg.room().at:#x},force-raw=on",
                         "-drive", f"if=sd,index=0,format=raw,file={bare.build_card(args.folder)}"]
        self._plugin = args.folder / "libcount.so"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", HERE / "count_plugin.c",
                        "-o", self._plugin], check=True)

    def once(self, begin: str, end: str) -> list[int]:
        """Instructions from one place, "image:symbol", to another, each time."""
        places = []
        for place in (begin, end):
            image, name = place.split(":")
            places.append(hex(self._images[image].at(name)))
        return count.run(self._plugin, self._images["monitor"], *places, self._command).intervals

    def measure(self, begin: str, end: str) -> list[int]:
        """The same of what is done often, in order."""
        # The first rounds fill the translations' and the monitor's own first-time paths.
        return sorted(self.once(begin, end)[2:])
