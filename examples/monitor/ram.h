/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_RAM_H
#define TZVMM_MONITOR_RAM_H

/** @file
 * Secure RAM: hidden from the normal world, and seen to be. */

/** Put the watermark over secure RAM and try, as the normal world, whether it hides
 * it at every address. Before anything is loaded for the guest.
 * @return NULL, or what is wrong with this board. */
const char *ram_protect(void);

#endif /* TZVMM_MONITOR_RAM_H */
