// SPDX-License-Identifier: GPL-2.0
/*
 * The kit's tests of itself: each state reached, each act of a filter seen, segments
 * made by hand, limits and time.
 */
#include <net/tcp.h>

#include "internal.h"

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

static void segments_are_copied(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);
	struct tcp_kunit_segment segments[2] = {};

	KUNIT_EXPECT_EQ(test, tcp_kunit_segments(test, pair, NULL, 0), 3U);
	KUNIT_EXPECT_EQ(test, tcp_kunit_segments(test, pair, segments, 1), 3U);
	KUNIT_EXPECT_EQ(test, segments[0].flags, TCP_KUNIT_SYN);
	KUNIT_EXPECT_EQ(test, segments[0].seq, pair->client.isn);
	KUNIT_EXPECT_EQ(test, segments[1].flags, 0);
	KUNIT_EXPECT_LE(test, segments[0].at_ns, tcp_kunit_now_ns(test));
	tcp_kunit_watch(test, pair);
	KUNIT_EXPECT_EQ(test, tcp_kunit_segments(test, pair, NULL, 0), 0U);
}

/* A socket that the case makes itself is found, too. */
static void address_is_lo(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_listen(test, TCP_KUNIT_V4);
	struct sockaddr_storage to;
	int size = tcp_kunit_address(TCP_KUNIT_V4, pair->listener.port, &to);
	struct socket *sock;

	KUNIT_ASSERT_EQ(test, 0, __sock_create(tcp_kunit_net(test), AF_INET,
					       SOCK_STREAM, IPPROTO_TCP, &sock,
					       0));
	KUNIT_EXPECT_EQ(test, kernel_connect(sock, (void *)&to, size,
					     O_NONBLOCK), -EINPROGRESS);
	tcp_kunit_settle();
	TCP_EXPECT_STATE(test, sock->sk, TCP_ESTABLISHED);
	sock_release(sock);
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

static struct kunit_case makes_cases[] = {
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
	KUNIT_CASE(segments_are_copied),
	KUNIT_CASE(address_is_lo),
	KUNIT_CASE(sysctl_is_set),
	KUNIT_CASE(time_advances),
	KUNIT_CASE(knows_patience),
	{}
};

static struct kunit_suite makes_suite = {
	.name = "tcp_kunit_makes",
	.suite_init = tcp_kunit_suite_init,
	.init = tcp_kunit_init,
	.test_cases = makes_cases,
};

kunit_test_suite(makes_suite);
