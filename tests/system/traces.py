# SPDX-License-Identifier: BSD-2-Clause
"""The secure UART's log and the LED, as the emulator saw them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
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


# Instructions, at most: from an exception out of the normal world to the LED's store,
# and from the other store to the normal world's first (docs/led.md).
ENTRY, EXIT = 7, 2
NS = 1 << 4  # of an instruction where qemu.Board has icount


def _switches(path: Path, secure: str) -> Iterator[tuple[int, int] | str]:
    """For each time out of the guest and back into it: nanoseconds from the exception
    to the LED's change, and from its change back to the guest. A text is a fault."""
    names = {f"led {secure}": "the secure world's level", f"led {1 - int(secure)}": "the guest's"}
    steps = itertools.cycle(("enter", *names, "leave"))
    with path.open() as trace:
        events = (line.split() for line in trace)
        started = itertools.dropwhile(lambda words: words[1] != "leave", events)
        next(started, None)
        times = []
        for words, step in zip(started, steps):
            if not " ".join(words[1:]).startswith(step):
                yield f"{' '.join(words)}, where {names.get(step, step)} was due"
                return
            times.append(int(words[0]))
            if step == "leave":
                yield times[1] - times[0], times[3] - times[2]
                times = []


def check_led(tap: Tap, path: Path, secure: str = "0", ns: int = 0,
              least: int = 1000) -> None:
    """From the guest's start on the line is at one level in one world and at the other
    in the other, whatever the guest does. With the nanoseconds that an instruction
    takes the distances are checked too."""
    found = list(_switches(path, secure))
    switches = [switch for switch in found if not isinstance(switch, str)]
    faults = [fault for fault in found if isinstance(fault, str)]
    tap.check(f"the trace shows {least} world switches and more",
              len(switches) >= least, len(switches))
    tap.check("the LED changes at each of them and at no other time", not faults, faults)
    if ns and switches:
        worst = [max(times) // ns for times in zip(*switches)]
        tap.check(f"at most {ENTRY} instructions behind an exception and {EXIT} before the guest",
                  worst[0] <= ENTRY and worst[1] <= EXIT, worst)
