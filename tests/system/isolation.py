# SPDX-License-Identifier: BSD-2-Clause
"""What root in the guest cannot reach through /dev/mem."""

from __future__ import annotations

from dataclasses import dataclass

from harness import Tap

from tzvmm_tools.bootpkg import MAGIC
from tzvmm_tools.card import SECTOR
from tzvmm_tools.session import Session

SIGBUS = 128 + 7
UART1_UTXD = 0x53FBC040
UART_TEXT = "written to UART1 by hand"
READS_MAGIC = f"0x{MAGIC:08X}"


@dataclass(frozen=True)
class Attempt:
    """One access of a program of root's."""

    what: str
    address: int
    value: int | None = None  # written, or read if there is none
    width: int = 32

    def command(self) -> str:
        value = "" if self.value is None else f" {self.value:#x}"
        return f"busybox devmem {self.address:#x} {self.width}{value}"


# Each of these is to end with a bus error in the program that tries.
REFUSED = [
    Attempt("eSDHC1's present state cannot be read", 0x50004024),
    Attempt("eSDHC1 cannot be given a command", 0x5000400C, 0x00000000),
    Attempt("eSDHC3 cannot be read", 0x50020024),
    Attempt("the window of the virtual disk ends with its registers", 0x50025000),
    Attempt("the CSU cannot be read", 0x63F9C000),
    Attempt("the CSU cannot be written", 0x63F9C000, 0x00FF00FF),
    Attempt("the CSU's master attributes cannot be written", 0x63F9C218, 0x55555555),
    Attempt("the secure watchdog cannot be read", 0x53F98000, width=16),
    Attempt("the secure watchdog cannot be served", 0x53F98002, 0x5555, 16),
    Attempt("the other watchdog cannot be started", 0x53F9C000, 4, 16),
    Attempt("1-Wire, in the slot of the clocks, cannot be read", 0x63FA4000),
    Attempt("the crossbar cannot be written", 0x63F94000, 0),
    Attempt("the first page of secure RAM cannot be read", 0x70000000),
    Attempt("the monitor's code cannot be read", 0x70100000),
    Attempt("the monitor's code cannot be written", 0x70100000, 0xE7FFDEFE),
    Attempt("the boot package in secure RAM cannot be read", 0x71000000),
    Attempt("the last page of secure RAM cannot be read", 0x77FFF000),
    Attempt("no device and no memory is at 0x6FFFF000", 0x6FFFF000),
    Attempt("the watermark of secure RAM cannot be lifted", 0x63FD80EC, 0),
    Attempt("the watermarks cannot be switched off", 0x63FD8114, 0),
    Attempt("secure RAM stays closed after that", 0x71000000),
    Attempt("the bits that choose serial download are closed", 0x53FA4000),
    Attempt("the bus of the CPU's supply cannot be read", 0x63FC8000, width=16),
    Attempt("the bus of the CPU's supply cannot be written", 0x63FC8010, 0x68, 16),
    Attempt("UART2 cannot be written", 0x53FC0040, 0x41),
    Attempt("the audio block cannot be read", 0x50014000),
]

# The paravirtual guest has its timer, its interrupt controller and USB, and nothing else.
PARAVIRT_REFUSED = [
    Attempt("the clocks cannot be read", 0x53FD4000),
    Attempt("the clocks cannot be gated", 0x53FD4070, 0),
    Attempt("PLL1 cannot be written", 0x63F80000, 0),
    Attempt("PLL2 cannot be written", 0x63F84000, 0),
    Attempt("PLL4 cannot be read", 0x63F8C000),
    Attempt("the reset controller cannot be written", 0x53FD0000, 1),
    Attempt("the power controller cannot be read", 0x53FD8000),
    Attempt("the pads cannot be written", 0x53FA8078, 0),
    Attempt("GPIO1 cannot be read", 0x53F84000),
    Attempt("the LED's GPIO cannot be read", 0x53F90000),
    Attempt("the LED's GPIO cannot be written", 0x53F90000, 0xFFFFFFFF),
    Attempt("the LED's pin cannot be made an input", 0x53F90004, 0),
    Attempt("the GPIO bank that shares the LED's slot is closed", 0x53F8C000),
    Attempt("UART1 cannot be read", 0x53FBC000),
    Attempt("UART1 cannot be written", UART1_UTXD, 0x41),
    Attempt("there is no virtual TZIC", 0x50008000),
    Attempt("there are no registers of virtual devices", 0x50024000),
]

# What the stock guest sees of closed blocks, and what it writes there in vain.
FILTERED = [
    ("the card's command line as a pin of GPIO1", 0x53FA82EC, 0x11, 0x10),
    ("UART1 listening elsewhere", 0x53FA8878, 0, 1),
    ("the LED's pad", 0x53FA8078, 0, 1),
    ("the LED's pin", 0x53F90000, 0x08000000, 0),
    ("the LED's direction", 0x53F90004, 0x08000000, 0),
    ("gates of the card, among others", 0x53FD4074, 0, 0xFFFF333F),
    ("gates of UART1, among others", 0x53FD406C, 0, 0xFFFFFFFF),
    ("dividers of the buses", 0x53FD4014, 0x02888FFF, 0x00888945),
    ("PLL2's divider", 0x63F84008, 0x5F, 0x81),
    ("a software reset of the chip's parts", 0x53FD0000, 0x52F, 0x521),
    ("power gating", 0x53FD82C0, 1, 0),
]

# The guest's own part of the TZIC is its own; the secure part stays as it is, which
# the rest of the test relies on: disk, console and clock go on.
HARMLESS = [
    Attempt("TZIC: all lines normal-world", 0x0FFFC080, 0xFFFFFFFF),
    Attempt("TZIC: all lines normal-world", 0x0FFFC084, 0xFFFFFFFF),
    Attempt("TZIC: secure eSDHC1 and UART1 off", 0x0FFFC180, 0x80000002),
    Attempt("TZIC: secure EPIT1 and EPIT2 off", 0x0FFFC184, 0x00000300),
    Attempt("TZIC: secure world off, normal world on", 0x0FFFC000, 0x80010000),
]


def attempt(session: Session, attempts: list[Attempt]) -> list[tuple[int, str]]:
    """Status and output of each, in one go."""
    script = "\n".join(f"o=$({x.command()} 2>/dev/null); echo $? $o" for x in attempts)
    lines = session.run(f"{{ {script}\n}} 2>/dev/null").output.splitlines()
    if len(lines) != len(attempts):
        raise ValueError(f"{len(attempts)} attempts gave {lines}")
    return [(int(line.partition(" ")[0]), line.partition(" ")[2]) for line in lines]


def type_on_uart1(session: Session, text: str) -> None:
    """Write a line into UART1's transmit register. From the real one it would
    come without a prefix."""
    codes = " ".join(str(ord(char)) for char in f"\n{text}\n")
    write = f"busybox devmem {UART1_UTXD:#x} 32 $c"
    session.run(f"sleep 1; for c in {codes}; do {write}; done; sleep 1")


def check_uart1(tap: Tap, guest_lines: list[str]) -> None:
    """What was typed on UART1 came as the guest's."""
    tap.check("UART1 is the virtual one", UART_TEXT in guest_lines, guest_lines[-20:])


def nr_refused(session: Session) -> int:
    """How many accesses the monitor has refused."""
    return int(session.ask_monitor("status", r"refused: (\d+) accesses").group(1))


def alive(session: Session) -> bool:
    """Console, disk and clock of the guest work, so the monitor's do."""
    # Two seconds of the guest's must not take for ever: the timers run.
    script = "sleep 2 && dd if=/dev/vda of=/dev/null bs=64k count=16 iflag=direct && echo alive"
    result = session.run(script, 60)
    return result.status == 0 and result.output.endswith("alive\n")


def check_filters(tap: Tap, session: Session) -> None:
    """The stock guest's part of closed blocks, whatever it writes."""
    writes = [Attempt(what, address, value) for what, address, value, _ in FILTERED]
    reads = [Attempt(what, address) for what, address, _, _ in FILTERED]
    results = attempt(session, writes + reads)
    tap.check("writes to filtered blocks do not abort", not any(s for s, _ in results), results)
    for (what, _, _, shown), (_, output) in zip(FILTERED, results[len(writes):], strict=True):
        tap.check(f"filtered: {what}", output == f"0x{shown:08X}", output)


def check_memory(tap: Tap, session: Session, paravirt: bool) -> None:
    before = nr_refused(session)
    attempts = REFUSED + (PARAVIRT_REFUSED if paravirt else [])
    results = attempt(session, attempts)
    for tried, (status, output) in zip(attempts, results, strict=True):
        tap.check(f"{tried.what}: bus error", status == SIGBUS, f"status {status}, {output}")
    counted = nr_refused(session) - before
    tap.check("the monitor has counted them all", counted == len(attempts), counted)
    if not paravirt:
        check_filters(tap, session)
        type_on_uart1(session, UART_TEXT)
    tap.check("the guest lives on", alive(session))


def check_secure_state(tap: Tap, session: Session) -> None:
    results = attempt(session, HARMLESS)
    tap.check("after tampering with the TZIC disk, console and clock live", alive(session), results)
    ((status, output),) = attempt(session, [Attempt("INTSEC", 0x0FFFC080)])
    hidden = status == SIGBUS or int(output, 16) == 0
    tap.check("INTSEC shows the normal world no secure line", hidden, output)
    # DDR may answer again above the populated 512 MiB.
    ((_, output),) = attempt(session, [Attempt("alias", 0x91000000)])
    tap.check("secure RAM has no readable alias", output != READS_MAGIC, output)


def check_disk_end(tap: Tap, session: Session, size: int) -> None:
    sectors = size // SECTOR
    shown = session.run("blockdev --getsz /dev/vda").output.strip()
    tap.check("the disk has as many sectors as partition 2", shown == str(sectors), shown)
    dd = "dd of=/dev/null if=/dev/vda iflag=direct bs=512 count=1 status=none skip="
    tap.check("its last sector can be read", session.run(f"{dd}{sectors - 1}").status == 0)
    beyond = "dd if=/dev/zero of=/dev/vda oflag=direct bs=512 count=1 status=none seek="
    tap.check("no sector behind it can be written", session.run(f"{beyond}{sectors}").status != 0)
    names = session.run("ls /sys/block").output.split()
    disks = [name for name in names if not name.startswith(("loop", "ram"))]
    tap.check("there is no other disk", disks == ["vda"], names)
