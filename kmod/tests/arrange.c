// SPDX-License-Identifier: GPL-2.0
/*
 * Connections with a certain timer armed.
 */
#include <linux/delay.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "arrange.h"
#include "loopback.h"

struct sock *arrange(struct kunit *test, const struct arrangement *how)
{
	struct loopback *lb = test->priv;
	struct sock *sk;

	if (how->retries2)
		lb->net->ipv4.sysctl_tcp_retries2 = how->retries2;
	if (how->orphan_retries)
		lb->net->ipv4.sysctl_tcp_orphan_retries = how->orphan_retries;
	sk = how->by(test);
	if (how->option)
		loopback_set(test, lb->client, how->option, how->value);
	return sk;
}

struct sock *arrange_syn(struct kunit *test)
{
	return loopback_reach(test, LOOPBACK_V4, TCP_SYN_SENT);
}

/* The second SYN: its timer runs for twice as long as the first one's. */
struct sock *arrange_second_syn(struct kunit *test)
{
	struct sock *sk = loopback_reach(test, LOOPBACK_V6, TCP_SYN_SENT);

	msleep(1500);
	return sk;
}

/* The client goes, so that only the server's request is left to send. */
struct sock *arrange_request(struct kunit *test)
{
	struct loopback *lb = test->priv;
	struct sock *sk = loopback_reach(test, LOOPBACK_V4, TCP_SYN_RECV);

	lb->loser = loopback_lose_all;
	loopback_close(&lb->client);
	return sk;
}

struct sock *arrange_second_synack(struct kunit *test)
{
	struct sock *sk = arrange_request(test);

	msleep(1500);
	return sk;
}

struct sock *arrange_data(struct kunit *test)
{
	struct loopback *lb = test->priv;

	loopback_establish(test, LOOPBACK_V4);
	lb->loser = loopback_lose_all;
	loopback_send(test, lb->client, 100);
	return lb->client->sk;
}

/* By then the loss probe has been sent. */
struct sock *arrange_rto(struct kunit *test)
{
	struct sock *sk = arrange_data(test);

	msleep(2 * MSEC_PER_SEC);
	return sk;
}

struct sock *arrange_fin(struct kunit *test)
{
	struct sock *sk = loopback_reach(test, LOOPBACK_V6, TCP_LAST_ACK);

	msleep(2 * MSEC_PER_SEC);
	return sk;
}

struct sock *arrange_orphan(struct kunit *test)
{
	struct loopback *lb = test->priv;
	struct sock *sk;

	loopback_establish(test, LOOPBACK_V4);
	lb->loser = loopback_lose_all;
	loopback_close(&lb->client);
	sk = loopback_find(test, lb->client_port, lb->port);
	msleep(2 * MSEC_PER_SEC);
	return sk;
}

/* After 30 s of silence, every 10 s, 4 times. */
struct sock *arrange_keepalive(struct kunit *test)
{
	struct loopback *lb = test->priv;

	loopback_establish(test, LOOPBACK_V6);
	loopback_set(test, lb->client, TCP_KEEPIDLE, 30);
	loopback_set(test, lb->client, TCP_KEEPINTVL, 10);
	loopback_set(test, lb->client, TCP_KEEPCNT, 4);
	sock_set_keepalive(lb->client->sk);
	lb->loser = loopback_lose_all;
	return lb->client->sk;
}

struct sock *arrange_keepalive_probe(struct kunit *test)
{
	struct sock *sk = arrange_keepalive(test);

	msleep(35 * MSEC_PER_SEC);
	return sk;
}

/* The server reads nothing until its window is shut. */
struct sock *arrange_probe0(struct kunit *test)
{
	struct loopback *lb = test->priv;

	loopback_listen(test, LOOPBACK_V4);
	sock_set_rcvbuf(lb->listener->sk, 4096);
	loopback_connect(test);
	lb->server = loopback_accept(test);
	loopback_send(test, lb->client, 100000);
	msleep(2 * MSEC_PER_SEC);
	lb->loser = loopback_lose_all;
	return lb->client->sk;
}

/* A question and its answer: from then on the answerer holds ACKs back. */
static void converse(struct kunit *test)
{
	struct loopback *lb = test->priv;

	loopback_establish(test, LOOPBACK_V4);
	loopback_send(test, lb->client, 1);
	loopback_receive(test, lb->server, 1);
	loopback_send(test, lb->server, 1);
	msleep(MSEC_PER_SEC);
}

struct sock *arrange_delack(struct kunit *test)
{
	struct loopback *lb = test->priv;

	converse(test);
	loopback_send(test, lb->client, 1);
	return lb->server->sk;
}

/* 100,000 bytes a second: the second segment has to wait for the first. */
struct sock *arrange_pacing(struct kunit *test)
{
	struct loopback *lb = test->priv;
	struct sock *sk;

	loopback_establish(test, LOOPBACK_V4);
	sk = lb->client->sk;
	sk->sk_max_pacing_rate = 100000;
	sk->sk_pacing_rate = 100000;
	sk->sk_pacing_status = SK_PACING_NEEDED;
	/* Pacing begins after the first ten segments. */
	loopback_send(test, lb->client, 10);
	tcp_sk(sk)->data_segs_out = 100;
	loopback_set(test, lb->client, TCP_NODELAY, 1);
	loopback_send(test, lb->client, 50000);
	loopback_send(test, lb->client, 50000);
	return sk;
}

/*
 * Loses a segment and all its retransmissions, and lets so many later ones
 * pass, which the server gets to see after so many milliseconds.
 */
static void leave_hole(struct kunit *test, int later, int ms)
{
	struct loopback *lb = test->priv;

	loopback_set(test, lb->client, TCP_NODELAY, 1);
	lock_sock_nested(lb->server->sk, SINGLE_DEPTH_NESTING);
	lb->loser = loopback_lose_data;
	loopback_send(test, lb->client, 100);
	lb->loser = loopback_lose_same;
	while (later--)
		loopback_send(test, lb->client, 100);
	if (ms)
		msleep(ms);
	release_sock(lb->server->sk);
}

/* RACK's patience is a quarter of the shortest round trip, here of 100 ms. */
struct sock *arrange_reorder(struct kunit *test)
{
	struct loopback *lb = test->priv;
	struct tcp_sock *tp;

	loopback_establish(test, LOOPBACK_V4);
	tp = tcp_sk(lb->client->sk);
	tp->srtt_us = 8 * 400 * USEC_PER_MSEC;
	minmax_reset(&tp->rtt_min, tcp_jiffies32, 400 * USEC_PER_MSEC);
	leave_hole(test, 1, 100);
	return lb->client->sk;
}

/* As if the path took 2 s: duplicate ACKs are held back for 5 % of it. */
struct sock *arrange_compack(struct kunit *test)
{
	struct loopback *lb = test->priv;
	struct tcp_sock *tp;

	converse(test);
	lb->home->ipv4.sysctl_tcp_comp_sack_delay_ns = NSEC_PER_SEC;
	tp = tcp_sk(lb->server->sk);
	tp->srtt_us = 8 * 2 * USEC_PER_SEC;
	tp->rcv_rtt_est.rtt_us = 8 * 2 * USEC_PER_SEC;
	leave_hole(test, 6, 0);
	return lb->server->sk;
}

struct sock *arrange_timewait(struct kunit *test)
{
	return loopback_reach(test, LOOPBACK_V6, TCP_TIME_WAIT);
}

/* Nobody holds it any more, and the peer's FIN does not come. */
struct sock *arrange_finwait2_of(struct kunit *test, int seconds)
{
	struct loopback *lb = test->priv;

	loopback_establish(test, LOOPBACK_V4);
	loopback_set(test, lb->client, TCP_LINGER2, seconds);
	loopback_close(&lb->client);
	msleep(MSEC_PER_SEC);
	return loopback_find(test, lb->client_port, lb->port);
}

struct sock *arrange_finwait2(struct kunit *test)
{
	return arrange_finwait2_of(test, 25);
}

