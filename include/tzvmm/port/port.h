/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_PORT_PORT_H
#define TZVMM_PORT_PORT_H

/** @file
 * What a port hands to the library: const tables with a context pointer, checked
 * once by tzvmm_port_check(). Nothing later tests for NULL. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tzvmm/entropy.h>
#include <tzvmm/gmem.h>
#include <tzvmm/status.h>

/** Version of the tables below; raised whenever one changes. */
#define TZVMM_PORT_ABI 3u

/** Weight of a log line. */
enum tzvmm_log_level {
	TZVMM_LOG_ERROR, /**< Something of ours or of the hardware is broken. */
	TZVMM_LOG_WARN,  /**< The guest or a card misbehaves; rate-limited. */
	TZVMM_LOG_INFO,  /**< Milestones. */
	TZVMM_LOG_DEBUG, /**< For developers. */
};

/** Services of the secure OS that the library is linked into. All required. */
struct tzvmm_sys_ops {
	/** Microseconds since some start; never goes back. Any context. */
	uint64_t (*now_us)(void *ctx);
	/** Take one line of text, len bytes without line end or NUL. Any
	 * context; does not block. */
	void (*log)(void *ctx, enum tzvmm_log_level level, const char *text,
		    size_t len);
};

/** The services with their context. */
struct tzvmm_sys {
	const struct tzvmm_sys_ops *ops; /**< Required. */
	void *ctx;                       /**< Handed to ops; may be NULL. */
};

/** The guest's interrupt controller as the secure world drives it. */
struct tzvmm_irqchip_ops {
	/** Whether a line below nr_lines belongs to the guest. */
	bool (*is_guest)(void *ctx, uint32_t line);
	/** Assert (true) or negate (false) a guest's line by software. */
	void (*set_level)(void *ctx, uint32_t line, bool level);
	/** Assert a guest's line that the guest itself ends; once more while it is
	 * asserted changes nothing. NULL: the guest cannot end a line here. */
	void (*pulse)(void *ctx, uint32_t line);
};

/** The controller with its context. */
struct tzvmm_irqchip {
	const struct tzvmm_irqchip_ops *ops; /**< Required. */
	void *ctx;                           /**< Handed to ops. */
	uint32_t nr_lines;                   /**< 1 .. TZVMM_NR_LINES. */
};

/** A board. Const, alive for ever. */
struct tzvmm_port {
	uint32_t abi;                        /**< TZVMM_PORT_ABI. */
	const char *name;                    /**< The board, for logs. */
	const struct tzvmm_sys *sys;         /**< Required. */
	const struct tzvmm_irqchip *irqchip; /**< Required. */
	struct tzvmm_gmem ram;               /**< The guest's RAM. */
	const struct tzvmm_entropy *entropy; /**< NULL: the board has none. */
};

/** Check every table of a port once, before its guest runs.
 *
 * @param port The board.
 * @param why  Set to the name of the first bad member, or to NULL; not NULL
 *             itself.
 * @retval TZVMM_OK       The port can be used.
 * @retval TZVMM_E_UNSUPP Built against other tables (abi).
 * @retval TZVMM_E_INVAL  A member is missing or out of range. */
TZVMM_NODISCARD enum tzvmm_status tzvmm_port_check(const struct tzvmm_port *port,
						   const char **why);

#endif /* TZVMM_PORT_PORT_H */
