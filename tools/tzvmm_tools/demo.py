# SPDX-License-Identifier: BSD-2-Clause
"""Boot Debian under the tzvmm monitor on an emulated board."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import math
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from . import guests, host, terminal
from .base import (
    BUILD,
    STATUS_CARD,
    STATUS_HELP,
    Arguments,
    Failure,
    is_newer,
    main_guard,
    require_file,
    say,
)
from .qemu import Board, Emulator, has_model
from .session import Session

STEP_LIMIT = 300.0
BOARDS = ("usb_armory", "imx53_qsb", "imx6ul_evk", "vexpress_a15")
BOOTS = ("direct", "rom")


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = Arguments(
        prog="./demo",
        description=f"{__doc__} Without options, the secure log and the guest's console are on "
        f"this terminal; {terminal.HOW_TO_LEAVE}.",
        epilog=STATUS_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--headless", action="store_true", help="no terminal; needs --exec")
    parser.add_argument("--exec", metavar="CMD", help="run CMD as root in the guest, power off")
    parser.add_argument("--guest", help="stock or paravirt (default: stock, where the board has it)")
    parser.add_argument("--board", default=BOARDS[0], help=f"{' or '.join(BOARDS)} (default: {BOARDS[0]})")
    parser.add_argument(
        "--sd",
        type=Path,
        metavar="FILE",
        help="this card image, kept between runs (default: build/card.img)",
    )
    parser.add_argument("--mmc", action="store_true",
                        help=f"the card is an MMC in the second slot of {BOARDS[1]}")
    parser.add_argument("--reset-card", action="store_true", help="make build/card.img anew")
    parser.add_argument("--log", type=Path, metavar="FILE", help="transcript of the secure UART")
    parser.add_argument(
        "--icount",
        action="store_true",
        help="deterministic instruction counting: runs are alike until something is typed",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=STEP_LIMIT,
        metavar="S",
        help="seconds for the boot, and again for CMD (default: %(default).0f)",
    )
    parser.add_argument("--package", type=Path, metavar="FILE", help="boot package to start")
    parser.add_argument("--append", default="", metavar="ARGS", help="more kernel arguments")
    parser.add_argument(
        "--boot",
        default="direct",
        help="direct (default): the emulator loads the monitor; rom: the boot ROM loads U-Boot "
        "from the card, which loads monitor and guest, as on a board",
    )
    parser.add_argument("--led-trace", type=Path, metavar="FILE", help="what the LED showed, when")
    args = parser.parse_args(argv)
    _refuse(args)
    return args


def _refuse(args: argparse.Namespace) -> None:
    if args.board not in BOARDS:
        raise Failure(f"--board {args.board}: unknown; there is --board {' and '.join(BOARDS)}")
    args.guest = guests.chosen(args.guest, args.board)
    if args.boot == "rom" and not has_model(args.board):
        raise Failure(f"--boot rom: the emulator of --board {args.board} has no boot ROM")
    if args.mmc and args.board != BOARDS[1]:
        raise Failure(f"--mmc: a slot for one is on --board {BOARDS[1]} only")
    if args.mmc and args.boot == "rom":
        raise Failure("--boot rom: U-Boot has its script from the first slot, --mmc is the second")
    if args.boot not in BOOTS:
        raise Failure(f"--boot {args.boot}: unknown; there is --boot {' and '.join(BOOTS)}")
    if args.headless and args.exec is None:
        raise Failure("--headless needs --exec CMD")
    if args.exec is None and not sys.stdin.isatty():
        raise Failure("standard input is no terminal; use --headless --exec CMD")
    if args.sd and args.reset_card:
        raise Failure("--reset-card makes build/card.img anew; it does not go with --sd")
    if not 0 < args.timeout < math.inf:
        raise Failure("--timeout needs a number of seconds")
    # Before the minutes of a set-up.
    if args.sd:
        card_size = require_file(args.sd, "SD card image", STATUS_CARD).stat().st_size
        if card_size & (card_size - 1):
            least = -(-(1 << card_size.bit_length()) >> 20)
            raise Failure(f"SD card image {args.sd}: its size is no power of two; "
                          f"truncate -s {least}M {args.sd}", STATUS_CARD)
    if args.package:
        require_file(args.package, "boot package")
    if args.led_trace and not has_model(args.board):
        raise Failure(f"--led-trace: the emulator of --board {args.board} has no LED")


def prepare(args: argparse.Namespace) -> Board:
    """Set up, build what is missing, and say what to plug together."""
    host.install_packages()
    # These need the packages.
    from . import bootpkg, build, guest
    from .base import write_changed

    guest.make()
    boot = guests.maker(args.guest, args.board).make(args.board)
    if has_model(args.board):
        build.emulator()
    monitor = build.monitor(args.board)
    package = args.package
    if package is None:
        package = _package_path(args.board, args.guest, args.append)
        write_changed(package, bootpkg.make_for(boot, args.append))
    if args.guest == "stock":
        guest.verify_kernel()
    image = _card(args, package)
    require_file(image, "SD card image", STATUS_CARD)
    return Board(
        package=None if args.boot == "rom" else package,
        card=image,
        monitor=monitor,
        machine=args.board,
        mmc=args.mmc,
        icount=args.icount,
        led_trace=args.led_trace,
        reboot=args.exec is None,
    )


def _card(args: argparse.Namespace, package: Path) -> Path:
    """The card of --sd as it is; otherwise ours, made where it is missing or old."""
    from . import card, guest, sdcard
    from .qemu import monitor

    if args.sd:
        return args.sd
    rom = args.boot == "rom"
    image = sdcard.image_for(args.guest, args.board) if rom else card.CARD
    parts = (guest.IMAGE, monitor(args.board), package) if rom else (guest.IMAGE,)
    if not args.reset_card and is_newer(image, *parts):
        return image
    if image.exists():
        old = image.replace(image.with_suffix(".old"))
        say(f"a new card for a new start; the old one is {old}")
    if rom:
        return sdcard.make(args.board, guest.IMAGE, package, image)
    return card.make(guest.IMAGE, image)


def _package_path(board: str, name: str, append: str) -> Path:
    """One file for each guest and set of arguments, so that runs do not disturb others."""
    variant = "" if board == BOARDS[0] else f"-{board}"
    variant += "" if name == "stock" else f"-{name}"
    variant += f"-{zlib.crc32(append.encode()):08x}" if append else ""
    return BUILD / f"bootpkg{variant}.bin"


@contextlib.contextmanager
def in_use(image: Path) -> Iterator[None]:
    """The card is this run's alone: QEMU's SD card lets two emulators write to one file."""
    with image.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            what = f"the SD card image {image} is plugged into another emulator"
            raise Failure(f"{what}; end that, or give one of its own with --sd", STATUS_CARD) from None
        yield


@contextlib.contextmanager
def transcript(path: Path | None) -> Iterator[BinaryIO | None]:
    """The file for --log."""
    if path is None:
        yield None
        return
    try:
        file = path.open("wb")
    except OSError as error:
        raise Failure(f"--log {path}: {error.strerror}") from error
    with file:
        yield file


def execute(board: Board, args: argparse.Namespace, log: BinaryIO | None) -> int:
    """Boot, run the command, power off."""

    def show(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    with Emulator(board.argv(), log) as emulator:
        session = Session(emulator)
        say("booting")
        session.wait_for_shell(args.timeout)
        say(f"running: {args.exec}")
        result = session.run(args.exec, args.timeout, show)
        say(f"status {result.status}; powering off")
        session.power_off()
    return result.status


def main() -> int:
    args = parse()
    with transcript(args.log) as log:
        board = prepare(args)
        with in_use(board.card):
            if args.exec is not None:
                return execute(board, args, log)
            return terminal.run(board, log)


if __name__ == "__main__":
    main_guard(main, "demo")
