#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Work that a user gives a guest: fio and stress-ng on its disk, reloads of the
transport, kexec, reboot. usage: test_userland.py stock|paravirt [BOARD]

With TZVMM_LONG=1 (./check --full) what runs for a time runs for a minute, and the
transport is reloaded 100 times; else it is 10 seconds and 10 times, and the stock guest and
boards after the first have all but the hostile module in one go."""

from __future__ import annotations

import dataclasses
import os
import subprocess
from pathlib import Path

from data import Witness
from foreign_files import initramfs, modules, package
from harness import BOARD, BOOT, PARAVIRT, WORK, Tap, fresh_card, main, make_package

from tzvmm_tools import apt, base, bootpkg, card, kernel, manifest, qemu
from tzvmm_tools.session import Session

LONG = os.environ.get("TZVMM_LONG") == "1"
SECONDS = 60 if LONG else 10
RELOADS = 100 if LONG else 10
LIMIT = 10 * SECONDS + 300

FIO = (
    "fio --name=verify --filename=/var/tmp/fio.data --size=48M --rw=randrw --bsrange=4k-1m"
    " --verify=crc32c --verify_fatal=1 --verify_backlog=64 --direct=1 --ioengine=libaio"
    f" --iodepth=8 --time_based --runtime={SECONDS} --group_reporting --minimal >/var/tmp/fio.log 2>&1"
    " || { cat /var/tmp/fio.log; false; }"
)
STRESS = (
    "cd /root && stress-ng --hdd 1 --hdd-bytes 16M --iomix 1 --iomix-bytes 16M"
    f" --timeout {SECONDS} >/var/tmp/stress.log 2>&1 || {{ cat /var/tmp/stress.log; false; }}"
)


def board(image: Path, *arguments: str, reboot: bool = False) -> qemu.Board:
    """The emulated board with the guest."""
    return plugged(make_package(" ".join(arguments)), image, reboot=reboot)


def plugged(boot: Path, image: Path, *, reboot: bool = False) -> qemu.Board:
    """The board with a boot package."""
    return qemu.Board(package=boot, card=image, monitor=qemu.monitor(BOARD), machine=BOARD, reboot=reboot)


def is_clean(tap: Tap, image: Path) -> None:
    where = f"{image}?offset={card.partitions(image)[1].start}"
    fsck = subprocess.run(["e2fsck", "-fn", where], capture_output=True, text=True, timeout=120,
                          check=False, env=base.child_environment())
    tap.check("the file system passes e2fsck -fn", fsck.returncode == 0, fsck.stdout + fsck.stderr)


def exits(session: Session) -> dict[str, int]:
    """The monitor's exit statistics."""
    found = session.ask_monitor("status", r"exits: (\d+) smc, (\d+) mmio, (\d+) irq, (\d+) fault")
    return dict(zip(("smc", "mmio", "irq", "fault"), map(int, found.groups()), strict=True))


def use(tap: Tap, session: Session) -> None:
    """What a user's programs do."""
    for name, command in (("fio with verification", FIO), ("stress-ng", STRESS)):
        result = session.run(command, LIMIT)
        tap.check(f"{name} for {SECONDS} seconds", result.status == 0, result.output)
    counted = exits(session)
    if PARAVIRT:
        nothing = counted["mmio"] == 0 and counted["fault"] == 0
        tap.check("no trapped access, no fault", nothing, counted)
    tap.check("the guest's devices were used", min(counted["irq"], counted["smc"] +
                                                   counted["mmio"]) > 100, counted)
    result = session.run("rm -f /var/tmp/fio.data; sync; dmesg --level=emerg,alert,crit,err")
    tap.check("the kernel reports no error", "vda" not in result.output, result.output)


def power_off(tap: Tap, session: Session) -> None:
    session.power_off()
    tap.check("power-off by PSCI", True)


def starts(emulator: qemu.Emulator) -> list[str]:
    """What the monitor says first."""
    return [line.text for line in emulator.console.lines if line.text.startswith("tzvmm ")]


def work(tap: Tap) -> None:
    """Everything that needs one boot."""
    with fresh_card("work") as image:
        with qemu.Emulator(board(image).argv()) as emulator:
            session = Session(emulator)
            session.wait_for_shell()
            use(tap, session)
            power_off(tap, session)
        is_clean(tap, image)


def restart(tap: Tap, emulator: qemu.Emulator, session: Session) -> None:
    """By PSCI: the whole board."""
    session.reboot()
    session.wait_for_shell()
    tap.check("reboot by PSCI starts the board anew", len(starts(emulator)) == 2, starts(emulator))


def reboot(tap: Tap) -> None:
    with fresh_card("reboot") as image, qemu.Emulator(board(image, reboot=True).argv()) as emulator:
        session = Session(emulator)
        session.wait_for_shell()
        restart(tap, emulator, session)
        session.power_off()


def reload_ramdisk() -> Path:
    """The paravirtual guest's initramfs does it before root is mounted. The stock guest
    gets one like it, with the modules of Debian's kernel."""
    if PARAVIRT:
        return BOOT.initrd
    debs = apt.DEBS
    tree = next((package(debs, "linux-image-6*-armmp") / "lib" / "modules").iterdir())
    order = modules(tree, ["crc32c_generic", "virtio_blk", "ext4", "virtio_mmio"])
    loads = "".join(f"insmod /{x.name}\n" for x in order if x.stem != "virtio_mmio")
    text = kernel.INIT.read_text().replace("module=virtio_tzvmm\n", f"module=virtio_mmio\n{loads}")
    busybox = (package(debs, "busybox-static") / "bin" / "busybox").read_bytes()
    files = {"init": text.encode(), "bin/busybox": busybox}
    path = WORK / "reload.cpio"
    path.write_bytes(initramfs(files | {x.name: x.read_bytes() for x in order}))
    return path


def was_reloaded(tap: Tap, emulator: qemu.Emulator, times: int) -> None:
    said = [x.text for x in emulator.console.lines if "reload of virtio_" in x.text]
    passed = f"{times} of {times} rounds passed"
    tap.check(f"the transport is reloaded {times} times", passed in "".join(said), said)


def reloading(times: int) -> Path:
    """A boot package with it."""
    boot = dataclasses.replace(BOOT, initrd=reload_ramdisk())
    path = WORK / "reload.pkg"
    base.write_atomic(path, bootpkg.make_for(boot, f"tzvmm.reload={times}"))
    return path


def reload(tap: Tap) -> None:
    """The transport's module, before root is mounted."""
    with fresh_card("reload") as image:
        with qemu.Emulator(plugged(reloading(RELOADS), image).argv()) as emulator:
            session = Session(emulator)
            session.wait_for_shell(LIMIT)
            was_reloaded(tap, emulator, RELOADS)
            session.power_off()
        is_clean(tap, image)


def hostile(tap: Tap) -> None:
    """A module of the guest's does everything wrong before root is mounted."""
    with fresh_card("hostile") as image:
        witness = Witness(image)
        seconds = 10 * SECONDS if LONG else SECONDS
        with qemu.Emulator(board(image, f"tzvmm.hostile={seconds}").argv()) as emulator:
            session = Session(emulator)
            session.wait_for_shell(LIMIT + 2 * seconds)
            said = [x.text for x in emulator.console.lines if "tzvmm_hostile:" in x.text]
            tap.check("a hostile module gets nothing", " 0 leaks" in "".join(said), said)
            session.power_off()
            tap.check("after it the same guest works", True)
        is_clean(tap, image)
        witness.check(tap)


def put_kernel(image: Path) -> None:
    """For kexec: on the guest's disk."""
    where = f"{image}?offset={card.partitions(image)[1].start}"
    for path, name in ((BOOT.kernel, "zImage"), (BOOT.initrd, "initrd.img")):
        subprocess.run(["debugfs", "-w", "-R", f"write {path} /var/tmp/{name}", where], check=True,
                       capture_output=True, timeout=60, env=base.child_environment())


def next_kernel(tap: Tap, emulator: qemu.Emulator, session: Session) -> None:
    """By kexec, into the same kernel."""
    load = session.run(
        # The unpacked kernel must not reach the initramfs behind it.
        "kexec -l /var/tmp/zImage --initrd=/var/tmp/initrd.img --image-size=67108864"
        ' --command-line="$(cat /proc/cmdline)"'
    )
    tap.check("kexec loads the kernel", load.status == 0, load.output)
    before = session.run("cat /proc/sys/kernel/random/boot_id").output
    session.type("sync; mount -o remount,ro /; kexec -e")
    session.wait_for_shell()
    after = session.run("cat /proc/sys/kernel/random/boot_id").output
    tap.check("kexec starts it", before != after, after)
    tap.check("on the same monitor", len(starts(emulator)) == 1, starts(emulator))


def kexec(tap: Tap) -> None:
    with fresh_card("kexec") as image:
        put_kernel(image)
        with qemu.Emulator(board(image).argv()) as emulator:
            session = Session(emulator)
            session.wait_for_shell()
            next_kernel(tap, emulator, session)
            session.power_off()
        is_clean(tap, image)


def together(tap: Tap) -> None:
    """All but the hostile module, and no boot for it alone."""
    with fresh_card("together") as image:
        put_kernel(image)
        with qemu.Emulator(plugged(reloading(2), image, reboot=True).argv()) as emulator:
            session = Session(emulator)
            session.wait_for_shell(LIMIT)
            was_reloaded(tap, emulator, 2)
            use(tap, session)
            next_kernel(tap, emulator, session)
            restart(tap, emulator, session)
            power_off(tap, session)
        is_clean(tap, image)


if LONG or (BOARD == manifest.DEFAULT and PARAVIRT):
    main(work, reboot, reload, kexec, *([hostile] if PARAVIRT else []))
else:
    main(together)
