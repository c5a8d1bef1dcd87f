# SPDX-License-Identifier: BSD-2-Clause
"""What the SoC has, from its description."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from ..base import Failure

UNKNOWN = "UNKNOWN"
CCGR, NR_CCGR = 0x68, 8  # the first of them


@dataclass(frozen=True)
class Device:
    """A block of the SoC, and what guards and drives it."""

    name: str
    at: int
    len: int
    slot: str  # 00a .. 31b, UNKNOWN, or none
    lines: tuple[int, ...]
    gates: tuple[tuple[int, int], ...]  # CCGR and its field
    master: str  # its field of SA, or nothing
    probe: int  # of a register that can be read without effect
    width: int  # bits of an access
    one_of: tuple[str, ...]  # slots of which one is this device's

    @property
    def end(self) -> int:
        return self.at + self.len


@dataclass(frozen=True)
class Slot:
    """Half a CSL register."""

    name: str  # 00a .. 31b
    guards: str
    mark: str

    @property
    def register(self) -> int:
        return int(self.name[:2])

    @property
    def half(self) -> int:
        return "ab".index(self.name[2])

    @property
    def number(self) -> int:
        return 2 * self.register + self.half


@dataclass(frozen=True)
class Soc:
    """All of it."""

    name: str
    csu: int
    slots: dict[str, Slot]
    masters: dict[str, int]
    cpu: str  # of the masters: the one that has a bit of its own
    devices: dict[str, Device]
    nr_lines: int
    guest_lines: set[int]  # of the CPU itself: always a guest's
    gic: bool  # the interrupt controller: a GIC, or else a TZIC
    ddr: tuple[range, ...]

    def at(self, address: int) -> Device | None:
        """The device that an address belongs to."""
        for device in self.devices.values():
            if device.at <= address < device.end:
                return device
        return None

    def interrupt(self, line: int, edge: bool = False) -> tuple[int, ...]:
        """A line as a device tree has it."""
        return (0, line - 32, 1 if edge else 4) if self.gic else (line,)

    def in_slot(self, name: str) -> list[Device]:
        return [device for device in self.devices.values() if device.slot == name]


def load(path: Path) -> Soc:
    """Read a description; it is ours, so only its form is checked."""
    data = yaml.safe_load(path.read_text())
    names = [f"{n // 2:02}{'ab'[n % 2]}" for n in range(data["nr-slots"])]
    given = data["slots"]
    slots = {name: Slot(name, given.get(name, {}).get("name", UNKNOWN),
                        str(given.get(name, {}).get("mark", UNKNOWN))) for name in names}
    devices = {name: _device(name, **entry) for name, entry in data["devices"].items()}
    ddr = tuple(range(each["at"], each["at"] + each["len"]) for each in data["ddr"])
    return Soc(path.parent.name, data["csu"], slots, data["masters"], data["cpu"], devices,
               data["nr-lines"], set(data.get("guest-lines", ())), data["controller"] == "gic", ddr)


def _device(name: str, at: int, slot: str, **more) -> Device:
    gates = tuple(gate(text) for text in more.pop("gates", ()))
    lines = tuple(more.pop("lines", ()))
    one_of = tuple(more.pop("one-of", ()))
    defaults = {"len": 0x4000, "master": "", "probe": 0, "width": 32}
    return Device(name=name, at=at, slot=slot, gates=gates, lines=lines, one_of=one_of,
                  **(defaults | more))


def gate(text: str) -> tuple[int, int]:
    """A clock gate by its register and field, CCGR2.10."""
    found = re.fullmatch(r"CCGR([0-7])\.(\d|1[0-5])", text)
    if found is None:
        raise Failure(f"{text} is no clock gate")
    return int(found[1]), int(found[2])
