#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Judges the emulator by Debian's U-Boot for the USB armory, started from the
SD card by the boot ROM: its drivers read and write the card."""

from __future__ import annotations

import sys
import zlib

from foreign_files import MIB, Timeout, arguments, machine, package, random_card
from harness import Failure, Tap

from tzvmm_tools import uboot

CARD_SIZE = 64 * MIB
IMAGE_OFFSET = 0x400
ADDRESS, OTHER = 0x72000000, 0x74000000
READ_FROM, READ_SECTORS = 0x1000, 0x1234
WRITE_TO = 0x10000
PROMPT_LIMIT, STEP_LIMIT, END_LIMIT = 60.0, 60.0, 20.0
PROMPT = r"^=> "


def boot_card(path, image: bytes) -> bytearray:
    """Noise with the boot image where the ROM looks for it."""
    data = random_card(path, CARD_SIZE, seed=54)
    data[IMAGE_OFFSET : IMAGE_OFFSET + len(image)] = image
    path.write_bytes(data)
    return data


def crc_of_memory(m, address: int, length: int) -> int:
    """U-Boot's own checksum of memory."""
    m.send(f"crc32 {address:#x} {length:#x}")
    found = m.expect(r"==> ([0-9a-f]{8})\n", STEP_LIMIT)
    m.expect(PROMPT, STEP_LIMIT)
    return int(found.group(1), 16)


def command(m, line: str, answer: str) -> None:
    """A command, its answer, the prompt."""
    m.send(line)
    m.expect(answer, STEP_LIMIT)
    m.expect(PROMPT, STEP_LIMIT)


def talk(tap: Tap, m, before: bytearray) -> None:
    """From power-on to the reset."""
    length = READ_SECTORS * 512
    part = before[READ_FROM * 512 : READ_FROM * 512 + length]
    m.expect(r"^U-Boot ", PROMPT_LIMIT)
    tap.check("the boot ROM starts U-Boot from the card", True)
    m.expect(r"stop autoboot", PROMPT_LIMIT)
    m.send("")
    m.expect(PROMPT, PROMPT_LIMIT)
    tap.check("U-Boot reaches its prompt", True)
    tap.check("it sees revision 2.1 at 800 MHz and 512 MiB",
              "i.MX53 rev2.1 at 800 MHz" in m.text and "DRAM:  512 MiB" in m.text, m.text)
    command(m, "mmc dev 0", "mmc0 is current device")
    command(m, "mmc info", r"Bus Width: 4-bit")
    tap.check("it uses the card with four data lines", True)
    read = f"{READ_FROM:#x} {READ_SECTORS:#x}"
    command(m, f"mmc read {ADDRESS:#x} {read}", f"{READ_SECTORS} blocks read: OK")
    crc, want = crc_of_memory(m, ADDRESS, length), zlib.crc32(part)
    tap.check("what it reads agrees with the host", crc == want, f"{crc:08x} is not {want:08x}")
    command(m, f"mmc write {ADDRESS:#x} {WRITE_TO:#x} {READ_SECTORS:#x}", "blocks written: OK")
    command(m, f"mmc read {OTHER:#x} {WRITE_TO:#x} {READ_SECTORS:#x}", "blocks read: OK")
    crc = crc_of_memory(m, OTHER, length)
    tap.check("it reads back what it wrote", crc == want, f"{crc:08x} is not {want:08x}")
    m.send("reset")
    tap.check("its reset resets the board", m.status(END_LIMIT) == 0, m.text[-300:])


def main() -> int:
    """One boot."""
    args = arguments(__doc__).parse_args()
    tap = Tap()
    try:
        image = uboot.read(package(args.debs, uboot.PACKAGE), "usb_armory")
        args.work.mkdir(parents=True, exist_ok=True)
        card = args.work / "uboot.img"
        before = boot_card(card, image)
        argv = [str(args.qemu), "-M", "usb_armory", "-no-reboot", "-drive", f"if=sd,format=raw,file={card}"]
        with machine(argv) as m:
            talk(tap, m, before)
        want = bytearray(before)
        length = READ_SECTORS * 512
        want[WRITE_TO * 512 : WRITE_TO * 512 + length] = before[READ_FROM * 512 : READ_FROM * 512 + length]
        tap.check("the card has what it wrote and no other change", card.read_bytes() == bytes(want))
    except (Timeout, TimeoutError) as timeout:
        tap.check("U-Boot answers in time", False, timeout)
    except Failure as failure:
        tap.check("the judge is at hand", False, failure)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
