// SPDX-License-Identifier: GPL-2.0
/*
 * Connections with a certain timer armed.
 */
#include <net/sock.h>
#include <net/tcp.h>

#include "arrange.h"

struct tcp_kunit_pair *arrange(struct kunit *test,
			       const struct arrangement *how)
{
	struct tcp_kunit_pair *pair;

	if (how->retries2)
		TCP_KUNIT_SYSCTL(test, tcp_retries2, how->retries2);
	if (how->orphan_retries)
		TCP_KUNIT_SYSCTL(test, tcp_orphan_retries, how->orphan_retries);
	pair = how->by(test);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pair->sk);
	if (how->option)
		tcp_kunit_setsockopt(test, &pair->client, SOL_TCP, how->option,
				     how->value);
	return pair;
}

/* An established connection; the socket that matters is the client's. */
static struct tcp_kunit_pair *establish(struct kunit *test,
					enum tcp_kunit_family family)
{
	return tcp_kunit_reach(test, family, TCP_ESTABLISHED);
}

static struct tcp_kunit_pair *later(struct kunit *test,
				    struct tcp_kunit_pair *pair,
				    unsigned int ms)
{
	tcp_kunit_advance(test, ms);
	return pair;
}

struct tcp_kunit_pair *arrange_syn(struct kunit *test)
{
	return tcp_kunit_reach(test, TCP_KUNIT_V4, TCP_SYN_SENT);
}

/* The second SYN: its timer runs for twice as long as the first one's. */
struct tcp_kunit_pair *arrange_second_syn(struct kunit *test)
{
	return later(test, tcp_kunit_reach(test, TCP_KUNIT_V6, TCP_SYN_SENT),
		     1500);
}

/* The client goes, so that only the server's request is left to send. */
struct tcp_kunit_pair *arrange_request(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_reach(test, TCP_KUNIT_V4,
						      TCP_NEW_SYN_RECV);

	TCP_KUNIT_LOSE(test);
	tcp_kunit_close(test, &pair->client);
	return pair;
}

struct tcp_kunit_pair *arrange_second_synack(struct kunit *test)
{
	return later(test, arrange_request(test), 1500);
}

struct tcp_kunit_pair *arrange_data(struct kunit *test)
{
	struct tcp_kunit_pair *pair = establish(test, TCP_KUNIT_V4);

	TCP_KUNIT_LOSE(test);
	tcp_kunit_send(test, &pair->client, 100);
	return pair;
}

/* By then the loss probe has been sent. */
struct tcp_kunit_pair *arrange_rto(struct kunit *test)
{
	return later(test, arrange_data(test), 2000);
}

struct tcp_kunit_pair *arrange_fin(struct kunit *test)
{
	return later(test, tcp_kunit_reach(test, TCP_KUNIT_V6, TCP_LAST_ACK),
		     2000);
}

struct tcp_kunit_pair *arrange_orphan_at_once(struct kunit *test)
{
	struct tcp_kunit_pair *pair = establish(test, TCP_KUNIT_V4);

	TCP_KUNIT_LOSE(test);
	tcp_kunit_close(test, &pair->client);
	return pair;
}

struct tcp_kunit_pair *arrange_orphan(struct kunit *test)
{
	return later(test, arrange_orphan_at_once(test), 2000);
}

/* After 30 s of silence, every 10 s, 4 times. */
struct tcp_kunit_pair *arrange_keepalive(struct kunit *test)
{
	struct tcp_kunit_pair *pair = establish(test, TCP_KUNIT_V6);
	struct tcp_kunit_end *client = &pair->client;

	tcp_kunit_setsockopt(test, client, SOL_TCP, TCP_KEEPIDLE, 30);
	tcp_kunit_setsockopt(test, client, SOL_TCP, TCP_KEEPINTVL, 10);
	tcp_kunit_setsockopt(test, client, SOL_TCP, TCP_KEEPCNT, 4);
	tcp_kunit_setsockopt(test, client, SOL_SOCKET, SO_KEEPALIVE, 1);
	TCP_KUNIT_LOSE(test);
	return pair;
}

struct tcp_kunit_pair *arrange_keepalive_probe(struct kunit *test)
{
	return later(test, arrange_keepalive(test), 35000);
}

/* The server reads nothing until its window is shut. */
struct tcp_kunit_pair *arrange_probe0(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_listen(test, TCP_KUNIT_V4);

	sock_set_rcvbuf(pair->listener.sk, 4096);
	tcp_kunit_connect(test, pair);
	tcp_kunit_accept(test, pair);
	tcp_kunit_send(test, &pair->client, 100000);
	tcp_kunit_advance(test, 2000);
	TCP_KUNIT_LOSE(test);
	pair->sk = pair->client.sk;
	return pair;
}

/* A question and its answer: from then on the answerer holds ACKs back. */
static struct tcp_kunit_pair *converse(struct kunit *test)
{
	struct tcp_kunit_pair *pair = establish(test, TCP_KUNIT_V4);

	tcp_kunit_send(test, &pair->client, 1);
	tcp_kunit_receive(test, &pair->server, 1);
	tcp_kunit_send(test, &pair->server, 1);
	tcp_kunit_advance(test, 1000);
	pair->sk = pair->server.sk;
	return pair;
}

struct tcp_kunit_pair *arrange_delack(struct kunit *test)
{
	struct tcp_kunit_pair *pair = converse(test);

	tcp_kunit_send(test, &pair->client, 1);
	return pair;
}

/* 100,000 bytes a second: the second segment has to wait for the first. */
struct tcp_kunit_pair *arrange_pacing(struct kunit *test)
{
	struct tcp_kunit_pair *pair = establish(test, TCP_KUNIT_V4);
	struct sock *sk = pair->client.sk;

	sk->sk_max_pacing_rate = 100000;
	sk->sk_pacing_rate = 100000;
	sk->sk_pacing_status = SK_PACING_NEEDED;
	/* Pacing begins after the first ten segments. */
	tcp_kunit_send(test, &pair->client, 10);
	tcp_sk(sk)->data_segs_out = 100;
	tcp_kunit_setsockopt(test, &pair->client, SOL_TCP, TCP_NODELAY, 1);
	tcp_kunit_send(test, &pair->client, 50000);
	tcp_kunit_send(test, &pair->client, 50000);
	return pair;
}

static bool begins_at(const struct tcp_kunit_segment *segment, void *data)
{
	return segment->seq == *(const u32 *)data;
}

/*
 * Loses a segment and all its retransmissions, and lets so many later ones
 * pass, which the server gets to see after so many milliseconds.
 */
static void leave_hole(struct kunit *test, struct tcp_kunit_pair *pair,
		       int more, int ms)
{
	u32 *seq = kunit_kzalloc(test, sizeof(*seq), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, seq);
	*seq = tcp_sk(pair->client.sk)->snd_nxt;
	tcp_kunit_setsockopt(test, &pair->client, SOL_TCP, TCP_NODELAY, 1);
	TCP_KUNIT_LOSE(test, .dir = TCP_KUNIT_C2S, .min_len = 1,
		       .match = begins_at, .data = seq);
	lock_sock_nested(pair->server.sk, SINGLE_DEPTH_NESTING);
	while (more-- >= 0)
		tcp_kunit_send(test, &pair->client, 100);
	if (ms)
		tcp_kunit_advance(test, ms);
	release_sock(pair->server.sk);
}

/* RACK's patience is a quarter of the shortest round trip, here of 100 ms. */
struct tcp_kunit_pair *arrange_reorder(struct kunit *test)
{
	struct tcp_kunit_pair *pair = establish(test, TCP_KUNIT_V4);
	struct tcp_sock *tp = tcp_sk(pair->client.sk);

	tp->srtt_us = 8 * 400 * USEC_PER_MSEC;
	minmax_reset(&tp->rtt_min, tcp_jiffies32, 400 * USEC_PER_MSEC);
	leave_hole(test, pair, 1, 100);
	return pair;
}

/* As if the path took 2 s: duplicate ACKs are held back for 5 % of it. */
struct tcp_kunit_pair *arrange_compack(struct kunit *test)
{
	struct tcp_kunit_pair *pair = converse(test);
	struct tcp_sock *tp = tcp_sk(pair->server.sk);

	TCP_KUNIT_SYSCTL(test, tcp_comp_sack_delay_ns, NSEC_PER_SEC);
	tp->srtt_us = 8 * 2 * USEC_PER_SEC;
	tp->rcv_rtt_est.rtt_us = 8 * 2 * USEC_PER_SEC;
	leave_hole(test, pair, 6, 0);
	return pair;
}

struct tcp_kunit_pair *arrange_timewait(struct kunit *test)
{
	return tcp_kunit_reach(test, TCP_KUNIT_V6, TCP_TIME_WAIT);
}

/* Nobody holds it any more, and the peer's FIN does not come. */
struct tcp_kunit_pair *arrange_finwait2_of(struct kunit *test, int seconds)
{
	struct tcp_kunit_pair *pair = establish(test, TCP_KUNIT_V4);

	tcp_kunit_setsockopt(test, &pair->client, SOL_TCP, TCP_LINGER2,
			     seconds);
	tcp_kunit_close(test, &pair->client);
	tcp_kunit_advance(test, 1000);
	pair->sk = tcp_kunit_find(test, pair->client.port, pair->server.port);
	return pair;
}

struct tcp_kunit_pair *arrange_finwait2(struct kunit *test)
{
	return arrange_finwait2_of(test, 25);
}
