# SPDX-License-Identifier: BSD-2-Clause
"""A card that the board starts from: Debian's U-Boot, and one image of the monitor with
its boot package, which U-Boot starts as it would a kernel; or of the self-test."""

from __future__ import annotations

import shutil
from pathlib import Path

from . import apt, bootpkg, build, card, manifest, qemu, uboot
from .base import BUILD, Failure, require_file, run, write_atomic

IMAGE_NAME = "tzvmm.img"
# An image whose data lies at its load address is started in place; this is behind the
# vectors and U-Boot's tags at the start of DDR.
HEADER_LEN = 64
OBJCOPY = "arm-none-eabi-objcopy"

# The first slot is U-Boot's mmc 0 on each board; not all of them say where a script is from.
_SCRIPT = """\
echo tzvmm: {what} from mmc 0:1
if load mmc 0:1 {address:#x} {name}; then
	bootm {address:#x} - ${{fdtcontroladdr}}
fi
echo tzvmm: cannot be started
"""


def image_for(guest: str, board: str) -> Path:
    """Where the demo's card that starts this guest is."""
    return BUILD / f"card-boot-{board}-{guest}.img"


def selftest(board: str = manifest.DEFAULT) -> Path:
    """Where the self-test for a board is built."""
    return qemu.monitor(board).parents[1] / "selftest" / "selftest.elf"


def bootloader(board: str = manifest.DEFAULT) -> Path:
    """Debian's U-Boot for the board, as the boot ROM takes it."""
    path = BUILD / f"{board}-u-boot.imx"
    write_atomic(path, uboot.read(apt.unpacked(uboot.PACKAGE), board))
    return path


def _code_base(board: str) -> int:
    return bootpkg.board(board).memory["code"].at


def _mkimage(output: Path, kind: str, data: Path, *options: str) -> None:
    env = {"SOURCE_DATE_EPOCH": card.EPOCH}
    name = ("-n", output.name, "-d", data, output)
    run(["mkimage", "-A", "arm", "-C", "none", "-T", kind, *options, *name], timeout=60, env=env)


def _image(folder: Path, board: str, monitor: Path, package: Path | None) -> Path:
    """The monitor, and its package, if there is one, where it looks for it."""
    raw, output = folder / "monitor.bin", folder / IMAGE_NAME
    code = _code_base(board)
    room = bootpkg.room(board).at - code
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


def _script(folder: Path, board: str, what: str) -> Path:
    text, output = folder / "boot.txt", folder / "boot.scr"
    address = _code_base(board) - HEADER_LEN
    text.write_text(_SCRIPT.format(what=what, address=address, name=IMAGE_NAME))
    _mkimage(output, "script", text)
    return output


def _make(board: str, root: Path | None, package: Path | None, program: Path, what: str,
          output: Path, ssh_key: Path | None = None) -> Path:
    folder = output.parent / (output.name + ".parts")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files = (_script(folder, board, what), _image(folder, board, program, package))
    card.make(root, output, card.Loader(bootloader(board), files), ssh_key)
    shutil.rmtree(folder)
    return output


def make(board: str, root: Path, package: Path, output: Path, monitor: Path | None = None,
         ssh_key: Path | None = None) -> Path:
    """Build the image of a board's card: the same bytes from the same parts."""
    program = require_file(monitor or qemu.monitor(board), "monitor")
    require_file(package, "boot package")
    return _make(board, root, package, program, "monitor and guest", output, ssh_key)


def make_selftest(board: str, output: Path) -> Path:
    """Build a card with the self-test in the monitor's place (docs/selftest.md)."""
    build.monitor(board)
    program = require_file(selftest(board), "self-test")
    return _make(board, None, None, program, "self-test", output)
