# SPDX-License-Identifier: BSD-2-Clause
"""The guest's root file system without rights on the host: Debian's packages
are unpacked here and configured inside an emulated machine. Slower than
mmdebstrap, but it needs neither root nor binfmt_misc nor namespaces."""

from __future__ import annotations

import shutil
from pathlib import Path

from . import apt, cpio
from .base import Failure, run, say

# What the initramfs loads, in this order.
_MODULES = ["virtio_mmio", "virtio_blk", "crc16", "mbcache", "jbd2", "crc32c_generic", "ext4"]
_DISK_SIZE = 4 << 30
_MACHINE = ["-M", "virt", "-cpu", "cortex-a15", "-m", "1024", "-nic", "none", "-no-reboot"]
_SILENT = ["-display", "none", "-monitor", "none"]


def _initramfs(root: Path, kernel: Path, epoch: str) -> bytes:
    busybox = apt.unpacked("busybox-static") / "bin" / "busybox"
    files = {
        "init": (root.parent / "guest-inside").read_bytes(),
        "customize": (root / "customize").read_bytes(),
        "bin/busybox": busybox.read_bytes(),
        "modules": "\n".join(_MODULES).encode(),
        "epoch": epoch.encode(),
    }
    for name in _MODULES:
        (module,) = (kernel / "lib" / "modules").rglob(f"{name}.ko")
        files[f"{name}.ko"] = module.read_bytes()
    return cpio.archive(files)


def _mirror() -> str:
    """The address of the main suite; debootstrap takes one."""
    for line in (apt.APT / "sources.list").read_text().splitlines():
        if line.startswith("deb ") and " bookworm main" in line:
            address = line.split()[-3]
            if not address.startswith(("http", "file")):
                raise Failure(f"debootstrap cannot use the source {address}")
            return address
    raise Failure("apt knows no source of bookworm main")


def _unpack(work: Path, root: Path, packages: list[str]) -> None:
    """First stage, and a disk of it: in one fakeroot, which keeps the owners."""
    include = ",".join(packages)
    script = f"""set -eu
        debootstrap --foreign --arch={apt.ARCH} --variant=minbase --include={include} \\
            bookworm tree "$1"
        cp -r "$2/setup/." "$2/files/." "$2/masked-units" tree/
        mke2fs -q -t ext4 -d tree disk.ext4 {_DISK_SIZE // 1024}"""
    run(
        ["fakeroot", "sh", "-c", script, "sh", _mirror(), root],
        timeout=1200,
        cwd=work,
        log=work / "unpack.log",
    )
    shutil.rmtree(work / "tree", ignore_errors=True)


def bootstrap(root: Path, packages: list[str], epoch: str, work: Path, tarball: Path) -> None:
    """Make the tar file of the guest's root file system."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    say("unpacking the guest's packages")
    _unpack(work, root, packages)
    kernel = apt.unpacked_kernel()
    (zimage,) = (kernel / "boot").glob("vmlinuz-*")
    (work / "initrd").write_bytes(_initramfs(root, kernel, epoch))
    with (work / "out.tar").open("wb") as out:
        out.truncate(_DISK_SIZE)
    say("configuring them inside an emulated machine; about 10 minutes")
    argv = ["qemu-system-arm", *_MACHINE, *_SILENT, "-kernel", zimage, "-initrd", work / "initrd"]
    argv += ["-append", "console=ttyAMA0 quiet panic=-1", "-serial", f"file:{work}/console.log"]
    for name in ("out.tar", "disk.ext4"):
        drive = f"if=none,id={name[:4]},format=raw,cache=unsafe,file={work / name}"
        argv += ["-drive", drive, "-device", f"virtio-blk-device,drive={name[:4]}"]
    run(argv, timeout=3600)
    console = (work / "console.log").read_text(errors="replace")
    if "inside: done" not in console:
        raise Failure(f"the guest's packages could not be configured, see {work}/console.log")
    (work / "out.tar").replace(tarball)
    shutil.rmtree(work)
