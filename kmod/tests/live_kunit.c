// SPDX-License-Identifier: GPL-2.0
/*
 * tcpscope_facts_fill() on real sockets: each state over each family, queues
 * with bytes in them, counters of segments that really were lost.
 */
#include <kunit/test.h>
#include <linux/sock_diag.h>
#include <net/inet_sock.h>
#include <net/tcp.h>

#include "../kunit/tcp_kunit.h"
#include "record.h"

struct live_param {
	enum tcp_kunit_family family;
	int state;
};

static const struct live_param live_params[] = {
	{ TCP_KUNIT_V4, TCP_ESTABLISHED }, { TCP_KUNIT_V6, TCP_ESTABLISHED },
	{ TCP_KUNIT_MAPPED, TCP_ESTABLISHED },
	{ TCP_KUNIT_V4, TCP_SYN_SENT }, { TCP_KUNIT_V6, TCP_SYN_SENT },
	{ TCP_KUNIT_MAPPED, TCP_SYN_SENT },
	{ TCP_KUNIT_V4, TCP_NEW_SYN_RECV }, { TCP_KUNIT_V6, TCP_NEW_SYN_RECV },
	{ TCP_KUNIT_MAPPED, TCP_NEW_SYN_RECV },
	{ TCP_KUNIT_V4, TCP_SYN_RECV }, { TCP_KUNIT_V6, TCP_SYN_RECV },
	{ TCP_KUNIT_MAPPED, TCP_SYN_RECV },
	{ TCP_KUNIT_V4, TCP_FIN_WAIT1 }, { TCP_KUNIT_V6, TCP_FIN_WAIT1 },
	{ TCP_KUNIT_MAPPED, TCP_FIN_WAIT1 },
	{ TCP_KUNIT_V4, TCP_FIN_WAIT2 }, { TCP_KUNIT_V6, TCP_FIN_WAIT2 },
	{ TCP_KUNIT_MAPPED, TCP_FIN_WAIT2 },
	{ TCP_KUNIT_V4, TCP_TIME_WAIT }, { TCP_KUNIT_V6, TCP_TIME_WAIT },
	{ TCP_KUNIT_MAPPED, TCP_TIME_WAIT },
	{ TCP_KUNIT_V4, TCP_CLOSE_WAIT }, { TCP_KUNIT_V6, TCP_CLOSE_WAIT },
	{ TCP_KUNIT_MAPPED, TCP_CLOSE_WAIT },
	{ TCP_KUNIT_V4, TCP_LAST_ACK }, { TCP_KUNIT_V6, TCP_LAST_ACK },
	{ TCP_KUNIT_MAPPED, TCP_LAST_ACK },
	{ TCP_KUNIT_V4, TCP_LISTEN }, { TCP_KUNIT_V6, TCP_LISTEN },
	{ TCP_KUNIT_MAPPED, TCP_LISTEN },
	{ TCP_KUNIT_V4, TCP_CLOSING }, { TCP_KUNIT_V6, TCP_CLOSING },
	{ TCP_KUNIT_MAPPED, TCP_CLOSING },
};

static void live_param_desc(const struct live_param *param, char *desc)
{
	static const char *const families[] = { "v4", "v6", "v4mapped" };

	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s %s",
		 tcp_kunit_state_name(param->state), families[param->family]);
}

KUNIT_ARRAY_PARAM(live, live_params, live_param_desc);

/* Whether the socket of a state is the one that accepted, or will. */
static bool is_server(int state)
{
	return state == TCP_LISTEN || state == TCP_NEW_SYN_RECV ||
	       state == TCP_CLOSE_WAIT || state == TCP_LAST_ACK;
}

/* Expects lo's address in the family's form. */
static void expect_lo(struct kunit *test, enum tcp_kunit_family family,
		      const u8 *address)
{
	static const u8 four[16] = { 127, 0, 0, 1 };
	static const u8 six[16] = { [15] = 1 };
	static const u8 mapped[16] = {
		[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1
	};
	const u8 *want = family == TCP_KUNIT_V4 ? four :
			 family == TCP_KUNIT_V6 ? six : mapped;

	KUNIT_EXPECT_EQ(test, memcmp(address, want, 16), 0);
}

static void expect_ends(struct kunit *test, const struct tcpscope_conn *rec,
			const struct live_param *param,
			const struct tcp_kunit_pair *pair)
{
	bool server = is_server(param->state);
	u16 client_port = pair->client.port, server_port = pair->server.port;

	KUNIT_EXPECT_EQ(test, rec->family,
			param->family == TCP_KUNIT_V4 ? AF_INET : AF_INET6);
	KUNIT_EXPECT_EQ(test, rec->netns, tcp_kunit_net(test)->ns.inum);
	KUNIT_EXPECT_EQ(test, rec->local_port,
			server ? server_port : client_port);
	expect_lo(test, param->family, rec->local_addr);
	if (param->state == TCP_LISTEN)
		return;
	KUNIT_EXPECT_EQ(test, rec->peer_port,
			server ? client_port : server_port);
	expect_lo(test, param->family, rec->peer_addr);
	KUNIT_EXPECT_EQ(test, !!(rec->flags & TCPSCOPE_FLAG_V4MAPPED),
			param->family == TCP_KUNIT_MAPPED);
}

/* A connection in each state, over each family. */
static void live_state(struct kunit *test)
{
	const struct live_param *param = test->param_value;
	struct tcp_kunit_pair *pair = tcp_kunit_reach(test, param->family,
						      param->state);
	const struct tcpscope_conn *rec = record_of(test, pair->sk);
	bool request = param->state == TCP_NEW_SYN_RECV;
	bool timewait = param->state == TCP_TIME_WAIT;

	record_expect_sound(test, rec);
	KUNIT_EXPECT_EQ(test, rec->state,
			request ? TCP_SYN_RECV : param->state);
	KUNIT_EXPECT_EQ(test, rec->substate, timewait ? TCP_TIME_WAIT : 0);
	KUNIT_EXPECT_EQ(test, !!(rec->flags & TCPSCOPE_FLAG_REQUEST), request);
	KUNIT_EXPECT_EQ(test, !!(rec->flags & TCPSCOPE_FLAG_MINISOCKET),
			timewait);
	KUNIT_EXPECT_EQ(test, rec->cookie,
			(u64)atomic64_read(&pair->sk->sk_cookie));
	KUNIT_EXPECT_EQ(test, !!(rec->known & TCPSCOPE_KNOWN(UID)), !timewait);
	KUNIT_EXPECT_EQ(test, !!(rec->known & TCPSCOPE_KNOWN(INODE)),
			!timewait && !request);
	expect_ends(test, rec, param, pair);
}

/* Where nothing is under way, no timer is armed. */
static void live_no_timer(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V6);

	tcp_kunit_send(test, &pair->client, 1000);
	tcp_kunit_advance(test, 1000);
	KUNIT_EXPECT_EQ(test, record_of(test, pair->listener.sk)->n_timers, 0);
	KUNIT_EXPECT_EQ(test, record_of(test, pair->client.sk)->n_timers, 0);
	KUNIT_EXPECT_EQ(test, record_of(test, pair->server.sk)->n_timers, 0);
}

/* What is lost on the way stays in the sender's queue. */
static void live_send_queue(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);
	const struct tcpscope_conn *rec;

	TCP_KUNIT_LOSE(test, .min_len = 1);
	KUNIT_ASSERT_EQ(test, tcp_kunit_send(test, &pair->client, 1000), 1000);
	rec = record_of(test, pair->client.sk);
	KUNIT_EXPECT_EQ(test, rec->send_q, 1000U);
	KUNIT_EXPECT_EQ(test, rec->recv_q, 0U);
	KUNIT_EXPECT_EQ(test, rec->snd_nxt - rec->snd_una, 1000U);
	KUNIT_EXPECT_EQ(test, record_of(test, pair->server.sk)->recv_q, 0U);
}

/* What is not read yet stays in the receiver's queue. */
static void live_receive_queue(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V6);

	KUNIT_ASSERT_EQ(test, tcp_kunit_send(test, &pair->client, 1000), 1000);
	KUNIT_ASSERT_EQ(test, tcp_kunit_receive(test, &pair->server, 300), 300);
	tcp_kunit_advance(test, 1000);		/* for the delayed ACK */
	KUNIT_EXPECT_EQ(test, record_of(test, pair->server.sk)->recv_q, 700U);
	KUNIT_EXPECT_EQ(test, record_of(test, pair->client.sk)->send_q, 0U);
}

/* Connections not accepted yet, the backlog's limit, open requests. */
static void live_listener_queues(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_listen(test, TCP_KUNIT_V4);
	struct sock *listener = pair->listener.sk;
	const struct tcpscope_conn *rec;

	tcp_kunit_connect(test, pair);
	rec = record_of(test, listener);
	KUNIT_EXPECT_EQ(test, rec->recv_q, 1U);
	KUNIT_EXPECT_EQ(test, rec->send_q, listener->sk_max_ack_backlog);
	KUNIT_EXPECT_EQ(test, rec->syn_q, 0U);

	tcp_kunit_accept(test, pair);
	rec = record_of(test, listener);
	KUNIT_EXPECT_EQ(test, rec->recv_q, 0U);

	pair = tcp_kunit_reach(test, TCP_KUNIT_V4, TCP_NEW_SYN_RECV);
	rec = record_of(test, pair->listener.sk);
	KUNIT_EXPECT_EQ(test, rec->recv_q, 0U);
	KUNIT_EXPECT_EQ(test, rec->syn_q, 1U);
}

/* One end's numbers against the other's. */
static void live_sequence_numbers(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);
	const struct tcpscope_conn *client, *server;

	tcp_kunit_send(test, &pair->client, 12345);
	tcp_kunit_send(test, &pair->server, 54321);
	tcp_kunit_advance(test, 1000);
	client = record_of(test, pair->client.sk);
	server = record_of(test, pair->server.sk);
	KUNIT_EXPECT_EQ(test, client->snd_nxt, server->rcv_nxt);
	KUNIT_EXPECT_EQ(test, client->snd_una, server->rcv_nxt);
	KUNIT_EXPECT_EQ(test, server->snd_nxt, client->rcv_nxt);
	KUNIT_EXPECT_EQ(test, client->recv_q, 54321U);
	KUNIT_EXPECT_EQ(test, server->recv_q, 12345U);
	KUNIT_EXPECT_LE(test, client->snd_wnd, server->rcv_wnd);
	KUNIT_EXPECT_GT(test, client->snd_wnd, 0U);
	KUNIT_EXPECT_EQ(test, client->snd_nxt, pair->client.isn + 1 + 12345);
}

/* A request's own sequence number is the one in the SYN-ACK that was lost. */
static void live_request_sequence(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_reach(test, TCP_KUNIT_V4,
						      TCP_NEW_SYN_RECV);
	const struct tcpscope_conn *rec = record_of(test, pair->sk);
	struct tcp_kunit_segment segments[2];

	KUNIT_ASSERT_EQ(test, 2U, tcp_kunit_segments(test, pair, segments, 2));
	KUNIT_EXPECT_EQ(test, rec->snd_una, segments[1].seq);
	KUNIT_EXPECT_EQ(test, rec->snd_nxt, segments[1].seq + 1);
	KUNIT_EXPECT_EQ(test, rec->rcv_nxt, segments[1].ack);
}

/* A minisocket goes on where the full socket was, as its peer sees it. */
static void live_timewait_sequence(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_reach(test, TCP_KUNIT_V6,
						      TCP_TIME_WAIT);
	const struct tcpscope_conn *rec = record_of(test, pair->sk);
	const struct tcp_sock *peer = tcp_sk(pair->server.sk);

	KUNIT_EXPECT_EQ(test, rec->snd_nxt, peer->rcv_nxt);
	KUNIT_EXPECT_EQ(test, rec->rcv_nxt, peer->snd_nxt);
}

/* Counters, against the segments that were dropped. */
static void live_retransmits(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);
	struct tcp_kunit_filter *losses = TCP_KUNIT_LOSE(test, .min_len = 1);
	const struct tcpscope_conn *rec;
	unsigned int lost;

	tcp_kunit_send(test, &pair->client, 100);
	tcp_kunit_advance(test, 5000);
	rec = record_of(test, pair->client.sk);
	lost = tcp_kunit_filter_hits(test, losses);
	KUNIT_ASSERT_GE(test, lost, 4U);
	KUNIT_EXPECT_EQ(test, rec->total_retrans, lost - 1);
	KUNIT_EXPECT_EQ(test, rec->retrans_out, 1U);
	KUNIT_EXPECT_EQ(test, rec->ca_state, 4);
	KUNIT_EXPECT_GT(test, rec->retransmits, 0);
	KUNIT_EXPECT_EQ(test, rec->backoff, rec->retransmits);
}

/* The same cookie from the request over the connection to the minisocket. */
static void live_cookie_lasts(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_reach(test, TCP_KUNIT_V4,
						      TCP_NEW_SYN_RECV);
	u64 cookie = record_of(test, pair->sk)->cookie;
	struct sock *sk;

	tcp_kunit_heal(test);
	tcp_kunit_advance(test, 4000);	/* the SYN-ACK is sent again */
	tcp_kunit_accept(test, pair);
	KUNIT_EXPECT_EQ(test, record_of(test, pair->server.sk)->cookie, cookie);
	tcp_kunit_shutdown(test, &pair->server);
	tcp_kunit_shutdown(test, &pair->client);
	sk = tcp_kunit_find(test, pair->server.port, pair->client.port);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, sk);
	KUNIT_ASSERT_EQ(test, sk->sk_state, TCP_TIME_WAIT);
	KUNIT_EXPECT_EQ(test, record_of(test, sk)->cookie, cookie);
}

/* The owner goes: the inode with it, the user stays. */
static void live_orphan(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);
	struct sock *sk = pair->client.sk;
	const struct tcpscope_conn *rec;

	sk->sk_uid = KUIDT_INIT(4711);
	rec = record_of(test, sk);
	KUNIT_EXPECT_EQ(test, rec->inode,
			(u64)SOCK_INODE(pair->client.sock)->i_ino);
	KUNIT_EXPECT_EQ(test, rec->flags & TCPSCOPE_FLAG_ORPHAN, 0U);

	TCP_KUNIT_LOSE(test);
	tcp_kunit_close(test, &pair->client);
	rec = record_of(test, sk);
	record_expect_sound(test, rec);
	KUNIT_EXPECT_EQ(test, rec->state, TCPSCOPE_FIN_WAIT1);
	KUNIT_EXPECT_TRUE(test, rec->flags & TCPSCOPE_FLAG_ORPHAN);
	KUNIT_EXPECT_FALSE(test, rec->known & TCPSCOPE_KNOWN(INODE));
	KUNIT_EXPECT_EQ(test, rec->uid, 4711U);
}

static void live_socket_options(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);
	struct tcp_kunit_end *client = &pair->client;
	u32 flags;

	tcp_kunit_setsockopt(test, client, SOL_SOCKET, SO_KEEPALIVE, 1);
	tcp_kunit_setsockopt(test, client, SOL_TCP, TCP_NODELAY, 1);
	tcp_kunit_setsockopt(test, client, SOL_TCP, TCP_CORK, 1);
	tcp_kunit_setsockopt(test, client, SOL_TCP, TCP_USER_TIMEOUT, 5000);
	tcp_kunit_setsockopt(test, &pair->listener, SOL_TCP, TCP_DEFER_ACCEPT,
			     5);
	tcp_kunit_shutdown(test, &pair->server);
	flags = record_of(test, client->sk)->flags;
	KUNIT_EXPECT_EQ(test, flags, (u32)(TCPSCOPE_FLAG_KEEPALIVE |
					   TCPSCOPE_FLAG_NONAGLE |
					   TCPSCOPE_FLAG_CORK |
					   TCPSCOPE_FLAG_USER_TIMEOUT |
					   TCPSCOPE_FLAG_SHUT_RD |
					   TCPSCOPE_FLAG_TIMESTAMPS));
	flags = record_of(test, pair->listener.sk)->flags;
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
	.suite_init = tcp_kunit_suite_init,
	.init = tcp_kunit_init,
	.test_cases = live_cases,
};

kunit_test_suite(live_suite);
