#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The card as it goes into a board: made twice it is the same, the boot ROM starts U-Boot
from it, and U-Boot the monitor with its guest; what is damaged does not start. The second board
has the monitor of ./demo, and no refusals of U-Boot's, which are the same.
usage: test_rom.py stock|paravirt [imx53_qsb]"""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from harness import BOARD, BOOT, GUEST, TOP, WORK, Tap, demo, main

from tzvmm_tools import bootpkg, card, guest, manifest, qemu, sdcard
from tzvmm_tools.build import CROSS_FILE
from tzvmm_tools.console import Closed, Late

MONITOR = "examples/monitor/monitor.elf"
OTHER_DAY = "2031-05-06 07:08:09"
LOADER = sdcard.bootloader(BOARD).read_bytes()
IVT_DCD = 0x2C  # in it
CHIP_SELECTS = bytes.fromhex("63fd9000")  # the register that switches them on
LIMIT = 90.0


def build(name: str, *clock: str, monitor: Path | None = None) -> Path:
    """A card, with a boot package made for it, and so the monitor if none is given; clock:
    run under this one."""
    package, folder, image = (WORK / f"{name}.{kind}" for kind in ("bin", "build", "img"))

    def run(*argv: str | Path) -> None:
        subprocess.run([*clock, *argv], check=True, timeout=300, stdout=subprocess.DEVNULL)

    if monitor is None:
        run("meson", "setup", folder, TOP, "--cross-file", CROSS_FILE, f"-Dport={BOARD}")
        run("ninja", "-C", folder, MONITOR)
    run(sys.executable, TOP / "tools" / "mkbootpkg", "--guest", GUEST, "--board", BOARD, package)
    key = WORK / "id.pub"
    key.write_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me@pc\n")
    mkcard = (sys.executable, TOP / "tools" / "mkcard", "--board", BOARD)
    run(*mkcard, "--boot", package, "--ssh-key", key, "--monitor", monitor or folder / MONITOR, image)
    shutil.rmtree(folder, ignore_errors=True)
    return image


def patched(image: Path, offset: int, text: bytes) -> Path:
    """What of a card is in front of the guest's root, with other bytes at one place."""
    copy = WORK / "damaged.img"
    head = front(image)
    copy.write_bytes(head[:offset] + text + head[offset + len(text):])
    os.truncate(copy, card.CARD_SIZE)
    return copy


def front(image: Path) -> bytes:
    with image.open("rb") as file:
        return file.read(card.partitions(image)[1].start)


def board_with(image: Path) -> qemu.Board:
    return qemu.Board(package=None, card=image, machine=BOARD)


def boot(tap: Tap, image: Path) -> None:
    log = WORK / "rom.log"
    ran = demo("--boot", "rom", "--sd", image, "--log", log, "--headless", "--exec", "findmnt -no SOURCE /")
    tap.check("the guest's root is its disk", ran.output.strip() == "/dev/vda", ran)
    text = log.read_text(errors="replace")
    order = ["U-Boot 20", "tzvmm: monitor and guest from mmc 0:1", "Starting kernel",
             "guest: start at", "system off"]
    found = [text.find(each) for each in order]
    tap.check("ROM, U-Boot, monitor, guest", found == sorted(found) and found[0] >= 0, found)


def refusal(image: Path, what: str) -> tuple[bool, list[str]]:
    """Whether a line has these words before the guest starts, and all lines."""
    lines: list[str] = []
    with qemu.Emulator(board_with(image).argv()) as emulator:
        deadline = time.monotonic() + LIMIT
        try:
            while not any("guest: start" in line or what in line for line in lines):
                lines.append(emulator.console.wait(deadline).text)
        except (Closed, Late):
            pass
    return bool(lines) and what in lines[-1], lines


def damaged(tap: Tap, image: Path) -> None:
    # A byte of the guest's kernel, inside of the image that U-Boot checks.
    kernel = front(image).index(BOOT.kernel.read_bytes()[64:4096])
    holds, lines = refusal(patched(image, kernel, b"\0\xff\0\xff"), "Bad Data CRC")
    tap.check("U-Boot refuses a damaged image", holds, lines[-5:])
    before, word, after = LOADER.rpartition(b"broken-cd")
    copy = patched(image, card.BOOTLOADER_AT, before + word.upper() + after)
    holds, lines = refusal(copy, "MMC: no card present")
    tap.check("without a word of the slot U-Boot finds no card", holds, lines[-5:])


def refused_by_rom(tap: Tap, image: Path) -> None:
    value = LOADER.rindex(CHIP_SELECTS, 0, 0x400) + len(CHIP_SELECTS)
    last = 0x100 >> len(bootpkg.board(BOARD).banks["populated"])
    for what, at, byte in (
        ("is none", IVT_DCD, 0),
        ("leaves DDR off", value, LOADER[value] & ~last),
    ):
        argv = board_with(patched(image, card.BOOTLOADER_AT + at, bytes([byte]))).argv()
        ran = subprocess.run([*argv, "-serial", "null"], capture_output=True, text=True, timeout=60)
        refused = ran.returncode == 1 and f"DCD {what}" in ran.stderr
        tap.check(f"the ROM refuses a list of DDR settings that {what}", refused, ran.stderr)


def card_for_a_board(tap: Tap) -> None:
    first_board = BOARD == manifest.DEFAULT
    monitor = None if first_board else qemu.monitor(BOARD)
    image = build("card", monitor=monitor)
    with image.open("rb") as file:
        file.seek(card.BOOTLOADER_AT)
        tap.check("U-Boot is where the ROM looks", file.read(len(LOADER)) == LOADER)
    # docs/sdcard.md, for the ROM's downloader.
    cut = WORK / "u-boot.imx"
    subprocess.run(f"dd if={image} of={cut} bs=1K skip=1 count=1023", shell=True, check=True, timeout=60,
                   stderr=subprocess.DEVNULL)
    tap.check("what is cut out for a download is U-Boot", cut.read_bytes().rstrip(b"\0") == LOADER.rstrip(b"\0"))
    first, second = card.partitions(image)[:2]
    tap.check("two partitions", first.size == card.BOOT_SIZE and second.size == os.stat(guest.IMAGE).st_size)
    again = build("again", "faketime", OTHER_DAY, monitor=monitor)
    tap.check("made on another day it is the same", filecmp.cmp(image, again, shallow=False))
    again.unlink()
    if first_board:
        damaged(tap, image)
    refused_by_rom(tap, image)
    boot(tap, image)


main(card_for_a_board)
