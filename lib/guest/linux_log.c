/* SPDX-License-Identifier: BSD-2-Clause */
/* The ring has descriptors, one a record, and text. A descriptor's number says
 * where it is and, above that, how often the ring was passed; so does a position in
 * the text. Names in vmcoreinfo are those of Linux 6.1's kernel/printk. */
#include <string.h>

#include <tzvmm/linux_log.h>

#define MAX_COUNT_BITS 20u
#define MAX_SIZE_BITS 26u
#define MAX_OFFSET 4096u /* within a structure: so that no sum is far off */

/* A descriptor's number is in the low bits of its state. */
#define STATE_SHIFT 30u
#define ID_MASK 0x3FFFFFFFu
#define STATE_COMMITTED 1u
#define STATE_FINALIZED 2u
#define NO_TEXT 1u     /* in a position */
#define TEXT_HEADER 4u /* the descriptor's number, before the text */

static const char first_key[] = "OSRELEASE=";

#define NAME(text)                                                                 \
	{                                                                          \
		text, sizeof(text) - 1u                                            \
	}
static const struct {
	const char *text;
	uint32_t len;
} names[TZVMM_LINUX_NR_KEYS] = {
	[TZVMM_LINUX_PRB] = NAME("SYMBOL(prb)="),
	[TZVMM_LINUX_LONG] = NAME("SIZE(atomic_long_t)="),
	[TZVMM_LINUX_DESC_RING] = NAME("OFFSET(printk_ringbuffer.desc_ring)="),
	[TZVMM_LINUX_DATA_RING] = NAME("OFFSET(printk_ringbuffer.text_data_ring)="),
	[TZVMM_LINUX_COUNT_BITS] = NAME("OFFSET(prb_desc_ring.count_bits)="),
	[TZVMM_LINUX_DESCS] = NAME("OFFSET(prb_desc_ring.descs)="),
	[TZVMM_LINUX_INFOS] = NAME("OFFSET(prb_desc_ring.infos)="),
	[TZVMM_LINUX_HEAD_ID] = NAME("OFFSET(prb_desc_ring.head_id)="),
	[TZVMM_LINUX_TAIL_ID] = NAME("OFFSET(prb_desc_ring.tail_id)="),
	[TZVMM_LINUX_DESC_SIZE] = NAME("SIZE(prb_desc)="),
	[TZVMM_LINUX_DESC_STATE] = NAME("OFFSET(prb_desc.state_var)="),
	[TZVMM_LINUX_DESC_LPOS] = NAME("OFFSET(prb_desc.text_blk_lpos)="),
	[TZVMM_LINUX_LPOS_BEGIN] = NAME("OFFSET(prb_data_blk_lpos.begin)="),
	[TZVMM_LINUX_LPOS_NEXT] = NAME("OFFSET(prb_data_blk_lpos.next)="),
	[TZVMM_LINUX_INFO_SIZE] = NAME("SIZE(printk_info)="),
	[TZVMM_LINUX_INFO_TIME] = NAME("OFFSET(printk_info.ts_nsec)="),
	[TZVMM_LINUX_INFO_LEN] = NAME("OFFSET(printk_info.text_len)="),
	[TZVMM_LINUX_SIZE_BITS] = NAME("OFFSET(prb_data_ring.size_bits)="),
	[TZVMM_LINUX_DATA] = NAME("OFFSET(prb_data_ring.data)="),
};

/* ---- The guest's memory ------------------------------------------------- */

static bool read_word(const struct tzvmm_linux_log *log, uint32_t va, uint32_t *value)
{
	const volatile uint32_t *from = NULL;
	uint64_t ipa;

	if (va % 4u == 0u && log->mem.translate(log->mem.ctx, va, &ipa)) {
		from = tzvmm_gmem_at(log->mem.ram, ipa, sizeof(*from));
	}
	if (from == NULL) {
		return false;
	}
	*value = *from;
	return true;
}

/* Text goes by pages: each is somewhere else. */
static bool read_text(const struct tzvmm_linux_log *log, uint32_t va, char *to,
		      uint32_t len)
{
	while (len > 0u) {
		const uint32_t left = TZVMM_LINUX_PAGE - va % TZVMM_LINUX_PAGE;
		const uint32_t part = len < left ? len : left;
		const void *from = NULL;
		uint64_t ipa;

		if (log->mem.translate(log->mem.ctx, va, &ipa)) {
			from = tzvmm_gmem_at(log->mem.ram, ipa, part);
		}
		if (from == NULL) {
			return false;
		}
		memcpy(to, from, part);
		to += part;
		va += part;
		len -= part;
	}
	return true;
}

/* ---- vmcoreinfo --------------------------------------------------------- */

static bool parse_digit(char c, uint32_t base, uint32_t *value)
{
	uint32_t digit;

	if (c >= '0' && c <= '9') {
		digit = (uint32_t)(c - '0');
	} else if (c >= 'a' && c <= 'f') {
		digit = (uint32_t)(c - 'a') + 10u;
	} else {
		return false;
	}
	if (digit >= base) {
		return false;
	}
	*value = *value * base + digit;
	return true;
}

/* Symbols are hexadecimal, everything else is decimal. What is too large wraps. */
static uint32_t parse_number(const char *text, uint32_t base)
{
	uint32_t value = 0;

	while (parse_digit(*text, base, &value)) {
		text++;
	}
	return value;
}

/* The number of a line, if it is one of those that are wanted. */
static uint32_t parse_line(struct tzvmm_linux_log *log, const char *line, size_t len)
{
	for (unsigned key = 0; key < TZVMM_LINUX_NR_KEYS; key++) {
		const uint32_t name_len = names[key].len;

		if (len > name_len && memcmp(line, names[key].text, name_len) == 0) {
			log->keys[key] =
				parse_number(line + name_len,
					     key == TZVMM_LINUX_PRB ? 16u : 10u);
			return 1u << key;
		}
	}
	return 0;
}

static bool parse_page(struct tzvmm_linux_log *log)
{
	uint32_t seen = 0;
	uint32_t start = 0;

	for (uint32_t i = 0; i < TZVMM_LINUX_PAGE; i++) {
		if (log->page[i] == '\n') {
			seen |= parse_line(log, &log->page[start], i - start);
			start = i + 1u;
		}
	}
	for (unsigned key = TZVMM_LINUX_LONG; key < TZVMM_LINUX_NR_KEYS; key++) {
		if (log->keys[key] > MAX_OFFSET) {
			return false;
		}
	}
	return seen == (1u << TZVMM_LINUX_NR_KEYS) - 1u &&
	       log->keys[TZVMM_LINUX_LONG] == sizeof(uint32_t);
}

/* Read what does not change while a kernel lives. */
static bool open_ring(struct tzvmm_linux_log *log)
{
	const uint32_t *const keys = log->keys;
	uint32_t prb, count_bits, data_ring;

	if (!read_word(log, keys[TZVMM_LINUX_PRB], &prb)) {
		return false;
	}
	log->desc_ring = prb + keys[TZVMM_LINUX_DESC_RING];
	data_ring = prb + keys[TZVMM_LINUX_DATA_RING];
	if (!read_word(log, log->desc_ring + keys[TZVMM_LINUX_COUNT_BITS],
		       &count_bits) ||
	    !read_word(log, log->desc_ring + keys[TZVMM_LINUX_DESCS], &log->descs) ||
	    !read_word(log, log->desc_ring + keys[TZVMM_LINUX_INFOS], &log->infos) ||
	    !read_word(log, data_ring + keys[TZVMM_LINUX_SIZE_BITS], &log->data_bits) ||
	    !read_word(log, data_ring + keys[TZVMM_LINUX_DATA], &log->data)) {
		return false;
	}
	log->desc_mask = (1u << (count_bits & 31u)) - 1u;
	return count_bits <= MAX_COUNT_BITS && log->data_bits <= MAX_SIZE_BITS;
}

void tzvmm_linux_log_init(struct tzvmm_linux_log *log,
			  const struct tzvmm_linux_mem *mem)
{
	memset(log, 0, sizeof(*log));
	log->mem = *mem;
}

/* Nearly none of the guest's pages does. */
static bool looks_like(const uint8_t *page)
{
	uint32_t first;

	memcpy(&first, first_key, sizeof(first));
	return *(const volatile uint32_t *)(const void *)page == first;
}

static bool try_page(struct tzvmm_linux_log *log, const uint8_t *page)
{
	memcpy(log->page, page, TZVMM_LINUX_PAGE);
	return memcmp(log->page, first_key, sizeof(first_key) - 1u) == 0 &&
	       parse_page(log) && open_ring(log);
}

enum tzvmm_status tzvmm_linux_log_find(struct tzvmm_linux_log *log, uint32_t nr_pages)
{
	const struct tzvmm_gmem *ram = log->mem.ram;

	while (!log->found && nr_pages-- > 0u) {
		const struct tzvmm_window *win = &ram->windows[log->window];

		if (tzvmm_window_holds(win, log->offset, TZVMM_LINUX_PAGE)) {
			const uint8_t *page = win->va + (size_t)log->offset;

			log->offset += TZVMM_LINUX_PAGE;
			if (looks_like(page)) {
				/* One a call: a guest can make all of its pages so. */
				log->found = try_page(log, page);
				break;
			}
			continue;
		}
		log->offset = 0;
		if (++log->window == ram->nr_windows) {
			log->window = 0;
			return TZVMM_E_EMPTY;
		}
	}
	return log->found ? TZVMM_OK : TZVMM_E_BUSY;
}

/* ---- Records ------------------------------------------------------------ */

/* How many descriptors one is after another. */
static uint32_t distance(uint32_t from, uint32_t to)
{
	return (to - from) & ID_MASK;
}

/* The numbers of the first and the last descriptor. */
static enum tzvmm_status read_ends(struct tzvmm_linux_log *log, uint32_t *tail,
				   uint32_t *head)
{
	if (!log->found) {
		return TZVMM_E_EMPTY;
	}
	if (!read_word(log, log->desc_ring + log->keys[TZVMM_LINUX_TAIL_ID], tail) ||
	    !read_word(log, log->desc_ring + log->keys[TZVMM_LINUX_HEAD_ID], head) ||
	    distance(*tail, *head) > log->desc_mask) {
		log->found = false;
		return TZVMM_E_GUEST;
	}
	return TZVMM_OK;
}

enum tzvmm_status tzvmm_linux_log_tail(struct tzvmm_linux_log *log,
				       uint32_t *cursor, uint32_t nr)
{
	uint32_t tail, head;
	const enum tzvmm_status st = read_ends(log, &tail, &head);

	if (st == TZVMM_OK) {
		const uint32_t all = distance(tail, head) + 1u;

		*cursor = head + 1u - (nr < all ? nr : all);
	}
	return st;
}

/* Text of a descriptor: where it is, and how much there is at most. */
static bool find_text(const struct tzvmm_linux_log *log, uint32_t desc, uint32_t id,
		      uint32_t *va, uint32_t *len)
{
	const uint32_t lpos = desc + log->keys[TZVMM_LINUX_DESC_LPOS];
	const uint32_t mask = (1u << log->data_bits) - 1u;
	uint32_t begin, next, owner;

	*va = log->data;
	*len = 0;
	if (!read_word(log, lpos + log->keys[TZVMM_LINUX_LPOS_BEGIN], &begin) ||
	    !read_word(log, lpos + log->keys[TZVMM_LINUX_LPOS_NEXT], &next)) {
		return false;
	}
	if ((begin & NO_TEXT) != 0u) {
		return true;
	}
	/* What does not fit before the end of the ring is all at its start. */
	if (begin >> log->data_bits != next >> log->data_bits) {
		begin = next & ~mask;
	}
	*va += begin & mask;
	if (next - begin < TEXT_HEADER || next - begin > mask ||
	    !read_word(log, *va, &owner) || (owner & ID_MASK) != id) {
		return false;
	}
	*va += TEXT_HEADER;
	*len = next - begin - TEXT_HEADER;
	return true;
}

static bool read_info(const struct tzvmm_linux_log *log, uint32_t info,
		      struct tzvmm_linux_record *record)
{
	const uint32_t time = info + log->keys[TZVMM_LINUX_INFO_TIME];
	const uint32_t len = info + log->keys[TZVMM_LINUX_INFO_LEN];
	uint32_t low, high, word;

	if (!read_word(log, time, &low) || !read_word(log, time + 4u, &high) ||
	    !read_word(log, len & ~3u, &word)) {
		return false;
	}
	record->time_ns = (uint64_t)high << 32 | low;
	record->len = word >> 8u * (len & 2u) & 0xFFFFu;
	return true;
}

/* Whether a descriptor is one of a record that is whole. */
static bool is_whole(const struct tzvmm_linux_log *log, uint32_t desc, uint32_t id)
{
	uint32_t state;

	if (!read_word(log, desc + log->keys[TZVMM_LINUX_DESC_STATE], &state) ||
	    (state & ID_MASK) != id) {
		return false;
	}
	state >>= STATE_SHIFT;
	return state == STATE_COMMITTED || state == STATE_FINALIZED;
}

static bool read_record(const struct tzvmm_linux_log *log, uint32_t id,
			struct tzvmm_linux_record *record)
{
	const uint32_t n = id & log->desc_mask;
	const uint32_t desc = log->descs + n * log->keys[TZVMM_LINUX_DESC_SIZE];
	const uint32_t info = log->infos + n * log->keys[TZVMM_LINUX_INFO_SIZE];
	uint32_t va, len;

	if (!is_whole(log, desc, id) || !find_text(log, desc, id, &va, &len) ||
	    !read_info(log, info, record)) {
		return false;
	}
	len = record->len < len ? record->len : len;
	len = len < TZVMM_LINUX_LOG_TEXT ? len : TZVMM_LINUX_LOG_TEXT - 1u;
	record->len = len;
	record->text[len] = '\0';
	/* Once more: it may have been overwritten meanwhile. */
	return read_text(log, va, record->text, len) && is_whole(log, desc, id);
}

enum tzvmm_status tzvmm_linux_log_next(struct tzvmm_linux_log *log, uint32_t *cursor,
				       struct tzvmm_linux_record *record)
{
	uint32_t tail, head, id;
	const enum tzvmm_status st = read_ends(log, &tail, &head);

	if (st != TZVMM_OK) {
		return st;
	}
	if (distance(head, *cursor) == 1u) {
		return TZVMM_E_EMPTY;
	}
	if (distance(*cursor, head) > distance(tail, head)) {
		*cursor = tail;
	}
	id = (*cursor)++ & ID_MASK;
	return read_record(log, id, record) ? TZVMM_OK : TZVMM_E_BUSY;
}

bool tzvmm_linux_log_is_panic(const struct tzvmm_linux_record *record)
{
	static const char panic[] = "Kernel panic - not syncing";

	return record->len >= sizeof(panic) - 1u &&
	       memcmp(record->text, panic, sizeof(panic) - 1u) == 0;
}
