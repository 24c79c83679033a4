// SPDX-License-Identifier: GPL-2.0
/*
 * A socket of any of TCP's three shapes, as a record: a full socket, a request
 * (the SYN came, the handshake is not complete) or a timewait minisocket. All
 * three begin with a sock_common, which holds the identity.
 */
#include <linux/build_bug.h>
#include <linux/cgroup.h>
#include <linux/sock_diag.h>
#include <net/inet_timewait_sock.h>
#include <net/ipv6.h>
#include <net/mptcp.h>
#include <net/request_sock.h>
#include <net/tcp.h>

#include <tcpscope/abi.h>

#include "alarm.h"
#include "compat.h"
#include "conn.h"
#include "copy.h"
#include "facts.h"
#include "timers.h"

static_assert((int)TCPSCOPE_ESTABLISHED == (int)TCP_ESTABLISHED);
static_assert((int)TCPSCOPE_SYN_SENT == (int)TCP_SYN_SENT);
static_assert((int)TCPSCOPE_SYN_RECV == (int)TCP_SYN_RECV);
static_assert((int)TCPSCOPE_FIN_WAIT1 == (int)TCP_FIN_WAIT1);
static_assert((int)TCPSCOPE_FIN_WAIT2 == (int)TCP_FIN_WAIT2);
static_assert((int)TCPSCOPE_TIME_WAIT == (int)TCP_TIME_WAIT);
static_assert((int)TCPSCOPE_CLOSE == (int)TCP_CLOSE);
static_assert((int)TCPSCOPE_CLOSE_WAIT == (int)TCP_CLOSE_WAIT);
static_assert((int)TCPSCOPE_LAST_ACK == (int)TCP_LAST_ACK);
static_assert((int)TCPSCOPE_LISTEN == (int)TCP_LISTEN);
static_assert((int)TCPSCOPE_CLOSING == (int)TCP_CLOSING);
/*
 * Beyond these the kernel has the state of a request, and since Linux 6.8
 * TCP_BOUND_INACTIVE, which is a name for a filter of inet_diag and no state.
 */
static_assert((int)TCP_NEW_SYN_RECV == (int)TCPSCOPE_STATE_MAX);
static_assert((int)TCP_MAX_STATES <= (int)TCP_NEW_SYN_RECV + 2);

#define K(field) TCPSCOPE_KNOWN(field)

/* What every socket can tell; a listener's peer is any: address and port 0. */
#define KNOWN_ALWAYS (K(NETNS) | K(NETNS_COOKIE) | K(FAMILY) | \
	K(LOCAL_ADDRESS) | \
	K(LOCAL_PORT) | K(PEER_ADDRESS) | K(PEER_PORT) | K(STATE) | K(COOKIE) | \
	K(MARK) | K(IFINDEX) | K(RECV_Q) | K(SEND_Q) | K(TIMERS) | K(FLAGS))
#define KNOWN_SEQUENCE (K(SND_UNA) | K(SND_NXT) | K(SND_WND) | \
	K(RCV_NXT) | K(RCV_WND))
#define KNOWN_PROGRESS (K(RTO) | K(CWND) | K(MSS) | K(RETRANS) | \
	K(RETRANS_OUT) | K(RETRANSMITS) | K(BACKOFF) | K(PROBES_OUT) | \
	K(CA_STATE))
#define KNOWN_TIMEWAIT (K(SUBSTATE) | K(SND_NXT) | K(RCV_NXT) | K(RCV_WND))
#define KNOWN_REQUEST (K(SND_UNA) | K(SND_NXT) | K(RCV_NXT) | K(RCV_WND) | \
	K(MSS) | K(RETRANS) | K(RETRANSMITS) | K(BACKOFF))

static void fill_v6_addresses(struct tcpscope_conn *rec, const struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
	memcpy(rec->local_addr, &sk->sk_v6_rcv_saddr, sizeof(rec->local_addr));
	memcpy(rec->peer_addr, &sk->sk_v6_daddr, sizeof(rec->peer_addr));
	if (ipv6_addr_v4mapped(&sk->sk_v6_daddr) ||
	    ipv6_addr_v4mapped(&sk->sk_v6_rcv_saddr))
		rec->flags |= TCPSCOPE_FLAG_V4MAPPED;
#endif
}

static void fill_addresses(struct tcpscope_conn *rec, const struct sock *sk)
{
	rec->family = sk->sk_family;
	rec->local_port = READ_ONCE(sk->sk_num);
	rec->peer_port = ntohs(sk->sk_dport);
	if (sk->sk_family == AF_INET6) {
		fill_v6_addresses(rec, sk);
		return;
	}
	memcpy(rec->local_addr, &sk->sk_rcv_saddr, sizeof(sk->sk_rcv_saddr));
	memcpy(rec->peer_addr, &sk->sk_daddr, sizeof(sk->sk_daddr));
}

/* A socket has none until somebody asks. */
static noinline u64 make_cookie(struct sock *sk)
{
	u32 cookie[2];

	sock_diag_save_cookie(sk, cookie);
	return (u64)cookie[1] << 32 | cookie[0];
}

/* What sock_common holds, so that it fits all three shapes. */
static void fill_identity(struct tcpscope_conn *rec, struct sock *sk)
{
	rec->cookie = atomic64_read(&sk->sk_cookie) ?: make_cookie(sk);
	rec->netns = sock_net(sk)->ns.inum;
	rec->netns_cookie = sock_net(sk)->net_cookie;
	rec->ifindex = READ_ONCE(sk->sk_bound_dev_if);
	fill_addresses(rec, sk);
}

/*
 * Who the socket belongs to: the user its file had when last connected to it,
 * which outlives the file, unlike what sock_i_uid() gave.
 */
static void fill_owner(struct tcpscope_conn *rec, const struct sock *sk)
{
	rec->uid = from_kuid_munged(&init_user_ns, READ_ONCE(sk->sk_uid));
	rec->known |= K(UID);
#ifdef CONFIG_SOCK_CGROUP_DATA
	rec->cgroup_id = cgroup_id(sock_cgroup_ptr((struct sock_cgroup_data *)
						   &sk->sk_cgrp_data));
	rec->known |= K(CGROUP_ID);
#endif
}

/* Without a file there is no inode: an orphan, or not accepted yet. */
static void fill_inode(struct tcpscope_conn *rec, struct sock *sk)
{
	rec->inode = sock_i_ino(sk);
	if (rec->inode)
		rec->known |= K(INODE);
}

static u32 socket_flags(const struct sock *sk)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);
	u8 shutdown = READ_ONCE(sk->sk_shutdown);
	u32 flags = 0;

	if (sock_flag(sk, SOCK_DEAD))
		flags |= TCPSCOPE_FLAG_ORPHAN;
	if (shutdown & RCV_SHUTDOWN)
		flags |= TCPSCOPE_FLAG_SHUT_RD;
	if (shutdown & SEND_SHUTDOWN)
		flags |= TCPSCOPE_FLAG_SHUT_WR;
	if (sock_flag(sk, SOCK_KEEPOPEN))
		flags |= TCPSCOPE_FLAG_KEEPALIVE;
	if (READ_ONCE(icsk->icsk_accept_queue.rskq_defer_accept))
		flags |= TCPSCOPE_FLAG_DEFER_ACCEPT;
	if (READ_ONCE(icsk->icsk_user_timeout))
		flags |= TCPSCOPE_FLAG_USER_TIMEOUT;
	if (ipv6_only_sock(sk))
		flags |= TCPSCOPE_FLAG_V6ONLY;
	if (tcpscope_transparent(sk))
		flags |= TCPSCOPE_FLAG_TRANSPARENT;
	return flags;
}

static u32 tcp_flags(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 flags = 0;

	if (tp->syn_data || tp->syn_data_acked ||
	    rcu_access_pointer(tp->fastopen_rsk))
		flags |= TCPSCOPE_FLAG_FASTOPEN;
	if (sk_is_mptcp(sk))
		flags |= TCPSCOPE_FLAG_MPTCP;
	if (tp->nonagle & TCP_NAGLE_OFF)
		flags |= TCPSCOPE_FLAG_NONAGLE;
	if (tp->nonagle & TCP_NAGLE_CORK)
		flags |= TCPSCOPE_FLAG_CORK;
	if (tp->rx_opt.tstamp_ok)
		flags |= TCPSCOPE_FLAG_TIMESTAMPS;
	return flags;
}

static void fill_listener(struct tcpscope_conn *rec, const struct sock *sk)
{
	rec->recv_q = READ_ONCE(sk->sk_ack_backlog);
	rec->send_q = READ_ONCE(sk->sk_max_ack_backlog);
	rec->syn_q = inet_csk_reqsk_queue_len(sk);
	rec->known |= K(SYN_Q);
}

static void fill_sequence(struct tcpscope_conn *rec, const struct tcp_sock *tp)
{
	rec->snd_una = READ_ONCE(tp->snd_una);
	rec->snd_nxt = READ_ONCE(tp->snd_nxt);
	rec->snd_wnd = READ_ONCE(tp->snd_wnd);
	rec->rcv_nxt = READ_ONCE(tp->rcv_nxt);
	rec->rcv_wnd = READ_ONCE(tp->rcv_wnd);
	rec->recv_q = max_t(int, rec->rcv_nxt - READ_ONCE(tp->copied_seq), 0);
	rec->send_q = max_t(int, READ_ONCE(tp->write_seq) - rec->snd_una, 0);
	rec->known |= KNOWN_SEQUENCE;
}

/* The round-trip time in the kernel is scaled by 8, its variation by 4. */
static void fill_rtt(struct tcpscope_conn *rec, const struct tcp_sock *tp)
{
	rec->rtt_us = READ_ONCE(tp->srtt_us) >> 3;
	rec->rttvar_us = READ_ONCE(tp->mdev_us) >> 2;
	if (READ_ONCE(tp->srtt_us))	/* 0 until the first sample */
		rec->known |= K(RTT) | K(RTTVAR);
	else
		rec->rttvar_us = 0;
}

static void fill_progress(struct tcpscope_conn *rec, const struct sock *sk)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);
	const struct tcp_sock *tp = tcp_sk(sk);

	rec->rto_us = jiffies_to_usecs(READ_ONCE(icsk->icsk_rto));
	rec->cwnd = READ_ONCE(tp->snd_cwnd);
	rec->mss = READ_ONCE(tp->mss_cache);
	rec->total_retrans = READ_ONCE(tp->total_retrans);
	rec->retrans_out = READ_ONCE(tp->retrans_out);
	rec->retransmits = READ_ONCE(icsk->icsk_retransmits);
	rec->backoff = READ_ONCE(icsk->icsk_backoff);
	rec->probes_out = READ_ONCE(icsk->icsk_probes_out);
	rec->ca_state = icsk->icsk_ca_state;
	rec->known |= KNOWN_PROGRESS;
}

/*
 * The younger of the two times that tcp_get_info() gives as well; a connection
 * begins with both. Before that they are zero.
 */
static void fill_idle(struct tcpscope_conn *rec, const struct sock *sk)
{
	u32 now = tcp_jiffies32;
	u32 sent = tcpscope_age(now, READ_ONCE(tcp_sk(sk)->lsndtime), HZ);
	u32 received = tcpscope_age(now, READ_ONCE(inet_csk(sk)->icsk_ack.lrcvtime), HZ);

	if (rec->state == TCP_SYN_SENT || rec->state == TCP_SYN_RECV ||
	    rec->state == TCP_CLOSE)
		return;
	rec->idle_ms = min_t(u64, tcpscope_jiffies_to_ms(min(sent, received), HZ),
			     U32_MAX);
	rec->known |= K(IDLE);
}

static void fill_full(struct tcpscope_conn *rec, struct sock *sk)
{
	rec->mark = READ_ONCE(sk->sk_mark);
	rec->flags |= socket_flags(sk) | tcp_flags(sk);
	fill_owner(rec, sk);
	fill_inode(rec, sk);
	if (rec->state == TCPSCOPE_LISTEN) {
		fill_listener(rec, sk);
		return;
	}
	fill_sequence(rec, tcp_sk(sk));
	fill_rtt(rec, tcp_sk(sk));
	fill_progress(rec, sk);
	fill_idle(rec, sk);
}

/*
 * A request belongs to whom its listener belongs to, and so will the socket it
 * becomes; it holds a reference on the listener. It has no inode.
 */
static void fill_request(struct tcpscope_conn *rec, const struct sock *sk)
{
	const struct request_sock *req = inet_reqsk(sk);
	const struct inet_request_sock *ireq = inet_rsk(req);
	const struct sock *listener = req->rsk_listener;

	rec->state = TCPSCOPE_SYN_RECV;
	rec->mark = ireq->ir_mark;
	rec->snd_una = tcp_rsk(req)->snt_isn;
	rec->snd_nxt = tcp_rsk(req)->snt_isn + 1;
	rec->rcv_nxt = tcp_rsk(req)->rcv_nxt;
	rec->rcv_wnd = min(req->rsk_rcv_wnd, 65535U);	/* a SYN-ACK's is not scaled */
	rec->mss = req->mss;
	rec->total_retrans = req->num_retrans;
	rec->retransmits = req->num_timeout;
	rec->backoff = req->num_timeout;
	rec->known |= KNOWN_REQUEST;
	rec->flags |= TCPSCOPE_FLAG_REQUEST;
	if (ireq->acked)
		rec->flags |= TCPSCOPE_FLAG_HALF_ACKED;
	if (ireq->tstamp_ok)
		rec->flags |= TCPSCOPE_FLAG_TIMESTAMPS;
	if (rsk_is_mptcp(req))
		rec->flags |= TCPSCOPE_FLAG_MPTCP;
	if (READ_ONCE(inet_csk(listener)->icsk_accept_queue.rskq_defer_accept))
		rec->flags |= TCPSCOPE_FLAG_DEFER_ACCEPT;
	fill_owner(rec, listener);
}

/* The kernel forgets the owner of a connection when it shrinks to this. */
static void fill_timewait(struct tcpscope_conn *rec, const struct sock *sk)
{
	const struct tcp_timewait_sock *tcptw = tcp_twsk(sk);
	const struct inet_timewait_sock *tw = inet_twsk(sk);

	rec->substate = READ_ONCE(tw->tw_substate);
	rec->mark = tw->tw_mark;
	rec->snd_nxt = READ_ONCE(tcptw->tw_snd_nxt);
	rec->rcv_nxt = READ_ONCE(tcptw->tw_rcv_nxt);
	rec->rcv_wnd = READ_ONCE(tcptw->tw_rcv_wnd);
	rec->known |= KNOWN_TIMEWAIT;
	rec->flags |= TCPSCOPE_FLAG_MINISOCKET;
	if (ipv6_only_sock(sk))
		rec->flags |= TCPSCOPE_FLAG_V6ONLY;
	if (tw->tw_transparent)
		rec->flags |= TCPSCOPE_FLAG_TRANSPARENT;
	if (READ_ONCE(tcptw->tw_ts_recent_stamp))
		rec->flags |= TCPSCOPE_FLAG_TIMESTAMPS;
}

/* All but the timers; sk is in this state, as the kernel has it. */
static void conn_fill(struct tcpscope_conn *rec, struct sock *sk, u8 state,
		      const struct tcpscope_now *now)
{
	memset(rec, 0, TCPSCOPE_CONN_SIZE);
	rec->time_ns = now->ns;
	rec->known = KNOWN_ALWAYS;
	rec->state = state;
	fill_identity(rec, sk);
	switch (state) {
	case TCP_NEW_SYN_RECV:
		fill_request(rec, sk);
		break;
	case TCP_TIME_WAIT:
		fill_timewait(rec, sk);
		break;
	default:
		fill_full(rec, sk);
	}
}

void tcpscope_facts_fill(struct tcpscope_facts *facts, struct sock *sk,
			 const struct tcpscope_now *now)
{
	u8 state = inet_sk_state_load(sk);
	struct tcpscope_timewait_facts timewait;

	conn_fill(&facts->conn, sk, state, now);
	switch (state) {
	case TCP_LISTEN:
		break;
	case TCP_TIME_WAIT:
		tcpscope_timewait_facts_read(&timewait, inet_twsk(sk), now);
		tcpscope_timewait_decode(&facts->conn, &timewait);
		break;
	case TCP_NEW_SYN_RECV:
		tcpscope_limits_read(&facts->limits, sock_net(sk));
		tcpscope_request_facts_read(&facts->request, inet_reqsk(sk), now);
		break;
	default:
		tcpscope_limits_read(&facts->limits, sock_net(sk));
		tcpscope_timer_facts_read(&facts->timers, sk, now);
	}
}
