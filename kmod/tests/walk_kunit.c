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
#include "loopback.h"
#include "record.h"

#define SEEN_MAX 512

/* What a whole walk saw of one namespace. */
struct seen {
	unsigned int netns;
	unsigned int n;
	unsigned int calls;		/* of tcpscope_walk_next() */
	unsigned int longest;		/* batch */
	unsigned int mptcp;		/* subflows */
	unsigned int states[TCPSCOPE_STATE_MAX];
	u64 cookies[SEEN_MAX];
};

static struct seen *new_seen(struct kunit *test, const struct net *net)
{
	struct seen *seen = kunit_kzalloc(test, sizeof(*seen), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, seen);
	seen->netns = net->ns.inum;
	return seen;
}

static unsigned int times_seen(const struct seen *seen, u64 cookie)
{
	unsigned int i, times = 0;

	for (i = 0; i < seen->n; i++)
		times += seen->cookies[i] == cookie;
	return times;
}

/* Takes in a batch; nothing may come twice. */
static void note_batch(struct kunit *test, struct seen *seen,
		       const struct tcpscope_walk *walk)
{
	const struct tcpscope_conn *rec = NULL;
	unsigned int n = 0;

	seen->calls++;
	seen->longest = max(seen->longest, walk->n);
	while ((rec = tcpscope_walk_after(walk, rec))) {
		n++;
		record_expect_sound(test, rec);
		if (rec->netns != seen->netns)
			continue;
		KUNIT_ASSERT_LT(test, seen->n, SEEN_MAX);
		KUNIT_EXPECT_EQ(test, times_seen(seen, rec->cookie), 0U);
		seen->cookies[seen->n++] = rec->cookie;
		seen->states[rec->state]++;
		seen->mptcp += !!(rec->flags & TCPSCOPE_FLAG_MPTCP);
	}
	KUNIT_EXPECT_EQ(test, n, walk->n);
}

static int next_batch(struct kunit *test, struct tcpscope_walk *walk,
		      struct seen *seen)
{
	int n = tcpscope_walk_next(walk);

	KUNIT_EXPECT_GE(test, n, 0);
	if (n > 0) {
		KUNIT_EXPECT_EQ(test, (unsigned int)n, walk->n);
		note_batch(test, seen, walk);
	}
	return n;
}

/* Walks once from end to end, with a batch of this size to begin with. */
static struct seen *walk_all(struct kunit *test, unsigned int size)
{
	struct loopback *lb = test->priv;
	struct seen *seen = new_seen(test, lb->net);
	struct tcpscope_walk walk;

	KUNIT_ASSERT_EQ(test, tcpscope_walk_init(&walk, size), 0);
	while (next_batch(test, &walk, seen) > 0)
		;
	tcpscope_walk_destroy(&walk);
	return seen;
}

static void keep_pairs(struct kunit *test, int pairs)
{
	while (pairs--) {
		loopback_keep(test, loopback_another(test));
		loopback_keep(test, loopback_accept(test));
	}
}

/* Connections whose client has closed first: a minisocket of each is left. */
static void leave_timewaits(struct kunit *test, int n)
{
	struct socket *client, *server;

	while (n--) {
		client = loopback_another(test);
		server = loopback_accept(test);
		sock_release(client);
		sock_release(server);
	}
}

/* Clients that never get a SYN-ACK, and the requests they left. */
static void keep_requests(struct kunit *test, int n)
{
	struct loopback *lb = test->priv;

	lb->loser = loopback_lose_synack;
	while (n--)
		loopback_keep(test, loopback_another(test));
	lb->loser = NULL;
}

/* A listener, 10 pairs, 7 minisockets, 5 requests with their clients. */
static void populate(struct kunit *test, const struct loopback_family *family)
{
	loopback_listen(test, family);
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

	populate(test, LOOPBACK_V4);
	seen = walk_all(test, TCPSCOPE_WALK_BATCH);
	expect_population(test, seen);
	KUNIT_EXPECT_EQ(test, seen->calls, 1U);
}

/* And in as many batches as there are buckets in use. */
static void walk_in_small_steps(struct kunit *test)
{
	struct seen *seen;

	populate(test, LOOPBACK_V6);
	seen = walk_all(test, 1);
	expect_population(test, seen);
	KUNIT_EXPECT_GT(test, seen->calls, POPULATION / 2U);
}

static void walk_nothing(struct kunit *test)
{
	struct seen *seen = walk_all(test, 1);

	KUNIT_EXPECT_EQ(test, seen->n, 0U);
}

/* Listeners that share a port share a chain: the batch has to grow for it. */
static void walk_grows(struct kunit *test)
{
	struct seen *seen;
	int i;

	loopback_listen(test, LOOPBACK_V4);
	for (i = 0; i < 50; i++)
		loopback_keep(test, loopback_listen_too(test));
	seen = walk_all(test, 1);
	KUNIT_EXPECT_EQ(test, seen->states[TCPSCOPE_LISTEN], 51U);
	KUNIT_EXPECT_EQ(test, seen->n, 51U);
	KUNIT_EXPECT_EQ(test, seen->longest, 51U);
}

/* From the beginning again, from the middle and from the end. */
static void walk_rewinds(struct kunit *test)
{
	struct loopback *lb = test->priv;
	struct tcpscope_walk walk;
	struct seen *seen;
	int round;

	populate(test, LOOPBACK_MAPPED);
	KUNIT_ASSERT_EQ(test, tcpscope_walk_init(&walk, 1), 0);
	tcpscope_walk_next(&walk);
	tcpscope_walk_next(&walk);
	for (round = 0; round < 2; round++) {
		tcpscope_walk_rewind(&walk);
		KUNIT_EXPECT_EQ(test, walk.n, 0U);
		seen = new_seen(test, lb->net);
		while (next_batch(test, &walk, seen) > 0)
			;
		expect_population(test, seen);
		KUNIT_EXPECT_EQ(test, tcpscope_walk_next(&walk), 0);
	}
	tcpscope_walk_destroy(&walk);
}

/*
 * Connections that come, go and change their shape between two batches: who
 * was there all the time is seen once, and nobody twice.
 */
static void walk_through_churn(struct kunit *test)
{
	struct loopback *lb = test->priv;
	struct seen *seen = new_seen(test, lb->net);
	struct tcpscope_walk walk;
	unsigned int i;

	loopback_listen(test, LOOPBACK_V4);
	keep_pairs(test, 30);
	KUNIT_ASSERT_EQ(test, tcpscope_walk_init(&walk, 1), 0);
	for (i = 0; next_batch(test, &walk, seen) > 0; i++) {
		leave_timewaits(test, 1);
		if (i < 20)
			kernel_sock_shutdown(lb->kept[i], SHUT_WR);
	}
	tcpscope_walk_destroy(&walk);
	KUNIT_EXPECT_GT(test, i, 30U);
	for (i = 20; i < lb->n_kept; i++) {
		u64 cookie = atomic64_read(&lb->kept[i]->sk->sk_cookie);

		KUNIT_EXPECT_EQ(test, times_seen(seen, cookie), 1U);
	}
}

/* A second namespace; with a table of connections of its own if pernet. */
static struct net *second_net(struct kunit *test, bool pernet)
{
	struct net *net;

	init_net.ipv4.sysctl_tcp_child_ehash_entries = pernet ? 16 : 0;
	net = loopback_new_net(test);
	init_net.ipv4.sysctl_tcp_child_ehash_entries = 0;
	KUNIT_EXPECT_EQ(test, net->ipv4.tcp_death_row.hashinfo->pernet, pernet);
	return net;
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
static struct seen *walk_second(struct kunit *test, bool pernet)
{
	struct loopback *lb = test->priv;
	struct seen *seen;
	u64 cookie;

	lb->net = second_net(test, pernet);
	cookie = lb->net->net_cookie;
	loopback_listen(test, LOOPBACK_V6);
	keep_pairs(test, 40);
	leave_timewaits(test, 3);
	seen = walk_all(test, 1);
	loopback_close_all(test);
	KUNIT_EXPECT_TRUE(test, net_lives(cookie));
	put_net(lb->net);
	lb->net = lb->home;
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
	expect_second(test, walk_second(test, false));
	populate(test, LOOPBACK_V4);
	expect_population(test, walk_all(test, TCPSCOPE_WALK_BATCH));
}

/* And may have its own table of connections. */
static void walk_pernet_tables(struct kunit *test)
{
	struct seen *seen = walk_second(test, true);

	expect_second(test, seen);
	KUNIT_EXPECT_GE(test, seen->longest, 6U);	/* 83 in 16 buckets */
}

/* MPTCP's own sockets are no connections, the subflows below them are. */
static void walk_mptcp(struct kunit *test)
{
	struct seen *seen;

	if (!IS_ENABLED(CONFIG_MPTCP))
		kunit_skip(test, "this kernel has no MPTCP");
	loopback_listen(test, &loopback_mptcp);
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
	struct loopback *lb = test->priv;
	struct seen *seen = new_seen(test, lb->net);
	struct tcpscope_walk walk;

	populate(test, LOOPBACK_V4);
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
	KUNIT_CASE(walk_grows),
	KUNIT_CASE(walk_rewinds),
	KUNIT_CASE(walk_through_churn),
	KUNIT_CASE(walk_namespaces),
	KUNIT_CASE(walk_pernet_tables),
	KUNIT_CASE(walk_mptcp),
	KUNIT_CASE(walk_is_interrupted),
	{}
};

static struct kunit_suite walk_suite = {
	.name = "tcpscope_walk",
	.init = loopback_init,
	.exit = loopback_exit,
	.test_cases = walk_cases,
};

kunit_test_suite(walk_suite);
