# SPDX-License-Identifier: BSD-2-Clause
"""Builds: Meson's folders under build/, and the emulator."""

from __future__ import annotations

import os
from pathlib import Path

from . import apt, host, mbedtls
from .base import BUILD, TOP, Failure, alone, is_newer, run, say

CROSS_FILE = TOP / "cross" / "arm-none-eabi-cortex-a8.ini"
# QEMU's models of these have nothing that closes devices and memory, and the watchdog of
# the first keeps a lock over a reset with most times (docs/imx6ul.md).
OPTIONS = {
    "imx6ul_evk": ("-Dunenforced=true", "-Dwatchdog=33"),
    "vexpress_a15": ("-Dunenforced=true",),
}
JOBS = str(os.cpu_count() or 2)


def meson(name: str, *options: str, env: dict[str, str] | None = None) -> Path:
    """Configure a build folder, once, and build what has changed."""
    mbedtls.provide()
    folder = BUILD / name
    with alone(folder):
        _meson(folder, options, env)
    return folder


def _meson(folder: Path, options: tuple[str, ...], env: dict[str, str] | None) -> None:
    name = folder.name
    configured = folder / "build.ninja"
    valid = folder / "meson-private" / "coredata.dat"  # without it Meson wipes nothing
    stamp = folder / "options.txt"
    # The cross file too: Meson reads it when it configures, and never again.
    files = [Path(option).read_text() for option in options if option.endswith(".ini")]
    wanted = "\n".join([*options, *(f"{k}={v}" for k, v in (env or {}).items()), *files])
    there = all(path.exists() for path in (configured, valid, stamp))
    if not there or stamp.read_text() != wanted:
        say(f"configuring build/{name}")
        again = ["--wipe"] if valid.exists() else []
        run(
            ["meson", "setup", *again, folder, TOP, *options],
            timeout=300,
            env=env,
            log=BUILD / f"{name}-setup.log",
        )
        stamp.write_text(wanted)
    say(f"building build/{name}")
    run(["ninja", "-C", folder, "-j", JOBS], timeout=1200, log=BUILD / f"{name}-build.log")


def monitor(board: str = "usb_armory") -> Path:
    """The monitor for a board; its ELF."""
    options = [f"-Dport={board}", *OPTIONS.get(board, ())]
    folder = meson(board, "--cross-file", str(CROSS_FILE), *options)
    elf = folder / "examples" / "monitor" / "monitor.elf"
    if not elf.exists():
        raise Failure(f"the build made no {elf}")
    return elf


def emulator() -> Path:
    """QEMU with the emulated board, for the installed QEMU's version."""
    with alone(BUILD / "emulator"):
        return _emulator(BUILD / "emulator")


def _emulator(folder: Path) -> Path:
    program, stamp = folder / "qemu-system-arm-imx53", folder / "version.txt"
    sources = [path for path in (TOP / "emulator").rglob("*") if path.is_file()]
    version = host.qemu_source_version()
    if is_newer(stamp, *sources) and stamp.read_text() == version:
        return program
    tree = apt.source("qemu", version)
    say("building the emulated board (1 minute, or 4 if QEMU itself has to be built)")
    run([TOP / "emulator" / "build", folder, tree], timeout=1800, log=BUILD / "emulator-build.log")
    if not os.access(program, os.X_OK):
        raise Failure(f"emulator/build made no {program}")
    stamp.write_text(version)
    return program
