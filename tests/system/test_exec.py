#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""./demo --headless --exec: the command's output and status are the guest's.
usage: test_exec.py stock|paravirt"""

import re

from harness import PARAVIRT, Ran, Tap, demo, fresh_card, main


def own_kernel(tap: Tap, ran: Ran) -> None:
    shown = r"guest kernel: boot/vmlinuz\S+ as Debian's .* md5 [0-9a-f]{32}"
    digest = re.search(shown, ran.messages)
    tap.check("the kernel is the package's file, and its checksum is shown", bool(digest), ran)


def by_calls(tap: Tap, ran: Ran) -> None:
    lines = [rf"tzic +{n} .* {name}$" for n, name in ((109, "hvc_tzvmm"), (110, "virtio0"))]
    found = all(re.search(line, ran.output, re.MULTILINE) for line in lines)
    tap.check("console and disk are those of the calls", found, ran)
    tap.check("the kernel's first line is there", "Booting Linux on physical CPU" in ran.output, ran)
    tap.check("by the early console", "bootconsole [tzvmm0] enabled" in ran.output, ran)


def output_and_status(tap: Tap) -> None:
    with fresh_card("exec") as card:
        command = ("uname -a && findmnt / && cat /proc/interrupts && dmesg | head -50 && "
                   "echo kept > /var/tmp/kept")
        ran = demo("--headless", "--sd", card, "--exec", command)
        tap.check("a command that succeeds gives status 0", ran.status == 0, ran)
        named = "-tzvmm" if PARAVIRT else "armmp"
        tap.check("its output is on standard output", named in ran.output, ran)
        tap.check("the root is the virtual disk", "/dev/vda" in ran.output, ran)
        (by_calls if PARAVIRT else own_kernel)(tap, ran)

        ran = demo("--headless", "--sd", card, "--exec", "cat /var/tmp/kept; exit 42")
        tap.check("the status is the command's, whatever it is", ran.status == 42, ran)
        tap.check("the card keeps what was written in the run before", ran.output == "kept\n", ran)

        if PARAVIRT:  # whose boot is short
            ran = demo("--headless", "--sd", card, "--exec", "false")
            tap.check("false gives status 1", ran.status == 1, ran)
            tap.check("and prints nothing", ran.output == "", ran)


main(output_and_status)
