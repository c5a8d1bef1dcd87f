# SPDX-License-Identifier: BSD-2-Clause
"""What a boot package hashes to, its signature, and the policy of the monitor; in
the format of include/tzvmm/abi/bootpkg.h. docs/measured-start.md tells more."""

from __future__ import annotations

import hashlib
import re
import struct
from pathlib import Path

import libfdt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from . import bootpkg
from .base import Failure, require_file

PARTS = ("kernel", "device tree", "boot arguments", "initrd", "disks", "layout")
RULES = ("log", "digests", "signature")
DOMAIN = b"tzvmm measured start v1\0"
DIGEST_LEN, NUMBER_LEN = 32, 32

_SIGNATURE = struct.Struct(f"<4I{len(PARTS) * DIGEST_LEN}s{2 * NUMBER_LEN}s")
_VERSION, _ECDSA_P256 = 1, 1
_KEY_AT = 192  # in an entry of the list of disks
_MACHINE_LEN = 4  # the first word of what a tag list is made of

Digests = tuple[bytes, ...]  # in the order of PARTS


def digests(payloads: list[bootpkg.Payload], profile: int) -> Digests:
    """Of what a package has; a part that is not there has the digest of nothing."""
    there = {payload.kind: payload for payload in payloads}

    def data(kind: int) -> bytes:
        return there[kind].data if kind in there else b""

    def load(kind: int) -> int:
        return there[kind].load if kind in there else 0

    disks = data(bootpkg.DISKS)
    size = _KEY_AT + bootpkg.KEY_LEN
    keyless = b"".join(
        disks[at:at + _KEY_AT] + bytes(bootpkg.KEY_LEN) for at in range(0, len(disks), size)
    )
    tags = data(bootpkg.ATAGS)
    tree = bootpkg.ATAGS if tags else bootpkg.DTB
    layout = struct.pack("<5I", profile, load(bootpkg.KERNEL), load(tree),
                         load(bootpkg.INITRD), len(disks) // size)
    layout += tags[:_MACHINE_LEN]
    bootargs = tags[-bootpkg.CMDLINE_LEN:] if tags else _bootargs(data(bootpkg.DTB))
    parts = (data(bootpkg.KERNEL), data(tree), bootargs, data(bootpkg.INITRD), keyless, layout)
    return tuple(hashlib.sha256(part).digest() for part in parts)


def _bootargs(dtb: bytes) -> bytes:
    fdt = libfdt.Fdt(dtb)
    chosen = fdt.path_offset("/chosen", [libfdt.NOTFOUND])
    found = fdt.getprop(chosen, "bootargs", [libfdt.NOTFOUND]) if chosen >= 0 else None
    return bytes(found) if isinstance(found, libfdt.Property) else b""


def message(parts: Digests) -> bytes:
    """What is signed, with SHA-256 and so by the digest of all."""
    return DOMAIN + b"".join(parts)


def sign(parts: Digests, key: Path) -> bootpkg.Payload:
    """The package's entry that says who vouches for the others."""
    signed = message(parts)
    r, s = utils.decode_dss_signature(_private_key(key).sign(signed, ec.ECDSA(hashes.SHA256())))
    numbers = b"".join(number.to_bytes(NUMBER_LEN, "big") for number in (r, s))
    head = (_VERSION, _ECDSA_P256, len(parts), 0)
    return bootpkg.Payload(bootpkg.SIGNATURE, _SIGNATURE.pack(*head, b"".join(parts), numbers))


def _private_key(path: Path) -> ec.EllipticCurvePrivateKey:
    data = require_file(path, "key").read_bytes()
    try:
        key = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Failure(f"{path} is no private key in PEM without a password") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Failure(f"{path} is not a key for ECDSA with P-256")
    return key


def public_key(path: Path) -> bytes:
    """x and y of a key."""
    data = require_file(path, "key").read_bytes()
    try:
        key = serialization.load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Failure(f"{path} is no public key in PEM") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Failure(f"{path} is not a key for ECDSA with P-256")
    form = serialization.PublicFormat.UncompressedPoint
    return key.public_bytes(serialization.Encoding.X962, form)[1:]


def text(parts: Digests) -> str:
    """For people, and for a list of guests that may start."""
    both = zip((*PARTS, "all"), (*parts, hashlib.sha256(message(parts)).digest()), strict=True)
    return "".join(f"{name}: {digest.hex()}\n" for name, digest in both)


def read(path: Path) -> list[Digests]:
    """What text() wrote, of one guest or more; lines with # are comments."""
    lines = require_file(path, "list of digests").read_text(errors="replace").splitlines()
    said = [line for line in lines if line.strip() and not line.startswith("#")]
    found = [re.fullmatch(r"([a-z ]+): ([0-9a-f]{64})", line) for line in said]
    names = [match[1] if match else None for match in found]
    step = len(PARTS) + 1
    if not names or names != [*PARTS, "all"] * (len(names) // step):
        raise Failure(f"{path} is not what tools/mkbootpkg --print-digests says")
    values = [bytes.fromhex(match[2]) for match in found if match]
    sets = [tuple(values[at:at + len(PARTS)]) for at in range(0, len(values), step)]
    for parts, both in zip(sets, values[step - 1::step], strict=True):
        if hashlib.sha256(message(parts)).digest() != both:
            raise Failure(f"{path}: the digest of all is not that of the parts before it")
    return sets


def _bytes(data: bytes) -> str:
    return "{ " + ", ".join(f"0x{byte:02x}" for byte in data) + " }"


def header(rule: str, allowed: list[Digests], key: bytes | None) -> str:
    """measure_policy.h for a monitor."""
    if bool(allowed) != (rule == "digests") or (key is not None) != (rule == "signature"):
        raise Failure("the rule digests needs a list of digests, signature a key, and log neither")
    sets = allowed or [(bytes(DIGEST_LEN),) * len(PARTS)]
    rows = ",\n".join("\t{ { " + ", ".join(map(_bytes, each)) + " } }" for each in sets)
    return (
        "/* Made by tools/measure-policy. */\n"
        f"#define MEASURE_RULE TZVMM_MEASURE_{rule.upper()}\n"
        f"#define MEASURE_NR_ALLOWED {len(allowed)}u\n"
        f"static const struct tzvmm_digests measure_allowed[] = {{\n{rows}\n}};\n"
        f"static const uint8_t measure_key[TZVMM_PUBLIC_KEY_LEN] = {_bytes(key or bytes(64))};\n"
    )
