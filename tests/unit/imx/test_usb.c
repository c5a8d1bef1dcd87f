/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a guest's USB. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <imx/usb.h>
#include <imx/usb_regs.h>

#include "regs.h"

#define BASE 0x53F80200u
#define DEVICE 2u
#define ITC (8u << 16) /* a field of USBCMD that the guest may have set */

/* A core: its reset takes some looks and leaves nothing of what was set. */
static struct model_regs core;
static const struct model_reg core_table[] = {
	{ .offset = USB_USBCMD, .rw = UINT32_MAX },
	{ .offset = USB_USBSTS, .ro = UINT32_MAX },
	{ .offset = USB_USBMODE, .ro = UINT32_MAX },
};
static unsigned looks_to_reset;
static bool ran_into_reset;

static void wrote(struct model_regs *regs, uint32_t offset, uint32_t value)
{
	static uint32_t before;

	(void)regs;
	(void)offset;
	if ((value & USBCMD_RST) != 0u && (before & USBCMD_RS) != 0u) {
		ran_into_reset = true;
	}
	before = value;
}

static void reads(struct model_regs *regs, uint32_t offset)
{
	uint32_t *cmd = model_reg(regs, USB_USBCMD);

	if (offset == USB_USBCMD && (*cmd & USBCMD_RST) != 0u &&
	    looks_to_reset-- == 0u) {
		*cmd = 0;
		*model_reg(regs, USB_USBMODE) = USBMODE_CM_IDLE;
	}
}

static void set_core(uint32_t cmd, uint32_t sts, uint32_t mode)
{
	*model_reg(&core, USB_USBCMD) = cmd;
	*model_reg(&core, USB_USBSTS) = sts;
	*model_reg(&core, USB_USBMODE) = mode;
}

static int bring_up(void **state)
{
	(void)state;
	model_reset();
	model_regs_init(&core, "usb", BASE, 4, core_table,
			sizeof(core_table) / sizeof(core_table[0]));
	core.wrote = wrote;
	core.reads = reads;
	looks_to_reset = 5;
	ran_into_reset = false;
	return 0;
}

static void a_core_that_was_not_started_is_left_alone(void **state)
{
	(void)state;
	assert_int_equal(imx_usb_stop(&model_sys, BASE), TZVMM_OK);
	set_core(ITC, USBSTS_HCH, USBMODE_CM_HOST);
	assert_int_equal(imx_usb_stop(&model_sys, BASE), TZVMM_OK);
	assert_int_equal(model_take_writes(), 0);
}

static void what_runs_is_stopped_and_then_reset(void **state)
{
	static const uint32_t modes[] = { DEVICE, USBMODE_CM_HOST };

	for (unsigned i = 0; i < 2; i++) {
		bring_up(state);
		set_core(ITC | USBCMD_RS, 0, modes[i]);
		assert_int_equal(imx_usb_stop(&model_sys, BASE), TZVMM_OK);
		assert_int_equal(model_take_writes(), 2);
		assert_int_equal(*model_reg(&core, USB_USBMODE), USBMODE_CM_IDLE);
		assert_false(ran_into_reset);
	}
}

/* Descriptors may still be primed. */
static void a_device_that_has_let_go_of_the_bus_is_reset_too(void **state)
{
	(void)state;
	set_core(ITC, 0, DEVICE);
	assert_int_equal(imx_usb_stop(&model_sys, BASE), TZVMM_OK);
	assert_int_equal(*model_reg(&core, USB_USBMODE), USBMODE_CM_IDLE);
}

static void a_reset_that_does_not_end_is_told(void **state)
{
	(void)state;
	looks_to_reset = UINT32_MAX;
	set_core(USBCMD_RS, 0, DEVICE);
	assert_int_equal(imx_usb_stop(&model_sys, BASE), TZVMM_E_TIMEOUT);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, bring_up)
	const struct CMUnitTest tests[] = {
		T(a_core_that_was_not_started_is_left_alone),
		T(what_runs_is_stopped_and_then_reset),
		T(a_device_that_has_let_go_of_the_bus_is_reset_too),
		T(a_reset_that_does_not_end_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
