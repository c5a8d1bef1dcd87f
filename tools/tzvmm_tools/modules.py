# SPDX-License-Identifier: BSD-2-Clause
"""The paravirtual guest of boards whose interrupt controller needs no patch: Debian's
kernel as its package has it, with our drivers as modules. They are built with Debian's
headers of that very kernel. The same inputs give the same files."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

from . import apt, bootpkg, build, cpio, guest, kernel
from .base import Failure, alone, run, say, write_atomic, write_changed
from .manifest import trees

OUT = guest.GUEST / "modules"
OURS = ("hvc_tzvmm", "virtio_tzvmm", "tzvmm_hostile")
# What /init loads, in this order: the console first, as nothing is seen before, and
# what ext4 only names in a soft dependency, which busybox does not look at.
LOADED = ("hvc_tzvmm", "crc32c_generic", "virtio_blk", "ext4")

_ROOT = OUT / "root"  # of Debian's file system, all modules
_TREE = OUT / "initramfs"
_STAMP = OUT / "inputs.txt"
_SYSROOT = "/usr/arm-linux-gnueabihf"  # the C library that Debian's armhf tools need
_WRAPPER = f'#!/bin/sh\nexec qemu-arm-static -L {_SYSROOT} -0 "$0" "$0.{apt.ARCH}" "$@"\n'
_HVC = "drivers/tty/hvc/hvc_console.h"  # not among the headers


def boot(board: str) -> bootpkg.Boot:
    """Files that start the guest on a board."""
    tree = OUT / f"{board}.dtb"
    return bootpkg.Boot(guest.BOOT.kernel, OUT / "initrd.img", tree, bootpkg.PARAVIRT, board)


def make(board: str) -> bootpkg.Boot:
    """Build what has changed."""
    guest.make()
    files = boot(board)
    sources = [path for _, path in sorted(kernel.driver_files().items())]
    inputs = [guest.KERNEL_SUMS, Path(__file__), kernel.INIT, *sources]
    wanted = kernel.digest(kernel.compiler(), *inputs)
    with alone(OUT):
        if not (files.initrd.exists() and _STAMP.exists() and _STAMP.read_text() == wanted):
            _STAMP.unlink(missing_ok=True)
            _build(files.initrd)
            _STAMP.write_text(wanted)
    write_changed(files.dtb, trees.paravirt(bootpkg.board(board)))
    guest.verify_kernel()
    return files


def _build(initrd: Path) -> None:
    say("building our modules for Debian's kernel")
    shutil.rmtree(OUT, ignore_errors=True)
    _ROOT.mkdir(parents=True)
    wanted = ["./usr/lib/modules", "./var/lib/dpkg/status"]
    run(["tar", "-C", _ROOT, "-xf", guest.TARBALL, *wanted], timeout=120)
    (folder,) = (_ROOT / "usr" / "lib" / "modules").iterdir()
    release = folder.name
    made = _compile(_headers(release, _version(release)))
    _install_debian(release)
    for module in made:
        if module.stem in LOADED:
            shutil.copy(module, _TREE / "lib" / "modules" / release)
    run(["depmod", "-b", _TREE, release], timeout=60)
    shutil.rmtree(_ROOT)
    write_changed(initrd, _initramfs(made))


def _version(release: str) -> str:
    """Of the kernel's package, as dpkg has it."""
    query = ["dpkg-query", f"--admindir={_ROOT / 'var' / 'lib' / 'dpkg'}", "-W", "-f", "${Version}"]
    return run([*query, f"linux-image-{release}"], timeout=60)


def _headers(release: str, version: str) -> Path:
    """Debian's headers of a kernel; the folder that builds modules for it."""
    packages = [f"linux-headers-{release}:{apt.ARCH}", f"linux-kbuild-6.1:{apt.ARCH}"]
    packages.append(f"linux-headers-{release.rpartition('-')[0]}-common")
    name = f"linux-headers-{release}_{version}"
    try:
        tree = apt.unpacked_all(name, [f"{package}={version}" for package in packages])
    except Failure as failure:
        raise Failure(
            f"Debian's mirror has no headers of the guest's kernel {release} {version}; if it has a "
            f"later kernel, remove {guest.TARBALL} and what is in {apt.DEBS}, run tools/setup "
            f"--update and try again\n{failure}"
        ) from failure
    sources = tree / "usr" / "src" / f"linux-headers-{release.rpartition('-')[0]}-common"
    if not (sources / _HVC).exists():
        _run_tools_by_qemu(tree / "usr" / "lib")
        write_atomic(sources / _HVC, _hvc_header(version).encode())
    return tree / "usr" / "src" / f"linux-headers-{release}"


def _run_tools_by_qemu(folder: Path) -> None:
    """The tools are programs for armhf. Those for another machine would take device
    tables for as long as they are on that one."""
    suffix = f".{apt.ARCH}"
    for path in folder.rglob("*"):
        binary = path.is_file() and not path.is_symlink() and path.read_bytes()[:4] == b"\x7fELF"
        if binary and path.suffix != suffix:
            path.rename(f"{path}{suffix}")
    for path in folder.rglob(f"*{suffix}"):
        path.with_suffix("").write_text(_WRAPPER)
        path.with_suffix("").chmod(0o755)


def _hvc_header(version: str) -> str:
    """Of the kernel's source, of the same version."""
    deb = apt.packed(kernel.PACKAGE)
    if deb.name.split("_")[1] != version:
        raise Failure(f"{deb} is not of version {version}, as the guest's kernel is; remove it")
    source = deb.name.partition("_")[0]
    unpack = 'dpkg-deb --fsys-tarfile "$1" | tar -xO "./usr/src/$2.tar.xz" | tar -xJO "$2/$3"'
    return run(["sh", "-c", unpack, "sh", deb, source, _HVC], timeout=300)


def _compile(headers: Path) -> list[Path]:
    """The modules, without names of folders in them."""
    folder = OUT / "guest" / "linux"
    for name, path in kernel.driver_files().items():
        target = OUT / name if name.startswith("include/") else folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    common = headers.with_name(headers.name.rpartition("-")[0] + "-common")
    settings = {"O": headers, "M": folder, "ARCH": "arm", "CROSS_COMPILE": kernel.CROSS,
                "KCFLAGS": f"-g0 -ffile-prefix-map={OUT}/=", "CONFIG_HVC_TZVMM": "m",
                "CONFIG_TZVMM_HOSTILE": "m"}
    command = ["make", "-C", common, *(f"{name}={value}" for name, value in settings.items())]
    run([*command, "-j", build.JOBS, "modules"], timeout=300, env=kernel.ENVIRONMENT,
        log=OUT / "build.log")
    return [folder / f"{name}.ko" for name in OURS]


def _install_debian(release: str) -> None:
    """Modules of Debian's, with those that they need."""
    names = [name for name in LOADED if name not in OURS]
    command = ["modprobe", "-d", _ROOT / "usr", "-S", release, "--show-depends"]
    shown = "".join(run([*command, name], timeout=60) for name in names)
    lines = dict.fromkeys(shown.splitlines())  # each is "insmod PATH" or "builtin NAME"
    needed = [line.split()[1] for line in lines if line.startswith("insmod")]
    for path in map(Path, needed):
        target = _TREE / path.relative_to(_ROOT / "usr")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def _initramfs(made: list[Path]) -> bytes:
    """Busybox, an /init, and the modules."""
    files = {
        "init": kernel.INIT.read_bytes(),
        "modules": " ".join(LOADED).encode(),
        "bin/busybox": (apt.unpacked("busybox-static") / "bin" / "busybox").read_bytes(),
    }
    files |= {path.name: path.read_bytes() for path in made if path.stem not in LOADED}
    found = sorted(path for path in _TREE.rglob("*") if path.is_file())
    files |= {str(path.relative_to(_TREE)): path.read_bytes() for path in found}
    return gzip.compress(cpio.archive(files), mtime=0)
