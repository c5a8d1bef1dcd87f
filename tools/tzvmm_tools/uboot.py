# SPDX-License-Identifier: BSD-2-Clause
"""Debian's U-Boot for the boards that start from a card, and what it has to be told of one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import libfdt

from .base import Failure, require_file

PACKAGE = "u-boot-imx"


@dataclass(frozen=True)
class Board:
    """A board as U-Boot has it."""

    name: str
    has_switch: bool  # its card's slot


BOARDS = {
    "usb_armory": Board("usbarmory", has_switch=False),
    "imx53_qsb": Board("mx53loco", has_switch=True),
}

_MAGIC = bytes.fromhex("d00dfeed")
_SLOT, _NO_SWITCH = "/soc/bus@50000000/spba-bus@50000000/mmc@50004000", "broken-cd"


def read(folder: Path, name: str) -> bytes:
    """A board's U-Boot, as the boot ROM takes it, from the unpacked package."""
    board = BOARDS[name]
    path = folder / "usr" / "lib" / "u-boot" / board.name / "u-boot-dtb.imx"
    plain = require_file(path, "U-Boot").read_bytes()
    return plain if board.has_switch else for_a_slot_without_switch(plain)


def for_a_slot_without_switch(image: bytes) -> bytes:
    """U-Boot with a property more in its device tree, which is the last part of it; the
    image's length is in its head, so it must not grow.

    U-Boot asks the host whether there is a card; as the slot has no switch, it finds none on
    a real board without this (docs/imx53.md, 4.6)."""
    at = image.rfind(_MAGIC)
    if at < 0:
        raise Failure("U-Boot has no device tree")
    fdt = libfdt.Fdt(image[at:])
    fdt.resize(len(image) - at)
    try:
        fdt.setprop(fdt.path_offset(_SLOT), _NO_SWITCH, b"")
    except libfdt.FdtException as error:
        raise Failure(f"U-Boot's device tree cannot be told of the slot: {error}") from error
    fdt.pack()
    return (image[:at] + bytes(fdt.as_bytearray())).ljust(len(image), b"\0")
