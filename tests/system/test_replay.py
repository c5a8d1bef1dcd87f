#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A run of fio on the emulated board, from the monitor's record asked again: with the
recorded times, and at speed. usage: test_replay.py stock|paravirt"""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

from harness import WORK, Tap, fresh_card, main, make_package

from tzvmm_tools import base, card, qemu
from tzvmm_tools.bootpkg import Disk
from tzvmm_tools.session import Result, Session

BLKREC = base.TOP / "tools" / "blkrec"
DISK, RECORD = "3", "5"
SIZE = 8 << 20
CLIENT = "2"  # of the scheduler: 0 is secure code, 1 the root
FIO = "fio --name=job --filename=/dev/vdb --direct=1 --ioengine=psync --size=8M"
RUN = (f"{FIO} --rw=randrw --bsrange=4k-64k --fsync=16 --number_ios=160 --thinktime=4000"
       " --randseed=5 --output=/run/fio.log")
# udev looks at a disk when who wrote to it closes it.
ALONE = "systemctl stop systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udevd"


def blkrec(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BLKREC, *map(str, words)], capture_output=True, text=True, timeout=60, check=False)


def add_partitions(image: Path) -> None:
    lines = f"size={SIZE >> 9}, type=da\ntype=E\nsize=1024, type=da\n"
    subprocess.run(["sfdisk", "-q", "--append", image], input=lines, text=True, check=True,
                   capture_output=True, env=base.child_environment())
    assert blkrec("prepare", image, RECORD).returncode == 0


class Recorder:
    """What the disk was asked since the last look, as a CSV."""

    def __init__(self, session: Session, image: Path) -> None:
        self._session, self._image, self._since = session, image, 0

    def take(self, name: str) -> Path:
        self._session.ask_monitor(f"record save {RECORD}", "^record: saved")
        path, everything = WORK / f"{name}.csv", WORK / "all.csv"
        blkrec("csv", self._image, "--partition", RECORD, "-o", everything)
        done = blkrec("csv", everything, "--client", CLIENT, "--since", self._since, "-o", path)
        assert done.returncode == 0 or self._since == 0, done.stderr
        self._since = int(everything.read_text().splitlines()[-1].partition(",")[0]) + 1
        return path


def replay(session: Session, iolog: str, *, stalls: bool) -> Result:
    """Ask it all again in the guest."""
    encoded = base64.b64encode(iolog.encode()).decode()
    session.run("rm -f /run/replay.64")
    for at in range(0, len(encoded), 1500):
        session.run(f"echo {encoded[at:at + 1500]} >>/run/replay.64")
    return session.run(f"base64 -d </run/replay.64 >/run/replay.iolog && {FIO} --read_iolog=/run/replay.iolog"
                       f" --replay_no_stall={int(not stalls)} --output=/run/fio.log || ! cat /run/fio.log", 300)


def replays(tap: Tap) -> None:
    with fresh_card("replay") as image:
        add_partitions(image)
        package = make_package(disks=(Disk("2"), Disk(DISK)))
        with qemu.Emulator(qemu.Board(package=package, card=image).argv()) as emulator:
            session = Session(emulator)
            session.wait_for_shell()
            session.run(ALONE, 60)
            recorder = Recorder(session, image)
            recorder.take("before")
            tap.check("fio runs", session.run(RUN, 300).status == 0)
            old = recorder.take("old")
            start = card.find(image, DISK).start >> 9
            iolog = blkrec("fio", old, "--start", str(start), "--file", "/dev/vdb").stdout
            tap.check("its record is a log for fio", iolog.count("\n") > 160, iolog[:500])
            done = replay(session, iolog, stalls=True)
            tap.check("fio replays it with its times", done.status == 0, done)
            timed = recorder.take("timed")
            done = replay(session, iolog, stalls=False)
            tap.check("and at speed", done.status == 0, done)
            fast = recorder.take("fast")
            session.power_off()
    same = blkrec("compare", old, timed, "--timing", "25")
    tap.check("with its times, the card was asked the same at the same times", same.returncode == 0, same.stdout)
    same = blkrec("compare", old, fast)
    tap.check("at speed, it was asked the same", same.returncode == 0, same.stdout)
    other = blkrec("compare", old, fast, "--timing", "25")
    tap.check("but at other times, which the comparison finds",
              other.returncode == 1 and "span differs" in other.stdout, other.stdout)
    lines = timed.read_text().splitlines()
    lines[20:22] = reversed([line.partition(",")[2] for line in lines[20:22]])
    lines[20:22] = [f"{10**6 + n},{line}" for n, line in enumerate(lines[20:22])]
    del lines[40]
    broken = WORK / "broken.csv"
    broken.write_text("\n".join(lines) + "\n")
    found = blkrec("compare", old, broken)
    tap.check("as it finds a request that is missing", found.returncode == 1 and "only in the first" in found.stdout,
              found.stdout)


main(replays)
