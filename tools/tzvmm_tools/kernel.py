# SPDX-License-Identifier: BSD-2-Clause
"""The paravirtual guest's kernel: Debian's source with our patches and drivers, in
a configuration of its own. With it its initramfs and its device tree. The same
inputs give the same files."""

from __future__ import annotations

import gzip
import hashlib
import re
import shutil
from pathlib import Path

from . import apt, bootpkg, build, cpio
from .base import BUILD, TOP, Failure, alone, run, say, write_atomic
from .manifest import DEFAULT, trees

PACKAGE = "linux-source-6.1"
CROSS = "arm-linux-gnueabihf-"

DRIVERS = TOP / "guest" / "linux"
CONFIG = DRIVERS / "config"
INIT = DRIVERS / "init"
ABI = TOP / "include" / "tzvmm" / "abi"

SOURCE = apt.SOURCES / "linux"  # unpacked, patched, with the drivers
OUT = BUILD / "guest" / "paravirt"
TREE = OUT / "linux"  # the kernel's build folder


def boot(board: str) -> bootpkg.Boot:
    """Files that start the guest on a board."""
    tree = "guest.dtb" if board == DEFAULT else f"guest-{board}.dtb"
    return bootpkg.Boot(OUT / "zImage", OUT / "initrd.img", OUT / tree, bootpkg.PARAVIRT, board)


BOOT = boot(DEFAULT)

MODULE = TREE / "drivers" / "virt" / "tzvmm" / "virtio_tzvmm.ko"
HOSTILE = MODULE.with_name("tzvmm_hostile.ko")
_STAMP = "inputs.txt"

# Code that this configuration never looks at, two thirds of the source. Kconfig and
# make read their files in all folders, whether anything is built there or not.
_UNUSED = [
    *("arch/[!axK]*", "arch/arm64", "sound", "drivers/gpu", "drivers/infiniband"),
    *("drivers/media", "drivers/net/*", "drivers/scsi", "drivers/staging"),
    "drivers/usb/[!cgpr]*",  # common, chipidea, gadget, phy, roles stay
]
_LEFT_OUT = [f"{folder}/*.[chS]" for folder in _UNUSED]
_LEFT_OUT += ["arch/*.dts*", "Documentation/*/*", "tools/perf", "tools/testing"]

# What a build would otherwise take from the machine and the clock.
_FIXED = {
    "KBUILD_BUILD_TIMESTAMP": "Tue Nov 14 22:13:20 UTC 2023",
    "KBUILD_BUILD_USER": "tzvmm",
    "KBUILD_BUILD_HOST": "tzvmm",
    "KBUILD_BUILD_VERSION": "1",
}
ENVIRONMENT = dict.fromkeys(("MAKEFLAGS", "KCFLAGS", "KAFLAGS"), "")


def make(board: str = DEFAULT) -> bootpkg.Boot:
    """Build what has changed."""
    with alone(OUT):
        _make(board)
    return boot(board)


def _make(board: str) -> None:
    deb = apt.packed(PACKAGE)
    OUT.mkdir(parents=True, exist_ok=True)
    stamp, wanted = OUT / _STAMP, digest(deb.name, compiler(), *_kernel_inputs())
    if not (BOOT.kernel.exists() and stamp.exists() and stamp.read_text() == wanted):
        stamp.unlink(missing_ok=True)
        _build(deb)
        stamp.write_text(wanted)
    _replace(BOOT.initrd, _initramfs())
    _make_device_tree(boot(board))


def compiler() -> str:
    return run([f"{CROSS}gcc", "--version"], timeout=20).splitlines()[0]


def _patches() -> list[Path]:
    return sorted((DRIVERS / "patches").glob("*.patch"))


def driver_files() -> dict[str, Path]:
    """What goes to drivers/virt/tzvmm, as guest/linux/README.md has it."""
    kbuild = [DRIVERS / "Kconfig", DRIVERS / "Makefile"]
    files = {path.name: path for path in [*kbuild, *DRIVERS.glob("*.[ch]")]}
    return files | {f"include/tzvmm/abi/{path.name}": path for path in ABI.glob("*.h")}


def _kernel_inputs() -> list[Path]:
    drivers = [path for _, path in sorted(driver_files().items())]
    return [Path(__file__), CONFIG, *_patches(), *drivers]


def digest(*inputs: str | Path) -> str:
    """One for names and contents."""
    result = hashlib.sha256()
    for item in inputs:
        data = item.read_bytes() if isinstance(item, Path) else b""
        name = item.name if isinstance(item, Path) else item
        result.update(f"{name}\0{len(data)}\0".encode() + data)
    return result.hexdigest()


def _build(deb: Path) -> None:
    say("building the paravirtual guest's kernel; about 3 minutes from scratch")
    with alone(SOURCE):
        _unpack(deb)
        _add_drivers()
        _configure()
        command = _make_command("-j", build.JOBS, "zImage", "modules")
        run(command, timeout=3000, env=ENVIRONMENT, log=OUT / "build.log")
    _replace(BOOT.kernel, (TREE / "arch" / "arm" / "boot" / "zImage").read_bytes())


def _unpack(deb: Path) -> None:
    """The source with the patches; anew when one of them has changed."""
    stamp, wanted = SOURCE / _STAMP, digest(deb.name, *_LEFT_OUT, *_patches())
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say(f"unpacking {deb.name}")
    shutil.rmtree(SOURCE, ignore_errors=True)
    package, tree = SOURCE / "package", SOURCE / "tree"
    tree.mkdir(parents=True)
    run(["dpkg-deb", "-x", deb, package], timeout=120)
    (tar,) = package.rglob("linux-source-*.tar.xz")
    top = tar.name.removesuffix(".tar.xz")
    excludes = [f"--exclude={top}/{pattern}" for pattern in _LEFT_OUT]
    options = ["--no-same-owner", "--strip-components=1", *excludes]
    run(["tar", "-C", tree, "-xJf", tar, *options], timeout=600)
    shutil.rmtree(package)
    for patch in _patches():
        run(["patch", "-d", tree, "-p1", "--fuzz=0", "-i", patch], timeout=60)
    stamp.write_text(wanted)


def _add_drivers() -> None:
    """Our folder, and the two lines that lead to it. A file that is as it was is left
    alone, so that what depends on it is not built again."""
    virt = SOURCE / "tree" / "drivers" / "virt"
    files = driver_files()
    there = {str(path.relative_to(virt / "tzvmm")) for path in virt.glob("tzvmm/**/*.*")}
    for name in there - files.keys():
        (virt / "tzvmm" / name).unlink()
    for name, path in files.items():
        _replace(virt / "tzvmm" / name, path.read_bytes())
    for name, line in {
        "Kconfig": 'source "drivers/virt/tzvmm/Kconfig"\n',
        "Makefile": "obj-y\t\t\t\t+= tzvmm/\n",
    }.items():
        text = (virt / name).read_text()
        if line not in text:
            (virt / name).write_text(text + line)


def _replace(path: Path, data: bytes) -> None:
    """Write a file if it is not like that already."""
    if not path.exists() or path.read_bytes() != data:
        write_atomic(path, data)


def _make_command(*arguments: str) -> list[str | Path]:
    variables = {"O": TREE, "ARCH": "arm", "CROSS_COMPILE": CROSS, **_FIXED}
    settings = [f"{name}={value}" for name, value in variables.items()]
    return ["make", "-C", SOURCE / "tree", *settings, *arguments]


def build_module(folder: Path) -> None:
    """A test's own module, of a folder with its source and Makefile."""
    run(_make_command(f"M={folder}", "modules"), timeout=300, env=ENVIRONMENT)


def _configure() -> None:
    """Nothing but our lines, and what they need."""
    command = _make_command(f"KCONFIG_ALLCONFIG={CONFIG}", "allnoconfig")
    run(command, timeout=300, env=ENVIRONMENT, log=OUT / "configure.log")
    lost = lost_settings(CONFIG.read_text(), (TREE / ".config").read_text())
    if lost:
        what = f"{', '.join(lost)}; what they depend on is not there"
        raise Failure(f"{CONFIG.relative_to(TOP)}: the kernel's configuration has not {what}")


def lost_settings(wanted: str, config: str) -> list[str]:
    """Lines of a configuration that do not hold in another; what a configuration does
    not name is off."""
    have = _settings(config)
    return [
        f"{name}={value}"
        for name, value in _settings(wanted).items()
        if have.get(name, "n") != value
    ]


def _settings(text: str) -> dict[str, str]:
    off = re.findall(r"^# (CONFIG_\w+) is not set$", text, re.MULTILINE)
    return dict.fromkeys(off, "n") | dict(re.findall(r"^(CONFIG_\w+)=(.*)$", text, re.MULTILINE))


def _initramfs() -> bytes:
    """Busybox, the transport and an /init that loads it."""
    files = {
        "init": INIT.read_bytes(),
        "bin/busybox": (apt.unpacked("busybox-static") / "bin" / "busybox").read_bytes(),
        MODULE.name: MODULE.read_bytes(),
        HOSTILE.name: HOSTILE.read_bytes(),
    }
    return gzip.compress(cpio.archive(files), mtime=0)


def _make_device_tree(files: bootpkg.Boot) -> None:
    _replace(files.dtb, trees.paravirt(bootpkg.board(files.board)))
