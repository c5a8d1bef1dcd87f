#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The MCIMX6UL-EVK of Debian's own QEMU: Debian's kernel as it is, in the normal world of
a Cortex-A7, with console and disk by calls. usage: test_imx6ul.py paravirt"""

import re

from harness import Tap, demo, fresh_card, main

BOARD = "imx6ul_evk"
COMMAND = "uname -a && findmnt / && cat /proc/interrupts && nproc && dmesg"


def interrupts(output: str) -> dict[str, int]:
    """How often each of the guest's lines came, by who has it."""
    rows = re.findall(r"^ *\d+: +(\d+) +GICv2 +\d+ \w+ +(\S+)$", output, re.MULTILINE)
    found: dict[str, int] = {}
    for count, name in rows:
        found[name] = found.get(name, 0) + int(count)
    return found


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


def no_stock_guest(tap: Tap) -> None:
    ran = demo("--board", BOARD, "--guest", "stock", "--headless", "--exec", "true")
    tap.check("a stock guest is refused, with the reason",
              ran.status != 0 and "ignores SCR.EA" in ran.messages, ran)


main(debian, no_stock_guest)
