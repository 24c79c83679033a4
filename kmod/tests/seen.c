// SPDX-License-Identifier: GPL-2.0
/*
 * What a walk over the sockets of a crowd has seen.
 */
#include <net/net_namespace.h>
#include <net/tcp.h>

#include "crowd.h"
#include "record.h"
#include "seen.h"

struct seen *new_seen(struct kunit *test, const struct net *net)
{
	struct seen *seen = kunit_kzalloc(test, sizeof(*seen), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, seen);
	seen->netns = net->ns.inum;
	return seen;
}

unsigned int times_seen(const struct seen *seen, u64 cookie)
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
	const struct tcpscope_facts *facts = NULL;
	struct tcpscope_conn rec;
	unsigned int n = 0;

	seen->calls++;
	seen->longest = max(seen->longest, walk->n);
	while ((facts = tcpscope_walk_after(walk, facts))) {
		n++;
		tcpscope_facts_decode(&rec, facts);
		record_expect_sound(test, &rec);
		if (rec.netns != seen->netns)
			continue;
		KUNIT_ASSERT_LT(test, seen->n, SEEN_MAX);
		KUNIT_EXPECT_EQ(test, times_seen(seen, rec.cookie), 0U);
		seen->cookies[seen->n++] = rec.cookie;
		seen->states[rec.state]++;
		seen->mptcp += !!(rec.flags & TCPSCOPE_FLAG_MPTCP);
	}
	KUNIT_EXPECT_EQ(test, n, walk->n);
}

int next_batch(struct kunit *test, struct tcpscope_walk *walk,
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

struct seen *walk_on(struct kunit *test, struct tcpscope_walk *walk)
{
	struct crowd *crowd = test->priv;
	struct seen *seen = new_seen(test, crowd->net);

	while (next_batch(test, walk, seen) > 0)
		;
	tcpscope_walk_destroy(walk);
	return seen;
}

struct seen *walk_all(struct kunit *test, unsigned int size)
{
	struct tcpscope_walk walk;

	KUNIT_ASSERT_EQ(test, tcpscope_walk_init(&walk, size), 0);
	return walk_on(test, &walk);
}

void small_walk(struct kunit *test, struct tcpscope_walk *walk,
		unsigned int size)
{
	KUNIT_ASSERT_EQ(test, tcpscope_walk_init(walk, size), 0);
	walk->most = walk->size;
}

void keep_pairs(struct kunit *test, int pairs)
{
	while (pairs--) {
		crowd_keep(test, crowd_connect(test));
		crowd_keep(test, crowd_accept(test));
	}
}

void leave_timewaits(struct kunit *test, int n)
{
	struct socket *client, *server;

	while (n--) {
		client = crowd_connect(test);
		server = crowd_accept(test);
		sock_release(client);
		sock_release(server);
	}
}

void enter_second_net(struct kunit *test, unsigned int buckets)
{
	struct net *net = crowd_new_net(test, buckets);

	net->ipv4.tcp_death_row.sysctl_max_tw_buckets = 1000;
	KUNIT_EXPECT_EQ(test, net->ipv4.tcp_death_row.hashinfo->pernet,
			buckets > 0);
	crowd_enter_net(test, net);
}
