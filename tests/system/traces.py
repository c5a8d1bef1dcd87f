# SPDX-License-Identifier: BSD-2-Clause
"""The secure UART's log and the LED, as the emulator saw them."""

from __future__ import annotations

import re
from pathlib import Path

from harness import Tap

from tzvmm_tools.console import Line, whole
from tzvmm_tools.session import Session

_FIRST = re.compile(r"\[ +0\.000000\] Booting Linux on physical CPU 0x0")


def kernel_log(session: Session) -> list[str]:
    """What the guest's kernel has said so far that goes to a console."""
    levels = "emerg,alert,crit,err,warn,notice,info"
    return session.run(f"dmesg --kernel --level={levels}").output.splitlines()


def check_log(tap: Tap, lines: list[Line], kernel: list[str], least: int = 100) -> None:
    """The secure UART's lines against what the guest's kernel said, so many at least."""
    bare = [line.text for line in lines if not line.source and line.text]
    tap.check("every line has the prefix of a world", not bare, bare[:5])
    guest = whole(lines, "guest")
    first = bool(guest and _FIRST.match(guest[0]))
    tap.check("the log starts at the guest kernel's first line", first, guest[:2])
    shown = set(guest)
    last = max((i for i, line in enumerate(kernel) if line in shown), default=-1)
    lost = [line for line in kernel[: last + 1] if line not in shown]
    tap.check(f"at least {least} of the kernel's messages are there", last >= least, last)
    tap.check("every message of the kernel is there, whole", not lost, lost[:5])
    times = [line.time_us for line in lines if line.is_monitor and line.time_us is not None]
    tap.check("the monitor's clock never goes back", times == sorted(times))


def check_led(tap: Tap, path: Path) -> None:
    """Between the entry into the monitor and the next one the LED changes."""
    switches, unlit, levels = 0, 0, []
    changed = True
    with path.open() as trace:
        for line in trace:
            words = line.split()
            if words[1] == "led":
                levels.append(words[2])
                changed = True
            elif words[1] == "enter":
                switches += 1
                unlit += not changed
                changed = False
    tap.check("the trace shows world switches", switches > 1000, switches)
    tap.check("the LED changes at every one of them", unlit == 0, f"{unlit} of {switches}")
    repeated = sum(a == b for a, b in zip(levels, levels[1:]))
    tap.check("and goes on and off by turns", repeated == 0, repeated)
