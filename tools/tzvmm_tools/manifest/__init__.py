# SPDX-License-Identifier: BSD-2-Clause
"""The partition of a board: read from one overlay, checked, and made into what the
monitor, the guests, the documentation and the attack test need (docs/manifest.md)."""

from .partition import BOARDS, DEFAULT, PARAVIRT, PROFILES, STOCK, Partition, Region, load

__all__ = ["BOARDS", "DEFAULT", "PARAVIRT", "PROFILES", "STOCK", "Partition", "Region", "load"]
