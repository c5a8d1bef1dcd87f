// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Console by secure monitor calls to tzvmm, the hypervisor in the secure world:
 * text goes to and fro in registers, and a line is up while there is input.
 *
 * The console works from the first line on: earlycon=tzvmm needs nothing but the
 * call, hvc0 comes with the console initcalls, its terminal with the devices. As a
 * module it comes late, and shows first what the kernel has said until then. It
 * stays: the hvc layer does not count who uses it.
 */

#include <linux/console.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/serial_core.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "hvc_console.h"
#include "tzvmm.h"

#define VTERM 0 /* there is one console, hvc0 */
#define COMPATIBLE "tzvmm,console"
#define OUTBUF_SIZE 512

/*
 * Text that finds no room is offered again, as the serial line behind it is slow.
 * What ends that where nobody drains it is a number of calls, not a time: there
 * is text before there is a clock. A call takes more than a microsecond, so this
 * is a second or more, in which the line would have sent ten thousand bytes.
 */
#define MAX_REFUSALS 1000000

/* The types of the hvc layer's operations. */
#ifdef TZVMM_HAVE_HVC_SSIZE
#define HVC_RET ssize_t
#define HVC_LEN size_t
#define HVC_CHAR u8
#else
#define HVC_RET int
#define HVC_LEN int
#define HVC_CHAR char
#endif

/* Offer up to TZVMM_SMC_WRITE_MAX bytes; returns how many were taken. */
static u32 write_some(const void *text, u32 len)
{
	__le32 words[TZVMM_SMC_WRITE_MAX / 4] = {};
	struct arm_smccc_res res;

	memcpy(words, text, len);
	/* Inline calls cannot have r7 in Thumb kernels, so this is a function. */
	arm_smccc_smc(TZVMM_SMC_CONSOLE_WRITE, len, le32_to_cpu(words[0]),
		      le32_to_cpu(words[1]), le32_to_cpu(words[2]),
		      le32_to_cpu(words[3]), le32_to_cpu(words[4]),
		      le32_to_cpu(words[5]), &res);
	/* An error, there is none but for a console that is gone, takes all. */
	return res.a0 <= len ? res.a0 : len;
}

/*
 * Calls in a row that took nothing. Console and terminal may count at once; the
 * number is no more than a measure.
 */
static u32 refusals;

/* As hvc wants it: how many were taken, -EAGAIN for no room, another error for text
 * that is to be thrown away.
 */
static HVC_RET put_chars(u32 vterm, const HVC_CHAR *buf, HVC_LEN len)
{
	HVC_LEN done = 0;

	while (done < len) {
		const u32 nr = min_t(u32, len - done, TZVMM_SMC_WRITE_MAX);
		const u32 taken = write_some(buf + done, nr);

		done += taken;
		if (taken < nr)
			break;
	}
	if (done || !len) {
		WRITE_ONCE(refusals, 0);
		return done;
	}
	if (READ_ONCE(refusals) >= MAX_REFUSALS)
		return -EIO;
	WRITE_ONCE(refusals, READ_ONCE(refusals) + 1);
	return -EAGAIN;
}

/* Ask for up to TZVMM_SMC_READ_MAX bytes; returns how many there were. */
static u32 read_some(void *text, u32 len)
{
	struct arm_smccc_res res;
	__le32 words[TZVMM_SMC_READ_MAX / 4];

	if (tzvmm_call(TZVMM_SMC_CONSOLE_READ, len, 0, 0, 0, &res) > len)
		return 0;
	words[0] = cpu_to_le32(res.a1);
	words[1] = cpu_to_le32(res.a2);
	words[2] = cpu_to_le32(res.a3);
	memcpy(text, words, res.a0);
	return res.a0;
}

#ifndef MODULE
/* Early console. */

static void write_all(const void *text, u32 len)
{
	HVC_RET nr = -EAGAIN;

	while (len && (nr > 0 || nr == -EAGAIN)) {
		nr = put_chars(VTERM, text, len);
		if (nr > 0) {
			text += nr;
			len -= nr;
		}
	}
}

static void early_write(struct console *con, const char *text, unsigned int len)
{
	char piece[TZVMM_SMC_WRITE_MAX];
	u32 used = 0;

	for (; len; len--, text++) {
		if (*text == '\n')
			piece[used++] = '\r';
		piece[used++] = *text;
		if (used >= sizeof(piece) - 1 || len == 1) {
			write_all(piece, used);
			used = 0;
		}
	}
}

static int __init early_setup(struct earlycon_device *device, const char *options)
{
	const int err = tzvmm_probe(TZVMM_SMC_HAS_CONSOLE);

	if (err < 0)
		return err;
	device->con->write = early_write;
	return 0;
}

EARLYCON_DECLARE(tzvmm, early_setup);
#endif

/*
 * Input. The line stays up until everything was read. A terminal that is
 * throttled does not read, so the line is masked until somebody has read to the
 * end.
 */

static struct {
	spinlock_t lock; /* for what follows */
	int irq;
	bool open;    /* the handler may mask the line */
	bool masked;  /* it did, reading to the end unmasks */
	bool drained; /* somebody has read to the end since this was cleared */
} input = {
	.lock = __SPIN_LOCK_UNLOCKED(input.lock),
};

static void input_drained(void)
{
	unsigned long flags;

	spin_lock_irqsave(&input.lock, flags);
	input.drained = true;
	if (input.masked) {
		input.masked = false;
		enable_irq(input.irq);
	}
	spin_unlock_irqrestore(&input.lock, flags);
}

static void mask_unless_drained(void)
{
	unsigned long flags;

	spin_lock_irqsave(&input.lock, flags);
	if (input.open && !input.drained && !input.masked) {
		input.masked = true;
		disable_irq_nosync(input.irq);
	}
	spin_unlock_irqrestore(&input.lock, flags);
}

static irqreturn_t input_interrupt(int irq, void *data)
{
	WRITE_ONCE(input.drained, false);
	if (hvc_poll(data))
		hvc_kick();
	mask_unless_drained();
	return IRQ_HANDLED;
}

static int notifier_add(struct hvc_struct *hp, int irq)
{
	if (!irq ||
	    request_irq(irq, input_interrupt, IRQF_NO_AUTOEN, "hvc_tzvmm", hp)) {
		/* Without an interrupt the hvc thread polls. */
		hp->irq_requested = 0;
		return 0;
	}
	input.irq = irq;
	input.masked = false;
	input.open = true;
	hp->irq_requested = 1;
	enable_irq(irq);
	return 0;
}

static void notifier_del(struct hvc_struct *hp, int irq)
{
	if (!hp->irq_requested)
		return;
	/* From here on, nothing but the next open unmasks the line. */
	disable_irq(irq);
	spin_lock_irq(&input.lock);
	input.open = false;
	input.masked = false;
	spin_unlock_irq(&input.lock);
	free_irq(irq, hp);
	hp->irq_requested = 0;
}

/* Console and terminal. */

static HVC_RET get_chars(u32 vterm, HVC_CHAR *buf, HVC_LEN len)
{
	HVC_LEN got = 0;

	while (got < len) {
		const u32 most = min_t(u32, len - got, TZVMM_SMC_READ_MAX);
		const u32 nr = read_some(buf + got, most);

		got += nr;
		if (nr < most) {
			input_drained();
			break;
		}
	}
	return got;
}

static const struct hv_ops tzvmm_hv_ops = {
	.get_chars = get_chars,
	.put_chars = put_chars,
	.notifier_add = notifier_add,
	.notifier_del = notifier_del,
	.notifier_hangup = notifier_del,
};

#ifndef MODULE
static int __init hvc_tzvmm_console_init(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, COMPATIBLE);
	const bool there = node && of_device_is_available(node);

	of_node_put(node);
	/* On other machines nobody may take the call. */
	if (!there || tzvmm_probe(TZVMM_SMC_HAS_CONSOLE) < 0)
		return -ENODEV;
	return hvc_instantiate(VTERM, 0, &tzvmm_hv_ops);
}
console_initcall(hvc_tzvmm_console_init);
#endif

static int tzvmm_console_probe(struct platform_device *pdev)
{
	const int found = tzvmm_probe(TZVMM_SMC_HAS_CONSOLE);
	struct hvc_struct *hp;
	int irq;

	if (found < 0)
		return found;
	irq = platform_get_irq_optional(pdev, 0);
	if (irq < 0 && irq != -ENXIO)
		return irq;
	hp = hvc_alloc(VTERM, irq < 0 ? 0 : irq, &tzvmm_hv_ops, OUTBUF_SIZE);
	return PTR_ERR_OR_ZERO(hp);
}

static const struct of_device_id tzvmm_console_of_match[] = {
	{ .compatible = COMPATIBLE }, { /* end */ }
};
MODULE_DEVICE_TABLE(of, tzvmm_console_of_match);

static struct platform_driver tzvmm_console_driver = {
	.probe = tzvmm_console_probe,
	.driver = {
		.name = "hvc-tzvmm",
		.of_match_table = tzvmm_console_of_match,
		.suppress_bind_attrs = true,
	},
};
builtin_platform_driver(tzvmm_console_driver);

MODULE_DESCRIPTION("Console by calls to tzvmm");
MODULE_LICENSE("Dual BSD/GPL");
