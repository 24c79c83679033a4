// SPDX-License-Identifier: GPL-2.0
/*
 * TCP's timers while data is on its way: the retransmission timeout (RFC 6298) and how
 * it backs off, the loss probe and the reordering timer (RFC 8985), delayed and
 * compressed ACKs, pacing, and when data is given up (tcp_retries2, RFC 5482).
 */
#include <linux/module.h>
#include <net/tcp.h>

#include "tcp_kunit.h"

#define SIZE 100

/* A pair whose client has sent data that is lost, as all is from then on. */
static struct tcp_kunit_pair *lose_data(struct kunit *test, int early_retrans)
{
	struct tcp_kunit_pair *pair;

	TCP_KUNIT_SYSCTL(test, tcp_early_retrans, early_retrans);
	pair = tcp_kunit_pair(test, TCP_KUNIT_V4);
	TCP_KUNIT_LOSE(test);
	tcp_kunit_watch(test, pair);
	tcp_kunit_send(test, &pair->client, SIZE);
	return pair;
}

static void rto_backs_off(struct kunit *test)
{
	struct tcp_kunit_pair *pair = lose_data(test, 0);

	TCP_EXPECT_TIMER(test, pair->client.sk, RETRANS, 180, 240);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, RETRANS);
	tcp_kunit_advance(test, 300);
	TCP_EXPECT_TIMER(test, pair->client.sk, RETRANS, 250, 400);
	tcp_kunit_advance(test, 7500);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_ESTABLISHED);
	TCP_EXPECT_SEGMENTS(test, pair, "C>S ACK len=100 @0",
			    "C>S ACK len=100 @215~35",
			    "C>S ACK len=100 @680~90",
			    "C>S ACK len=100 @1570~190",
			    "C>S ACK len=100 @3360~400",
			    "C>S ACK len=100 @6900~750");
}

/* Its first timeout is a loss probe: the second one, of the RTO, comes later. */
static void loss_probe_comes_first(struct kunit *test)
{
	struct tcp_kunit_pair *pair = lose_data(test, 3);

	TCP_EXPECT_TIMER(test, pair->client.sk, LOSS_PROBE, 150, 240);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, LOSS_PROBE);
	tcp_kunit_advance(test, 300);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, RETRANS);
	tcp_kunit_heal(test);
	tcp_kunit_advance(test, 300);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, 0);
}

/* The ACK of all there is disarms the timer, and the backoff is over. */
static void ack_disarms(struct kunit *test)
{
	struct tcp_kunit_pair *pair = lose_data(test, 0);

	tcp_kunit_advance(test, 2000);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, RETRANS);
	tcp_kunit_heal(test);
	tcp_kunit_advance(test, 2000);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, 0);
	KUNIT_EXPECT_EQ(test, tcp_kunit_receive(test, &pair->server, 2 * SIZE),
			SIZE);
	TCP_KUNIT_LOSE(test);
	tcp_kunit_send(test, &pair->client, SIZE);
	TCP_EXPECT_TIMER(test, pair->client.sk, RETRANS, 180, 260);
}

/* An ACK of a part begins the time anew for what is left: RFC 6298, 5.3. */
static void ack_of_a_part_restarts(struct kunit *test)
{
	struct tcp_kunit_pair *pair;

	TCP_KUNIT_SYSCTL(test, tcp_early_retrans, 0);
	pair = tcp_kunit_pair(test, TCP_KUNIT_V4);
	tcp_kunit_setsockopt(test, &pair->client, SOL_TCP, TCP_NODELAY, 1);
	TCP_KUNIT_DELAY(test, .dir = TCP_KUNIT_S2C, .delay_ms = 120,
			.count = 1);
	TCP_KUNIT_LOSE(test, .min_len = 50);
	tcp_kunit_watch(test, pair);
	tcp_kunit_send(test, &pair->client, 10);
	tcp_kunit_send(test, &pair->client, SIZE);
	tcp_kunit_advance(test, 50);
	TCP_EXPECT_TIMER(test, pair->client.sk, RETRANS, 110, 190);
	tcp_kunit_advance(test, 110);
	/* Without a restart, 40 to 60 ms would be left. */
	TCP_EXPECT_TIMER(test, pair->client.sk, RETRANS, 90, 900);
	TCP_EXPECT_SEGMENTS(test, pair, "C>S ACK len=10 @0", "S>C ACK delayed",
			    "C>S ACK len=100");
}

/* About (2^6 - 1) * 200 ms after the first retransmission, at the next timeout. */
static void retries2_gives_up(struct kunit *test)
{
	struct tcp_kunit_pair *pair;

	TCP_KUNIT_SYSCTL(test, tcp_retries2, 5);
	pair = lose_data(test, 0);
	TCP_EXPECT_DEATH(test, pair->client.sk, ETIMEDOUT, 20000, 8000);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, 0);
}

/* To the tick: the last timeout is shortened. */
static void user_timeout_gives_up(struct kunit *test)
{
	struct tcp_kunit_pair *pair = lose_data(test, 0);

	tcp_kunit_setsockopt(test, &pair->client, SOL_TCP, TCP_USER_TIMEOUT,
			     8000);
	TCP_EXPECT_DEATH(test, pair->client.sk, ETIMEDOUT, 8500, 500);
}

/* A question and its answer: from then on the server holds ACKs back. */
static struct tcp_kunit_pair *converse(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);

	tcp_kunit_send(test, &pair->client, 1);
	tcp_kunit_receive(test, &pair->server, 1);
	tcp_kunit_send(test, &pair->server, 1);
	tcp_kunit_advance(test, 1000);
	tcp_kunit_watch(test, pair);
	return pair;
}

static void delack_waits(struct kunit *test)
{
	struct tcp_kunit_pair *pair = converse(test);

	TCP_EXPECT_ONLY_TIMERS(test, pair->server.sk, 0);
	tcp_kunit_send(test, &pair->client, 1);
	TCP_EXPECT_TIMER(test, pair->server.sk, DELACK, 30, 200);
	TCP_EXPECT_ONLY_TIMERS(test, pair->server.sk, DELACK);
	tcp_kunit_advance(test, 300);
	TCP_EXPECT_ONLY_TIMERS(test, pair->server.sk, 0);
	TCP_EXPECT_SEGMENTS(test, pair, "C>S ACK len=1",
			    "S>C ACK len=0 @100~70");
}

/* What is sent takes the ACK along. */
static void delack_goes_with_data(struct kunit *test)
{
	struct tcp_kunit_pair *pair = converse(test);

	tcp_kunit_send(test, &pair->client, 1);
	TCP_EXPECT_TIMER(test, pair->server.sk, DELACK, 30, 200);
	tcp_kunit_send(test, &pair->server, 1);
	TCP_EXPECT_NO_TIMER(test, pair->server.sk, DELACK);
}

/* TCP_QUICKACK: nothing is held back. */
static void no_delack_in_quickack(struct kunit *test)
{
	struct tcp_kunit_pair *pair = converse(test);

	tcp_kunit_setsockopt(test, &pair->server, SOL_TCP, TCP_QUICKACK, 1);
	tcp_kunit_send(test, &pair->client, 1);
	TCP_EXPECT_ONLY_TIMERS(test, pair->server.sk, 0);
	TCP_EXPECT_SEGMENTS(test, pair, "C>S ACK len=1 @0", "S>C ACK len=0 @0");
}

/*
 * Loses a segment and what repeats it, and lets so many later ones arrive, which the
 * server gets to see together after so many milliseconds.
 */
static void leave_hole(struct kunit *test, struct tcp_kunit_pair *pair,
		       int later, int ms)
{
	tcp_kunit_setsockopt(test, &pair->client, SOL_TCP, TCP_NODELAY, 1);
	lock_sock_nested(pair->server.sk, SINGLE_DEPTH_NESTING);
	TCP_KUNIT_LOSE(test, .min_len = SIZE, .max_len = SIZE);
	tcp_kunit_send(test, &pair->client, SIZE);
	while (later--)
		tcp_kunit_send(test, &pair->client, SIZE / 2);
	if (ms)
		tcp_kunit_advance(test, ms);
	release_sock(pair->server.sk);
}

/* RACK waits for a quarter of the shortest round trip, here 100 ms. */
static void reorder_waits(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);
	struct tcp_sock *tp = tcp_sk(pair->client.sk);

	tp->srtt_us = 8 * 400 * USEC_PER_MSEC;
	minmax_reset(&tp->rtt_min, tcp_jiffies32, 400 * USEC_PER_MSEC);
	leave_hole(test, pair, 1, 100);
	TCP_EXPECT_TIMER(test, pair->client.sk, REORDER, 10, 120);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, REORDER);
	tcp_kunit_advance(test, 150);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, RETRANS);
}

/* As if the path took 2 s: duplicate ACKs are held back for 5 % of it. */
static void compressed_acks_wait(struct kunit *test)
{
	struct tcp_kunit_pair *pair = converse(test);
	struct tcp_sock *tp = tcp_sk(pair->server.sk);

	TCP_KUNIT_SYSCTL(test, tcp_comp_sack_delay_ns, NSEC_PER_SEC);
	tp->srtt_us = 8 * 2 * USEC_PER_SEC;
	tp->rcv_rtt_est.rtt_us = 8 * 2 * USEC_PER_SEC;
	leave_hole(test, pair, 6, 0);
	TCP_EXPECT_TIMER(test, pair->server.sk, COMPACK, 50, 700);
	tcp_kunit_advance(test, 1000);
	TCP_EXPECT_NO_TIMER(test, pair->server.sk, COMPACK);
}

/* 100,000 bytes a second: the second segment waits for the first. */
static void pacing_waits(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);
	struct sock *sk = pair->client.sk;

	sk->sk_max_pacing_rate = 100000;
	sk->sk_pacing_rate = 100000;
	sk->sk_pacing_status = SK_PACING_NEEDED;
	/* Pacing begins after the first ten segments. */
	tcp_sk(sk)->data_segs_out = 100;
	tcp_kunit_setsockopt(test, &pair->client, SOL_TCP, TCP_NODELAY, 1);
	tcp_kunit_send(test, &pair->client, 50000);
	tcp_kunit_send(test, &pair->client, 50000);
	TCP_EXPECT_TIMER(test, sk, PACING, 10, 600);
	tcp_kunit_advance(test, 2000);
	TCP_EXPECT_NO_TIMER(test, sk, PACING);
}

static struct kunit_case data_cases[] = {
	KUNIT_CASE(rto_backs_off),
	KUNIT_CASE(loss_probe_comes_first),
	KUNIT_CASE(ack_disarms),
	KUNIT_CASE(ack_of_a_part_restarts),
	KUNIT_CASE(retries2_gives_up),
	KUNIT_CASE(user_timeout_gives_up),
	KUNIT_CASE(delack_waits),
	KUNIT_CASE(delack_goes_with_data),
	KUNIT_CASE(no_delack_in_quickack),
	KUNIT_CASE(reorder_waits),
	KUNIT_CASE(compressed_acks_wait),
	KUNIT_CASE(pacing_waits),
	{}
};

static struct kunit_suite data_suite = {
	.name = "tcp_timers_data",
	.suite_init = tcp_kunit_suite_init,
	.init = tcp_kunit_init,
	.test_cases = data_cases,
};

kunit_test_suite(data_suite);

MODULE_DESCRIPTION("KUnit tests of TCP's timers: data");
TCP_KUNIT_IMPORT();
MODULE_LICENSE("GPL");
