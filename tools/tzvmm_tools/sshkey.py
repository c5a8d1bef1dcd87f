# SPDX-License-Identifier: BSD-2-Clause
"""Who may log in to the guest by the board's plug: public keys on a card's image."""

from __future__ import annotations

import os
import re
from pathlib import Path

from .base import Failure, require_file, run

_KEY = re.compile(r"(ssh|ecdsa|sk-ssh|sk-ecdsa)-\S+ [A-Za-z0-9+/]+={0,2}( .*)?")
_FOLDER = "root/.ssh"  # of the file system, where debugfs starts
_FILE = f"{_FOLDER}/authorized_keys"
_OWNED = {_FOLDER: "040700", _FILE: "0100600"}  # sshd wants it so


def public_keys(path: Path) -> bytes:
    """A file's keys, one a line; a file with anything else is refused, the secret half
    of a key first of all."""
    text = require_file(path, "public key").read_text(errors="replace")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    if not lines or not all(map(_KEY.fullmatch, lines)):
        raise Failure(f"{path} is no file of public SSH keys")
    return "".join(f"{line}\n" for line in lines).encode()


def put(root: Path, key: Path, image: Path, epoch: str) -> None:
    """A copy of an ext4 image whose root user has these keys and no others."""
    keys = public_keys(key)
    image = image.absolute()  # the programs run in its folder
    run(["cp", "--sparse=always", root, image], timeout=300)
    listed = image.with_name("authorized_keys")
    listed.write_bytes(keys)
    commands = [f"mkdir {_FOLDER}", f"rm {_FILE}", f"write {listed.name} {_FILE}"]
    for name, mode in _OWNED.items():
        commands += [f"sif {name} mode {mode}", f"sif {name} uid 0", f"sif {name} gid 0"]
    script = image.with_name("keys.debugfs")
    script.write_text("".join(f"{command}\n" for command in commands))
    env = {"E2FSPROGS_FAKE_TIME": epoch, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
    run(["debugfs", "-w", "-f", script.name, image], timeout=60, env=env, cwd=image.parent)
    # It says that all went well, whatever happened.
    run(["debugfs", "-R", f"dump {_FILE} keys.read", image], timeout=60, env=env, cwd=image.parent)
    read = image.with_name("keys.read")
    if not read.exists() or read.read_bytes() != keys:
        raise Failure(f"{root}: the keys cannot be put into this file system")
    for path in (listed, script, read):
        path.unlink()
