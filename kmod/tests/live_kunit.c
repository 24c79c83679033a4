// SPDX-License-Identifier: GPL-2.0
/*
 * tcpscope_facts_fill() on real sockets: each state over each family, queues
 * with bytes in them, counters of segments that really were lost.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/sock_diag.h>
#include <net/inet_sock.h>
#include <net/tcp.h>

#include "loopback.h"
#include "record.h"

struct live_param {
	const struct loopback_family *family;
	int state;
};

static const struct live_param live_params[] = {
	{ LOOPBACK_V4, TCP_ESTABLISHED }, { LOOPBACK_V6, TCP_ESTABLISHED },
	{ LOOPBACK_MAPPED, TCP_ESTABLISHED },
	{ LOOPBACK_V4, TCP_SYN_SENT }, { LOOPBACK_V6, TCP_SYN_SENT },
	{ LOOPBACK_MAPPED, TCP_SYN_SENT },
	{ LOOPBACK_V4, TCP_SYN_RECV }, { LOOPBACK_V6, TCP_SYN_RECV },
	{ LOOPBACK_MAPPED, TCP_SYN_RECV },
	{ LOOPBACK_V4, TCP_FIN_WAIT1 }, { LOOPBACK_V6, TCP_FIN_WAIT1 },
	{ LOOPBACK_MAPPED, TCP_FIN_WAIT1 },
	{ LOOPBACK_V4, TCP_FIN_WAIT2 }, { LOOPBACK_V6, TCP_FIN_WAIT2 },
	{ LOOPBACK_MAPPED, TCP_FIN_WAIT2 },
	{ LOOPBACK_V4, TCP_TIME_WAIT }, { LOOPBACK_V6, TCP_TIME_WAIT },
	{ LOOPBACK_MAPPED, TCP_TIME_WAIT },
	{ LOOPBACK_V4, TCP_CLOSE_WAIT }, { LOOPBACK_V6, TCP_CLOSE_WAIT },
	{ LOOPBACK_MAPPED, TCP_CLOSE_WAIT },
	{ LOOPBACK_V4, TCP_LAST_ACK }, { LOOPBACK_V6, TCP_LAST_ACK },
	{ LOOPBACK_MAPPED, TCP_LAST_ACK },
	{ LOOPBACK_V4, TCP_LISTEN }, { LOOPBACK_V6, TCP_LISTEN },
	{ LOOPBACK_MAPPED, TCP_LISTEN },
	{ LOOPBACK_V4, TCP_CLOSING }, { LOOPBACK_V6, TCP_CLOSING },
	{ LOOPBACK_MAPPED, TCP_CLOSING },
};

static void live_param_desc(const struct live_param *param, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s %s",
		 tcpscope_state_key(param->state), param->family->name);
}

KUNIT_ARRAY_PARAM(live, live_params, live_param_desc);

/* Whether the socket of a state is the one that accepted, or will. */
static bool is_server(int state)
{
	return state == TCP_LISTEN || state == TCP_SYN_RECV ||
	       state == TCP_CLOSE_WAIT || state == TCP_LAST_ACK;
}

/* Expects lo's address in the family's form. */
static void expect_lo(struct kunit *test, const struct loopback_family *family,
		      const u8 *address)
{
	static const u8 four[16] = { 127, 0, 0, 1 };
	static const u8 six[16] = { [15] = 1 };
	static const u8 mapped[16] = {
		[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1
	};
	const u8 *want = family->family == AF_INET ? four :
			 family->mapped ? mapped : six;

	KUNIT_EXPECT_EQ(test, memcmp(address, want, 16), 0);
}

static void expect_ends(struct kunit *test, const struct tcpscope_conn *rec,
			const struct live_param *param)
{
	struct loopback *lb = test->priv;
	bool server = is_server(param->state);

	KUNIT_EXPECT_EQ(test, rec->family, param->family->family);
	KUNIT_EXPECT_EQ(test, rec->netns, lb->net->ns.inum);
	KUNIT_EXPECT_EQ(test, rec->local_port,
			server ? lb->port : lb->client_port);
	expect_lo(test, param->family, rec->local_addr);
	if (param->state == TCP_LISTEN)
		return;
	KUNIT_EXPECT_EQ(test, rec->peer_port,
			server ? lb->client_port : lb->port);
	expect_lo(test, param->family, rec->peer_addr);
	KUNIT_EXPECT_EQ(test, !!(rec->flags & TCPSCOPE_FLAG_V4MAPPED),
			param->family->mapped);
}

/* A connection in each state, over each family. */
static void live_state(struct kunit *test)
{
	const struct live_param *param = test->param_value;
	struct sock *sk = loopback_reach(test, param->family, param->state);
	const struct tcpscope_conn *rec = record_of(test, sk);
	bool request = param->state == TCP_SYN_RECV;
	bool timewait = param->state == TCP_TIME_WAIT;

	record_expect_sound(test, rec);
	KUNIT_EXPECT_EQ(test, rec->state, param->state);
	KUNIT_EXPECT_EQ(test, rec->substate, timewait ? TCP_TIME_WAIT : 0);
	KUNIT_EXPECT_EQ(test, !!(rec->flags & TCPSCOPE_FLAG_REQUEST), request);
	KUNIT_EXPECT_EQ(test, !!(rec->flags & TCPSCOPE_FLAG_MINISOCKET),
			timewait);
	KUNIT_EXPECT_EQ(test, rec->cookie, (u64)atomic64_read(&sk->sk_cookie));
	KUNIT_EXPECT_EQ(test, !!(rec->known & TCPSCOPE_KNOWN(UID)), !timewait);
	KUNIT_EXPECT_EQ(test, !!(rec->known & TCPSCOPE_KNOWN(INODE)),
			!timewait && !request);
	expect_ends(test, rec, param);
}

/* Where nothing is under way, no timer is armed. */
static void live_no_timer(struct kunit *test)
{
	struct loopback *lb = test->priv;

	loopback_establish(test, LOOPBACK_V6);
	loopback_send(test, lb->client, 1000);
	msleep(MSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, record_of(test, lb->listener->sk)->n_timers, 0);
	KUNIT_EXPECT_EQ(test, record_of(test, lb->client->sk)->n_timers, 0);
	KUNIT_EXPECT_EQ(test, record_of(test, lb->server->sk)->n_timers, 0);
}

/* What is lost on the way stays in the sender's queue. */
static void live_send_queue(struct kunit *test)
{
	struct loopback *lb = test->priv;
	const struct tcpscope_conn *rec;

	loopback_establish(test, LOOPBACK_V4);
	lb->loser = loopback_lose_data;
	KUNIT_ASSERT_EQ(test, loopback_send(test, lb->client, 1000), 1000);
	rec = record_of(test, lb->client->sk);
	KUNIT_EXPECT_EQ(test, rec->send_q, 1000U);
	KUNIT_EXPECT_EQ(test, rec->recv_q, 0U);
	KUNIT_EXPECT_EQ(test, rec->snd_nxt - rec->snd_una, 1000U);
	KUNIT_EXPECT_EQ(test, record_of(test, lb->server->sk)->recv_q, 0U);
}

/* What is not read yet stays in the receiver's queue. */
static void live_receive_queue(struct kunit *test)
{
	struct loopback *lb = test->priv;

	loopback_establish(test, LOOPBACK_V6);
	KUNIT_ASSERT_EQ(test, loopback_send(test, lb->client, 1000), 1000);
	KUNIT_ASSERT_EQ(test, loopback_receive(test, lb->server, 300), 300);
	msleep(MSEC_PER_SEC);		/* for the delayed ACK */
	KUNIT_EXPECT_EQ(test, record_of(test, lb->server->sk)->recv_q, 700U);
	KUNIT_EXPECT_EQ(test, record_of(test, lb->client->sk)->send_q, 0U);
}

/* Connections not accepted yet, the backlog's limit, open requests. */
static void live_listener_queues(struct kunit *test)
{
	struct loopback *lb = test->priv;
	const struct tcpscope_conn *rec;
	struct socket *accepted;

	loopback_listen(test, LOOPBACK_V4);
	loopback_connect(test);
	rec = record_of(test, lb->listener->sk);
	KUNIT_EXPECT_EQ(test, rec->recv_q, 1U);
	KUNIT_EXPECT_EQ(test, rec->send_q, (u32)LOOPBACK_BACKLOG);
	KUNIT_EXPECT_EQ(test, rec->syn_q, 0U);

	accepted = loopback_accept(test);
	lb->loser = loopback_lose_synack;
	lb->server = loopback_another(test);
	rec = record_of(test, lb->listener->sk);
	sock_release(accepted);
	KUNIT_EXPECT_EQ(test, rec->recv_q, 0U);
	KUNIT_EXPECT_EQ(test, rec->syn_q, 1U);
}

/* One end's numbers against the other's. */
static void live_sequence_numbers(struct kunit *test)
{
	struct loopback *lb = test->priv;
	const struct tcpscope_conn *client, *server;

	loopback_establish(test, LOOPBACK_V4);
	loopback_send(test, lb->client, 12345);
	loopback_send(test, lb->server, 54321);
	msleep(MSEC_PER_SEC);
	client = record_of(test, lb->client->sk);
	server = record_of(test, lb->server->sk);
	KUNIT_EXPECT_EQ(test, client->snd_nxt, server->rcv_nxt);
	KUNIT_EXPECT_EQ(test, client->snd_una, server->rcv_nxt);
	KUNIT_EXPECT_EQ(test, server->snd_nxt, client->rcv_nxt);
	KUNIT_EXPECT_EQ(test, client->recv_q, 54321U);
	KUNIT_EXPECT_EQ(test, server->recv_q, 12345U);
	KUNIT_EXPECT_LE(test, client->snd_wnd, server->rcv_wnd);
	KUNIT_EXPECT_GT(test, client->snd_wnd, 0U);
}

/* A request's own sequence number is the one in the SYN-ACK that was lost. */
static void live_request_sequence(struct kunit *test)
{
	struct loopback *lb = test->priv;
	struct sock *sk = loopback_reach(test, LOOPBACK_V4, TCP_SYN_RECV);
	const struct tcpscope_conn *rec = record_of(test, sk);

	KUNIT_ASSERT_EQ(test, lb->lost, 1U);
	KUNIT_EXPECT_EQ(test, rec->snd_una, lb->lost_seq);
	KUNIT_EXPECT_EQ(test, rec->snd_nxt, lb->lost_seq + 1);
	KUNIT_EXPECT_EQ(test, rec->rcv_nxt, lb->lost_ack);
}

/* A minisocket goes on where the full socket was, as its peer sees it. */
static void live_timewait_sequence(struct kunit *test)
{
	struct loopback *lb = test->priv;
	struct sock *sk = loopback_reach(test, LOOPBACK_V6, TCP_TIME_WAIT);
	const struct tcpscope_conn *rec = record_of(test, sk);
	const struct tcp_sock *peer = tcp_sk(lb->server->sk);

	KUNIT_EXPECT_EQ(test, rec->snd_nxt, peer->rcv_nxt);
	KUNIT_EXPECT_EQ(test, rec->rcv_nxt, peer->snd_nxt);
}

/* Counters, against the segments that were dropped. */
static void live_retransmits(struct kunit *test)
{
	struct loopback *lb = test->priv;
	const struct tcpscope_conn *rec;

	loopback_establish(test, LOOPBACK_V4);
	lb->loser = loopback_lose_data;
	loopback_send(test, lb->client, 100);
	msleep(5 * MSEC_PER_SEC);
	rec = record_of(test, lb->client->sk);
	KUNIT_ASSERT_GE(test, lb->lost, 4U);
	KUNIT_EXPECT_EQ(test, rec->total_retrans, lb->lost - 1);
	KUNIT_EXPECT_EQ(test, rec->retrans_out, 1U);
	KUNIT_EXPECT_EQ(test, rec->ca_state, 4);
	KUNIT_EXPECT_GT(test, rec->retransmits, 0);
	KUNIT_EXPECT_EQ(test, rec->backoff, rec->retransmits);
}

/* The same cookie from the request over the connection to the minisocket. */
static void live_cookie_lasts(struct kunit *test)
{
	struct loopback *lb = test->priv;
	struct sock *sk = loopback_reach(test, LOOPBACK_V4, TCP_SYN_RECV);
	u64 cookie = record_of(test, sk)->cookie;

	lb->loser = NULL;
	msleep(4 * MSEC_PER_SEC);	/* the SYN-ACK is sent again */
	lb->server = loopback_accept(test);
	KUNIT_EXPECT_EQ(test, record_of(test, lb->server->sk)->cookie, cookie);
	loopback_shutdown(test, lb->server);
	loopback_shutdown(test, lb->client);
	sk = loopback_find(test, lb->port, lb->client_port);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, sk);
	KUNIT_ASSERT_EQ(test, sk->sk_state, TCP_TIME_WAIT);
	KUNIT_EXPECT_EQ(test, record_of(test, sk)->cookie, cookie);
}

/* The owner goes: the inode with it, the user stays. */
static void live_orphan(struct kunit *test)
{
	struct loopback *lb = test->priv;
	const struct tcpscope_conn *rec;
	struct sock *sk;

	loopback_establish(test, LOOPBACK_V4);
	sk = lb->client->sk;
	sk->sk_uid = KUIDT_INIT(4711);
	rec = record_of(test, sk);
	KUNIT_EXPECT_EQ(test, rec->inode, (u64)SOCK_INODE(lb->client)->i_ino);
	KUNIT_EXPECT_EQ(test, rec->flags & TCPSCOPE_FLAG_ORPHAN, 0U);

	lb->loser = loopback_lose_all;
	sock_hold(sk);
	loopback_close(&lb->client);
	rec = record_of(test, sk);
	sock_put(sk);
	record_expect_sound(test, rec);
	KUNIT_EXPECT_EQ(test, rec->state, TCPSCOPE_FIN_WAIT1);
	KUNIT_EXPECT_TRUE(test, rec->flags & TCPSCOPE_FLAG_ORPHAN);
	KUNIT_EXPECT_FALSE(test, rec->known & TCPSCOPE_KNOWN(INODE));
	KUNIT_EXPECT_EQ(test, rec->uid, 4711U);
}

static void live_socket_options(struct kunit *test)
{
	struct loopback *lb = test->priv;
	u32 flags;

	loopback_establish(test, LOOPBACK_V4);
	sock_set_keepalive(lb->client->sk);
	loopback_set(test, lb->client, TCP_NODELAY, 1);
	loopback_set(test, lb->client, TCP_CORK, 1);
	loopback_set(test, lb->client, TCP_USER_TIMEOUT, 5000);
	loopback_set(test, lb->listener, TCP_DEFER_ACCEPT, 5);
	loopback_shutdown(test, lb->server);
	flags = record_of(test, lb->client->sk)->flags;
	KUNIT_EXPECT_EQ(test, flags, (u32)(TCPSCOPE_FLAG_KEEPALIVE |
					   TCPSCOPE_FLAG_NONAGLE |
					   TCPSCOPE_FLAG_CORK |
					   TCPSCOPE_FLAG_USER_TIMEOUT |
					   TCPSCOPE_FLAG_SHUT_RD |
					   TCPSCOPE_FLAG_TIMESTAMPS));
	flags = record_of(test, lb->listener->sk)->flags;
	KUNIT_EXPECT_EQ(test, flags, (u32)TCPSCOPE_FLAG_DEFER_ACCEPT);
}

static struct kunit_case live_cases[] = {
	KUNIT_CASE_PARAM(live_state, live_gen_params),
	KUNIT_CASE(live_no_timer),
	KUNIT_CASE(live_send_queue),
	KUNIT_CASE(live_receive_queue),
	KUNIT_CASE(live_listener_queues),
	KUNIT_CASE(live_sequence_numbers),
	KUNIT_CASE(live_request_sequence),
	KUNIT_CASE(live_timewait_sequence),
	KUNIT_CASE(live_retransmits),
	KUNIT_CASE(live_cookie_lasts),
	KUNIT_CASE(live_orphan),
	KUNIT_CASE(live_socket_options),
	{}
};

static struct kunit_suite live_suite = {
	.name = "tcpscope_live",
	.init = loopback_init,
	.exit = loopback_exit,
	.test_cases = live_cases,
};

kunit_test_suite(live_suite);
