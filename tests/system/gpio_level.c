/* SPDX-License-Identifier: BSD-2-Clause */
/* A Linux module for what no program can ask for: interrupts of a GPIO line as long as
 * it is high. The handler stays until the line is low, as one that serves a device. */
#include <linux/delay.h>
#include <linux/gpio/consumer.h>
#include <linux/gpio/driver.h>
#include <linux/gpio/machine.h>
#include <linux/interrupt.h>
#include <linux/module.h>

static unsigned int begun, ended;
module_param(begun, uint, 0444);
module_param(ended, uint, 0444);

static struct gpio_desc *line;
static int irq;

static irqreturn_t serve(int number, void *data)
{
	unsigned int i;

	begun++;
	for (i = 0; i < 1000 && gpiod_get_value_cansleep(line) > 0; i++)
		msleep(10);
	ended++;
	return IRQ_HANDLED;
}

static int any_chip(struct gpio_chip *chip, void *data)
{
	return 1;
}

static int __init level_init(void)
{
	struct gpio_chip *chip = gpiochip_find(NULL, any_chip);
	int err;

	if (!chip)
		return -ENODEV;
	line = gpiochip_request_own_desc(chip, 0, "level", GPIO_ACTIVE_HIGH,
					 GPIOD_IN);
	if (IS_ERR(line))
		return PTR_ERR(line);
	irq = gpiod_to_irq(line);
	err = irq < 0 ? irq
		      : request_threaded_irq(irq, NULL, serve,
					     IRQF_TRIGGER_HIGH | IRQF_ONESHOT,
					     "level", &line);
	if (err)
		gpiochip_free_own_desc(line);
	return err;
}

static void __exit level_exit(void)
{
	free_irq(irq, &line);
	gpiochip_free_own_desc(line);
}

module_init(level_init);
module_exit(level_exit);
MODULE_DESCRIPTION("a test of level interrupts");
MODULE_LICENSE("Dual BSD/GPL");
