# SPDX-License-Identifier: BSD-2-Clause
"""Set-up of the host: Debian's packages, and what is downloaded once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from . import apt
from .base import CACHE, TOOLS, Failure, child_environment, listed_words, run, say

PACKAGES = TOOLS / "packages.txt"
LOG = CACHE / "setup.log"
_APT_OPTIONS = [
    "-q",
    "-y",
    "-o",
    "Acquire::Retries=3",
    "-o",
    "Acquire::http::Timeout=30",
    "-o",
    "DPkg::Lock::Timeout=300",
]


def installed() -> set[str]:
    """Names of the packages that are installed."""
    shown = run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\n"],
        timeout=60,
        hint="this needs Debian 12",
    )
    pairs = (line.split() for line in shown.splitlines())
    return {pair[1] for pair in pairs if len(pair) == 2 and pair[0] == "installed"}


def missing_packages() -> list[str]:
    """What of tools/packages.txt is not installed."""
    have = installed()
    return [name for name in listed_words(PACKAGES) if name not in have]


def _as_root() -> list[str]:
    """What to put in front of a command that root has to run."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        # Without a terminal nobody can be asked for a password.
        return ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]
    raise Failure("")


def _run_as_root(prefix: list[str], argv: list[str], timeout: float) -> bool:
    """Run with the terminal for sudo's question, everything else to the log."""
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("a") as log:
        try:
            done = subprocess.run(
                [*prefix, *environment, *argv],
                stdout=log,
                stderr=log if not prefix else None,
                timeout=timeout,
                env=child_environment(),
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
    return done.returncode == 0


def install_packages() -> None:
    """Install what is missing of tools/packages.txt."""
    missing = missing_packages()
    if not missing:
        return
    install = ["apt-get", "install", "--no-install-recommends", *missing]
    by_hand = f"run as root: apt-get update && {' '.join(install)}"
    try:
        prefix = _as_root()
    except Failure:
        raise Failure(f"packages are missing and there is no sudo here; {by_hand}") from None
    say(f"installing {len(missing)} Debian packages: {' '.join(missing)}")
    updated = _run_as_root(prefix, ["apt-get", "update", *_APT_OPTIONS], 600)
    if not updated:
        say(f"apt-get update had errors, see {LOG}; trying with the lists that are there")
    if not _run_as_root(prefix, [*install, *_APT_OPTIONS], 1800) or missing_packages():
        raise Failure(f"the packages could not be installed, see {LOG}; {by_hand}")


def qemu_source_version() -> str:
    """The version of the source package that qemu-system-arm was built from."""
    shown = run(["dpkg-query", "-W", "-f", "${source:Version}", "qemu-system-arm"], timeout=30)
    return shown.strip()


def download() -> None:
    """Fetch what the builds unpack: sources of QEMU and the kernel, armhf packages, and
    what a test starts as a PC."""
    from . import kernel, mbedtls  # need the packages

    mbedtls.provide()
    apt.source("qemu", qemu_source_version())
    apt.packed(kernel.PACKAGE)
    apt.unpacked_kernel()
    apt.pc_kernel()
    for package in ("u-boot-imx", "busybox-static"):
        apt.unpacked(package)
    apt.gpiod()
