# SPDX-License-Identifier: BSD-2-Clause
"""Which guests a board has, and what makes them."""

from __future__ import annotations

from types import ModuleType

from .base import Failure

GUESTS = ("stock", "paravirt")
# Their paravirtual kernel is Debian's as it is, with our drivers as modules.
MODULAR = ("imx6ul_evk", "vexpress_a15")


def of(board: str) -> tuple[str, ...]:
    """Names of a board's guests; what --guest is by default comes first."""
    return GUESTS[1:] if board in MODULAR else GUESTS


def chosen(name: str | None, board: str) -> str:
    """What was asked for, or the default."""
    if name is None:
        return of(board)[0]
    if name not in GUESTS:
        raise Failure(f"--guest {name}: unknown; there is --guest {' and '.join(GUESTS)}")
    if name not in of(board):
        raise Failure(
            f"--guest {name}: not on {board}, as a guest's accesses would have to be trapped, and "
            "Debian's QEMU, which is the board, ignores SCR.EA; there is --guest paravirt"
        )
    return name


def maker(name: str, board: str) -> ModuleType:
    """What has the boot() and make() of a guest on a board."""
    from . import guest, kernel, modules  # need the packages

    if chosen(name, board) == "stock":
        return guest
    return modules if board in MODULAR else kernel
