# SPDX-License-Identifier: BSD-2-Clause
"""What a guest is to try: for each line of the protection at least one access that
it has to stop. As JSON, and as tables in C for a program in the normal world."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

from ..base import Failure
from .partition import PROFILES, STOCK, Partition, Region, Rule
from .soc import CCGR, NR_CCGR, UNKNOWN, Device, Slot

# Kinds, in the order of enum attack_kind in the C header.
READ, WRITE, FLIP, CALL, DMA, NONE = KINDS = ("read", "write", "flip", "call", "dma", "none")
# What is expected, in the order of enum attack_expect.
ABORT, ZERO, KEEP, REFUSED, OUTSIDE, NOTHING, CLOSED, VIRTUAL = EXPECTS = (
    "abort", "zero", "keep", "refused", "outside", "nothing", "closed", "virtual")

SA, M4IF_WMSA0, M4IF_WMEA0, M4IF_WMIS0 = 0x218, 0xEC, 0x10C, 0x114
TZIC_ENSET, TZIC_SRCSET, TZIC_PRIORITY, TZIC_WAKEUP = 0x100, 0x200, 0x400, 0xE00
# PSR shows pins, which move by themselves.
GPIO_DR, GPIO_GDIR, GPIO_PSR, GPIO_ISR = 0x00, 0x04, 0x08, 0x18
PLATFORM_DEBUG = 0x04
UART_UTIM = 0xA0  # the virtual UART keeps it, that of QEMU does not have it
ALL = 0xFFFFFFFF

# Calls whose arguments name something (PSCI; tzvmm/abi/smc.h).
SERVED = {
    0x84000001: "CPU_SUSPEND", 0x84000003: "CPU_ON", 0x84000004: "AFFINITY_INFO",
    0x8400000A: "PSCI_FEATURES", 0x84000012: "SYSTEM_RESET2", 0x80000001: "ARCH_FEATURES",
    0x86000001: "CONSOLE_WRITE", 0x86000003: "VIRTIO_READ", 0x86000004: "VIRTIO_WRITE",
    0x86000005: "VIRTIO_NOTIFY", 0x86000006: "VIRTIO_INTERRUPT", 0x86000007: "VIRTIO_EDGES",
}


@dataclass(frozen=True)
class Attack:
    """One access, and what has to become of it.

    read   of the address: abort, or the bits of mask are zero.
    write  of value: abort, or the bits of mask read as zero then, or what it does is
           to be seen from outside only (the LED).
    flip   read, written with the bits of mask the other way round, read: they keep;
           or closed: an abort does as well; or virtual: they change, as the virtual
           device's do and the real one's, of the emulated board at least, do not.
    call   SMC with value in r0 and nonsense in the others: refused, r0 is negative.
    dma    master, whose field of SA is value, reads and writes at the address: refused.
    none   nothing in the normal world can show it; what says why.
    """

    what: str
    proves: tuple[str, ...]
    kind: str
    expect: str
    address: int = 0
    value: int = 0
    mask: int = ALL
    width: int = 32
    master: str = ""
    id: int = 0


def lines(p: Partition, profile: str) -> list[str]:
    """Every line of the protection; each needs a proof."""
    opened = {slot.name for slot in p.open_slots(profile)}
    closed = [slot for name, slot in p.soc.slots.items() if name not in opened]
    secure = sorted(set(range(p.soc.nr_lines)) - p.guest_lines(profile))
    found = [f"CSL {slot.name}" for slot in closed]
    found += [f"CSL {name} lock" for name in p.soc.slots]
    found += [f"SA {name}" for name in p.masters] + [f"SA {name} lock" for name in p.masters]
    found += [f"M4IF {what}" for bank in p.banks["secure"]
              for what in (_mark(p, bank, "start"), _mark(p, bank, "end"), "enable")]
    found += [f"TZIC INTSEC {line}" for line in secure]
    if profile == STOCK:
        found += _filter_lines(p)
    return list(dict.fromkeys(found))


def _filter_lines(p: Partition) -> Iterator[str]:
    for name, each in p.filters.items():
        yield f"filter {name}"
        for first, last, rule in each.rows:
            yield from (line for _, line, _ in _kept(name, first, last, rule))
            if rule.read != ALL:
                yield f"{_row(name, first, last)} hidden"
                yield f"{_row(name, first, last)} hidden, written"


def _row(name: str, first: int, last: int) -> str:
    return f"filter {name} {first:#05x}" + (f"..{last:#05x}" if last > first else "")


def attacks(p: Partition, profile: str) -> list[Attack]:
    """The list; an error if a line of the protection has no proof."""
    found = [*_csu(p), *_slots(p, profile), *_memory(p), *_interrupts(p, profile),
             *_filters(p, profile), *_debug(p, profile), *_calls(), *_masters(p)]
    proven = {line for attack in found for line in attack.proves}
    missing = [line for line in lines(p, profile) if line not in proven]
    if missing:
        raise Failure(f"{p.root.place}: the attack list for {profile} proves no {', '.join(missing)}")
    return [replace(attack, id=number) for number, attack in enumerate(found, 1)]


def _csu(p: Partition) -> Iterator[Attack]:
    """Whether the normal world reaches the CSU is not known for sure: the locks hold
    where it does."""
    for n in range(len(p.soc.slots) // 2):
        for half, rights in (("a", 0xFF), ("b", 0xFF0000)):
            yield Attack(f"change slot {n:02}{half} in the CSU", (f"CSL {n:02}{half} lock",), FLIP,
                         CLOSED, p.soc.csu + 4 * n, mask=rights)
    for name in p.masters:
        yield Attack(f"change {name}'s world in the CSU", (f"SA {name} lock",), FLIP, CLOSED,
                     p.soc.csu + SA, mask=1 << p.soc.masters[name])


def _slots(p: Partition, profile: str) -> Iterator[Attack]:
    opened = {slot.name for slot in p.open_slots(profile)}
    unknown = tuple(f"CSL {slot.name}" for slot in p.soc.slots.values()
                    if slot.guards == UNKNOWN and slot.name not in opened)
    for device in p.soc.devices.values():
        if device.slot in opened or device.slot == "none":
            continue
        if device.slot != UNKNOWN:
            proves = (f"CSL {device.slot}",)
        else:
            proves = tuple(f"CSL {name}" for name in device.one_of) or unknown
        yield from _device(p, profile, device, proves)
    for slot in p.soc.slots.values():
        if slot.name not in opened and slot.guards != UNKNOWN and not _reachable(p, slot):
            yield Attack(f"no register of {slot.guards} is known", (f"CSL {slot.name}",), NONE, NOTHING)


def _reachable(p: Partition, slot: Slot) -> bool:
    return any(slot.name == device.slot or slot.name in device.one_of
               for device in p.soc.devices.values())


def _device(p: Partition, profile: str, device: Device, proves: tuple[str, ...]) -> Iterator[Attack]:
    """A closed block is tried where nothing answers in its place."""
    if profile == STOCK and device.name in p.filters:
        return  # the filter's own attacks prove its slot as well
    if profile == STOCK and any(w.at == device.at and w.node.name == "console" for w in p.windows):
        yield Attack(f"reach {device.name} behind the virtual one", proves, FLIP, VIRTUAL,
                     device.at + UART_UTIM, mask=1)
        return
    address = _unanswered(p, device) if profile == STOCK else device.at + device.probe
    for kind in (READ, WRITE):
        yield Attack(f"{kind} {device.name}", proves, kind, ABORT, address, width=device.width)


def _unanswered(p: Partition, device: Device) -> int:
    """An address of a closed block that is in no window of a virtual device, or else
    one that the virtual device does not know."""
    address = device.at + device.probe
    for window in sorted(p.windows, key=lambda window: window.at):
        if window.at <= address < window.end < device.end:
            address = window.end
    return address


def _masters(p: Partition) -> Iterator[Attack]:
    start = p.memory["secure"].at
    for name, secure in p.masters.items():
        if secure:
            yield Attack(f"{name} is the secure world's: its descriptors are in secure memory",
                         (f"SA {name}",), NONE, NOTHING, master=name)
        else:
            yield Attack(f"{name} reaches for secure memory", (f"SA {name}",), DMA, REFUSED, start,
                         p.soc.masters[name], master=name)


def _memory(p: Partition) -> Iterator[Attack]:
    m4if = p.soc.devices["m4if"].at
    yield Attack("write the watermark's enable", ("M4IF enable",), WRITE, ABORT, m4if + M4IF_WMIS0, 0)
    edges = []
    for bank in p.banks["secure"]:
        number = 4 * (p.chip_select(bank) or 0)
        for offset, what in ((M4IF_WMSA0, "start"), (M4IF_WMEA0, "end")):
            name = _mark(p, bank, what)
            yield Attack(f"write the watermark's {name}", (f"M4IF {name}",), WRITE, ABORT,
                         m4if + offset + number, 0)
        edges += [(bank.at, _mark(p, bank, "first page"), f"M4IF {_mark(p, bank, 'start')}"),
                  (bank.end - 0x1000, _mark(p, bank, "last page"), f"M4IF {_mark(p, bank, 'end')}")]
    for at, what, proves in (
        *edges,
        (p.memory["code"].at, "monitor's code", "M4IF enable"),
        (p.memory["data"].at, "monitor's data", "M4IF enable"),
        (p.memory["package"].at, "boot package", "M4IF enable"),
    ):
        for kind in (READ, WRITE):
            yield Attack(f"{kind} secure memory: {what}", (proves,), kind, ABORT, at)
    for bank in p.banks["secure"]:
        window = p.soc.ddr[p.chip_select(bank) or 0]
        populated = next(each for each in p.banks["populated"] if each.at <= bank.at < each.end)
        for at in range(bank.at + populated.len, window.stop, populated.len):
            yield Attack(f"read secure memory by its alias at {at:#x}", ("M4IF enable",), READ,
                         ABORT, at)


def _mark(p: Partition, bank: Region, what: str) -> str:
    """What of a watermark; the first chip select's is not numbered."""
    return f"{what} of CSD{p.chip_select(bank)}" if p.chip_select(bank) else what


def _interrupts(p: Partition, profile: str) -> Iterator[Attack]:
    """The normal world can switch on no line of the secure world, trigger it, or make
    it end low power."""
    tzic = p.soc.devices["tzic"].at
    for line in sorted(set(range(p.soc.nr_lines)) - p.guest_lines(profile)):
        bit, word = 1 << line % 32, 4 * (line // 32)
        for register, verb in ((TZIC_ENSET, "enable"), (TZIC_WAKEUP, "wake by")):
            yield Attack(f"{verb} secure line {line}", (f"TZIC INTSEC {line}",), WRITE, ZERO,
                         tzic + register + word, bit, bit)


def _forged(p: Partition, offset: int, hidden: int) -> int:
    """What a guest would leave in hidden bits, those of the LED's pin: an input, the level
    that the secure world does not leave, and 1 in all else."""
    if offset == GPIO_DR:
        high_is_lit = "active-low" not in p.led.properties
        return 0 if high_is_lit == (p.led.string("lit") == "secure") else hidden
    return 0 if offset == GPIO_GDIR else hidden


def _filters(p: Partition, profile: str) -> Iterator[Attack]:
    if profile != STOCK:
        return
    for name, each in p.filters.items():
        slots = (f"CSL {each.device.slot}",) if each.device.slot != UNKNOWN else ()
        at = each.device.at
        for first, last, rule in each.rows:
            for offset, line, bits in _kept(name, first, last, rule):
                yield Attack(f"change {name} {offset:#05x}", (line, *slots), FLIP, KEEP, at + offset,
                             mask=bits)
            hidden = ALL & ~rule.read
            line = f"{_row(name, first, last)} hidden"
            for offset in range(first, last + 4, 4) if hidden else ():
                forged = _forged(p, offset, hidden)
                yield Attack(f"write the hidden bits of {name} {offset:#05x}",
                             (f"{line}, written",), WRITE, OUTSIDE, at + offset, forged, hidden)
                yield Attack(f"read the hidden bits of {name} {offset:#05x}", (line, *slots), READ,
                             ZERO, at + offset, mask=hidden)
        if name.startswith("gpio") and ALL & ~each.rules[GPIO_ISR].read:
            status = f"{_row(name, GPIO_ISR, GPIO_ISR)} hidden"
            yield Attack("the LED's pin is an output: its status stays 0, and clearing it does"
                         " nothing", (status, f"{status}, written"), NONE, NOTHING)
        offset = next(offset for offset in range(0, each.device.len, 4) if offset not in each.rules)
        yield Attack(f"write {name} {offset:#05x}, which it does not show",
                     (f"filter {name}", *slots), WRITE, ZERO, at + offset, ALL)


def _kept(name: str, first: int, last: int, rule: Rule) -> Iterator[tuple[int, str, int]]:
    """Registers, and bits that are to stay as they are and that can be seen, with the
    line that says so; each clock gate is one of its own."""
    kept = rule.read & ~(rule.write & ~rule.set & ~rule.clear)
    for offset in range(first, last + 4, 4):
        if name == "ccm" and CCGR <= offset < CCGR + 4 * NR_CCGR:
            register = (offset - CCGR) // 4
            for number in range(16):
                if kept >> 2 * number & 3:
                    yield offset, f"filter ccm CCGR{register}.{number}", 3 << 2 * number
        elif kept and not (name.startswith("gpio") and offset == GPIO_PSR):
            yield offset, _row(name, first, last), kept


def _debug(p: Partition, profile: str) -> Iterator[Attack]:
    """The gate of the CPU's debug and performance units."""
    platform = p.soc.devices["platform"]
    filtered = profile == STOCK and "platform" in p.filters
    yield Attack("enable the CPU's debug unit", (), WRITE, ZERO if filtered else ABORT,
                 platform.at + PLATFORM_DEBUG, ALL)


def _calls() -> Iterator[Attack]:
    """Numbers of SMC calls that nobody serves, of each owner (SMCCC), as fast, 64-bit
    and yielding calls, and the served ones with arguments that make no sense."""
    for owner in range(64):
        for kind, what in ((0x80000000, "fast"), (0xC0000000, "64-bit"), (0, "yielding")):
            number = kind | owner << 24 | 0xFFFE
            yield Attack(f"{what} call {number:#010x}", (f"SMC owner {owner}",), CALL, REFUSED,
                         value=number)
    for number, what in SERVED.items():
        yield Attack(f"call {number:#010x}, {what}, of nothing that exists", (f"SMC {what}",), CALL,
                     REFUSED, value=number)


def as_json(p: Partition) -> str:
    """Both lists with all there is to an entry."""
    return json.dumps({profile: {"lines": lines(p, profile),
                                 "attacks": [asdict(attack) for attack in attacks(p, profile)]}
                       for profile in PROFILES}, indent=1) + "\n"


def header(p: Partition) -> str:
    """Two tables of struct attack."""
    kinds = "".join(f"\tATTACK_{kind.upper()},\n" for kind in KINDS)
    expects = "".join(f"\tATTACK_EXPECT_{expect.upper()},\n" for expect in EXPECTS)
    both = "\n".join(_table(p, profile) for profile in PROFILES)
    return f"""\
/* Made by tools/mkmanifest of partition.dtso; docs/manifest.md says what it means. */
#ifndef TZVMM_ATTACKS_H
#define TZVMM_ATTACKS_H

#include <stdint.h>

enum attack_kind {{
{kinds}}};

enum attack_expect {{
{expects}}};

struct attack {{
	uint16_t id;
	uint8_t kind, expect, width;
	uint32_t address, value, mask;
	const char *what, *proves, *master;
}};

{both}
#endif
"""


def _table(p: Partition, profile: str) -> str:
    rows = "".join(
        f"\t{{ {a.id}, ATTACK_{a.kind.upper()}, ATTACK_EXPECT_{a.expect.upper()}, {a.width},"
        f" {a.address:#010x}u, {a.value:#010x}u, {a.mask:#010x}u,\n"
        f'\t  "{a.what}", "{", ".join(a.proves)}", "{a.master}" }},\n'
        for a in attacks(p, profile))
    return f"static const struct attack attacks_{profile}[] = {{\n{rows}}};\n"
