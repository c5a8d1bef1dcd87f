/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The dump is whoever's: what its numbers make of memory has a limit. */
#define TRACE_MAX_ENTRIES 1000000u

static bool refuse(const char *path, const char *why)
{
	fprintf(stderr, "replay: %s %s\n", path, why);
	return false;
}

static bool read_header(FILE *file, struct tzvmm_abi_record_header *header)
{
	return fread(header, sizeof(*header), 1, file) == 1u &&
	       header->magic == TZVMM_ABI_RECORD_MAGIC &&
	       header->version == TZVMM_ABI_RECORD_VERSION &&
	       header->header_len == sizeof(*header) &&
	       header->entry_len == sizeof(struct tzvmm_abi_record_entry) &&
	       header->nr_entries != 0u && header->nr_entries <= TRACE_MAX_ENTRIES;
}

/* Whether a disk that works can be asked for it, and answers. */
static bool is_replayable(const struct tzvmm_abi_record_entry *entry)
{
	if (entry->status != TZVMM_ABI_RECORD_OK) {
		return false;
	}
	if (entry->op == TZVMM_ABI_RECORD_FLUSH) {
		return entry->nr_sectors == 0u;
	}
	return entry->op <= TZVMM_ABI_RECORD_WRITE && entry->nr_sectors != 0u &&
	       entry->sector <= UINT32_MAX - entry->nr_sectors;
}

static int by_submission(const void *a, const void *b)
{
	const struct tzvmm_abi_record_entry *x = a;
	const struct tzvmm_abi_record_entry *y = b;

	if (x->start_us != y->start_us) {
		return x->start_us < y->start_us ? -1 : 1;
	}
	/* One answered earlier was submitted earlier; numbers may wrap. */
	return (int32_t)(x->seq - y->seq);
}

bool trace_read(struct trace *trace, const char *path)
{
	struct tzvmm_abi_record_header header;
	FILE *file = fopen(path, "rb");
	uint32_t nr = 0;

	*trace = (struct trace){ 0 };
	if (file == NULL) {
		return refuse(path, strerror(errno));
	}
	if (!read_header(file, &header)) {
		(void)fclose(file);
		return refuse(path, "is no dump; tools/blkrec dump makes one");
	}
	trace->entries = calloc(header.nr_entries, sizeof(*trace->entries));
	if (trace->entries != NULL) {
		nr = (uint32_t)fread(trace->entries, sizeof(*trace->entries),
				     header.nr_entries, file);
	}
	(void)fclose(file);
	if (nr != header.nr_entries) {
		trace_free(trace);
		return refuse(path, "is cut; copy all of it");
	}
	for (uint32_t i = 0; i < nr; i++) {
		if (is_replayable(&trace->entries[i])) {
			trace->entries[trace->nr++] = trace->entries[i];
		}
	}
	trace->left_out = nr - trace->nr;
	qsort(trace->entries, trace->nr, sizeof(*trace->entries), by_submission);
	return true;
}

void trace_free(struct trace *trace)
{
	free(trace->entries);
	trace->entries = NULL;
	trace->nr = 0;
}

bool trace_write(const char *path, const struct tzvmm_abi_record_header *header,
		 const struct tzvmm_abi_record_entry *entries)
{
	FILE *file = fopen(path, "wb");
	bool good;

	if (file == NULL) {
		return refuse(path, strerror(errno));
	}
	good = fwrite(header, sizeof(*header), 1, file) == 1u &&
	       fwrite(entries, sizeof(*entries), header->nr_entries, file) ==
		       header->nr_entries;
	/* A full disk may only be told when the file is closed. */
	good = fclose(file) == 0 && good;
	return good || refuse(path, "could not be written");
}

const char *trace_name(const struct tzvmm_abi_record_entry *entry)
{
	static const char *const ops[] = { "read", "write", "flush" };
	static char names[4][96];
	static unsigned turn;
	char *name = names[turn++ % 4u];

	if (entry->nr_sectors == 0u) {
		(void)snprintf(name, sizeof(names[0]),
			       "request %u (%s, client %u.%u)", entry->seq,
			       ops[entry->op], entry->client, entry->queue);
	} else {
		(void)snprintf(name, sizeof(names[0]),
			       "request %u (%s sector %llu + %u, client %u.%u)",
			       entry->seq, ops[entry->op],
			       (unsigned long long)entry->sector, entry->nr_sectors,
			       entry->client, entry->queue);
	}
	return name;
}
