/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which timers of a connection are armed, how far each is and where it ends.
 *
 * Touching and deciding are apart: the *_read functions copy what the kernel
 * keeps into plain numbers, the *_decode functions turn those into the timers
 * of a record and can be tested with a table.
 */
#ifndef TCPSCOPE_TIMERS_H
#define TCPSCOPE_TIMERS_H

#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/time64.h>
#include <linux/types.h>
#include <net/tcp_states.h>

#include <tcpscope/abi.h>

struct inet_timewait_sock;
struct net;
struct request_sock;
struct sock;

/* One moment, on both clocks the kernel's timers run by. */
struct tcpscope_now {
	u64 ns;			/* CLOCK_MONOTONIC */
	unsigned long jiffies;
};

/* How often a network namespace lets TCP try (ip-sysctl.rst). */
struct tcpscope_limits {
	u8 syn_retries;
	u8 syn_linear_timeouts;	/* 0 before Linux 6.5 */
	u8 synack_retries;
	u8 retries2;
	u8 orphan_retries;
	u8 keepalive_probes;
};

/* One timer of a socket: whether it is armed and the time left. */
struct tcpscope_alarm {
	bool armed;
	s64 expires_ns;		/* from now; < 0: overdue */
	unsigned long fires;	/* the jiffy the timer wheel has it fire at */
};

/* What decides about the timers of a full socket. */
struct tcpscope_timer_facts {
	u8 state;		/* TCP_ESTABLISHED… */
	u8 pending;		/* ICSK_TIME_…, what the write timer is for */
	u8 retransmits;
	u8 backoff;
	u8 probes_out;
	u8 syn_retries;		/* TCP_SYNCNT, 0: not set */
	u8 keepalive_probes;	/* TCP_KEEPCNT, 0: not set */
	u8 soft_error;		/* errno of the last ICMP, 0: none */
	bool orphan;
	bool keepopen;		/* SO_KEEPALIVE */
	bool in_flight;		/* data sent or waiting to be sent */
	bool zero_window;	/* the peer's window is shut */
	bool tlp_out;		/* a loss probe is not answered yet */
	bool fastopen_child;	/* SYN_RECV's request is part of the socket */
	bool retransmitting;	/* since retrans_age */
	bool probing;		/* a shut window, since probing_age */
	u32 user_timeout_ms;	/* TCP_USER_TIMEOUT, 0: not set */
	/* Spans of time up to now, in jiffies. */
	u32 retrans_age;	/* since the first retransmission, or SYN */
	u32 probing_age;	/* since the first zero window probe */
	u32 ack_age;		/* since the peer's last ACK */
	u32 silence;		/* since the peer's last segment */
	u32 keepalive_time;	/* silence before the first probe, in jiffies */
	u32 keepalive_intvl;	/* and between two, in jiffies */
	unsigned long jiffies;	/* now */
	s64 rto_ns;
	s64 rto_max_ns;
	s64 thin_rto_ns;	/* of a thin stream, which does not double it; else 0 */
	s64 finwait2_ns;	/* how long an orphan waits in FIN_WAIT2; < 0: not at all */
	struct tcpscope_alarm write;	/* for what pending says */
	struct tcpscope_alarm delack;
	struct tcpscope_alarm keepalive;
	struct tcpscope_alarm pacing;
	struct tcpscope_alarm compack;
};

/* What decides about the timer of a request socket. */
struct tcpscope_request_facts {
	u8 timeouts;		/* SYN-ACKs that went unanswered */
	u8 syn_retries;		/* the listener's TCP_SYNCNT, 0: not set */
	u8 defer_accept;	/* TCP_DEFER_ACCEPT in timeouts, 0: not set */
	bool acked;		/* the handshake's ACK came */
	bool listening;		/* the listener is still there */
	bool migrates;		/* another may take its place */
	u32 timeout;		/* before the first SYN-ACK is sent again, in jiffies */
	u32 rto_max;		/* in jiffies */
	unsigned long jiffies;	/* now */
	u32 requests;		/* the listener has, */
	u32 young;		/* and of these without a timeout yet */
	u32 backlog;		/* the listener's */
	struct tcpscope_alarm synack;	/* not armed: not set up yet */
};

/*
 * Jiffies to nanoseconds, exact and signed. The kernel's jiffies_to_nsecs()
 * goes through 32 bits of microseconds and so wraps after 71 minutes, less
 * than a keepalive's 2 hours.
 */
static inline s64 tcpscope_jiffies_to_ns(s64 delta)
{
	if (NSEC_PER_SEC % HZ == 0)
		return delta * (NSEC_PER_SEC / HZ);
	return div_s64(delta * NSEC_PER_SEC, HZ);
}

/* Back again, to the nearest jiffy. */
unsigned long tcpscope_ns_to_jiffies(s64 ns);

/*
 * The time from now until a timer wheel's expiry, in nanoseconds, negative
 * once it has passed. Both are jiffies and may wrap (time_after()).
 */
static inline s64 tcpscope_until_ns(unsigned long expires,
				    const struct tcpscope_now *now)
{
	return tcpscope_jiffies_to_ns((long)(expires - now->jiffies));
}

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

/*
 * Appends to a record the timer of a timewait minisocket that has this
 * substate (TCP_TIME_WAIT or TCP_FIN_WAIT2) and ends with that alarm. Pure.
 */
static inline void
tcpscope_timewait_decode(struct tcpscope_conn *rec, u8 substate,
			 const struct tcpscope_alarm *alarm,
			 const struct tcpscope_now *now)
{
	u8 kind = substate == TCP_FIN_WAIT2 ? TCPSCOPE_TIMER_FINWAIT2 :
					      TCPSCOPE_TIMER_TIMEWAIT;
	struct tcpscope_timer *timer;

	timer = tcpscope_timer_add(rec, kind, alarm->expires_ns);
	if (timer)
		timer->gives_up_ns = tcpscope_until_ns(alarm->fires, now);
}

/* Copies the sysctls of a network namespace; takes no lock. */
void tcpscope_limits_read(struct tcpscope_limits *limits, const struct net *net);

/*
 * Copies what decides about the timers of a full TCP socket. Takes no lock
 * and no reference: the caller keeps sk from going away. The socket may be
 * changing at the time, so that two facts may stem from two moments.
 */
void tcpscope_timer_facts_read(struct tcpscope_timer_facts *facts,
			       const struct sock *sk,
			       const struct tcpscope_now *now);

/* As tcpscope_timer_facts_read(), for a request socket. */
void tcpscope_request_facts_read(struct tcpscope_request_facts *facts,
				 const struct request_sock *req,
				 const struct tcpscope_now *now);

/*
 * Fills in the armed timers of a full socket, a request socket or a timewait
 * minisocket: reads and decodes. Same terms as tcpscope_timer_facts_read();
 * rec->n_timers must be 0.
 */
void tcpscope_timers_fill(struct tcpscope_conn *rec, const struct sock *sk,
			  const struct tcpscope_now *now);

#endif /* TCPSCOPE_TIMERS_H */
