# SPDX-License-Identifier: BSD-2-Clause
"""Lines of code."""

from __future__ import annotations

import subprocess
from pathlib import Path


def lines_of(path: Path, compiler: str = "cc") -> int:
    """Lines that are left when the preprocessor has dropped the comments."""
    argv = [compiler, "-fpreprocessed", "-dD", "-E", "-P", "-x", "c", path]
    text = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    return sum(1 for line in text.splitlines() if line.strip())
