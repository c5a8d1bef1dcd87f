#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""./demo --headless --exec: the command's output and status are the guest's."""

import re

from harness import Tap, demo, fresh_card, main


def output_and_status(tap: Tap) -> None:
    with fresh_card("exec") as card:
        ran = demo("--headless", "--sd", card, "--exec", "uname -a && findmnt /")
        tap.check("a command that succeeds gives status 0", ran.status == 0, ran)
        tap.check("its output is on standard output", "armmp" in ran.output, ran)
        tap.check("the root is the virtual disk", "/dev/vda" in ran.output, ran)
        shown = r"guest kernel: boot/vmlinuz\S+ as Debian's .* md5 [0-9a-f]{32}"
        digest = re.search(shown, ran.messages)
        tap.check("the kernel is the package's file, and its checksum is shown", bool(digest), ran)

        ran = demo("--headless", "--sd", card, "--exec", "echo kept > /root/kept; false")
        tap.check("false gives status 1", ran.status == 1, ran)
        tap.check("false prints nothing", ran.output == "", ran)

        ran = demo("--headless", "--sd", card, "--exec", "cat /root/kept; exit 42")
        tap.check("the status is the command's, whatever it is", ran.status == 42, ran)
        tap.check("the card keeps what was written in the run before", ran.output == "kept\n", ran)


main(output_and_status)
