// SPDX-License-Identifier: GPL-2.0
/*
 * TCP's timers while nothing is said: keepalive (RFC 9293, 3.8.4; tcp_keepalive_time,
 * _intvl, _probes), and the persist timer of a shut window (RFC 9293, 3.8.6.1).
 */
#include <linux/module.h>
#include <net/tcp.h>

#include "tcp_kunit.h"

/* After 30 s of silence, every 10 s, 3 times. */
static struct tcp_kunit_pair *with_keepalive(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);
	struct tcp_kunit_end *client = &pair->client;

	tcp_kunit_setsockopt(test, client, SOL_TCP, TCP_KEEPIDLE, 30);
	tcp_kunit_setsockopt(test, client, SOL_TCP, TCP_KEEPINTVL, 10);
	tcp_kunit_setsockopt(test, client, SOL_TCP, TCP_KEEPCNT, 3);
	tcp_kunit_setsockopt(test, client, SOL_SOCKET, SO_KEEPALIVE, 1);
	tcp_kunit_watch(test, pair);
	return pair;
}

static void keepalive_is_armed_and_disarmed(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V6);

	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, 0);
	tcp_kunit_setsockopt(test, &pair->client, SOL_SOCKET, SO_KEEPALIVE, 1);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, KEEPALIVE);
	TCP_EXPECT_TIMER(test, pair->client.sk, KEEPALIVE, 7199900, 7200000);
	TCP_EXPECT_ONLY_TIMERS(test, pair->server.sk, 0);
	tcp_kunit_setsockopt(test, &pair->client, SOL_SOCKET, SO_KEEPALIVE, 0);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, 0);
}

static void keepalive_follows_sysctl(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);

	TCP_KUNIT_SYSCTL(test, tcp_keepalive_time, 600 * HZ);
	tcp_kunit_setsockopt(test, &pair->client, SOL_SOCKET, SO_KEEPALIVE, 1);
	TCP_EXPECT_TIMER(test, pair->client.sk, KEEPALIVE, 599900, 600000);
}

/* A peer that is there answers; the time begins anew. */
static void keepalive_is_answered(struct kunit *test)
{
	struct tcp_kunit_pair *pair = with_keepalive(test);

	tcp_kunit_needs(test, 47000);
	tcp_kunit_advance(test, 35000);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_ESTABLISHED);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, KEEPALIVE);
	TCP_EXPECT_SEGMENTS(test, pair, "C>S ACK len=0 @31900~2200",
			    "S>C ACK len=0");
	/* First after the interval of a probe, then after the rest of the silence. */
	TCP_EXPECT_TIMER(test, pair->client.sk, KEEPALIVE, 3000, 9000);
	tcp_kunit_advance(test, 12000);
	TCP_EXPECT_TIMER(test, pair->client.sk, KEEPALIVE, 10000, 20000);
	TCP_EXPECT_SEGMENTS(test, pair, "C>S ACK", "S>C ACK");
}

/* One that is not is given up 3 probes later: at 30 + 3 * 10 s. */
static void keepalive_gives_up(struct kunit *test)
{
	struct tcp_kunit_pair *pair = with_keepalive(test);

	TCP_KUNIT_LOSE(test);
	TCP_EXPECT_TIMER(test, pair->client.sk, KEEPALIVE, 29900, 30000);
	tcp_kunit_needs(test, 65000);
	tcp_kunit_advance(test, 35000);
	TCP_EXPECT_TIMER(test, pair->client.sk, KEEPALIVE, 4000, 9000);
	TCP_EXPECT_DEATH(test, pair->client.sk, ETIMEDOUT, 29000, 4500);
	TCP_EXPECT_SEGMENTS(test, pair, "C>S ACK len=0 @31900~2200",
			    "C>S ACK len=0 @42500~2800",
			    "C>S ACK len=0 @53000~3600", "C>S RST ACK");
}

static void keepalive_user_timeout(struct kunit *test)
{
	struct tcp_kunit_pair *pair = with_keepalive(test);

	TCP_KUNIT_LOSE(test);
	tcp_kunit_setsockopt(test, &pair->client, SOL_TCP, TCP_USER_TIMEOUT,
			     35000);
	TCP_EXPECT_DEATH(test, pair->client.sk, ETIMEDOUT, 42500, 3000);
}

/* While data is on its way, the keepalive beside it sends nothing. */
static void keepalive_beside_retransmission(struct kunit *test)
{
	struct tcp_kunit_pair *pair = with_keepalive(test);

	TCP_KUNIT_LOSE(test);
	tcp_kunit_send(test, &pair->client, 1);
	tcp_kunit_advance(test, 1000);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, RETRANS | KEEPALIVE);
	tcp_kunit_needs(test, 60000);
	tcp_kunit_advance(test, 59000);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_ESTABLISHED);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, RETRANS | KEEPALIVE);
}

/* What a half-open connection has keepalive for: the probe draws a RST. */
static void keepalive_finds_half_open(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_half_open(test, TCP_KUNIT_V4);

	tcp_kunit_setsockopt(test, &pair->client, SOL_TCP, TCP_KEEPIDLE, 5);
	tcp_kunit_setsockopt(test, &pair->client, SOL_SOCKET, SO_KEEPALIVE, 1);
	tcp_kunit_watch(test, pair);
	TCP_EXPECT_DEATH(test, pair->client.sk, ECONNRESET, 5250, 400);
	TCP_EXPECT_SEGMENTS(test, pair, "C>S ACK", "S>C RST");
}

/* Without keepalive nobody ever notices. */
static void half_open_forever(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_half_open(test, TCP_KUNIT_V4);

	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, 0);
	tcp_kunit_needs(test, 280000);
	tcp_kunit_advance(test, 280000);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_ESTABLISHED);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, 0);
}

/* The server reads nothing until its window is shut. */
static struct tcp_kunit_pair *shut_window(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_listen(test, TCP_KUNIT_V4);

	tcp_kunit_setsockopt(test, &pair->listener, SOL_SOCKET, SO_RCVBUF,
			     2048);
	tcp_kunit_connect(test, pair);
	tcp_kunit_accept(test, pair);
	tcp_kunit_send(test, &pair->client, 100000);
	tcp_kunit_advance(test, 2000);
	tcp_kunit_watch(test, pair);
	return pair;
}

/* The answers keep the connection for good, and the time between two doubles. */
static void persist_backs_off(struct kunit *test)
{
	struct tcp_kunit_pair *pair = shut_window(test);
	struct sock *sk = pair->client.sk;

	TCP_EXPECT_ONLY_TIMERS(test, sk, PROBE0);
	tcp_kunit_needs(test, 40000);
	tcp_kunit_advance(test, 38000);
	TCP_EXPECT_STATE(test, sk, TCP_ESTABLISHED);
	TCP_EXPECT_ONLY_TIMERS(test, sk, PROBE0);
	/* 200 ms * (2^7 - 1) are over, and an eighth at most; the next probe: 2^8 - 1. */
	TCP_EXPECT_TIMER(test, sk, PROBE0, 5000, 25000);
}

/* An open window ends it, and what had to wait is sent. */
static void persist_ends_with_window(struct kunit *test)
{
	struct tcp_kunit_pair *pair = shut_window(test);
	int got, all = 0;

	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, PROBE0);
	do {
		got = tcp_kunit_receive(test, &pair->server, 4096);
		all += max(got, 0);
		tcp_kunit_advance(test, 50);
	} while (got > 0);
	KUNIT_EXPECT_GT(test, all, 2048);
	TCP_EXPECT_NO_TIMER(test, pair->client.sk, PROBE0);
}

/* Probes that nobody answers: tcp_retries2 of them. */
static void persist_gives_up(struct kunit *test)
{
	struct tcp_kunit_pair *pair;

	TCP_KUNIT_SYSCTL(test, tcp_retries2, 4);
	pair = shut_window(test);
	TCP_KUNIT_LOSE(test);
	TCP_EXPECT_DEATH(test, pair->client.sk, ETIMEDOUT, 60000, 45000);
}

static void idle_has_no_timer(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_MAPPED);

	tcp_kunit_advance(test, 1000);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, 0);
	TCP_EXPECT_ONLY_TIMERS(test, pair->server.sk, 0);
	TCP_EXPECT_ONLY_TIMERS(test, pair->listener.sk, 0);
}

static struct kunit_case idle_cases[] = {
	KUNIT_CASE(keepalive_is_armed_and_disarmed),
	KUNIT_CASE(keepalive_follows_sysctl),
	KUNIT_CASE(keepalive_is_answered),
	KUNIT_CASE(keepalive_gives_up),
	KUNIT_CASE(keepalive_user_timeout),
	KUNIT_CASE(keepalive_beside_retransmission),
	KUNIT_CASE(keepalive_finds_half_open),
	KUNIT_CASE(half_open_forever),
	KUNIT_CASE(persist_backs_off),
	KUNIT_CASE(persist_ends_with_window),
	KUNIT_CASE(persist_gives_up),
	KUNIT_CASE(idle_has_no_timer),
	{}
};

static struct kunit_suite idle_suite = {
	.name = "tcp_timers_idle",
	.suite_init = tcp_kunit_suite_init,
	.init = tcp_kunit_init,
	.test_cases = idle_cases,
};

kunit_test_suite(idle_suite);

MODULE_DESCRIPTION("KUnit tests of TCP's timers: silence");
TCP_KUNIT_IMPORT();
MODULE_LICENSE("GPL");
