/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_BOARD_H
#define TZVMM_BOARD_H

/** @file
 * What a board gives the monitor of examples/monitor, board_..., and what the
 * monitor gives the board, platform_.... One board is linked. Its constants
 * BOARD_... are in its manifest.h.
 *
 * All is called in the secure world with FIQ masked, by one CPU. What returns a
 * text returns NULL when it is done, otherwise what failed: a constant string. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <armv7a/mmu.h>
#include <armv7a/monitor.h>
#include <manifest.h>
#include <tzvmm/blk.h>
#include <tzvmm/gmem.h>
#include <tzvmm/gpio.h>
#include <tzvmm/mmio.h>
#include <tzvmm/port/port.h>
#include <tzvmm/regfilter.h>

/** @name Memory
 * @{ */

/** The secure world's address space. */
extern const struct armv7a_map board_map[];
extern const size_t board_nr_map; /**< Entries of board_map. */

/** The guest's RAM. */
extern const struct tzvmm_window board_ram[BOARD_NR_GUEST_BANKS];

/** Close secure RAM to the normal world, and try whether it is. Before anything is
 * loaded for the guest.
 * @return NULL, or what is wrong with this board. */
const char *board_ram_protect(void);

/** @}
 * @name Start and end
 * @{ */

/** Pads, clocks, clock and UART; from here on there is a log.
 * @return NULL, or what failed. */
const char *board_start(void);

/** The alarm and the interrupt controller: all lines are secure, and disabled but
 * for the board's own.
 * @return NULL, or what failed. */
const char *board_irqs_start(void);

/** Close what the guest must not touch, and lock it.
 * @param profile The guest's, enum tzvmm_abi_bootpkg_profile.
 * @return NULL, or what failed; then no guest may run. */
const char *board_protect(uint32_t profile);

/** Let a watchdog run whose interrupt calls platform_watchdog() about twice a
 * second, and which resets the board when that is not served. Called once.
 * @param limit_s Seconds until the reset, 1 .. 128.
 * @return NULL, or what failed. */
const char *board_watch(unsigned limit_s);

/** Stop the bus masters that the guest drives itself: none may write into the
 * memory of the guest that is started next.
 * @return NULL, or what does not stop; then only board_reset() helps. */
const char *board_masters_stop(void);

/** Silence all but the watchdog: the guest's interrupts and our own. */
void board_quiet(void);

/** Reset the board.
 * @return Why it does not reset. */
enum tzvmm_status board_reset(void);

/** The LED for the world switch; lit is what the manifest says. */
extern const struct armv7a_led board_led;

/** @}
 * @name Time
 * @{ */

/** The time, as struct tzvmm_sys_ops wants it.
 * @param ctx Not used.
 * @return Microseconds since the start; never goes back. */
uint64_t board_now_us(void *ctx);

/** Note that time passes: called by the tick. */
void board_clock_sync(void);

/** How often the clock was not believed, because the guest had moved it.
 * @return The count; 0 where the guest cannot. */
uint32_t board_clock_corrected(void);

/** Call platform_tick() later, which sets the alarm anew; the last call counts.
 * @param us Microseconds from now on. */
void board_alarm_set(uint32_t us);

/** Take clock and alarm back from a guest that does not run any more.
 * @param us Period of the alarm from now on, in microseconds. */
void board_timers_take(uint32_t us);

/** @}
 * @name The serial line
 * @{ */

/** Write as much as there is room for.
 * @param text Bytes.
 * @param len  How many.
 * @return How many were taken. */
size_t board_uart_write(const char *text, size_t len);

/** Call platform_writable() while there is room, or do not.
 * @param on Whether. */
void board_uart_notify_writable(bool on);

/** Receive from now on: platform_received(). */
void board_uart_listen(void);

/** Wait until all has left the wire.
 * @param limit_us Longest wait.
 * @retval TZVMM_OK        It has.
 * @retval TZVMM_E_TIMEOUT It has not. */
TZVMM_NODISCARD enum tzvmm_status board_uart_drain(uint32_t limit_us);

/** @}
 * @name Interrupts
 * @{ */

/** The guest's interrupts. */
extern const struct tzvmm_irqchip board_irqchip;

/** Call the handlers of the secure interrupts that are pending; bounded. */
void board_irqs_serve(void);

/** Take back what the guest did to its lines: before it starts anew. */
void board_irqs_reset_guest(void);

/** Interrupts that wait for the guest.
 * @param word Below board_irqchip.nr_lines / 32, rounded up.
 * @return Its lines that are pending and that it has enabled. */
uint32_t board_irqs_pending(unsigned word);

/** @}
 * @name The card
 * @{ */

/** Bring the card into its data state.
 * @param card Set to it.
 * @return NULL, or what failed. */
const char *board_card_start(const struct tzvmm_blkdev **card);

/** Look after the card: called by platform_tick(). */
void board_card_tick(void);

/** Whether the card wants the tick often.
 * @return true if so. */
bool board_card_stalls(void);

/** @}
 * @name Pins of the paravirtual guest
 * @{ */

extern const struct tzvmm_gpio_line *const board_gpio_lines; /**< Its lines. */
extern const size_t board_nr_gpio_lines; /**< Entries; 0: it has none. */

/** Let the pins interrupt: platform_gpio_event().
 * @return NULL, or what failed. */
const char *board_gpio_start(void);

/** @}
 * @name The stock guest
 * For boards whose bus tells of a refused access in a way that can be emulated;
 * others leave the monitor's front_stock.c out.
 * @{ */

/** The virtual interrupt controller's window. */
extern const struct tzvmm_mmio_region board_irqs_region;

/** Start the virtual interrupt controller, with every line of the guest disabled. */
void board_irqs_region_init(void);

/** Blocks that the guest reaches through filters, BOARD_NR_FILTERS of them. */
extern const struct tzvmm_filter board_filters[];

/** The registers behind them. */
extern const struct tzvmm_filter_hw board_filter_hw;

/** @}
 * @name What the monitor gives
 * What drivers call has the argument that they hand on.
 * @{ */

/** Time and log. */
extern const struct tzvmm_sys platform_sys;

/** The alarm's time has come.
 * @param ctx Not used. */
void platform_tick(void *ctx);

/** The watchdog's interrupt, which is served.
 * @param intact false: somebody has changed alarm or clock, and they were set right. */
void platform_watchdog(bool intact);

/** A byte came by the serial line.
 * @param ctx  Not used.
 * @param byte It. */
void platform_received(void *ctx, uint8_t byte);

/** The serial line has room.
 * @param ctx Not used. */
void platform_writable(void *ctx);

/** A pin interrupts, and is masked.
 * @param ctx Not used.
 * @param pin Of its bank. */
void platform_gpio_event(void *ctx, unsigned pin);

/** The card wants board_card_tick() soon.
 * @param ctx Not used.
 * @param us  In so many microseconds. */
void platform_wake(void *ctx, uint32_t us);

/** @} */

#endif /* TZVMM_BOARD_H */
