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
#include <net/netns/ipv4.h>
#include <net/tcp.h>

/*
 * When the write timer (retransmit, probe0, …) is due, in jiffies.
 * Linux 7.0 dropped icsk_timeout, a copy of the timer's own expiry, and moved
 * the timer to struct sock. The copy can go with 6.12.
 */
static inline unsigned long tcpscope_write_expires(const struct sock *sk)
{
#ifdef TCPSCOPE_HAVE_TCP_TIMEOUT_EXPIRES
	return tcp_timeout_expires(sk);
#elif defined(TCPSCOPE_HAVE_ICSK_TIMEOUT_HELPER)
	return icsk_timeout(inet_csk(sk));
#else
	return READ_ONCE(inet_csk(sk)->icsk_timeout);
#endif
}

/* When the delayed ACK is due, in jiffies; the same change as above. */
static inline unsigned long tcpscope_delack_expires(const struct sock *sk)
{
#ifdef TCPSCOPE_HAVE_ICSK_DELACK_TIMEOUT
	return icsk_delack_timeout(inet_csk(sk));
#else
	return READ_ONCE(inet_csk(sk)->icsk_ack.timeout);
#endif
}

#endif /* TCPSCOPE_COMPAT_H */
