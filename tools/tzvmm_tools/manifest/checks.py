# SPDX-License-Identifier: BSD-2-Clause
"""What a manifest must not say: each contradiction with its file and line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from .partition import MEMORY, PROFILES, Partition, Region
from .soc import UNKNOWN

CAN_STOP = "tzvmm,guest-can-stop"
SECURE_MAX = 0x10000000  # of the watermark (imx53.md 3.6)


def contradictions(p: Partition) -> Iterator[str]:
    """All of them."""
    for check in (_worlds, _slots, _memory, _lines, _windows, _virtio):
        yield from check(p)


def _worlds(p: Partition) -> Iterator[str]:
    for profile in PROFILES:
        for name, owned in p.direct(profile).items():
            other = p.secure.get(name)
            if other and owned.device.slot != "none" and CAN_STOP not in other.node.properties:
                yield (f"{owned.node.where('status')}: both worlds own {name} ({owned.node.path}):"
                       f" the {profile} guest and, by line"
                       f" {other.node.where('secure-status').rpartition(':')[2]}, the monitor")


def _slots(p: Partition) -> Iterator[str]:
    for profile in PROFILES:
        for name, owned in p.direct(profile).items():
            slot = owned.device.slot
            if slot == UNKNOWN:
                yield (f"{owned.node.where('status')}: {name} would be open to the {profile} guest,"
                       " but its CSU slot is UNKNOWN")
            for other in p.secure.values():
                if (other.device.slot == slot != "none" and other.device.name != name
                        and CAN_STOP not in other.node.properties):
                    yield (f"{owned.node.where('status')}: {name} is the {profile} guest's and"
                           f" {other.device.name} the monitor's, but both are in CSU slot {slot}")


def _memory(p: Partition) -> Iterator[str]:
    regions = [p.memory[name] for name in MEMORY]
    secure, populated = p.memory["secure"], p.memory["populated"]
    for one, other in combinations(regions, 2):
        if one.overlaps(other):
            yield f"{other.where}: memory {other.name} overlaps {one.name}"
    for region in [secure, *regions]:
        if not _inside(region, populated):
            yield f"{region.where}: memory {region.name} is outside the board's RAM"
    for region in regions:
        if MEMORY[region.name] and not _inside(region, secure):
            yield f"{region.where}: memory {region.name} is not in secure memory"
        if not MEMORY[region.name] and region.overlaps(secure):
            yield f"{region.where}: memory {region.name} is the guest's and overlaps secure memory"
    if secure.len > SECURE_MAX or (secure.at | secure.len) % 0x1000:
        yield f"{secure.where}: the watermark takes whole pages, 256 MiB at most"
    for name, at in p.load.items():
        if not p.memory["guest"].at <= at < p.memory["guest"].end:
            yield f"{p.node('load').where(name)}: {name} at {at:#x} is outside the guest's RAM"


def _inside(region: Region, other: Region) -> bool:
    return other.at <= region.at and region.end <= other.end and region.len > 0


def _lines(p: Partition) -> Iterator[str]:
    owners = {line: device for device in p.soc.devices.values() for line in device.lines}
    seen: dict[int, str] = {}
    for node in p.virtual.values():
        for prop in ("line", "edge-line"):
            if prop not in node.properties:
                continue
            line = node.cell(prop)
            if line >= p.soc.nr_lines:
                yield f"{node.where(prop)}: there is no line {line}"
            if line in owners:
                yield (f"{node.where(prop)}: line {line} of {node.name} is"
                       f" {owners[line].name}'s: it cannot be injected")
            if line in seen:
                yield f"{node.where(prop)}: {node.name} and {seen[line]} both have line {line}"
            seen.setdefault(line, node.name)


def _windows(p: Partition) -> Iterator[str]:
    opened = {slot.name for slot in p.open_slots(PROFILES[0])}
    for one, other in combinations(p.windows, 2):
        if one.overlaps(other):
            yield (f"{other.where}: the windows of {one.node.name} and {other.node.name} overlap")
    for window in p.windows:
        device = p.soc.at(window.at)
        if device is None or window.end > device.end:
            yield f"{window.where}: the window of {window.node.name} is not in a block of the SoC"
        elif device.slot in opened or (device.slot == "none" and window.name == "window"):
            yield (f"{window.where}: the window of {window.node.name} lies over {device.name}, which"
                   " is open: nothing would be trapped")


def _virtio(p: Partition) -> Iterator[str]:
    """The monitor counts on it that lines and windows go up with the number."""
    first = p.virtio[0]
    for number, node in p.virtio.items():
        for prop in ("line", "edge-line"):
            if node.cell(prop) != first.cell(prop) + number:
                yield f"{node.where(prop)}: {prop} of {node.name} is not the first one's + {number}"
        if "window" not in node.properties:  # the paravirtual guest's alone
            continue
        at, length = node.cells("window")
        if (at, length) != (first.cells("window")[0] + number * length, length):
            yield f"{node.where('window')}: the window of {node.name} is not next to the others"
