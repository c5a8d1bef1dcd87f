# SPDX-License-Identifier: BSD-2-Clause
"""The guests' device trees, without what is secure."""

from __future__ import annotations

import libfdt

from ..base import Failure
from .partition import STOCK, Partition
from .source import Node

_ROOM = 0x4000  # bytes for what is added
_NO_FAIL = libfdt.QUIET_NOTFOUND
_OURS = "tzvmm,"


def _cells(*values: int) -> bytes:
    return b"".join(value.to_bytes(4, "big") for value in values)


def _text(*strings: str) -> bytes:
    return b"".join(string.encode() + b"\0" for string in strings)


def _guest_ram(p: Partition) -> bytes:
    return b"".join(_cells(bank.at, bank.len) for bank in p.banks["guest"])


def stock(p: Partition, base: bytes) -> bytes:
    """The board's tree as the stock guest sees it."""
    fdt = libfdt.Fdt(base)
    fdt.resize(len(base) + _ROOM)
    for path in _closed(p, fdt):
        fdt.setprop(fdt.path_offset(path), "status", _text("disabled"))
    for child in p.root.children.values():
        if child.name != "tzvmm":
            _overlay(fdt, child)
    memory = _only(fdt, "memory")
    fdt.setprop(memory, "reg", _guest_ram(p))
    fdt.setprop(fdt.path_offset("/chosen"), "bootargs", _text(p.node("stock").string("bootargs")))
    _stock_virtual(p, fdt)
    fdt.pack()
    return bytes(fdt.as_bytearray())


def _only(fdt: libfdt.Fdt, kind: str) -> int:
    """The node with a device_type."""
    node = fdt.first_subnode(0, _NO_FAIL)
    while node >= 0:
        prop = fdt.getprop(node, "device_type", _NO_FAIL)
        if isinstance(prop, libfdt.Property) and prop.as_str() == kind:
            return node
        node = fdt.next_subnode(node, _NO_FAIL)
    raise Failure(f"the board's device tree has no node of type {kind}")


def _closed(p: Partition, fdt: libfdt.Fdt) -> list[str]:
    """Paths of devices of the SoC that the manifest does not give to the guest."""
    given = {owned.device.name for owned in p.guest(STOCK).values()}
    closed, stack = [], [(fdt.path_offset("/soc"), "/soc")]
    while stack:
        offset, path = stack.pop()
        sub = fdt.first_subnode(offset, _NO_FAIL)
        while sub >= 0:
            below = Node(f"{path}/{fdt.get_name(sub)}", "")
            device = p.soc.at(below.address) if below.address is not None else None
            if device is None:
                stack.append((sub, below.path))
            elif device.name not in given:
                closed.append(below.path)
            sub = fdt.next_subnode(sub, _NO_FAIL)
    return closed


def _overlay(fdt: libfdt.Fdt, node: Node) -> None:
    """What the overlay says of a node, but for what is not the guest's to see: its own
    properties, and nodes that no driver takes and the board's tree does not have."""
    offset = fdt.path_offset(node.path, _NO_FAIL)
    if offset < 0:
        if "compatible" not in node.properties:
            return
        above, _, name = node.path.rpartition("/")
        offset = fdt.add_subnode(fdt.path_offset(above or "/"), name)
    for name, value in node.properties.items():
        if not name.startswith((_OURS, "secure-status", "phandle")):
            fdt.setprop(fdt.path_offset(node.path), name, value)
    for child in node.children.values():
        _overlay(fdt, child)


def _stock_virtual(p: Partition, fdt: libfdt.Fdt) -> None:
    for node in p.virtual.values():
        if "in-place-of" in node.properties:
            target = fdt.path_offset(p.by_handle[node.cell("in-place-of")].path)
            if "line" in node.properties:
                fdt.setprop(target, "interrupts", _cells(node.cell("line")))
            if "window" in node.properties:
                fdt.setprop(target, "reg", _cells(*node.cells("window")))
    # A new node comes before those that are there, and Linux names disks in the order
    # of the nodes: last first.
    for node in [p.virtio[n] for n in sorted(p.virtio, reverse=True) if "window" in p.virtio[n].properties]:
        at, length = node.cells("window")
        new = fdt.add_subnode(fdt.path_offset("/soc"), f"virtio@{at:x}")
        if "status" in node.properties:
            fdt.setprop(new, "status", node.properties["status"])
        fdt.setprop(new, "interrupts", _cells(node.cell("line")))
        fdt.setprop(new, "reg", _cells(at, length))
        fdt.setprop(new, "compatible", _text("virtio,mmio"))


def paravirt(p: Partition) -> bytes:
    """The paravirtual guest's tree: what the manifest has, and what follows from it."""
    fdt = libfdt.Fdt.create_empty_tree(_ROOM)
    for _, node in sorted(p.virtio.items(), reverse=True):
        new = fdt.add_subnode(0, f"virtio-{node.address}")
        if "status" in node.properties:
            fdt.setprop(new, "status", node.properties["status"])
        lines = p.soc.interrupt(node.cell("line")) + p.soc.interrupt(node.cell("edge-line"), True)
        fdt.setprop(new, "interrupts", _cells(*lines))
        fdt.setprop(new, "tzvmm,device", _cells(node.address))
        fdt.setprop(new, "compatible", _text("tzvmm,virtio"))
    console = fdt.add_subnode(0, "console")
    line = p.soc.interrupt(p.virtual["console"].cell("line"))
    fdt.setprop(console, "interrupts", _cells(*line))
    fdt.setprop(console, "compatible", _text("tzvmm,console"))
    _copy(fdt, "/", p.node("paravirt/tree"))
    memory = fdt.add_subnode(0, f"memory@{p.memory['guest'].at:x}")
    fdt.setprop(memory, "reg", _guest_ram(p))
    fdt.setprop(memory, "device_type", _text("memory"))
    chosen = fdt.add_subnode(0, "chosen")
    fdt.setprop(chosen, "bootargs", p.node("paravirt").properties["bootargs"])
    fdt.pack()
    return bytes(fdt.as_bytearray())


def _copy(fdt: libfdt.Fdt, path: str, node: Node) -> None:
    for child in reversed(node.children.values()):
        fdt.add_subnode(fdt.path_offset(path), child.name)
        _copy(fdt, f"{path.rstrip('/')}/{child.name}", child)
    for name, value in reversed(node.properties.items()):
        fdt.setprop(fdt.path_offset(path), name, value)


def enable_disks(p: Partition, fdt: libfdt.Fdt, profile: str, nr_disks: int) -> None:
    """Of the disks that are not there always, those that a boot package names."""
    disks = [node for _, node in sorted(p.virtio.items()) if node.string("use") == "disk"]
    for node in disks[:nr_disks]:
        if "status" in node.properties:
            path = (f"/soc/virtio@{node.cells('window')[0]:x}" if profile == STOCK
                    else f"/virtio-{node.address}")
            fdt.setprop(fdt.path_offset(path), "status", _text("okay"))
