# SPDX-License-Identifier: BSD-2-Clause
"""Bare-metal guests in one assembly file: what the monitor needs to start one."""

from __future__ import annotations

import struct
import subprocess
import time
from pathlib import Path

from tzvmm_tools import bootpkg, manifest, qemu
from tzvmm_tools.base import TOP
from tzvmm_tools.console import Closed, Late

PREFIX = "arm-none-eabi-"
LIMIT = 60.0
LOAD = bootpkg.load_address(bootpkg.KERNEL)


def build_guest(folder: Path, source: Path, *options: str) -> tuple[Path, Path]:
    """The guest as an ELF for its symbols, and as a raw image with a zImage's header."""
    elf, raw = folder / f"{source.stem}.elf", folder / f"{source.stem}.bin"
    compiler = [PREFIX + "gcc", "-mcpu=cortex-a8", "-nostdlib", "-nostartfiles", *options]
    subprocess.run([*compiler, f"-Wl,-Ttext={LOAD:#x}", source, "-o", elf], check=True)
    to_image(elf, raw)
    return elf, raw


def to_image(elf: Path, raw: Path) -> None:
    """What is loaded of a program that has all of it in .text."""
    subprocess.run([PREFIX + "objcopy", "-O", "binary", "-j", ".text", elf, raw], check=True)


def build_package(
    folder: Path, raw: Path, profile: int = bootpkg.STOCK, *more: bootpkg.Payload,
    board: str = manifest.DEFAULT,
) -> Path:
    """A boot package with that guest; its device tree is empty."""
    dtb = subprocess.run(
        ["dtc", "-q", "-O", "dtb"], input=b"/dts-v1/; / { };", check=True, capture_output=True
    ).stdout
    package = folder / f"{raw.stem}.pkg"
    payloads = [bootpkg.read_kernel(raw, board), bootpkg.Payload(bootpkg.DTB, dtb, board), *more]
    package.write_bytes(bootpkg.pack(payloads, profile))
    return package


def build_card(folder: Path) -> Path:
    """A card of 32 MiB with two partitions of nothing."""
    card = folder / "empty-card.img"
    entry = "<B3xB3xII"
    table = struct.pack(entry, 0, 0xDA, 2048, 2048) + struct.pack(entry, 0, 0x83, 4096, 8192)
    card.write_bytes(bytes(446) + table + bytes(32) + b"\x55\xaa")
    with card.open("r+b") as file:
        file.truncate(32 << 20)
    return card


def fletcher(data: bytes) -> int:
    """The sum that bare_guest makes of its disk."""
    low = high = 0
    for byte in data:
        low = (low + byte) & 0xFFFF
        high = (high + low) & 0xFFFF
    return high << 16 | low


def build_c_guest(folder: Path, source: Path) -> Path:
    """The image of a guest in C, with the guest's half of the ABI."""
    examples = TOP / "examples"
    others = [examples / "bare_guest" / "start.S", examples / "guest_half" / "guest_half.c"]
    options = ["-O2", "-ffreestanding", "-fno-tree-loop-distribute-patterns"]
    options += [f"-I{TOP / 'include'}", f"-Wl,-T{examples / 'bare_guest' / 'guest.ld'}"]
    return build_guest(folder, source, *options, *map(str, others))[1]


def build_busy_guest(folder: Path) -> Path:
    """The package of a guest that writes for ever and stops the EPITs, see its source."""
    raw = build_c_guest(folder, Path(__file__).with_name("busy_guest.c"))
    return build_package(folder, raw, bootpkg.PARAVIRT)


def run(board: qemu.Board, keys: dict[str, str] | None = None,
        commands: dict[str, tuple[str, dict[str, object]]] | None = None) -> list[str]:
    """What a board says until it ends, or does not start a guest. Keys are sent, and QMP
    commands done, when these lines come."""
    lines: list[str] = []
    deadline = time.monotonic() + LIMIT
    with qemu.Emulator(board.argv()) as emulator:
        while not any(line.startswith(("system", "fatal")) for line in lines):
            try:
                lines.append(emulator.console.wait(deadline).text)
            except (Closed, Late):
                break
            if keys and lines[-1] in keys:
                emulator.console.send(keys[lines[-1]])
            if commands and lines[-1] in commands:
                name, arguments = commands[lines[-1]]
                emulator.qmp(name, **arguments)
    return lines
