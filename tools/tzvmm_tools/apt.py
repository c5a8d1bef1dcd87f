# SPDX-License-Identifier: BSD-2-Clause
"""A private apt: the machine's own Debian sources, with deb-src and armhf
added, and state of its own, so that the user's configuration stays as it is.
Everything is verified by apt against Debian's signatures."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

from .base import CACHE, Failure, retry, run, say, write_atomic

ARCH = "armhf"
APT = CACHE / "apt"
ARCHIVES = APT / "cache" / "archives"
DEBS = CACHE / "debs"
SOURCES = CACHE / "src"
LISTS_MAX_AGE = 24 * 3600

_TARGET = "$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(SOURCESENTRY)"
_NETWORK = r"Acquire::(https?|Check-Valid-Until|Check-Date)\b"
_HINT = "look at the network and at /etc/apt, then run tools/setup again"


def environment() -> dict[str, str]:
    """What makes apt use the private configuration."""
    return {"APT_CONFIG": str(APT / "apt.conf"), "LC_ALL": "C.UTF-8"}


def apt_get(*args: str | Path, timeout: float = 600, cwd: Path | None = None) -> str:
    """Run the private apt-get."""
    return run(["apt-get", "-q", *args], timeout=timeout, env=environment(), cwd=cwd, hint=_HINT)


def _signed_by(entry: str) -> str:
    """The keyring that a sources entry (file:number) names, as an option."""
    path = Path(entry.rpartition(":")[0])
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return ""
    found = re.search(r"signed-by\s*[:=]\s*(/[^\s\]]+)", text, re.IGNORECASE)
    return f" signed-by={found.group(1)}" if found else ""


def sources_lines() -> list[str]:
    """One-line sources of the machine's own Debian suites, for armhf and source."""
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
        lines.append(f"deb [arch={ARCH}{key}] {rest}")
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


def configure() -> None:
    """Write the private configuration; what reaches the network (proxies and
    the like) is taken over from the machine's."""
    for folder in ("lists/partial", "cache/archives/partial", "etc"):
        (APT / folder).mkdir(parents=True, exist_ok=True)
    machine = run(["apt-config", "dump"], timeout=60)
    taken = [line for line in machine.splitlines() if re.match(_NETWORK, line)]
    own = {
        "Dir::State": f"{APT}/",
        "Dir::State::lists": f"{APT}/lists/",
        "Dir::State::status": f"{APT}/status",
        "Dir::Cache": f"{APT}/cache/",
        "Dir::Cache::archives": f"{ARCHIVES}/",
        "Dir::Etc::sourcelist": f"{APT}/sources.list",
        "Dir::Etc::sourceparts": f"{APT}/etc/",
        "Dir::Etc::parts": f"{APT}/etc/",
        "Dir::Etc::main": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": f"{APT}/etc/",
        "APT::Sandbox::User": "root",
        "APT::Get::Assume-Yes": "true",
        "APT::Install-Recommends": "false",
        "Acquire::Retries": "3",
        "Acquire::http::Timeout": "30",
        "Acquire::https::Timeout": "30",
        "Acquire::Languages": "none",
    }
    text = "".join(f'{key} "{value}";\n' for key, value in own.items())
    text += f'APT::Architectures {{ "{_host_arch()}"; "{ARCH}"; }};\n'
    (APT / "status").touch()
    write_atomic(APT / "apt.conf", ("\n".join(taken) + "\n" + text).encode())
    write_atomic(APT / "sources.list", ("\n".join(sources_lines()) + "\n").encode())


def _host_arch() -> str:
    return run(["dpkg", "--print-architecture"], timeout=20).strip()


def update(*, force: bool = False) -> None:
    """Fetch the package lists, once a day."""
    stamp = APT / "updated"
    if stamp.exists() and not force and time.time() - stamp.stat().st_mtime < LISTS_MAX_AGE:
        return
    configure()
    say("fetching Debian's package lists (armhf and sources)")
    try:
        _fetch_lists()
    except Failure as failure:
        _drop_broken_sources(failure)
        _fetch_lists()
    stamp.touch()


def _fetch_lists() -> None:
    retry("package lists", lambda: apt_get("update", timeout=300), times=2)


def _drop_broken_sources(failure: Failure) -> None:
    """A mirror's security index can be out of step for a day. The main suite
    is enough, so go on without those whose lists did not arrive."""
    listing = apt_get("indextargets", "--format", "$(TARGET_OF)|$(RELEASE)|$(FILENAME)")
    targets = [target.split("|") for target in listing.split()]
    arrived = {(kind, release) for kind, release, file in targets if Path(file).exists()}
    lines = (APT / "sources.list").read_text().splitlines()
    kept = [line for line in lines if _suite(line) in arrived]
    if not {("deb", "bookworm"), ("deb-src", "bookworm")} <= arrived or len(kept) == len(lines):
        raise failure
    for kind, release in sorted({_suite(line) for line in lines} - arrived):
        say(f"the mirror's list of {release} ({kind}) is not whole; going on without it")
    write_atomic(APT / "sources.list", ("\n".join(kept) + "\n").encode())


def _suite(line: str) -> tuple[str, str]:
    """Kind and suite of a line: kind [options] address suite component."""
    words = re.sub(r"\[.*?\]", "", line).split()
    return words[0], words[2]


def download(packages: list[str]) -> None:
    """Bring .debs with everything they depend on into the private archive."""
    names = [f"{name}:{ARCH}" for name in packages]
    retry(
        "packages",
        lambda: apt_get("install", "--download-only", *names, timeout=900),
    )


def depends(package: str) -> list[str]:
    """What the newest armhf version of a package depends on directly."""
    shown = run(
        ["apt-cache", "show", "--no-all-versions", f"{package}:{ARCH}"],
        timeout=60,
        env=environment(),
        hint=_HINT,
    )
    line = re.search(r"^Depends: (.*)$", shown, re.MULTILINE)
    if not line:
        return []
    return [re.split(r"[ (:|]", item.strip())[0] for item in line.group(1).split(",")]


def _download(package: str, folder: Path) -> Path:
    """The newest version of a package, alone in an empty folder."""
    update()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    say(f"downloading {package}")
    retry(package, lambda: apt_get("download", package, cwd=folder))
    (deb,) = folder.glob("*.deb")
    return deb


def unpacked(package: str) -> Path:
    """A folder with the newest armhf version of a package unpacked; what was
    unpacked before is used as it is."""
    folder = DEBS / package
    if not (folder / ".complete").exists():
        deb = _download(f"{package}:{ARCH}", folder)
        run(["dpkg-deb", "-x", deb, folder], timeout=120)
        deb.unlink()
        (folder / ".complete").touch()
    return folder


def packed(package: str) -> Path:
    """The newest version of a package for all architectures, as a file; what was
    downloaded before is used as it is."""
    folder = DEBS / package
    if not (folder / ".complete").exists():
        _download(package, folder)
        (folder / ".complete").touch()
    (deb,) = folder.glob("*.deb")
    return deb


def unpacked_kernel() -> Path:
    """The real kernel package: its versions come and go, the metapackage of
    Debian names the one that is there now."""
    known = sorted(DEBS.glob("linux-image-[0-9]*-armmp/.complete"))
    if known:
        return known[-1].parent
    update()
    for name in depends("linux-image-armmp"):
        if re.fullmatch(r"linux-image-[0-9].*-armmp", name):
            return unpacked(name)
    raise Failure("linux-image-armmp names no kernel package; run tools/setup --update")


def source(package: str, version: str) -> Path:
    """The unpacked source package: of the given version, or, if the mirror has
    it no more, the newest."""
    done = SOURCES / package / version.rpartition(":")[2]  # an epoch is no part of a path
    if not (done / ".complete").exists():
        update()
        shutil.rmtree(done, ignore_errors=True)
        done.mkdir(parents=True)
        say(f"downloading the source of {package} {version}")
        try:
            _get_source(f"{package}={version}", done)
        except Failure:
            say(f"{package} {version} is not on the mirror; taking the newest")
            _get_source(package, done)
        (done / ".complete").touch()
    (tree,) = [path.parent.parent for path in done.glob("*/debian/changelog")]
    return tree


def _get_source(what: str, folder: Path) -> None:
    retry(what, lambda: apt_get("source", what, timeout=900, cwd=folder))
