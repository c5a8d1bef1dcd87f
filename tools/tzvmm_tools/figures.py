# SPDX-License-Identifier: BSD-2-Clause
"""What benchmarks measured, as data: docs/tables.py makes the documentation's tables of it."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

FOLDER = "TZVMM_BENCH_DATA"


def keep(name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write NAME.csv into the folder that the environment names, if it names one."""
    folder = os.environ.get(FOLDER)
    if folder:
        with (Path(folder) / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([heads, *rows])
