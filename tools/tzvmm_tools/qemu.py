# SPDX-License-Identifier: BSD-2-Clause
"""The emulator as a child process: the UART on a socket, QMP for control."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from .base import BUILD, STATUS_CARD, STATUS_QEMU, Failure, require_file
from .console import Console

QEMU = BUILD / "emulator" / "qemu-system-arm-imx53"
DEBIAN_QEMU = "/usr/bin/qemu-system-arm"

# Boards that Debian's QEMU has, and how.
_MACHINES = {
    "imx6ul_evk": ("-M", "mcimx6ul-evk", "-m", "512"),
    "vexpress_a15": ("-M", "vexpress-a15", "-m", "1024", "-audiodev", "none,id=none"),
}

# The slot that the card is in, where it is not the first.
_SLOTS = {"imx6ul_evk": 1}


def has_model(board: str) -> bool:
    """Whether the board is emulated by what emulator/ adds to QEMU."""
    return board not in _MACHINES


def monitor(board: str) -> Path:
    """Where the monitor for a board is built."""
    return BUILD / board / "examples" / "monitor" / "monitor.elf"


MONITOR = monitor("usb_armory")
START_LIMIT = 20.0
QUIT_LIMIT = 10.0

# Once in some 150 starts on a loaded machine QEMU's main loop slept, and no timer of the board
# ran, until a byte came on the console: it seems that the CPU's thread, which waits for the
# card's file in aio_poll(), took the event that was to wake it. The user network makes the
# main loop look once a second; nobody is plugged into this one.
AWAKE = ("-netdev", "user,id=awake,restrict=on")
_NO_ERRORS = (": info: ", "netdev awake has no peer")


@dataclass(frozen=True)
class Board:
    """What is plugged into the emulated board and how it runs."""

    package: Path | None  # None: the boot ROM starts what is on the card
    card: Path | None
    monitor: Path = MONITOR
    machine: str = "usb_armory"
    mmc: bool = False  # the card is an MMC of 8 lines in the second slot
    icount: bool = False
    led_trace: Path | None = None
    reboot: bool = False
    extra: tuple[str, ...] = field(default=())

    @property
    def board(self) -> str:
        """The machine without its options."""
        return self.machine.partition(",")[0]

    def _emulator(self) -> list[str]:
        """The program, and the machine."""
        if not has_model(self.board):
            return [DEBIAN_QEMU, *_MACHINES[self.board]]
        mmc = ",mmc=on" if self.mmc else ""
        trace = f",led-trace={self.led_trace}" if self.led_trace else ""
        return [str(QEMU), "-M", self.machine + mmc + trace]

    def argv(self) -> list[str]:
        """The emulator's command line, without the console."""
        from . import bootpkg  # needs the packages

        argv = [*self._emulator(), "-display", "none", "-monitor", "none", "-nic", "none"]
        if self.package:
            require_file(self.monitor, "monitor")
            require_file(self.package, "boot package")
            argv += ["-kernel", str(self.monitor), "-device"]
            argv += [f"loader,file={self.package},addr={bootpkg.room(self.board).at:#x},force-raw=on"]
        if self.card:
            require_file(self.card, "SD card image", STATUS_CARD)
            slot = _SLOTS.get(self.board, int(self.mmc))
            argv += ["-drive", f"if=sd,index={slot},format=raw,file={_escaped(self.card)}"]
        if self.icount:
            argv += ["-icount", "shift=4,sleep=off", "-rtc", "clock=vm,base=2020-01-01"]
        else:
            argv += AWAKE
        if not self.reboot:
            argv += ["-no-reboot"]
        return argv + list(self.extra)


def _escaped(path: Path) -> str:
    """QEMU's options separate by commas; a doubled one is a comma."""
    return str(path).replace(",", ",,")


class Emulator:
    """A running emulator. Use it in a with statement: it never outlives it."""

    def __init__(self, argv: list[str], transcript: BinaryIO | None = None) -> None:
        # Unix sockets have short names, and a folder of its own has no races.
        self._folder = Path(tempfile.mkdtemp(prefix="tzvmm-"))
        self._transcript = transcript
        self._errors = (self._folder / "stderr").open("w+")
        uart, qmp = self._folder / "uart", self._folder / "qmp"
        command = [
            *argv,
            *("-chardev", f"socket,id=uart,path={uart},server=on,wait=on"),
            *("-serial", "chardev:uart"),
            *("-qmp", f"unix:{qmp},server=on,wait=off"),
        ]
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=self._errors, stderr=self._errors
            )
        except OSError as error:
            self._clean()
            raise Failure(f"{argv[0]}: {error.strerror}", STATUS_QEMU) from error

    def __enter__(self) -> Emulator:
        try:
            self._uart = self._connect("uart")
            self.console = Console(self._uart, self._transcript)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _connect(self, name: str) -> socket.socket:
        """Connect to a socket that the emulator is about to create."""
        deadline = time.monotonic() + START_LIMIT
        while True:
            sock = socket.socket(socket.AF_UNIX)
            try:
                sock.connect(str(self._folder / name))
                return sock
            except OSError:
                sock.close()
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise self.died()
            time.sleep(0.05)

    def died(self) -> Failure:
        """A sentence about an emulator that is gone or does not answer."""
        try:
            status = f"ended with status {self._process.wait(timeout=2)}"
        except subprocess.TimeoutExpired:
            status = "does not answer"
        self._errors.seek(0)
        # QEMU notes that it waits for us to connect, for one.
        lines = self._errors.read().splitlines()
        said = "\n".join(x for x in lines if not any(word in x for word in _NO_ERRORS))
        return Failure(f"the emulator {status}" + (f": {said}" if said else ""), STATUS_QEMU)

    def break_card(self, start: int, size: int) -> None:
        """Let the card refuse writes to a range of its bytes; none if the size is 0."""
        for name, value in (("bad-at", start), ("bad-len", size)):
            self.qmp("qom-set", path="/machine/soc/esdhc[0]", property=name, value=value)

    def qmp(self, command: str, **arguments: object) -> object:
        """Run a QMP command; what it returns."""
        with self._connect("qmp") as sock:
            sock.settimeout(QUIT_LIMIT)
            with sock.makefile("rw") as stream:
                stream.readline()
                for name, given in (("qmp_capabilities", {}), (command, arguments)):
                    stream.write(json.dumps({"execute": name, "arguments": given}) + "\n")
                    stream.flush()
                    answer = json.loads(stream.readline() or "{}")
                    while "event" in answer:
                        answer = json.loads(stream.readline() or "{}")
        if "error" in answer:
            raise Failure(f"the emulator refuses {command}: {answer['error']['desc']}", STATUS_QEMU)
        return answer.get("return")

    def kill(self) -> None:
        """End the emulator at once, when nobody wants its card."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End the emulator; it writes the card's last blocks on the way."""
        if self._process.poll() is None:
            try:
                self.qmp("quit")
            except (OSError, Failure):
                self._process.terminate()
            try:
                self._process.wait(timeout=QUIT_LIMIT)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._clean()

    def _clean(self) -> None:
        if hasattr(self, "_uart"):
            self._uart.close()
        self._errors.close()
        shutil.rmtree(self._folder, ignore_errors=True)
