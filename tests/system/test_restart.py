#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A guest that is started anew on the same monitor.
usage: test_restart.py stock|paravirt"""

from dataclasses import replace
from pathlib import Path

from harness import BOOT, WORK, Tap, fresh_card, main

from tzvmm_tools import bootpkg, qemu
from tzvmm_tools.session import Session


def large_package() -> Path:
    """It takes longer to hash than the watchdog waits."""
    initrd, package = WORK / "initrd", WORK / "large.bin"
    initrd.write_bytes(BOOT.initrd.read_bytes().ljust(52 << 20, b"\0"))
    package.write_bytes(bootpkg.make_for(replace(BOOT, initrd=initrd)))
    return package


def restart(tap: Tap) -> None:
    with fresh_card("restart") as image, (WORK / "restart.log").open("wb") as log:
        board = qemu.Board(package=large_package(), card=image, reboot=False)
        with qemu.Emulator(board.argv(), log) as emulator:
            session = Session(emulator)
            session.wait_for_shell()
            session.run("echo kept > /var/tmp/kept; sync")
            session.ask_monitor("restart", "^guest restart")
            tap.check("the monitor's prompt restarts the guest", True)
            session.wait_for_shell()
            result = session.run("cat /var/tmp/kept; cut -d. -f1 /proc/uptime")
            kept, uptime = result.output.split()
            tap.check("the fresh guest finds its disk as it was", kept == "kept", result)
            tap.check("and is fresh", int(uptime) < 120, uptime)
            session.ask_monitor("status", r"exits: \d+ smc")
            tap.check("the prompt works as before", True)
            session.power_off()
            tap.check("the fresh guest powers off", True)
            starts = [line for line in emulator.console.lines if line.text.startswith("tzvmm ")]
            tap.check("the monitor itself ran on", len(starts) == 1, starts)


main(restart)
