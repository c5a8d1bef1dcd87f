#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The card as it goes into a board: made twice it is the same, the boot ROM starts U-Boot
from it, and U-Boot the monitor with its guest; what is damaged does not start.
usage: test_rom.py stock|paravirt"""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from harness import BOOT, GUEST, TOP, WORK, Tap, main

from tzvmm_tools import card, guest, qemu, sdcard
from tzvmm_tools.build import CROSS_FILE
from tzvmm_tools.console import Closed, Late
from tzvmm_tools.session import Session

MONITOR = "examples/monitor/monitor.elf"
OTHER_DAY = "2031-05-06 07:08:09"
IVT_DCD = card.BOOTLOADER_AT + 0x2C  # of Debian's U-Boot
LIMIT = 90.0


def build(name: str, *clock: str) -> Path:
    """A card, with a monitor and a boot package built for it; clock: run under this one."""
    package, folder, image = (WORK / f"{name}.{kind}" for kind in ("bin", "build", "img"))

    def run(*argv: str | Path) -> None:
        subprocess.run([*clock, *argv], check=True, timeout=300, stdout=subprocess.DEVNULL)

    run("meson", "setup", folder, TOP, "--cross-file", CROSS_FILE, "-Dport=usb_armory")
    run("ninja", "-C", folder, MONITOR)
    run(sys.executable, TOP / "tools" / "mkbootpkg", "--guest", GUEST, package)
    key = WORK / "id.pub"
    key.write_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me@pc\n")
    mkcard = (sys.executable, TOP / "tools" / "mkcard")
    run(*mkcard, "--boot", package, "--ssh-key", key, "--monitor", folder / MONITOR, image)
    shutil.rmtree(folder)
    return image


def patched(image: Path, offset: int, text: bytes) -> Path:
    """A copy of a card with other bytes at one place."""
    copy = WORK / "damaged.img"
    shutil.copy(image, copy)  # sparse, as the original
    with copy.open("r+b") as file:
        file.seek(offset)
        file.write(text)
    return copy


def where_is(image: Path, text: bytes) -> int:
    with image.open("rb") as file:
        head = file.read(card.BOOT_SIZE)
    return head.index(text)


def boot(tap: Tap, image: Path) -> None:
    board = qemu.Board(package=None, card=image)
    with (WORK / "rom.log").open("wb") as log, qemu.Emulator(board.argv(), log) as emulator:
        session = Session(emulator)
        session.wait_for_shell()
        root = session.run("findmnt -no SOURCE /").output.strip()
        tap.check("the guest's root is its disk", root == "/dev/vda", root)
        session.power_off()
    text = (WORK / "rom.log").read_text(errors="replace")
    order = ["U-Boot 20", "tzvmm: monitor and guest from mmc 0:1", "Starting kernel",
             "guest: start at", "system off"]
    found = [text.find(each) for each in order]
    tap.check("ROM, U-Boot, monitor, guest", found == sorted(found) and found[0] >= 0, found)


def refusal(image: Path, what: str) -> tuple[bool, list[str]]:
    """Whether a line has these words before the guest starts, and all lines."""
    lines: list[str] = []
    with qemu.Emulator(qemu.Board(package=None, card=image).argv()) as emulator:
        deadline = time.monotonic() + LIMIT
        try:
            while not any("guest: start" in line or what in line for line in lines):
                lines.append(emulator.console.wait(deadline).text)
        except (Closed, Late):
            pass
    return bool(lines) and what in lines[-1], lines


def damaged(tap: Tap, image: Path) -> None:
    # A byte of the guest's kernel, inside of the image that U-Boot checks.
    kernel = where_is(image, BOOT.kernel.read_bytes()[64:4096])
    holds, lines = refusal(patched(image, kernel, b"\0\xff\0\xff"), "Bad Data CRC")
    tap.check("U-Boot refuses a damaged image", holds, lines[-5:])
    before, word, after = sdcard.bootloader().read_bytes().rpartition(b"broken-cd")
    copy = patched(image, card.BOOTLOADER_AT, before + word.upper() + after)
    holds, lines = refusal(copy, "MMC: no card present")
    tap.check("without a word of the slot U-Boot finds no card", holds, lines[-5:])
    argv = qemu.Board(package=None, card=patched(image, IVT_DCD, b"\0")).argv()
    ran = subprocess.run([*argv, "-serial", "null"], capture_output=True, text=True, timeout=60)
    refused = ran.returncode == 1 and "DCD" in ran.stderr
    tap.check("the ROM refuses an image without a list of DDR settings", refused, ran.stderr)


def card_for_a_board(tap: Tap) -> None:
    image = build("card")
    with image.open("rb") as file:
        file.seek(card.BOOTLOADER_AT)
        loader = sdcard.bootloader().read_bytes()
        tap.check("U-Boot is where the ROM looks", file.read(len(loader)) == loader)
    first, second = card.partitions(image)[:2]
    tap.check("two partitions", first.size == card.BOOT_SIZE and second.size == os.stat(guest.IMAGE).st_size)
    again = build("again", "faketime", OTHER_DAY)
    tap.check("made on another day it is the same", filecmp.cmp(image, again, shallow=False))
    again.unlink()
    damaged(tap, image)
    boot(tap, image)


main(card_for_a_board)
