/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What decides about the timers of a connection, as plain numbers: what
 * facts.c copies out of a socket, and timers.c and prognosis*.c decide about.
 * The same in the module, the command and the unit tests.
 *
 * hz is how many of the jiffies said here are a second. Moments in jiffies are
 * 64 bits wide: on a 32-bit kernel one that is still to come lies beyond the
 * wrap of now, and not before it.
 */
#ifndef TCPSCOPE_FACTS_H
#define TCPSCOPE_FACTS_H

#include "pure.h"
#include "ticks.h"

struct net;
struct request_sock;
struct sock;

/* One moment, on both clocks the kernel's timers run by. */
struct tcpscope_now {
	u64 ns;			/* CLOCK_MONOTONIC */
	unsigned long jiffies;
};

/* What the write timer is for: ICSK_TIME_… of net/inet_connection_sock.h. */
enum tcpscope_pending {
	TCPSCOPE_PENDING_RETRANS = 1,
	TCPSCOPE_PENDING_PROBE0 = 3,
	TCPSCOPE_PENDING_LOSS_PROBE = 5,
	TCPSCOPE_PENDING_REO_TIMEOUT = 6,
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
	u64 fires;		/* the jiffy the timer wheel has it fire at */
};

/* What decides about the timers of a full socket. */
struct tcpscope_timer_facts {
	u8 state;		/* enum tcpscope_state */
	u8 pending;		/* enum tcpscope_pending */
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
	bool shut_in_jiffies;	/* tcpscope_shut_in_jiffies() */
	u32 user_timeout_ms;	/* TCP_USER_TIMEOUT, 0: not set */
	u32 hz;
	/* Spans of time up to now, in jiffies. */
	u32 retrans_age;	/* since the first retransmission, or SYN */
	u32 probing_age;	/* since the first zero window probe */
	u32 sent_age;		/* since the last data or FIN was sent */
	u32 ack_age;		/* since the peer's last ACK */
	u32 silence;		/* since the peer's last segment */
	u32 keepalive_time;	/* silence before the first probe, in jiffies */
	u32 keepalive_intvl;	/* and between two, in jiffies */
	u64 jiffies;		/* now */
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
	u32 hz;
	u64 jiffies;		/* now */
	u32 requests;		/* the listener has, */
	u32 young;		/* and of these without a timeout yet */
	u32 backlog;		/* the listener's */
	struct tcpscope_alarm synack;	/* not armed: not set up yet */
};

/* What decides about the timer of a timewait minisocket. */
struct tcpscope_timewait_facts {
	u8 substate;		/* TCPSCOPE_TIME_WAIT or TCPSCOPE_FIN_WAIT2 */
	u32 hz;
	u64 jiffies;		/* now */
	struct tcpscope_alarm end;
};

/* The time in nanoseconds until a moment in jiffies that is still to come. */
static inline s64
tcpscope_facts_until_ns(const struct tcpscope_timer_facts *facts, u64 at)
{
	return tcpscope_jiffies_to_ns(at - facts->jiffies, facts->hz);
}

/* One of the spans that facts hold in nanoseconds, in jiffies. */
static inline u64
tcpscope_facts_jiffies(const struct tcpscope_timer_facts *facts, s64 ns)
{
	return tcpscope_ns_to_jiffies(ns, facts->hz);
}

/* When a timer was asked for, in jiffies; before now if it is overdue. */
static inline u64
tcpscope_facts_expires(const struct tcpscope_timer_facts *facts,
		       const struct tcpscope_alarm *alarm)
{
	if (alarm->expires_ns < 0)
		return facts->jiffies -
		       tcpscope_facts_jiffies(facts, -alarm->expires_ns);
	return facts->jiffies + tcpscope_facts_jiffies(facts, alarm->expires_ns);
}

/* TCP_USER_TIMEOUT in jiffies, 0: not set. */
static inline u64
tcpscope_facts_user_timeout(const struct tcpscope_timer_facts *facts)
{
	return tcpscope_ms_to_jiffies(facts->user_timeout_ms, facts->hz);
}

/*
 * The time from now until a timer wheel's expiry, in nanoseconds, negative
 * once it has passed. Both are jiffies and may wrap (time_after()).
 */
static inline s64 tcpscope_until_ns(unsigned long expires,
				    const struct tcpscope_now *now, u32 hz)
{
	return tcpscope_jiffies_to_ns((long)(expires - now->jiffies), hz);
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

#endif /* TCPSCOPE_FACTS_H */
