// SPDX-License-Identifier: GPL-2.0
/*
 * What a suite looks like that knows tcp_kunit.rst and nothing else of the kit.
 */
#include <kunit/test.h>
#include "tcp_kunit.h"

/* A server that never closes: its client's FIN-WAIT-2 has no end, its own state none. */
static void close_wait_leak(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_reach(test, TCP_KUNIT_V4,
						      TCP_CLOSE_WAIT);

	tcp_kunit_needs(test, 120000);
	tcp_kunit_advance(test, 120000);
	TCP_EXPECT_STATE(test, pair->server.sk, TCP_CLOSE_WAIT);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_FIN_WAIT2);
	TCP_EXPECT_ONLY_TIMERS(test, pair->server.sk, 0);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, 0);
	KUNIT_EXPECT_EQ(test, tcp_kunit_send(test, &pair->server, 5), 5);
	KUNIT_EXPECT_EQ(test, tcp_kunit_receive(test, &pair->client, 10), 5);
}

/* A path that goes down for three seconds does no harm. */
static void path_comes_back(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V6);
	struct tcp_kunit_filter *down = TCP_KUNIT_LOSE(test, .pair = pair);

	tcp_kunit_send(test, &pair->client, 1000);
	tcp_kunit_advance(test, 3000);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, RETRANS);
	KUNIT_EXPECT_GT(test, tcp_kunit_filter_hits(test, down), 2U);
	tcp_kunit_filter_del(test, down);
	tcp_kunit_advance(test, 4000);
	KUNIT_EXPECT_EQ(test, tcp_kunit_receive(test, &pair->server, 2000),
			1000);
	TCP_EXPECT_NO_TIMER(test, pair->client.sk, RETRANS | LOSS_PROBE);
}

/* Two SYNs are lost, the third makes it. */
static void third_syn(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_listen(test, TCP_KUNIT_MAPPED);

	tcp_kunit_no_linear_syns(test);
	TCP_KUNIT_LOSE(test, .flags = TCP_KUNIT_SYN, .count = 2);
	tcp_kunit_watch(test, pair);
	tcp_kunit_connect(test, pair);
	tcp_kunit_advance(test, 3500);
	tcp_kunit_accept(test, pair);
	TCP_EXPECT_STATE(test, pair->server.sk, TCP_ESTABLISHED);
	TCP_EXPECT_SEGMENTS(test, pair, "C>S SYN lost @0",
			    "C>S SYN lost @1070~80", "C>S SYN @3200~250",
			    "S>C SYN ACK", "C>S ACK");
}

/* Nobody at the other end: with TCP_USER_TIMEOUT data is given up in time. */
static void user_timeout(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);

	tcp_kunit_setsockopt(test, &pair->client, SOL_TCP, TCP_USER_TIMEOUT,
			     6000);
	TCP_KUNIT_LOSE(test);
	tcp_kunit_send(test, &pair->client, 1);
	TCP_EXPECT_DEATH(test, pair->client.sk, ETIMEDOUT, 6500, 700);
}

/* A blind RST must hit the next byte: RFC 5961. */
static void blind_reset(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);

	tcp_kunit_watch(test, pair);
	tcp_kunit_inject(test, pair, &(struct tcp_kunit_forged){
		.to_client = true, .flags = TCP_KUNIT_RST, .seq = 1 });
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_ESTABLISHED);
	TCP_EXPECT_SEGMENTS(test, pair, "S>C RST injected", "C>S ACK");
	tcp_kunit_inject(test, pair, &(struct tcp_kunit_forged){
		.to_client = true, .flags = TCP_KUNIT_RST });
	TCP_EXPECT_DEATH(test, pair->client.sk, ECONNRESET, 0, 20);
}

/* An orphan whose peer never closes is a minisocket for 60 s; then data finds nobody. */
static void orphan(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);

	tcp_kunit_close(test, &pair->client);
	tcp_kunit_advance(test, 100);
	TCP_EXPECT_MINISOCKET(test, pair->client.sk, TCP_FIN_WAIT2);
	TCP_EXPECT_TIMER(test, pair->client.sk, FINWAIT2, 59000, 60000);
	TCP_EXPECT_DEATH(test, pair->client.sk, 0, 63000, 5000);
	tcp_kunit_send(test, &pair->server, 1);
	TCP_EXPECT_STATE(test, pair->server.sk, TCP_CLOSE);
}

static struct kunit_case outsider_cases[] = {
	KUNIT_CASE(close_wait_leak),
	KUNIT_CASE(path_comes_back),
	KUNIT_CASE(third_syn),
	KUNIT_CASE(user_timeout),
	KUNIT_CASE(blind_reset),
	KUNIT_CASE(orphan),
	{}
};

static struct kunit_suite outsider_suite = {
	.name = "tcp_outsider",
	.suite_init = tcp_kunit_suite_init,
	.init = tcp_kunit_init,
	.test_cases = outsider_cases,
};

kunit_test_suite(outsider_suite);

MODULE_DESCRIPTION("A suite from outside");
TCP_KUNIT_IMPORT();
MODULE_LICENSE("GPL");
