#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The same disk with a key and without one, from inside of both guests, as disk.py does
it: throughput in virtual time, and what the cipher costs, in instructions a byte. The
sectors are those of a card that holds zeros: what is read is noise, at the same cost.

Exit status 77 if something that ./demo makes is missing."""

from __future__ import annotations

import re
import subprocess
import sys

from disk import KIB, MIB, Run, build_card, number
from systems import HERE, arguments, paravirt, stock

from tzvmm_tools.bootpkg import Disk

KEY = bytes(range(3, 67))
RUNS: list[Run] = [(op, "seq", 128 * KIB, depth) for op in ("read", "write") for depth in (1, 32)]


def main() -> int:
    args = arguments(__doc__)
    program = args.folder / "load"
    subprocess.run(["arm-linux-gnueabihf-gcc", "-O2", "-static", "-o", program, HERE / "load.c"],
                   check=True)
    card = build_card(args.folder)
    board = [str(args.emulator), "-M", "usb_armory", "-icount", "shift=1,sleep=off", "-no-reboot",
             "-nodefaults", "-drive", f"if=sd,index=0,format=raw,file={card}"]
    work = "".join(f"/bin/load $disk {op} {pattern} {size} {depth} {number(run)}\n"
                   for run in RUNS for op, pattern, size, depth in [run])
    for system in (stock(args, board), paravirt(args, board)):
        measured = []
        for disks in ((), (Disk("2", key=KEY),)):
            system.disks = disks
            text, intervals = system.measure(args, work, {"bin/load": program.read_bytes()},
                                             "sys_getpgid", "sys_getsid")
            times = [int(us) for us in re.findall(r"LOAD .* us (\d+)", text)]
            if len(times) != len(RUNS) or len(intervals) != len(RUNS):
                print(text[-3000:])
                raise SystemExit(f"{system.name}: {len(times)} times, {len(intervals)} intervals")
            measured.append(list(zip(times, intervals, strict=True)))
        for run, (us, plain), (sealed_us, sealed) in zip(RUNS, *measured, strict=True):
            op, _, size, depth = run
            moved = number(run) * size
            print(f"{system.name:8} {op:5} {size // KIB} KiB depth {depth:2} | plain"
                  f" {moved / us * 1e6 / MIB:5.2f} MiB/s | with a key"
                  f" {moved / sealed_us * 1e6 / MIB:5.2f} MiB/s |"
                  f" {(sealed.instructions - plain.instructions) / moved:5.1f} instructions a byte more",
                  flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
