/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdint.h>

#include "semihost.h"

#define SYS_WRITE0 0x04u
#define SYS_EXIT_EXTENDED 0x20u
#ifdef __thumb__
#define SEMIHOSTING "0xAB"
#else
#define SEMIHOSTING "0x123456"
#endif
#define APPLICATION_EXIT 0x20026u

static void semihost(uint32_t op, const void *arg)
{
	register uint32_t r0 __asm__("r0") = op;
	register const void *r1 __asm__("r1") = arg;

	__asm__ volatile("svc " SEMIHOSTING : "+r"(r0) : "r"(r1) : "memory", "lr");
}

void semihost_print(const char *text)
{
	semihost(SYS_WRITE0, text);
}

void semihost_exit(int status)
{
	const uint32_t args[2] = { APPLICATION_EXIT, (uint32_t)status };

	for (;;) {
		semihost(SYS_EXIT_EXTENDED, args);
	}
}
