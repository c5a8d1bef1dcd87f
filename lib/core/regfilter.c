/* SPDX-License-Identifier: BSD-2-Clause */
#include <tzvmm/regfilter.h>

#define REG_LEN 4u

static bool is_rule_sound(const struct tzvmm_filter_rule *rule, uint32_t from,
			  uint32_t len)
{
	/* 17 bits of registers: cannot overflow 64 bits. */
	uint64_t end = rule->offset + (rule->more + UINT64_C(1)) * REG_LEN;

	return rule->offset % REG_LEN == 0u && rule->offset >= from && end <= len &&
	       (rule->flags & ~TZVMM_FILTER_DIRECT) == 0u &&
	       (rule->set & rule->clear) == 0u;
}

enum tzvmm_status
tzvmm_filter_init(struct tzvmm_filter_dev *dev, const struct tzvmm_filter *filter,
		  const struct tzvmm_filter_hw *hw, const struct tzvmm_sys *sys)
{
	uint32_t from = 0;

	if (hw->read32 == NULL || hw->write32 == NULL || filter->len % REG_LEN != 0u) {
		return TZVMM_E_INVAL;
	}
	for (size_t i = 0; i < filter->nr_rules; i++) {
		const struct tzvmm_filter_rule *rule = &filter->rules[i];

		if (!is_rule_sound(rule, from, filter->len)) {
			return TZVMM_E_INVAL;
		}
		from = rule->offset + (rule->more + 1u) * REG_LEN;
	}
	*dev = (struct tzvmm_filter_dev){ .filter = filter, .hw = hw, .sys = sys };
	return TZVMM_OK;
}

/* The rule of the register at offset; NULL if it has none. */
static const struct tzvmm_filter_rule *find_rule(const struct tzvmm_filter *filter,
						 uint32_t offset)
{
	size_t low = 0;
	size_t high = filter->nr_rules;

	while (low < high) {
		size_t middle = low + (high - low) / 2u;
		const struct tzvmm_filter_rule *rule = &filter->rules[middle];

		if (offset < rule->offset) {
			high = middle;
		} else if (offset - rule->offset > rule->more * REG_LEN) {
			low = middle + 1u;
		} else {
			return rule;
		}
	}
	return NULL;
}

static uint32_t hw_read(const struct tzvmm_filter_dev *dev, uint32_t offset)
{
	return dev->hw->read32(dev->hw->ctx, dev->filter->ipa + offset);
}

static enum tzvmm_status filter_read(void *ctx, uint32_t offset, unsigned size,
				     uint32_t *value)
{
	const struct tzvmm_filter_dev *dev = ctx;
	const struct tzvmm_filter_rule *rule = find_rule(dev->filter, offset);

	if (size != REG_LEN) {
		return TZVMM_E_UNSUPP;
	}
	*value = 0;
	if (rule != NULL && rule->read != 0u) {
		*value = hw_read(dev, offset) & rule->read;
	}
	return TZVMM_OK;
}

/* Each register has one line, and the table of those that had it bounds them all:
 * the limit by time alone would follow a clock that the guest may turn. */
static void refuse(struct tzvmm_filter_dev *dev, uint32_t offset, uint32_t value)
{
	dev->refused += dev->refused < UINT32_MAX;
	for (uint32_t i = 0; i < dev->nr_logged; i++) {
		if (dev->logged[i] == offset) {
			return;
		}
	}
	if (dev->nr_logged == TZVMM_FILTER_NR_LOGGED) {
		return;
	}
	dev->logged[dev->nr_logged++] = offset;
	tzvmm_log_limited(dev->sys, &dev->limit, TZVMM_LOG_INFO,
			  "filter: %s+0x%x: not all of 0x%08x may be written",
			  dev->filter->name, (unsigned)offset, (unsigned)value);
}

static enum tzvmm_status filter_write(void *ctx, uint32_t offset, unsigned size,
				      uint32_t value)
{
	struct tzvmm_filter_dev *dev = ctx;
	const struct tzvmm_filter_rule *rule = find_rule(dev->filter, offset);
	uint32_t old = 0;
	uint32_t seen = 0;
	uint32_t written = 0;

	if (size != REG_LEN) {
		return TZVMM_E_UNSUPP;
	}
	if (rule == NULL || rule->write == 0u) {
		refuse(dev, offset, value);
		return TZVMM_OK;
	}
	if ((rule->flags & TZVMM_FILTER_DIRECT) == 0u) {
		old = hw_read(dev, offset);
		seen = old & rule->read;
	}
	written = (old & ~rule->write) | (value & rule->write);
	written = (written | rule->set) & ~rule->clear;
	dev->hw->write32(dev->hw->ctx, dev->filter->ipa + offset, written);
	/* What a guest read and wrote back unchanged is no attempt. */
	if (((value ^ seen) & ~rule->write) != 0u ||
	    ((value ^ written) & rule->write) != 0u) {
		refuse(dev, offset, value);
	}
	return TZVMM_OK;
}

const struct tzvmm_mmio_ops tzvmm_filter_ops = {
	.read = filter_read,
	.write = filter_write,
};

struct tzvmm_mmio_region tzvmm_filter_region(struct tzvmm_filter_dev *dev)
{
	return (struct tzvmm_mmio_region){ dev->filter->name, dev->filter->ipa,
					   dev->filter->len, &tzvmm_filter_ops, dev };
}

uint32_t tzvmm_filter_refused(const struct tzvmm_filter_dev *dev)
{
	return dev->refused;
}
