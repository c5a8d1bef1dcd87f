#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Names of the public headers as they are included, one a line."""
import pathlib
import sys

top = pathlib.Path(sys.argv[1])
for path in sorted(top.rglob("*.h")):
    print(path.relative_to(top))
