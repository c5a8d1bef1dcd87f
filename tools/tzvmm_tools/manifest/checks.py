# SPDX-License-Identifier: BSD-2-Clause
"""What a manifest must not say: each contradiction with its file and line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from .partition import MEMORY, PARAVIRT, POLICIES, PROFILES, STOCK, Filter, Partition, Region
from .soc import CCGR, NR_CCGR, UNKNOWN, Device

SELECTOR_LEN = 80  # tzvmm/abi/bootpkg.h
CAN_STOP = "tzvmm,guest-can-stop"
SECURE_MAX = 0x10000000  # of the watermark (imx53.md 3.6)
GPIO_DR, GPIO_GDIR, GPIO_ICR1, GPIO_ICR2, GPIO_IMR, GPIO_EDGE = 0x00, 0x04, 0x0C, 0x10, 0x14, 0x1C


def contradictions(p: Partition) -> Iterator[str]:
    """All of them."""
    for check in (_nodes, _worlds, _slots, _memory, _lines, _cards, _windows, _virtio, _gpio,
                  _filters, _gates, _pads):
        yield from check(p)


def _nodes(p: Partition) -> Iterator[str]:
    for node in p.named:
        for prop in ("status", "secure-status"):
            if node.string(prop, "okay") not in ("okay", "disabled"):
                yield f"{node.where(prop)}: {prop} of {node.path} is neither okay nor disabled"
        if node.address is not None and p.soc.at(node.address) is None:
            yield f"{node.place}: {node.path} is no device of the SoC that is known"


def _worlds(p: Partition) -> Iterator[str]:
    for profile in PROFILES:
        for name, owned in p.direct(profile).items():
            other = p.secure.get(name)
            if other and owned.device.slot != "none":
                yield (f"{owned.node.where('status')}: both worlds own {name} ({owned.node.path}):"
                       f" the {profile} guest and, by {other.node.where('secure-status')}, the"
                       " monitor")


def _slots(p: Partition) -> Iterator[str]:
    for profile in PROFILES:
        direct = p.direct(profile)
        for name, owned in direct.items():
            slot = owned.device.slot
            if slot == UNKNOWN:
                yield (f"{owned.node.where('status')}: {name} would be open to the {profile} guest,"
                       " but its CSU slot is UNKNOWN")
                continue
            for other in p.soc.in_slot(slot) if slot != "none" else ():
                if other.name not in direct and not _can_stop(p, other):
                    yield (f"{owned.node.where('status')}: {name} is the {profile} guest's and"
                           f" {other.name} is not, but both are in CSU slot {slot}")


def _can_stop(p: Partition, device: Device) -> bool:
    """It is said that nothing rests on a secure device that the guest can reach."""
    return device.name in p.secure and CAN_STOP in p.secure[device.name].node.properties


def _memory(p: Partition) -> Iterator[str]:
    regions = [region for name in MEMORY for region in p.banks[name]]
    secure, populated = p.banks["secure"], p.banks["populated"]
    for one, other in combinations(regions, 2):
        if one.overlaps(other):
            yield f"{other.where}: memory {other.name} overlaps {one.name}"
    for region in [*secure, *regions]:
        if not _inside(region, populated):
            yield f"{region.where}: memory {region.name} is outside the board's RAM"
    for region in regions:
        if MEMORY[region.name] and not _inside(region, secure):
            yield f"{region.where}: memory {region.name} is not in secure memory"
        if not MEMORY[region.name] and any(map(region.overlaps, secure)):
            yield f"{region.where}: memory {region.name} is not secure and overlaps secure memory"
    for region in secure:
        if region.len > SECURE_MAX or (region.at | region.len) % 0x1000:
            yield f"{region.where}: the watermark takes whole pages, 256 MiB at most"
    if len({p.chip_select(region) for region in secure}) < len(secure):
        yield f"{secure[0].where}: a chip select has one watermark"
    for name, at in p.load.items():
        if not any(region.at <= at < region.end for region in p.banks["guest"]):
            yield f"{p.node('load').where(name)}: {name} at {at:#x} is outside the guest's RAM"


def _inside(region: Region, others: list[Region]) -> bool:
    return region.len > 0 and any(other.at <= region.at and region.end <= other.end
                                  for other in others)


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
                yield (f"{node.where(prop)}: line {line} of {node.name} is {owners[line].name}'s:"
                       " it cannot be injected")
            if line in seen:
                yield f"{node.where(prop)}: {node.name} and {seen[line]} both have line {line}"
            seen.setdefault(line, node.name)


def _cards(p: Partition) -> Iterator[str]:
    """Hosts and switches of the slots are the monitor's alone."""
    pins = {pin.node.cells("gpio") for pin in p.pins}
    for node in p.cards:
        host = p.device_of(node, "device").name
        if host not in p.secure or not host.startswith("esdhc"):
            yield f"{node.where('device')}: {host} of {node.name} is no SD host of the monitor's"
        if node.cell("bus-width") not in (1, 4, 8):
            yield f"{node.where('bus-width')}: {node.name} has 1, 4 or 8 lines"
        if "detect" in node.properties and node.cells("detect") not in pins:
            yield f"{node.where('detect')}: the switch of {node.name} is at no pin of the monitor's"


def _windows(p: Partition) -> Iterator[str]:
    opened = {slot.name for slot in p.open_slots(STOCK)}
    for one, other in combinations(p.windows, 2):
        if one.overlaps(other):
            yield f"{other.where}: the windows of {one.node.name} and {other.node.name} overlap"
    for window in p.windows:
        device = p.soc.at(window.at)
        if device is None or window.end > device.end:
            yield f"{window.where}: the window of {window.node.name} is not in a block of the SoC"
        elif device.slot in (*opened, "none"):
            yield (f"{window.where}: the window of {window.node.name} lies over {device.name}, which"
                   " is open: nothing would be trapped")


def _virtio(p: Partition) -> Iterator[str]:
    """The monitor counts on it that lines and windows go up with the number."""
    first = p.virtio[0]
    if first.string("policy") not in POLICIES:
        yield f"{first.where('policy')}: policy of {first.name} is none of {', '.join(POLICIES)}"
    if not 0 < len(first.string("partition")) < SELECTOR_LEN:
        yield f"{first.where('partition')}: {first.name} needs a partition"
    for number, node in p.virtio.items():
        for prop in ("line", "edge-line"):
            if node.cell(prop) != first.cell(prop) + number:
                yield f"{node.where(prop)}: {prop} of {node.name} is not the first one's + {number}"
        if "window" not in node.properties:  # the paravirtual guest's alone
            continue
        at, length = node.cells("window")
        if (at, length) != (first.cells("window")[0] + number * length, length):
            yield f"{node.where('window')}: the window of {node.name} is not next to the others"


def _gpio(p: Partition) -> Iterator[str]:
    """The pins of the paravirtual guest are in a bank that it does not have itself."""
    lines = list(p.gpio.children.values()) if p.gpio else []
    secure = {pin.node.cells("gpio"): pin.node.name for pin in p.pins}
    for node in lines:
        bank, number = node.cells("gpio")
        where = node.where("gpio")
        if bank != lines[0].cells("gpio")[0]:
            yield f"{where}: {node.name} is in another bank than {lines[0].name}"
        if number > 31 or f"gpio{bank}" not in p.soc.devices:
            yield f"{where}: there is no GPIO{bank}_{number}"
        if (bank, number) in secure:
            yield f"{where}: {node.name} is pad {secure[bank, number]}, the monitor's"
        if f"gpio{bank}" in p.direct(PARAVIRT):
            yield f"{where}: gpio{bank} is the paravirt guest's: {node.name} cannot be given by calls"
        unknown = set(node.strings("policy")) - {"input", "output", "interrupt"}
        if unknown or not node.strings("policy"):
            yield f"{node.where('policy')}: {node.name}: policy is input, output and interrupt"
        if node.string("safe", "input") not in ("input", "low", "high"):
            yield f"{node.where('safe')}: {node.name}: safe is input, low or high"


def _filters(p: Partition) -> Iterator[str]:
    opened = {slot.name for slot in p.open_slots(STOCK)}
    for name, each in p.filters.items():
        if each.device.slot in (*opened, "none"):
            yield f"{each.node.place}: {name} is filtered, but open: nothing would be trapped"
        for first, last, rule in each.rows:
            if first % 4 or last + 4 > each.device.len:
                yield f"{each.where}: {name} has no registers {first:#x} to {last:#x}"
            if rule.set & rule.clear:
                yield f"{each.where}: {name} {first:#05x} forces bits to 0 and to 1"


def _gates(p: Partition) -> Iterator[str]:
    """The guest stops clocks of its own devices only."""
    if "ccm" in p.direct(STOCK):
        for owned in p.secure.values():
            if owned.device.gates:
                yield (f"{p.direct(STOCK)['ccm'].node.where('status')}: the clock gates of"
                       f" {owned.device.name} would be the stock guest's")
    ccm = p.filters.get("ccm")
    if ccm is None:
        return
    guests = p.direct(STOCK)
    owners = {gate: device for device in p.soc.devices.values() for gate in device.gates}
    for gate in _open_gates(ccm):
        owner = owners.get(gate)
        if owner is None or owner.name not in guests:
            prop = "guest-gates" if gate in p.guest_gates(ccm.node) else "registers"
            yield (f"{ccm.node.where(prop)}: gate CCGR{gate[0]}.{gate[1]} of"
                   f" {owner.name if owner else UNKNOWN} is not the guest's to close")
    for offset, rule in ccm.rules.items():
        if rule.write and not CCGR <= offset < CCGR + 4 * NR_CCGR:
            yield f"{ccm.where}: ccm {offset:#05x} is for all clocks, the secure world's too"


def _open_gates(ccm: Filter) -> list[tuple[int, int]]:
    return [(register, number) for register in range(NR_CCGR) for number in range(16)
            if CCGR + 4 * register in ccm.rules
            and ccm.rules[CCGR + 4 * register].write >> 2 * number & 3]


def _pads(p: Partition) -> Iterator[str]:
    """The guest moves no pad of the secure world and drives no pin of it."""
    if p.led and p.led.string("lit") not in ("secure", "guest"):
        yield f"{p.led.where('lit')}: the LED is lit by the secure world or by the guest"
    for pin in p.pins:
        offsets = [pair[0] for pair in (pin.mux, pin.conf, pin.select) if pair]
        yield from _writable(p, pin.node.name, "iomuxc", [(offset, ~0) for offset in offsets])
        gpio = pin.node.cells("gpio")
        if gpio:
            bank, number = gpio
            bit = 1 << number
            icr = (GPIO_ICR1 if number < 16 else GPIO_ICR2, 3 << 2 * (number % 16))
            one = [(offset, bit) for offset in (GPIO_DR, GPIO_GDIR, GPIO_IMR, GPIO_EDGE)]
            yield from _writable(p, pin.node.name, f"gpio{bank}", [*one, icr])


def _writable(p: Partition, pin: str, block: str, registers: list[tuple[int, int]]) -> Iterator[str]:
    for profile in PROFILES:
        owned = p.direct(profile).get(block)
        if owned:
            yield (f"{owned.node.where('status')}: {block} is the {profile} guest's, but pad {pin} in"
                   " it is the monitor's")
    each = p.filters.get(block)
    for offset, bits in registers if each else ():
        rule = each.rules.get(offset)
        if rule and rule.write & bits:
            yield (f"{each.where}: the guest could write {block} {offset:#05x}, which has pad {pin},"
                   " the monitor's")
