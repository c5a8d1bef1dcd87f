#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The generator of a board's partition: what it refuses, with the line; what it makes
of the USB armory's; and that each line of the protection has its attack."""

from __future__ import annotations

import re
import sys
import tempfile
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(TOP / "tools"))

import libfdt  # noqa: E402

from tzvmm_tools import manifest  # noqa: E402
from tzvmm_tools.base import TOP, Failure  # noqa: E402
from tzvmm_tools.manifest import attacks, ccode, partition, picture, trees  # noqa: E402

COMMON = TOP / "ports" / "imx53" / "board" / "partition.dtsi"
TEXT = partition.BOARD.read_text().replace('/include/ "../imx53/board/partition.dtsi"\n',
                                           COMMON.read_text())


def load(text: str) -> manifest.Partition:
    """A manifest that differs from the board's."""
    with tempfile.TemporaryDirectory() as work:
        path = Path(work, "partition.dtso")
        path.write_text(text)
        return manifest.load(path)


def changed(*changes: tuple[str, str]) -> str:
    text = TEXT
    for old, new in changes:
        if text.count(old) != 1:
            raise ValueError(f"{old!r} is there {text.count(old)} times")
        text = text.replace(old, new)
    return text


class Refusals(unittest.TestCase):
    """Each changes the board's manifest; a line that is marked is the one to be named."""

    def refused(self, sentence: str, *changes: tuple[str, str]) -> None:
        text = changed(*changes)
        (line,) = [n for n, row in enumerate(text.splitlines(), 1) if "@HERE" in row]
        with self.assertRaises(Failure) as caught:
            load(text)
        wanted = f"partition.dtso:{line}: {sentence}"
        self.assertIn(wanted, str(caught.exception).splitlines())

    def test_a_device_that_both_worlds_own(self) -> None:
        self.refused(
            "both worlds own esdhc1 (/soc/bus@50000000/spba-bus@50000000/mmc@50004000): the stock"
            f" guest and, by partition.dtso:{self.line('mmc@50004000')}, the monitor",
            ('mmc@50004000 { status = "disabled"; secure', 'mmc@50004000 { status = "okay"; /*@HERE*/ secure'))

    def test_a_device_whose_secure_status_is_that_of_the_guest(self) -> None:
        self.refused(
            "both worlds own gpio7 (/soc/bus@50000000/gpio@53fe4000): the stock guest and, by"
            f" partition.dtso:{self.line('gpio@53fe4000')}, the monitor",
            ('gpio@53fe4000 { status = "okay"; secure-status = "disabled"; };',
             'gpio@53fe4000 { status = "okay"; /*@HERE*/ };'))

    @staticmethod
    def line(words: str) -> int:
        return next(n for n, row in enumerate(TEXT.splitlines(), 1) if words in row)

    def test_two_devices_of_a_slot_in_two_worlds(self) -> None:
        self.refused("gpt is the stock guest's and epit2 is not, but both are in CSU slot 04a",
                     ('epit@53fb0000 { secure-status = "okay"; status = "disabled"; tzvmm,guest-can-stop; };',
                      'epit@53fb0000 { secure-status = "okay"; status = "disabled"; };'),
                     ("timer@53fa0000 { status = ", "timer@53fa0000 { /*@HERE*/ status = "))

    def test_a_device_that_is_closed_in_an_open_slot(self) -> None:
        self.refused("gpio1 is the stock guest's and gpio2 is not, but both are in CSU slot 00b",
                     ('gpio@53f88000 { status = "okay";', 'gpio@53f88000 { status = "disabled";'),
                     ("gpio@53f84000 {", "gpio@53f84000 { /*@HERE*/"))

    def test_the_clocks_together_with_the_resets(self) -> None:
        self.refused("src is the stock guest's and gpc is not, but both are in CSU slot 09a",
                     ('src: reset-controller@53fd0000 { status = "okay"; secure-status = "okay"; };',
                      'src: reset-controller@53fd0000 { status = "okay"; secure-status = "disabled"; }; /*@HERE*/'),
                     ("\t\t\tsrc {\n\t\t\t\tdevice = <&src>;", "\t\t\tsrc {\n\t\t\t\tdevice = <&iim>;"),
                     ("\t\t\tiim { device = <&iim>; };\n", ""))

    def test_an_open_slot_whose_number_is_unknown(self) -> None:
        self.refused("can1 would be open to the stock guest, but its CSU slot is UNKNOWN",
                     ("gpio@53fe4000 {", 'can@53fc8000 { /*@HERE*/ status = "okay"; secure-status ='
                      ' "disabled"; };\n\tgpio@53fe4000 {'))

    def test_a_device_that_nobody_knows(self) -> None:
        self.refused("/soc/bus@50000000/thing@53fe8000 is no device of the SoC that is known",
                     ("gpio@53fe4000 {", 'thing@53fe8000 { /*@HERE*/ status = "okay"; };\n\tgpio@53fe4000 {'))

    def test_a_state_that_is_none(self) -> None:
        self.refused("status of /soc/bus@50000000/gpio@53fe4000 is neither okay nor disabled",
                     ('gpio@53fe4000 { status = "okay";', 'gpio@53fe4000 { status = "ok"; /*@HERE*/'))

    def test_the_gate_of_a_secure_device_by_name(self) -> None:
        self.refused("gate CCGR3.1 of esdhc1 is not the guest's to close",
                     ('guest-gates = "CCGR2.10";', 'guest-gates = "CCGR2.10", "CCGR3.1"; /*@HERE*/'))

    def test_the_gate_of_a_secure_device_by_mask(self) -> None:
        self.refused("gate CCGR1.4 of uart1 is not the guest's to close",
                     ("registers = <0x00 0x84 0xffffffff 0 0 0>;",
                      "registers = <0x00 0x68 0xffffffff 0 0 0>, <0x6c 0x6c 0 0x300 0 0>; /*@HERE*/"))

    def test_a_gate_of_which_nobody_knows_what_it_stops(self) -> None:
        self.refused("gate CCGR6.9 of UNKNOWN is not the guest's to close",
                     ('"CCGR2.10";', '"CCGR2.10", "CCGR6.9"; /*@HERE*/'))

    def test_a_root_clock(self) -> None:
        self.refused("ccm 0x014 is for all clocks, the secure world's too",
                     ("registers = <0x00 0x84 0xffffffff 0 0 0>;",
                      "registers = <0x14 0x14 0xffffffff 1 0 0>; /*@HERE*/"))

    def test_clocks_without_a_filter(self) -> None:
        self.refused("the clock gates of esdhc1 would be the stock guest's",
                     ("\t\t\tccm {\n\t\t\t\tdevice = <&ccm>;", "\t\t\tccm {\n\t\t\t\tdevice = <&iim>;"),
                     ("\t\t\tiim { device = <&iim>; };\n", ""),
                     ("\tccm: ccm@53fd4000 {", "\tccm: ccm@53fd4000 { /*@HERE*/"))

    def test_a_slot_at_no_host_of_the_monitors(self) -> None:
        self.refused("uart1 of slot@1 is no SD host of the monitor's",
                     ("device = <&esdhc1>;", "device = <&uart1>; /*@HERE*/"))

    def test_a_slot_with_odd_lines(self) -> None:
        self.refused("slot@1 has 1, 4 or 8 lines", ("bus-width = <4>;", "bus-width = <5>; /*@HERE*/"))

    def test_a_switch_that_the_guest_has(self) -> None:
        self.refused("the switch of slot@1 is at no pin of the monitor's",
                     ("bus-width = <4>;", "bus-width = <4>; detect = <3 13>; /*@HERE*/"))

    def test_a_pad_of_a_secure_device(self) -> None:
        self.refused("the guest could write iomuxc 0x2ec, which has pad sd1-cmd, the monitor's",
                     ("registers = <0x020 0x8a4 0xffffffff 0 0 0>;",
                      "registers = <0x2ec 0x2ec 0xffffffff 0x1f 0 0>; /*@HERE*/"))

    def test_the_pin_of_the_led(self) -> None:
        self.refused("the guest could write gpio4 0x000, which has pad led, the monitor's",
                     ("<0x00 0x08 0xf7ffffff 0 0 0>, /* DR", "<0x00 0x08 0xf7ffffff 0x08000000 0 0>, /*@HERE"))

    def test_the_bank_of_the_led(self) -> None:
        self.refused("gpio5 is the stock guest's, but pad led in it is the monitor's",
                     ("gpio = <4 27>;", "gpio = <5 27>;"),
                     ("gpio@53fdc000 {", "gpio@53fdc000 { /*@HERE*/"))

    def test_an_led_of_no_world(self) -> None:
        self.refused("the LED is lit by the secure world or by the guest",
                     ('lit = "secure"; /*', 'lit = "both"; /*@HERE'))

    def test_memory_outside_of_the_board(self) -> None:
        self.refused("memory guest is outside the board's RAM",
                     ("guest = <0x78000000 0x18000000>;", "guest = <0x78000000 0x18100000>; /*@HERE*/"))

    def test_memory_that_overlaps(self) -> None:
        self.refused("memory pool overlaps package",
                     ("pool = <0x75000000 0x03000000>;", "pool = <0x74f00000 0x03000000>; /*@HERE*/"))

    def test_the_guests_memory_in_secure_memory(self) -> None:
        self.refused("memory guest is not secure and overlaps secure memory",
                     ("guest = <0x78000000", "guest = <0x77f00000"),
                     ("guest = <0x77f00000 0x18000000>;", "guest = <0x77f00000 0x18000000>; /*@HERE*/"))

    def test_the_monitors_memory_outside_of_secure_memory(self) -> None:
        self.refused("memory pool is not in secure memory",
                     ("secure = <0x70000000 0x08000000>;", "secure = <0x70000000 0x07000000>;"),
                     ("pool = <0x75000000 0x03000000>;", "pool = <0x75000000 0x03000000>; /*@HERE*/"))

    def test_two_watermarks_for_one_chip_select(self) -> None:
        self.refused("a chip select has one watermark",
                     ("secure = <0x70000000 0x08000000>;",
                      "secure = <0x70000000 0x08000000>, <0x8f000000 0x01000000>; /*@HERE*/"),
                     ("guest = <0x78000000 0x18000000>;", "guest = <0x78000000 0x17000000>;"))

    def test_memory_in_half_a_piece(self) -> None:
        self.refused("guest needs an address and a length",
                     ("guest = <0x78000000 0x18000000>;", "guest = <0x78000000 0x18000000 0>; /*@HERE*/"))

    def test_more_secure_memory_than_can_be_protected(self) -> None:
        self.refused("the watermark takes whole pages, 256 MiB at most",
                     ("secure = <0x70000000 0x08000000>;", "secure = <0x70000000 0x10001000>; /*@HERE*/"))

    def test_a_file_outside_of_the_guests_memory(self) -> None:
        self.refused("dtb at 0x70000000 is outside the guest's RAM",
                     ("dtb = <0x80000000>;", "dtb = <0x70000000>; /*@HERE*/"))

    def test_a_line_that_is_injected_and_a_devices(self) -> None:
        self.refused("line 92 of console is tve's: it cannot be injected",
                     ("line = <109>;", "line = <92>; /*@HERE*/"))

    def test_a_line_of_two_virtual_devices(self) -> None:
        self.refused("virtio@1 and virtio@0 both have line 110",
                     ("line = <111>;", "line = <110>; /*@HERE*/"))

    def test_a_line_that_there_is_not(self) -> None:
        self.refused("there is no line 128", ("line = <109>;", "line = <128>; /*@HERE*/"))

    def test_a_line_out_of_order(self) -> None:
        self.refused("line of virtio@1 is not the first one's + 1",
                     ("line = <111>;", "line = <115>; /*@HERE*/"))

    def test_a_pin_in_another_bank(self) -> None:
        self.refused("header4 is in another bank than header3",
                     ("header4 { gpio = <5 27>;", "header4 { gpio = <6 27>; /*@HERE*/"))

    def test_a_pin_of_the_monitors(self) -> None:
        self.refused("header3 is pad led, the monitor's",
                     ("header3 { gpio = <5 26>;", "header3 { gpio = <4 27>; /*@HERE*/"))

    def test_a_pin_that_there_is_not(self) -> None:
        self.refused("there is no GPIO8_26",
                     ("header3 { gpio = <5 26>;", "header3 { gpio = <8 26>; /*@HERE*/"))

    def test_a_pin_of_a_bank_that_the_guest_has(self) -> None:
        self.refused("gpio5 is the paravirt guest's: header3 cannot be given by calls",
                     ("header3 { gpio = <5 26>;", "header3 { gpio = <5 26>; /*@HERE*/"),
                     ("\t\t\t\ttimer@53fa0000 {", "\t\t\t\tgpio@53fdc000 { reg = <0x53fdc000"
                      " 0x4000>; };\n\t\t\t\ttimer@53fa0000 {"))

    def test_a_pin_whose_policy_is_none(self) -> None:
        self.refused("header7: policy is input, output and interrupt",
                     ('policy = "output";', 'policy = "out"; /*@HERE*/'))

    def test_a_pin_that_is_safe_in_no_way(self) -> None:
        self.refused("header7: safe is input, low or high",
                     ('policy = "output";', 'policy = "output"; safe = "off"; /*@HERE*/'))

    def test_a_disk_without_a_policy_that_is_known(self) -> None:
        self.refused("policy of virtio@0 is none of rw, ro, overlay",
                     ('policy = "rw";', 'policy = "rwx"; /*@HERE*/'))

    def test_a_disk_without_a_partition(self) -> None:
        self.refused("virtio@0 needs a partition", ('partition = "2";', 'partition = ""; /*@HERE*/'))

    def test_windows_that_overlap(self) -> None:
        self.refused("the windows of virtio@1 and virtio@2 overlap",
                     ("window = <0x50024400 0x200>;", "window = <0x50024300 0x200>; /*@HERE*/"))

    def test_a_window_over_a_block_that_is_open(self) -> None:
        self.refused("the window of interrupt-controller lies over gpio1, which is open: nothing"
                     " would be trapped",
                     ("window = <0x50008000 0x4000>;", "window = <0x53f84000 0x4000>; /*@HERE*/"))

    def test_a_window_over_nothing(self) -> None:
        self.refused("the window of interrupt-controller is not in a block of the SoC",
                     ("window = <0x50008000 0x4000>;", "window = <0x40000000 0x4000>; /*@HERE*/"))

    def test_a_filter_over_a_block_that_is_open(self) -> None:
        self.refused("gpio2 is filtered, but open: nothing would be trapped",
                     ("gpio@53f88000 {", "gpio2: gpio@53f88000 {"),
                     ("\t\t\tiim { device = <&iim>; };", "\t\t\tiim { /*@HERE*/ device = <&gpio2>; };"))

    def test_a_filter_that_leaves_its_block(self) -> None:
        self.refused("iomuxc has no registers 0x20 to 0x4000",
                     ("registers = <0x020 0x8a4 0xffffffff 0 0 0>;",
                      "registers = <0x020 0x4000 0xffffffff 0 0 0>; /*@HERE*/"))

    def test_a_bit_that_is_forced_both_ways(self) -> None:
        self.refused("src 0x000 forces bits to 0 and to 1",
                     ("<0x00 0x00 0xffffffff 0 0 0x00000001>,", "<0x00 0x00 0xffffffff 0x00000001 2 3>,"),
                     ("\t\t\t\tdevice = <&src>;\n\t\t\t\tregisters =", "\t\t\t\tdevice = <&src>;\n"
                      "\t\t\t\tregisters = /*@HERE*/"))

    def test_two_rules_for_a_register(self) -> None:
        self.refused("src has two rules for 0x004",
                     ("<0x00 0x00 0xffffffff 0 0 0x00000001>,", "<0x00 0x04 0xffffffff 0x00000001 0 0>,"),
                     ("\t\t\t\tdevice = <&src>;\n\t\t\t\tregisters =", "\t\t\t\tdevice = <&src>;\n"
                      "\t\t\t\tregisters = /*@HERE*/"))

    def test_a_port_that_the_crossbar_does_not_have(self) -> None:
        self.refused("the crossbar has no slot AHBMAX S7",
                     ('crossbar = "S2", "M6"; /* without', 'crossbar = "S7", "M6"; /*@HERE'))


class Board(unittest.TestCase):
    """The USB armory's, as it is."""

    board = manifest.load()

    def slots(self, profile: str) -> list[str]:
        return [slot.name for slot in self.board.open_slots(profile)]

    def test_what_is_open(self) -> None:
        self.assertEqual(self.slots(manifest.STOCK), ["00a", "00b", "01b", "02a", "04a", "06b", "10a"])
        self.assertEqual(self.slots(manifest.PARAVIRT), ["00a", "04a", "06b", "10a"])

    def test_the_one_master_that_is_secure(self) -> None:
        self.assertEqual([name for name, secure in self.board.masters.items() if secure], ["ESDHC1"])
        self.assertNotIn("CORTEX", self.board.masters)

    def test_the_guests_usb_is_of_the_normal_world(self) -> None:
        self.assertIs(self.board.masters["USB"], False)
        for profile in manifest.PROFILES:
            found = [a for a in attacks.attacks(self.board, profile) if a.master == "USB"]
            self.assertEqual([(a.kind, a.expect) for a in found], [("dma", "refused")])
            self.assertFalse([a for a in attacks.attacks(self.board, profile)
                              if 0x53F80000 <= a.address < 0x53F84000])

    def test_no_line_of_a_secure_device_is_the_guests(self) -> None:
        stock, paravirt = map(self.board.guest_lines, manifest.PROFILES)
        for line in (1, 2, 15, 21, 25, 26, 27, 31, 40, 41, 58, 59, 77, 0, 127):
            self.assertNotIn(line, stock | paravirt)
        self.assertLessEqual({39, 50, 54, 103, 109, 113}, stock)
        self.assertFalse({114, 122} & stock)
        self.assertEqual(paravirt, {14, 16, 17, 18, 39, 109, *range(110, 115), *range(118, 123)})

    def test_the_tables_have_the_values(self) -> None:
        text = ccode.tables(self.board)
        self.assertIn("IMX_CSU_SLOT(4, 0), IMX_CSU_OPEN", text)
        self.assertNotIn("IMX_CSU_SLOT(9, 0)", text)
        self.assertIn("{ 0x070u, 0xffffffffu, 0x00300000u, 0x00000000u, 0x00000000u, 0, 0 }", text)

    def test_the_paravirtual_guest_sees_its_devices(self) -> None:
        fdt = libfdt.Fdt(trees.paravirt(self.board))
        names = []
        node = fdt.first_subnode(0, libfdt.QUIET_NOTFOUND)
        while node >= 0:
            names.append(fdt.get_name(node))
            node = fdt.next_subnode(node, libfdt.QUIET_NOTFOUND)
        for name in ("memory@78000000", "timer@53fa0000", "usb@53f80000", "console", "virtio-0", "virtio-3"):
            self.assertIn(name, names)


class TwoBanks(unittest.TestCase):
    """The Quick Start Board's, with memory behind both chip selects."""

    board = manifest.load(partition.BOARDS["imx53_qsb"])

    def test_the_guest_sees_its_memory_in_both(self) -> None:
        fdt = libfdt.Fdt(trees.paravirt(self.board))
        reg = bytes(fdt.getprop(fdt.path_offset("/memory@78000000"), "reg"))
        self.assertEqual(reg.hex(), "7800000018000000" "b00000001d000000")

    def test_each_watermark_and_each_end_of_it_is_tried(self) -> None:
        for profile in manifest.PROFILES:
            tried = {a.address: a.proves for a in attacks.attacks(self.board, profile)}
            self.assertEqual(tried[0x63FD80F0], ("M4IF start of CSD1",))
            self.assertEqual(tried[0x63FD8110], ("M4IF end of CSD1",))
            self.assertEqual(tried[0xCD000000], ("M4IF start of CSD1",))
            self.assertEqual(tried[0xCFFFF000], ("M4IF end of CSD1",))

    def test_the_leds_bank_is_not_the_guests(self) -> None:
        self.assertNotIn("gpio7", self.board.direct(manifest.STOCK))
        self.assertIn("gpio6", self.board.direct(manifest.STOCK))

    def test_both_slots_are_the_monitors_with_their_switches(self) -> None:
        self.assertEqual([name for name, secure in self.board.masters.items() if secure],
                         ["ESDHC3", "ESDHC1"])
        self.assertNotIn("gpio3", self.board.direct(manifest.STOCK))
        text = ccode.tables(self.board)
        self.assertIn("{ 0x50004000u, 1, 4, 13, 0x53f8c000u }, /* slot@1 */\n"
                      "\t{ 0x50020000u, 3, 8, 11, 0x53f8c000u }, /* slot@3 */", text)

    def test_a_pad_that_is_left_as_it_is_has_no_register(self) -> None:
        self.assertIn("{ 0x294, 0x000, 0x000, 1, 0, 0x000 }, /* led */", ccode.tables(self.board))


class AnotherSoc(unittest.TestCase):
    """The MCIMX6UL-EVK: a GIC, 80 slots, and no stock guest."""

    board = manifest.load(partition.BOARDS["imx6ul_evk"])

    def interrupts(self, node: str) -> str:
        fdt = libfdt.Fdt(trees.paravirt(self.board))
        return bytes(fdt.getprop(fdt.path_offset(node), "interrupts")).hex(" ", 4)

    def test_shared_lines_are_counted_from_32_and_edges_are_told(self) -> None:
        self.assertEqual(self.interrupts("/console"), "00000000 0000007e 00000004")
        self.assertEqual(self.interrupts("/virtio-1"),
                         "00000000 0000004d 00000004 00000000 0000007b 00000001")

    def test_lines_of_the_cpu_are_the_guests_but_for_the_secure_timer(self) -> None:
        lines = self.board.guest_lines(manifest.PARAVIRT)
        self.assertLessEqual({0, 7, 27, 30, 108, 157, 158}, lines)
        self.assertFalse({8, 15, 26, 29, 53, 55, 58, 88, 89, 112, 140} & lines)

    def test_every_slot_is_closed_to_every_guest(self) -> None:
        self.assertEqual(len(self.board.soc.slots), 80)
        for profile in manifest.PROFILES:
            self.assertEqual(self.board.open_slots(profile), [])
        text = ccode.tables(self.board)
        self.assertNotIn("IMX_CSU_OPEN", text)
        self.assertIn(".nr_slots = 80", text)

    def test_the_cpus_world_is_left_to_itself_and_the_cards_is_secure(self) -> None:
        self.assertNotIn("CA7", self.board.masters)
        self.assertEqual([name for name, secure in self.board.masters.items() if secure], ["USDHC2"])

    def test_a_soc_that_nobody_describes_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "soc of /tzvmm has no description"):
            load(changed(('soc = "imx53"', 'soc = "imx99"')))


class Picture(unittest.TestCase):
    def test_the_map_has_all_secure_memory_and_all_of_the_guests_once(self) -> None:
        for name, path in partition.BOARDS.items():
            with self.subTest(name):
                board = manifest.load(path)
                rows = sorted(picture.rows_of_memory(board))
                for (at, length, *_), (following, *_) in zip(rows, rows[1:], strict=False):
                    self.assertLessEqual(at + length, following)
                whole = sum(r.len for kind in ("secure", "guest") for r in board.banks[kind])
                self.assertEqual(sum(length for _, length, *_ in rows), whole)
                drawn = picture.memory_map(board)
                for at, *_ in rows:
                    self.assertIn(f"{at:#010x}", drawn)


class Proofs(unittest.TestCase):
    """Attacks, and the lines of the protection that they prove."""

    board = manifest.load()

    def test_each_line_has_one(self) -> None:
        for profile in manifest.PROFILES:
            proven = {line for attack in attacks.attacks(self.board, profile) for line in attack.proves}
            self.assertLessEqual(set(attacks.lines(self.board, profile)), proven)

    def test_a_line_without_one_is_an_error(self) -> None:
        board = manifest.load()
        real = attacks.lines
        attacks.lines = lambda p, profile: [*real(p, profile), "CSL 99a"]
        try:
            with self.assertRaisesRegex(Failure, "proves no CSL 99a"):
                attacks.attacks(board, manifest.STOCK)
        finally:
            attacks.lines = real

    def test_every_slot_is_closed_and_proven_or_open(self) -> None:
        for profile in manifest.PROFILES:
            lines = attacks.lines(self.board, profile)
            opened = {slot.name for slot in self.board.open_slots(profile)}
            for name in self.board.soc.slots:
                self.assertEqual(f"CSL {name}" in lines, name not in opened)
                self.assertIn(f"CSL {name} lock", lines)

    def test_no_attack_is_on_what_a_guest_may_do(self) -> None:
        guest = self.board.memory["guest"]
        for profile in manifest.PROFILES:
            direct = self.board.direct(profile)
            for attack in attacks.attacks(self.board, profile):
                if attack.kind in (attacks.NONE, attacks.CALL):
                    continue
                device = self.board.soc.at(attack.address)
                self.assertFalse(guest.at <= attack.address < guest.end, attack)
                self.assertFalse(device and device.name in direct and device.slot != "none", attack)

    def test_no_virtual_device_answers_an_attack_on_what_is_under_it(self) -> None:
        window = next(w for w in self.board.windows if w.node.name == "virtio@0")
        addresses = [a.address for a in attacks.attacks(self.board, manifest.STOCK)
                     if "esdhc4" in a.what and a.kind != attacks.DMA]
        self.assertTrue(addresses)
        self.assertTrue(all(address >= window.at + 4 * window.len for address in addresses))

    def test_the_header_and_the_list_have_the_same(self) -> None:
        text = attacks.header(self.board)
        count = sum(len(attacks.attacks(self.board, profile)) for profile in manifest.PROFILES)
        self.assertEqual(len(re.findall(r"^\t\{ \d+, ATTACK_", text, re.MULTILINE)), count)


if __name__ == "__main__":
    unittest.main()
