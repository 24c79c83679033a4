/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A connection that waits, as net/ipv4/tcp_timer.c has it wait: its handlers retold, one call a timer's expiry,
 * in jiffies and in stamps of 32 bits as there, with no regard to how the prognosis comes to its result.
 */
#ifndef WAIT_H
#define WAIT_H

#include <stdbool.h>

#include "../../kmod/facts.h"

/* What is sent when the timer fires. */
enum wait_for { WAIT_DATA, WAIT_SHUT, WAIT_PROBE0, WAIT_KEEPALIVE };

struct wait {
	/* What it is. */
	enum wait_for what;
	u32 hz;
	u32 user_timeout_ms;
	u32 rto_ms, rto_max_ms, rto_min_ms;
	u32 idle_sec, interval_sec; /* of keepalive */
	u8 retries2, keepalive_probes;
	bool answers;	/* the peer does, with its window as shut as before */
	bool in_jiffies; /* Linux 6.1: see tcpscope_shut_in_jiffies() */
	bool thin;
	u32 silent_from_sec; /* since the start; 0: never */

	/* How far it is. */
	u64 now;	/* jiffies since boot */
	u64 start;
	u64 expires, fires; /* the timer: asked for, and when the wheel comes to it */
	u64 rto;
	u32 retrans_stamp; /* ms; 0: none */
	u32 probes_tstamp, rcv_tstamp, lsndtime; /* jiffies; probes_tstamp 0: none */
	u32 retransmits, backoff, probes_out;
};

/* Arms the timer for the first time, at that jiffy. */
void wait_begin(struct wait *wait, u64 start);

/* Lets the timer fire. Returns whether the connection lives on, with its timer set again. */
bool wait_fire(struct wait *wait);

/* The facts that facts.c would read at a moment from now until the timer fires. */
struct tcpscope_timer_facts wait_facts(const struct wait *wait, u64 at);

#endif
