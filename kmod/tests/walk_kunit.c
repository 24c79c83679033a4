// SPDX-License-Identifier: GPL-2.0
/*
 * The walk over real sockets: each is seen exactly once, however small the
 * batch, however long the chain, and whatever comes and goes meanwhile.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/rtnetlink.h>
#include <linux/sched/signal.h>
#include <net/inet_hashtables.h>
#include <net/net_namespace.h>
#include <net/tcp.h>

#include "../walk.h"
#include "crowd.h"
#include "record.h"
#include "seen.h"

/* Clients that never get a SYN-ACK, and the requests they left. */
static void keep_requests(struct kunit *test, int n)
{
	TCP_KUNIT_LOSE(test, .flags = TCP_KUNIT_SYN | TCP_KUNIT_ACK);
	while (n--)
		crowd_keep(test, crowd_connect(test));
	tcp_kunit_heal(test);
}

/* A listener, 10 pairs, 7 minisockets, 5 requests with their clients. */
static void populate(struct kunit *test, enum tcp_kunit_family family)
{
	crowd_listen(test, family, IPPROTO_TCP);
	keep_pairs(test, 10);
	leave_timewaits(test, 7);
	keep_requests(test, 5);
}

#define POPULATION (1 + 20 + 7 + 5 + 5)

static void expect_population(struct kunit *test, const struct seen *seen)
{
	KUNIT_EXPECT_EQ(test, seen->states[TCPSCOPE_LISTEN], 1U);
	KUNIT_EXPECT_EQ(test, seen->states[TCPSCOPE_ESTABLISHED], 20U);
	KUNIT_EXPECT_EQ(test, seen->states[TCPSCOPE_TIME_WAIT], 7U);
	KUNIT_EXPECT_EQ(test, seen->states[TCPSCOPE_SYN_RECV], 5U);
	KUNIT_EXPECT_EQ(test, seen->states[TCPSCOPE_SYN_SENT], 5U);
	KUNIT_EXPECT_EQ(test, seen->n, (unsigned int)POPULATION);
}

/* Each socket in one large batch. */
static void walk_finds_all(struct kunit *test)
{
	struct seen *seen;

	populate(test, TCP_KUNIT_V4);
	seen = walk_all(test, TCPSCOPE_WALK_BATCH);
	expect_population(test, seen);
	KUNIT_EXPECT_EQ(test, seen->calls, 1U);
}

/* And one at a time. */
static void walk_in_small_steps(struct kunit *test)
{
	struct tcpscope_walk walk;
	struct seen *seen;

	populate(test, TCP_KUNIT_V6);
	small_walk(test, &walk, 1);
	seen = walk_on(test, &walk);
	expect_population(test, seen);
	KUNIT_EXPECT_EQ(test, seen->longest, 1U);
	KUNIT_EXPECT_GE(test, seen->calls, (unsigned int)POPULATION);
}

static void walk_nothing(struct kunit *test)
{
	struct seen *seen = walk_all(test, 1);

	KUNIT_EXPECT_EQ(test, seen->n, 0U);
}

/* From the beginning again, from the middle and from the end. */
static void walk_rewinds(struct kunit *test)
{
	struct crowd *crowd = test->priv;
	struct tcpscope_walk walk;
	struct seen *seen;
	int round;

	populate(test, TCP_KUNIT_MAPPED);
	KUNIT_ASSERT_EQ(test, tcpscope_walk_init(&walk, 1), 0);
	tcpscope_walk_next(&walk);
	tcpscope_walk_next(&walk);
	for (round = 0; round < 2; round++) {
		tcpscope_walk_rewind(&walk);
		KUNIT_EXPECT_EQ(test, walk.n, 0U);
		seen = new_seen(test, crowd->net);
		while (next_batch(test, &walk, seen) > 0)
			;
		expect_population(test, seen);
		KUNIT_EXPECT_EQ(test, tcpscope_walk_next(&walk), 0);
	}
	tcpscope_walk_destroy(&walk);
}

static bool net_lives(u64 cookie)
{
	bool lives = false;
	struct net *net;

	down_read(&net_rwsem);
	for_each_net(net)
		lives |= net->net_cookie == cookie;
	up_read(&net_rwsem);
	return lives;
}

/* Walks a second namespace and lets it go: the walk must not hold it. */
static struct seen *walk_second(struct kunit *test, unsigned int buckets)
{
	struct crowd *crowd = test->priv;
	struct seen *seen;
	u64 cookie;

	enter_second_net(test, buckets);
	cookie = crowd->net->net_cookie;
	crowd_listen(test, TCP_KUNIT_V6, IPPROTO_TCP);
	keep_pairs(test, 40);
	leave_timewaits(test, 3);
	seen = walk_all(test, 1);
	crowd_close_all(test);
	KUNIT_EXPECT_TRUE(test, net_lives(cookie));
	crowd_leave_net(test);
	msleep(MSEC_PER_SEC);
	KUNIT_EXPECT_FALSE(test, net_lives(cookie));
	return seen;
}

static void expect_second(struct kunit *test, const struct seen *seen)
{
	KUNIT_EXPECT_EQ(test, seen->states[TCPSCOPE_LISTEN], 1U);
	KUNIT_EXPECT_EQ(test, seen->states[TCPSCOPE_ESTABLISHED], 80U);
	KUNIT_EXPECT_EQ(test, seen->states[TCPSCOPE_TIME_WAIT], 3U);
	KUNIT_EXPECT_EQ(test, seen->n, 84U);
}

/* Each namespace has its own sockets. */
static void walk_namespaces(struct kunit *test)
{
	expect_second(test, walk_second(test, 0));
	populate(test, TCP_KUNIT_V4);
	expect_population(test, walk_all(test, TCPSCOPE_WALK_BATCH));
}

/* And may have its own table of connections. */
static void walk_pernet_tables(struct kunit *test)
{
	struct seen *seen = walk_second(test, 16);

	expect_second(test, seen);
	KUNIT_EXPECT_GE(test, seen->longest, 6U);	/* 83 in 16 buckets */
}

/* MPTCP's own sockets are no connections, the subflows below them are. */
static void walk_mptcp(struct kunit *test)
{
	struct seen *seen;

	if (!IS_ENABLED(CONFIG_MPTCP))
		kunit_skip(test, "this kernel has no MPTCP");
	crowd_listen(test, TCP_KUNIT_V4, IPPROTO_MPTCP);
	keep_pairs(test, 3);
	seen = walk_all(test, 1);
	KUNIT_EXPECT_EQ(test, seen->states[TCPSCOPE_LISTEN], 1U);
	KUNIT_EXPECT_EQ(test, seen->states[TCPSCOPE_ESTABLISHED], 6U);
	KUNIT_EXPECT_EQ(test, seen->n, 7U);
	KUNIT_EXPECT_EQ(test, seen->mptcp, 7U);
}

/* A reader that is being killed gets away, and could go on. */
static void walk_is_interrupted(struct kunit *test)
{
	struct crowd *crowd = test->priv;
	struct seen *seen = new_seen(test, crowd->net);
	struct tcpscope_walk walk;

	populate(test, TCP_KUNIT_V4);
	KUNIT_ASSERT_EQ(test, tcpscope_walk_init(&walk, 1), 0);
	next_batch(test, &walk, seen);
	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 1);
	KUNIT_EXPECT_EQ(test, tcpscope_walk_next(&walk), -EINTR);
	flush_signals(current);
	disallow_signal(SIGKILL);
	while (next_batch(test, &walk, seen) > 0)
		;
	tcpscope_walk_destroy(&walk);
	expect_population(test, seen);
}

static struct kunit_case walk_cases[] = {
	KUNIT_CASE(walk_finds_all),
	KUNIT_CASE(walk_in_small_steps),
	KUNIT_CASE(walk_nothing),
	KUNIT_CASE(walk_rewinds),
	KUNIT_CASE(walk_namespaces),
	KUNIT_CASE(walk_pernet_tables),
	KUNIT_CASE(walk_mptcp),
	KUNIT_CASE(walk_is_interrupted),
	{}
};

static struct kunit_suite walk_suite = {
	.name = "tcpscope_walk",
	.suite_init = tcp_kunit_suite_init,
	.init = crowd_init,
	.exit = crowd_exit,
	.test_cases = walk_cases,
};

kunit_test_suite(walk_suite);
