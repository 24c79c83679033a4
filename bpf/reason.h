/* SPDX-License-Identifier: GPL-2.0 */
/* Why a full socket was closed, by what its life and itself tell then; of use to lifecycle.bpf.c only. */
#ifndef TCPSCOPE_REASON_H
#define TCPSCOPE_REASON_H

#include "life.h"

/* What was sent last, before the RST that says goodbye. */
static __always_inline __u8 last_sent(struct tcpscope_life *life)
{
	__u8 reset = TCPSCOPE_EVENT_RESET << 4 | TCPSCOPE_RESET_SENT;
	const struct tcpscope_step *last = step_at(life, life->n_steps - 1);

	return last->kind_detail == reset ? step_at(life, life->n_steps - 2)->kind_detail :
					    last->kind_detail;
}

/*
 * A connection that gave up: which timer did shows in what was sent last
 * without an answer (tcp_write_err(), net/ipv4/tcp_timer.c).
 */
static __always_inline __u8 reason_of_timeout(struct tcpscope_life *life, struct sock *sk)
{
	__u8 probe = TCPSCOPE_EVENT_RETRANSMIT << 4 | TCPSCOPE_RETRANSMIT_PROBE;
	__u8 keepalive = TCPSCOPE_EVENT_RETRANSMIT << 4 | TCPSCOPE_RETRANSMIT_KEEPALIVE;

	if (life->state == TCPSCOPE_SYN_SENT)
		return TCPSCOPE_REASON_SYN_TIMEOUT;
	if (life->state == TCPSCOPE_SYN_RECV)
		return TCPSCOPE_REASON_SYNACK_TIMEOUT;
	if (READ_ICSK(sk, icsk_user_timeout))
		return TCPSCOPE_REASON_USER_TIMEOUT;
	if (life->hints & HINT_TIMEOUT)
		return TCPSCOPE_REASON_RETRANSMIT_TIMEOUT;
	if (last_sent(life) == probe)
		return TCPSCOPE_REASON_PROBE_TIMEOUT;
	if (last_sent(life) == keepalive)
		return TCPSCOPE_REASON_KEEPALIVE_TIMEOUT;
	return TCPSCOPE_REASON_UNKNOWN;
}

/* Of a socket that closed without an error: the RST that followed, if one did. */
static __always_inline __u8 reason_of_ending(struct tcpscope_life *life)
{
	return life->resets_sent ? TCPSCOPE_REASON_RESET_SENT : TCPSCOPE_REASON_UNKNOWN;
}

/* The peer's FIN came, ours is acknowledged, and no minisocket had to stay: it was the later one. */
static __always_inline bool closed_second(struct sock *sk)
{
	struct tcp_sock *tp = TP(sk);

	return tp && sk->__sk_common.skc_flags & 1 << SOCK_DONE && tp->snd_una == tp->write_seq;
}

/* An accepted connection is disconnected by its owner, any other by its listener's end. */
static __always_inline __u8 reason_of_disconnect(struct tcpscope_life *life)
{
	if (life->hints & HINT_ENDING)	/* it was over before */
		return reason_of_ending(life);
	if (life->hints & HINT_LINGER)
		return TCPSCOPE_REASON_RESET_SENT;
	if (life->role == TCPSCOPE_ROLE_PASSIVE && !(life->flags & TCPSCOPE_FLAG_ACCEPTED))
		return TCPSCOPE_REASON_LISTENER_CLOSED;
	return TCPSCOPE_REASON_DISCONNECTED;
}

static __always_inline __u8 reason_of_error(struct tcpscope_life *life, struct sock *sk)
{
	if (life->resets_received)
		return life->state == TCPSCOPE_SYN_SENT ? TCPSCOPE_REASON_REFUSED :
							  TCPSCOPE_REASON_RESET_RECEIVED;
	if (sk->sk_err == ECONNREFUSED)	/* an ICMP message says so too */
		return TCPSCOPE_REASON_REFUSED;
	if (sk->sk_err == ETIMEDOUT || life->hints & HINT_TIMEOUT)
		return reason_of_timeout(life, sk);
	return TCPSCOPE_REASON_UNKNOWN;
}

/* UNKNOWN: what explains this close, if anything does, is still to come. */
static __always_inline __u8 reason_of_close(struct tcpscope_life *life, struct sock *sk)
{
	__u8 reason;

	if (life->hints & HINT_OVERFLOW)
		return TCPSCOPE_REASON_TIMEWAIT_OVERFLOW;
	if (life->hints & HINT_RESETS)
		return TCPSCOPE_REASON_UNKNOWN;
	if (life->hints & HINT_ABORT || netns_dying(&sk->__sk_common))
		return TCPSCOPE_REASON_ABORTED;
	reason = reason_of_error(life, sk);
	if (reason)
		return reason;
	if (life->state == TCPSCOPE_LAST_ACK || life->state == TCPSCOPE_LISTEN)
		return TCPSCOPE_REASON_NORMAL;
	/* any ICMP error ends these two: tcp_v4_err() */
	if (sk->sk_err && (life->state == TCPSCOPE_SYN_SENT || life->state == TCPSCOPE_SYN_RECV))
		return TCPSCOPE_REASON_UNREACHABLE;
	if (life->state == TCPSCOPE_SYN_SENT)
		return TCPSCOPE_REASON_DISCONNECTED;
	return TCPSCOPE_REASON_UNKNOWN;
}

#endif /* TCPSCOPE_REASON_H */
