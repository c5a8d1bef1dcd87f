/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdbool.h>

#include <tzvmm/log.h>

/* Where formatted characters go: what does not fit is cut. */
struct sink {
	char *at;
	char *end; /* place of the NUL at the latest */
};

/* One conversion, parsed. */
struct spec {
	char conv;
	char pad;     /* ' ' or '0' */
	uint8_t size; /* bytes of an integer argument */
	unsigned width;
};

static void put(struct sink *out, char c)
{
	if (out->at < out->end) {
		*out->at++ = c;
	}
}

static void put_repeated(struct sink *out, char c, size_t nr)
{
	while (nr-- > 0u && out->at < out->end) {
		put(out, c);
	}
}

static void put_padded(struct sink *out, const struct spec *spec, const char *text,
		       size_t len)
{
	if (len < spec->width) {
		put_repeated(out, ' ', spec->width - len);
	}
	while (len-- > 0u) {
		put(out, *text++);
	}
}

static void put_string(struct sink *out, const struct spec *spec, const char *text)
{
	size_t len = 0;

	if (text == NULL) {
		text = "(null)";
	}
	while (text[len] != '\0') {
		len++;
	}
	put_padded(out, spec, text, len);
}

/* Digits of a value, most significant first, by subtraction: the Cortex-A8 has no
 * division, and so none of the compiler's helpers is needed. */
static size_t decimal(char *digits, uint64_t value)
{
	static const uint64_t powers[] = {
		10000000000000000000u,
		1000000000000000000u,
		100000000000000000u,
		10000000000000000u,
		1000000000000000u,
		100000000000000u,
		10000000000000u,
		1000000000000u,
		100000000000u,
		10000000000u,
		1000000000u,
		100000000u,
		10000000u,
		1000000u,
		100000u,
		10000u,
		1000u,
		100u,
		10u,
	};
	size_t len = 0;

	for (size_t i = 0; i < sizeof(powers) / sizeof(powers[0]); i++) {
		char digit = '0';

		for (; value >= powers[i]; value -= powers[i]) {
			digit++;
		}
		if (digit != '0' || len > 0u) {
			digits[len++] = digit;
		}
	}
	digits[len++] = (char)('0' + (char)value);
	return len;
}

static size_t hexadecimal(char *digits, uint64_t value)
{
	size_t len = 0;

	for (unsigned shift = 64; shift > 0u;) {
		shift -= 4u;
		if (value >> shift != 0u || shift == 0u) {
			digits[len++] = "0123456789abcdef"[value >> shift & 15u];
		}
	}
	return len;
}

static void put_number(struct sink *out, struct spec *spec, uint64_t value,
		       bool negative)
{
	char text[21]; /* a sign and the 20 digits of 2^64 - 1 */
	char *digits = text;
	size_t len;

	if (negative) {
		*digits++ = '-';
	}
	len = spec->conv == 'x' ? hexadecimal(digits, value) : decimal(digits, value);
	if (spec->pad == '0') {
		/* Zeros go between the sign and the digits. */
		if (negative) {
			put(out, '-');
			spec->width -= spec->width > 0u;
		}
		if (len < spec->width) {
			put_repeated(out, '0', spec->width - len);
		}
		spec->width = 0;
		put_padded(out, spec, digits, len);
		return;
	}
	put_padded(out, spec, text, len + negative);
}

/* An argument list that can be handed on by address everywhere. */
struct args {
	va_list list;
};

static uint64_t next_unsigned(struct args *args, uint8_t size)
{
	return size == sizeof(uint64_t) ? va_arg(args->list, uint64_t)
					: va_arg(args->list, uint32_t);
}

static int64_t next_signed(struct args *args, uint8_t size)
{
	return size == sizeof(int64_t) ? va_arg(args->list, int64_t)
				       : va_arg(args->list, int32_t);
}

/* Parse what follows a %; the place after it. */
static const char *parse(const char *fmt, struct spec *spec)
{
	*spec = (struct spec){ .pad = ' ', .size = sizeof(int) };
	if (*fmt == '0') {
		spec->pad = '0';
		fmt++;
	}
	for (; *fmt >= '0' && *fmt <= '9'; fmt++) {
		spec->width = spec->width * 10u + (unsigned)(*fmt - '0');
	}
	if (*fmt == 'z') {
		spec->size = sizeof(size_t);
		fmt++;
	} else if (*fmt == 'l') {
		spec->size = sizeof(long);
		if (*++fmt == 'l') {
			spec->size = sizeof(long long);
			fmt++;
		}
	}
	spec->conv = *fmt;
	return fmt + 1;
}

static bool convert(struct sink *out, struct spec *spec, struct args *args)
{
	int64_t number;
	char c;

	switch (spec->conv) {
	case '%':
		put(out, '%');
		return true;
	case 'c':
		c = (char)va_arg(args->list, int);
		put_padded(out, spec, &c, 1);
		return true;
	case 's':
		put_string(out, spec, va_arg(args->list, const char *));
		return true;
	case 'd':
		number = next_signed(args, spec->size);
		put_number(out, spec,
			   number < 0 ? 0u - (uint64_t)number : (uint64_t)number,
			   number < 0);
		return true;
	case 'u':
	case 'x':
		put_number(out, spec, next_unsigned(args, spec->size), false);
		return true;
	default:
		return false;
	}
}

size_t tzvmm_vformat(char *buf, size_t size, const char *fmt, va_list list)
{
	struct sink out = { .at = buf, .end = buf + size - 1u };
	struct args args;
	struct spec spec;

	va_copy(args.list, list);
	while (*fmt != '\0') {
		if (*fmt != '%') {
			put(&out, *fmt++);
			continue;
		}
		fmt = parse(fmt + 1, &spec);
		if (!convert(&out, &spec, &args)) {
			/* How big its argument is cannot be known: stop here. */
			put(&out, '%');
			break;
		}
	}
	va_end(args.list);
	*out.at = '\0';
	return (size_t)(out.at - buf);
}

size_t tzvmm_format(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = tzvmm_vformat(buf, size, fmt, args);
	va_end(args);
	return len;
}
