# SPDX-License-Identifier: BSD-2-Clause
"""What the overlay says, in terms of the SoC."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from ..base import TOP, Failure
from . import soc as soc_description
from . import source
from .soc import CCGR, Device, Slot, Soc, gate
from .source import Node

BOARDS = {path.parent.name: path for path in sorted(TOP.glob("ports/*/partition.dtso"))}
DEFAULT = "usb_armory"
BOARD = BOARDS[DEFAULT]

STOCK, PARAVIRT = "stock", "paravirt"
PROFILES = (STOCK, PARAVIRT)  # in the order of enum tzvmm_abi_bootpkg_profile

# The kinds of memory, and whether they are the secure world's.
MEMORY = {"code": True, "data": True, "package": True, "pool": True, "guest": False}

# Those that may be in several pieces, one behind each chip select.
PIECES = ("secure", "guest", "populated")

# What a guest may do to a disk, as tzvmm/abi/bootpkg.h has it.
POLICIES = {
    "rw": "TZVMM_ABI_BOOTPKG_READ_WRITE",
    "ro": "TZVMM_ABI_BOOTPKG_READ_ONLY",
    "overlay": "TZVMM_ABI_BOOTPKG_OVERLAY",
}


class Contradiction(Failure):
    """The manifest cannot be put in force; every reason with its line."""


@dataclass(frozen=True)
class Region:
    """A piece of memory, or of the address space."""

    name: str
    at: int
    len: int
    node: Node

    @property
    def end(self) -> int:
        return self.at + self.len

    @property
    def where(self) -> str:
        return self.node.where(self.name)

    def overlaps(self, other: Region) -> bool:
        return self.at < other.end and other.at < self.end


@dataclass(frozen=True)
class Owned:
    """A device of the SoC with the node that gives it to a world."""

    device: Device
    node: Node


@dataclass(frozen=True)
class Pin:
    """A pad of the secure world; each pair is a register's offset and its value."""

    node: Node
    mux: tuple[int, int]
    conf: tuple[int, ...]
    select: tuple[int, ...]


@dataclass(frozen=True)
class Rule:
    """What a guest may do to a register, as struct tzvmm_filter_rule has it."""

    read: int = 0
    write: int = 0
    set: int = 0
    clear: int = 0
    direct: bool = False


@dataclass(frozen=True)
class Filter:
    """A closed block of which the stock guest reaches registers by rules."""

    device: Device
    node: Node
    rules: dict[int, Rule]  # by offset, rising

    @property
    def where(self) -> str:
        return self.node.where("registers")

    @property
    def rows(self) -> list[tuple[int, int, Rule]]:
        """First and last register of those in a row that have the same rule."""
        rows: list[tuple[int, int, Rule]] = []
        for offset, rule in self.rules.items():
            if rows and rows[-1][2] == rule and offset == rows[-1][1] + 4:
                rows[-1] = (rows[-1][0], offset, rule)
            else:
                rows.append((offset, offset, rule))
        return rows


class Partition:
    """The whole manifest."""

    def __init__(self, root: Node, soc: Soc) -> None:
        self.root = root
        self.soc = soc

    @property
    def name(self) -> str:
        """What is said with --board."""
        return Path(self.root.place).absolute().parent.name

    @property
    def model(self) -> str:
        """What the board is called in texts."""
        return self.node("").string("model", self.name)

    def node(self, path: str) -> Node:
        """A node that has to be there."""
        node = self.root.find(f"tzvmm/{path}")
        if node is None:
            raise Failure(f"{self.root.place}: there is no node tzvmm/{path}")
        return node

    # Memory.

    @cached_property
    def banks(self) -> dict[str, list[Region]]:
        """All pieces of memory, by kind."""
        node = self.node("memory")
        return {name: self._regions(node, name) for name in node.properties}

    @property
    def memory(self) -> dict[str, Region]:
        """The first piece of each kind."""
        return {name: pieces[0] for name, pieces in self.banks.items()}

    @staticmethod
    def _regions(node: Node, name: str) -> list[Region]:
        cells = node.cells(name)
        if len(cells) != 2 and (name not in PIECES or len(cells) % 2 or not cells):
            raise Failure(f"{node.where(name)}: {name} needs an address and a length")
        return [Region(name, *cells[i:i + 2], node) for i in range(0, len(cells), 2)]

    def chip_select(self, region: Region) -> int | None:
        """Of the memory that a region starts in."""
        return next((n for n, window in enumerate(self.soc.ddr) if region.at in window), None)

    @cached_property
    def load(self) -> dict[str, int]:
        node = self.node("load")
        return {name: node.cell(name) for name in node.properties}

    # Worlds.

    def _owned(self, nodes: list[Node]) -> dict[str, Owned]:
        found = {}
        for node in nodes:
            device = self.soc.at(node.address) if node.address is not None else None
            if device:
                found[device.name] = Owned(device, node)
        return found

    @cached_property
    def named(self) -> list[Node]:
        """Nodes of the overlay that speak of a device's world."""
        partition = {id(node) for node in self.node("").walk()}
        return [node for node in self.root.walk() if id(node) not in partition
                and ("status" in node.properties or "secure-status" in node.properties)]

    @cached_property
    def secure(self) -> dict[str, Owned]:
        """The secure world's devices; secure-status is as status by default."""
        return self._owned([node for node in self.named
                            if node.string("secure-status", node.string("status")) == "okay"])

    def guest(self, profile: str) -> dict[str, Owned]:
        """What is in a guest's tree as a device of the SoC."""
        if profile == STOCK:
            return self._owned([n for n in self.named if n.string("status", "okay") == "okay"])
        tree = self.node("paravirt/tree")
        return self._owned([n for n in tree.walk() if n.string("status", "okay") == "okay"])

    @cached_property
    def by_handle(self) -> dict[int, Node]:
        return {node.cell("phandle"): node for node in self.root.walk()
                if "phandle" in node.properties}

    def device_of(self, node: Node, prop: str) -> Device:
        """The device that a node refers to."""
        target = self.by_handle.get(node.cell(prop))
        device = self.soc.at(target.address) if target and target.address is not None else None
        if device is None:
            raise Failure(f"{node.where(prop)}: {prop} of {node.path} is no device of the SoC")
        return device

    @cached_property
    def filters(self) -> dict[str, Filter]:
        """Filters of the stock guest, by their device."""
        found = {}
        filters = self.root.find("tzvmm/filters")
        for node in filters.children.values() if filters else ():
            device = self.device_of(node, "device")
            found[device.name] = Filter(device, node, dict(sorted(self._rules(node).items())))
        return found

    def _rules(self, node: Node) -> dict[int, Rule]:
        rules: dict[int, Rule] = {}
        for prop in ("registers", "direct"):
            cells = node.cells(prop)
            if len(cells) % 6:
                raise Failure(f"{node.where(prop)}: {prop} of {node.name} is not in rows of"
                              " <first last read write set clear>")
            for i in range(0, len(cells), 6):
                first, last, *masks = cells[i:i + 6]
                for offset in range(first, last + 1, 4):
                    if offset in rules:
                        raise Failure(f"{node.where(prop)}: {node.name} has two rules for"
                                      f" {offset:#05x}")
                    rules[offset] = Rule(*masks, direct=prop == "direct")
        for register, number in self.guest_gates(node):
            offset = CCGR + 4 * register
            rule = rules.get(offset, Rule())
            rules[offset] = replace(rule, write=rule.write | 3 << 2 * number)
        return rules

    @staticmethod
    def guest_gates(node: Node) -> list[tuple[int, int]]:
        """Clock gates that a filter leaves to the guest."""
        return [gate(text) for text in node.strings("guest-gates")]

    def trapped(self, profile: str) -> set[str]:
        """Devices whose accesses by the guest come to the monitor."""
        if profile != STOCK:
            return set()
        virtual = [node for node in self.virtual.values() if "in-place-of" in node.properties]
        return {*self.filters, *(self.device_of(node, "in-place-of").name for node in virtual)}

    def direct(self, profile: str) -> dict[str, Owned]:
        """Devices that a guest drives itself."""
        trapped = self.trapped(profile)
        return {name: owned for name, owned in self.guest(profile).items() if name not in trapped}

    # What follows for the protection units.

    def crossbar(self, profile: str) -> list[Slot]:
        node = self.root.find(f"tzvmm/{profile}")
        if node is None:  # the board has no such guest
            return []
        slots = {slot.guards: slot for slot in self.soc.slots.values()}
        ports = [f"AHBMAX {port}" for port in node.strings("crossbar")]
        for port in ports:
            if port not in slots:
                raise Failure(f"{node.where('crossbar')}: the crossbar has no slot {port}")
        return [slots[port] for port in ports]

    def open_slots(self, profile: str) -> list[Slot]:
        names = {owned.device.slot for owned in self.direct(profile).values()}
        names |= {slot.name for slot in self.crossbar(profile)}
        return [slot for slot in self.soc.slots.values() if slot.name in names]

    @cached_property
    def masters(self) -> dict[str, bool]:
        """Fields of SA, and whether they are secure: those of secure devices. The
        CPU's is left alone: it has a bit of its own."""
        ours = {owned.device.master for owned in self.secure.values()}
        return {name: name in ours for name in self.soc.masters if name != self.soc.cpu}

    def guest_lines(self, profile: str) -> set[int]:
        """INTSEC: a guest has the lines of its virtual devices and of what it drives
        itself, and no others."""
        lines = self.virtual_lines(profile) | self.soc.guest_lines
        for name, owned in self.direct(profile).items():
            lines |= set() if name in self.secure else set(owned.device.lines)
        for each in self.filters.values() if profile == STOCK else ():
            lines |= set(each.device.lines) if "guest-lines" in each.node.properties else set()
        return lines

    # Slots for cards.

    @cached_property
    def cards(self) -> list[Node]:
        """The monitor uses the first one with a card in it; none: its board knows one."""
        node = self.root.find("tzvmm/cards")
        return list(node.children.values()) if node else []

    # Virtual devices.

    @cached_property
    def virtual(self) -> dict[str, Node]:
        return self.node("virtual").children

    def virtual_lines(self, profile: str) -> set[int]:
        """Those of virtual devices; the stock guest sees the ones with a window."""
        nodes = [node for node in self.virtual.values()
                 if profile != STOCK or {"window", "in-place-of"} & node.properties.keys()]
        return {node.cell(prop) for node in nodes for prop in ("line", "edge-line")
                if prop in node.properties}

    @cached_property
    def virtio(self) -> dict[int, Node]:
        """The virtio devices by number."""
        nodes = [node for node in self.virtual.values() if node.name.startswith("virtio@")]
        return {node.address: node for node in nodes}

    @cached_property
    def gpio(self) -> Node | None:
        """The virtio device that gives the paravirtual guest pins, if there is one."""
        return next((node for node in self.virtio.values() if node.string("use") == "gpio"), None)

    @cached_property
    def windows(self) -> list[Region]:
        """Where the stock guest sees virtual devices."""
        found = []
        for node in self.virtual.values():
            if "window" in node.properties:
                found.append(Region("window", *node.cells("window"), node))
            elif "in-place-of" in node.properties:
                device = self.device_of(node, "in-place-of")
                found.append(Region("in-place-of", device.at, device.len, node))
        return found

    # Pins.

    @cached_property
    def pins(self) -> list[Pin]:
        pins = self.root.find("tzvmm/pins")
        return [Pin(node, node.cells("mux"), node.cells("conf"), node.cells("select-input"))
                for node in (pins.children.values() if pins else ())]

    @cached_property
    def led(self) -> Node | None:
        """The pin of the LED, where it is one."""
        return self.root.find("tzvmm/pins/led")

    def sections(self, size: int) -> list[int]:
        """Where the secure world's devices are, in pieces of the address space."""
        return sorted({owned.device.at // size * size for owned in self.secure.values()})


def load(board: Path = BOARD) -> Partition:
    """Read and check a manifest."""
    from . import checks

    root = source.read(board)
    node = root.find("tzvmm")
    if node is None:
        raise Failure(f"{board}: there is no node tzvmm")
    description = TOP / "ports" / node.string("soc") / "soc.yaml"
    if not description.is_file():
        raise Failure(f"{node.where('soc')}: soc of {node.path} has no description in ports/")
    partition = Partition(root, soc_description.load(description))
    found = list(checks.contradictions(partition))
    if found:
        raise Contradiction("\n".join(found))
    return partition
