/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the pure code (timers.c, prognosis*.c, wheel.c) takes from its
 * surroundings: a handful of types and helpers that the kernel has and user
 * space gets here. It has no HZ: that comes with the facts.
 */
#ifndef TCPSCOPE_PURE_H
#define TCPSCOPE_PURE_H

#ifdef __KERNEL__

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>

#else /* __KERNEL__ */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif

#ifndef min_t
#define min_t(type, a, b) \
	({ type one_ = (a); type other_ = (b); one_ < other_ ? one_ : other_; })
#define max_t(type, a, b) \
	({ type one_ = (a); type other_ = (b); one_ > other_ ? one_ : other_; })
#endif

static inline u64 div_u64(u64 dividend, u32 divisor)
{
	return dividend / divisor;
}

static inline u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}

static inline s64 div_s64(s64 dividend, s32 divisor)
{
	return dividend / divisor;
}

static inline s64 div_s64_rem(s64 dividend, s32 divisor, s32 *remainder)
{
	*remainder = dividend % divisor;
	return dividend / divisor;
}

/* The highest bit that is set; of 0 it is not defined. */
static inline int ilog2(u64 n)
{
	return 63 - __builtin_clzll(n);
}

#endif /* __KERNEL__ */

#endif /* TCPSCOPE_PURE_H */
