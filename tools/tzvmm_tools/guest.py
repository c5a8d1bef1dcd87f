# SPDX-License-Identifier: BSD-2-Clause
"""The stock guest: a Debian armhf root file system, and out of it the kernel, the
initramfs and the board's device tree, as Debian's packages made them."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
from pathlib import Path

from . import apt, bootpkg, inside
from .base import BUILD, TOOLS, Failure, alone, is_newer, listed_words, run, say, write_atomic
from .manifest import DEFAULT

GUEST = BUILD / "guest"
TARBALL = GUEST / "root.tar"
IMAGE = GUEST / "root.ext4"
IMAGE_SIZE = "1536M"
# Fixed, so that the same packages give the same image.
IMAGE_UUID = "53a80001-0000-4000-8000-000000000002"
IMAGE_EPOCH = "1700000000"

KERNEL_SUMS = GUEST / "kernel.md5sums"  # of all files of the kernel's package

ROOT = TOOLS / "guest-root"  # what is put into the file system
PACKAGES = TOOLS / "guest-packages.txt"
BINFMT = Path("/proc/sys/fs/binfmt_misc")
BINFMT_ARM = Path("/usr/lib/binfmt.d/qemu-arm.conf")

# Debian's device trees.
TREES = {"usb_armory": "imx53-usbarmory.dtb", "imx53_qsb": "imx53-qsb.dtb"}


def boot(board: str) -> bootpkg.Boot:
    """Files that start the guest on a board."""
    return bootpkg.Boot(GUEST / "vmlinuz", GUEST / "initrd.img", GUEST / TREES[board], board=board)


BOOT = boot(DEFAULT)


def make(board: str = DEFAULT) -> bootpkg.Boot:
    """Build what is missing or older than what it is made of."""
    inputs = [PACKAGES, *(path for path in ROOT.rglob("*") if path.is_file())]
    with alone(GUEST):
        if not is_newer(TARBALL, *inputs):
            _bootstrap()
        if not all(is_newer(GUEST / tree, TARBALL) for tree in TREES.values()):
            _extract_boot()
        if not is_newer(IMAGE, TARBALL):
            _make_image()
    return boot(board)


def _bootstrap() -> None:
    """Install the packages, in the first way that this machine lets us."""
    apt.update()
    apt.ARCHIVES.mkdir(parents=True, exist_ok=True)
    GUEST.mkdir(parents=True, exist_ok=True)
    new = TARBALL.with_name("root.new.tar")
    if not (_can_run_arm() and _mmdebstrap(new)):
        say("armhf programs cannot be run in a chroot here; taking a slower way")
        inside.bootstrap(ROOT, listed_words(PACKAGES), IMAGE_EPOCH, GUEST / "inside", new)
    new.replace(TARBALL)


def _mmdebstrap(output: Path) -> bool:
    """The quick way; it needs root, or user namespaces."""
    say("making the guest's Debian root file system; about 3 minutes")
    try:
        run(
            ["mmdebstrap", *_mmdebstrap_options(), "bookworm", output, _sources()],
            timeout=1500,
            log=GUEST / "mmdebstrap.log",
            env={"SOURCE_DATE_EPOCH": IMAGE_EPOCH, "LC_ALL": "C.UTF-8"},
        )
    except Failure as failure:
        say(str(failure))
        return False
    return True


def _mmdebstrap_options() -> list[str]:
    return [
        "--variant=minbase",
        f"--architectures={apt.ARCH}",
        f"--include={','.join(listed_words(PACKAGES))}",
        '--aptopt=Acquire::Retries "3"',
        '--aptopt=Acquire::http::Timeout "30"',
        # What was downloaded before is not downloaded again.
        "--skip=essential/unlink",
        '--setup-hook=mkdir -p "$1"/var/cache/apt/archives',
        f"--setup-hook=sync-in '{apt.ARCHIVES}' /var/cache/apt/archives",
        f"--setup-hook=sync-in '{ROOT}/setup' /",
        f"--customize-hook=sync-out /var/cache/apt/archives '{apt.ARCHIVES}'",
        f"--customize-hook=sync-in '{ROOT}/files' /",
        f"--customize-hook=upload '{ROOT}/masked-units' /masked-units",
        "--customize-hook=" + (ROOT / "customize").read_text(),
    ]


def _sources() -> Path:
    """The sources of binary packages that the private apt uses."""
    lines = (apt.APT / "sources.list").read_text().splitlines()
    path = apt.APT / "guest.list"
    write_atomic(path, "".join(f"{x}\n" for x in lines if x.startswith("deb ")).encode())
    return path


def _can_run_arm() -> bool:
    """The kernel runs armhf programs, perhaps after we have asked it to."""
    if not _runs_arm() and os.geteuid() == 0:
        _register_binfmt()
    return _runs_arm()


def _runs_arm() -> bool:
    """The kernel hands armhf programs to QEMU, in a chroot as well."""
    for entry in BINFMT.glob("qemu-arm"):
        text = entry.read_text()
        return text.startswith("enabled") and "F" in text.partition("flags:")[2].split("\n")[0]
    return False


def _register_binfmt() -> None:
    """What systemd-binfmt does at boot; a container has often not done it."""
    try:
        if not (BINFMT / "register").exists():
            run(["mount", "-t", "binfmt_misc", "binfmt_misc", BINFMT], timeout=20)
        (BINFMT / "register").write_text(BINFMT_ARM.read_text())
    except (Failure, OSError):
        return
    say("registered QEMU for armhf programs with this kernel (binfmt_misc)")


def _extract_boot() -> None:
    """Kernel, initramfs and device tree out of the root file system."""
    with tarfile.open(TARBALL) as tar:
        names = {name.removeprefix("./"): name for name in tar.getnames()}
        (kernel,) = [name for name in names if name.startswith("boot/vmlinuz-")]
        version = kernel.partition("vmlinuz-")[2]
        wanted = {
            BOOT.kernel: kernel,
            BOOT.initrd: f"boot/initrd.img-{version}",
            KERNEL_SUMS: f"var/lib/dpkg/info/linux-image-{version}.md5sums",
            # Last: make() goes by them.
            **{GUEST / tree: f"usr/lib/linux-image-{version}/{tree}" for tree in TREES.values()},
        }
        for path, name in wanted.items():
            member = tar.extractfile(names[name]) if name in names else None
            if member is None:
                raise Failure(f"{TARBALL} has no {name}; remove {GUEST} and try again")
            write_atomic(path, member.read())
    verify_kernel()


def verify_kernel() -> None:
    """Show that the kernel is the package's file, byte for byte."""
    digest = hashlib.md5(BOOT.kernel.read_bytes(), usedforsecurity=False).hexdigest()
    for line in KERNEL_SUMS.read_text().splitlines():
        listed, name = line.split(maxsplit=1)
        if name.startswith("boot/vmlinuz-"):
            if listed != digest:
                raise Failure(f"{BOOT.kernel} is not the package's {name} (md5 {listed})")
            say(f"guest kernel: {name} as Debian's package has it, md5 {digest}")
            return
    raise Failure("Debian's kernel package lists no boot/vmlinuz")


def _make_image() -> None:
    """ext4 out of the tar file. fakeroot keeps owners and device nodes where we
    are not root; fixed identifiers and times keep the image the same."""
    say("making the guest's ext4 image")
    tree = GUEST / "root.tree"
    new = IMAGE.with_name("root.new.ext4")
    new.unlink(missing_ok=True)
    script = (
        "set -eu; rm -rf root.tree; mkdir root.tree; tar -C root.tree -xpf root.tar; "
        f"mke2fs -q -t ext4 -d root.tree -L guest -U {IMAGE_UUID} "
        f"-E hash_seed={IMAGE_UUID},lazy_itable_init=0 -O ^metadata_csum_seed "
        f"{new.name} {IMAGE_SIZE}; rm -rf root.tree"
    )
    shell = ["sh", "-c", script]
    if os.geteuid() != 0:
        shell.insert(0, "fakeroot")
    env = {"SOURCE_DATE_EPOCH": IMAGE_EPOCH, "E2FSPROGS_FAKE_TIME": IMAGE_EPOCH}
    try:
        run(shell, timeout=600, env=env, cwd=GUEST)
    finally:
        shutil.rmtree(tree, ignore_errors=True)
    new.replace(IMAGE)
