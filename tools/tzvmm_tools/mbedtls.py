# SPDX-License-Identifier: BSD-2-Clause
"""mbed TLS as a Meson subproject: the few files of Debian's source package that
crypto/ needs, with a build file and a configuration of ours."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from . import apt
from .base import TOP, Failure, alone, say

PACKAGE = "mbedtls"
VERSION = "2.28.3-1"  # that of Debian 12

_SOURCES = (
    *("aes", "asn1parse", "asn1write", "bignum", "constant_time", "ecdsa", "ecp", "ecp_curves"),
    *("memory_buffer_alloc", "platform", "sha256"),
)
_PRIVATE = ("common", "constant_time_internal", "constant_time_invasive", "ecp_invasive")
_PUBLIC = (
    *("aes", "asn1", "asn1write", "bignum", "bn_mul", "constant_time", "ecdsa", "ecp", "ecp_internal", "error"),
    *("md", "memory_buffer_alloc", "platform", "platform_util", "sha256", "threading"),
)
FILES = [
    *(f"library/{name}.c" for name in _SOURCES),
    *(f"library/{name}.h" for name in _PRIVATE),
    *(f"include/mbedtls/{name}.h" for name in _PUBLIC),
    "LICENSE",
]

SUBPROJECTS = TOP / "subprojects"
_STAMP = "inputs.txt"


def provide(subprojects: Path = SUBPROJECTS) -> Path:
    """The subproject's folder; made anew when one of its inputs has changed."""
    ours = sorted((subprojects / "packagefiles" / PACKAGE).iterdir())
    folder = subprojects / PACKAGE
    stamp, wanted = folder / _STAMP, _digest(ours)
    with alone(folder):
        if not (stamp.exists() and stamp.read_text() == wanted):
            _make(folder, apt.source(PACKAGE, VERSION), ours)
            stamp.write_text(wanted)
    return folder


def _digest(ours: list[Path]) -> str:
    digest = hashlib.sha256(" ".join([VERSION, *FILES]).encode())
    for path in ours:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _make(folder: Path, tree: Path, ours: list[Path]) -> None:
    say(f"unpacking mbed TLS to {folder.relative_to(folder.parents[1])}")
    shutil.rmtree(folder, ignore_errors=True)
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copy(tree / name, folder / name)
        except OSError as error:
            raise Failure(f"mbed TLS has no {name}: {error.strerror}") from error
    for path in ours:
        shutil.copy(path, folder)
    (folder / "VERSION").write_text(_version(tree) + "\n")


def _version(tree: Path) -> str:
    """Of the package: the first line of its changelog, NAME (VERSION) ..."""
    with (tree / "debian" / "changelog").open() as changelog:
        return changelog.readline().partition("(")[2].partition(")")[0]
