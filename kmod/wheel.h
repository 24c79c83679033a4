/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the kernel's timer wheel (kernel/time/timer.c) keeps its appointments.
 * It rounds up, by at most an eighth of the span. Times are in jiffies.
 */
#ifndef TCPSCOPE_WHEEL_H
#define TCPSCOPE_WHEEL_H

#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>

/*
 * At which jiffy a timer fires that was set at the jiffy clk for expires.
 * calc_wheel_index(), calc_index().
 */
unsigned long tcpscope_wheel_fires(unsigned long expires, unsigned long clk);

/*
 * The same for a timer that its own handler sets again, for delay after the
 * jiffy it was called for: the wheel has gone on by then (__run_timers()).
 */
unsigned long tcpscope_wheel_again(unsigned long at, unsigned long delay);

/*
 * How many jiffies can be leapt over where every expiry comes delay after the
 * last and nothing is decided before left has passed. at must be an expiry by
 * that delay: from there on the wheel rounds all of them alike.
 */
unsigned long tcpscope_wheel_leap(unsigned long at, unsigned long delay,
				  unsigned long left);

/* A timeout after so many doublings, at most max. */
static inline unsigned long tcpscope_backed_off(unsigned long timeout,
						unsigned int times,
						unsigned long max)
{
	return min_t(u64, (u64)timeout << min(times, 20U), max);
}

#endif /* TCPSCOPE_WHEEL_H */
