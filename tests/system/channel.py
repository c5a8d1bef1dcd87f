# SPDX-License-Identifier: BSD-2-Clause
"""The virtio console: its second terminal, and its channel to the monitor. The lines
that virtio devices interrupt on."""

from __future__ import annotations

import re

from harness import PARAVIRT, Tap

from tzvmm_tools.session import Session

TERMINAL = "/dev/hvc1" if PARAVIRT else "/dev/hvc0"
CHANNEL = "/dev/virtio-ports/tzvmm.status"
TEXT = "written to the second terminal"


def check(tap: Tap, session: Session) -> None:
    """Use both; the terminal's text is looked for later."""
    ask = f"timeout 10 head -n1 {CHANNEL}"
    result = session.run(f"{ask}; echo again >{CHANNEL}; {ask}; echo {TEXT} >{TERMINAL}")
    answers = re.findall(r"^smc (\d+) mmio (\d+) irq (\d+) fault (\d+)$", result.output, re.M)
    tap.check("the monitor answers on its channel", len(answers) == 2, result.output)
    counts = [list(map(int, answer)) for answer in answers]
    later = len(counts) == 2 and sum(counts[1]) > sum(counts[0])
    tap.check("with what is so now", later, result.output)


def check_terminal(tap: Tap, lines: list[str]) -> None:
    """The second terminal's lines have a prefix of their own."""
    tap.check("the second terminal's text comes as its own", TEXT in lines, lines[-10:])


def check_lines(tap: Tap, session: Session) -> None:
    """EDGE-2: Linux's own driver is told of used buffers by edges, and of nothing else."""
    result = session.run("cat /proc/interrupts")
    row = re.compile(r"^ *\d+: +(\d+) +tzic +(\d+) .* virtio", re.M)
    counts = {int(line): int(count) for count, line in row.findall(result.output)}
    tap.check("the disk interrupts by edges", counts.get(118, 0) > 100, result.output)
    tap.check("and never by its level", counts.get(110) == 0, result.output)
