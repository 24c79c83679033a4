// SPDX-License-Identifier: GPL-2.0
/*
 * tcpscope_facts_fill() on sockets that are nothing but memory: every member of
 * the three shapes gets a value of its own, and it must come out at its place.
 */
#include <kunit/test.h>
#include <linux/cgroup.h>
#include <net/mptcp.h>
#include <net/request_sock.h>
#include <net/tcp.h>

#include "record.h"

#define LOCAL4 htonl(0x0a010203)
#define PEER4 htonl(0xc0a80506)

/* Identity, common to all shapes. */
static void fake_identity(struct sock *sk, int state)
{
	sock_net_set(sk, &init_net);
	sk->sk_state = state;
	sk->sk_family = AF_INET;
	sk->sk_rcv_saddr = LOCAL4;
	sk->sk_daddr = PEER4;
	sk->sk_num = 4321;
	sk->sk_dport = htons(80);
	sk->sk_bound_dev_if = 7;
	refcount_set(&sk->sk_refcnt, 1);
}

static struct tcp_sock *fake_full(struct kunit *test, int state)
{
	struct tcp_sock *tp = kunit_kzalloc(test, sizeof(*tp), GFP_KERNEL);
	struct sock *sk = (struct sock *)tp;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, tp);
	fake_identity(sk, state);
	rwlock_init(&sk->sk_callback_lock);
	sk->sk_protocol = IPPROTO_TCP;
	sk->sk_uid = KUIDT_INIT(1234);
	sk->sk_mark = 0xfeed;
#ifdef CONFIG_SOCK_CGROUP_DATA
	sk->sk_cgrp_data.cgroup = &cgrp_dfl_root.cgrp;
#endif
	return tp;
}

static struct tcp_request_sock *fake_request(struct kunit *test)
{
	struct tcp_request_sock *treq;
	struct request_sock *req;

	treq = kunit_kzalloc(test, sizeof(*treq), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, treq);
	req = &treq->req.req;
	fake_identity(req_to_sk(req), TCP_NEW_SYN_RECV);
	req->rsk_listener = (struct sock *)fake_full(test, TCP_LISTEN);
	req->rsk_timer.expires = jiffies + 3 * HZ;
	return treq;
}

static struct tcp_timewait_sock *fake_timewait(struct kunit *test, int substate)
{
	struct tcp_timewait_sock *tw;

	tw = kunit_kzalloc(test, sizeof(*tw), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, tw);
	fake_identity((struct sock *)tw, TCP_TIME_WAIT);
	tw->tw_sk.tw_substate = substate;
	tw->tw_sk.tw_timer.expires = jiffies + 5 * HZ;
	return tw;
}

static void expect_identity(struct kunit *test, const struct tcpscope_conn *rec)
{
	static const u8 local[16] = { 10, 1, 2, 3 }, peer[16] = { 192, 168, 5, 6 };

	record_expect_sound(test, rec);
	KUNIT_EXPECT_EQ(test, rec->family, AF_INET);
	KUNIT_EXPECT_EQ(test, memcmp(rec->local_addr, local, 16), 0);
	KUNIT_EXPECT_EQ(test, memcmp(rec->peer_addr, peer, 16), 0);
	KUNIT_EXPECT_EQ(test, rec->local_port, 4321);
	KUNIT_EXPECT_EQ(test, rec->peer_port, 80);
	KUNIT_EXPECT_EQ(test, rec->ifindex, 7U);
	KUNIT_EXPECT_EQ(test, rec->netns, init_net.ns.inum);
	KUNIT_EXPECT_EQ(test, rec->flags & TCPSCOPE_FLAG_V4MAPPED, 0U);
}

static void fake_sequence(struct tcp_sock *tp)
{
	tp->snd_una = 0xfffffff0;	/* the numbers wrap in between */
	tp->snd_nxt = 0x10;
	tp->write_seq = 0x110;
	tp->copied_seq = 0xffffff00;
	tp->rcv_nxt = 0x100;
	tp->snd_wnd = 3001;
	tp->rcv_wnd = 3002;
}

static void conn_full_socket(struct kunit *test)
{
	struct tcp_sock *tp = fake_full(test, TCP_ESTABLISHED);
	const struct tcpscope_conn *rec;

	fake_sequence(tp);
	rec = record_of(test, (struct sock *)tp);
	expect_identity(test, rec);
	KUNIT_EXPECT_EQ(test, rec->state, TCPSCOPE_ESTABLISHED);
	KUNIT_EXPECT_EQ(test, rec->uid, 1234U);
	KUNIT_EXPECT_EQ(test, rec->mark, 0xfeedU);
	KUNIT_EXPECT_EQ(test, rec->snd_una, 0xfffffff0);
	KUNIT_EXPECT_EQ(test, rec->snd_nxt, 0x10U);
	KUNIT_EXPECT_EQ(test, rec->rcv_nxt, 0x100U);
	KUNIT_EXPECT_EQ(test, rec->snd_wnd, 3001U);
	KUNIT_EXPECT_EQ(test, rec->rcv_wnd, 3002U);
	KUNIT_EXPECT_EQ(test, rec->send_q, 0x120U);
	KUNIT_EXPECT_EQ(test, rec->recv_q, 0x200U);
}

static void conn_progress(struct kunit *test)
{
	struct tcp_sock *tp = fake_full(test, TCP_ESTABLISHED);
	struct inet_connection_sock *icsk = inet_csk((struct sock *)tp);
	const struct tcpscope_conn *rec;

	icsk->icsk_rto = HZ;
	icsk->icsk_retransmits = 2;
	icsk->icsk_backoff = 3;
	icsk->icsk_probes_out = 4;
	icsk->icsk_ca_state = TCP_CA_Loss;
	tp->snd_cwnd = 11;
	tp->mss_cache = 1448;
	tp->total_retrans = 12;
	tp->retrans_out = 13;
	rec = record_of(test, (struct sock *)tp);
	record_expect_sound(test, rec);
	KUNIT_EXPECT_EQ(test, rec->rto_us, 1000000U);
	KUNIT_EXPECT_EQ(test, rec->retransmits, 2);
	KUNIT_EXPECT_EQ(test, rec->backoff, 3);
	KUNIT_EXPECT_EQ(test, rec->probes_out, 4);
	KUNIT_EXPECT_EQ(test, rec->ca_state, 4);
	KUNIT_EXPECT_EQ(test, rec->cwnd, 11U);
	KUNIT_EXPECT_EQ(test, rec->mss, 1448U);
	KUNIT_EXPECT_EQ(test, rec->total_retrans, 12U);
	KUNIT_EXPECT_EQ(test, rec->retrans_out, 13U);
}

/* 8 times the average, 4 times the variation; none before the first sample. */
static void conn_rtt(struct kunit *test)
{
	struct tcp_sock *tp = fake_full(test, TCP_ESTABLISHED);
	u64 both = TCPSCOPE_KNOWN(RTT) | TCPSCOPE_KNOWN(RTTVAR);
	const struct tcpscope_conn *rec;

	tp->mdev_us = jiffies_to_usecs(TCP_TIMEOUT_INIT);
	rec = record_of(test, (struct sock *)tp);
	KUNIT_EXPECT_EQ(test, rec->known & both, 0ULL);
	tp->srtt_us = 8 * 250;
	tp->mdev_us = 4 * 50;
	rec = record_of(test, (struct sock *)tp);
	KUNIT_EXPECT_EQ(test, rec->known & both, both);
	KUNIT_EXPECT_EQ(test, rec->rtt_us, 250U);
	KUNIT_EXPECT_EQ(test, rec->rttvar_us, 50U);
}

static void conn_listener(struct kunit *test)
{
	struct sock *sk = (struct sock *)fake_full(test, TCP_LISTEN);
	const struct tcpscope_conn *rec;

	sk->sk_dport = 0;
	sk->sk_ack_backlog = 5;
	sk->sk_max_ack_backlog = 128;
	atomic_set(&inet_csk(sk)->icsk_accept_queue.qlen, 6);
	rec = record_of(test, sk);
	record_expect_sound(test, rec);
	KUNIT_EXPECT_EQ(test, rec->state, TCPSCOPE_LISTEN);
	KUNIT_EXPECT_EQ(test, rec->recv_q, 5U);
	KUNIT_EXPECT_EQ(test, rec->send_q, 128U);
	KUNIT_EXPECT_EQ(test, rec->syn_q, 6U);
	KUNIT_EXPECT_TRUE(test, rec->known & TCPSCOPE_KNOWN(SYN_Q));
	KUNIT_EXPECT_FALSE(test, rec->known & TCPSCOPE_KNOWN(RTO));
	KUNIT_EXPECT_EQ(test, rec->n_timers, 0);
}

static void conn_request(struct kunit *test)
{
	struct tcp_request_sock *treq = fake_request(test);
	struct request_sock *req = &treq->req.req;
	const struct tcpscope_conn *rec;

	treq->snt_isn = 0xffffffff;
	treq->rcv_nxt = 78;
	treq->req.ir_mark = 0xcafe;
	req->rsk_rcv_wnd = 9000;
	req->mss = 1400;
	req->num_retrans = 2;
	req->num_timeout = 3;
	rec = record_of(test, req_to_sk(req));
	expect_identity(test, rec);
	KUNIT_EXPECT_EQ(test, rec->state, TCPSCOPE_SYN_RECV);
	KUNIT_EXPECT_EQ(test, rec->flags, (u32)TCPSCOPE_FLAG_REQUEST);
	KUNIT_EXPECT_EQ(test, rec->snd_una, 0xffffffff);
	KUNIT_EXPECT_EQ(test, rec->snd_nxt, 0U);
	KUNIT_EXPECT_EQ(test, rec->rcv_nxt, 78U);
	KUNIT_EXPECT_EQ(test, rec->rcv_wnd, 9000U);
	KUNIT_EXPECT_EQ(test, rec->mark, 0xcafeU);
	KUNIT_EXPECT_EQ(test, rec->mss, 1400U);
	KUNIT_EXPECT_EQ(test, rec->total_retrans, 2U);
	KUNIT_EXPECT_EQ(test, rec->retransmits, 3);
	KUNIT_EXPECT_EQ(test, rec->uid, 1234U);	/* its listener's */
	KUNIT_EXPECT_FALSE(test, rec->known & TCPSCOPE_KNOWN(INODE));
}

static void conn_timewait(struct kunit *test)
{
	struct tcp_timewait_sock *tw = fake_timewait(test, TCP_FIN_WAIT2);
	const struct tcpscope_conn *rec;

	tw->tw_snd_nxt = 100;
	tw->tw_rcv_nxt = 200;
	tw->tw_rcv_wnd = 300;
	tw->tw_sk.tw_mark = 0xbeef;
	rec = record_of(test, (struct sock *)tw);
	expect_identity(test, rec);
	KUNIT_EXPECT_EQ(test, rec->state, TCPSCOPE_TIME_WAIT);
	KUNIT_EXPECT_EQ(test, rec->substate, TCPSCOPE_FIN_WAIT2);
	KUNIT_EXPECT_EQ(test, rec->flags, (u32)TCPSCOPE_FLAG_MINISOCKET);
	KUNIT_EXPECT_EQ(test, rec->snd_nxt, 100U);
	KUNIT_EXPECT_EQ(test, rec->rcv_nxt, 200U);
	KUNIT_EXPECT_EQ(test, rec->rcv_wnd, 300U);
	KUNIT_EXPECT_EQ(test, rec->mark, 0xbeefU);
	/* The kernel keeps no owner for it: none is made up. */
	KUNIT_EXPECT_FALSE(test, rec->known & (TCPSCOPE_KNOWN(UID) |
					       TCPSCOPE_KNOWN(INODE) |
					       TCPSCOPE_KNOWN(CGROUP_ID)));
}

#if IS_ENABLED(CONFIG_IPV6)
static void conn_v6_addresses(struct kunit *test)
{
	static const struct in6_addr local = { .s6_addr = { 0xfd, 1, [15] = 2 } };
	struct sock *sk = (struct sock *)fake_full(test, TCP_ESTABLISHED);
	const struct tcpscope_conn *rec;

	sk->sk_family = AF_INET6;
	sk->sk_v6_rcv_saddr = local;
	sk->sk_v6_daddr = in6addr_loopback;
	rec = record_of(test, sk);
	KUNIT_EXPECT_EQ(test, rec->family, AF_INET6);
	KUNIT_EXPECT_EQ(test, memcmp(rec->local_addr, &local, 16), 0);
	KUNIT_EXPECT_EQ(test, memcmp(rec->peer_addr, &in6addr_loopback, 16), 0);
	KUNIT_EXPECT_EQ(test, rec->flags, 0U);

	ipv6_addr_set_v4mapped(LOCAL4, &sk->sk_v6_rcv_saddr);
	ipv6_addr_set_v4mapped(PEER4, &sk->sk_v6_daddr);
	rec = record_of(test, sk);
	KUNIT_EXPECT_EQ(test, rec->family, AF_INET6);
	KUNIT_EXPECT_EQ(test, rec->flags, (u32)TCPSCOPE_FLAG_V4MAPPED);
	KUNIT_EXPECT_EQ(test, rec->local_addr[10], 0xff);
	KUNIT_EXPECT_EQ(test, rec->local_addr[12], 10);
	KUNIT_EXPECT_EQ(test, rec->peer_addr[15], 6);
}
#endif

/* Expects that a socket has exactly these flags. */
static void expect_flags(struct kunit *test, struct sock *sk, u32 flags)
{
	KUNIT_EXPECT_EQ(test, record_of(test, sk)->flags, flags);
}

/* One more at a time. */
static void conn_socket_flags(struct kunit *test)
{
	struct sock *sk = (struct sock *)fake_full(test, TCP_ESTABLISHED);
	struct inet_connection_sock *icsk = inet_csk(sk);
	u32 flags = 0;

	expect_flags(test, sk, flags);
	sk->sk_shutdown = RCV_SHUTDOWN;
	expect_flags(test, sk, flags |= TCPSCOPE_FLAG_SHUT_RD);
	sk->sk_shutdown = SHUTDOWN_MASK;
	expect_flags(test, sk, flags |= TCPSCOPE_FLAG_SHUT_WR);
	sock_set_flag(sk, SOCK_DEAD);
	expect_flags(test, sk, flags |= TCPSCOPE_FLAG_ORPHAN);
	sock_set_flag(sk, SOCK_KEEPOPEN);
	expect_flags(test, sk, flags |= TCPSCOPE_FLAG_KEEPALIVE);
	icsk->icsk_user_timeout = 1;
	expect_flags(test, sk, flags |= TCPSCOPE_FLAG_USER_TIMEOUT);
	icsk->icsk_accept_queue.rskq_defer_accept = 1;
	expect_flags(test, sk, flags |= TCPSCOPE_FLAG_DEFER_ACCEPT);
}

static void conn_tcp_flags(struct kunit *test)
{
	struct tcp_sock *tp = fake_full(test, TCP_ESTABLISHED);
	struct sock *sk = (struct sock *)tp;
	u32 flags = 0;

	tp->nonagle = TCP_NAGLE_OFF;
	expect_flags(test, sk, flags |= TCPSCOPE_FLAG_NONAGLE);
	tp->nonagle |= TCP_NAGLE_CORK;
	expect_flags(test, sk, flags |= TCPSCOPE_FLAG_CORK);
	tp->rx_opt.tstamp_ok = 1;
	expect_flags(test, sk, flags |= TCPSCOPE_FLAG_TIMESTAMPS);
	tp->syn_data_acked = 1;
	expect_flags(test, sk, flags |= TCPSCOPE_FLAG_FASTOPEN);
#if IS_ENABLED(CONFIG_MPTCP)
	tp->is_mptcp = 1;
	expect_flags(test, sk, flags |= TCPSCOPE_FLAG_MPTCP);
#endif
}

static void conn_request_flags(struct kunit *test)
{
	struct tcp_request_sock *treq = fake_request(test);
	struct sock *sk = req_to_sk(&treq->req.req);
	u32 flags = TCPSCOPE_FLAG_REQUEST;

	expect_flags(test, sk, flags);
	treq->req.acked = 1;
	expect_flags(test, sk, flags |= TCPSCOPE_FLAG_HALF_ACKED);
	treq->req.tstamp_ok = 1;
	expect_flags(test, sk, flags |= TCPSCOPE_FLAG_TIMESTAMPS);
}

/* A cookie is made once, stays, and is no other socket's. */
static void conn_cookie(struct kunit *test)
{
	struct sock *one = (struct sock *)fake_full(test, TCP_ESTABLISHED);
	struct sock *two = (struct sock *)fake_timewait(test, TCP_TIME_WAIT);
	u64 cookie = record_of(test, one)->cookie;

	KUNIT_EXPECT_EQ(test, (u64)atomic64_read(&one->sk_cookie), cookie);
	KUNIT_EXPECT_EQ(test, record_of(test, one)->cookie, cookie);
	KUNIT_EXPECT_NE(test, record_of(test, two)->cookie, cookie);
	atomic64_set(&two->sk_cookie, 0x123456789abcdefLL);
	KUNIT_EXPECT_EQ(test, record_of(test, two)->cookie, 0x123456789abcdefULL);
}

/* MPTCP's own socket is in the tables too, beside its subflows. */
static void conn_wanted(struct kunit *test)
{
	struct sock *full = (struct sock *)fake_full(test, TCP_ESTABLISHED);
	struct sock *tw = (struct sock *)fake_timewait(test, TCP_TIME_WAIT);
	struct request_sock *req = &fake_request(test)->req.req;

	KUNIT_EXPECT_TRUE(test, tcpscope_conn_wanted(full));
	KUNIT_EXPECT_TRUE(test, tcpscope_conn_wanted(tw));
	KUNIT_EXPECT_TRUE(test, tcpscope_conn_wanted(req_to_sk(req)));
	full->sk_protocol = IPPROTO_MPTCP;
	KUNIT_EXPECT_FALSE(test, tcpscope_conn_wanted(full));
}

static struct kunit_case conn_cases[] = {
	KUNIT_CASE(conn_full_socket),
	KUNIT_CASE(conn_progress),
	KUNIT_CASE(conn_rtt),
	KUNIT_CASE(conn_listener),
	KUNIT_CASE(conn_request),
	KUNIT_CASE(conn_timewait),
#if IS_ENABLED(CONFIG_IPV6)
	KUNIT_CASE(conn_v6_addresses),
#endif
	KUNIT_CASE(conn_socket_flags),
	KUNIT_CASE(conn_tcp_flags),
	KUNIT_CASE(conn_request_flags),
	KUNIT_CASE(conn_cookie),
	KUNIT_CASE(conn_wanted),
	{}
};

static struct kunit_suite conn_suite = {
	.name = "tcpscope_conn",
	.test_cases = conn_cases,
};

kunit_test_suite(conn_suite);
