#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Each erratum of the SD host breaks a driver whose workaround is removed: the tests of
the driver fail with it, and pass without.

usage: test_errata_mutants.py FLAGS COMPILER... -- LIBRARIES..."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[2]
PORTS = TOP / "ports"
DRIVER = ("esdhc.c", "esdhc_init.c", "esdhc_mmc.c", "esdhc_poll.c", "esdhc_queue.c", "esdhc_sd.c")
LIMIT = 60


@dataclass(frozen=True)
class Mutant:
    """A driver without a workaround, and the tests that have to notice."""

    what: str
    test: str
    edits: tuple[tuple[str, str, str], ...]  # file, what is there once, what is put there


MUTANTS = (
    Mutant("MULTIBLK_NO_INT: the stop is no abort", "esdhc_errata",
           (("esdhc.c", "ESDHC_R1B | XFERTYP_ABORT |", "ESDHC_R1B |"),)),
    Mutant("auto-CMD12 of writes is used", "esdhc_errata",
           (("esdhc.c",
             "return mode | XFERTYP_MSBSEL | XFERTYP_BCEN |\n\t       XFERTYP_CMDINX(SD_CMD_WRITE_MULTIPLE)",
             "return mode | XFERTYP_MSBSEL | XFERTYP_BCEN | XFERTYP_AC12EN |\n\t"
             "       XFERTYP_CMDINX(SD_CMD_WRITE_MULTIPLE)"),)),
    Mutant("no SEND_STATUS after a write", "esdhc_errata",
           (("esdhc.c", "} else if (host->head->op == TZVMM_BLK_READ) {", "} else if (true) {"),)),
    # The state of the card and its busy line tell the same: one look would do.
    Mutant("a card that still programs is taken for ready", "esdhc_errata",
           (("esdhc.c", "state == SD_STATE_TRAN && (r1 & SD_R1_READY) != 0u",
             "state == SD_STATE_TRAN || state == SD_STATE_PRG"),
            ("esdhc.c", "if (host->phase == ESDHC_STATUS && !host->recovering) {", "if (false) {"),
            ("esdhc_host.h", "PRSSTAT_BREN | PRSSTAT_DAT0;", "PRSSTAT_BREN;"),
            ("esdhc_host.h", "(PRSSTAT_SDSTB | PRSSTAT_DAT0)", "PRSSTAT_SDSTB"))),
    Mutant("CC and TC are not gathered", "esdhc_errata",
           (("esdhc.c", "host->seen |= stat;", "host->seen = stat;"),)),
    Mutant("an interrupt that is lost is not looked for", "esdhc_errata",
           (("esdhc.c", "\tif (stat != 0u) {\n", "\tif (stat != 0u && (stat & host->sigen) == 0u) {\n"),)),
    Mutant("ENGcm03648: the busy line is not looked at", "esdhc_errata",
           (("esdhc_poll.c",
             "st = imx_wait(sys, prsstat, PRSSTAT_DAT0, PRSSTAT_DAT0,\n\t\t\t      ESDHC_BUSY_LIMIT_US);", ";"),)),
    Mutant("the next command does not wait for an idle host", "esdhc_errata",
           (("esdhc.c", "\t\tif (esdhc_idle(host)) {", "\t\tif (true) {"),)),
    Mutant("a host that does not end counted writes is given more of them", "esdhc_errata",
           (("esdhc.c", "!(st == TZVMM_E_TIMEOUT && esdhc_is_counted(host))", "true"),)),
    Mutant("the host is left in a counted write", "esdhc_errata",
           (("esdhc.c", "if (!host->recovering && esdhc_is_counted(host)) {", "if (false) {"),)),
    Mutant("a write that the card still receives is cut off", "esdhc_errata",
           (("esdhc.c", "(state == SD_STATE_RCV && !host->recovering &&", "(false &&"),)),
    Mutant("the DMA error is looked for where the standard has it", "esdhc_errata",
           (("esdhc_regs.h", "#define IRQ_DMAE (1u << 28)", "#define IRQ_DMAE (1u << 25)"),)),
    Mutant("ADMA2: a descriptor of 64 KiB has length 0", "esdhc",
           (("esdhc_host.h", "#define ESDHC_CHUNK 65024u", "#define ESDHC_CHUNK 65536u"),)),
    Mutant("the table does not reach memory before the command", "esdhc",
           (("esdhc_queue.c", "tzvmm_dma_to_device(first, (size_t)(end - first) * sizeof(*first));", ";"),)),
    Mutant("a reset of all leaves the clocks off", "esdhc_errata",
           (("esdhc_poll.c", "on ? ESDHC_CLOCKS : 0u", "0u"),)),
    Mutant("a reset of the data line loses the bus width", "esdhc_errata",
           (("esdhc.c", "\t\tesdhc_write(host, ESDHC_PROCTL, host->proctl);\n\t\treturn true;",
             "\t\treturn true;"),)),
    Mutant("a prescaler of 1 on the third port", "esdhc_init",
           (("esdhc_poll.c", "fs = kind == IMX_ESDHC_V3 ? 1u : 0u", "fs = 0u"),)),
)


class Bench:
    """The driver's tests, compiled once, linked with any driver."""

    def __init__(self, folder: Path, flags: list[str], compiler: list[str],
                 libraries: list[str]) -> None:
        self._folder, self._libraries = folder, libraries
        self._compile = [*compiler, "-std=c11", "-g", "-DTZVMM_MMIO_MODEL", *flags]
        self._flags = flags
        self._tests = {}

    def _run(self, argv: list[object]) -> None:
        done = subprocess.run(list(map(str, argv)), capture_output=True, text=True, timeout=LIMIT)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)

    def _object(self, source: Path, name: str, *folders: Path) -> Path:
        out = self._folder / name
        search = [*folders, TOP / "include", PORTS, TOP / "tests" / "model", HERE]
        self._run([*self._compile, *(f"-I{path}" for path in search), "-w", "-c", source, "-o", out])
        return out

    def passes(self, test: str, edit: Mutant | None) -> bool:
        """Whether the driver, edited or not, passes a test program."""
        folder = self._folder / "driver"
        (folder / "imx").mkdir(parents=True, exist_ok=True)
        for path in (PORTS / "imx").glob("esdhc*.[ch]"):
            text = path.read_text()
            for name, old, new in edit.edits if edit else ():
                if path.name != name:
                    continue
                if text.count(old) != 1:
                    raise RuntimeError(f"{name} has not {old!r} once: adapt this test")
                text = text.replace(old, new)
            (folder / "imx" / path.name).write_text(text)
        if test not in self._tests:
            self._tests[test] = self._object(HERE / f"test_{test}.c", f"{test}.o")
        objects = [self._object(folder / "imx" / name, f"{name}.o", folder) for name in DRIVER]
        program = self._folder / "program"
        # Ours come first: the library's own are not taken then.
        self._run([*self._compile, self._tests[test], *objects, *self._libraries, "-lcmocka",
                   "-o", program])
        try:
            return subprocess.run([program], capture_output=True, timeout=LIMIT).returncode == 0
        except subprocess.TimeoutExpired:
            return False


def main() -> int:
    flags, *rest = sys.argv[1:]
    split = rest.index("--")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), flags.split(), rest[:split], rest[split + 1:])
        plain = {test: bench.passes(test, None) for test in sorted({m.test for m in MUTANTS})}
        checks = [(f"{test} passes with the driver as it is", good) for test, good in plain.items()]
        checks += [(f"{m.what}: {m.test} fails", not bench.passes(m.test, m)) for m in MUTANTS]
        for number, (sentence, good) in enumerate(checks, 1):
            print(f"{'ok' if good else 'not ok'} {number} - {sentence}")
            failed += not good
        print(f"1..{len(checks)}")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
