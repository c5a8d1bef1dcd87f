#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Guests that stop: each is reported in bounded time, and a fresh one finds its disk in
order. usage: test_report.py stock|paravirt

The paravirtual guest breaks itself, through /dev/mem. Debian's kernel lets nobody do
that, so the emulator writes the same words into the stock one's memory."""

import os
import re
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from harness import PARAVIRT, WORK, Tap, fresh_card, main, make_package

from tzvmm_tools import card, qemu
from tzvmm_tools.base import Failure
from tzvmm_tools.console import Line
from tzvmm_tools.session import Session

LINEAR = 0xC0000000 - 0x78000000  # from RAM to the kernel's view of it
LIMIT_S = 10  # REPORT_LIMIT_US
SLACK_S = 4
PATIENCE = 120.0  # of ours, on a slow machine
CPSID_I = 0xF10C0080
LOOP = 0xEAFFFFFE
UNDEFINED = 0xFFFFFFFF
ENTRIES = ("__und_svc", "__pabt_svc", "__dabt_svc", "__irq_svc")


class Machine:
    """A board, its guest, and a way into the guest's memory."""

    def __init__(self, emulator: qemu.Emulator, session: Session, qtest: Path) -> None:
        self.emulator, self.session, self._qtest = emulator, session, qtest
        self._symbols: dict[str, int] = {}

    def symbol(self, name: str) -> int:
        if name not in self._symbols:
            found = self.session.run(f"grep -w '{name}$' /proc/kallsyms").output.split()
            self._symbols[name] = int(found[0], 16)
        return self._symbols[name]

    def poke(self, words: list[tuple[int, int]]) -> None:
        """Write to the kernel, in that order."""
        if PARAVIRT:
            script = "".join(f"busybox devmem {va - LINEAR:#x} 32 {w:#x};" for va, w in words)
            self.session.type(f"({script}) >/dev/null 2>&1")
            return
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(self._qtest))
            with sock.makefile("rw") as stream:
                for va, word in words:
                    stream.write(f"writel {va - LINEAR:#x} {word:#x}\n")
                    stream.flush()
                    if stream.readline().strip() != "OK":
                        raise Failure("the emulator does not write")

    def report(self) -> list[Line]:
        """The console up to the end of the next report."""
        deadline, lines = time.monotonic() + PATIENCE, []
        while not (lines and lines[-1].is_monitor and lines[-1].text == "report: end"):
            lines.append(self.emulator.console.wait(deadline))
        return lines


def spin(machine: Machine) -> None:
    """Interrupts off, for ever: the next sethostname()."""
    place = machine.symbol("sys_sethostname")
    machine.session.run("echo marker-spin > /dev/kmsg; sync")
    # The loop first: nobody may run into half of it.
    machine.poke([(place + 4, LOOP), (place, CPSID_I)])
    machine.session.type("sleep 2; echo dying; hostname x")


def panic(machine: Machine) -> None:
    """By sysrq, or where there is none by a call of panic(name) in place of
    sethostname(name)."""
    place, target = machine.symbol("sys_sethostname"), machine.symbol("panic")
    machine.session.run("echo marker-panic > /dev/kmsg; sync")
    if PARAVIRT:
        machine.poke([(place, 0xEB000000 | (target - place - 8) // 4 & 0xFFFFFF)])
        machine.session.type("sleep 2; echo dying; hostname crashed")
    else:
        machine.session.type("echo dying; echo c > /proc/sysrq-trigger")


def scribble(machine: Machine) -> None:
    """What every exception begins with. That of undefined instructions comes first: a
    kernel that still had it would notice, and panic."""
    places = [machine.symbol(name) + 4 * i for name in ENTRIES for i in range(8)]
    machine.session.run("echo marker-scribble > /dev/kmsg; sync; echo dying")
    machine.poke([(place, UNDEFINED) for place in places])


def check_report(tap: Tap, what: str, machine: Machine, reason: str) -> str:
    lines = machine.report()
    own = [line for line in lines if line.is_monitor and line.text.startswith("report: ")]
    text = "\n".join(line.text for line in own)
    tap.check(f"{what}: the report says why", reason in own[0].text, text)
    everything = machine.emulator.console.lines
    dying = [line.time_us for line in everything if line.text.endswith("dying")]
    took = (own[0].time_us - dying[-1]) / 1e6
    bound = LIMIT_S + SLACK_S
    tap.check(f"{what}: it comes within {bound} s", 0 < took <= bound, f"{took} s\n{text}")
    tap.check(f"{what}: the kernel's last words are in it", f"marker-{what}" in text, text)
    for part in (r"the normal world ran last", r"svc: sp [0-9a-f]{8} lr [0-9a-f]{8} spsr",
                 r"sctlr [0-9a-f]{8}", r"irq 0{8}, pc [0-9a-f]{8}, \d+ ms ago",
                 r"card: [rwf] \d+ sectors at \d+, asked \d+ ms ago", r"interrupts pending"):
        tap.check(f"{what}: it has {part!r}", re.search(part, text) is not None, text)
    return text


def pc_of(text: str) -> int:
    return int(re.search(r"pc ([0-9a-f]{8}) cpsr", text).group(1), 16)


def check_spin(tap: Tap, machine: Machine, text: str) -> None:
    place = machine.symbol("sys_sethostname") + 4
    tap.check("spin: the program counter is in the loop", pc_of(text) == place, text)
    tap.check("spin: the mode is right", "mode svc, ARM, interrupts masked" in text, text)
    tap.check("spin: the way there is in the stack", "(stack scan, at" in text or
              f"from {machine.symbol('ret_fast_syscall'):08x}" in text, text)


def check_panic(tap: Tap, machine: Machine, text: str) -> None:
    panicked = re.search("Kernel panic - not syncing: .*crash", text)
    tap.check("panic: so are those of the panic", panicked is not None, text)
    scanned = {int(at, 16) for at in re.findall(r"from ([0-9a-f]{8})", text)}
    place = machine.symbol("panic")
    inside = any(place < at < place + 0x600 for at in scanned)
    tap.check("panic: panic() is in the backtrace", inside, f"{place:x}\n{text}")


def check_scribble(tap: Tap, machine: Machine, text: str) -> None:
    entries = [machine.symbol(name) for name in ENTRIES]
    dead = any(e <= pc_of(text) < e + 32 for e in entries) or pc_of(text) >= 0xFFFF0000
    tap.check("scribble: the program counter is where it dies", dead, text)


Broken = tuple[Callable[[Machine], None], str, Callable[[Tap, Machine, str], None]]
LONG = os.environ.get("TZVMM_LONG") == "1"
GUESTS: list[Broken] = [
    (spin, "interrupts masked", check_spin),
    (panic, "panicked", check_panic),
    (scribble, "interrupts masked", check_scribble),
]


def fresh_again(tap: Tap, what: str, session: Session) -> None:
    session.ask_monitor("reset guest", "^guest restart")
    session.wait_for_shell()
    result = session.run("cat /var/tmp/kept; dmesg | grep -c 'EXT4-fs error'")
    tap.check(f"{what}: reset guest boots it again, its disk in order",
              result.output.split() == ["kept", "0"], result)


def check_disk(tap: Tap, image: Path) -> None:
    part = card.partitions(image)[1]
    options = f"offset={part.start}"
    fsck = ["e2fsck", "-fn", f"{image}?{options}"]
    done = subprocess.run(fsck, capture_output=True, text=True, check=False)
    tap.check("at the end e2fsck finds nothing", done.returncode == 0, done.stdout + done.stderr)


def stopped_guests(tap: Tap) -> None:
    qtest = WORK / "qtest"
    extra = ("-qtest", f"unix:{qtest},server=on,wait=off", "-qtest-log", "/dev/null")
    with fresh_card("report") as image, (WORK / "report.log").open("wb") as log:
        board = qemu.Board(package=make_package(), card=image, extra=extra)
        with qemu.Emulator(board.argv(), log) as emulator:
            session = Session(emulator)
            machine = Machine(emulator, session, qtest)
            session.wait_for_shell()
            session.run("echo kept > /var/tmp/kept; sync")
            session.ask_monitor("report", "^report: end$")
            tap.check("a guest that lives is reported when asked for", True)
            # A start of the stock guest takes long.
            for hang, reason, check in GUESTS if PARAVIRT or LONG else GUESTS[:1]:
                # The names, before nobody can be asked for them.
                for name in ("sys_sethostname", "panic", "ret_fast_syscall", *ENTRIES):
                    machine.symbol(name)
                hang(machine)
                text = check_report(tap, hang.__name__, machine, reason)
                check(tap, machine, text)
                fresh_again(tap, hang.__name__, session)
            session.power_off()
            starts = [line for line in emulator.console.lines if line.text.startswith("tzvmm ")]
            tap.check("the monitor itself ran on", len(starts) == 1, starts)
        check_disk(tap, image)


def without_being_asked(tap: Tap) -> None:
    """The build's other answers to a guest that hangs."""
    for action, ending in (("restart", "guest restart"), ("reset", "system reset")):
        monitor = qemu.MONITOR.with_name(f"monitor_on_hang_{action}.elf")
        qtest = WORK / f"qtest-{action}"
        extra = ("-qtest", f"unix:{qtest},server=on,wait=off", "-qtest-log", "/dev/null")
        with fresh_card(action) as image:
            board = qemu.Board(package=make_package(), card=image, monitor=monitor, extra=extra)
            with qemu.Emulator(board.argv()) as emulator:
                session = Session(emulator)
                machine = Machine(emulator, session, qtest)
                session.wait_for_shell()
                machine.symbol("sys_sethostname")
                spin(machine)
                machine.report()
                deadline = time.monotonic() + PATIENCE
                line = emulator.console.wait(deadline).text
                tap.check(f"on_hang={action}: it follows the report", line == ending, line)
                if action == "restart":
                    session.wait_for_shell()
                    tap.check("the fresh guest works", session.run("true").status == 0)


main(stopped_guests, *([without_being_asked] if PARAVIRT else []))
