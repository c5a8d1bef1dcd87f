# SPDX-License-Identifier: BSD-2-Clause
"""Folders, messages, exit statuses and bounded child processes."""

from __future__ import annotations

import argparse
import contextlib
import errno
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

TOP = Path(__file__).resolve().parents[2]
TOOLS = TOP / "tools"
BUILD = TOP / "build"
CACHE = Path(os.environ.get("TZVMM_CACHE", TOP / ".cache")).resolve()

# Exit statuses of the harness itself. Above what a shell makes of a command
# (126, 127, 128 + signal), so that they cannot be taken for the guest's.
STATUS_SETUP = 200  # set-up, build or arguments
STATUS_QEMU = 201  # the emulator could not be started, or died
STATUS_HANG = 202  # the guest did not get there in time
STATUS_CARD = 203  # the card or what is on it cannot be used
STATUS_MONITOR = 204  # the monitor stopped
STATUS_INTERRUPTED = 205  # Ctrl-C

STATUS_HELP = f"""\
exit status: the command's with --exec, otherwise 0; and for the harness itself
  {STATUS_SETUP}  set-up or build failed, or an input file is missing
  {STATUS_QEMU}  the emulator could not be started, or died
  {STATUS_HANG}  the guest hung: no login, no answer or no power-off in time
  {STATUS_CARD}  the card, or what is on it, cannot be used
  {STATUS_MONITOR}  the monitor stopped
  {STATUS_INTERRUPTED}  interrupted"""

OTHER_LIMIT = 3000.0  # seconds for another run that makes the same
NEEDED = "a whole set-up takes about 5 GiB"  # README.md
_FULL = 64 << 20  # less than this, and what failed has most likely failed of it
_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)

_START = time.monotonic()


class Failure(Exception):
    """Something went wrong that the user can be told in a sentence."""

    def __init__(self, message: str, status: int = STATUS_SETUP) -> None:
        super().__init__(message)
        self.status = status


def say(text: str) -> None:
    """One progress line, on standard error: standard output is the guest's."""
    print(f"[{time.monotonic() - _START:6.1f}s] {text}", file=sys.stderr, flush=True)


class Arguments(argparse.ArgumentParser):
    """A command line whose errors have our status, not one of a command's."""

    def error(self, message: str) -> NoReturn:
        raise Failure(f"{message}; --help tells more")


def unwind_when_terminated() -> None:
    """Let SIGTERM and a terminal that is closed do what Ctrl-C does, so that no emulator
    is left behind."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup has it
            signal.signal(number, signal.default_int_handler)


def full_disk() -> str:
    """A hint if there is no room where we write."""
    for path in (BUILD, CACHE, Path(tempfile.gettempdir())):
        there = next(folder for folder in (path, *path.parents) if folder.exists())
        if shutil.disk_usage(there).free < _FULL:
            return f"the disk of {there} is full; {NEEDED}"
    return ""


def _sentence(error: OSError) -> str:
    """What the system refused, and what to do about it."""
    said = ": ".join(str(x) for x in (error.filename, error.strerror or error) if x is not None)
    hint = full_disk()
    path = Path(str(error.filename)).absolute()
    ours = path.is_relative_to(TOP) or path.is_relative_to(CACHE)
    if not hint and ours and error.errno in _READ_ONLY:
        hint = f"{TOP} and {CACHE} have to be writable; TZVMM_CACHE names another cache"
    return said + _and(hint)


def main_guard(main: Callable[[], int], name: str = Path(sys.argv[0]).name) -> None:
    """Run a script's main function; failures become a sentence and a status."""
    unwind_when_terminated()
    try:
        status = main()
    except Failure as failure:
        print(f"{name}: {failure}", file=sys.stderr)
        status = failure.status
    except KeyboardInterrupt:
        print(f"{name}: interrupted; run it again: what was finished is kept", file=sys.stderr)
        status = STATUS_INTERRUPTED
    except BrokenPipeError:  # as of head, which has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = STATUS_SETUP
    except OSError as error:
        print(f"{name}: {_sentence(error)}", file=sys.stderr)
        status = STATUS_SETUP
    sys.exit(status)


def require_file(path: Path, what: str, status: int = STATUS_SETUP) -> Path:
    """The path, if a readable, non-empty file is there."""
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        ours = isinstance(error, FileNotFoundError) and path.is_relative_to(BUILD)
        hint = "most of what is in build is made by a first ./demo" if ours else ""
        raise Failure(f"{what} {path}: {error.strerror}{_and(hint)}", status) from error
    if empty:
        raise Failure(f"{what} {path} is empty", status)
    return path


def run(
    argv: Sequence[str | Path],
    *,
    timeout: float,
    log: Path | None = None,
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
    hint: str = "",
) -> str:
    """Run a program with a deadline and no input; give its standard output.

    With log, both outputs go there instead. A failure quotes the last lines
    and ends with the hint.
    """
    command = [str(arg) for arg in argv]
    if log is not None:
        log.parent.mkdir(parents=True, exist_ok=True)
    sink = log.open("w") if log else None
    try:
        result = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink or subprocess.PIPE,
            stderr=subprocess.STDOUT if sink else subprocess.PIPE,
            text=True,
            errors="replace",
            timeout=timeout,
            env=child_environment(env),
            cwd=cwd,
            check=False,
        )
    except FileNotFoundError as error:
        raise Failure(f"{command[0]} is not installed; run tools/setup") from error
    except subprocess.TimeoutExpired as error:
        raise Failure(f"{command[0]} took more than {timeout:.0f} s{_and(hint)}") from error
    finally:
        if sink:
            sink.close()
    if result.returncode != 0:
        output = log.read_text(errors="replace") if log else result.stdout + result.stderr
        tail = "\n".join("  | " + line for line in output.splitlines()[-15:])
        where = f", all of it in {log}" if log else ""
        raise Failure(
            f"{' '.join(command)[:200]}: status {result.returncode}{where}"
            f"{_and(full_disk() or hint)}\n{tail}"
        )
    return result.stdout or ""


def child_environment(more: dict[str, str] | None = None) -> dict[str, str]:
    """Debian's own programs first, whatever a version manager has put in front
    of them, and the administrator's too: mke2fs and the like are in sbin."""
    path = os.pathsep.join(["/usr/bin", "/bin", "/usr/sbin", "/sbin", os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, **(more or {})}


def _and(hint: str) -> str:
    return f"; {hint}" if hint else ""


def retry(what: str, action: Callable[[], str], times: int = 3) -> str:
    """Try something that depends on the network a few times."""
    for attempt in range(1, times):
        try:
            return action()
        except Failure as failure:
            say(f"{what}: attempt {attempt} of {times} failed: {str(failure).splitlines()[0]}")
            time.sleep(5 * attempt)
    return action()


@contextlib.contextmanager
def alone(output: Path) -> Iterator[None]:
    """Only one run at a time makes this file or folder; others wait until it is done.
    Not to be nested for the same output."""
    path = output.with_name(f".{output.name}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        _lock(file.fileno(), output)
        yield


def _lock(descriptor: int, output: Path) -> None:
    deadline = time.monotonic() + OTHER_LIMIT
    is_told = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if not is_told:
                say(f"waiting for another run, which makes {output}")
            is_told = True
        if time.monotonic() > deadline:
            raise Failure(f"another run has not made {output} in {OTHER_LIMIT:.0f} s; stop it")
        time.sleep(0.2)


def write_atomic(path: Path, data: bytes) -> None:
    """Replace a file in one step: a reader sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}")  # others may do the same
    new.write_bytes(data)
    new.replace(path)


def write_changed(path: Path, data: bytes) -> None:
    """write_atomic(), but a file that is right keeps its time."""
    if not path.exists() or path.read_bytes() != data:
        write_atomic(path, data)


def is_newer(target: Path, *sources: Path) -> bool:
    """The target exists and no source is newer."""
    if not target.exists():
        return False
    made = target.stat().st_mtime_ns
    return all(source.stat().st_mtime_ns <= made for source in sources)


def listed_words(path: Path) -> list[str]:
    """Words of a list: one a line, # starts a comment."""
    words = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    return [word for word in words if word]
