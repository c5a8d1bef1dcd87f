/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_STATUS_H
#define TZVMM_STATUS_H

/** @file
 * The outcome of every fallible call of the library. */

/** The result of a call must be looked at. */
#define TZVMM_NODISCARD __attribute__((warn_unused_result))

/** Outcome of a library or port call. Never seen by a guest: ABI codes are
 * their own numbers. */
enum tzvmm_status {
	TZVMM_OK = 0,         /**< Done. */
	TZVMM_E_INVAL = -1,   /**< The embedding code passed a bad argument. */
	TZVMM_E_GUEST = -2,   /**< The guest broke a protocol. */
	TZVMM_E_DENIED = -3,  /**< Not allowed by policy. */
	TZVMM_E_RANGE = -4,   /**< Address or sector outside of its container. */
	TZVMM_E_FULL = -5,    /**< No room; nothing was taken. */
	TZVMM_E_EMPTY = -6,   /**< Nothing there. */
	TZVMM_E_BUSY = -7,    /**< Cannot be done now; nothing changed. */
	TZVMM_E_IO = -8,      /**< A device failed. */
	TZVMM_E_TIMEOUT = -9, /**< A device did not answer in time. */
	TZVMM_E_UNSUPP = -10, /**< Not implemented by this device or version. */
	TZVMM_E_NODEV = -11,  /**< No such device, card or partition. */
	TZVMM_E_FORMAT = -12, /**< An image, table or message is malformed. */
};

/** The name of a status, for logs.
 *
 * @param status Any value; unknown ones give "?".
 * @return A constant string without blanks.
 * @note Context: any. */
const char *tzvmm_status_name(enum tzvmm_status status);

#endif /* TZVMM_STATUS_H */
