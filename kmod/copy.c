// SPDX-License-Identifier: GPL-2.0
/*
 * All that is kept about a socket, copied at once, and the record that comes of
 * the copy.
 */
#include <linux/stddef.h>
#include <linux/string.h>
#include <net/inet_timewait_sock.h>
#include <net/request_sock.h>
#include <net/tcp.h>

#include "conn.h"
#include "copy.h"
#include "timers.h"

static enum tcpscope_facts_of facts_of(u8 state)
{
	switch (state) {
	case TCP_LISTEN:
		return TCPSCOPE_FACTS_OF_LISTENER;
	case TCP_NEW_SYN_RECV:
		return TCPSCOPE_FACTS_OF_REQUEST;
	case TCP_TIME_WAIT:
		return TCPSCOPE_FACTS_OF_TIMEWAIT;
	default:
		return TCPSCOPE_FACTS_OF_FULL;
	}
}

size_t tcpscope_facts_size(const struct tcpscope_facts *facts)
{
	switch (facts->of) {
	case TCPSCOPE_FACTS_OF_LISTENER:
		return offsetof(struct tcpscope_facts, timers);
	case TCPSCOPE_FACTS_OF_TIMEWAIT:
		return offsetofend(struct tcpscope_facts, timewait);
	case TCPSCOPE_FACTS_OF_REQUEST:
		return offsetofend(struct tcpscope_facts, request);
	default:
		return sizeof(struct tcpscope_facts);
	}
}

void tcpscope_facts_fill(struct tcpscope_facts *facts, struct sock *sk,
			 const struct tcpscope_now *now)
{
	u8 state = inet_sk_state_load(sk);

	tcpscope_conn_fill(&facts->conn, sk, state, now);
	facts->hash = sk->sk_hash;
	facts->of = facts_of(state);
	switch (facts->of) {
	case TCPSCOPE_FACTS_OF_LISTENER:
		break;
	case TCPSCOPE_FACTS_OF_TIMEWAIT:
		tcpscope_timewait_facts_read(&facts->timewait, inet_twsk(sk),
					     now);
		break;
	case TCPSCOPE_FACTS_OF_REQUEST:
		tcpscope_limits_read(&facts->limits, sock_net(sk));
		tcpscope_request_facts_read(&facts->request, inet_reqsk(sk), now);
		break;
	case TCPSCOPE_FACTS_OF_FULL:
		tcpscope_limits_read(&facts->limits, sock_net(sk));
		tcpscope_timer_facts_read(&facts->timers, sk, now);
	}
}

void tcpscope_facts_decode(struct tcpscope_conn *rec,
			   const struct tcpscope_facts *facts)
{
	memcpy(rec, &facts->conn, TCPSCOPE_CONN_SIZE);
	switch (facts->of) {
	case TCPSCOPE_FACTS_OF_LISTENER:
		break;
	case TCPSCOPE_FACTS_OF_TIMEWAIT:
		tcpscope_timewait_decode(rec, &facts->timewait);
		break;
	case TCPSCOPE_FACTS_OF_REQUEST:
		tcpscope_request_decode(rec, &facts->request, &facts->limits);
		break;
	case TCPSCOPE_FACTS_OF_FULL:
		tcpscope_timers_decode(rec, &facts->timers, &facts->limits);
	}
}
