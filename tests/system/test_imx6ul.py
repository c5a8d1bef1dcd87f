#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The MCIMX6UL-EVK of Debian's own QEMU: Debian's kernel as it is, in the normal world of
a Cortex-A7, with console and disk by calls. usage: test_imx6ul.py paravirt"""

import re
import socket
import time
from pathlib import Path

from harness import BUILD, WORK, Tap, demo, fresh_card, main

import bare  # behind harness, which knows where the tools are
from lines import interrupts
from tzvmm_tools import bootpkg, qemu

BOARD = "imx6ul_evk"
COMMAND = "uname -a && findmnt / && cat /proc/interrupts && nproc && dmesg"


def debian(tap: Tap) -> None:
    with fresh_card("imx6ul") as image:
        ran = demo("--board", BOARD, "--sd", image, "--headless", "--exec", COMMAND)
    tap.check("a command runs in the guest", ran.status == 0, ran)
    tap.check("its kernel is Debian's", re.search(r"^Linux \S+ \S+-armmp ", ran.output), ran)
    shown = r"guest kernel: boot/vmlinuz\S+ as Debian's .* md5 [0-9a-f]{32}"
    tap.check("as its package has it, and its checksum is shown", re.search(shown, ran.messages), ran)
    tap.check("the root is the virtual disk", "/dev/vda" in ran.output, ran)
    came = interrupts(ran.output)
    for name in ("arch_timer", "hvc_tzvmm", "virtio0"):
        tap.check(f"interrupts of {name} come by the GIC", came.get(name, 0) > 0, ran)
    tap.check("the kernel found the CPU in the normal world's SVC mode",
              "CPU: All CPU(s) started in SVC mode." in ran.output, ran)


def led_changes(emulator: qemu.Emulator, path: Path) -> list[str]:
    """What becomes of the LED's pin from a guest's wait for a key to its end."""
    bank, pin = bootpkg.board(BOARD).led.cells("gpio")
    end = time.monotonic() + bare.LIMIT
    while emulator.console.wait(end).text != "press a key":
        pass
    with socket.socket(socket.AF_UNIX) as control, control.makefile("rw") as stream:
        control.settimeout(bare.LIMIT)
        control.connect(str(path))
        stream.write(f"irq_intercept_out /machine/soc/gpio{bank - 1}\n")
        stream.flush()
        seen = [stream.readline()]
        emulator.console.send("k")
        while emulator.console.wait(end).text != "system off":
            pass
        stream.write("endianness\n")
        stream.flush()
        while not seen[-1].startswith(("OK", "FAIL")) or len(seen) == 1:
            seen.append(stream.readline())
    return [line.split()[1] for line in seen if re.fullmatch(rf"IRQ (raise|lower) {pin}\n", line)]


def led(tap: Tap) -> None:
    """A guest without an OS leaves the normal world for each line that it prints."""
    raw, path = WORK / "bare_guest.bin", WORK / "qtest"
    bare.to_image(BUILD / BOARD / "examples" / "bare_guest" / "bare_guest.elf", raw)
    package = bare.build_package(WORK, raw, bootpkg.PARAVIRT, board=BOARD)
    extra = ("-qtest", f"unix:{path},server=on,wait=off", "-qtest-log", "none")
    board = qemu.Board(package=package, card=bare.build_card(WORK), machine=BOARD,
                       monitor=qemu.monitor(BOARD), extra=extra)
    with qemu.Emulator(board.argv()) as emulator:
        changes = led_changes(emulator, path)
    told = f"lit in the {bootpkg.board(BOARD).led.string('lit')} world: {changes}"
    tap.check("the LED's pin changes with the world", len(changes) >= 6, told)
    alternate = all(one != other for one, other in zip(changes, changes[1:], strict=False))
    tap.check("at each switch, and at no other time", alternate, told)
    tap.check("and shows the secure world at the end", changes[-1:] == ["raise"], told)


def no_stock_guest(tap: Tap) -> None:
    ran = demo("--board", BOARD, "--guest", "stock", "--headless", "--exec", "true")
    tap.check("a stock guest is refused, with the reason",
              ran.status != 0 and "ignores SCR.EA" in ran.messages, ran)


main(debian, led, no_stock_guest)
