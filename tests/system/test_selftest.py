#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The self-test for a board: it starts from its card, writes nothing to it, and its answers
are those of the board that it runs on, not those that it was written to expect."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path

from harness import TOP, WORK, Tap, main

import bare  # behind harness, which knows where the tools are
from tzvmm_tools import qemu, sdcard
from tzvmm_tools.console import Closed, Late

LIMIT = 120.0
VERSION = re.compile(r"tzvmm self-test \d+\.\d+\.\d+, .+")
ANSWER = re.compile(r"([a-z0-9-]+): (.*) -- (as assumed|noted|DIFFERS: .+)")
SUMMARY = re.compile(r"selftest: (\d+) answers, (\d+) differ, (\d+) of them hung")
# QEMU's Cortex-A8 has no ACTLR, its UART no rate.
EMULATOR = {"actlr", "uart-time"}
# What hangs where a refused access does.
HUNG = {"aborts", "slots"}

# What the board is like: machine, options; what of the answers is other than on the plain
# one: words of the value, and whether that is as assumed.
BOARDS = [
    ("late aborts of stores", "usb_armory", "imx53-csu.imprecise-stores=on",
     {"abort-write": ("imprecise", False), "abort-write-device": ("imprecise", False)}),
    ("no crossbar", "usb_armory", "imx53-csu.ahbmax=off", {"crossbar": ("none", False)}),
    ("a CSU that the normal world reaches", "usb_armory", "imx53-csu.csu-open=on",
     {"slot-csu": ("open with all slots closed", False)}),
    ("masters that SA does not make normal", "usb_armory", "imx53-csu.secure-masters=0x04000000",
     {"dma-normal": ("OK", False)}),
    ("INTSEC in both worlds", "usb_armory", "imx53-tzic.ns-intsec=on",
     {"intsec-normal": ("0x00004000", False)}),
    ("late aborts of the watermark", "usb_armory", "imx53-m4if.imprecise=on",
     {"watermark-read": ("imprecise abort", True), "watermark-write": ("imprecise abort", True)}),
    ("an M4IF that protects itself", "usb_armory", "imx53-m4if.ns-write=off",
     {"watermark-normal-registers": ("not moved", True)}),
    ("no alias", "usb_armory,ddr-alias=none", "", {"ddr-alias": ("none", True)}),
    ("an open alias", "usb_armory,ddr-alias=open", "",
     {"ddr-alias": ("0x90000000: open", False)}),
    ("an open alias at the other chip select", "usb_armory,ddr-alias=csd1", "",
     {"ddr-alias": ("0xb0000000: open", False), "csd1": ("on", True),
      "watermark2-read": ("no abort", False), "watermark2-write": ("written", False),
      "watermark2-status": ("down", False)}),
]


class Log:
    """What a run printed."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        starts = [i for i, line in enumerate(lines) if VERSION.fullmatch(line)]
        self.starts = len(starts)
        self.last = lines[starts[-1]:] if starts else []
        found = [match for line in self.last if (match := ANSWER.fullmatch(line))]
        self.names = [match[1] for match in found]
        self.answers = {match[1]: (match[2], not match[3].startswith("DIFFERS")) for match in found}

    @property
    def differs(self) -> set[str]:
        return {name for name, (_, assumed) in self.answers.items() if not assumed}

    @property
    def summary(self) -> tuple[int, ...]:
        match = SUMMARY.fullmatch(self.last[-1]) if self.last else None
        return tuple(map(int, match.groups())) if match else ()

    @property
    def strange(self) -> list[str]:
        """Lines that are of no known form."""
        known = (ANSWER, SUMMARY, VERSION, re.compile("# .*"))
        return [line for line in self.last if not any(form.fullmatch(line) for form in known)]


def run(card: Path, kernel: Path | None, machine: str = "usb_armory", option: str = "") -> Log:
    """Until it sums up."""
    extra = ("-kernel", str(kernel)) if kernel else ()
    extra += ("-global", option) if option else ()
    board = qemu.Board(package=None, card=card, machine=machine, icount=True, reboot=True, extra=extra)
    lines: list[str] = []
    deadline = time.monotonic() + LIMIT
    with qemu.Emulator(board.argv()) as emulator:
        try:
            while not lines or not SUMMARY.fullmatch(lines[-1]):
                lines.append(emulator.console.wait(deadline).text)
        except (Closed, Late):
            pass
    return Log(lines)


def digest(path: Path) -> str:
    with path.open("rb") as file:
        hasher = sha256()
        while piece := file.read(1 << 20):
            hasher.update(piece)
    return hasher.hexdigest()


def from_its_card(tap: Tap, board: str) -> Log:
    image = WORK / "selftest.img"
    subprocess.run([sys.executable, TOP / "tools" / "mkcard", "--selftest", "--board", board, image],
                   check=True, timeout=300)
    before = digest(image)
    log = run(image, None, board)
    tap.check(f"{board}: ROM and U-Boot start it from its card", log.starts == 1, log.lines)
    tap.check("of what it asks all but what QEMU has not is as assumed", log.differs == EMULATOR,
              log.last)
    tap.check("the card is as it was", digest(image) == before)
    image.unlink()
    return log


def plain(tap: Tap, card: Path) -> Log:
    log = run(card, sdcard.selftest())
    tap.check("every line has one of the forms", log.last and not log.strange, log.strange)
    twice = [name for name, times in Counter(log.names).items() if times > 1]
    tap.check("no name comes twice", not twice, twice)
    tap.check("the summary counts them", log.summary == (len(log.names), len(log.differs), 0),
              (log.summary, len(log.names), log.differs))
    text = WORK / "selftest.log"
    text.write_text("\n".join(log.lines))
    shown = subprocess.run(["grep", "DIFFERS", text], capture_output=True, text=True, check=False)
    tap.check("grep shows what differs", shown.stdout.count("\n") == len(log.differs), shown.stdout)
    page = (TOP / "docs" / "selftest.md").read_text()
    missing = [name for name in log.names if f"`{name}`" not in page]
    tap.check("docs/selftest.md has each answer", not missing, missing)
    return log


def other_boards(tap: Tap, card: Path, usual: Log) -> None:
    for what, machine, option, expected in BOARDS:
        log = run(card, sdcard.selftest(), machine, option)
        for name, (words, assumed) in expected.items():
            value, is_assumed = log.answers.get(name, ("", not assumed))
            before = usual.answers.get(name, ("", True))[0]
            tap.check(f"{what}: {name} is {words}",
                      words in value and is_assumed == assumed and words not in before, (value, before))
        others = (log.differs ^ usual.differs) - expected.keys()
        tap.check(f"{what}: nothing else differs", log.summary and not others, others or log.last)


def hanging(tap: Tap, card: Path, usual: Log) -> None:
    log = run(card, sdcard.selftest(), option="imx53-csu.refused-hang=on")
    hung = {name for name, (value, _) in log.answers.items() if value == "hung"}
    tap.check("a board that hangs is reset, and starts anew", log.starts == 1 + len(HUNG), log.lines)
    tap.check("what hung is said to have", hung == HUNG and log.summary[2:] == (len(HUNG),), log.last)
    tap.check("and the rest is asked", "locks" not in hung and "csl-lock" in log.answers, log.last)


def selftest(tap: Tap) -> None:
    from_its_card(tap, "usb_armory")
    log = from_its_card(tap, "imx53_qsb")
    tap.check("which asks behind both chip selects", "watermark2-read" in log.answers, log.last)
    card = bare.build_card(WORK)
    before = digest(card)
    usual = plain(tap, card)
    other_boards(tap, card, usual)
    hanging(tap, card, usual)
    tap.check("no run has written to the card", digest(card) == before)


main(selftest)
