// SPDX-License-Identifier: GPL-2.0
/*
 * The kit's tests of itself: each check once as it holds and once as it fails.
 */
#include <net/tcp.h>

#include "internal.h"

/* A case that may fail without failing this one. */
static struct kunit *new_scapegoat(struct kunit *test)
{
	struct kunit *scapegoat = kunit_kzalloc(test, sizeof(*scapegoat),
						GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, scapegoat);
	kunit_init_test(scapegoat, "fails on purpose", NULL);
	KUNIT_ASSERT_EQ(test, 0,
			tcp_kunit_share(scapegoat, tcp_kunit_of(test)));
	return scapegoat;
}

#define EXPECT_HOLDS(test, check, ...) do {				\
	struct kunit *__case = (test);					\
	struct kunit *__goat = new_scapegoat(__case);			\
									\
	check(__goat, __VA_ARGS__);					\
	KUNIT_EXPECT_EQ(__case, (int)__goat->status, (int)KUNIT_SUCCESS); \
	kunit_cleanup(__goat);						\
} while (0)

/* The message must have these words, and show the socket and its timers. */
#define EXPECT_FAILS(test, words, check, ...) do {			\
	struct kunit *__case = (test);					\
	struct kunit *__goat = new_scapegoat(__case);			\
	const char *__said = tcp_kunit_last_failure(__case);		\
	const char *__words = (words);					\
									\
	check(__goat, __VA_ARGS__);					\
	KUNIT_EXPECT_EQ(__case, (int)__goat->status, (int)KUNIT_FAILURE); \
	KUNIT_EXPECT_TRUE_MSG(__case, strstr(__said, __words),		\
			      "no \"%s\" in: %s", __words, __said);	\
	kunit_cleanup(__goat);						\
} while (0)

static void check_state(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);

	EXPECT_HOLDS(test, TCP_EXPECT_STATE, pair->client.sk, TCP_ESTABLISHED);
	EXPECT_FAILS(test, "expected CLOSE-WAIT, is ESTABLISHED",
		     TCP_EXPECT_STATE, pair->client.sk, TCP_CLOSE_WAIT);
	tcp_kunit_shutdown(test, &pair->client);
	tcp_kunit_shutdown(test, &pair->server);
	EXPECT_HOLDS(test, TCP_EXPECT_STATE, pair->client.sk, TCP_TIME_WAIT);
	EXPECT_HOLDS(test, TCP_EXPECT_STATE, pair->server.sk, TCP_CLOSE);
	EXPECT_FAILS(test, "client :", TCP_EXPECT_STATE, pair->client.sk,
		     TCP_CLOSE);
	EXPECT_FAILS(test, "TIMEWAIT in ", TCP_EXPECT_STATE, pair->client.sk,
		     TCP_CLOSE);
	EXPECT_FAILS(test, "FIN", TCP_EXPECT_STATE, pair->client.sk, TCP_CLOSE);
}

static void check_substate(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);

	EXPECT_FAILS(test, "none, and the state ESTABLISHED",
		     TCP_EXPECT_SUBSTATE, pair->client.sk, TCP_FIN_WAIT2);
	tcp_kunit_close(test, &pair->client);
	tcp_kunit_advance(test, 300);
	EXPECT_HOLDS(test, TCP_EXPECT_STATE, pair->client.sk, TCP_TIME_WAIT);
	EXPECT_HOLDS(test, TCP_EXPECT_SUBSTATE, pair->client.sk, TCP_FIN_WAIT2);
	EXPECT_FAILS(test, "expected TIME-WAIT, is FIN-WAIT-2",
		     TCP_EXPECT_SUBSTATE, pair->client.sk, TCP_TIME_WAIT);
	tcp_kunit_shutdown(test, &pair->server);
	EXPECT_HOLDS(test, TCP_EXPECT_SUBSTATE, pair->client.sk, TCP_TIME_WAIT);
}

static void check_minisocket(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_reach(test, TCP_KUNIT_V4,
						      TCP_NEW_SYN_RECV);
	struct tcp_kunit_pair *other = tcp_kunit_pair(test, TCP_KUNIT_V4);

	EXPECT_HOLDS(test, TCP_EXPECT_MINISOCKET, pair->sk, TCP_NEW_SYN_RECV);
	EXPECT_FAILS(test, "there is none, but a socket in SYN-SENT",
		     TCP_EXPECT_MINISOCKET, pair->client.sk, TCP_TIME_WAIT);
	EXPECT_FAILS(test, "expected TIME-WAIT", TCP_EXPECT_MINISOCKET,
		     other->client.sk, TCP_TIME_WAIT);
	tcp_kunit_shutdown(test, &other->client);
	tcp_kunit_shutdown(test, &other->server);
	EXPECT_HOLDS(test, TCP_EXPECT_MINISOCKET, other->client.sk,
		     TCP_TIME_WAIT);
}

static void check_timers(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_reach(test, TCP_KUNIT_V4,
						      TCP_SYN_SENT);
	struct sock *sk = pair->client.sk;

	EXPECT_HOLDS(test, TCP_EXPECT_TIMER, sk, RETRANS, 900, 1100);
	EXPECT_FAILS(test, "expected RETRANS in 2000 to 3000 ms in SYN-SENT",
		     TCP_EXPECT_TIMER, sk, RETRANS, 2000, 3000);
	EXPECT_FAILS(test, "expected RETRANS in 100 to 200 ms",
		     TCP_EXPECT_TIMER, sk, RETRANS, 100, 200);
	EXPECT_FAILS(test, "expected KEEPALIVE", TCP_EXPECT_TIMER, sk,
		     KEEPALIVE, 0, 10000);
	EXPECT_FAILS(test, "one is expected", TCP_EXPECT_TIMER, sk,
		     KEEPALIVE | RETRANS, 0, 10000);
	EXPECT_HOLDS(test, TCP_EXPECT_ONLY_TIMERS, sk, RETRANS);
	EXPECT_FAILS(test, "expected only none in SYN-SENT, is: RETRANS in",
		     TCP_EXPECT_ONLY_TIMERS, sk, 0);
	EXPECT_FAILS(test, "expected only RETRANS | KEEPALIVE",
		     TCP_EXPECT_ONLY_TIMERS, sk, RETRANS | KEEPALIVE);
	EXPECT_HOLDS(test, TCP_EXPECT_NO_TIMER, sk, DELACK | KEEPALIVE);
	EXPECT_FAILS(test, "expected no RETRANS | DELACK in SYN-SENT",
		     TCP_EXPECT_NO_TIMER, sk, RETRANS | DELACK);
}

static void check_death(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);

	if (!tcp_kunit_time_travels())
		kunit_skip(test, "bounds are looser where time does not travel");
	EXPECT_FAILS(test, "lives on after 30", TCP_EXPECT_DEATH,
		     pair->client.sk, 0, 20, 10);
	tcp_kunit_abort(test, &pair->server);
	EXPECT_FAILS(test, "(~10), came after 0", TCP_EXPECT_DEATH,
		     pair->client.sk, ECONNRESET, 20, 10);
	EXPECT_FAILS(test, "expected error 110, is 104", TCP_EXPECT_DEATH,
		     pair->client.sk, ETIMEDOUT, 0, 10);
	EXPECT_HOLDS(test, TCP_EXPECT_DEATH, pair->client.sk, ECONNRESET, 0,
		     10);
}

static void check_segments(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_listen(test, TCP_KUNIT_V4);

	tcp_kunit_watch(test, pair);
	TCP_KUNIT_LOSE(test, .flags = TCP_KUNIT_SYN, .count = 1);
	tcp_kunit_connect(test, pair);
	tcp_kunit_advance(test, 1200);
	tcp_kunit_accept(test, pair);
	EXPECT_HOLDS(test, TCP_EXPECT_SEGMENTS, pair, "C>S SYN lost @0",
		     "C>S SYN @1000~50", "S>C SYN ACK len=0", "C>S ACK");
	EXPECT_HOLDS(test, TCP_EXPECT_SEGMENTS, pair, "...", "C>S ACK");
	EXPECT_HOLDS(test, TCP_EXPECT_SEGMENTS, pair, "...", "S>C SYN ACK",
		     "...");
	EXPECT_FAILS(test, "nothing fits number 2, \"S>C SYN ACK\"",
		     TCP_EXPECT_SEGMENTS, pair, "C>S SYN", "S>C SYN ACK");
	EXPECT_FAILS(test, "number 5, \"C>S FIN ACK\"", TCP_EXPECT_SEGMENTS,
		     pair, "C>S SYN", "C>S SYN", "S>C SYN ACK", "C>S ACK",
		     "C>S FIN ACK");
	EXPECT_FAILS(test, "number 3, \"(no more)\"", TCP_EXPECT_SEGMENTS, pair,
		     "C>S SYN", "C>S SYN");
	EXPECT_FAILS(test, "4 came", TCP_EXPECT_SEGMENTS, pair, "C>S SYN",
		     "C>S SYN @3000", "...");
	EXPECT_FAILS(test, "no pattern: \"C>S SIN\"", TCP_EXPECT_SEGMENTS, pair,
		     "C>S SIN");
	EXPECT_FAILS(test, "ESTABLISHED", TCP_EXPECT_SEGMENTS, pair,
		     "C>S SYN delayed", "...");
	EXPECT_FAILS(test, "\"C>S SYN len=1\"", TCP_EXPECT_SEGMENTS, pair,
		     "C>S SYN len=1", "...");
}

static struct kunit_case checks_cases[] = {
	KUNIT_CASE(check_state),
	KUNIT_CASE(check_substate),
	KUNIT_CASE(check_minisocket),
	KUNIT_CASE(check_timers),
	KUNIT_CASE(check_death),
	KUNIT_CASE(check_segments),
	{}
};

static struct kunit_suite checks_suite = {
	.name = "tcp_kunit_checks",
	.suite_init = tcp_kunit_suite_init,
	.init = tcp_kunit_init,
	.test_cases = checks_cases,
};

kunit_test_suite(checks_suite);
