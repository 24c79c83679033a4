/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One timer of the kernel's wheel, copied. Inline: most sockets of a busy host
 * are timewait minisockets, and this is most of what they have.
 */
#ifndef TCPSCOPE_ALARM_H
#define TCPSCOPE_ALARM_H

#include <linux/timer.h>
#include <net/inet_timewait_sock.h>

#include "facts.h"

/*
 * When the timer wheel calls a timer's handler: at the end of the slot the
 * timer is in, of which the index is in its flags (timer_set_idx(), calc_index()
 * in kernel/time/timer.c). A timer that is in none has fired, and its handler
 * waits for the socket's owner.
 */
static inline unsigned long
tcpscope_timer_fires(const struct timer_list *timer,
		     const struct tcpscope_now *now)
{
	unsigned int slot = READ_ONCE(timer->flags) >> TIMER_ARRAYSHIFT;
	unsigned int shift = min(slot / 64, 8U) * 3;
	unsigned long fires;

	fires = ((READ_ONCE(timer->expires) >> shift) + 1) << shift;
	if (!timer_pending(timer) || time_before(fires, now->jiffies))
		return now->jiffies;
	return fires;
}

/* expires is what TCP set the timer to. */
static inline void
tcpscope_alarm_read(struct tcpscope_alarm *alarm, bool armed,
		    unsigned long expires, const struct timer_list *timer,
		    const struct tcpscope_now *now)
{
	unsigned long fires;

	*alarm = (struct tcpscope_alarm) { .armed = armed };
	if (!armed)
		return;
	alarm->expires_ns = tcpscope_until_ns(expires, now, HZ);
	fires = tcpscope_timer_fires(timer, now);
	alarm->fires = now->jiffies + (u64)(fires - now->jiffies);
}

/* As tcpscope_timer_facts_read(), for a timewait minisocket. */
static inline void
tcpscope_timewait_facts_read(struct tcpscope_timewait_facts *facts,
			     const struct inet_timewait_sock *tw,
			     const struct tcpscope_now *now)
{
	facts->substate = READ_ONCE(tw->tw_substate);
	facts->hz = HZ;
	facts->jiffies = now->jiffies;
	tcpscope_alarm_read(&facts->end, true, READ_ONCE(tw->tw_timer.expires),
			    &tw->tw_timer, now);
}

#endif /* TCPSCOPE_ALARM_H */
