# SPDX-License-Identifier: BSD-2-Clause
"""The partition of a board: read from one overlay, checked, and made into what the
monitor, the guests, the documentation and the attack test need (docs/manifest.md)."""

import ctypes

from .partition import BOARDS, DEFAULT, PARAVIRT, PROFILES, STOCK, Partition, Region, load

__all__ = ["BOARDS", "DEFAULT", "PARAVIRT", "PROFILES", "STOCK", "Partition", "Region", "load"]

# Debian's python3-libfdt (1.6.1) drops a reference of None too many in calls that answer
# nothing; a process that makes some packages would end in an abort. Give some ahead.
for _ in range(1 << 16):
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(None))
