#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""One boot of Debian under the monitor, looked at from every side: data,
isolation, log and LED. usage: test_guest.py stock|paravirt"""

import channel
import data
import isolation
import traces
from harness import PARAVIRT, WORK, Tap, fresh_card, main, make_package

from tzvmm_tools import qemu
from tzvmm_tools.console import whole
from tzvmm_tools.session import Session


def guest_under_the_monitor(tap: Tap) -> None:
    # The kernel's own refusals out of the way: what is left is the monitor's.
    package = make_package("iomem=relaxed")
    led = WORK / "led.trace"
    with fresh_card("guest") as image, (WORK / "guest.log").open("wb") as log:
        witness = data.Witness(image)
        board = qemu.Board(package=package, card=image, led_trace=led)
        with qemu.Emulator(board.argv(), log) as emulator:
            session = Session(emulator)
            session.wait_for_shell()
            kernel = traces.kernel_log(session)
            isolation.check_memory(tap, session, PARAVIRT)
            isolation.check_secure_state(tap, session)
            isolation.check_disk_end(tap, session, witness.guest.size)
            channel.check(tap, session)
            if PARAVIRT:
                channel.check_lines(tap, session)
            digest = data.write(tap, session)
            session.power_off()
            tap.check("the guest powers off", True)
            lines = emulator.console.lines
        data.check_card(tap, image, witness.guest, digest)
        witness.check(tap)
    if not PARAVIRT:
        isolation.check_uart1(tap, whole(lines, "guest"))
    channel.check_terminal(tap, whole(lines, "guest2"))
    traces.check_log(tap, lines, kernel, 60 if PARAVIRT else 100)
    traces.check_led(tap, led)
    led.unlink()


main(guest_under_the_monitor)
