/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel keeps about a socket, copied under the lock of its bucket, and
 * the record worked out from the copy when the lock is gone.
 */
#ifndef TCPSCOPE_COPY_H
#define TCPSCOPE_COPY_H

#include <linux/align.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

#include <tcpscope/abi.h>

#include "facts.h"
#include "timers.h"

/*
 * A socket's facts: the record without timers, and in place of these what they
 * are worked out from. Of a listener and of a timewait minisocket nothing is to
 * be worked out: theirs is the whole record. In a batch they end behind what is
 * used of this, after tcpscope_facts_size().
 */
struct tcpscope_facts {
	union {
		struct tcpscope_conn conn;
		struct {
			u8 conn_without_timers[TCPSCOPE_CONN_SIZE];
			struct tcpscope_limits limits;
			union {
				struct tcpscope_request_facts request;
				struct tcpscope_timer_facts timers;
			};
		};
	};
};

/* Whether the record is complete as it is. */
static inline bool tcpscope_facts_are_record(const struct tcpscope_facts *facts)
{
	return facts->conn.state == TCPSCOPE_TIME_WAIT ||
	       facts->conn.state == TCPSCOPE_LISTEN;
}

static inline size_t tcpscope_facts_size(const struct tcpscope_facts *facts)
{
	if (tcpscope_facts_are_record(facts))
		return tcpscope_conn_size(&facts->conn);
	return facts->conn.flags & TCPSCOPE_FLAG_REQUEST ?
		ALIGN(offsetofend(struct tcpscope_facts, request), 8) :
		sizeof(struct tcpscope_facts);
}

/*
 * Works the record out from the facts, with all armed timers; of rec->timers,
 * those beyond rec->n_timers are not touched. Pure. Any context.
 */
static inline void tcpscope_facts_decode(struct tcpscope_conn *rec,
					 const struct tcpscope_facts *facts)
{
	if (tcpscope_facts_are_record(facts)) {
		memcpy(rec, &facts->conn, tcpscope_conn_size(&facts->conn));
		return;
	}
	memcpy(rec, &facts->conn, TCPSCOPE_CONN_SIZE);
	if (rec->flags & TCPSCOPE_FLAG_REQUEST)
		tcpscope_request_decode(rec, &facts->request, &facts->limits);
	else
		tcpscope_timers_decode(rec, &facts->timers, &facts->limits);
}

#endif /* TCPSCOPE_COPY_H */
