#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The plug, as far as it goes without one: the emulator has no USB device controller. That
the guest does without it; and, with the one that Debian's kernel has for tests, whose host
is in the same kernel, all of what a PC would see: the network card, its address, SSH.
usage: test_usb.py stock|paravirt"""

import subprocess
from pathlib import Path

from harness import GUEST, PARAVIRT, WORK, Tap, main, make_package

from tzvmm_tools import card, guest, qemu
from tzvmm_tools.session import Session

DEVICE_MAC, HOST_MAC = "1a:55:89:a2:69:41", "1a:55:89:a2:69:42"
UNITS = "usb-ethernet.service systemd-networkd.service ssh.socket"

ON_PC = "nsenter -t $(cat /var/tmp/pc) -n"

# The PC: a network namespace with the card that appeared.
PC = f"""
modprobe cdc_ether
for n in $(seq 60); do
	for card in /sys/class/net/*; do
		grep -qs {HOST_MAC} "$card/address" && break 2
	done
	sleep 1
done
card=${{card##*/}}
unshare -n sleep 100000 &
echo $! >/var/tmp/pc
sleep 1
busybox ip link set "$card" netns $!
cat >/var/tmp/lease <<'END'
#!/bin/sh
[ "$1" = bound ] || exit 0
busybox ip addr add "$ip/$mask" dev "$interface"
echo "$ip $mask router=$router dns=$dns"
END
chmod +x /var/tmp/lease
{ON_PC} busybox ip link set "$card" up
{ON_PC} busybox udhcpc -i "$card" -f -q -n -t 20 -s /var/tmp/lease 2>/dev/null
"""
SSH = f"{ON_PC} ssh -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/var/tmp/known"


def make_key(name: str) -> Path:
    path = WORK / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path],
                   check=True)
    return path


def without(tap: Tap, session: Session) -> None:
    """What there is where no controller answers."""
    tap.check("the guest has the plug's device",
              session.run("test -d /sys/bus/platform/devices/53f80000.usb").status == 0)
    result = session.run("ls /sys/class/udc 2>/dev/null | wc -l").output.strip()
    tap.check("its driver finds no controller", result == "0", result)
    states = session.run(f"systemctl is-active {UNITS}").output.split()
    tap.check("so neither network nor SSH have started", states == ["inactive"] * 3, states)
    tap.check("nor is there a host key", session.run("ls /etc/ssh/ssh_host_*").status != 0)
    failed = session.run("systemctl --failed --no-legend --plain").output.strip()
    tap.check("and nothing has failed", failed == "", failed)


def the_plug(tap: Tap, session: Session, key: Path, other: Path) -> None:
    # is-active is content with one of them.
    session.run("modprobe dummy_hcd; for n in $(seq 60); do"
                f" systemctl is-active {UNITS} | grep -q -v '^active' || break; sleep 1; done")
    result = session.run(f"systemctl is-active {UNITS}")
    tap.check("a controller starts network and SSH", result.output.split() == ["active"] * 3, result)
    result = session.run("busybox ip addr show usb0")
    tap.check("the card has the USB armory's address",
              "inet 10.0.0.1/24" in result.output and DEVICE_MAC in result.output, result)
    result = session.run(PC)
    tap.check("the PC gets its own, and no route or name server",
              "10.0.0.2 24 router= dns=" in result.output, result)
    result = session.run(f"{ON_PC} busybox ping -c 3 10.0.0.1")
    tap.check("they reach each other", " 0% packet loss" in result.output, result)
    for path in (key, other):
        text = path.read_text()
        session.run(f"umask 077; cat >/var/tmp/{path.name} <<'END'\n{text}END")
    result = session.run(f"{SSH} -i /var/tmp/{key.name} root@10.0.0.1 'hostname; tty; id -un'")
    tap.check("the card's key opens a shell", "guest" in result.output.split()
              and "root" in result.output.split(), result)
    result = session.run(f"{SSH} -v -i /var/tmp/{other.name} root@10.0.0.1 true 2>&1")
    tap.check("another one does not, and nothing but a key would",
              result.status == 255 and "Permission denied (publickey)" in result.output, result)
    before = session.run("cat /etc/ssh/ssh_host_ed25519_key.pub").output
    session.run("systemctl restart ssh-host-key.service")
    after = session.run("cat /etc/ssh/ssh_host_ed25519_key.pub").output
    tap.check("the host key is made once", before == after and before.startswith("ssh-ed25519"),
              (before, after))
    result = session.run("systemctl --failed --no-legend --plain")
    tap.check("nothing has failed", result.output.strip() == "", result)


def usb(tap: Tap) -> None:
    key, other = make_key("mine"), make_key("other")
    image = card.make(guest.IMAGE, WORK / "usb.img", ssh_key=Path(f"{key}.pub"))
    with (WORK / "usb.log").open("wb") as log:
        with qemu.Emulator(qemu.Board(package=make_package(), card=image).argv(), log) as emulator:
            session = Session(emulator)
            session.wait_for_shell()
            without(tap, session)
            if not PARAVIRT:  # its kernel has no such controller
                the_plug(tap, session, key, other)
            session.power_off()
    tap.check(f"the {GUEST} guest powers off", True)
    image.unlink()


main(usb)
