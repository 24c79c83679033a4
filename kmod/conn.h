/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A socket of any of TCP's three shapes, as a record.
 */
#ifndef TCPSCOPE_CONN_H
#define TCPSCOPE_CONN_H

#include <linux/types.h>
#include <net/sock.h>

struct tcpscope_conn;
struct tcpscope_now;

/*
 * Whether sk, as found in one of TCP's hash tables, is a TCP connection or
 * listener: MPTCP's own sockets are not, their subflows are. Minisockets carry
 * no protocol and are in no other protocol's company there.
 */
static inline bool tcpscope_conn_wanted(const struct sock *sk)
{
	return !sk_fullsock(sk) || sk->sk_protocol == IPPROTO_TCP;
}

/*
 * Zeroes a record and fills in what is known about sk at the moment now, but for
 * its timers, which are not touched. sk is in this state, as the kernel has it:
 * a request socket (TCP_NEW_SYN_RECV), a timewait minisocket (TCP_TIME_WAIT) or
 * else a full socket. rec->known tells which fields were filled; a field that is
 * not known there stays zero.
 *
 * Generates the socket's cookie if it has none yet, which is why sk is not
 * const; it changes nothing else. Takes no bucket or socket lock and no
 * reference: the caller holds the lock of the bucket sk is in, or else a
 * reference. Does not sleep. The socket may be changing at the time, so that
 * two fields may stem from two moments.
 */
void tcpscope_conn_fill(struct tcpscope_conn *rec, struct sock *sk, u8 state,
			const struct tcpscope_now *now);

#endif /* TCPSCOPE_CONN_H */
