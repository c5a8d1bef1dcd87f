#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Pins of the header that the paravirtual guest has by virtio-gpio, seen and driven
from outside of the board. usage: test_gpio.py paravirt"""

from __future__ import annotations

import re
import socket
import time
from pathlib import Path

from harness import TOP, WORK, Tap, fresh_card, main, make_package

from tzvmm_tools import apt, card, kernel, qemu
from tzvmm_tools.base import run
from tzvmm_tools.kernel import CROSS
from tzvmm_tools.session import Session

BANK = "/machine/soc/gpio5"
DR, GDIR, IMR = 0x53FDC000, 0x53FDC004, 0x53FDC014
LED_DR, LED_GDIR, LED = 0x53F90000, 0x53F90004, 27
HEADER3, HEADER4, HEADER7 = 26, 27, 30
PROGRAM, MODULE = "/var/tmp/gpio", "/var/tmp/gpio_level.ko"
SIGBUS = 128 + 7
# Debian's own programs, as docs/gpio.md uses them.
GPIOD = ("gpioinfo", "gpiofind", "gpioset", "gpiomon")


class Pins:
    """The bank's pads, by QEMU's test interface."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(10)
        deadline = time.monotonic() + 20
        while self._socket.connect_ex(str(path)) != 0:
            if time.monotonic() > deadline:
                raise TimeoutError(path)
            time.sleep(0.05)
        self._stream = self._socket.makefile("rw")
        self.changes: list[tuple[str, int]] = []
        self._ask(f"irq_intercept_out {BANK}")

    def _ask(self, command: str) -> str:
        self._stream.write(command + "\n")
        self._stream.flush()
        while True:
            line = self._stream.readline().strip()
            change = re.fullmatch(r"IRQ (raise|lower) (\d+)", line)
            if not change:
                return line
            self.changes.append((change.group(1), int(change.group(2))))

    def drive(self, pin: int, level: int) -> None:
        """What hangs at a pin changes."""
        self._ask(f"set_irq_in {BANK} unnamed-gpio-in {pin} {level}")

    def seen(self, pin: int) -> list[str]:
        """How an output has changed since the last look."""
        self._ask(f"set_irq_in {BANK} unnamed-gpio-in 1 0")  # nobody's; fetches what came
        found = [level for level, n in self.changes if n == pin]
        self.changes = [change for change in self.changes if change[1] != pin]
        return found


def put_programs(image: Path) -> None:
    """Compile the guest's program and module and write them to the guest's disk."""
    program = WORK / "gpio"
    source = TOP / "tests" / "system" / "gpio_guest.c"
    options = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-static"]
    run([f"{CROSS}gcc", *options, source, "-o", program], timeout=60)
    module = WORK / "module"
    module.mkdir()
    (module / "gpio_level.c").write_bytes((TOP / "tests" / "system" / "gpio_level.c").read_bytes())
    (module / "Makefile").write_text("obj-m := gpio_level.o\n")
    kernel.build_module(module)
    where = f"{image}?offset={card.partitions(image)[1].start}"
    debian = apt.gpiod() / "usr"
    (library,) = debian.glob("lib/*/libgpiod.so.2")
    files = [(debian / "bin" / name, f"/usr/bin/{name}") for name in GPIOD]
    files += [(library.resolve(), f"/usr/lib/{library.name}"), (program, PROGRAM)]
    for path, name in (*files, (module / "gpio_level.ko", MODULE)):
        run(["debugfs", "-w", "-R", f"write {path} {name}", where], timeout=60)


def register(emulator: qemu.Emulator, address: int) -> int:
    """A register of the model's, past every protection."""
    text = str(emulator.qmp("human-monitor-command", **{"command-line": f"xp /1wx {address:#x}"}))
    return int(text.split(":")[1], 16)


def gpio(session: Session, *words: object) -> str:
    """What the guest's program says, and its status."""
    ran = session.run(" ".join(map(str, (PROGRAM, *words))), 60)
    return f"{ran.output}{ran.status}"


def outputs(tap: Tap, session: Session, pins: Pins, emulator: qemu.Emulator) -> None:
    seen = []

    def look(text: str) -> None:
        if "driven" in text:
            seen.append(pins.seen(HEADER4))

    session.run("".join(f"{PROGRAM} set header4 {level} 1;" for level in (1, 0)), 60, look)
    tap.check("what the guest drives is at the pad", seen == [["raise"], ["lower"]], seen)
    tap.check("a line that it lets go is an input", register(emulator, GDIR) == 0,
              hex(register(emulator, GDIR)))


def inputs(tap: Tap, session: Session, pins: Pins) -> None:
    levels = []
    for level in (0, 1, 0):
        pins.drive(HEADER3, level)
        levels.append(gpio(session, "get", "header3"))
    tap.check("the guest reads what is at the pad", levels == ["0\n0", "1\n0", "0\n0"], levels)

    left = ["raise", "lower"] * 3

    def next_edge(text: str) -> None:
        """Each edge follows the one that the guest has seen."""
        if left:
            pins.drive(HEADER3, int(left.pop(0) == "raise"))

    ran = session.run(f"{PROGRAM} watch header3 6 2", 90, next_edge)
    edges = ran.output.split()
    tap.check("each edge interrupts the guest once", ran.status == 0 and
              edges == ["watching", *["rising", "falling"] * 3], ran)
    events = session.ask_monitor("status", r"gpio: \d+ requests, \d+ refused, (\d+) events").group(1)
    tap.check("and the monitor counts as many", events == "6", events)


def by_debian(tap: Tap, session: Session, pins: Pins) -> None:
    """The commands of docs/gpio.md."""
    ran = session.run("gpioinfo", 60)
    names = re.findall(r'"(header\d)"', ran.output)
    tap.check("gpioinfo shows the lines", names == ["header3", "header4", "header7"], ran)
    pins.seen(HEADER4)
    ran = session.run("gpioset --mode=time --sec=1 $(gpiofind header4)=1", 60)
    changes = pins.seen(HEADER4)
    tap.check("gpioset drives one", ran.status == 0 and changes[:1] == ["raise"], (changes, ran))

    def drive(text: str) -> None:
        if text.strip() in ("up", "down"):
            pins.drive(HEADER3, int(text.strip() == "up"))

    pins.drive(HEADER3, 0)
    ran = session.run("(sleep 2; echo up; sleep 1; echo down) & timeout 5 gpiomon $(gpiofind header3)",
                      60, drive)
    edges = re.findall(r"event: +(\w+) EDGE", ran.output)
    tap.check("gpiomon tells the edges of another", edges == ["RISING", "FALLING"], ran)


def levels(tap: Tap, session: Session, pins: Pins, emulator: qemu.Emulator) -> None:
    """Twice high for a while. The handler sees it through, so there is one interrupt
    each time, and the pin stays masked until the handler is done."""
    masks = []

    def follow(text: str) -> None:
        if text.strip() in ("high", "low"):
            masks.append(register(emulator, IMR) >> HEADER3 & 1)
            pins.drive(HEADER3, int(text.strip() == "high"))

    pins.drive(HEADER3, 0)
    count = "cat /sys/module/gpio_level/parameters/{begun,ended} | tr '\\n' ' '; echo"
    script = (f"insmod {MODULE} && sleep 0.5; for i in 1 2; do"
              f" echo high; sleep 0.5; {count}; echo low; sleep 0.5; {count}; done; rmmod gpio_level")
    ran = session.run(script, 60, follow)
    seen = [text.strip() for text in ran.output.splitlines()]
    expected = ["high", "1 0", "low", "1 1", "high", "2 1", "low", "2 2"]
    tap.check("a level interrupts once, and again when it comes back", seen == expected, ran)
    tap.check("its pin is masked until the guest has served it", masks == [1, 0, 1, 0], masks)
    tap.check("and when nobody listens", register(emulator, IMR) == 0)


def refusals(tap: Tap, session: Session, emulator: qemu.Emulator) -> None:
    said = [gpio(session, "set", "header3", 1, 0), gpio(session, "get", "header7")]
    tap.check("a line does only what its policy says", said == ["request: Invalid argument\n1"] * 2, said)
    said = [gpio(session, "get", "header5")]
    tap.check("a pin without a line is not there", said == ["request: No such file or directory\n1"], said)
    writes = "".join(f"busybox devmem {address:#x} 32 0xffffffff; echo $?;"
                     for address in (DR, GDIR, LED_DR, LED_GDIR))
    ran = session.run(f"{{ {writes} }} 2>/dev/null")
    tap.check("the banks, the LED's too, cannot be written", ran.output.split() == [str(SIGBUS)] * 4, ran)
    directions = [register(emulator, address) for address in (GDIR, LED_GDIR)]
    tap.check("and are as before", directions == [0, 1 << LED], directions)


def restart(tap: Tap, session: Session, pins: Pins, emulator: qemu.Emulator) -> None:
    pins.seen(HEADER7)
    session.run(f"{PROGRAM} set header7 1 600 >/dev/null & {PROGRAM} watch header3 9 9 >/dev/null & sleep 1", 60)
    tap.check("an output is driven when the guest is stopped",
              (pins.seen(HEADER7), register(emulator, GDIR), register(emulator, IMR))
              == (["raise"], 1 << HEADER7, 1 << HEADER3))
    session.ask_monitor("restart", "^guest restart")
    session.wait_for_shell()
    tap.check("the fresh guest's lines are in their safe states, and silent",
              (register(emulator, GDIR), register(emulator, IMR)) == (0, 0),
              (register(emulator, GDIR), register(emulator, IMR)))
    pins.drive(HEADER3, 1)
    tap.check("and usable", gpio(session, "get", "header3") == "1\n0")


def lines(tap: Tap) -> None:
    with fresh_card("gpio") as image, (WORK / "gpio.log").open("wb") as log:
        put_programs(image)
        qtest = WORK / "qtest"
        board = qemu.Board(package=make_package(), card=image, extra=(
            "-qtest", f"unix:{qtest},server=on,wait=off", "-qtest-log", "none"))
        with qemu.Emulator(board.argv(), log) as emulator:
            pins = Pins(qtest)
            session = Session(emulator)
            session.wait_for_shell()
            session.run(f"chmod +x {PROGRAM} /usr/bin/gpio*")
            names = gpio(session, "names")
            tap.check("the guest has the table's lines by name",
                      names == "header3\nheader4\nheader7\n0", names)
            outputs(tap, session, pins, emulator)
            inputs(tap, session, pins)
            by_debian(tap, session, pins)
            levels(tap, session, pins, emulator)
            refusals(tap, session, emulator)
            restart(tap, session, pins, emulator)
            session.power_off()


main(lines)
