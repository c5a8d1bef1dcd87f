# SPDX-License-Identifier: BSD-2-Clause
"""A private apt: the machine's own Debian sources, for armhf and with deb-src, and
state of its own, so that the user's configuration stays as it is. Another one, for
the kernel of a PC. Everything is verified by apt against Debian's signatures."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

from .base import CACHE, Failure, alone, retry, run, say, write_atomic

ARCH = "armhf"
PC = "amd64"
APT = CACHE / "apt"
ARCHIVES = APT / "cache" / "archives"
DEBS = CACHE / "debs"
SOURCES = CACHE / "src"
LISTS_MAX_AGE = 24 * 3600

_TARGET = "$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(SOURCESENTRY)"
_NETWORK = r"Acquire::(https?|Check-Valid-Until|Check-Date)\b"
_HINT = "look at the network and at /etc/apt, then run tools/setup again"


def _folder(arch: str) -> Path:
    """Where the private apt of an architecture is. In one of two, what the guest needs
    could be taken from the PC's packages."""
    return APT if arch == ARCH else APT.with_name(f"apt-{arch}")


def environment(arch: str = ARCH) -> dict[str, str]:
    """What makes apt use the private configuration."""
    return {"APT_CONFIG": str(_folder(arch) / "apt.conf"), "LC_ALL": "C.UTF-8"}


def apt_get(
    *args: str | Path, timeout: float = 600, cwd: Path | None = None, arch: str = ARCH
) -> str:
    """Run the private apt-get."""
    env = environment(arch)
    return run(["apt-get", "-q", *args], timeout=timeout, env=env, cwd=cwd, hint=_HINT)


def _signed_by(entry: str) -> str:
    """The keyring that a sources entry (file:number) names, as an option."""
    path = Path(entry.rpartition(":")[0])
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return ""
    found = re.search(r"signed-by\s*[:=]\s*(/[^\s\]]+)", text, re.IGNORECASE)
    return f" signed-by={found.group(1)}" if found else ""


def sources_lines(arch: str = ARCH) -> list[str]:
    """One-line sources of the machine's own Debian suites; with armhf also of sources."""
    listing = run(
        ["apt-get", "indextargets", "--format", _TARGET, "Created-By: Packages"],
        timeout=60,
        hint="apt has no package sources; add Debian's to /etc/apt and run tools/setup again",
    )
    lines: list[str] = []
    for target in dict.fromkeys(listing.split()):
        uri, release, component, entry = target.split("|")
        if not _is_debian(uri, release):
            continue
        rest = f"{uri} {release} {component}"
        key = _signed_by(entry)
        lines.append(f"deb [arch={arch}{key}] {rest}")
        if arch == ARCH:
            lines.append(f"deb-src [{key.strip()}] {rest}" if key else f"deb-src {rest}")
    if not lines:
        raise Failure("apt knows no source of Debian 12 (bookworm); add one to /etc/apt")
    return list(dict.fromkeys(lines))


def _is_debian(uri: str, release: str) -> bool:
    """Suites of Debian itself. The lists may not have been fetched yet, so the
    Origin field cannot be relied on; third parties name suites of their own or
    use an address without debian's usual last part."""
    suites = ("bookworm", "bookworm-updates", "bookworm-security")
    return release in suites and re.search(r"debian(-security)?/*$", uri) is not None


def configure(arch: str = ARCH) -> None:
    """Write the private configuration; what reaches the network (proxies and
    the like) is taken over from the machine's."""
    root = _folder(arch)
    for folder in ("lists/partial", "cache/archives/partial", "etc"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    machine = run(["apt-config", "dump"], timeout=60)
    taken = [line for line in machine.splitlines() if re.match(_NETWORK, line)]
    own = {
        "Dir::State": f"{root}/",
        "Dir::State::lists": f"{root}/lists/",
        "Dir::State::status": f"{root}/status",
        "Dir::Cache": f"{root}/cache/",
        "Dir::Cache::archives": f"{root}/cache/archives/",
        "Dir::Etc::sourcelist": f"{root}/sources.list",
        "Dir::Etc::sourceparts": f"{root}/etc/",
        "Dir::Etc::parts": f"{root}/etc/",
        "Dir::Etc::main": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": f"{root}/etc/",
        "APT::Sandbox::User": "root",
        "APT::Get::Assume-Yes": "true",
        "APT::Install-Recommends": "false",
        "Acquire::Retries": "3",
        "Acquire::http::Timeout": "30",
        "Acquire::https::Timeout": "30",
        "Acquire::Languages": "none",
    }
    text = "".join(f'{key} "{value}";\n' for key, value in own.items())
    text += f'APT::Architectures {{ "{_host_arch()}"; "{arch}"; }};\n'
    (root / "status").touch()
    write_atomic(root / "apt.conf", ("\n".join(taken) + "\n" + text).encode())
    write_atomic(root / "sources.list", ("\n".join(sources_lines(arch)) + "\n").encode())


def _host_arch() -> str:
    return run(["dpkg", "--print-architecture"], timeout=20).strip()


def update(*, force: bool = False, arch: str = ARCH) -> None:
    """Fetch the package lists, once a day."""
    with alone(_folder(arch)):
        _update(arch, force=force)


def _update(arch: str, *, force: bool) -> None:
    stamp = _folder(arch) / "updated"
    if stamp.exists() and not force and time.time() - stamp.stat().st_mtime < LISTS_MAX_AGE:
        return
    configure(arch)
    say(f"fetching Debian's package lists ({arch})")
    try:
        _fetch_lists(arch)
    except Failure as failure:
        _drop_broken_sources(failure, arch)
        _fetch_lists(arch)
    stamp.touch()


def _fetch_lists(arch: str) -> None:
    retry("package lists", lambda: apt_get("update", timeout=300, arch=arch), times=2)


def _drop_broken_sources(failure: Failure, arch: str) -> None:
    """A mirror's security index can be out of step for a day. The main suite
    is enough, so go on without those whose lists did not arrive."""
    listing = apt_get("indextargets", "--format", "$(TARGET_OF)|$(RELEASE)|$(FILENAME)", arch=arch)
    targets = [target.split("|") for target in listing.split()]
    arrived = {(kind, release) for kind, release, file in targets if Path(file).exists()}
    sources = _folder(arch) / "sources.list"
    lines = sources.read_text().splitlines()
    kept = [line for line in lines if _suite(line) in arrived]
    needed = {(kind, "bookworm") for kind, _ in map(_suite, lines)}
    if not needed <= arrived or len(kept) == len(lines):
        raise failure
    for kind, release in sorted({_suite(line) for line in lines} - arrived):
        say(f"the mirror's list of {release} ({kind}) is not whole; going on without it")
    write_atomic(sources, ("\n".join(kept) + "\n").encode())


def _suite(line: str) -> tuple[str, str]:
    """Kind and suite of a line: kind [options] address suite component."""
    words = re.sub(r"\[.*?\]", "", line).split()
    return words[0], words[2]


def depends(package: str, arch: str = ARCH) -> list[str]:
    """What the newest version of a package depends on directly."""
    shown = run(
        ["apt-cache", "show", "--no-all-versions", f"{package}:{arch}"],
        timeout=60,
        env=environment(arch),
        hint=_HINT,
    )
    line = re.search(r"^Depends: (.*)$", shown, re.MULTILINE)
    if not line:
        return []
    return [re.split(r"[ (:|]", item.strip())[0] for item in line.group(1).split(",")]


def _download(packages: list[str], folder: Path, arch: str = ARCH) -> list[Path]:
    """Packages, the newest ones or NAME=VERSION, alone in an empty folder."""
    update(arch=arch)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    names = ", ".join(packages)
    say(f"downloading {names}")
    retry(names, lambda: apt_get("download", *packages, cwd=folder, arch=arch))
    return sorted(folder.glob("*.deb"))


def unpacked(package: str, arch: str = ARCH) -> Path:
    """A folder with the newest version of a package unpacked; what was unpacked
    before is used as it is."""
    return unpacked_all(package, [f"{package}:{arch}"], arch)


def unpacked_all(name: str, packages: list[str], arch: str = ARCH) -> Path:
    """As unpacked(), for packages that belong together."""
    folder = DEBS / name
    with alone(folder):
        if not (folder / ".complete").exists():
            for deb in _download(packages, folder, arch):
                run(["dpkg-deb", "-x", deb, folder], timeout=120)
                deb.unlink()
            (folder / ".complete").touch()
    return folder


def packed(package: str) -> Path:
    """The newest version of a package for all architectures, as a file; what was
    downloaded before is used as it is."""
    folder = DEBS / package
    with alone(folder):
        if not (folder / ".complete").exists():
            _download([package], folder)
            (folder / ".complete").touch()
    (deb,) = folder.glob("*.deb")
    return deb


def unpacked_kernel(flavour: str = "armmp", arch: str = ARCH) -> Path:
    """The real kernel package: its versions come and go, the metapackage of
    Debian names the one that is there now."""
    known = sorted(DEBS.glob(f"linux-image-[0-9]*-{flavour}/.complete"))
    if known:
        return known[-1].parent
    update(arch=arch)
    for name in depends(f"linux-image-{flavour}", arch):
        if re.fullmatch(rf"linux-image-[0-9].*-{flavour}", name):
            return unpacked(name, arch)
    raise Failure(f"linux-image-{flavour} names no kernel package; run tools/setup --update")


def pc_kernel() -> Path:
    """Debian's kernel for virtual PCs."""
    return unpacked_kernel(f"cloud-{PC}", PC)


def gpiod() -> Path:
    """Programs for a guest's pins, and their library."""
    return unpacked_all("gpiod", [f"{name}:{ARCH}" for name in ("gpiod", "libgpiod2")])


def source(package: str, version: str) -> Path:
    """The unpacked source package: of the given version, or, if the mirror has
    it no more, the newest."""
    done = SOURCES / package / version.rpartition(":")[2]  # an epoch is no part of a path
    with alone(done):
        if not (done / ".complete").exists():
            update()
            _download_source(package, version, done)
    (tree,) = [path.parent.parent for path in done.glob("*/debian/changelog")]
    return tree


def _download_source(package: str, version: str, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    say(f"downloading the source of {package} {version}")
    try:
        _get_source(f"{package}={version}", folder)
    except Failure:
        say(f"{package} {version} is not on the mirror; taking the newest")
        _get_source(package, folder)
    (folder / ".complete").touch()


def _get_source(what: str, folder: Path) -> None:
    retry(what, lambda: apt_get("source", what, timeout=900, cwd=folder))
