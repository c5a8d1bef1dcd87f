#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tests/bench/count.py counts what a program has, as tests/bench/README.md calls it.

usage: test_count.py PLUGIN [unittest's arguments]"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
PLUGIN = sys.argv.pop(1)

# Five rounds of two instructions and one before them, then the end by semihosting.
PROGRAM = """
	.arm
	.global _start
_start:	nop
first:	mov r4, #5
work:	subs r4, r4, #1
	bne work
behind:	mov r0, #0x18
	ldr r1, =0x20026
	svc 0x123456
"""
QEMU = ["qemu-system-arm", "-M", "none", "-cpu", "cortex-a8", "-m", "1M", "-display", "none",
        "-semihosting-config", "enable=on,target=native", "-device"]


class Count(unittest.TestCase):
    def test_instructions_between_two_places_are_counted(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            elf = Path(folder) / "program.elf"
            gcc = ["arm-none-eabi-gcc", "-mcpu=cortex-a8", "-nostdlib", "-Wl,-Ttext=0x8000"]
            subprocess.run([*gcc, "-x", "assembler", "-", "-o", elf], input=PROGRAM, text=True, check=True)
            done = subprocess.run(
                [TOP / "tests/bench/count.py", "--plugin", PLUGIN, "--elf", elf, "--begin", "first",
                 "--end", "behind", "--functions", "--", *QEMU, f"loader,cpu-num=0,file={elf}"],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.splitlines()[0], "1 times: least 11, median 11, most 11 instructions")
        self.assertRegex(done.stdout, r"(?m)^ +10\.0 work$")


if __name__ == "__main__":
    unittest.main()
