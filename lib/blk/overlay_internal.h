/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_OVERLAY_INTERNAL_H
#define TZVMM_OVERLAY_INTERNAL_H

/* Between overlay.c and overlay_commit.c. */

#include <tzvmm/overlay.h>

/* The base shows through everywhere; nothing may be in flight. */
void tzvmm_overlay_forget(struct tzvmm_overlay *ov);

/* Go on with a commit, if there is one, when the last request has gone. If a device
 * is full, the next call tries again. */
void tzvmm_overlay_commit_run(struct tzvmm_overlay *ov);

#endif /* TZVMM_OVERLAY_INTERNAL_H */
