#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What can be wrong with a card, a boot package or a guest is said in a
sentence, within bounded time, with a status that tells which it was."""

import fcntl
import time
from pathlib import Path

from harness import WORK, Ran, Tap, demo, main

from tzvmm_tools import base, bootpkg, card, guest, qemu
from tzvmm_tools.session import Session

LIMIT = 60.0  # for what stops before the guest starts


def refused(tap: Tap, sentence: str, ran: Ran, status: int, *words: str) -> None:
    tap.check(f"{sentence}: status {status}", ran.status == status, ran)
    said = ran.messages.splitlines()[-1] if ran.messages else ""
    tap.check(f"{sentence}: the last line says so", all(word in said for word in words), ran)


def run(*args: str | Path) -> Ran:
    return demo("--headless", "--exec", "true", "--timeout", "60", *args, limit=2 * LIMIT)


def make_card(name: str, mbr: bytes) -> Path:
    path = WORK / name
    with path.open("wb") as file:
        file.write(mbr.ljust(512, b"\0"))
        file.truncate(64 << 20)
    return path


def mbr(*partitions: tuple[int, int]) -> bytes:
    entries = b"".join(
        b"\0\0\0\0\x83\0\0\0" + start.to_bytes(4, "little") + size.to_bytes(4, "little")
        for start, size in partitions
    )
    return b"\0" * 0x1BE + entries.ljust(64, b"\0") + b"\x55\xaa"


def cards(tap: Tap) -> None:
    path = make_card("one-partition.img", mbr((2048, 2048)))
    refused(tap, "a card without partition 2", run("--sd", path), 203, "partition 2")
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        refused(tap, "a card in another emulator", run("--sd", path), 203, "another emulator", "--sd")
    path = make_card("blank.img", b"")
    refused(tap, "a blank card", run("--sd", path), 203, "partition table")
    path = make_card("beyond.img", mbr((2048, 2048), (4096, 0x7FFFFFFF)))
    refused(tap, "a partition beyond the end of the card", run("--sd", path), 203, "card")
    refused(tap, "a card that is a folder", run("--sd", WORK), 203, "SD card")
    refused(tap, "a card that is not there", run("--sd", WORK / "none"), 203, "No such file")


def boot_fails(tap: Tap, sentence: str, board: qemu.Board, status: int, word: str) -> None:
    """The monitor, not ./demo, finds out."""
    started = time.monotonic()
    try:
        with qemu.Emulator(board.argv()) as emulator:
            Session(emulator).wait_for_shell(LIMIT)
        failure = base.Failure("it booted", 0)
    except base.Failure as caught:
        failure = caught
    good = failure.status == status and word in str(failure)
    tap.check(sentence, good, f"{failure} (status {failure.status})")
    took = time.monotonic() - started
    tap.check(f"{sentence}: in bounded time", took < LIMIT, f"{took:.0f} s")


def broken_slots(tap: Tap) -> None:
    package = base.BUILD / "bootpkg.bin"
    board = qemu.Board(package=package, card=None)
    boot_fails(tap, "an empty slot stops the monitor", board, 203, "card")

    config = WORK / "read-errors.conf"
    config.write_text('[inject-error]\nevent = "read_aio"\nerrno = "5"\nonce = "off"\n')
    image = make_card("read-errors.img", mbr((2048, 2048), (4096, 2048)))
    drive = ("-drive", f"if=sd,format=raw,file=blkdebug:{config}:{image}")
    board = qemu.Board(package=package, card=None, extra=drive)
    boot_fails(tap, "a card that cannot be read stops the monitor", board, 203, "card")


def packages(tap: Tap) -> None:
    dtb = bootpkg.guest_dtb(guest.BOOT.dtb, None)
    path = WORK / "no-kernel.bin"
    path.write_bytes(bootpkg.pack([dtb]))
    refused(tap, "a boot package without a kernel", run("--package", path), 204, "boot package")
    path = WORK / "garbage.bin"
    path.write_bytes(b"\xa5" * 8192)
    refused(tap, "a boot package of garbage", run("--package", path), 204, "boot package")
    refused(tap, "no boot package", run("--package", WORK / "none"), 200, "No such file")
    try:
        bootpkg.read_kernel(guest.BOOT.initrd)
        why = "it was taken"
    except base.Failure as failure:
        why = str(failure)
    tap.check("what is no zImage is not packed", "not an ARM zImage" in why, why)
    try:
        bootpkg.read_kernel(WORK / "vmlinuz")
        why = "it was taken"
    except base.Failure as failure:
        why = str(failure)
    tap.check("a missing kernel is not packed", "No such file" in why, why)


def hanging_guest(tap: Tap) -> None:
    started = time.monotonic()
    ran = demo(
        *("--headless", "--exec", "true", "--sd", card.make(guest.IMAGE, WORK / "hang.img")),
        *("--append", "root=/dev/nothing rootdelay=600", "--timeout", "40"),
        limit=300,
    )
    (WORK / "hang.img").unlink()
    refused(tap, "a guest that hangs", ran, 202, "hangs", "login")
    took = time.monotonic() - started
    tap.check("a guest that hangs: in bounded time", took < 120, f"{took:.0f} s")


main(cards, broken_slots, packages, hanging_guest)
