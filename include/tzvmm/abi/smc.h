/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_ABI_SMC_H
#define TZVMM_ABI_SMC_H

/** @file
 * Calls of a guest: fast 32-bit SMCs of the vendor-specific hypervisor service,
 * [SMCCC] owner 6. The normative text is docs/abi.md. Nothing is included, so
 * that kernels and assemblers can use this file as it is.
 *
 * The function is in r0, arguments are in r1 to r7. r0 answers; registers that a
 * call does not name as a result keep what the guest put there. */

/** @name Version of this interface
 * A guest MUST NOT go on when the major number is another one than its own. A
 * higher minor number has more calls or features, and all of the lower one.
 * @{ */
#define TZVMM_SMC_MAJOR 1 /**< Other numbers do not fit together. */
#define TZVMM_SMC_MINOR 1 /**< Grows with each addition. */
/** @} */

/** @name Functions
 * @{ */
/** In: r1 page, 0. Out: r0 SUCCESS, r1 TZVMM_SMC_HAS_x, r2 virtio devices, r3 0;
 * INVALID for another page. */
#define TZVMM_SMC_FEATURES 0x86000000u
/** In: r1 bytes, at most TZVMM_SMC_WRITE_MAX; r2 .. r7 text, first byte lowest.
 * Out: r0 bytes taken, perhaps fewer, or INVALID. */
#define TZVMM_SMC_CONSOLE_WRITE 0x86000001u
/** In: r1 most bytes, at most TZVMM_SMC_READ_MAX. Out: r0 bytes, 0 if nobody has
 * typed; r1 .. r3 text, first byte lowest, filled up with zeros; or INVALID. */
#define TZVMM_SMC_CONSOLE_READ 0x86000002u
/** In: r1 device, r2 register, r3 size. Out: r0 SUCCESS, r1 value; or INVALID. */
#define TZVMM_SMC_VIRTIO_READ 0x86000003u
/** In: r1 device, r2 register, r3 size, r4 value. Out: r0 SUCCESS or INVALID. */
#define TZVMM_SMC_VIRTIO_WRITE 0x86000004u
/** In: r1 device, r2 queue. Out: r0 SUCCESS or INVALID. */
#define TZVMM_SMC_VIRTIO_NOTIFY 0x86000005u
/** Take the causes of an interrupt: pending and acknowledge in one. In: r1 device.
 * Out: r0 SUCCESS, r1 TZVMM_VIRTIO_INT_x, which are no longer pending; or
 * INVALID. */
#define TZVMM_SMC_VIRTIO_INTERRUPT 0x86000006u
/** Since 1.1: used buffers by edges, which the guest ends at its interrupt
 * controller, instead of TZVMM_VIRTIO_INT_USED. In: r1 device, r2 1 on, 0 off. Out:
 * r0 SUCCESS, INVALID, or NOT_SUPPORTED if the device has no line for it. */
#define TZVMM_SMC_VIRTIO_EDGES 0x86000007u
/** Out: r0 number of functions of this owner. */
#define TZVMM_SMC_CALL_COUNT 0x8600FF00u
/** Out: r0 .. r3 TZVMM_SMC_UID_x. */
#define TZVMM_SMC_CALL_UID 0x8600FF01u
/** Out: r0 TZVMM_SMC_MAJOR, r1 TZVMM_SMC_MINOR. */
#define TZVMM_SMC_REVISION 0x8600FF03u
/** @} */

/** Answer of TZVMM_SMC_CALL_COUNT in this version. */
#define TZVMM_SMC_NR_CALLS 11u

/** @name UID ed6626e5-10d4-4555-8d9e-e0e02b999775
 * Its bytes, the first one lowest.
 * @{ */
#define TZVMM_SMC_UID_0 0xE52666EDu /**< In r0. */
#define TZVMM_SMC_UID_1 0x5545D410u /**< In r1. */
#define TZVMM_SMC_UID_2 0xE0E09E8Du /**< In r2. */
#define TZVMM_SMC_UID_3 0x7597992Bu /**< In r3. */
/** @} */

/** @name Answers in r0
 * @{ */
#define TZVMM_SMC_SUCCESS 0u                /**< Done. */
#define TZVMM_SMC_NOT_SUPPORTED 0xFFFFFFFFu /**< No such function here. */
#define TZVMM_SMC_INVALID 0xFFFFFFFEu       /**< An argument is not right. */
/** @} */

/** @name Features, r1 of TZVMM_SMC_FEATURES
 * @{ */
#define TZVMM_SMC_HAS_CONSOLE 1u /**< CONSOLE_x are served. */
#define TZVMM_SMC_HAS_VIRTIO 2u  /**< VIRTIO_x are served. */
#define TZVMM_SMC_HAS_EDGES 4u   /**< VIRTIO_EDGES is, for some device. */
/** @} */

#define TZVMM_SMC_WRITE_MAX 24u /**< Bytes of one CONSOLE_WRITE. */
#define TZVMM_SMC_READ_MAX 12u  /**< Bytes of one CONSOLE_READ. */

#endif /* TZVMM_ABI_SMC_H */
