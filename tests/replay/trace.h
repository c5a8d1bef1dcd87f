/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_TRACE_H
#define REPLAY_TRACE_H

/* A dump of the recorder as a file. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/abi/record.h>

struct trace {
	struct tzvmm_abi_record_entry *entries; /* in the order of submission */
	uint32_t nr;
	uint32_t left_out; /* failed, or nothing that a driver is asked */
};

/* What can be asked again of a dump. false: said why on stderr. */
bool trace_read(struct trace *trace, const char *path);
void trace_free(struct trace *trace);
bool trace_write(const char *path, const struct tzvmm_abi_record_header *header,
		 const struct tzvmm_abi_record_entry *entries);

/* "request 12 (write sector 64 + 8, client 0.0)", in a buffer of its own that the
 * next call but three takes again. */
const char *trace_name(const struct tzvmm_abi_record_entry *entry);

#endif /* REPLAY_TRACE_H */
