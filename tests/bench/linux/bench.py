#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Instructions of a 4 KiB read in Linux, from submit_bio to bio_endio, both worlds
counted: Debian's kernel without a monitor on the card itself, the same kernel as the
stock guest, and the paravirtual guest.

Exit status 77 if something that ./demo makes is missing."""

from __future__ import annotations

import sys

from systems import arguments, bare, figures, systems

READS = 400
SYSTEMS = {"native": "Debian's kernel on the card itself, without a monitor",
           "stock": "the same kernel as the stock guest",
           "paravirt": "the paravirtual guest, whose kernel is trimmed"}
WORK = f"$b dd if=$disk of=/dev/null bs=4k count={READS} iflag=direct\n"


def main() -> int:
    args = arguments(__doc__)
    card = bare.build_card(args.folder)
    board = [str(args.emulator), "-M", "usb_armory", "-icount", "shift=3,sleep=off", "-no-reboot",
             "-nodefaults", "-drive", f"if=sd,index=0,format=raw,file={card}"]
    rows = []
    for system in systems(args, board):
        _, intervals = system.measure(args, WORK, {}, "submit_bio", "bio_endio")
        # The reads of dd are the last ones.
        reads = sorted(interval.instructions for interval in intervals[-READS + 10:])
        rows.append((SYSTEMS[system.name], reads[len(reads) // 2]))
        print(f"4 KiB read in Linux, {system.name}: {rows[-1][1]} instructions", flush=True)
    figures.keep("linux_read", ("", "instructions"), rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
