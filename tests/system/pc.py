# SPDX-License-Identifier: BSD-2-Clause
"""A PC with a card in its reader: Debian's QEMU and kernel, the host's own programs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from foreign_files import initramfs, machine, modules
from harness import WORK, Failure

from tzvmm_tools import apt
from tzvmm_tools.base import run

PROGRAMS = ("sh", "mount", "umount", "insmod", "cat", "sha256sum", "dd", "cryptsetup", "mkfs.ext4", "e2fsck",
            "lsblk", "stat", "cmp")
MODULES = ["virtio_pci", "virtio_blk", "virtio_scsi", "sd_mod", "xts", "ecb", "dm_crypt"]
# Everybody is root there.
SUDO = b'#!/bin/sh\nexec "$@"\n'
LIMIT = 120.0
INIT = """#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for m in $(cat /modules); do insmod /modules.d/$m; done
export DM_DISABLE_UDEV=1
set -x
(set -e
@SCRIPT@
) 2>&1
echo "status $?."
echo o >/proc/sysrq-trigger
read forever
"""


def _programs() -> dict[str, bytes]:
    """The host's, with the libraries that they are linked to."""
    path = "/usr/sbin:/usr/bin:/sbin:/bin"
    files = {}
    for name in PROGRAMS:
        program = shutil.which(name, path=path)
        if program is None:
            raise Failure(f"{name} is not on this machine")
        files[f"bin/{name}"] = Path(program).read_bytes()
        for library in re.findall(r"/\S+", run(["ldd", program], timeout=20).replace(f"{program}:", "")):
            files[library.lstrip("/")] = Path(library).read_bytes()
    return files


def do(card: Path, script: str, files: dict[str, bytes], reader: Path | None = None) -> str:
    """Start the PC, with files, the card as /dev/vda and one in a reader as /dev/sda, and
    run a script until a command fails; what it said."""
    kernel = apt.pc_kernel()
    order = modules(next((kernel / "lib" / "modules").iterdir()), MODULES)
    contents = _programs() | files | {f"modules.d/{x.name}": x.read_bytes() for x in order}
    contents["modules"] = "\n".join(x.name for x in order).encode()
    contents["init"] = INIT.replace("@SCRIPT@", script).encode()
    contents["bin/sudo"] = SUDO
    contents["mnt/.keep"] = contents["run/cryptsetup/.keep"] = b""
    ramdisk = WORK / "pc.cpio"
    ramdisk.write_bytes(initramfs(contents))
    argv = ["qemu-system-x86_64", "-M", "pc", "-cpu", "max", "-m", "512", "-nodefaults", "-no-reboot",
            "-kernel", *map(str, (kernel / "boot").glob("vmlinuz-*")), "-initrd", str(ramdisk),
            "-append", "console=ttyS0 quiet panic=-1", "-drive", f"if=virtio,format=raw,file={card}"]
    if reader:
        argv += ["-device", "virtio-scsi-pci", "-drive", f"if=none,id=reader,format=raw,file={reader}",
                 "-device", "scsi-hd,drive=reader,removable=on"]
    with machine(argv) as pc:
        pc.expect(r"^status 0\.$", LIMIT)
        pc.status(LIMIT)
        return pc.text
