/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Jiffies of a kernel that has hz of them a second. They are counted in 64
 * bits here: what the kernel itself keeps in 32 (a user timeout in ms times
 * hz, a month's age) would wrap.
 */
#ifndef TCPSCOPE_TICKS_H
#define TCPSCOPE_TICKS_H

#include "pure.h"

#define TCPSCOPE_SEC_NS 1000000000LL
#define TCPSCOPE_SEC_MS 1000

/*
 * Jiffies to nanoseconds, signed, rounded towards zero. The kernel's
 * jiffies_to_nsecs() goes through 32 bits of microseconds and so wraps after
 * 71 minutes, less than a keepalive's 2 hours.
 */
static inline s64 tcpscope_jiffies_to_ns(s64 delta, u32 hz)
{
	s32 left;
	s64 sec;

	if ((u32)TCPSCOPE_SEC_NS % hz == 0)
		return delta * ((u32)TCPSCOPE_SEC_NS / hz);
	sec = div_s64_rem(delta, hz, &left);
	return sec * TCPSCOPE_SEC_NS + div_s64(left * TCPSCOPE_SEC_NS, hz);
}

/* Back again, to the nearest jiffy; ns may not be negative. */
static inline u64 tcpscope_ns_to_jiffies(s64 ns, u32 hz)
{
	s32 left;
	u64 sec = div_s64_rem(ns, TCPSCOPE_SEC_NS, &left);

	return sec * hz +
	       div_u64((u64)left * hz + TCPSCOPE_SEC_NS / 2, TCPSCOPE_SEC_NS);
}

/* Milliseconds to jiffies, rounded up, as msecs_to_jiffies(). */
static inline u64 tcpscope_ms_to_jiffies(u64 ms, u32 hz)
{
	return div_u64(ms * hz + TCPSCOPE_SEC_MS - 1, TCPSCOPE_SEC_MS);
}

/* Jiffies to milliseconds, rounded down, as jiffies_to_msecs(). */
static inline u64 tcpscope_jiffies_to_ms(u64 delta, u32 hz)
{
	return div_u64(delta * TCPSCOPE_SEC_MS, hz);
}

/*
 * The age of a stamp of a 32-bit clock that counts per_sec a second. One that
 * another processor set after now was read, by less than a second, is new.
 */
static inline u32 tcpscope_age(u32 now, u32 stamp, u32 per_sec)
{
	u32 age = now - stamp;

	return age > (u32)-1 - per_sec ? 0 : age;
}

/*
 * An age in whole milliseconds, in whole jiffies. A handler that a jiffy brings
 * takes its stamp at once; what is cut off of it may be missing from the age.
 */
static inline u32 tcpscope_age_jiffies(u32 age_ms, u32 hz)
{
	u32 cut = hz < TCPSCOPE_SEC_MS;

	return div_u64(((u64)age_ms + cut) * hz, TCPSCOPE_SEC_MS);
}

/* The constants of net/tcp.h that are said in jiffies there. */

/* TCP_RTO_MIN */
static inline u32 tcpscope_rto_min_const(u32 hz)
{
	return hz / 5;
}

/* TCP_RTO_MAX; a socket may have a ceiling of its own. */
static inline u32 tcpscope_rto_max_const(u32 hz)
{
	return 120 * hz;
}

/* TCP_TIMEOUT_INIT */
static inline u32 tcpscope_timeout_init(u32 hz)
{
	return hz;
}

/* TCP_TIMEWAIT_LEN */
static inline u32 tcpscope_timewait_len(u32 hz)
{
	return 60 * hz;
}

#define TCPSCOPE_TIMEOUT_MIN 2 /* TCP_TIMEOUT_MIN */
#define TCPSCOPE_THIN_LINEAR_RETRIES 6 /* TCP_THIN_LINEAR_RETRIES */

#endif /* TCPSCOPE_TICKS_H */
