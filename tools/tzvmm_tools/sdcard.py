# SPDX-License-Identifier: BSD-2-Clause
"""A card that the board starts from: Debian's U-Boot, and one image of the monitor with
its boot package, which U-Boot starts as it would a kernel; or of the self-test."""

from __future__ import annotations

import shutil
from pathlib import Path

from . import apt, bootpkg, build, card, uboot
from .base import BUILD, Failure, is_newer, require_file, run, say, write_atomic
from .qemu import MONITOR

BOOTLOADER = "u-boot-imx"
IMAGE_NAME = "tzvmm.img"
# An image whose data lies at its load address is started in place; this is behind the
# vectors and U-Boot's tags at the start of DDR.
HEADER_LEN = 64
SELFTEST = MONITOR.parents[1] / "selftest" / "selftest.elf"
OBJCOPY = "arm-none-eabi-objcopy"

_SCRIPT = """\
echo tzvmm: {what} from ${{devtype}} ${{devnum}}:${{distro_bootpart}}
if load ${{devtype}} ${{devnum}}:${{distro_bootpart}} {address:#x} {name}; then
	bootm {address:#x} - ${{fdtcontroladdr}}
fi
echo tzvmm: cannot be started
"""


def image_for(guest: str) -> Path:
    """Where the demo's card that starts this guest is."""
    return BUILD / f"card-boot-{guest}.img"


def _code_base() -> int:
    return bootpkg.board().memory["code"].at


def bootloader() -> Path:
    """Debian's U-Boot for the board, as the boot ROM takes it, told of the slot."""
    folder = apt.unpacked(BOOTLOADER)
    plain = require_file(folder / "usr/lib/u-boot/usbarmory/u-boot-dtb.imx", "U-Boot")
    path = BUILD / "usbarmory-u-boot.imx"
    write_atomic(path, uboot.for_a_slot_without_switch(plain.read_bytes()))
    return path


def _mkimage(output: Path, kind: str, data: Path, *options: str) -> None:
    env = {"SOURCE_DATE_EPOCH": card.EPOCH}
    name = ("-n", output.name, "-d", data, output)
    run(["mkimage", "-A", "arm", "-C", "none", "-T", kind, *options, *name], timeout=60, env=env)


def _image(folder: Path, monitor: Path, package: Path | None) -> Path:
    """The monitor, and its package, if there is one, where it looks for it."""
    raw, output = folder / "monitor.bin", folder / IMAGE_NAME
    code, room = _code_base(), bootpkg.room().at - _code_base()
    # Section by section; what is not in a file is not loaded.
    run([OBJCOPY, "-O", "binary", monitor, raw], timeout=60)
    if raw.stat().st_size > room:
        raise Failure("the monitor reaches into its boot package")
    if package:
        with raw.open("r+b") as file:
            file.seek(room)
            file.write(package.read_bytes())
    place = ("-a", f"{code:#x}", "-e", f"{code:#x}")
    _mkimage(output, "kernel", raw, "-O", "linux", *place)
    return output


def _script(folder: Path, what: str) -> Path:
    text, output = folder / "boot.txt", folder / "boot.scr"
    text.write_text(_SCRIPT.format(what=what, address=_code_base() - HEADER_LEN, name=IMAGE_NAME))
    _mkimage(output, "script", text)
    return output


def _make(root: Path | None, package: Path | None, program: Path, what: str, output: Path,
          ssh_key: Path | None = None) -> Path:
    folder = output.parent / (output.name + ".parts")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files = (_script(folder, what), _image(folder, program, package))
    card.make(root, output, card.Loader(bootloader(), files), ssh_key)
    shutil.rmtree(folder)
    return output


def make(root: Path, package: Path, output: Path, monitor: Path = MONITOR,
         ssh_key: Path | None = None) -> Path:
    """Build the card's image: the same bytes from the same parts."""
    require_file(monitor, "monitor")
    require_file(package, "boot package")
    return _make(root, package, monitor, "monitor and guest", output, ssh_key)


def make_selftest(output: Path) -> Path:
    """Build a card with the self-test in the monitor's place (docs/selftest.md)."""
    build.monitor()
    return _make(None, None, require_file(SELFTEST, "self-test"), "self-test", output)
