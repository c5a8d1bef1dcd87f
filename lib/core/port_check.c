/* SPDX-License-Identifier: BSD-2-Clause */
#include <tzvmm/irq.h>
#include <tzvmm/port/port.h>

static const char *bad_sys(const struct tzvmm_sys *sys)
{
	if (sys == NULL) {
		return "sys";
	}
	if (sys->ops == NULL) {
		return "sys.ops";
	}
	if (sys->ops->now_us == NULL) {
		return "sys.ops.now_us";
	}
	if (sys->ops->log == NULL) {
		return "sys.ops.log";
	}
	return NULL;
}

static const char *bad_irqchip(const struct tzvmm_irqchip *chip)
{
	if (chip == NULL) {
		return "irqchip";
	}
	if (chip->ops == NULL) {
		return "irqchip.ops";
	}
	if (chip->ops->is_guest == NULL) {
		return "irqchip.ops.is_guest";
	}
	if (chip->ops->set_level == NULL) {
		return "irqchip.ops.set_level";
	}
	if (chip->nr_lines == 0u || chip->nr_lines > TZVMM_NR_LINES) {
		return "irqchip.nr_lines";
	}
	return NULL;
}

static bool overlap(const struct tzvmm_window *a, const struct tzvmm_window *b)
{
	/* Neither wraps; a difference below the other's length is inside. */
	return a->ipa - b->ipa < b->len || b->ipa - a->ipa < a->len;
}

static const char *bad_ram(const struct tzvmm_gmem *ram)
{
	if (ram->windows == NULL) {
		return "ram.windows";
	}
	if (ram->nr_windows == 0u) {
		return "ram.nr_windows";
	}
	for (size_t i = 0; i < ram->nr_windows; i++) {
		const struct tzvmm_window *win = &ram->windows[i];

		if (win->len == 0u || win->ipa + win->len < win->ipa) {
			return "ram.windows.len";
		}
		if (win->va == NULL) {
			return "ram.windows.va";
		}
		for (size_t j = 0; j < i; j++) {
			if (overlap(win, &ram->windows[j])) {
				return "ram.windows.ipa";
			}
		}
	}
	return NULL;
}

static const char *bad_entropy(const struct tzvmm_entropy *entropy)
{
	if (entropy != NULL && entropy->ops == NULL) {
		return "entropy.ops";
	}
	if (entropy != NULL && entropy->ops->read == NULL) {
		return "entropy.ops.read";
	}
	return NULL;
}

enum tzvmm_status tzvmm_port_check(const struct tzvmm_port *port, const char **why)
{
	if (port == NULL) {
		*why = "port";
		return TZVMM_E_INVAL;
	}
	if (port->abi != TZVMM_PORT_ABI) {
		*why = "abi";
		return TZVMM_E_UNSUPP;
	}
	*why = port->name == NULL ? "name" : bad_sys(port->sys);
	if (*why == NULL) {
		*why = bad_irqchip(port->irqchip);
	}
	if (*why == NULL) {
		*why = bad_ram(&port->ram);
	}
	if (*why == NULL) {
		*why = bad_entropy(port->entropy);
	}
	return *why == NULL ? TZVMM_OK : TZVMM_E_INVAL;
}
