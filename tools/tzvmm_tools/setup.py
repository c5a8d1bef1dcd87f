# SPDX-License-Identifier: BSD-2-Clause
"""Prepare this machine: Debian's packages, and the downloads that the builds
need. Nothing of the machine's own configuration is changed."""

from . import apt, host
from .base import Arguments, main_guard, say


def main() -> int:
    parser = Arguments(prog="tools/setup", description=__doc__)
    parser.add_argument("--update", action="store_true", help="fetch the package lists anew")
    parser.add_argument("--packages-only", action="store_true", help="no downloads")
    args = parser.parse_args()
    host.install_packages()
    if not args.packages_only:
        if args.update:
            for arch in (apt.ARCH, apt.PC):
                apt.update(force=True, arch=arch)
        host.download()
    say("this machine is set up")
    return 0


if __name__ == "__main__":
    main_guard(main, "tools/setup")
