#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""QEMU's vexpress-a15, a machine that no code here was written for: one boot of Debian's
own kernel to its login, with a look at its card afterwards, and what the prompt starts anew.
usage: test_vexpress.py paravirt vexpress_a15"""

import hashlib
import subprocess
import time
from pathlib import Path

from harness import BOARD, BUILD, WORK, Tap, demo, fresh_card, main

import bare  # behind harness, which knows where the tools are
from data import Witness
from lines import interrupts
from tzvmm_tools import bootpkg, card, qemu
from tzvmm_tools.console import Closed, Late

LIMIT = 60.0
NAME = "/var/tmp/written"
LEN = 3 << 20
COMMAND = (f"uname -r; tr '\\0' '\\n' </proc/device-tree/model; findmnt -n -o SOURCE /; "
           f"head -c {LEN} /dev/urandom > {NAME}; sync; echo 3 > /proc/sys/vm/drop_caches; "
           f"sha256sum {NAME}; cat /proc/interrupts")


def file_of(image: Path, name: str) -> bytes:
    """A file of partition 2, as the host's programs see it."""
    at = card.partitions(image)[1].start
    debugfs = ["debugfs", "-R", f"cat {name}", f"{image}?offset={at}"]
    return subprocess.run(debugfs, check=True, capture_output=True, timeout=60).stdout


def debian(tap: Tap) -> None:
    transcript = WORK / "uart"
    with fresh_card("vexpress") as image:
        witness = Witness(image)
        ran = demo("--sd", image, "--log", transcript, "--headless", "--exec", COMMAND)
        written = file_of(image, NAME)
        witness.check(tap)
    lines = ran.output.splitlines()
    tap.check("Debian's kernel runs", bool(lines) and lines[0].endswith("-armmp"), ran)
    tap.check("on this machine", "Versatile Express A15 under tzvmm" in lines, ran)
    tap.check("from the card", "/dev/vda" in lines, ran)
    told = f"{hashlib.sha256(written).hexdigest()}  {NAME}"
    tap.check("what it writes and reads is on the card", len(written) == LEN and told in lines, ran)
    came = interrupts(ran.output)
    for name in ("arch_timer", "hvc_tzvmm", "virtio0"):
        tap.check(f"interrupts of {name} come by the GIC", came.get(name, 0) > 0, ran)
    uart = transcript.read_text(errors="replace")
    tap.check("it comes to a login", "guest login: root (automatic login)" in uart, uart)
    tap.check("it powers off", ran.status == 0 and "monitor] system off" in uart, uart)
    tap.check("the monitor says that nothing is closed to the guest", "no firewall" in uart, uart)
    tap.check("the card's driver had nothing to say", "monitor] sd:" not in uart, uart)


def prompt(tap: Tap) -> None:
    """A new guest, and a new board; QEMU ends when the board resets."""
    raw = WORK / "bare_guest.bin"
    bare.to_image(BUILD / BOARD / "examples" / "bare_guest" / "bare_guest.elf", raw)
    package = bare.build_package(WORK, raw, bootpkg.PARAVIRT, board=BOARD)
    board = qemu.Board(package=package, card=bare.build_card(WORK), machine=BOARD,
                       monitor=qemu.monitor(BOARD))
    lines: list[str] = []
    deadline = time.monotonic() + LIMIT
    with qemu.Emulator(board.argv()) as emulator:

        def wait(text: str) -> bool:
            try:
                while not lines or text not in lines[-1]:
                    lines.append(emulator.console.wait(deadline).text)
            except Late:
                return False
            return True

        wait("press a key")
        emulator.console.send("\x1dmrestart\r")
        tap.check("the prompt starts the guest anew", wait("guest restart") and wait("press a key"), lines)
        emulator.console.send("reset board\r")
        try:
            wait("there is no such line")
            closed = False
        except Closed:
            closed = True
        tap.check("and resets the board", closed and "system reset" in lines, lines)


main(debian, prompt)
