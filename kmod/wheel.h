/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the kernel's timer wheel (kernel/time/timer.c) keeps its appointments.
 * It rounds up, by at most an eighth of the span. Times are in jiffies.
 */
#ifndef TCPSCOPE_WHEEL_H
#define TCPSCOPE_WHEEL_H

#include "pure.h"

/*
 * At which jiffy a timer fires that was set at the jiffy clk for expires.
 * calc_wheel_index(), calc_index().
 */
u64 tcpscope_wheel_fires(u64 expires, u64 clk);

/*
 * The same for a timer that its own handler sets again, for delay after the
 * jiffy it was called for: the wheel has gone on by then (__run_timers()).
 */
u64 tcpscope_wheel_again(u64 at, u64 delay);

/*
 * How many jiffies can be leapt over where every expiry comes delay after the
 * last and nothing is decided before left has passed. at must be an expiry by
 * that delay: from there on the wheel rounds all of them alike.
 */
u64 tcpscope_wheel_leap(u64 at, u64 delay, u64 left);

/* A timeout after so many doublings, at most max. */
static inline u64 tcpscope_backed_off(u64 timeout, unsigned int times, u64 max)
{
	timeout <<= min_t(u32, times, 20);
	return min_t(u64, timeout, max);
}

#endif /* TCPSCOPE_WHEEL_H */
