#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The command by which docs/sdcard.md records a board's serial line, on a terminal pair."""

import os
import sys
import tempfile
import tty
import unittest
from pathlib import Path

import pexpect

COMMAND = "picocom --baud 115200 --logfile board.log {line}"
LINE = b"[    0.000123 monitor] tzvmm\r\n"
LIMIT = 20


class Serial(unittest.TestCase):
    def test_what_the_board_says_is_shown_and_kept_and_keys_reach_it(self) -> None:
        board, line = os.openpty()
        self.addCleanup(os.close, board)
        self.addCleanup(os.close, line)
        tty.setraw(line)
        with tempfile.TemporaryDirectory() as folder:
            with pexpect.spawn(COMMAND.format(line=os.ttyname(line)), cwd=folder, timeout=LIMIT) as user:
                user.expect("Terminal ready")
                os.write(board, LINE)
                user.expect("monitor. tzvmm")
                user.send("x")
                self.assertEqual(os.read(board, 1), b"x")
                user.send("\x01\x18")  # Ctrl-A Ctrl-X
                user.expect(pexpect.EOF)
            self.assertIn(LINE, Path(folder, "board.log").read_bytes())


if __name__ == "__main__":
    sys.exit(unittest.main())
