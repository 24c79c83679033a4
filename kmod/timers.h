/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which timers of a connection are armed, how far each is and where it ends.
 *
 * Touching and deciding are apart: facts.c copies what the kernel keeps into
 * plain numbers, the *_decode functions turn those into the timers of a record
 * and can be tested with a table.
 */
#ifndef TCPSCOPE_TIMERS_H
#define TCPSCOPE_TIMERS_H

#include <tcpscope/abi.h>

#include "facts.h"

/*
 * Appends an armed timer of this kind (enum tcpscope_timer_kind) to a record,
 * with attempt, limit and prognosis unknown, and sets TIMER_F_OVERDUE if
 * expires_ns is negative. Gives the timer to fill in, or NULL when the record
 * has no room (there is room for all that can be armed together).
 */
static inline struct tcpscope_timer *
tcpscope_timer_add(struct tcpscope_conn *rec, u8 kind, s64 expires_ns)
{
	struct tcpscope_timer *timer;

	if (rec->n_timers >= ARRAY_SIZE(rec->timers))
		return NULL;

	timer = &rec->timers[rec->n_timers++];
	*timer = (struct tcpscope_timer) {
		.kind = kind,
		.expires_ns = expires_ns,
		.gives_up_ns = TCPSCOPE_UNKNOWN_NS,
		.attempt = TCPSCOPE_UNKNOWN_COUNT,
		.limit = TCPSCOPE_UNKNOWN_COUNT,
	};
	if (expires_ns < 0 && expires_ns != TCPSCOPE_UNKNOWN_NS)
		timer->flags = TCPSCOPE_TIMER_F_OVERDUE;
	return timer;
}

/*
 * Appends to a record every armed timer of a full socket. Pure: reads only
 * its arguments.
 */
void tcpscope_timers_decode(struct tcpscope_conn *rec,
			    const struct tcpscope_timer_facts *facts,
			    const struct tcpscope_limits *limits);

/*
 * Appends to a record the SYN-ACK timer of a request socket. Pure. A timer
 * that is not set up yet has expires_ns unknown and TIMER_F_UNARMED_YET.
 */
void tcpscope_request_decode(struct tcpscope_conn *rec,
			     const struct tcpscope_request_facts *facts,
			     const struct tcpscope_limits *limits);

/* Appends to a record the timer of a timewait minisocket. Pure. */
static inline void
tcpscope_timewait_decode(struct tcpscope_conn *rec,
			 const struct tcpscope_timewait_facts *facts)
{
	u8 kind = facts->substate == TCPSCOPE_FIN_WAIT2 ?
		  TCPSCOPE_TIMER_FINWAIT2 : TCPSCOPE_TIMER_TIMEWAIT;
	struct tcpscope_timer *timer;

	timer = tcpscope_timer_add(rec, kind, facts->end.expires_ns);
	if (timer)
		timer->gives_up_ns =
			tcpscope_jiffies_to_ns(facts->end.fires - facts->jiffies,
					       facts->hz);
}

#endif /* TCPSCOPE_TIMERS_H */
