# SPDX-License-Identifier: BSD-2-Clause
"""Monitors that lack one line of the protection: the generated tables with that line
opened or gone, compiled and linked as the monitor itself."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from tzvmm_tools import manifest
from tzvmm_tools.base import BUILD, TOP, Failure
from tzvmm_tools.manifest import ccode
from tzvmm_tools.manifest.partition import Filter, Rule
from tzvmm_tools.manifest.soc import CCGR

FOLDER = BUILD / "usb_armory"
MONITOR = "examples/monitor/monitor.elf"
ALL = 0xFFFFFFFF
WRAPPED = {"M4IF": ("imx53_m4if_protect", "imx53_alias_check"), "lock": ("imx_csu_apply",)}
# The emulated CSU is one that the normal world reaches: its locks alone hold.
CSU_OPEN = ("-global", "imx53-csu.csu-open=on")


@dataclass(frozen=True)
class Mutant:
    """Tables, or macros for tests/attack/mutant.c, and options of the emulator."""

    line: str
    tables: str
    macros: dict[str, int]
    extra: tuple[str, ...] = ()


class Factory:
    """Makes them for a profile."""

    def __init__(self, profile: str) -> None:
        self._profile = profile
        self._board = manifest.load()
        self._tables = ccode.tables(self._board)
        commands = subprocess.run(["ninja", "-C", FOLDER, "-t", "commands", MONITOR], check=True,
                                  capture_output=True, text=True).stdout.splitlines()
        self._compile = next(c for c in commands if c.endswith("/manifest.c"))
        self._link = commands[-1] if f"-o {MONITOR} " in commands[-1] else next(
            c for c in commands if f"-o {MONITOR} " in c)
        self._object = self._option(self._compile, "-o")

    @staticmethod
    def _option(command: str, name: str) -> str:
        return command.split(f" {name} ")[1].split()[0]

    def mutant(self, line: str) -> Mutant:
        """The one that lacks a line."""
        kind, *words = line.split()
        if words[-1] == "lock":
            return self._unlocked(line, kind, words[0])
        if kind == "M4IF":
            macros = {"start": {"FIRST": 1}, "end": {"LAST": 1}, "enable": {"OFF": 1}}[words[0]]
            return Mutant(line, self._tables, macros)
        make = {"CSL": self._slot, "SA": self._master, "TZIC": self._line, "filter": self._filter}
        return Mutant(line, make[kind](*line.split(maxsplit=1)[1:]), {})

    def controls(self) -> list[Mutant]:
        """Those that lack nothing; the guest has to pass on them."""
        return [Mutant("nothing", self._tables, macros) for macros in ({}, {"OFF": 0}, {"SLOT": -1})]

    def _unlocked(self, line: str, kind: str, name: str) -> Mutant:
        slot = 2 * int(name[:2]) + (name[2] == "b") if kind == "CSL" else -1
        field = self._board.soc.masters[name] if kind == "SA" else -1
        return Mutant(line, self._tables, {"SLOT": slot, "FIELD": field}, CSU_OPEN)

    def _changed(self, pattern: str, new: str) -> str:
        text, nr = re.subn(pattern, new, self._tables, count=1, flags=re.MULTILINE)
        if nr != 1:
            raise Failure(f"the tables have no {pattern}")
        return text

    def _slot(self, name: str) -> str:
        entry = f"{{ IMX_CSU_SLOT({int(name[:2])}u, {int(name[2] == 'b')}u), IMX_CSU_OPEN }},"
        return self._changed(rf"(imx_csu_slave {self._profile}_slaves\[\] = {{)", rf"\1 {entry}")

    def _master(self, name: str) -> str:
        other = {"true": "false", "false": "true"}
        old = re.search(rf"(true|false) }}, /\* {name} \*/", self._tables)
        return self._tables.replace(old[0], old[0].replace(old[1], other[old[1]]))

    def _line(self, text: str) -> str:
        number = int(text.split()[-1])
        head, rest = self._tables.split(" board_guest_lines", 1)
        body, tail = rest.split(";", 1)
        row = body.index(f"[TZVMM_ABI_BOOTPKG_{self._profile.upper()}]")
        words = re.compile(r"0x[0-9a-f]{8}").finditer(body, row)
        word = list(words)[number // 32]
        value = int(word[0], 16) | 1 << number % 32
        body = f"{body[:word.start()]}{value:#010x}{body[word.end():]}"
        return f"{head} board_guest_lines{body};{tail}"

    def _filter(self, text: str) -> str:
        name, *rest = text.split(maxsplit=1)
        if not rest:  # it answers elsewhere
            at = self._board.filters[name].device.at
            return self._changed(rf'{{ "{name.upper()}", {at:#010x}u, .*}},',
                                 f'{{ "{name.upper()}", 0x00000000u, 0x4u, NULL, 0 }},')
        board = manifest.load()
        each = board.filters[name]
        board.filters[name] = replace(each, rules=_opened(each, rest[0]))
        return ccode.tables(board)

    def build(self, mutant: Mutant, folder: Path) -> Path:
        """Compile and link it."""
        source, elf, obj = (folder / f"mutant{suffix}" for suffix in (".c", ".elf", ".o"))
        text, link = mutant.tables, self._link
        if mutant.macros:
            macros = {"FIRST": 0, "LAST": 0, "OFF": 0, "SLOT": -1, "FIELD": -1} | mutant.macros
            text += "".join(f"#define MUTANT_{name} {value}\n" for name, value in macros.items())
            text += (TOP / "tests" / "attack" / "mutant.c").read_text()
            kind = "lock" if "SLOT" in mutant.macros else "M4IF"
            link += "".join(f" -Wl,--wrap={name}" for name in WRAPPED[kind])
        source.write_text(text)
        compiling = self._compile.replace(f"-c {self._option(self._compile, '-c')}", f"-c {source}")
        compiling = compiling.replace(self._object, str(obj))
        link = link.replace(self._object, str(obj)).replace(f"-o {MONITOR} ", f"-o {elf} ")
        for command in (compiling, link):
            done = subprocess.run(command, shell=True, cwd=FOLDER, capture_output=True, text=True,
                                  check=False)
            if done.returncode != 0:
                raise Failure(f"{mutant.line}: {done.stderr}")
        return elf


def _opened(each: Filter, what: str) -> dict[int, Rule]:
    """The rules of a filter less a line: bits that are not the guest's are."""
    rules = dict(each.rules)
    if match := re.fullmatch(r"CCGR(\d)\.(\d+)", what):
        offset = CCGR + 4 * int(match[1])
        rules[offset] = replace(rules[offset], write=rules[offset].write | 3 << 2 * int(match[2]))
        return rules
    match = re.fullmatch(r"(0x\w+)(?:\.\.(0x\w+))?( hidden)?(, written)?", what)
    first, last = int(match[1], 16), int(match[2] or match[1], 16)
    for offset in range(first, last + 4, 4):
        rule = rules[offset]
        if match[4]:
            rules[offset] = replace(rule, write=rule.write | ALL & ~rule.read)
        elif match[3]:
            hidden = ALL & ~rule.read
            rules[offset] = replace(rule, read=ALL, write=rule.write | hidden)
        else:
            rules[offset] = replace(rule, write=ALL)
    return rules
