/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A socket of any of TCP's three shapes, as a record.
 */
#ifndef TCPSCOPE_CONN_H
#define TCPSCOPE_CONN_H

#include <linux/types.h>
#include <net/sock.h>

struct tcpscope_facts;
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
 * Copies what is known about sk at the moment now: a full socket, a request
 * socket (TCP_NEW_SYN_RECV) or a timewait minisocket (TCP_TIME_WAIT).
 * conn.known tells which fields were filled; one that is not known is zero.
 *
 * Generates the socket's cookie if it has none yet, which is why sk is not
 * const; it changes nothing else. Takes no bucket or socket lock and no
 * reference: the caller holds the lock of the bucket sk is in, or else a
 * reference. Does not sleep. The socket may be changing at the time, so that
 * two fields may stem from two moments.
 */
void tcpscope_facts_fill(struct tcpscope_facts *facts, struct sock *sk,
			 const struct tcpscope_now *now);

#endif /* TCPSCOPE_CONN_H */
