/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_ABI_VIRTIO_H
#define TZVMM_ABI_VIRTIO_H

/** @file
 * What a guest sees of a virtio device: the split ring, the registers of
 * virtio-mmio version 2 and the block device. Little-endian throughout.
 * Source: [VIRTIO] 2.6, 4.2.2 and 5.2. */

#include <stddef.h>
#include <stdint.h>

/** @name Feature bits [VIRTIO 6, 5.2.3]
 * @{ */
#define TZVMM_VIRTIO_F_INDIRECT_DESC (1ull << 28) /**< Indirect tables. */
#define TZVMM_VIRTIO_F_EVENT_IDX (1ull << 29)     /**< used_event, avail_event. */
#define TZVMM_VIRTIO_F_VERSION_1 (1ull << 32)     /**< Not the legacy interface. */
#define TZVMM_VIRTIO_BLK_F_SIZE_MAX (1ull << 1)   /**< Largest segment is told. */
#define TZVMM_VIRTIO_BLK_F_SEG_MAX (1ull << 2)    /**< Most segments are told. */
#define TZVMM_VIRTIO_BLK_F_RO (1ull << 5)         /**< Writes are refused. */
#define TZVMM_VIRTIO_BLK_F_BLK_SIZE (1ull << 6)   /**< Block size is told. */
#define TZVMM_VIRTIO_BLK_F_FLUSH (1ull << 9)      /**< There is a cache to flush. */
#define TZVMM_VIRTIO_BLK_F_TOPOLOGY (1ull << 10)  /**< Blocks and best sizes. */
#define TZVMM_VIRTIO_BLK_F_CONFIG_WCE (1ull << 11) /**< The cache can be put off. */
#define TZVMM_VIRTIO_BLK_F_DISCARD (1ull << 13)    /**< DISCARD is known. */
#define TZVMM_VIRTIO_BLK_F_WRITE_ZEROES (1ull << 14) /**< WRITE_ZEROES is. */
/** @} */

/** @name Device status [VIRTIO 2.1]
 * @{ */
#define TZVMM_VIRTIO_S_ACKNOWLEDGE 1u  /**< Seen by the guest. */
#define TZVMM_VIRTIO_S_DRIVER 2u       /**< The guest has a driver. */
#define TZVMM_VIRTIO_S_DRIVER_OK 4u    /**< The driver is ready. */
#define TZVMM_VIRTIO_S_FEATURES_OK 8u  /**< Features are agreed on. */
#define TZVMM_VIRTIO_S_NEEDS_RESET 64u /**< The device gave up. */
#define TZVMM_VIRTIO_S_FAILED 128u     /**< The driver gave up. */
/** @} */

/** @name Registers of virtio-mmio version 2 [VIRTIO 4.2.2]
 * @{ */
#define TZVMM_VIRTIO_MAGIC 0x000u               /**< Reads "virt". */
#define TZVMM_VIRTIO_VERSION 0x004u             /**< Reads 2. */
#define TZVMM_VIRTIO_DEVICE_ID 0x008u           /**< Kind of device. */
#define TZVMM_VIRTIO_VENDOR_ID 0x00Cu           /**< Who made it. */
#define TZVMM_VIRTIO_DEVICE_FEATURES 0x010u     /**< Offered, 32 bits of them. */
#define TZVMM_VIRTIO_DEVICE_FEATURES_SEL 0x014u /**< Which 32. */
#define TZVMM_VIRTIO_DRIVER_FEATURES 0x020u     /**< Accepted, 32 bits of them. */
#define TZVMM_VIRTIO_DRIVER_FEATURES_SEL 0x024u /**< Which 32. */
#define TZVMM_VIRTIO_QUEUE_SEL 0x030u           /**< Queue that QUEUE_x means. */
#define TZVMM_VIRTIO_QUEUE_NUM_MAX 0x034u       /**< Its largest size. */
#define TZVMM_VIRTIO_QUEUE_NUM 0x038u           /**< Its size. */
#define TZVMM_VIRTIO_QUEUE_READY 0x044u         /**< Whether it is in use. */
#define TZVMM_VIRTIO_QUEUE_NOTIFY 0x050u        /**< Something is in queue n. */
#define TZVMM_VIRTIO_INTERRUPT_STATUS 0x060u    /**< Bit 0 used, bit 1 config. */
#define TZVMM_VIRTIO_INTERRUPT_ACK 0x064u       /**< Clears those bits. */
#define TZVMM_VIRTIO_STATUS 0x070u              /**< Device status. */
#define TZVMM_VIRTIO_QUEUE_DESC_LOW 0x080u      /**< Descriptor table. */
#define TZVMM_VIRTIO_QUEUE_DESC_HIGH 0x084u     /**< Its upper half. */
#define TZVMM_VIRTIO_QUEUE_DRIVER_LOW 0x090u    /**< Available ring. */
#define TZVMM_VIRTIO_QUEUE_DRIVER_HIGH 0x094u   /**< Its upper half. */
#define TZVMM_VIRTIO_QUEUE_DEVICE_LOW 0x0A0u    /**< Used ring. */
#define TZVMM_VIRTIO_QUEUE_DEVICE_HIGH 0x0A4u   /**< Its upper half. */
#define TZVMM_VIRTIO_SHM_LEN_LOW 0x0B0u         /**< All ones: no such region. */
#define TZVMM_VIRTIO_SHM_LEN_HIGH 0x0B4u        /**< All ones. */
#define TZVMM_VIRTIO_SHM_BASE_LOW 0x0B8u        /**< All ones. */
#define TZVMM_VIRTIO_SHM_BASE_HIGH 0x0BCu       /**< All ones. */
#define TZVMM_VIRTIO_CONFIG_GENERATION 0x0FCu   /**< Changes with CONFIG. */
#define TZVMM_VIRTIO_CONFIG 0x100u              /**< What the device defines. */
#define TZVMM_VIRTIO_REGS_LEN 0x200u            /**< Bytes of one device. */
/** @} */

#define TZVMM_VIRTIO_MAGIC_VALUE 0x74726976u /**< "virt". */
#define TZVMM_VIRTIO_VERSION_VALUE 2u        /**< Not the legacy layout. */
#define TZVMM_VIRTIO_INT_USED 1u             /**< INTERRUPT_x: a queue moved. */
#define TZVMM_VIRTIO_INT_CONFIG 2u /**< INTERRUPT_x: status or config did. */
#define TZVMM_VIRTIO_ID_BLOCK 2u   /**< DEVICE_ID of a block device. */
#define TZVMM_VIRTIO_ID_CONSOLE 3u /**< ... of a console. */
#define TZVMM_VIRTIO_ID_ENTROPY 4u /**< ... of an entropy device. */
#define TZVMM_VIRTIO_ID_GPIO 41u   /**< ... of a GPIO controller. */

/** Largest queue that the format can have. */
#define TZVMM_VIRTQ_MAX_SIZE 32768u

/** @name Descriptor flags [VIRTIO 2.6.5]
 * @{ */
#define TZVMM_VIRTQ_NEXT 1u     /**< Goes on in next. */
#define TZVMM_VIRTQ_WRITE 2u    /**< The device writes it. */
#define TZVMM_VIRTQ_INDIRECT 4u /**< Names a table of descriptors. */
/** @} */

/** In the available ring's flags: the driver wants no interrupt. */
#define TZVMM_VIRTQ_NO_INTERRUPT 1u

/** A descriptor: a piece of guest memory. */
struct tzvmm_abi_virtq_desc {
	uint64_t addr; /**< Guest physical address. */
	uint64_t rest; /**< Bits 0..31 length in bytes, 32..47 flags,
			* 48..63 index of the next one. */
};

/** Driver to device; 2 bytes used_event follow ring[]. */
struct tzvmm_abi_virtq_avail {
	uint16_t flags;  /**< TZVMM_VIRTQ_NO_INTERRUPT. */
	uint16_t idx;    /**< Entries ever added, modulo 65536. */
	uint16_t ring[]; /**< Heads of chains. */
};

/** A returned chain. */
struct tzvmm_abi_virtq_used_elem {
	uint32_t id;  /**< Head of the chain. */
	uint32_t len; /**< Bytes written to it. */
};

/** Device to driver; 2 bytes avail_event follow ring[]. */
struct tzvmm_abi_virtq_used {
	uint16_t flags; /**< 0: notify. */
	uint16_t idx;   /**< Entries ever added, modulo 65536. */
	struct tzvmm_abi_virtq_used_elem ring[]; /**< Returned chains. */
};

/** Head of a block request. */
struct tzvmm_abi_virtio_blk_head {
	uint32_t type;     /**< TZVMM_VIRTIO_BLK_T_x. */
	uint32_t reserved; /**< Ignored. */
	uint64_t sector;   /**< First sector of 512 bytes. */
};

/** @name Block request types and answers [VIRTIO 5.2.6]
 * @{ */
#define TZVMM_VIRTIO_BLK_T_IN 0u       /**< Disk to guest. */
#define TZVMM_VIRTIO_BLK_T_OUT 1u      /**< Guest to disk. */
#define TZVMM_VIRTIO_BLK_T_FLUSH 4u    /**< Make writes durable. */
#define TZVMM_VIRTIO_BLK_T_GET_ID 8u   /**< Serial number. */
#define TZVMM_VIRTIO_BLK_T_DISCARD 11u /**< Segments are not wanted any more. */
#define TZVMM_VIRTIO_BLK_T_WRITE_ZEROES 13u /**< Segments are to read as zeros. */
#define TZVMM_VIRTIO_BLK_S_OK 0u            /**< Done. */
#define TZVMM_VIRTIO_BLK_S_IOERR 1u         /**< Failed or refused. */
#define TZVMM_VIRTIO_BLK_S_UNSUPP 2u        /**< Unknown type or flag. */
#define TZVMM_VIRTIO_BLK_ID_LEN 20u         /**< Bytes of GET_ID's answer. */
/** @} */

/** In a segment's flags, of WRITE_ZEROES only: the disk may free it. */
#define TZVMM_VIRTIO_BLK_UNMAP 1u

/** What DISCARD and WRITE_ZEROES have for data, once or more. */
struct tzvmm_abi_virtio_blk_segment {
	uint64_t sector;     /**< First sector of 512 bytes. */
	uint32_t nr_sectors; /**< Their number. */
	uint32_t flags;      /**< TZVMM_VIRTIO_BLK_UNMAP. */
};

/** Configuration of a block device, as far as the offered features go. */
struct tzvmm_abi_virtio_blk_config {
	uint64_t capacity;   /**< Sectors of 512 bytes. */
	uint32_t size_max;   /**< Most bytes in a segment. */
	uint32_t seg_max;    /**< Most segments in a request. */
	uint8_t geometry[4]; /**< Not offered: 0. */
	uint32_t blk_size;   /**< Bytes of a block. */

	uint8_t physical_block_exp; /**< 2^n blocks are one of the disk. */
	uint8_t alignment_offset;   /**< First block that starts one. */
	uint16_t min_io_size;       /**< Best size of small I/O, in blocks. */
	uint32_t opt_io_size;       /**< Best size of large I/O, in blocks. */

	uint8_t writeback;   /**< 0: an answered write is durable. Writable. */
	uint8_t reserved[3]; /**< 0. */

	uint32_t max_discard_sectors;      /**< Most in a segment. */
	uint32_t max_discard_seg;          /**< Most segments in a request. */
	uint32_t discard_sector_alignment; /**< Best alignment, in sectors. */
	uint32_t max_write_zeroes_sectors; /**< Most in a segment. */
	uint32_t max_write_zeroes_seg;     /**< Most segments in a request. */
	uint8_t write_zeroes_may_unmap;    /**< Not done: 0. */
	uint8_t reserved2[7];              /**< 0. */
};

/** @name Console [VIRTIO 5.3]
 * @{ */
#define TZVMM_VIRTIO_CONSOLE_F_MULTIPORT                                           \
	(1ull << 1)                          /**< Ports and control queues. */
#define TZVMM_VIRTIO_CONSOLE_DEVICE_READY 0u /**< Event: the driver is there. */
#define TZVMM_VIRTIO_CONSOLE_PORT_ADD 1u     /**< Event: there is a port. */
#define TZVMM_VIRTIO_CONSOLE_PORT_READY 3u   /**< Event: the driver has it. */
#define TZVMM_VIRTIO_CONSOLE_CONSOLE_PORT 4u /**< Event: it is a terminal. */
#define TZVMM_VIRTIO_CONSOLE_PORT_OPEN 6u    /**< Event: open (value 1) or not. */
#define TZVMM_VIRTIO_CONSOLE_PORT_NAME 7u    /**< Event: its name follows. */
/** @} */

/** Configuration of a console. */
struct tzvmm_abi_virtio_console_config {
	uint16_t cols;         /**< Not offered: 0. */
	uint16_t rows;         /**< Not offered: 0. */
	uint32_t max_nr_ports; /**< Ports. */
};

/** A control message. */
struct tzvmm_abi_virtio_console_control {
	uint32_t id;    /**< Port. */
	uint16_t event; /**< TZVMM_VIRTIO_CONSOLE_x. */
	uint16_t value; /**< 1 for yes. */
};

/** @name GPIO [VIRTIO 5.18]
 * @{ */
#define TZVMM_VIRTIO_GPIO_F_IRQ (1ull << 0) /**< Interrupts and their queue. */
#define TZVMM_VIRTIO_GPIO_GET_NAMES 1u      /**< Request: all names. */
#define TZVMM_VIRTIO_GPIO_GET_DIRECTION 2u /**< Request: TZVMM_VIRTIO_GPIO_DIR_x. */
#define TZVMM_VIRTIO_GPIO_SET_DIRECTION 3u /**< Request: the same. */
#define TZVMM_VIRTIO_GPIO_GET_VALUE 4u     /**< Request: 0 or 1. */
#define TZVMM_VIRTIO_GPIO_SET_VALUE 5u     /**< Request: the same. */
#define TZVMM_VIRTIO_GPIO_IRQ_TYPE 6u      /**< Request: TZVMM_VIRTIO_GPIO_IRQ_x. */
#define TZVMM_VIRTIO_GPIO_DIR_NONE 0u      /**< Nobody's. */
#define TZVMM_VIRTIO_GPIO_DIR_OUT 1u       /**< Output. */
#define TZVMM_VIRTIO_GPIO_DIR_IN 2u        /**< Input. */
#define TZVMM_VIRTIO_GPIO_IRQ_NONE 0u      /**< No interrupts. */
#define TZVMM_VIRTIO_GPIO_IRQ_RISING 1u    /**< Rising edges. */
#define TZVMM_VIRTIO_GPIO_IRQ_FALLING 2u   /**< Falling edges. */
#define TZVMM_VIRTIO_GPIO_IRQ_BOTH 3u      /**< Both. */
#define TZVMM_VIRTIO_GPIO_IRQ_HIGH 4u      /**< As long as it is high. */
#define TZVMM_VIRTIO_GPIO_IRQ_LOW 8u       /**< As long as it is low. */
#define TZVMM_VIRTIO_GPIO_OK 0u            /**< Status of an answer: done. */
#define TZVMM_VIRTIO_GPIO_ERR 1u           /**< ... refused. */
#define TZVMM_VIRTIO_GPIO_EVENT_INVALID 0u /**< Status of an event: none. */
#define TZVMM_VIRTIO_GPIO_EVENT_VALID 1u   /**< ... an interrupt. */
/** @} */

/** Configuration of a GPIO controller. */
struct tzvmm_abi_virtio_gpio_config {
	uint16_t ngpio;           /**< Lines. */
	uint8_t padding[2];       /**< 0. */
	uint32_t gpio_names_size; /**< Bytes of all names with their NULs. */
};

/** A request. */
struct tzvmm_abi_virtio_gpio_request {
	uint16_t type;  /**< TZVMM_VIRTIO_GPIO_GET_x, _SET_x, _IRQ_TYPE. */
	uint16_t gpio;  /**< Line. */
	uint32_t value; /**< What to set. */
};

/** Its answer, but that of GET_NAMES: there the names follow the status. */
struct tzvmm_abi_virtio_gpio_response {
	uint8_t status; /**< TZVMM_VIRTIO_GPIO_OK or _ERR. */
	uint8_t value;  /**< What was asked for. */
};

/** @cond PRIVATE */
_Static_assert(sizeof(struct tzvmm_abi_virtio_gpio_config) == 8, "virtio ABI");
_Static_assert(sizeof(struct tzvmm_abi_virtio_gpio_request) == 8, "virtio ABI");
_Static_assert(sizeof(struct tzvmm_abi_virtio_gpio_response) == 2, "virtio ABI");
_Static_assert(sizeof(struct tzvmm_abi_virtio_console_control) == 8, "virtio ABI");
_Static_assert(sizeof(struct tzvmm_abi_virtq_desc) == 16, "virtio ABI");
_Static_assert(sizeof(struct tzvmm_abi_virtq_used_elem) == 8, "virtio ABI");
_Static_assert(sizeof(struct tzvmm_abi_virtio_blk_head) == 16, "virtio ABI");
_Static_assert(sizeof(struct tzvmm_abi_virtio_blk_segment) == 16, "virtio ABI");
_Static_assert(sizeof(struct tzvmm_abi_virtio_blk_config) == 64, "virtio ABI");
_Static_assert(offsetof(struct tzvmm_abi_virtio_blk_config, blk_size) == 20,
	       "virtio ABI");
_Static_assert(offsetof(struct tzvmm_abi_virtio_blk_config, opt_io_size) == 28,
	       "virtio ABI");
_Static_assert(offsetof(struct tzvmm_abi_virtio_blk_config, writeback) == 32,
	       "virtio ABI");
_Static_assert(offsetof(struct tzvmm_abi_virtio_blk_config, max_discard_sectors) == 36,
	       "virtio ABI");
_Static_assert(offsetof(struct tzvmm_abi_virtio_blk_config,
			max_write_zeroes_sectors) == 48,
	       "virtio ABI");
/** @endcond */

#endif /* TZVMM_ABI_VIRTIO_H */
