# SPDX-License-Identifier: BSD-2-Clause
"""What ./demo, ./check and the scripts in tools/ share."""
