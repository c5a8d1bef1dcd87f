/* SPDX-License-Identifier: BSD-2-Clause */
/* A Linux program of the guest for its GPIO lines, by the character device.
 * names:               each line's name
 * get LINE:            its level
 * set LINE 0|1 SECONDS: drive it for so long; "driven" when it is
 * watch LINE NR SECONDS: its edges, until there were NR and then none for that
 * long; "watching" when it begins */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/gpio.h>

static int fail(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 1;
}

/* Print all names, or find one: its number, or -1. */
static int names(int chip, const char *wanted)
{
	struct gpiochip_info info = { 0 };

	if (ioctl(chip, GPIO_GET_CHIPINFO_IOCTL, &info) != 0) {
		return -1;
	}
	for (uint32_t i = 0; i < info.lines; i++) {
		struct gpio_v2_line_info line = { .offset = i };

		if (ioctl(chip, GPIO_V2_GET_LINEINFO_IOCTL, &line) != 0) {
			return -1;
		}
		if (wanted == NULL) {
			printf("%s\n", line.name);
		} else if (strcmp(wanted, line.name) == 0) {
			return (int)i;
		}
	}
	return wanted == NULL ? 0 : -1;
}

/* A file for one line, or -1. */
static int request(int chip, const char *name, uint64_t flags, int value)
{
	struct gpio_v2_line_request asked = { .num_lines = 1, .consumer = "test" };
	const int offset = names(chip, name);

	if (offset < 0) {
		errno = ENOENT;
		return -1;
	}
	asked.offsets[0] = (uint32_t)offset;
	asked.config.flags = flags;
	if ((flags & GPIO_V2_LINE_FLAG_OUTPUT) != 0) {
		asked.config.num_attrs = 1;
		asked.config.attrs[0].mask = 1;
		asked.config.attrs[0].attr.id = GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES;
		asked.config.attrs[0].attr.values = (uint64_t)value;
	}
	return ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &asked) == 0 ? asked.fd : -1;
}

static int get(int line)
{
	struct gpio_v2_line_values values = { .mask = 1 };

	if (ioctl(line, GPIO_V2_LINE_GET_VALUES_IOCTL, &values) != 0) {
		return fail("get");
	}
	printf("%d\n", (int)(values.bits & 1));
	return 0;
}

static int watch(int line, int nr, int seconds)
{
	struct pollfd ready = { .fd = line, .events = POLLIN };
	struct gpio_v2_line_event event;
	int seen = 0;

	printf("watching\n");
	fflush(stdout);
	/* None may come too many: after the last one it waits as well. */
	while (poll(&ready, 1, (seen < nr ? 60 : seconds) * 1000) > 0) {
		if (read(line, &event, sizeof(event)) != sizeof(event)) {
			return fail("read");
		}
		seen++;
		printf("%s\n", event.id == GPIO_V2_LINE_EVENT_RISING_EDGE
				       ? "rising"
				       : "falling");
		fflush(stdout);
	}
	return seen == nr ? 0 : 1;
}

int main(int argc, char **argv)
{
	const uint64_t edges = GPIO_V2_LINE_FLAG_INPUT |
			       GPIO_V2_LINE_FLAG_EDGE_RISING |
			       GPIO_V2_LINE_FLAG_EDGE_FALLING;
	const int chip = open("/dev/gpiochip0", O_RDWR);
	int line;

	if (chip < 0) {
		return fail("open");
	}
	if (argc == 2 && strcmp(argv[1], "names") == 0) {
		return names(chip, NULL) == 0 ? 0 : fail("names");
	}
	if (argc == 3 && strcmp(argv[1], "get") == 0) {
		line = request(chip, argv[2], GPIO_V2_LINE_FLAG_INPUT, 0);
		return line < 0 ? fail("request") : get(line);
	}
	if (argc == 5 && strcmp(argv[1], "set") == 0) {
		line = request(chip, argv[2], GPIO_V2_LINE_FLAG_OUTPUT,
			       atoi(argv[3]));
		if (line < 0) {
			return fail("request");
		}
		printf("driven\n");
		fflush(stdout);
		sleep((unsigned)atoi(argv[4]));
		return 0;
	}
	if (argc == 5 && strcmp(argv[1], "watch") == 0) {
		line = request(chip, argv[2], edges, 0);
		return line < 0 ? fail("request")
				: watch(line, atoi(argv[3]), atoi(argv[4]));
	}
	return 2;
}
