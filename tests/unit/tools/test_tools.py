#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The tools' own logic, without an emulator: what they would overlook, a system
test would too."""

import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import unittest
import unittest.mock
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(TOP / "tools"), str(TOP / "tests" / "system")]

import libfdt  # noqa: E402
import traces  # noqa: E402
from harness import Tap, same_partition  # noqa: E402

from tzvmm_tools import apt, base, bootpkg, build, card, check, cpio, demo, kernel, mbedtls, measure, session, sshkey, uboot  # noqa: E402
from tzvmm_tools.base import (  # noqa: E402
    BUILD,
    STATUS_CARD,
    STATUS_INTERRUPTED,
    STATUS_SETUP,
    Failure,
    require_file,
)
from tzvmm_tools.bootpkg import Payload  # noqa: E402
from tzvmm_tools.console import Late, Line, parse, whole  # noqa: E402
from tzvmm_tools.manifest import ccode  # noqa: E402
from tzvmm_tools.terminal import Keys  # noqa: E402


class Quiet(Tap):
    """Results without a word."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def check(self, sentence: str, holds: bool, why: object = "") -> None:
        if not holds:
            self.bad.append(sentence)


def guest(text: str, us: int = 0, more: bool = False) -> Line:
    return Line(text, "guest", us, more)


class Lines(unittest.TestCase):
    def test_a_prefix_is_taken_apart(self) -> None:
        self.assertEqual(parse(b"[   12.345678 guest  ] hi\r"), guest("hi", 12345678))
        self.assertEqual(parse(b"[    0.000001 guest  ]+hi\r"), guest("hi", 1, True))

    def test_a_guest_cannot_forge_the_monitor(self) -> None:
        line = parse(b"[    1.000000 guest  ] [    2.000000 monitor] system off")
        self.assertFalse(line.is_monitor)
        self.assertFalse(parse(b"[    0.000000] Booting Linux").is_monitor)

    def test_a_redrawn_line_reads_as_it_is_shown(self) -> None:
        self.assertEqual(parse(b"abX\bc").text, "abc")

    def test_pieces_are_joined_and_cut_starts_left_out(self) -> None:
        lines = [guest("ab\\", 5), Line("x", "monitor", 6), guest("abc", 5), guest("d", 9, True)]
        self.assertEqual(whole(lines, "guest"), ["abcd"])
        self.assertEqual(whole([guest("a\\", 1), guest("ab", 2)], "guest"), ["a\\", "ab"])


class Output(unittest.TestCase):
    def of(self, *lines: Line) -> str:
        said: list[str] = []
        output = session._Output(said.append)
        for line in lines:
            output.add(line)
        text = output.finish()
        self.assertEqual("".join(said), text)
        return text

    def test_is_what_the_command_wrote(self) -> None:
        self.assertEqual(self.of(guest("")), "")
        self.assertEqual(self.of(guest("a")), "a")
        self.assertEqual(self.of(guest("a"), guest("")), "a\n")
        self.assertEqual(self.of(guest("a"), guest("b", 0, True), guest("")), "ab\n")

    def test_has_a_cut_line_once(self) -> None:
        self.assertEqual(self.of(guest("a\\", 3), guest("ab", 3), guest("")), "ab\n")
        self.assertEqual(self.of(guest("a\\", 3), guest("", 4)), "a\\\n")


class Waiting(unittest.TestCase):
    def waited(self, *lines: Line) -> None:
        console = unittest.mock.Mock(wait=unittest.mock.Mock(side_effect=[*lines, Late]))
        session.Session(unittest.mock.Mock(console=console)).power_off()

    def test_ends_with_a_guest_whose_kernel_is_broken(self) -> None:
        oops = "[   32.298043] Internal error: : 1008 [#1] SMP ARM"
        with self.assertRaisesRegex(Failure, "kernel is broken: .*1008"):
            self.waited(guest(oops), Line("system off", "monitor"))
        self.waited(guest("Internal error: none"), Line(oops, "monitor"), Line("system off", "monitor"))


class Partitions(unittest.TestCase):
    def test_a_monitor_of_another_partition_is_refused(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for name, make in (("manifest.h", ccode.header), ("manifest.c", ccode.tables)):
                path = Path(folder) / "ports" / "soc" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(make(bootpkg.board()))
                same_partition("usb_armory", Path(folder))
                path.write_text("/* another */" + path.read_text())
                with self.assertRaisesRegex(Failure, f"{name} is not .*: build the monitor"):
                    same_partition("usb_armory", Path(folder))
                path.write_text(make(bootpkg.board()))


class Counting(unittest.TestCase):
    def count(self, result: str, stdout: str = "") -> tuple[int, int]:
        return check.count_test({"name": "t", "result": result, "stdout": stdout})

    def test_each_point_of_a_program_counts(self) -> None:
        self.assertEqual(self.count("OK", "1..2\nok 1 - a\nok 2 - b\n"), (2, 0))
        self.assertEqual(self.count("FAIL", "ok 1 - a\nnot ok 2 - b\n"), (1, 1))
        self.assertEqual(self.count("OK"), (1, 0))

    def test_a_program_that_breaks_off_has_failed(self) -> None:
        self.assertEqual(self.count("ERROR", "ok 1 - a\n"), (1, 1))
        self.assertEqual(self.count("TIMEOUT"), (0, 1))

    def test_a_skipped_test_has_not_passed(self) -> None:
        self.assertEqual(self.count("SKIP"), (0, 1))

    def test_coverage_is_of_a_folders_lines_and_none_of_what_is_not_there(self) -> None:
        files = [{"filename": name, "line_total": total, "line_covered": covered}
                 for name, total, covered in (("lib/a.c", 30, 30), ("lib/b/c.c", 10, 0), ("libx/d.c", 9, 9))]
        self.assertEqual(check.covered("lib", files), 75.0)
        self.assertEqual(check.covered("ports/imx", files), 0.0)


class Files(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name, "file")

    def test_a_package_has_header_entries_and_aligned_payloads(self) -> None:
        data = bootpkg.pack([Payload(bootpkg.KERNEL, b"k" * 5000), Payload(bootpkg.DTB, b"d")])
        self.assertEqual(struct.unpack_from("<5I", data), (0x50565A54, 2, len(data), 2, 0))
        self.assertEqual(struct.unpack_from("<4I", data, 32), (1, 4096, 5000, 0x7A000000))
        self.assertEqual(struct.unpack_from("<4I", data, 48), (2, 12288, 1, 0x80000000))
        self.assertEqual(data[12288:12289], b"d")

    def test_the_paravirtual_guests_device_tree_gets_what_is_known_late(self) -> None:
        source = self.path.with_suffix(".dts")
        source.write_text('/dts-v1/; / { chosen { bootargs = "a=1"; }; };')
        subprocess.run(["dtc", "-q", "-o", self.path, source], check=True)
        initrd = Payload(bootpkg.INITRD, bytes(5))
        tree = bootpkg.guest_dtb(self.path, initrd, "b=2", bootpkg.PARAVIRT)
        fdt = libfdt.Fdt(tree.data)
        chosen = fdt.path_offset("/chosen")
        self.assertEqual(fdt.getprop(chosen, "bootargs").as_str(), "a=1 b=2")
        ends = [fdt.getprop(chosen, f"linux,initrd-{x}").as_uint32() for x in ("start", "end")]
        self.assertEqual(ends, [0x80200000, 0x80200005])

    def test_a_profile_is_in_the_package(self) -> None:
        data = bootpkg.pack([Payload(bootpkg.KERNEL, b"k")], bootpkg.PARAVIRT)
        self.assertEqual(struct.unpack_from("<I", data, 16), (1,))

    def test_a_kernel_that_would_run_into_the_device_tree_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "does not fit"):
            bootpkg.pack([Payload(bootpkg.KERNEL, bytes(0x6000001)), Payload(bootpkg.DTB, b"d")])

    def test_no_device_tree_and_no_machines_number_are_refused(self) -> None:
        self.path.write_bytes(b"no device tree" * 99)
        for profile in (bootpkg.STOCK, bootpkg.PARAVIRT):
            with self.assertRaisesRegex(Failure, "cannot be used: .*BADMAGIC"):
                bootpkg.guest_dtb(self.path, None, profile=profile)
        for number in (-1, 1 << 32):
            with self.assertRaisesRegex(Failure, f"--atags {number}"):
                bootpkg.atags(number, "")

    def test_what_demo_makes_is_told_so(self) -> None:
        missing = BUILD / "guest" / "none"
        with self.assertRaisesRegex(Failure, "none: No such file or directory; most .* ./demo$"):
            require_file(missing, "kernel")
        with self.assertRaisesRegex(Failure, "directory$"):
            require_file(self.path, "kernel")

    def test_a_truncated_kernel_is_refused(self) -> None:
        self.path.write_bytes(bytes(0x24) + struct.pack("<3I", 0x016F2818, 0, 999) + bytes(64))
        with self.assertRaisesRegex(Failure, "its header says 999"):
            bootpkg.read_kernel(self.path)

    def test_a_card_without_a_table_is_refused(self) -> None:
        self.path.write_bytes(bytes(512))
        with self.assertRaises(Failure) as caught:
            card.partitions(self.path)
        self.assertEqual(caught.exception.status, STATUS_CARD)

    def test_a_led_that_stays_as_it_is_is_noticed(self) -> None:
        good = "0 leave\n" + "".join(
            f"{i} enter smc\n{i} led 0\n{i} led 1\n{i} leave\n" for i in range(2000))
        for text, bad in ((good, 0), (good + "9 enter fiq\n9 enter fiq\n", 1)):
            self.path.write_text(text)
            tap = Quiet()
            traces.check_led(tap, self.path)
            self.assertEqual(len(tap.bad), bad, tap.bad)


class Alone(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.output = Path(folder.name, "folder", "output")

    def test_what_another_run_makes_is_waited_for_but_not_for_ever(self) -> None:
        with base.alone(self.output), unittest.mock.patch.object(base, "OTHER_LIMIT", 0.3):
            with self.assertRaisesRegex(Failure, "output"), base.alone(self.output):
                self.fail("two at a time")

    def test_what_another_run_has_made_can_be_made_again(self) -> None:
        order = []

        def other() -> None:
            with base.alone(self.output):
                order.append("other")

        with base.alone(self.output):
            thread = threading.Thread(target=other)
            thread.start()
            thread.join(0.3)  # does not end
            order.append("first")
        thread.join(10)
        self.assertEqual(order, ["first", "other"])


class BootLoader(unittest.TestCase):
    """U-Boot's device tree, which is told of the slot."""

    def image(self, tree: str, room: int) -> bytes:
        done = subprocess.run(["dtc", "-q", "-O", "dtb"], input=f"/dts-v1/; / {{ {tree} }};".encode(),
                              capture_output=True, check=True)
        return b"\xd0\x0d\xfe\xed code" + done.stdout + bytes(room)

    SLOT = "soc { bus@50000000 { spba-bus@50000000 { mmc@50004000 { reg = <1>; }; }; }; };"

    def test_grows_within_the_image(self) -> None:
        before = self.image(self.SLOT, 64)
        after = uboot.for_a_slot_without_switch(before)
        self.assertEqual(len(after), len(before))
        fdt = libfdt.Fdt(after[9:])
        slot = fdt.path_offset("/soc/bus@50000000/spba-bus@50000000/mmc@50004000")
        self.assertEqual(bytes(fdt.getprop(slot, "broken-cd")), b"")
        self.assertEqual(fdt.getprop(slot, "reg").as_uint32(), 1)

    def test_that_has_no_room_or_no_slot_is_refused(self) -> None:
        for image in (self.image(self.SLOT, 0), self.image("", 64), b"code"):
            with self.assertRaises(Failure):
                uboot.for_a_slot_without_switch(image)


class PublicKeys(unittest.TestCase):
    """Who may log in by the plug."""

    KEYS = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me@pc\nsk-ssh-ed25519@openssh.com AAAAGnNr\n"

    def setUp(self) -> None:
        work = tempfile.TemporaryDirectory()
        self.addCleanup(work.cleanup)
        self.work = Path(work.name)
        self.key = self.work / "id.pub"
        self.key.write_text("# mine\n\n" + self.KEYS)

    def image(self, name: str, *folders: str) -> Path:
        tree, image = self.work / "tree", self.work / name
        for folder in ("etc", *folders):
            (tree / folder).mkdir(parents=True, exist_ok=True)
        subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext4", "-d", tree, image, "4M"], check=True)
        return image

    def debugfs(self, image: Path, command: str) -> str:
        return subprocess.run(["/sbin/debugfs", "-R", command, image], check=True, text=True,
                              capture_output=True).stdout

    def test_are_the_root_users_alone_in_a_copy(self) -> None:
        root = self.image("root.ext4", "root")
        before = root.read_bytes()
        for output in (self.work / "once.ext4", self.work / "again.ext4"):
            sshkey.put(root, self.key, output, card.EPOCH)
        sshkey.put(output, self.key, self.work / "third.ext4", card.EPOCH)
        self.assertEqual(self.debugfs(output, "cat root/.ssh/authorized_keys"), self.KEYS)
        for name, mode in (("root/.ssh", "0700"), ("root/.ssh/authorized_keys", "0600")):
            self.assertRegex(self.debugfs(output, f"stat {name}"), rf"Mode:  {mode} [^$]*User:\s+0 ")
        subprocess.run(["/sbin/e2fsck", "-fn", output], check=True, capture_output=True)
        self.assertEqual(root.read_bytes(), before)
        self.assertEqual((self.work / "once.ext4").read_bytes(), output.read_bytes())

    def test_are_put_to_where_the_user_says(self) -> None:
        root = self.image("root.ext4", "root")
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.work)
        Path("cards").mkdir()
        output = Path("cards", "out.ext4")
        sshkey.put(root, self.key, output, card.EPOCH)
        self.assertEqual(self.debugfs(output, "cat root/.ssh/authorized_keys"), self.KEYS)

    def test_in_a_file_system_without_that_user_are_refused(self) -> None:
        with self.assertRaises(Failure):
            sshkey.put(self.image("root.ext4"), self.key, self.work / "out.ext4", card.EPOCH)

    def test_are_nothing_else(self) -> None:
        for text in ("", "# none\n", "-----BEGIN OPENSSH PRIVATE KEY-----\n", self.KEYS + "x\n",
                     'command="x" ssh-ed25519 AAAA\n'):
            self.key.write_text(text)
            with self.assertRaises(Failure, msg=text):
                sshkey.public_keys(self.key)


class Kernel(unittest.TestCase):
    def test_a_setting_that_did_not_hold_is_named(self) -> None:
        config = 'CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C="x"\nCONFIG_D=m\n'
        self.assertEqual(kernel.lost_settings(config, config + "CONFIG_E=y\n"), [])
        lost = kernel.lost_settings("CONFIG_NEW=y\n# CONFIG_X=y\n", config)
        self.assertEqual(lost, ["CONFIG_NEW=y"])
        wanted = 'CONFIG_A=m\nCONFIG_B=n\nCONFIG_C="y"\n# CONFIG_D is not set\n'
        lost = ["CONFIG_D=n", "CONFIG_A=m", 'CONFIG_C="y"']
        self.assertEqual(kernel.lost_settings(wanted, config), lost)

    def test_the_patches_change_ten_lines_at_most(self) -> None:
        diffs = [path.read_text().partition("diff --git")[2] for path in kernel._patches()]
        changed = re.findall(r"^[+-](?!\+\+ |-- )", "".join(diffs), re.MULTILINE)
        self.assertTrue(0 < len(changed) <= 10, changed)

    def test_an_initramfs_is_the_same_for_the_same_files(self) -> None:
        data = cpio.archive({"init": b"#!"})
        self.assertEqual(data, cpio.archive({"init": b"#!"}))
        names = re.findall(rb"070701(?:[0-9A-F]{8}){13}([^\0]+)\0", data)
        self.assertEqual(names[-3:], [b"dev/console", b"init", b"TRAILER!!!"])
        self.assertEqual(len(data) % 4, 0)

    def test_an_initramfs_has_each_folder_before_what_is_in_it(self) -> None:
        names = re.findall(rb"070701(?:[0-9A-F]{8}){13}([^\0]+)\0", cpio.archive({"lib/a/b.ko": b""}))
        places = [names.index(name) for name in (b"lib", b"lib/a", b"lib/a/b.ko")]
        self.assertEqual(places, sorted(places))


class Subproject(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = Path(folder.name)
        self.tree = self.top / "tree"
        for name in [*mbedtls.FILES, "library/unwanted.c"]:
            self.write(self.tree / name, name)
        self.write(self.tree / "debian" / "changelog", "mbedtls (1:2.3-4) unstable; urgency=low")
        self.ours = self.top / "subprojects" / "packagefiles" / "mbedtls" / "meson.build"
        self.write(self.ours, "ours")
        patched = unittest.mock.patch.object(apt, "source", return_value=self.tree)
        self.source = patched.start()
        self.addCleanup(patched.stop)

    def write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def test_it_holds_what_is_needed_of_the_source_and_our_files(self) -> None:
        made = mbedtls.provide(self.top / "subprojects")
        files = {str(path.relative_to(made)) for path in made.rglob("*") if path.is_file()}
        self.assertEqual(files, {*mbedtls.FILES, "meson.build", "VERSION", "inputs.txt"})
        self.assertEqual((made / "library" / "aes.c").read_text(), "library/aes.c")
        self.assertEqual((made / "VERSION").read_text(), "1:2.3-4\n")

    def test_it_is_made_once_and_again_when_our_files_change(self) -> None:
        for text, calls in (("ours", 1), ("ours", 1), ("new", 2), ("new", 2)):
            self.write(self.ours, text)
            made = mbedtls.provide(self.top / "subprojects")
            self.assertEqual(self.source.call_count, calls)
            self.assertEqual((made / "meson.build").read_text(), text)

    def test_a_source_that_lacks_a_file_is_named_and_not_taken_for_whole(self) -> None:
        (self.tree / "library" / "aes.c").unlink()
        for _ in range(2):
            with self.assertRaisesRegex(Failure, "library/aes.c"):
                mbedtls.provide(self.top / "subprojects")
            made = self.top / "subprojects" / "mbedtls"
            self.assertFalse((made / "VERSION").exists())


class Measure(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name, "guest.digests")
        self.parts = tuple(bytes([n]) * measure.DIGEST_LEN for n in range(len(measure.PARTS)))

    def test_digests_of_several_guests_are_read_as_they_were_printed(self) -> None:
        other = self.parts[::-1]
        self.path.write_text("# two\n" + measure.text(self.parts) + "\n" + measure.text(other))
        self.assertEqual(measure.read(self.path), [self.parts, other])

    def test_a_list_of_digests_that_was_damaged_is_refused(self) -> None:
        good = measure.text(self.parts)
        cut, swapped = good.splitlines()[:-1], good.splitlines()[1::-1] + good.splitlines()[2:]
        for text in ("", "\n".join(cut), "\n".join(swapped), good.replace("01", "02", 1), good[:-2]):
            self.path.write_text(text)
            with self.assertRaises(Failure):
                measure.read(self.path)

    def test_a_rule_has_what_it_needs_and_nothing_else(self) -> None:
        key = bytes(64)
        for rule, allowed, given in (("log", [self.parts], None), ("log", [], key), ("digests", [], None),
                                     ("digests", [self.parts], key), ("signature", [], None)):
            with self.assertRaises(Failure):
                measure.header(rule, allowed, given)
        self.assertIn("MEASURE_NR_ALLOWED 1u", measure.header("digests", [self.parts], None))


class Log(unittest.TestCase):
    kernel = ["[    0.000000] Booting Linux on physical CPU 0x0"]
    kernel += [f"[    1.0] {i}" for i in range(120)]

    def bad(self, lines: list[Line]) -> list[str]:
        tap = Quiet()
        traces.check_log(tap, lines, self.kernel)
        return tap.bad

    def test_a_whole_log_passes(self) -> None:
        self.assertEqual(self.bad([guest(text) for text in self.kernel]), [])

    def test_what_is_missing_or_bare_or_late_is_noticed(self) -> None:
        lines = [guest(text) for text in self.kernel]
        self.assertEqual(len(self.bad(lines[:50] + lines[51:])), 1)
        self.assertEqual(len(self.bad([*lines, Line("bare")])), 1)
        self.assertEqual(len(self.bad(lines[1:])), 2)


class Symbolize(unittest.TestCase):
    MAP = "c0100000 T _stext\nc0100100 t first\nc0100200 T second\nc0500000 D data\n"

    def named(self, line: str) -> str:
        with tempfile.NamedTemporaryFile("w", suffix=".map") as file:
            file.write(self.MAP)
            file.flush()
            command = [TOP / "tools" / "symbolize", file.name]
            done = subprocess.run(command, input=line, capture_output=True, text=True, check=True)
        return done.stdout

    def test_addresses_of_a_report_get_the_symbol_before_them(self) -> None:
        line = "report: at c01001ff, from c0100200\n"
        self.assertEqual(self.named(line), "report: at c01001ff <first+0xff>, "
                                           "from c0100200 <second+0x0>\n")
        self.assertIn("pc c0100104 <first+0x4> cpsr", self.named("report: pc c0100104 cpsr 0\n"))

    def test_what_the_map_does_not_have_stays_as_it_is(self) -> None:
        for line in ("report: at c00fffff\n", "report: at bf000000\n", "at c0100100\n",
                     "report: at c0500004\n", "report: r0 c0100100\n"):
            self.assertEqual(self.named(line), line)


class Guard(unittest.TestCase):
    """What stops a tool is said in a sentence, with what to do."""

    def stopped(self, statement: str, free: int = 1 << 40) -> tuple[int, str]:
        """Status and last words of a tool that does this, with so much room on its disks."""
        code = ("import errno, os, shutil, signal\nfrom tzvmm_tools import base\n"
                f"shutil.disk_usage = lambda path: type('', (), {{'free': {free}}})\n"
                "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
                f"def main():\n    {statement}\n    return 0\n"
                "base.main_guard(main, 'tool')")
        done = subprocess.run([sys.executable, "-c", code], cwd=TOP / "tools", text=True, check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.assertNotIn("Traceback", done.stderr)
        return done.returncode, done.stderr

    def test_a_full_disk_is_named(self) -> None:
        full = "raise OSError(errno.ENOSPC, 'No space', 'file')"
        self.assertEqual(self.stopped(full)[1], "tool: file: No space\n")
        status, said = self.stopped(full, free=0)
        self.assertEqual(status, STATUS_SETUP)
        self.assertRegex(said, "^tool: file: No space; the disk of /.* is full; .* GiB\n$")
        self.assertRegex(self.stopped("base.run(['false'], timeout=9)", free=0)[1], "status 1; the disk")

    def test_what_has_to_be_writable_is_named(self) -> None:
        status, said = self.stopped("raise OSError(errno.EROFS, 'Read-only', base.BUILD / 'file')")
        self.assertEqual(status, STATUS_SETUP)
        self.assertRegex(said, "^tool: /.*file: Read-only; .* have to be writable; TZVMM_CACHE")
        self.assertRegex(self.stopped("raise OSError(errno.EACCES, 'No', '/proc')")[1], "No$")

    def test_an_interruption_can_be_followed_by_another_run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            status, said = self.stopped(f"os.kill(os.getpid(), {int(number)})")
            self.assertEqual((status, "run it again" in said), (STATUS_INTERRUPTED, True), said)

    def test_a_reader_that_has_read_enough_is_no_news(self) -> None:
        self.assertEqual(self.stopped("raise BrokenPipeError"), (STATUS_SETUP, ""))


class BuildFolders(unittest.TestCase):
    """Meson's own, as an interruption may have left them."""

    FILES = ("build.ninja", "meson-private/coredata.dat", "options.txt")

    def commands(self, *there: str) -> list[str]:
        """What is run for a folder that has these files."""
        with tempfile.TemporaryDirectory() as top, \
                unittest.mock.patch.object(build, "BUILD", Path(top)), \
                unittest.mock.patch.object(build.mbedtls, "provide"), \
                unittest.mock.patch.object(build, "run") as run:
            for name in there:
                path = Path(top, "folder", name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("-Dx=1" if name == "options.txt" else "")
            Path(top, "folder").mkdir(exist_ok=True)
            build.meson("folder", "-Dx=1")
        return [" ".join(map(str, call.args[0][:3])).partition(" /")[0] for call in run.mock_calls]

    def test_that_are_whole_are_built(self) -> None:
        self.assertEqual(self.commands(*self.FILES), ["ninja -C"])

    def test_that_meson_does_not_know_are_set_up_without_wiping_them(self) -> None:
        for there in ((), ("build.ninja",), ("build.ninja", "options.txt")):
            self.assertEqual(self.commands(*there), ["meson setup", "ninja -C"])

    def test_that_meson_knows_are_wiped(self) -> None:
        for there in (self.FILES[:2], self.FILES[1:]):
            self.assertEqual(self.commands(*there), ["meson setup --wipe", "ninja -C"])


class CommandLine(unittest.TestCase):
    def refused(self, *argv: str) -> str:
        with self.assertRaises(Failure) as caught:
            demo.parse(list(argv))
        self.assertEqual(caught.exception.status, STATUS_SETUP)
        return str(caught.exception)

    def test_what_there_is_not_is_refused(self) -> None:
        self.assertIn("paravirt", self.refused("--exec", "true", "--guest", "other"))
        self.assertIn("imx53_qsb", self.refused("--exec", "true", "--board", "other"))
        for board in ("imx6ul_evk", "vexpress_a15"):
            self.assertIn("no boot ROM", self.refused("--exec", "true", "--board", board, "--boot", "rom"))
        self.assertIn("first slot", self.refused("--exec", "true", "--board", "imx53_qsb", "--mmc",
                                                 "--boot", "rom"))
        self.assertIn("--exec", self.refused("--headless"))
        self.assertIn("--help", self.refused("--bogus"))

    def test_what_would_fail_behind_a_long_set_up_fails_before_it(self) -> None:
        for limit in ("0", "nan", "inf", "soon"):
            self.assertIn("--timeout", self.refused("--exec", "true", "--timeout", limit))
        self.assertIn("No such file", self.refused("--exec", "true", "--package", "/nowhere"))
        with tempfile.NamedTemporaryFile() as odd:
            odd.truncate(5 << 20)
            for name, said in (("/nowhere", "No such file"), (odd.name, f"truncate -s 8M {odd.name}")):
                with self.assertRaisesRegex(Failure, said) as caught:
                    demo.parse(["--exec", "true", "--sd", name])
                self.assertEqual(caught.exception.status, STATUS_CARD)

    def test_the_two_commands_start_where_no_package_is_installed(self) -> None:
        code = "import sys; sys.modules |= dict.fromkeys(['libfdt', 'yaml', 'cryptography'])\n"
        code += "import tzvmm_tools.demo, tzvmm_tools.check"
        done = subprocess.run([sys.executable, "-c", code], cwd=TOP / "tools", capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_escape_key_leaves_and_can_be_typed(self) -> None:
        keys = Keys()
        self.assertEqual(keys.filter(b"a\x01\x01b"), b"a\x01b")
        self.assertFalse(keys.leave)
        self.assertEqual(keys.filter(b"\x01x"), b"")
        self.assertTrue(keys.leave)


if __name__ == "__main__":
    unittest.main()
