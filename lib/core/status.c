/* SPDX-License-Identifier: BSD-2-Clause */
#include <tzvmm/status.h>

const char *tzvmm_status_name(enum tzvmm_status status)
{
	/* clang-format off */
	switch (status) {
	case TZVMM_OK:        return "OK";
	case TZVMM_E_INVAL:   return "INVAL";
	case TZVMM_E_GUEST:   return "GUEST";
	case TZVMM_E_DENIED:  return "DENIED";
	case TZVMM_E_RANGE:   return "RANGE";
	case TZVMM_E_FULL:    return "FULL";
	case TZVMM_E_EMPTY:   return "EMPTY";
	case TZVMM_E_BUSY:    return "BUSY";
	case TZVMM_E_IO:      return "IO";
	case TZVMM_E_TIMEOUT: return "TIMEOUT";
	case TZVMM_E_UNSUPP:  return "UNSUPP";
	case TZVMM_E_NODEV:   return "NODEV";
	case TZVMM_E_FORMAT:  return "FORMAT";
	}
	/* clang-format on */
	return "?";
}
