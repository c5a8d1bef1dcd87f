#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The Quick Start Board: Debian with its memory behind both chip selects and its disk in
either slot, the LED against the world at each switch, a guest that is started by a tag list,
and slots without a card.
usage: test_qsb.py stock|paravirt"""

from pathlib import Path

from harness import PARAVIRT, WORK, Tap, demo, fresh_card, main

import bare  # behind harness, which knows where the tools are
import traces
from tzvmm_tools import bootpkg, measure, qemu

BOARD = "imx53_qsb"
MACHINE = 3273
COMMAND = "uname -s; findmnt -n -o SOURCE /; nproc; grep 'System RAM' /proc/iomem; free -m | sed -n 2p"


def debian(tap: Tap) -> None:
    log = WORK / "debian.log"
    slot = ["--mmc"] if PARAVIRT else []
    with fresh_card("qsb") as image:
        ran = demo("--board", BOARD, *slot, "--sd", image, "--log", log, "--headless", "--exec", COMMAND)
    lines = ran.output.splitlines()
    tap.check("Debian runs from its disk", lines[:3] == ["Linux", "/dev/vda", "1"], ran)
    card = "eMMC, 4194304 sectors, 8 bit" if PARAVIRT else "SDSC, 4194304 sectors, 4 bit"
    tap.check("which is as wide and fast as both sides can", f"sd: {card}, 50000 kHz" in log.read_text(),
              log.read_text()[:2000])
    banks = bootpkg.board(BOARD).banks["guest"]
    told = [line for line in lines if line.endswith(" : System RAM")]
    wanted = [f"{bank.at:08x}-{bank.end - 1:08x} : System RAM" for bank in banks]
    tap.check("it has its memory behind both chip selects", told == wanted, ran)
    total = sum(bank.len for bank in banks) >> 20
    seen = [int(line.split()[1]) for line in lines if line.startswith("Mem:")]
    tap.check("and uses it", seen != [] and seen[0] > total * 15 // 16, ran)


def atags(tap: Tap) -> None:
    raw = bare.build_c_guest(WORK, Path(__file__).with_name("atags_guest.c"))
    data = bytes(n * n & 0xFF for n in range(5000))
    payloads = [
        bootpkg.read_kernel(raw, BOARD), bootpkg.Payload(bootpkg.INITRD, data, BOARD),
        bootpkg.atags(MACHINE, "console=x quiet", BOARD, 0x53020, 0x1122334455667788),
    ]
    package = WORK / "atags.pkg"
    package.write_bytes(bootpkg.pack(payloads, bootpkg.PARAVIRT))
    board = qemu.Board(package=package, card=bare.build_card(WORK), machine=BOARD,
                       monitor=qemu.monitor(BOARD), icount=True, led_trace=WORK / "qsb.trace")
    lines = bare.run(board)
    there = set(lines)
    initrd = bootpkg.load_address(bootpkg.INITRD, BOARD)
    total = 0
    for byte in data:
        total = total * 31 + byte & 0xFFFFFFFF
    tap.check("the guest is told machine and list", {"r0 00000000", f"machine {MACHINE:08x}",
              f"list {bootpkg.load_address(bootpkg.ATAGS, BOARD):08x}"} <= there, lines)
    tags = [f"tag 54410002: {bank.len:08x} {bank.at:08x}" for bank in bootpkg.board(BOARD).banks["guest"]]
    tags += ["tag 54410007: 00053020", "tag 54410006: 55667788 11223344",
             f"tag 54420005: {initrd:08x} {len(data):08x}", "cmdline console=x quiet"]
    tap.check("each tag says what it has to", set(tags) <= there, lines)
    tap.check("the initrd is where it says", f"initrd {total:08x}" in there, lines)
    tap.check("the guest finds no fault", {"all tags are well", "system off"} <= there, lines)
    digests = zip(measure.PARTS, measure.digests(payloads, bootpkg.PARAVIRT), strict=True)
    told = {f"measured: {name} sha256 {digest.hex()}" for name, digest in digests}
    tap.check("what the list is made of is measured", told <= there, lines)
    traces.check_led(tap, board.led_trace, "1", traces.NS)


def empty(tap: Tap) -> None:
    board = qemu.Board(package=bare.build_busy_guest(WORK), card=None, machine=BOARD,
                       monitor=qemu.monitor(BOARD))
    lines = bare.run(board)
    for slot in (1, 3):
        tap.check(f"slot {slot} is told to be empty", f"sd: no card in eSDHC{slot}'s slot" in lines, lines)
    tap.check("and no guest starts", lines[-1] == "fatal: card: there is none", lines)


def pulled(tap: Tap) -> None:
    board = qemu.Board(package=bare.build_busy_guest(WORK), card=bare.build_card(WORK), mmc=True,
                       machine=BOARD, monitor=qemu.monitor(BOARD))
    lines = bare.run(board, commands={"writing": ("eject", {"device": "sd1", "force": True})})
    tap.check("a card that is pulled is given up", "sd: card was removed, the card is given up" in lines,
              lines)
    tap.check("and the guest's disk fails", lines[-1] == "system off", lines)


# The guest without an OS prints by calls, as the paravirtual one does.
main(debian, *([atags, empty, pulled] if PARAVIRT else []))
