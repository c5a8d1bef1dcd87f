/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SDCARD_MODEL_H
#define SDCARD_MODEL_H

/* An SD card, an MMC or an eMMC as the bus sees it: states, commands, sectors, time to program. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sdcard_kind {
	SDCARD_SDHC,
	SDCARD_SDSC_V2, /* knows CMD8 */
	SDCARD_SDSC_V1,
	SDCARD_MMC_V3, /* no EXT_CSD, one line */
	SDCARD_MMC,    /* version 4, addressed by bytes */
	SDCARD_EMMC,   /* addressed by sectors */
	SDCARD_NONE,
};

/* What goes wrong with a command. */
enum sdcard_fault {
	SDCARD_OK,
	SDCARD_SILENT,   /* no answer */
	SDCARD_BAD_CRC,  /* answer with a bad checksum */
	SDCARD_NO_DATA,  /* the data never come, or are never taken */
	SDCARD_BAD_DATA, /* data with a bad checksum */
	SDCARD_R1_ERROR, /* the card's own general error */
	SDCARD_NR_FAULTS,
};

/* Where sectors are kept instead of in the model: whoever owns it decides what is
 * there, and when. */
struct sdcard_medium {
	void (*read)(void *ctx, uint32_t sector, uint8_t *to);
	void (*write)(void *ctx, uint32_t sector, const uint8_t *from);
	void *ctx;
};

#define SDCARD_MAX_REG 512u
#define SDCARD_NR_LOG 4096u
#define SDCARD_MAX_SECTORS 4096u

struct sdcard_model {
	enum sdcard_kind kind;
	uint64_t nr_sectors;  /* what the CSD says */
	uint64_t program_ns;  /* busy time after a write */
	uint64_t select_ns;   /* busy time after CMD7 */
	uint64_t erase_ns;    /* ... after CMD38 */
	uint8_t erased;       /* what erased sectors are full of */
	bool no_erase;        /* neither the class nor a trim */
	unsigned ready_after; /* ACMD41 or CMD1 until it is ready */
	bool locked;          /* by a password */
	bool write_protected;
	bool counts;    /* knows CMD23 */
	bool one_bit;   /* SCR does not offer four lines */
	bool no_switch; /* SCR says version 1.0 */
	bool no_high_speed;
	bool refuses_hs;     /* offers it, and does not switch */
	bool forgets_stop;   /* CMD12 is answered and not obeyed */
	uint32_t echo;       /* CMD8's answer */
	const uint32_t *csd; /* instead of one made of nr_sectors: w[0] is 39:8 */
	const uint8_t *scr;
	const uint8_t *status; /* ACMD13's answer, instead of zeros */
	uint32_t cid[4];
	/* MMC: */
	const uint8_t *ext_csd;  /* instead of one made of nr_sectors */
	uint32_t ocr;            /* CMD1's answer, without the busy bit */
	unsigned refuses_lines;  /* so many and more are refused; 0: none */
	unsigned broken_lines;   /* so many and more do not work; 0: all do */
	bool garbles;            /* what they carry is wrong, and its CRC right */
	bool refuses_everything; /* CMD6 of any kind */
	bool lies_about_hs;      /* says that it is at high speed, and is not */
	bool answers_cmd55;      /* though it knows no such commands */
	unsigned zero_rcas;      /* answers to CMD3 with address 0 */
	const struct sdcard_medium *medium; /* instead of store, if not NULL */
	/* The fault_at-th command from now, and every one after if sticky. */
	unsigned fault_at;
	enum sdcard_fault fault;
	bool fault_sticky;
	bool fault_hit;
	uint32_t bad_sector; /* that cannot be read or written; 0: none */

	unsigned state;
	uint32_t rca;
	unsigned nr_lines;
	bool app, high_speed, single;
	uint32_t count;  /* told by CMD23, for the next command only */
	uint32_t left;   /* blocks of a transfer that was counted, or 0 */
	uint32_t errors; /* to be told in the next answer */
	uint32_t sector; /* of the transfer under way */
	uint32_t erase_from, erase_to;
	unsigned erase_step; /* how many of the commands before CMD38 have come */
	uint64_t busy_until_ns;
	enum sdcard_fault data_fault; /* of the transfer under way */
	uint8_t reg[SDCARD_MAX_REG];  /* SCR, switch status or EXT_CSD under way */
	unsigned reg_len;
	uint8_t log[SDCARD_NR_LOG]; /* commands; 0x80 marks application ones */
	size_t nr_log;
	uint8_t store[SDCARD_MAX_SECTORS][512]; /* sectors beyond it wrap */
};

void sdcard_model_init(struct sdcard_model *card, enum sdcard_kind kind);

/* It gets its supply: what was set is forgotten, what is stored is not. */
void sdcard_model_power_on(struct sdcard_model *card, enum sdcard_kind kind);

/* Whether the card answers; the answer without its lowest byte, if it is long. */
bool sdcard_model_command(struct sdcard_model *card, unsigned index, uint32_t arg,
			  uint32_t rsp[4], bool *bad_crc);
/* The host's own CMD12. */
bool sdcard_model_auto_stop(struct sdcard_model *card, uint32_t *r1);
bool sdcard_model_busy(const struct sdcard_model *card);

/* A block of the transfer under way. false: it did not come, or was not taken;
 * *bad_crc tells which. */
bool sdcard_model_send(struct sdcard_model *card, uint8_t *to, size_t len,
		       bool *bad_crc);
bool sdcard_model_receive(struct sdcard_model *card, const uint8_t *from,
			  bool *bad_crc);

/* A block went over the bus, and the host could not read it. */
void sdcard_model_unheard(struct sdcard_model *card);
/* The highest clock it stands as it is set. */
uint32_t sdcard_model_max_hz(const struct sdcard_model *card);

/* The EXT_CSD that a card has by itself. */
void sdcard_model_ext_csd(const struct sdcard_model *card,
			  uint8_t raw[SDCARD_MAX_REG]);

/* How often a command came. */
unsigned sdcard_model_count(const struct sdcard_model *card, unsigned index);

#endif /* SDCARD_MODEL_H */
