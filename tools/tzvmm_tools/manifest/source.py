# SPDX-License-Identifier: BSD-2-Clause
"""The overlay as a tree whose nodes and properties know their line. dtc reads it,
libfdt takes it apart; the lines are those that dtc writes as comments."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import libfdt

from ..base import Failure, run

_PLACE = r"(?: /\* (?P<place>.+) \*/)?$"
_OPEN = re.compile(r"^\t*(?:[\w]+: )*(?P<name>\S+) \{" + _PLACE)
_PROPERTY = re.compile(r"^\t*(?P<name>[^\s=;]+)(?: = .*)?;" + _PLACE)
_CLOSE = re.compile(r"^\t*\};")


@dataclass
class Node:
    """A node of the overlay at its place in the merged tree."""

    path: str
    place: str
    properties: dict[str, bytes] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    children: dict[str, Node] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def address(self) -> int | None:
        """That of the unit, if it has one."""
        _, at, unit = self.name.partition("@")
        return int(unit, 16) if at else None

    def where(self, prop: str = "") -> str:
        """File and line, of a property if it is there."""
        return self.places.get(prop, self.place)

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children.values():
            yield from child.walk()

    def find(self, path: str) -> Node | None:
        node: Node | None = self
        for name in filter(None, path.split("/")):
            node = node.children.get(name) if node else None
        return node

    def cells(self, prop: str, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        data = self.properties.get(prop)
        if data is None:
            return default
        if len(data) % 4:
            raise Failure(f"{self.where(prop)}: {prop} is not made of cells")
        return tuple(int.from_bytes(data[i:i + 4], "big") for i in range(0, len(data), 4))

    def cell(self, prop: str) -> int:
        cells = self.cells(prop)
        if len(cells) != 1:
            raise Failure(f"{self.where(prop)}: {self.path} needs {prop} with one cell")
        return cells[0]

    def strings(self, prop: str) -> tuple[str, ...]:
        data = self.properties.get(prop, b"")
        return tuple(data.rstrip(b"\0").decode().split("\0")) if data else ()

    def string(self, prop: str, default: str = "") -> str:
        return (self.strings(prop) or (default,))[0]


def read(path: Path) -> Node:
    """The overlay's fragments, each merged into a tree at its target."""
    with tempfile.TemporaryDirectory(prefix="tzvmm-") as work:
        blob, text = Path(work, "overlay.dtb"), Path(work, "overlay.dts")
        _dtc(path, "-O", "dtb", "-o", blob)
        _dtc(path, "-T", "-O", "dts", "-o", text)
        fdt = libfdt.FdtRo(blob.read_bytes())
        places = _places(text.read_text())
    root = Node("/", str(path))
    for fragment in _subnodes(fdt, 0):
        overlay = fdt.subnode_offset(fragment, "__overlay__", libfdt.QUIET_NOTFOUND)
        if overlay >= 0:
            target = fdt.getprop(fragment, "target-path").as_str()
            inside = f"/{fdt.get_name(fragment)}/__overlay__"
            _merge(fdt, overlay, _make(root, target, places[inside][""]), inside, places)
    return root


def _dtc(path: Path, *options: str | Path) -> None:
    run(["dtc", "-q", "-@", "-I", "dts", *options, path.name], timeout=30, cwd=path.parent)


def _places(text: str) -> dict[str, dict[str, str]]:
    """File and line of each node (named "") and of its properties, by path."""
    places: dict[str, dict[str, str]] = {}
    path: list[str] = []
    for line in text.splitlines():
        if opened := _OPEN.match(line):
            path.append(opened["name"].rstrip("/"))
            places["/".join(path) or "/"] = {"": opened["place"] or ""}
        elif _CLOSE.match(line):
            path.pop()
        elif prop := _PROPERTY.match(line):
            if path:
                places["/".join(path) or "/"][prop["name"]] = prop["place"] or ""
    return places


def _make(root: Node, path: str, place: str) -> Node:
    """The node at a path, made if it is not there."""
    node = root
    for name in filter(None, path.split("/")):
        below = f"{node.path.rstrip('/')}/{name}"
        node = node.children.setdefault(name, Node(below, place))
    return node


def _merge(fdt: libfdt.FdtRo, offset: int, into: Node, inside: str,
           places: dict[str, dict[str, str]]) -> None:
    for prop in _properties(fdt, offset):
        into.properties[prop.name] = bytes(prop)
        into.places[prop.name] = places[inside].get(prop.name, into.place)
    for sub in _subnodes(fdt, offset):
        name = fdt.get_name(sub)
        below = f"{inside}/{name}"
        child = _make(into, name, places[below][""])
        child.path = f"{into.path.rstrip('/')}/{name}"
        child.place = places[below][""]
        _merge(fdt, sub, child, below, places)


def _subnodes(fdt: libfdt.FdtRo, offset: int) -> list[int]:
    found = []
    sub = fdt.first_subnode(offset, libfdt.QUIET_NOTFOUND)
    while sub >= 0:
        found.append(sub)
        sub = fdt.next_subnode(sub, libfdt.QUIET_NOTFOUND)
    return found


def _properties(fdt: libfdt.FdtRo, offset: int) -> list[libfdt.Property]:
    found = []
    prop = fdt.first_property_offset(offset, libfdt.QUIET_NOTFOUND)
    while prop >= 0:
        found.append(fdt.get_property_by_offset(prop))
        prop = fdt.next_property_offset(prop, libfdt.QUIET_NOTFOUND)
    return found
