/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_CHANNEL_H
#define TZVMM_MONITOR_CHANNEL_H

/** @file
 * The guest's virtio console: a second terminal, and a channel on which programs of
 * the guest read how the monitor sees it. */

#include <tzvmm/virtio_console.h>

/** The device. */
extern struct tzvmm_vcon channel;

/** Plug it in.
 * @param bus Where.
 * @return Whether it fits. */
bool channel_init(const struct tzvmm_virtio_bus *bus);

#endif /* TZVMM_MONITOR_CHANNEL_H */
