// SPDX-License-Identifier: GPL-2.0
/*
 * Long chains: passed in several holds, or several calls, while connections come,
 * go and change their shape, each is seen exactly once.
 */
#include <kunit/test.h>
#include <net/net_namespace.h>

#include "crowd.h"
#include "seen.h"

/* Listeners that share a port share a chain: the batch has to grow for it. */
static void chain_of_listeners(struct kunit *test)
{
	struct seen *seen;
	int i;

	crowd_listen(test, TCP_KUNIT_V4, IPPROTO_TCP);
	for (i = 0; i < 50; i++)
		crowd_keep(test, crowd_listen_too(test));
	seen = walk_all(test, 1);
	KUNIT_EXPECT_EQ(test, seen->states[TCPSCOPE_LISTEN], 51U);
	KUNIT_EXPECT_EQ(test, seen->n, 51U);
	KUNIT_EXPECT_EQ(test, seen->longest, 51U);
}

#define CLOSED 20U

/*
 * Connections that come, go and change their shape between two batches: who
 * was there all the time is seen once, and nobody twice.
 */
static void expect_through_churn(struct kunit *test, int pairs)
{
	struct crowd *crowd = test->priv;
	struct seen *seen = new_seen(test, crowd->net);
	struct tcpscope_walk walk;
	unsigned int i;

	crowd_listen(test, TCP_KUNIT_V4, IPPROTO_TCP);
	keep_pairs(test, pairs);
	small_walk(test, &walk, 4);
	for (i = 0; next_batch(test, &walk, seen) > 0; i++) {
		leave_timewaits(test, 1);
		if (i < CLOSED)
			kernel_sock_shutdown(crowd->kept[i], SHUT_WR);
	}
	tcpscope_walk_destroy(&walk);
	KUNIT_EXPECT_GE(test, i, (2 * pairs - CLOSED) / 4);
	for (i = CLOSED; i < crowd->n_kept; i++) {
		u64 cookie = atomic64_read(&crowd->kept[i]->sk->sk_cookie);

		KUNIT_EXPECT_EQ(test, times_seen(seen, cookie), 1U);
	}
}

static void chains_through_churn(struct kunit *test)
{
	expect_through_churn(test, 30);
}

/*
 * All in one chain, which takes several holds and many calls: each of these goes
 * through it from its head, where those join it that change their shape.
 */
static void chain_in_many_calls(struct kunit *test)
{
	enter_second_net(test, 1);
	expect_through_churn(test, 100);
	crowd_leave_net(test);
}

/* And in one call, for which the batch grows. */
static void chain_in_one_call(struct kunit *test)
{
	struct seen *seen;

	enter_second_net(test, 1);
	crowd_listen(test, TCP_KUNIT_V6, IPPROTO_TCP);
	keep_pairs(test, 120);
	leave_timewaits(test, 30);
	seen = walk_all(test, 1);
	KUNIT_EXPECT_EQ(test, seen->states[TCPSCOPE_ESTABLISHED], 240U);
	KUNIT_EXPECT_EQ(test, seen->states[TCPSCOPE_TIME_WAIT], 30U);
	KUNIT_EXPECT_GE(test, seen->longest, 270U);
	crowd_leave_net(test);
}

static struct kunit_case chain_cases[] = {
	KUNIT_CASE(chain_of_listeners),
	KUNIT_CASE(chains_through_churn),
	KUNIT_CASE(chain_in_many_calls),
	KUNIT_CASE(chain_in_one_call),
	{}
};

static struct kunit_suite chain_suite = {
	.name = "tcpscope_chain",
	.suite_init = tcp_kunit_suite_init,
	.init = crowd_init,
	.exit = crowd_exit,
	.test_cases = chain_cases,
};

kunit_test_suite(chain_suite);
