# SPDX-License-Identifier: BSD-2-Clause
"""A monitor whose SD driver does not see that the card is still programming: it says
that a write is done when the data have crossed the bus."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from harness import TOP
from tzvmm_tools import build
from tzvmm_tools.base import child_environment

# In these headers the names of what tells that a card is busy: now nothing does.
_BLIND = {
    "ports/imx/esdhc_regs.h": {"PRSSTAT_DAT0": "PRSSTAT_SDSTB"},
    "ports/imx/sdcard.h": {
        "SD_R1_READY": "UINT32_MAX",
        "SD_R1_STATE(r1)": "(((r1) >> 9 & 15u) == 7u ? 4u : (r1) >> 9 & 15u)",
    },
}


def _define(path: Path, name: str, value: str) -> None:
    pattern = re.compile(rf"^#define {re.escape(name)} .*$", re.MULTILINE)
    text, changed = pattern.subn(f"#define {name} {value}", path.read_text())
    if changed != 1:
        raise ValueError(f"{path.name} has no {name}: the mutation has to follow the driver")
    path.write_text(text)


def early_monitor(folder: Path) -> Path:
    """Build it from a copy of the sources; its ELF."""
    tree, out = folder / "tree", folder / "build"
    shutil.copytree(TOP, tree, symlinks=True, ignore=shutil.ignore_patterns(
        "build", ".cache", ".git", "__pycache__"))
    for name, values in _BLIND.items():
        for macro, value in values.items():
            _define(tree / name, macro, value)
    elf = "examples/monitor/monitor.elf"
    for command in (["meson", "setup", out, tree, "--cross-file", build.CROSS_FILE,
                     "-Dport=usb_armory"], ["ninja", "-C", out, elf]):
        subprocess.run(command, check=True, capture_output=True, timeout=600,
                       env=child_environment())
    return out / elf
