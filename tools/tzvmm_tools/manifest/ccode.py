# SPDX-License-Identifier: BSD-2-Clause
"""The monitor's tables: manifest.h, manifest.c and manifest.ld."""

from __future__ import annotations

from collections.abc import Iterator

from .partition import POLICIES, PROFILES, Partition, Rule
from .source import Node

_HEAD = "/* Made by tools/mkmanifest of partition.dtso. */\n"

_MEMORY = {
    "code": "The monitor's code, one section.",
    "data": "Its data, stack and buffers.",
    "package": "Where the boot package is loaded.",
    "pool": "Overlays: their maps, and stores in memory.",
}


_BANKS = {
    "secure": "Secure DDR, each piece behind a watermark of its own: X(base, length) for each.",
    "guest": "The guest's RAM.",
}


_WINDOWS = {"TZIC": "interrupt-controller", "UART": "console", "VIRTIO": "virtio@0"}
_SECTION = 1 << 20  # of the MMU


def header(p: Partition) -> str:
    """Constants, and the tables' declarations are tables.h's."""
    return (f"{_HEAD}#ifndef TZVMM_MANIFEST_H\n#define TZVMM_MANIFEST_H\n\n"
            + "".join(f"{line}\n" for line in _constants(p)) + "\n#endif\n")


def _constants(p: Partition) -> Iterator[str]:
    for name, what in _MEMORY.items():
        region = p.memory[name]
        yield f"#define BOARD_{name.upper()}_BASE {region.at:#010x}u /* {what} */"
        yield f"#define BOARD_{name.upper()}_LEN {region.len:#010x}u"
    for name, what in _BANKS.items():
        rows = ", ".join(f"X({bank.at:#010x}u, {bank.len:#010x}u)" for bank in p.banks[name])
        yield f"/* {what} */"
        yield f"#define BOARD_{name.upper()}_BANKS(X) {rows}"
        yield f"#define BOARD_NR_{name.upper()}_BANKS {len(p.banks[name])}u"
        yield f"#define BOARD_{name.upper()}_LEN {sum(bank.len for bank in p.banks[name]):#010x}u"
    yield ""
    yield f'#define BOARD_NAME "{p.model}"'
    console = p.virtual["console"]
    yield f"#define BOARD_LINE_CONSOLE {console.cell('line')}u"
    yield f"#define BOARD_LINE_VIRTIO0 {p.virtio[0].cell('line')}u /* one more each */"
    yield f"#define BOARD_LINE_EDGE0 {p.virtio[0].cell('edge-line')}u /* one more each */"
    yield f"#define BOARD_NR_VIRTIO {len(p.virtio)}u"
    yield ""
    disk = p.virtio[0]
    yield f'#define BOARD_DISK_PARTITION "{disk.string("partition")}"'
    serial = f"tzvmm-sd-{disk.string('partition')}"
    yield f'#define BOARD_DISK_SERIAL "{serial[:20]}"'
    yield f"#define BOARD_DISK_POLICY {POLICIES[disk.string('policy')]}"
    yield ""
    windows = {window.node.name: window.at for window in p.windows}
    for name, what in _WINDOWS.items():
        if what in windows:
            yield f"#define BOARD_WINDOW_{name} {windows[what]:#010x}u"
    yield ""
    yield from _devices(p)
    yield ""
    if p.led:
        yield from _led(p, p.led)
    guests = {name for profile in PROFILES for name in p.direct(profile)}
    yield f"#define BOARD_GUEST_USB {int('usboh3' in guests)}"
    yield f"#define BOARD_NR_FILTERS {len(p.filters)}u"
    if p.gpio:
        yield ""
        yield from _gpio(p, p.gpio)


def _devices(p: Partition) -> Iterator[str]:
    """The secure world's."""
    yield f"#define BOARD_NR_LINE_WORDS {p.soc.nr_lines // 32}u"
    rows = ", ".join(f"X({at:#010x}u)" for at in p.sections(_SECTION))
    yield f"#define BOARD_DEVICE_SECTIONS(X) {rows}"
    for name, owned in sorted(p.secure.items()):
        yield f"#define BOARD_{name.upper()}_BASE {owned.device.at:#010x}u"
        if owned.device.lines:
            yield f"#define BOARD_{name.upper()}_IRQ {owned.device.lines[0]}u"


def _led(p: Partition, led: Node) -> Iterator[str]:
    bank, pin = led.cells("gpio")
    yield f"#define BOARD_LED_BANK {p.soc.devices[f'gpio{bank}'].at:#010x}u"
    yield f"#define BOARD_LED_PIN {pin}u"
    yield f"#define BOARD_LED_LEVEL {int('active-low' not in led.properties)}u /* when it is lit */"
    yield f"#define BOARD_LED_SHOWS_GUEST {int(led.string('lit') == 'guest')}"
    yield ""


def _gpio(p: Partition, node: Node) -> Iterator[str]:
    """The pins of the virtio-gpio device; all are in one bank (checks.py)."""
    lines = list(node.children.values())
    bank = p.soc.devices[f"gpio{lines[0].cells('gpio')[0]}"]
    yield f"#define BOARD_GPIO_DEVICE {node.address}u"
    yield f"#define BOARD_GPIO_BANK {bank.at:#010x}u"
    yield f"#define BOARD_GPIO_IRQ_LOW {bank.lines[0]}u /* pins 0 .. 15 */"
    yield f"#define BOARD_GPIO_IRQ_HIGH {bank.lines[1]}u"
    rows = []
    for line in lines:
        policy = " | ".join(f"TZVMM_GPIO_{word.upper()}" for word in line.strings("policy"))
        safe = f"TZVMM_GPIO_SAFE_{line.string('safe', 'input').upper()}"
        rows.append(f'{{ "{line.name}", bank, {line.cells("gpio")[1]}, {policy}, {safe} }}')
    yield "#define BOARD_GPIO_LINES(bank) \\\n\t" + ", \\\n\t".join(rows)


def tables(p: Partition) -> str:
    """Definitions of what board.h and tables.h declare."""
    parts = [_HEAD, "#include <imx/board/tables.h>\n",
             _lines(p), *(_slaves(p, profile) for profile in PROFILES), _masters(p), _policy(p),
             _pads(p), *([_cards(p)] if p.cards else []), _filters(p)]
    return "\n".join(parts)


def _lines(p: Partition) -> str:
    rows = ""
    for profile in PROFILES:
        lines = p.guest_lines(profile)
        words = [sum(1 << line % 32 for line in lines if line // 32 == word)
                 for word in range(p.soc.nr_lines // 32)]
        values = ", ".join(f"{word:#010x}u" for word in words)
        rows += f"\t[TZVMM_ABI_BOOTPKG_{profile.upper()}] = {{ {values} }},\n"
    return ("const uint32_t board_guest_lines[TZVMM_ABI_BOOTPKG_NR_PROFILES]"
            f"[BOARD_NR_LINE_WORDS] = {{\n{rows}}};\n")


def _slaves(p: Partition, profile: str) -> str:
    rules = "".join(f"\t{{ IMX_CSU_SLOT({slot.register}, {slot.half}), IMX_CSU_OPEN }},"
                    f" /* {slot.guards} */\n" for slot in p.open_slots(profile))
    return f"static const struct imx_csu_slave {profile}_slaves[] = {{\n{rules}}};\n" if rules else ""


def _masters(p: Partition) -> str:
    rules = "".join(f"\t{{ {p.soc.masters[name]}, {str(secure).lower()} }}, /* {name} */\n"
                    for name, secure in p.masters.items())
    return f"static const struct imx_csu_master masters[] = {{\n{rules}}};\n"


def _policy(p: Partition) -> str:
    rules = "".join(f"""\
	[TZVMM_ABI_BOOTPKG_{profile.upper()}] = {{
		.nr_slots = {len(p.soc.slots)},
		.cpu = {p.soc.masters[p.soc.cpu]},
{_open(p, profile)}		.others = IMX_CSU_SECURE,
		.masters = masters,
		.nr_masters = sizeof(masters) / sizeof(masters[0]),
		.lock = true,
	}},
""" for profile in PROFILES)
    return ("const struct imx_csu_policy board_csu_policy[TZVMM_ABI_BOOTPKG_NR_PROFILES] = {\n"
            f"{rules}}};\n")


def _open(p: Partition, profile: str) -> str:
    if not p.open_slots(profile):
        return ""
    return (f"\t\t.slaves = {profile}_slaves,\n"
            f"\t\t.nr_slaves = sizeof({profile}_slaves) / sizeof({profile}_slaves[0]),\n")


def _pads(p: Partition) -> str:
    rules = ""
    for pin in p.pins:
        (conf, control), (offset, value) = pin.conf or (0, 0), pin.select or (0, 0)
        rules += (f"\t{{ {pin.mux[0]:#05x}, {conf:#05x}, {offset:#05x}, {pin.mux[1]},"
                  f" {value}, {control:#05x} }}, /* {pin.node.name} */\n")
    return (f"const struct board_pad board_pads[] = {{\n{rules}}};\n"
            "const size_t board_nr_pads = sizeof(board_pads) / sizeof(board_pads[0]);\n")


def _cards(p: Partition) -> str:
    rules = ""
    for node in p.cards:
        host = p.device_of(node, "device")
        bank, pin = node.cells("detect", (0, 0))
        base = p.soc.devices[f"gpio{bank}"].at if bank else 0
        rules += (f"\t{{ {host.at:#010x}u, {host.name.removeprefix('esdhc')}, {node.cell('bus-width')},"
                  f" {pin}, {base:#010x}u }}, /* {node.name} */\n")
    return (f"const struct board_slot board_slots[] = {{\n{rules}}};\n"
            "const size_t board_nr_slots = sizeof(board_slots) / sizeof(board_slots[0]);\n")


def _filters(p: Partition) -> str:
    rules, blocks = "", ""
    for name, each in p.filters.items():
        table = "NULL, 0"
        if each.rules:
            rows = "".join(_rule(*row) for row in each.rows)
            rules += f"static const struct tzvmm_filter_rule {name}_rules[] = {{\n{rows}}};\n\n"
            table = f"{name}_rules, sizeof({name}_rules) / sizeof({name}_rules[0])"
        blocks += f'\t{{ "{name.upper()}", {each.device.at:#010x}u, {each.device.len:#x}u, {table} }},\n'
    if not blocks:
        return ""
    return f"{rules}const struct tzvmm_filter board_filters[BOARD_NR_FILTERS] = {{\n{blocks}}};\n"


def _rule(first: int, last: int, rule: Rule) -> str:
    flags = "TZVMM_FILTER_DIRECT" if rule.direct else "0"
    masks = ", ".join(f"{mask:#010x}u" for mask in (rule.read, rule.write, rule.set, rule.clear))
    return f"\t{{ {first:#05x}u, {masks}, {(last - first) // 4}, {flags} }},\n"


def linker(p: Partition) -> str:
    """The regions of monitor.ld."""
    code, data = p.memory["code"], p.memory["data"]
    return f"""{_HEAD}MEMORY
{{
	code (rx) : ORIGIN = {code.at:#010x}, LENGTH = {code.len:#010x}
	data (rw) : ORIGIN = {data.at:#010x}, LENGTH = {data.len:#010x}
}}
"""
