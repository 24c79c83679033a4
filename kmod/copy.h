/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel keeps about a socket, copied under the lock of its bucket, and
 * the record worked out from the copy when the lock is gone.
 */
#ifndef TCPSCOPE_COPY_H
#define TCPSCOPE_COPY_H

#include <linux/types.h>

#include <tcpscope/abi.h>

#include "facts.h"

struct sock;

enum tcpscope_facts_of {
	TCPSCOPE_FACTS_OF_LISTENER,
	TCPSCOPE_FACTS_OF_TIMEWAIT,
	TCPSCOPE_FACTS_OF_REQUEST,
	TCPSCOPE_FACTS_OF_FULL,
};

/*
 * A socket's facts: the record without timers, and in place of these what they
 * are worked out from. In a batch they end behind what is used of the union.
 */
struct tcpscope_facts {
	union {
		struct tcpscope_conn conn;	/* its timers are to come */
		struct {
			u8 conn_without_timers[TCPSCOPE_CONN_SIZE];
			u32 hash;		/* sk_hash: with the cookie, the connection */
			u8 of;			/* enum tcpscope_facts_of */
			struct tcpscope_limits limits;
			union {
				struct tcpscope_timewait_facts timewait;
				struct tcpscope_request_facts request;
				struct tcpscope_timer_facts timers;
			};
		};
	};
};

/* What such facts take, in bytes; facts->of is believed. */
size_t tcpscope_facts_size(const struct tcpscope_facts *facts);

/*
 * Copies what is known about sk at the moment now: a full socket, a request or a
 * timewait minisocket. Works nothing out. Same terms as tcpscope_conn_fill().
 */
void tcpscope_facts_fill(struct tcpscope_facts *facts, struct sock *sk,
			 const struct tcpscope_now *now);

/*
 * Works the record out from the facts, with all armed timers; of rec->timers,
 * those beyond rec->n_timers are not touched. Pure. Any context.
 */
void tcpscope_facts_decode(struct tcpscope_conn *rec,
			   const struct tcpscope_facts *facts);

#endif /* TCPSCOPE_COPY_H */
