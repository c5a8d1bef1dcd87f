# SPDX-License-Identifier: BSD-2-Clause
"""An initramfs: a cpio archive in the "newc" format, always the same for the same
files."""

from __future__ import annotations

import stat
from pathlib import PurePath

_FOLDERS = ["bin", "dev", "proc", "root", "sys"]  # what /init uses


def _entry(
    name: str, mode: int, data: bytes, number: int, device: tuple[int, int] = (0, 0)
) -> bytes:
    """One file. Its owner is root, its time 0."""
    fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return _padded(head) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def archive(files: dict[str, bytes]) -> bytes:
    """The files, executable, and what an /init finds: folders and a console."""
    above = {str(folder) for name in files for folder in PurePath(name).parents}
    folders = sorted(above.union(_FOLDERS) - {"."})  # one comes before what is in it
    entries = [_entry(name, stat.S_IFDIR | 0o755, b"", i) for i, name in enumerate(folders, 1)]
    entries.append(_entry("dev/console", stat.S_IFCHR | 0o600, b"", 90, (5, 1)))
    for number, (name, data) in enumerate(files.items(), 100):
        entries.append(_entry(name, stat.S_IFREG | 0o755, data, number))
    return b"".join(entries) + _entry("TRAILER!!!", 0, b"", 0)
