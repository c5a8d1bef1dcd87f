/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SAY_H
#define SAY_H

#include "seed.h"

#include <tzvmm/console.h>

/* What tzvmm needs of this kernel: the time, and a place for log lines. */
extern const struct tzvmm_sys say_sys;

struct tzvmm_mux_source *say_voice(enum voice voice);

#endif /* SAY_H */
