# SPDX-License-Identifier: BSD-2-Clause
"""The board's page of the documentation: every slot, field and lock with its value,
the reason for it, and who may touch what is behind it."""

from __future__ import annotations

from collections.abc import Iterator

from .partition import PROFILES, STOCK, Partition, Region
from .soc import UNKNOWN, Slot

OPEN, SECURE, LOCK = 0xFF, 0x33, 0x100


def page(p: Partition) -> str:
    """All of it, in Markdown."""
    return "\n".join([f"# Partition of the {p.model} {{#partition_{p.name}}}\n",
                      f"Made by tools/mkmanifest of `ports/{p.name}/partition.dtso` and"
                      f" `ports/{p.soc.name}/soc.yaml` (docs/manifest.md). Marks are those of"
                      f" docs/{p.soc.name}.md.\n",
                      *_memory(p), *_slots(p), *_masters(p), *_units(p), *_lines(p), *_filters(p),
                      *_pads(p), *_virtual(p)]) + "\n"


def _table(title: str, heads: tuple[str, ...], rows: Iterator[tuple[object, ...]],
           text: str = "") -> Iterator[str]:
    yield f"## {title}\n"
    if text:
        yield f"{text}\n"
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    for row in rows:
        yield f"| {' | '.join(str(cell) for cell in row)} |"
    yield ""


def _memory(p: Partition) -> Iterator[str]:
    yield from _table("Memory", ("What", "From", "Bytes", "Who"), (
        (region.name, f"`{region.at:#010x}`", f"`{region.len:#010x}`",
         "guest" if region.name == "guest" else
         "all of the board's" if region.name == "populated" else "secure world")
        for bank in p.banks.values() for region in bank))


def _slots(p: Partition) -> Iterator[str]:
    opened = {profile: {slot.name for slot in p.open_slots(profile)} for profile in PROFILES}
    yield from _table(
        "CSU slots", ("Slot", "Guards", "Mark", "Stock", "Paravirt", "Reason", "Who may touch it"),
        ((slot.name, slot.guards, slot.mark,
          *(f"`{LOCK | (OPEN if slot.name in opened[profile] else SECURE):03X}`"
            for profile in PROFILES),
          _reason(p, slot), _who(p, slot)) for slot in p.soc.slots.values()),
        "A slot has nine bits: 33 is the secure world alone, FF everybody, 100 its lock. All are"
        " locked until the next reset.")


def _reason(p: Partition, slot: Slot) -> str:
    reasons: dict[str, list[str]] = {}
    for profile in PROFILES:
        for name, owned in p.direct(profile).items():
            if owned.device.slot == slot.name:
                reasons.setdefault(f"the {profile} guest's", []).append(name)
        if slot in p.crossbar(profile):
            reasons.setdefault("the way to all peripherals", []).append(f"{profile} guest")
    for device in p.soc.in_slot(slot.name):
        if device.name in p.secure:
            reasons.setdefault("the monitor's", []).append(device.name)
        if device.name in p.filters:
            reasons.setdefault("filtered", []).append(device.name)
        for window in p.windows:
            if device.at <= window.at < device.end:
                reasons.setdefault("in its place", []).append(f"virtual {window.node.name}")
    if slot.guards == UNKNOWN:
        return "nobody has published what is behind it"
    return "; ".join(f"{', '.join(names)}: {why}" for why, names in reasons.items()) or "nobody needs it"


def _who(p: Partition, slot: Slot) -> str:
    guests = [profile for profile in PROFILES if slot in p.open_slots(profile)]
    who = ["the secure world"]
    if len(guests) == len(PROFILES):
        who.append("any guest")
    elif guests:
        who.append(f"the {guests[0]} guest")
    if any(device.name in p.filters for device in p.soc.in_slot(slot.name)):
        who.append("the stock guest by register")
    return ", ".join(who)


def _masters(p: Partition) -> Iterator[str]:
    names = {bit: name for name, bit in p.soc.masters.items()}
    yield from _table(
        "SA: bus masters", ("Master", "Bits", "Value", "Locked", "Reason"),
        ((name, f"{bit + 1}:{bit}", *_master(p, name)) for bit, name in
         ((bit, names.get(bit, UNKNOWN)) for bit in range(0, 32, 2))))


def _master(p: Partition, name: str) -> tuple[str, str, str]:
    if name == UNKNOWN:
        return "as it is", "no", "nobody has published whose it is"
    if name not in p.masters:
        return "as it is", "no", "the CPU has a bit of its own (SCR.NS)"
    if p.masters[name]:
        return "secure", "yes", "the monitor's: its descriptors are in secure memory"
    return "normal", "yes", "cannot reach secure memory, whoever programs it"


def _units(p: Partition) -> Iterator[str]:
    marks = [row for bank in p.banks["secure"] for row in _watermark(p, bank)]
    yield from _table("Other units", ("Unit", "Value", "Reason"), iter((
        *marks,
        ("M4IF WMIS0", "`0x80000000`", "the watermarks are in force"),
        ("M4IF lock", UNKNOWN, "none is published: closed by all CSU slots of unknown meaning"),
        ("AIPSTZ MPR", "`0x77777777`", "as the boot loader leaves it (imx53.md 3.5): the CSU"
         " decides, not the bridges"),
        ("AIPSTZ OPACR", UNKNOWN, "reset values are not published; left as they are"),
        ("CSU HP, alarm", UNKNOWN, "left as they are"),
    )))


def _watermark(p: Partition, bank: Region) -> Iterator[tuple[str, str, str]]:
    name = f"0, {0xEC + 4 * (p.chip_select(bank) or 0):#x}"
    yield f"M4IF WMSA{name}", f"`{1 << 31 | bank.at >> 12:#010x}`", "secure memory starts, enabled"
    name = f"0, {0x10C + 4 * (p.chip_select(bank) or 0):#x}"
    yield f"M4IF WMEA{name}", f"`{(bank.end - 1) >> 12:#010x}`", "its last page"


def _lines(p: Partition) -> Iterator[str]:
    owners = {line: device.name for device in p.soc.devices.values() for line in device.lines}
    owners |= {node.cell(prop): f"virtual {node.name}" for node in p.virtual.values()
               for prop in ("line", "edge-line") if prop in node.properties}
    guests = {profile: p.guest_lines(profile) for profile in PROFILES}
    rows: list[tuple[int, int, str, list[str]]] = []
    for line in range(p.soc.nr_lines):
        worlds = ["normal" if line in guests[profile] else "secure" for profile in PROFILES]
        source = owners.get(line, "-")
        if rows and rows[-1][2:] == (source, worlds):
            rows[-1] = (rows[-1][0], line, source, worlds)
        else:
            rows.append((line, line, source, worlds))
    yield from _table("TZIC: INTSEC", ("Lines", "Source", "Stock", "Paravirt"), (
        (str(first) if first == last else f"{first} to {last}", source, *worlds)
        for first, last, source, worlds in rows), "Secure lines are FIQ, normal ones IRQ.")


def _filters(p: Partition) -> Iterator[str]:
    def rows() -> Iterator[tuple[object, ...]]:
        for name, each in p.filters.items():
            for first, last, rule in each.rows:
                place = f"`{first:03X}`" + (f" to `{last:03X}`" if last > first else "")
                masks = (f"`{mask:08X}`" for mask in (rule.read, rule.write, rule.set, rule.clear))
                yield (name, place, *masks, "yes" if rule.direct else "no")
            yield name, "all others", "`00000000`", "`00000000`", "-", "-", "-"

    yield from _table("Filters", ("Block", "Registers", "Read", "Write", "Forced to 1",
                                  "Forced to 0", "Direct"), rows(),
                      "Bits that the stock guest reads and writes in closed blocks; the"
                      " paravirtual one does without.")


def _pads(p: Partition) -> Iterator[str]:
    yield from _table("Pads of the secure world", ("Pad", "Function", "Control", "Input"), (
        (pin.node.name, *(f"`{pair[0]:03X}` = `{pair[1]:X}`" if pair else "-"
                          for pair in (pin.mux, pin.conf, pin.select))) for pin in p.pins))


def _virtual(p: Partition) -> Iterator[str]:
    windows = {window.node.name: window for window in p.windows}

    def rows() -> Iterator[tuple[object, ...]]:
        for name, node in p.virtual.items():
            window = windows.get(name)
            yield (name, *(node.cells(prop)[0] if prop in node.properties else "-"
                           for prop in ("line", "edge-line")),
                   f"`{window.at:#010x}`" if window else "-")

    yield from _table("Virtual devices", ("Device", "Line", "Line of edges", f"Window ({STOCK} guest)"),
                      rows())
