#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A guest that tries all of the generated list of attacks (docs/attack-test.md), and
monitors that each lack one line of the protection. usage: test_attack.py stock|paravirt [BOARD]"""

from harness import BOARD, GUEST, WORK, Tap, main

import attack  # behind harness, which knows where the tools are


def attacks(tap: Tap) -> None:
    entries = attack.entries(GUEST, BOARD)
    board = attack.prepare(WORK, GUEST, BOARD)
    result = attack.run(board)
    failed = [line for line in result.lines if line.startswith(("not ok", "# open"))]
    tap.check("the guest comes to the end of its list", result.ended, "\n".join(result.lines[-5:]))
    tap.check("each entry was tried", set(result.entries) == {e["id"] for e in entries})
    tap.check("none gets through", result.ended and not failed, "\n".join(failed))
    skipped = {number for number, word in result.entries.items() if word == "skip"}
    tap.check("only what nothing can show is skipped",
              skipped == {e["id"] for e in entries if e["kind"] == "none"}, skipped)
    tap.check("nothing is to be seen from outside", not result.forged, result.forged)


main(attacks)
