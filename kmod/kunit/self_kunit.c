// SPDX-License-Identifier: GPL-2.0
/*
 * The kit's tests of itself: each check once as it holds and once as it fails, each
 * state reached, each act of a filter seen.
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

/* Every state of RFC 9293, by name, of each family. */
static const char *const state_params[] = {
	"LISTEN", "SYN-SENT", "SYN-RECEIVED", "SYN-RECEIVED (request)",
	"ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING",
	"LAST-ACK", "TIME-WAIT", "CLOSED",
};

static void state_param_desc(const char *const *name, char *desc)
{
	strscpy(desc, *name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(state, state_params, state_param_desc);

static void reaches(struct kunit *test, enum tcp_kunit_family family)
{
	const char *const *name = test->param_value;
	int state = tcp_kunit_state_by_name(*name);
	struct tcp_kunit_pair *pair;

	KUNIT_ASSERT_GE(test, state, 0);
	KUNIT_EXPECT_STREQ(test, tcp_kunit_state_name(state), *name);
	pair = tcp_kunit_reach(test, family, state);
	TCP_EXPECT_STATE(test, pair->sk, state);
}

static void reaches_v4(struct kunit *test)
{
	reaches(test, TCP_KUNIT_V4);
}

static void reaches_v6(struct kunit *test)
{
	reaches(test, TCP_KUNIT_V6);
}

static void reaches_mapped(struct kunit *test)
{
	reaches(test, TCP_KUNIT_MAPPED);
}

static void half_open(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_half_open(test, TCP_KUNIT_V4);

	TCP_EXPECT_STATE(test, pair->client.sk, TCP_ESTABLISHED);
	TCP_EXPECT_STATE(test, pair->server.sk, TCP_CLOSE);
	tcp_kunit_send(test, &pair->client, 1);
	TCP_EXPECT_DEATH(test, pair->client.sk, ECONNRESET, 0, 20);
}

static void filter_delays(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);

	TCP_KUNIT_DELAY(test, .pair = pair, .min_len = 1, .delay_ms = 100);
	tcp_kunit_watch(test, pair);
	KUNIT_EXPECT_EQ(test, tcp_kunit_send(test, &pair->client, 7), 7);
	tcp_kunit_advance(test, 50);
	KUNIT_EXPECT_EQ(test, tcp_kunit_receive(test, &pair->server, 9),
			-EAGAIN);
	tcp_kunit_advance(test, 100);
	KUNIT_EXPECT_EQ(test, tcp_kunit_receive(test, &pair->server, 9), 7);
	TCP_EXPECT_SEGMENTS(test, pair, "C>S ACK len=7 delayed", "...");
}

static void filter_duplicates(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);
	struct tcp_kunit_filter *filter;

	filter = TCP_KUNIT_DUPLICATE(test, .pair = pair, .min_len = 1);
	tcp_kunit_watch(test, pair);
	tcp_kunit_send(test, &pair->client, 7);
	tcp_kunit_advance(test, 100);
	KUNIT_EXPECT_EQ(test, tcp_kunit_receive(test, &pair->server, 99), 7);
	KUNIT_EXPECT_EQ(test, tcp_kunit_filter_hits(test, filter), 1U);
	/* The copy is answered at once, with a duplicate ACK. */
	TCP_EXPECT_SEGMENTS(test, pair, "C>S ACK len=7 duplicated",
			    "S>C ACK len=0", "S>C ACK len=0");
}

static void filter_reorders(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);

	tcp_kunit_setsockopt(test, &pair->client, SOL_TCP, TCP_NODELAY, 1);
	TCP_KUNIT_REORDER(test, .pair = pair, .min_len = 1, .count = 1);
	tcp_kunit_watch(test, pair);
	tcp_kunit_send(test, &pair->client, 3);
	KUNIT_EXPECT_EQ(test, tcp_kunit_receive(test, &pair->server, 9),
			-EAGAIN);
	tcp_kunit_send(test, &pair->client, 4);
	tcp_kunit_advance(test, 10);
	KUNIT_EXPECT_EQ(test, tcp_kunit_receive(test, &pair->server, 9), 7);
	TCP_EXPECT_SEGMENTS(test, pair, "C>S ACK len=3 delayed",
			    "C>S ACK len=4", "...");
}

static bool is_odd(const struct tcp_kunit_segment *segment, void *data)
{
	return segment->len & 1;
}

static void filter_selects(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V6);
	struct tcp_kunit_filter *second, *odd, *late, *back;

	tcp_kunit_setsockopt(test, &pair->client, SOL_TCP, TCP_NODELAY, 1);
	second = TCP_KUNIT_DUPLICATE(test, .min_len = 2, .max_len = 8,
				     .skip = 1, .count = 1);
	odd = TCP_KUNIT_DUPLICATE(test, .match = is_odd);
	late = TCP_KUNIT_DUPLICATE(test, .after_ms = 1000, .min_len = 1);
	back = TCP_KUNIT_DUPLICATE(test, .dir = TCP_KUNIT_S2C,
				   .without = TCP_KUNIT_ACK);
	tcp_kunit_send(test, &pair->client, 2);
	tcp_kunit_send(test, &pair->client, 4);
	tcp_kunit_send(test, &pair->client, 6);
	tcp_kunit_send(test, &pair->client, 1);
	tcp_kunit_advance(test, 1500);
	tcp_kunit_send(test, &pair->client, 20);
	KUNIT_EXPECT_EQ(test, tcp_kunit_filter_hits(test, second), 1U);
	KUNIT_EXPECT_EQ(test, tcp_kunit_filter_hits(test, odd), 1U);
	KUNIT_EXPECT_EQ(test, tcp_kunit_filter_hits(test, late), 1U);
	KUNIT_EXPECT_EQ(test, tcp_kunit_filter_hits(test, back), 0U);
}

static void injects(struct kunit *test, enum tcp_kunit_family family)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, family);

	tcp_kunit_watch(test, pair);
	/* In the window but not at its edge: RFC 5961 has it challenged. */
	tcp_kunit_inject(test, pair, &(struct tcp_kunit_forged){
		.flags = TCP_KUNIT_RST, .seq = 100 });
	TCP_EXPECT_STATE(test, pair->server.sk, TCP_ESTABLISHED);
	TCP_EXPECT_SEGMENTS(test, pair, "C>S RST injected", "S>C ACK");
	tcp_kunit_inject(test, pair, &(struct tcp_kunit_forged){
		.to_client = true, .flags = TCP_KUNIT_RST });
	TCP_EXPECT_DEATH(test, pair->client.sk, ECONNRESET, 0, 20);
}

static void injects_v4(struct kunit *test)
{
	injects(test, TCP_KUNIT_V4);
}

static void injects_v6(struct kunit *test)
{
	injects(test, TCP_KUNIT_V6);
}

static void sysctl_is_set(struct kunit *test)
{
	TCP_KUNIT_SYSCTL(test, tcp_retries2, 5);
	KUNIT_EXPECT_EQ(test, tcp_kunit_net(test)->ipv4.sysctl_tcp_retries2, 5);
}

static void time_advances(struct kunit *test)
{
	s64 began = tcp_kunit_now_ms(test);

	tcp_kunit_advance(test, 500);
	KUNIT_EXPECT_GE(test, tcp_kunit_now_ms(test) - began, 500);
	KUNIT_EXPECT_LE(test, tcp_kunit_now_ms(test) - began,
			tcp_kunit_time_travels() ? 530 : 5000);
}

/* A case that would wait for long is skipped where that takes real time. */
static void knows_patience(struct kunit *test)
{
	tcp_kunit_needs(test, 1000);
	tcp_kunit_needs(test, 100000);
	KUNIT_EXPECT_TRUE(test, tcp_kunit_time_travels());
}

static struct kunit_case self_cases[] = {
	KUNIT_CASE(check_state),
	KUNIT_CASE(check_substate),
	KUNIT_CASE(check_minisocket),
	KUNIT_CASE(check_timers),
	KUNIT_CASE(check_death),
	KUNIT_CASE(check_segments),
	KUNIT_CASE_PARAM(reaches_v4, state_gen_params),
	KUNIT_CASE_PARAM(reaches_v6, state_gen_params),
	KUNIT_CASE_PARAM(reaches_mapped, state_gen_params),
	KUNIT_CASE(half_open),
	KUNIT_CASE(filter_delays),
	KUNIT_CASE(filter_duplicates),
	KUNIT_CASE(filter_reorders),
	KUNIT_CASE(filter_selects),
	KUNIT_CASE(injects_v4),
	KUNIT_CASE(injects_v6),
	KUNIT_CASE(sysctl_is_set),
	KUNIT_CASE(time_advances),
	KUNIT_CASE(knows_patience),
	{}
};

static struct kunit_suite self_suite = {
	.name = "tcp_kunit_self",
	.suite_init = tcp_kunit_suite_init,
	.init = tcp_kunit_init,
	.test_cases = self_cases,
};

kunit_test_suite(self_suite);
