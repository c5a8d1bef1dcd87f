# SPDX-License-Identifier: BSD-2-Clause
"""Build and run the project's tests."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import host
from .base import BUILD, TOOLS, TOP, Arguments, Failure, child_environment, main_guard, run, say

HOST_OPTIONS = ["-Db_sanitize=address,undefined", "-Dwerror=true"]
COVERAGE_FLOORS = {
    "lib": 90.0, "crypto": 90.0, "ports/arm": 90.0, "ports/gic": 90.0, "ports/imx": 80.0,
}
RUN_LIMIT = 3000.0

# Everything in a host build that has no group of its own is a unit test.
OTHER_SUITES = ("system", "long", "fuzz", "docs", "guest")


@dataclass
class Tally:
    """What passed and what did not."""

    passed: int = 0
    failed: list[str] = field(default_factory=list)

    def add(self, name: str, passed: int, failed: int) -> None:
        self.passed += passed
        self.failed += [name] * failed

    def check(self, name: str, holds: bool) -> None:
        self.add(name, int(holds), int(not holds))


def count_test(entry: dict[str, str]) -> tuple[int, int]:
    """Passed and failed of one entry of Meson's log. A program that reports
    each of its tests (TAP) counts for as many; one that was skipped did not
    pass, since set-up has seen to it that nothing is missing."""
    points = re.findall(r"^(not )?ok\b", entry.get("stdout", ""), re.MULTILINE)
    good, bad = points.count(""), len(points) - points.count("")
    if entry["result"] in ("OK", "EXPECTEDFAIL"):
        return good or 1, bad
    return good, bad or 1


def long_runs() -> bool:
    """Whether the system tests are to take their time."""
    return os.environ.get("TZVMM_LONG") == "1"


def meson_test(tally: Tally, name: str, folder: Path, *selection: str) -> None:
    """Run tests of a build folder; Meson shows them on the terminal."""
    say(f"{name}: running")
    limit = RUN_LIMIT * (3 if long_runs() else 1)
    log = folder / "meson-logs" / f"{name}.json"
    log.unlink(missing_ok=True)
    argv = ["meson", "test", "-C", str(folder), "--no-rebuild", "--print-errorlogs"]
    try:
        subprocess.run(
            [*argv, "--logbase", name, *selection],
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            timeout=limit,
            env=child_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        tally.add(f"{name}: not done in {limit:.0f} s", 0, 1)
    entries = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    if not entries:
        tally.add(f"{name}: no test ran", 0, 1)
    for entry in entries:
        tally.add(f"{name}: {entry['name']}: {entry['result'].lower()}", *count_test(entry))


def host_build() -> Path:
    """gcc with the sanitizers and coverage."""
    from . import build

    return build.meson("host", *HOST_OPTIONS, "-Db_coverage=true", "-Dtests=enabled")


def unit(tally: Tally) -> None:
    """Host tests with gcc and with clang, and the coverage of the former."""
    from . import build

    others = [word for suite in OTHER_SUITES for word in ("--no-suite", suite)]
    folder = host_build()
    for data in folder.rglob("*.gcda"):
        data.unlink()
    meson_test(tally, "unit-gcc", folder, *others)
    coverage(tally, folder)
    # Without assertions: no check may live in one.
    options = [*HOST_OPTIONS, "-Dtests=enabled", "-Db_ndebug=true", "-Db_lundef=false"]
    clang = build.meson("clang", *options, env={"CC": "clang"})
    once = ("--no-suite", "style", "--no-suite", "embed")  # no matter of the compiler
    meson_test(tally, "unit-clang", clang, *others, *once)


def coverage(tally: Tally, folder: Path) -> None:
    """Line coverage against the floors."""
    summary = folder / "meson-logs" / "coverage.json"
    filters = [word for part in COVERAGE_FLOORS for word in ("-f", f"{TOP}/{part}/")]
    try:
        run(["gcovr", "-r", TOP, folder, *filters, "--json-summary", summary], timeout=300)
    except Failure as failure:
        say(str(failure))
        tally.check("coverage: not measured", holds=False)
        return
    files = json.loads(summary.read_text())["files"]
    for part, floor in COVERAGE_FLOORS.items():
        percent = covered(part, files)
        say(f"coverage of {part}: {percent:.1f} % of lines, at least {floor:.0f} wanted")
        tally.check(f"coverage of {part}: {percent:.1f} %", holds=percent >= floor)


def covered(part: str, files: list[dict[str, Any]]) -> float:
    """Percentage of lines of a folder's files, out of gcovr's summary; 0 without any."""
    mine = [file for file in files if file["filename"].startswith(f"{part}/")]
    lines = sum(file["line_total"] for file in mine)
    return 100.0 * sum(file["line_covered"] for file in mine) / lines if lines else 0.0


def fuzz(tally: Tally) -> None:
    """libFuzzer targets, some seconds each."""
    from . import build

    options = ["-Dfuzz=libfuzzer", "-Db_lundef=false", "-Db_sanitize=address,undefined"]
    meson_test(tally, "fuzz", build.meson("fuzz", *options, env={"CC": "clang"}), "--suite", "fuzz")


def target(tally: Tally) -> None:
    """Programs on a bare emulated Cortex-A8."""
    from . import build

    build.monitor()
    meson_test(tally, "target", BUILD / "usb_armory", "--suite", "target")


def guest(tally: Tally) -> None:
    """Drivers and bindings of the paravirtual guest, by the kernel's own rules."""
    from . import kernel

    kernel.make()
    os.environ["TZVMM_KERNEL"] = str(kernel.TREE)
    meson_test(tally, "guest", host_build(), "--suite", "guest")


def system(tally: Tally) -> None:
    """The emulated boards with the monitor and Debian, as either guest."""
    host.download()
    from . import demo, guests

    for board in demo.BOARDS:
        for name in guests.of(board):
            options = ["--board", board, "--guest", name, "--headless", "--exec", "true"]
            demo.prepare(demo.parse(options))
    # Each boots an emulator, which takes a core and a half.
    options = ["--num-processes", "2", "--timeout-multiplier", "4" if long_runs() else "1"]
    suites = ["--suite", "system", *(["--suite", "long"] if long_runs() else [])]
    meson_test(tally, "system", host_build(), *suites, *options)


def docs(tally: Tally) -> None:
    """Doxygen, whose warnings are errors."""
    meson_test(tally, "docs", host_build(), "--suite", "docs")


@contextlib.contextmanager
def guest_beside() -> Iterator[None]:
    """The guest's root file system is minutes of work for one core: it is made while the
    groups run that do without. What goes wrong is said when it is needed, and tried again."""
    log = BUILD / "mkguest.log"
    log.parent.mkdir(exist_ok=True)
    say(f"making the guest's root file system at the same time, see {log.relative_to(TOP)}")
    with log.open("w") as out:
        maker = subprocess.Popen([TOOLS / "mkguest"], stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        yield
    finally:
        maker.terminate()
        try:
            maker.wait(60)
        except subprocess.TimeoutExpired:
            maker.kill()
            maker.wait()


# Fast ones first.
GROUPS: dict[str, Callable[[Tally], None]] = {
    "unit": unit,
    "docs": docs,
    "target": target,
    "fuzz": fuzz,
    "guest": guest,
    "system": system,
}


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    lines = "\n".join(f"  {name:8}{group.__doc__}" for name, group in GROUPS.items())
    parser = Arguments(
        prog="./check",
        description=f"{__doc__}\n\n{lines}\n  all     all of them (default)",
        epilog="The last line is: N passed, N failed. Status 0 if none failed, else 1; 200 and 205 "
        "as ./demo --help has them.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--full", action="store_true", help="system: minutes instead of seconds of work"
    )
    parser.add_argument("group", nargs="*", default=["all"], metavar="GROUP")
    args = parser.parse_args(argv)
    for name in set(args.group) - {*GROUPS, "all"}:
        parser.error(f"there is no group {name}")
    return args


def run_groups(names: list[str], tally: Tally) -> None:
    for name in names:
        try:
            GROUPS[name](tally)
        except Failure as failure:
            say(f"{name}: {failure}")
            tally.add(f"{name}: {str(failure).splitlines()[0]}", 0, 1)


def main() -> int:
    args = parse()
    if args.full:
        os.environ["TZVMM_LONG"] = "1"
    chosen = args.group
    names = list(GROUPS) if "all" in chosen else [name for name in GROUPS if name in chosen]
    host.install_packages()
    tally = Tally()
    with guest_beside() if "system" in names else contextlib.nullcontext():
        run_groups(names, tally)
    for name in dict.fromkeys(tally.failed):
        print(f"failed: {name}")
    print(f"{tally.passed} passed, {len(tally.failed)} failed", flush=True)
    return 1 if tally.failed else 0


if __name__ == "__main__":
    main_guard(main, "check")
