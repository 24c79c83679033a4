/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a walk over the sockets of a crowd (test->priv) has seen.
 */
#ifndef TCPSCOPE_TESTS_SEEN_H
#define TCPSCOPE_TESTS_SEEN_H

#include <kunit/test.h>

#include <tcpscope/abi.h>

#include "../walk.h"

struct net;

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

struct seen *new_seen(struct kunit *test, const struct net *net);
unsigned int times_seen(const struct seen *seen, u64 cookie);

/* tcpscope_walk_next(), and notes what it gave. Nothing may come twice. */
int next_batch(struct kunit *test, struct tcpscope_walk *walk,
	       struct seen *seen);

/* Goes on to the end, and destroys the walk. */
struct seen *walk_on(struct kunit *test, struct tcpscope_walk *walk);
/* Walks once from end to end, with a batch of this size to begin with. */
struct seen *walk_all(struct kunit *test, unsigned int size);
/* Begins a walk whose batch does not grow. */
void small_walk(struct kunit *test, struct tcpscope_walk *walk,
		unsigned int size);

/* So many connections, both ends of which are kept. */
void keep_pairs(struct kunit *test, int pairs);
/* Connections whose client has closed first: a minisocket of each is left. */
void leave_timewaits(struct kunit *test, int n);

/* Goes to a second namespace; with a table of so many buckets of its own, if any. */
void enter_second_net(struct kunit *test, unsigned int buckets);

#endif /* TCPSCOPE_TESTS_SEEN_H */
