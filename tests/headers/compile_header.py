#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compile a header that is included alone, twice.

usage: compile_header.py INCLUDE_FOLDER GENERATED_FOLDER HEADER STANDARD COMPILER...
"""
import subprocess
import sys

WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wconversion", "-Wundef"]
# What is no C++ at all: flexible arrays, and a function with the name of a struct.
C_WARNINGS = ["-Wpedantic", "-Wshadow"]


def main():
    include, generated, header, standard, *compiler = sys.argv[1:]
    line = f"#include <{header}>\n"
    if standard.startswith("c++"):
        language = "c++"
        warnings = WARNINGS
        # How a C++ program includes C; the assertions of the ABI headers are C's.
        source = f'#define _Static_assert static_assert\nextern "C" {{\n{line}{line}}}\n'
    else:
        language = "c"
        # C wants something in a file; a header of mere numbers has nothing.
        source = line + line + "extern int something;\n"
        warnings = WARNINGS + C_WARNINGS
    command = [*compiler, "-x", language, "-std=" + standard, *warnings, "-I", include,
               "-I", generated, "-fsyntax-only", "-"]
    return subprocess.run(command, input=source, text=True, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
