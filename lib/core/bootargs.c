/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds one property in a flattened device tree [DTSpec 5]. The blob is of unknown
 * origin: every length is checked before it is used. What it says only names a
 * change; the blob as a whole is hashed as well. */
#include <string.h>

#include <tzvmm/measure.h>

#define HEADER_LEN 40u
#define STRUCT_AT 8u
#define STRINGS_AT 12u
#define STRINGS_LEN_AT 32u
#define STRUCT_LEN_AT 36u

#define BEGIN_NODE 1u
#define END_NODE 2u
#define PROP 3u
#define NOP 4u

/* Depths while the tokens of a node are read. */
#define IN_ROOT 1u
#define IN_CHILD 2u

static const char node_name[] = "chosen";
static const char prop_name[] = "bootargs";

struct walk {
	struct tzvmm_boot_bytes left; /* of the structure block */
	struct tzvmm_boot_bytes strings;
	uint32_t depth;
	bool in_chosen;
	struct tzvmm_boot_bytes found;
};

static uint32_t read_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
	       p[3];
}

/* Take len bytes and what fills them up to a word; NULL if they are not there. */
static const uint8_t *take(struct walk *walk, uint32_t len)
{
	const uint8_t *taken = walk->left.bytes;
	const uint32_t padded = (len + 3u) & ~3u;

	if (padded < len || padded > walk->left.len) {
		return NULL;
	}
	walk->left.bytes += padded;
	walk->left.len -= padded;
	return taken;
}

static const uint8_t *find_nul(const uint8_t *bytes, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++) {
		if (bytes[i] == 0u) {
			return &bytes[i];
		}
	}
	return NULL;
}

static bool take_node(struct walk *walk)
{
	const uint8_t *name = walk->left.bytes;
	const uint8_t *end = find_nul(name, walk->left.len);

	if (end == NULL || take(walk, (uint32_t)(end - name) + 1u) == NULL) {
		return false;
	}
	walk->depth++;
	walk->in_chosen = walk->depth == IN_CHILD &&
			  (size_t)(end - name) == sizeof(node_name) - 1u &&
			  memcmp(name, node_name, sizeof(node_name)) == 0;
	return true;
}

static bool is_bootargs(const struct walk *walk, uint32_t name)
{
	return name <= walk->strings.len &&
	       walk->strings.len - name >= sizeof(prop_name) &&
	       memcmp(walk->strings.bytes + name, prop_name, sizeof(prop_name)) == 0;
}

static bool take_prop(struct walk *walk)
{
	const uint8_t *head = take(walk, 8);
	const uint8_t *value;
	uint32_t len;

	if (head == NULL) {
		return false;
	}
	len = read_be32(head);
	value = take(walk, len);
	if (value == NULL) {
		return false;
	}
	if (walk->in_chosen && is_bootargs(walk, read_be32(head + 4))) {
		walk->found = (struct tzvmm_boot_bytes){ value, len };
		return false;
	}
	return true;
}

/* Whether there is more. */
static bool take_token(struct walk *walk)
{
	const uint8_t *token = take(walk, 4);

	if (token == NULL) {
		return false;
	}
	switch (read_be32(token)) {
	case BEGIN_NODE:
		return take_node(walk);
	case END_NODE:
		/* Properties come before children: none of /chosen follows. */
		walk->in_chosen = false;
		return walk->depth-- > IN_ROOT;
	case PROP:
		return take_prop(walk);
	case NOP:
		return true;
	default:
		return false;
	}
}

static bool block(struct tzvmm_boot_bytes dtb, uint32_t at, uint32_t len_at,
		  struct tzvmm_boot_bytes *out)
{
	const uint32_t offset = read_be32(dtb.bytes + at);
	const uint32_t len = read_be32(dtb.bytes + len_at);

	if (offset > dtb.len || len > dtb.len - offset) {
		return false;
	}
	*out = (struct tzvmm_boot_bytes){ dtb.bytes + offset, len };
	return true;
}

struct tzvmm_boot_bytes tzvmm_bootargs(struct tzvmm_boot_bytes dtb)
{
	struct walk walk = { 0 };

	if (dtb.len >= HEADER_LEN &&
	    block(dtb, STRUCT_AT, STRUCT_LEN_AT, &walk.left) &&
	    block(dtb, STRINGS_AT, STRINGS_LEN_AT, &walk.strings)) {
		while (take_token(&walk)) {
			/* Each token is a word at least: ends with the block. */
		}
	}
	return walk.found;
}
