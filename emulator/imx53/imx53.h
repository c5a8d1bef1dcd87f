/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * i.MX53 for QEMU: what the parts of the model share.
 *
 * The facts behind the numbers, with their sources and with what is guessed,
 * are listed in ../README.md.
 */
#ifndef IMX53_H
#define IMX53_H

#include "qemu/osdep.h"
#include "cpu.h"
#include "exec/address-spaces.h"
#include "exec/memory.h"
#include "hw/irq.h"
#include "hw/misc/imx_ccm.h"
#include "hw/qdev-properties.h"
#include "hw/sd/sd.h"
#include "hw/sysbus.h"
#include "qapi/error.h"
#include "qemu/log.h"
#include "qemu/module.h"
#include "qemu/notify.h"
#include "qemu/timer.h"
#include "qom/object.h"

#define IMX53_CSD0_BASE 0x70000000u
#define IMX53_CSD1_BASE 0xB0000000u
#define IMX53_CSD_WINDOW 0x40000000u
#define IMX53_WINDOW_SIZE 0x4000u

#define IMX53_NR_IRQS 128
#define IMX53_NR_GPIOS 7
#define IMX53_NR_UARTS 5
#define IMX53_NR_ESDHCS 4

/* ---- trace: world switches and the LED, one line an event ---- */

typedef struct Imx53Trace {
	FILE *file; /* NULL: no trace wanted */
} Imx53Trace;

bool imx53_trace_open(Imx53Trace *t, const char *path, Error **errp);
void imx53_trace_event(Imx53Trace *t, const char *what, const char *arg);

/* ---- journal: what leaves the board, for cuts of the power ---- */

enum imx53_journal_kind {
	JOURNAL_RESET = 1,   /* of the board */
	JOURNAL_COMMAND = 2, /* a card took it; value: index, argument << 32 */
	JOURNAL_DATA = 3,    /* a card has it; value: its address in bytes */
	JOURNAL_READY = 4,   /* a card has programmed what it was sent */
	JOURNAL_UART = 5,    /* UART1 sends a byte */
};

typedef struct Imx53Journal {
	FILE *file;
	MemoryRegion tap;
	MemoryRegion *uart;
} Imx53Journal;

bool imx53_journal_open(Imx53Journal *j, const char *path, Error **errp);
/* Nothing if j is NULL: no journal is wanted. */
void imx53_journal_add(Imx53Journal *j, enum imx53_journal_kind kind,
		       unsigned port, uint64_t value, const void *data,
		       uint32_t len);
/* A region that passes all on to the UART and journals what it sends. */
MemoryRegion *imx53_journal_tap(Imx53Journal *j, MemoryRegion *uart);

/* ---- CPU: a Cortex-A8 that honours SCR.EA ---- */

#define TYPE_IMX53_CPU ARM_CPU_TYPE_NAME("imx53-cortex-a8")
OBJECT_DECLARE_SIMPLE_TYPE(Imx53Cpu, IMX53_CPU)

struct Imx53Cpu {
	ARMCPU parent_obj;

	Imx53Trace *trace;
	bool was_secure;
};

/* Let an imprecise external abort become pending (FS = 10110). */
void imx53_cpu_pend_abort(Imx53Cpu *cpu);
void imx53_cpu_trace(Imx53Cpu *cpu, Imx53Trace *trace);

/* ---- CSU: slave gates and master attributes ---- */

#define TYPE_IMX53_CSU "imx53-csu"
OBJECT_DECLARE_SIMPLE_TYPE(Imx53CsuState, IMX53_CSU)

#define IMX53_NR_CSL 32

/* A slave slot: CSL register number and half, as the fact tables write it. */
#define IMX53_SLOT_A(n) (2 * (n))
#define IMX53_SLOT_B(n) (2 * (n) + 1)
#define IMX53_SLOT_OPEN (-1)   /* no CSU slot: the block guards itself */
#define IMX53_SLOT_UNKNOWN (-3) /* one of those that nobody has published */
#define IMX53_SLOT_SECURE (-2) /* secure supervisor only */

/* Position of a master's two bits in SA. */
enum imx53_master {
	IMX53_MASTER_ESDHC3 = 0,
	IMX53_MASTER_SDMA = 4,
	IMX53_MASTER_GPU = 6,
	IMX53_MASTER_USB = 8,
	IMX53_MASTER_PATA = 10,
	IMX53_MASTER_MLB = 14,
	IMX53_MASTER_RTIC = 18,
	IMX53_MASTER_ESDHC4 = 20,
	IMX53_MASTER_FEC = 22,
	IMX53_MASTER_DAP = 24,
	IMX53_MASTER_ESDHC1 = 26,
	IMX53_MASTER_ESDHC2 = 28,
};

struct Imx53CsuState {
	SysBusDevice parent_obj;

	MemoryRegion iomem;
	uint32_t csl[IMX53_NR_CSL];
	uint32_t sa;
	uint32_t hp[2];
	uint32_t alarm_mask;
	uint32_t irq_control;
	uint64_t refused; /* accesses refused since power-up */
	uint32_t secure_masters; /* fields of SA that are secure whatever it says */

	/* The view of a secure master. */
	AddressSpace secure_as;
	MemoryRegion *secure_mr;
	Imx53Cpu *cpu;

	bool ahbmax;		/* normal world needs the AHBMAX slots too */
	bool csu_open;		/* the normal world reaches the CSU itself */
	bool imprecise_stores;	/* refused stores abort late */
	bool refused_hang;	/* the CPU stands after a refused access */
};

typedef struct Imx53Gate {
	MemoryRegion mr;
	MemoryRegion *target;
	Imx53CsuState *csu;
	hwaddr base;
	int slot;
	const char *name;
} Imx53Gate;

/* Map target at base behind the gate of a slot. */
void imx53_csu_map(Imx53CsuState *s, Imx53Gate *gate, const char *name,
		   MemoryRegion *target, hwaddr base, uint64_t size, int slot);

/* DMA as the attribute of a master has it. */
MemTxResult imx53_csu_dma(Imx53CsuState *s, enum imx53_master master,
			  hwaddr addr, void *buf, hwaddr len, bool to_memory);

/* Whether an access to what is behind a slot would pass. */
bool imx53_csu_slot_allows(const Imx53CsuState *s, int slot, bool is_write,
			   MemTxAttrs attrs);

/* ---- bus masters for tests ---- */

#define TYPE_IMX53_BUSMASTER "imx53-busmaster"
OBJECT_DECLARE_SIMPLE_TYPE(Imx53BusmasterState, IMX53_BUSMASTER)
#define IMX53_BUSMASTER_BASE 0x0E000000u

struct Imx53BusmasterState {
	SysBusDevice parent_obj;

	MemoryRegion iomem;
	Imx53CsuState *csu;
	uint32_t master, address, length, data, result;
};

/* ---- TZIC ---- */

#define TYPE_IMX53_TZIC "imx53-tzic"
OBJECT_DECLARE_SIMPLE_TYPE(Imx53TzicState, IMX53_TZIC)

#define TZIC_WORDS (IMX53_NR_IRQS / 32)

struct Imx53TzicState {
	SysBusDevice parent_obj;

	MemoryRegion iomem;
	qemu_irq irq;
	qemu_irq fiq;

	bool en;
	bool nsen;
	uint8_t priomask;
	uint32_t syncctrl;
	bool dsmint[2]; /* [normal] */
	uint32_t level[TZIC_WORDS];
	uint32_t soft[TZIC_WORDS];
	uint32_t enabled[TZIC_WORDS];
	uint32_t intsec[TZIC_WORDS];
	uint32_t wakeup[TZIC_WORDS];
	uint8_t priority[IMX53_NR_IRQS];

	bool ns_intsec; /* let the normal world read INTSEC */
};

/* ---- M4IF ---- */

#define TYPE_IMX53_M4IF "imx53-m4if"
OBJECT_DECLARE_SIMPLE_TYPE(Imx53M4ifState, IMX53_M4IF)

#define M4IF_NR_REGS (0x1000 / 4)
#define M4IF_MAX_MIRRORS 8

/* What answers where no DDR is populated: UNKNOWN on silicon. */
enum imx53_alias {
	IMX53_ALIAS_BLOCKED, /* DDR repeats, and so does the watermark */
	IMX53_ALIAS_OPEN,    /* DDR repeats without it */
	IMX53_ALIAS_NONE,    /* nothing */
	IMX53_ALIAS_CSD1,    /* chip select 1 is open DDR of chip select 0 */
};

/* What a watermark hides: one overlay in each mirror of a chip select. */
typedef struct Imx53Watermark {
	Imx53M4ifState *m4if;
	unsigned cs;
	bool mapped;
	hwaddr start;
	MemoryRegion mr[M4IF_MAX_MIRRORS];
} Imx53Watermark;

struct Imx53M4ifState {
	SysBusDevice parent_obj;

	MemoryRegion iomem;
	qemu_irq irq;
	uint32_t regs[M4IF_NR_REGS];
	Imx53Watermark mark[2];
	MemoryRegion *normal_view;
	uint64_t refused;

	uint64_t bank_size[2]; /* populated bytes of a chip select, 0: none */
	enum imx53_alias alias;
	bool ns_write;	       /* the normal world may write the registers */
	bool imprecise;	       /* what it refuses reads as zero and aborts late */
	Imx53Cpu *cpu;
};

/* ---- CCM and DPLLs ---- */

#define TYPE_IMX53_CCM "imx53-ccm"
OBJECT_DECLARE_SIMPLE_TYPE(Imx53CcmState, IMX53_CCM)

#define IMX53_NR_PLLS 4
#define CCM_NR_REGS (0x90 / 4)
#define DPLL_NR_REGS (0x28 / 4)

enum imx53_clk {
	IMX53_CLK_IPG,
	IMX53_CLK_PER,
	IMX53_CLK_32K,
	IMX53_CLK_OSC,
	IMX53_CLK_UART,
	IMX53_CLK_ESDHC1,
	IMX53_CLK_ESDHC2,
	IMX53_CLK_ESDHC3,
	IMX53_CLK_ESDHC4,
	IMX53_CLK_EPIT1,
	IMX53_CLK_EPIT2,
};

typedef struct Imx53Dpll {
	MemoryRegion iomem;
	struct Imx53CcmState *ccm;
	uint32_t regs[DPLL_NR_REGS];
} Imx53Dpll;

struct Imx53CcmState {
	IMXCCMState parent_obj;

	MemoryRegion iomem;
	uint32_t regs[CCM_NR_REGS];
	Imx53Dpll pll[IMX53_NR_PLLS];
	NotifierList changed;
};

/* Rate in Hz, 0 while gated. */
uint32_t imx53_ccm_rate(Imx53CcmState *s, enum imx53_clk clk);
/* Rate of the EPIT's selected source (CR.CLKSRC), 0 while gated. */
uint32_t imx53_ccm_epit_rate(Imx53CcmState *s, unsigned nr, unsigned clksrc);

/* ---- EPIT ---- */

#define TYPE_IMX53_EPIT "imx53-epit"
OBJECT_DECLARE_SIMPLE_TYPE(Imx53EpitState, IMX53_EPIT)

struct Imx53EpitState {
	SysBusDevice parent_obj;

	MemoryRegion iomem;
	qemu_irq irq;
	QEMUTimer *timer;
	Notifier clk_changed;
	Imx53CcmState *ccm;
	unsigned nr; /* 0 or 1 */

	uint32_t cr;
	uint32_t sr;
	uint32_t lr;
	uint32_t cmpr;
	uint32_t base_count; /* the counter's value at base_ns */
	int64_t base_ns;
	uint32_t rate; /* ticks a second, 0: stopped */
};

/* ---- watchdog ---- */

#define TYPE_IMX53_WDOG "imx53-wdog"
OBJECT_DECLARE_SIMPLE_TYPE(Imx53WdogState, IMX53_WDOG)

struct Imx53WdogState {
	SysBusDevice parent_obj;

	MemoryRegion iomem;
	qemu_irq irq;
	QEMUTimer *expiry;
	QEMUTimer *warning;

	uint16_t wcr, wsr, wrsr, wicr, wmcr;
	bool once; /* WCR has been written: some of it is locked */
	bool wicr_locked;
	bool fired; /* its reset is under way */
	int64_t loaded_ns;
	unsigned halves; /* half seconds from there to the reset */
};

/* ---- eSDHC ---- */

#define TYPE_IMX53_ESDHC "imx53-esdhc"
OBJECT_DECLARE_SIMPLE_TYPE(Imx53EsdhcState, IMX53_ESDHC)

#define TYPE_IMX53_EMMC "imx53-emmc"
OBJECT_DECLARE_SIMPLE_TYPE(Imx53EmmcState, IMX53_EMMC)

struct Imx53EmmcState {
	DeviceState parent_obj;

	BlockBackend *blk;
	Imx53EsdhcState *host;
	uint64_t len;
	int state;
	bool asked; /* CMD1 has come */
	uint16_t rca;
	uint32_t errors; /* of R1, until they are told */
	unsigned lines;
	uint8_t ext[512];
	uint64_t at; /* of the next byte */
	bool sends_ext;
	uint32_t blocks_left; /* 0: until CMD12 */
	uint32_t wanted;      /* of CMD23, for the next command; 0: none */
	uint64_t erase_from, erase_to;
};

bool imx53_emmc_inserted(const Imx53EmmcState *e);
/* Answers as sdbus_do_command() does. */
int imx53_emmc_command(Imx53EmmcState *e, const SDRequest *req, uint8_t *response);
/* Whether it sends data to the host, or takes them from it, at this clock. */
bool imx53_emmc_ready(const Imx53EmmcState *e, bool to_host, uint64_t hz);
void imx53_emmc_read(Imx53EmmcState *e, void *buf, uint32_t len);
void imx53_emmc_write(Imx53EmmcState *e, const void *buf, uint32_t len);

bool imx53_esdhc_inserted(Imx53EsdhcState *s);
void imx53_esdhc_inserted_changed(Imx53EsdhcState *s, bool inserted);

#define TYPE_IMX53_ESDHC_BUS "imx53-esdhc-bus"

#define ESDHC_MAX_BLOCK 4096
#define ESDHC_CHUNK 8192

struct Imx53EsdhcState {
	SysBusDevice parent_obj;

	MemoryRegion iomem;
	qemu_irq irq;
	SDBus sdbus;
	Imx53EmmcState *emmc; /* NULL: what is on sdbus */
	qemu_irq changed;     /* a card comes or goes */
	Imx53CcmState *ccm;
	Imx53CsuState *csu;
	Imx53Journal *journal; /* NULL: none */
	Notifier clk_changed;

	/* Properties */
	uint8_t nr; /* port 0..3 */
	bool v3;
	bool card_detect;
	bool early_tc;
	bool adma_len0;
	bool adma_nop_end;
	bool cmd12_abort;
	bool cmd23;
	bool cmd23_abort;
	uint32_t busy_us;
	uint32_t erase_us;

	/* Registers */
	uint32_t dsaddr, blkattr, cmdarg, xfertyp, rsp[4];
	uint32_t proctl, sysctl, irqstat, irqstaten, irqsigen;
	uint32_t ac12err, wml, admaes, adsaddr, vendor, mmcboot, dllctrl;

	/* Command phase */
	QEMUTimer *cmd_timer;
	bool cmd_active;
	uint32_t cmd_xfertyp;
	bool starting;	 /* the CPU's last access has started one; not in counted time */
	uint32_t unseen; /* bits of IRQSTAT that came since */

	/* Data phase */
	QEMUTimer *data_timer;
	int data_state; /* enum data_state */
	uint32_t data_xfertyp;
	int64_t data_deadline;
	uint32_t blocks_left;
	bool open_ended;
	bool exact;	   /* the card was told the length */
	bool unended;	   /* such a transfer is over but for its abort */
	uint32_t fifo_pos, fifo_len;
	uint8_t fifo[ESDHC_CHUNK];
	uint32_t adma_left;
	uint64_t adma_addr;
	bool adma_end;
	uint64_t sdma_addr;

	/* What the card does behind the last transfer */
	QEMUTimer *busy_timer;
	int64_t busy_until;
	bool busy_tc;	   /* TC is due when the card is ready again */
	uint32_t tail_len; /* bytes taken, not yet in the card (early TC) */
	uint8_t tail[ESDHC_CHUNK];
	bool stop_wanted;  /* CMD12 to send behind the tail */
	int64_t stable_at;

	/* Snooped from the command stream */
	bool app_cmd;
	bool sends_scr;	   /* the data are the card's SCR */
	bool counted;	   /* the last command was SET_BLOCK_COUNT */
	bool sector_addressed;
	uint8_t card_width;
	bool storing;	   /* the last data command writes to the memory */
	uint64_t store_at; /* where its next byte goes */
	uint64_t bad_at;   /* bytes that the card takes no data for, from here */
	uint64_t bad_len;
};

/* ---- register files and stubs ---- */

#define TYPE_IMX53_REGS "imx53-regs"
OBJECT_DECLARE_SIMPLE_TYPE(Imx53RegsState, IMX53_REGS)

typedef struct Imx53RegInit {
	uint16_t offset;
	uint32_t value;	    /* at reset */
	uint32_t read_only; /* bits that software cannot change */
} Imx53RegInit;

typedef struct Imx53RegsDef {
	const char *name;
	uint32_t size;
	bool stub; /* reads as zero, ignores writes, logs */
	bool kept; /* outlives a reset of the board */
	const Imx53RegInit *init;
	size_t nr_init;
} Imx53RegsDef;

struct Imx53RegsState {
	SysBusDevice parent_obj;

	MemoryRegion iomem;
	const Imx53RegsDef *def;
	uint32_t *regs;
};

Imx53RegsState *imx53_regs_new(Object *parent, const Imx53RegsDef *def);

/* ---- the SoC ---- */

#define TYPE_IMX53_SOC "imx53"
OBJECT_DECLARE_SIMPLE_TYPE(Imx53SocState, IMX53_SOC)

#define IMX53_MAX_GATES 96

struct Imx53SocState {
	DeviceState parent_obj;

	Imx53Cpu cpu;
	Imx53CsuState csu;
	Imx53TzicState tzic;
	Imx53M4ifState m4if;
	Imx53CcmState ccm;
	Imx53EpitState epit[2];
	Imx53EsdhcState esdhc[IMX53_NR_ESDHCS];
	DeviceState *gpio[IMX53_NR_GPIOS];
	Imx53Journal *journal; /* NULL: none; to be set before realize */
	bool bus_masters;      /* likewise: registers of all bus masters, for tests */

	MemoryRegion secure_view;
	MemoryRegion secure_system;
	MemoryRegion boot_rom;
	MemoryRegion iram;
	Imx53Gate gate[IMX53_MAX_GATES];
	unsigned nr_gates;

	/* DDR: [0] on chip select 0, [1] on chip select 1 */
	MemoryRegion *ddr[2];
	MemoryRegion ddr_copy[2][2][M4IF_MAX_MIRRORS]; /* [view][cs][mirror] */
};

#endif
