/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only place that knows kernels differ. Kbuild looks for the features in
 * the headers at hand: a stable kernel takes backports, so that a version
 * number tells nothing about a field.
 */
#ifndef TCPSCOPE_COMPAT_H
#define TCPSCOPE_COMPAT_H

#include <linux/tcp.h>
#include <net/inet_connection_sock.h>
#include <net/inet_sock.h>
#include <net/inet_timewait_sock.h>
#include <net/net_namespace.h>
#include <net/tcp.h>

#include "ticks.h"

/*
 * When the write timer (retransmit, probe0, …) is due, in jiffies.
 * icsk_timeout was a copy of the timer's own expiry. Linux 6.15 dropped it for
 * a helper of that name ("tcp/dccp: remove icsk->icsk_timeout"), 6.19 gave the
 * helper another name and moved the timer to struct sock ("tcp: rename
 * icsk_timeout() to tcp_timeout_expires()"). The field can go when 6.12 does.
 */
static inline unsigned long tcpscope_write_expires(const struct sock *sk)
{
#if defined(TCPSCOPE_HAVE_TCP_TIMEOUT_EXPIRES)
	return tcp_timeout_expires(sk);
#elif defined(TCPSCOPE_HAVE_ICSK_TIMEOUT_HELPER)
	return icsk_timeout(inet_csk(sk));
#else
	return READ_ONCE(inet_csk(sk)->icsk_timeout);
#endif
}

/*
 * The write timer itself. Linux 6.19 moved it to struct sock ("tcp: move
 * icsk_retransmit_timer to sk->tcp_retransmit_timer"). The else can go when
 * 6.12 does.
 */
static inline const struct timer_list *
tcpscope_write_timer(const struct sock *sk)
{
#ifdef TCPSCOPE_HAVE_TCP_RETRANSMIT_TIMER
	return &sk->tcp_retransmit_timer;
#else
	return &inet_csk(sk)->icsk_retransmit_timer;
#endif
}

/* When the delayed ACK is due, in jiffies; as above. */
static inline unsigned long tcpscope_delack_expires(const struct sock *sk)
{
#ifdef TCPSCOPE_HAVE_ICSK_DELACK_TIMEOUT
	return icsk_delack_timeout(inet_csk(sk));
#else
	return READ_ONCE(inet_csk(sk)->icsk_ack.timeout);
#endif
}

/*
 * The keepalive timer. It was sk->sk_timer; Linux 6.19 gave that place to the
 * retransmit timer, so the name still compiles but means another timer. 6.1.y
 * has taken the new place, 6.12.y has not. sk_timer can go when 6.12 does.
 */
#if defined(TCPSCOPE_HAVE_TCP_RETRANSMIT_TIMER) && \
	!defined(TCPSCOPE_HAVE_ICSK_KEEPALIVE_TIMER)
#error "sk_timer is no keepalive timer here: where is it?"
#endif

static inline const struct timer_list *
tcpscope_keepalive_timer(const struct sock *sk)
{
#ifdef TCPSCOPE_HAVE_ICSK_KEEPALIVE_TIMER
	return &inet_csk(sk)->icsk_keepalive_timer;
#else
	return &sk->sk_timer;
#endif
}

/* The ceiling of a socket's timeout, in jiffies; 6.15 made it a setting. */
static inline unsigned long tcpscope_rto_max(const struct sock *sk)
{
#ifdef TCPSCOPE_HAVE_TCP_RTO_MAX
	return tcp_rto_max(sk);
#else
	return TCP_RTO_MAX;
#endif
}

/*
 * The time in ms since a stamp of tcp_time_stamp(), which wraps after 49 days; a
 * route may ask for stamps in microseconds since Linux 6.7 ("tcp: add support
 * for usec resolution in TCP TS values"), and these wrap after 71 minutes, for
 * the kernel as well. A stamp may be younger than now by up to a jiffy. The
 * #ifdef can go when 6.1 does.
 */
static inline u32 tcpscope_stamp_age_ms(const struct tcp_sock *tp, u32 stamp,
					u64 now_ns)
{
#ifdef TCPSCOPE_HAVE_USEC_TIMESTAMPS
	if (tp->tcp_usec_ts)
		return tcpscope_age((u32)div_u64(now_ns, NSEC_PER_USEC), stamp,
				    USEC_PER_SEC) / USEC_PER_MSEC;
#endif
	return tcpscope_age((u32)div_u64(now_ns, NSEC_PER_MSEC), stamp,
			    MSEC_PER_SEC);
}

/*
 * Data is in flight while the peer's window is shut: tcp_rtx_probe0_timed_out()
 * compares TCP_USER_TIMEOUT, in ms, with the time since the first retransmission.
 * Linux 6.1.y has this in jiffies, and so waits 1000 / HZ times as long for a peer that
 * answers; from 6.7 on, where stamps have a unit of their own, it is in ms. The
 * #ifdef can go when 6.1 does.
 */
static inline bool tcpscope_shut_in_jiffies(void)
{
#ifdef TCPSCOPE_HAVE_USEC_TIMESTAMPS
	return false;
#else
	return true;
#endif
}

/*
 * SYNs sent at a steady pace before the timeout doubles, on top of
 * tcp_syn_retries: Linux 6.5 ("tcp: make the first N SYN RTO backoffs linear").
 * The else can go when 6.1 does.
 */
static inline u8 tcpscope_syn_linear_timeouts(const struct net *net)
{
#ifdef TCPSCOPE_HAVE_SYN_LINEAR_TIMEOUTS
	return READ_ONCE(net->ipv4.sysctl_tcp_syn_linear_timeouts);
#else
	return 0;
#endif
}

/*
 * IP_TRANSPARENT: a bit field until Linux 6.6 ("inet: move inet->transparent to
 * inet->inet_flags"). The else can go when 6.1 does.
 */
static inline bool tcpscope_transparent(const struct sock *sk)
{
#ifdef inet_test_bit
	return inet_test_bit(TRANSPARENT, sk);
#else
	return inet_sk(sk)->transparent;
#endif
}

/*
 * A socket's place in the list of its address and port in bhash2, and back. Full
 * sockets had a list of their own there until Linux 6.8 ("tcp: Unlink sk from
 * bhash."). The #if can go when 6.1 does.
 */
#ifdef sk_for_each_bound_bhash2
#define tcpscope_bound_member sk_bind2_node
#else
#define tcpscope_bound_member sk_bind_node
#endif

static inline const struct hlist_node *tcpscope_bound_node(const struct sock *sk)
{
	return &sk->tcpscope_bound_member;
}

static inline struct sock *tcpscope_bound_entry(const struct hlist_node *node)
{
	return hlist_entry(node, struct sock, tcpscope_bound_member);
}

/* The address and port a full socket or a timewait minisocket has there, or NULL. */
static inline const struct inet_bind2_bucket *
tcpscope_bound_to(const struct sock *sk)
{
	return sk->sk_state == TCP_TIME_WAIT ?
		READ_ONCE(inet_twsk(sk)->tw_tb2) :
		READ_ONCE(inet_csk(sk)->icsk_bind2_hash);
}

#endif /* TCPSCOPE_COMPAT_H */
