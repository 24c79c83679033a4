// SPDX-License-Identifier: GPL-2.0
/*
 * TCP's timers while a connection is closed: of the FIN, as long as it has an owner and
 * as an orphan (tcp_orphan_retries), of FIN-WAIT-2 (tcp_fin_timeout, TCP_LINGER2) and
 * of TIME-WAIT (RFC 9293, 3.6 and 3.10.7.4; RFC 1337).
 */
#include <linux/module.h>
#include <net/tcp.h>

#include "tcp_kunit.h"

/* A FIN is repeated as data is; the peer knows nothing of it. */
static void fin_lost(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);

	TCP_KUNIT_LOSE(test, .flags = TCP_KUNIT_FIN);
	tcp_kunit_watch(test, pair);
	tcp_kunit_shutdown(test, &pair->client);
	tcp_kunit_advance(test, 1000);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_FIN_WAIT1);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, RETRANS);
	TCP_EXPECT_STATE(test, pair->server.sk, TCP_ESTABLISHED);
	TCP_EXPECT_ONLY_TIMERS(test, pair->server.sk, 0);
	TCP_EXPECT_SEGMENTS(test, pair, "C>S FIN ACK lost @0",
			    "C>S FIN ACK lost", "...");
	tcp_kunit_heal(test);
	tcp_kunit_advance(test, 2000);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_FIN_WAIT2);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, 0);
	TCP_EXPECT_STATE(test, pair->server.sk, TCP_CLOSE_WAIT);
}

/* The FIN's ACK is lost: the same at the client, and the server repeats the ACK. */
static void fin_ack_lost(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V6);

	TCP_KUNIT_LOSE(test, .dir = TCP_KUNIT_S2C, .count = 1);
	tcp_kunit_watch(test, pair);
	tcp_kunit_shutdown(test, &pair->client);
	tcp_kunit_advance(test, 100);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_FIN_WAIT1);
	TCP_EXPECT_STATE(test, pair->server.sk, TCP_CLOSE_WAIT);
	TCP_EXPECT_ONLY_TIMERS(test, pair->server.sk, 0);
	tcp_kunit_advance(test, 1000);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_FIN_WAIT2);
	TCP_EXPECT_SEGMENTS(test, pair, "C>S FIN ACK", "S>C ACK lost",
			    "C>S FIN ACK", "...", "S>C ACK");
}

/* An orphan's FIN: (2^(n + 1) - 1) * 200 ms after the first repetition, n = 2. */
static void orphan_gives_up(struct kunit *test)
{
	struct tcp_kunit_pair *pair;

	TCP_KUNIT_SYSCTL(test, tcp_orphan_retries, 2);
	pair = tcp_kunit_pair(test, TCP_KUNIT_V4);
	TCP_KUNIT_LOSE(test);
	tcp_kunit_close(test, &pair->client);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_FIN_WAIT1);
	TCP_EXPECT_DEATH(test, pair->client.sk, ETIMEDOUT, 3300, 1500);
}

/* By default n = 8: 102 s, and up to the next timeout. */
static void orphan_gives_up_by_default(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V6);

	TCP_KUNIT_LOSE(test);
	tcp_kunit_close(test, &pair->client);
	TCP_EXPECT_DEATH(test, pair->client.sk, ETIMEDOUT, 180000, 80000);
}

/* With an owner FIN-WAIT-2 waits for good: RFC 9293 knows no timer here. */
static void fin_wait2_with_owner(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_reach(test, TCP_KUNIT_V4,
						      TCP_FIN_WAIT2);

	tcp_kunit_needs(test, 200000);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, 0);
	tcp_kunit_advance(test, 200000);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_FIN_WAIT2);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, 0);
	TCP_EXPECT_STATE(test, pair->server.sk, TCP_CLOSE_WAIT);
	TCP_EXPECT_ONLY_TIMERS(test, pair->server.sk, 0);
}

/* Without one, for tcp_fin_timeout, as a minisocket. */
static void fin_wait2_of_an_orphan(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);

	tcp_kunit_close(test, &pair->client);
	tcp_kunit_advance(test, 300);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_TIME_WAIT);
	TCP_EXPECT_SUBSTATE(test, pair->client.sk, TCP_FIN_WAIT2);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, FINWAIT2);
	TCP_EXPECT_TIMER(test, pair->client.sk, FINWAIT2, 59000, 60000);
	TCP_EXPECT_DEATH(test, pair->client.sk, 0, 63500, 4300);
	TCP_EXPECT_STATE(test, pair->server.sk, TCP_CLOSE_WAIT);
}

static void fin_timeout_is_kept(struct kunit *test)
{
	struct tcp_kunit_pair *pair;

	TCP_KUNIT_SYSCTL(test, tcp_fin_timeout, 20 * HZ);
	pair = tcp_kunit_pair(test, TCP_KUNIT_V6);
	tcp_kunit_close(test, &pair->client);
	tcp_kunit_advance(test, 300);
	TCP_EXPECT_TIMER(test, pair->client.sk, FINWAIT2, 19000, 20000);
	TCP_EXPECT_DEATH(test, pair->client.sk, 0, 20900, 1500);
}

/* More than 60 s are waited for in two steps: as a socket, by the keepalive timer. */
static void linger2_in_two_steps(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);

	tcp_kunit_setsockopt(test, &pair->client, SOL_TCP, TCP_LINGER2, 100);
	tcp_kunit_close(test, &pair->client);
	tcp_kunit_advance(test, 300);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_FIN_WAIT2);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, KEEPALIVE);
	TCP_EXPECT_TIMER(test, pair->client.sk, KEEPALIVE, 39000, 40000);
	tcp_kunit_needs(test, 100000);
	tcp_kunit_advance(test, 46000);
	TCP_EXPECT_MINISOCKET(test, pair->client.sk, TCP_FIN_WAIT2);
	TCP_EXPECT_DEATH(test, pair->client.sk, 0, 38000, 6000);
}

/* A negative one: closed as soon as the FIN is acknowledged. */
static void linger2_of_nothing(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);

	tcp_kunit_setsockopt(test, &pair->client, SOL_TCP, TCP_LINGER2, -1);
	tcp_kunit_close(test, &pair->client);
	TCP_EXPECT_DEATH(test, pair->client.sk, 0, 100, 200);
}

/* What the half-closed server still says is acknowledged, and repeated if lost. */
static void half_closed_data_lost(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_reach(test, TCP_KUNIT_V4,
						      TCP_FIN_WAIT2);

	TCP_KUNIT_LOSE(test, .min_len = 1, .count = 1);
	tcp_kunit_send(test, &pair->server, 9);
	TCP_EXPECT_STATE(test, pair->server.sk, TCP_CLOSE_WAIT);
	TCP_EXPECT_NO_TIMER(test, pair->server.sk, DELACK | KEEPALIVE);
	tcp_kunit_advance(test, 1000);
	KUNIT_EXPECT_EQ(test, tcp_kunit_receive(test, &pair->client, 99), 9);
	TCP_EXPECT_ONLY_TIMERS(test, pair->server.sk, 0);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_FIN_WAIT2);
}

/* After close(), data draws a RST: nobody can read it. */
static void data_after_close(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);

	tcp_kunit_close(test, &pair->client);
	tcp_kunit_send(test, &pair->server, 9);
	TCP_EXPECT_DEATH(test, pair->server.sk, EPIPE, 0, 20);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_CLOSE);
}

/* The second FIN is lost: the client is unaffected, the server repeats it. */
static void second_fin_lost(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_reach(test, TCP_KUNIT_V4,
						      TCP_LAST_ACK);

	tcp_kunit_advance(test, 1000);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_FIN_WAIT2);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, 0);
	TCP_EXPECT_ONLY_TIMERS(test, pair->server.sk, RETRANS);
	tcp_kunit_heal(test);
	tcp_kunit_advance(test, 2000);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_TIME_WAIT);
	TCP_EXPECT_STATE(test, pair->server.sk, TCP_CLOSE);
}

/* FINs that cross; each is acknowledged, and both ends are in TIME-WAIT. */
static void simultaneous_close(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_reach(test, TCP_KUNIT_V4,
						      TCP_CLOSING);

	TCP_EXPECT_STATE(test, pair->client.sk, TCP_CLOSING);
	TCP_EXPECT_NO_TIMER(test, pair->client.sk, KEEPALIVE | PROBE0);
	tcp_kunit_heal(test);
	tcp_kunit_advance(test, 3000);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_TIME_WAIT);
	TCP_EXPECT_SUBSTATE(test, pair->client.sk, TCP_TIME_WAIT);
}

static void time_wait_lasts_60_s(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_reach(test, TCP_KUNIT_V4,
						      TCP_TIME_WAIT);

	TCP_EXPECT_MINISOCKET(test, pair->client.sk, TCP_TIME_WAIT);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, TIMEWAIT);
	TCP_EXPECT_TIMER(test, pair->client.sk, TIMEWAIT, 59900, 60000);
	TCP_EXPECT_STATE(test, pair->server.sk, TCP_CLOSE);
	TCP_EXPECT_DEATH(test, pair->client.sk, 0, 63500, 4300);
}

/* The last ACK is lost, as often as not: each FIN that comes again restarts it. */
static void last_ack_lost(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_reach(test, TCP_KUNIT_V4,
						      TCP_FIN_WAIT2);

	TCP_KUNIT_LOSE(test, .dir = TCP_KUNIT_C2S, .count = 5);
	tcp_kunit_watch(test, pair);
	tcp_kunit_shutdown(test, &pair->server);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_TIME_WAIT);
	TCP_EXPECT_STATE(test, pair->server.sk, TCP_LAST_ACK);
	tcp_kunit_advance(test, 1800);
	TCP_EXPECT_ONLY_TIMERS(test, pair->server.sk, RETRANS);
	/* FINs came after 0.2, 0.4 or 0.6 and 1.4 s. */
	TCP_EXPECT_TIMER(test, pair->client.sk, TIMEWAIT, 58900, 60000);
	tcp_kunit_advance(test, 6000);
	TCP_EXPECT_STATE(test, pair->server.sk, TCP_CLOSE);
	TCP_EXPECT_SUBSTATE(test, pair->client.sk, TCP_TIME_WAIT);
}

/* 50 s later one more FIN comes: another 60 s. Its ACK is lost, or it would draw a RST. */
static void old_fin_restarts_time_wait(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_reach(test, TCP_KUNIT_V6,
						      TCP_TIME_WAIT);

	tcp_kunit_needs(test, 125000);
	tcp_kunit_advance(test, 50000);
	TCP_EXPECT_TIMER(test, pair->client.sk, TIMEWAIT, 9000, 10100);
	TCP_KUNIT_LOSE(test, .dir = TCP_KUNIT_C2S);
	tcp_kunit_watch(test, pair);
	tcp_kunit_inject(test, pair, &(struct tcp_kunit_forged){
		.to_client = true, .flags = TCP_KUNIT_FIN | TCP_KUNIT_ACK,
		.seq = -1 });
	TCP_EXPECT_TIMER(test, pair->client.sk, TIMEWAIT, 59900, 60000);
	TCP_EXPECT_SEGMENTS(test, pair, "S>C FIN ACK injected", "C>S ACK");
	TCP_EXPECT_DEATH(test, pair->client.sk, 0, 63500, 4300);
}

/* The second FIN never gets through: the client is gone, the server's FIN meets a RST. */
static void last_fin_comes_too_late(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_reach(test, TCP_KUNIT_V4,
						      TCP_FIN_WAIT2);

	tcp_kunit_needs(test, 130000);
	TCP_KUNIT_LOSE(test, .dir = TCP_KUNIT_C2S, .count = 1);
	tcp_kunit_shutdown(test, &pair->server);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_TIME_WAIT);
	TCP_KUNIT_LOSE(test);
	TCP_EXPECT_DEATH(test, pair->client.sk, 0, 63500, 4300);
	TCP_EXPECT_STATE(test, pair->server.sk, TCP_LAST_ACK);
	TCP_EXPECT_ONLY_TIMERS(test, pair->server.sk, RETRANS);
	tcp_kunit_heal(test);
	TCP_EXPECT_DEATH(test, pair->server.sk, ECONNRESET, 30000, 30000);
}

/* A RST ends TIME-WAIT, unless tcp_rfc1337 is set. */
static void rst_ends_time_wait(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_reach(test, TCP_KUNIT_V4,
						      TCP_TIME_WAIT);
	const struct tcp_kunit_forged rst = {
		.to_client = true, .flags = TCP_KUNIT_RST };

	TCP_KUNIT_SYSCTL(test, tcp_rfc1337, 1);
	tcp_kunit_inject(test, pair, &rst);
	TCP_EXPECT_MINISOCKET(test, pair->client.sk, TCP_TIME_WAIT);
	TCP_KUNIT_SYSCTL(test, tcp_rfc1337, 0);
	tcp_kunit_inject(test, pair, &rst);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_CLOSE);
}

static struct kunit_case close_cases[] = {
	KUNIT_CASE(fin_lost),
	KUNIT_CASE(fin_ack_lost),
	KUNIT_CASE(orphan_gives_up),
	KUNIT_CASE(orphan_gives_up_by_default),
	KUNIT_CASE(fin_wait2_with_owner),
	KUNIT_CASE(fin_wait2_of_an_orphan),
	KUNIT_CASE(fin_timeout_is_kept),
	KUNIT_CASE(linger2_in_two_steps),
	KUNIT_CASE(linger2_of_nothing),
	KUNIT_CASE(half_closed_data_lost),
	KUNIT_CASE(data_after_close),
	KUNIT_CASE(second_fin_lost),
	KUNIT_CASE(simultaneous_close),
	KUNIT_CASE(time_wait_lasts_60_s),
	KUNIT_CASE(last_ack_lost),
	KUNIT_CASE(old_fin_restarts_time_wait),
	KUNIT_CASE(last_fin_comes_too_late),
	KUNIT_CASE(rst_ends_time_wait),
	{}
};

static struct kunit_suite close_suite = {
	.name = "tcp_timers_close",
	.suite_init = tcp_kunit_suite_init,
	.init = tcp_kunit_init,
	.test_cases = close_cases,
};

kunit_test_suite(close_suite);

MODULE_DESCRIPTION("KUnit tests of TCP's timers: closing");
TCP_KUNIT_IMPORT();
MODULE_LICENSE("GPL");
