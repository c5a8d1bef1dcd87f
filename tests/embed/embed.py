#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Build and run a project that uses the library in one of two ways, or the library's own
example in a tree as it is cloned.

usage: embed.py TOP {subproject|pkg-config|clone} COMPILER...
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

LIMIT = 300
FOLDERS = ("include", "lib", "ports", "tests", "examples", "cross", "docs")


def run(argv, folder, env):
    subprocess.run(argv, cwd=folder, env=env, check=True, timeout=LIMIT, stdin=subprocess.DEVNULL)


def build_and_test(folder, env, *options):
    run(["meson", "setup", "build", *options], folder, env)
    run(["ninja", "-C", "build", "-j2"], folder, env)
    run(["meson", "test", "-C", "build", "--print-errorlogs", "--suite", "embedder"], folder, env)


def as_subproject(top, project, env):
    """The sources under subprojects/, as a wrap or a submodule puts them."""
    inside = project / "subprojects" / "tzvmm"
    inside.mkdir(parents=True)
    for name in FOLDERS:
        if (top / name).is_dir():
            shutil.copytree(top / name, inside / name)
    for name in ("meson.build", "meson_options.txt"):
        shutil.copy(top / name, inside)
    build_and_test(project, env, "-Dsubproject=true")


def as_installed(top, project, env):
    """Installed to a prefix of its own, found by pkg-config."""
    prefix = project / "prefix"
    library = project / "library"
    run(["meson", "setup", library, top, "--prefix", prefix, "--libdir", "lib",
         "-Dtests=disabled", "-Ddocs=disabled"], project, env)
    run(["ninja", "-C", library, "-j2"], project, env)
    run(["meson", "install", "--no-rebuild", "-C", library], project, env)
    build_and_test(project, {**env, "PKG_CONFIG_PATH": str(prefix / "lib" / "pkgconfig")})


def as_clone(top, project, env):
    """What README.md begins with, before tools/setup: without mbed TLS."""
    clone = project / "clone"
    shutil.copytree(top, clone, symlinks=True, ignore=shutil.ignore_patterns(
        "build", ".git", ".cache", "mbedtls", "__pycache__"))
    run(["meson", "setup", "build/host"], clone, env)
    run(["meson", "compile", "-C", "build/host", "hostsim"], clone, env)


def main():
    top = pathlib.Path(sys.argv[1])
    env = {**os.environ, "CC": " ".join(sys.argv[3:])}
    # The outer run's sanitizers and log format are not the embedder's.
    for name in ("CFLAGS", "LDFLAGS", "CMOCKA_MESSAGE_OUTPUT", "MESON_TESTTHREADS"):
        env.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="tzvmm-embed-") as scratch:
        project = pathlib.Path(scratch) / "embedder"
        shutil.copytree(top / "tests" / "embed" / "project", project)
        ways = {"subproject": as_subproject, "pkg-config": as_installed, "clone": as_clone}
        ways[sys.argv[2]](top, project, env)


if __name__ == "__main__":
    main()
