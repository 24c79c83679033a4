// SPDX-License-Identifier: GPL-2.0
/*
 * The walk over every TCP socket.
 *
 * A listener is in lhash2, of which there is one. Any other socket is in an
 * ehash: the global one, or that of its network namespace if that has its own
 * (sysctl net.ipv4.tcp_child_ehash_entries). A request, the socket it becomes
 * and the timewait minisocket that one leaves all stay in one chain and take
 * each other's place under one hold of the bucket's lock. So a chain that is
 * copied as a whole under that lock shows each connection once, and as the walk
 * comes to each chain once, so does the walk. Those too long for that are for
 * pass.c.
 *
 * It takes no references: a walk that did would miss what has none yet, such
 * as a timewait minisocket of Linux 6.1 just hashed.
 */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/timex.h>
#include <net/inet_hashtables.h>
#include <net/net_namespace.h>

#include "chain.h"
#include "copy.h"
#include "longest.h"
#include "pass.h"
#include "walk.h"

int tcpscope_walk_init(struct tcpscope_walk *walk, unsigned int records)
{
	memset(walk, 0, sizeof(*walk));
	walk->size = array_size(records, sizeof(struct tcpscope_facts));
	walk->most = TCPSCOPE_WALK_BATCH_MAX * sizeof(struct tcpscope_facts);
	walk->batch = kvmalloc(walk->size, GFP_KERNEL_ACCOUNT);
	if (!walk->batch)
		return -ENOMEM;
	walk->end = TCPSCOPE_BOUND;
	xa_init(&walk->seen);
	xa_init(&walk->nets_done);
	return 0;
}

void tcpscope_walk_rewind(struct tcpscope_walk *walk)
{
	tcpscope_pass_forget(walk);
	xa_destroy(&walk->nets_done);
	walk->n = 0;
	walk->len = 0;
	walk->table = walk->first;
	walk->bucket = 0;
	walk->net_cookie = 0;
}

void tcpscope_walk_closed(struct tcpscope_walk *walk)
{
	walk->first = TCPSCOPE_BOUND;
	walk->table = walk->first;
	walk->end = TCPSCOPE_TABLES;
}

void tcpscope_walk_destroy(struct tcpscope_walk *walk)
{
	tcpscope_walk_rewind(walk);
	kvfree(walk->batch);
	walk->batch = NULL;
}

static unsigned int table_size(enum tcpscope_table table,
			       const struct inet_hashinfo *hashinfo)
{
	switch (table) {
	case TCPSCOPE_LISTENERS:
		return hashinfo->lhash2_mask + 1;
	case TCPSCOPE_BOUND:
		return hashinfo->bhash_size;
	default:
		return hashinfo->ehash_mask + 1;
	}
}

static inline struct tcpscope_chain
table_bucket(enum tcpscope_table table, struct inet_hashinfo *hashinfo,
	     unsigned int slot)
{
	struct tcpscope_chain chain = {
		.table = table,
		.hashinfo = hashinfo,
		.slot = slot,
	};

	switch (table) {
	case TCPSCOPE_LISTENERS:
		chain.sockets = &hashinfo->lhash2[slot].nulls_head;
		chain.lock = &hashinfo->lhash2[slot].lock;
		break;
	case TCPSCOPE_BOUND:
		chain.ports = &hashinfo->bhash2[slot].chain;
		chain.lock = &hashinfo->bhash2[slot].lock;
		break;
	default:
		chain.sockets = &hashinfo->ehash[slot].chain;
		chain.lock = inet_ehash_lockp(hashinfo, slot);
	}
	return chain;
}

/* The first bucket from this one on that does not look empty, or end. */
static unsigned int next_used(enum tcpscope_table table,
			      const struct inet_hashinfo *hashinfo,
			      unsigned int slot, unsigned int end)
{
	switch (table) {
	case TCPSCOPE_LISTENERS:
		while (slot < end &&
		       hlist_nulls_empty(&hashinfo->lhash2[slot].nulls_head))
			slot++;
		break;
	case TCPSCOPE_BOUND:
		while (slot < end && hlist_empty(&hashinfo->bhash2[slot].chain))
			slot++;
		break;
	default:
		while (slot < end && hlist_nulls_empty(&hashinfo->ehash[slot].chain))
			slot++;
	}
	return slot;
}

/* Buckets looked at between two calls of cond_resched(). */
#define STRIDE 256

#define CHAIN_IS_LONG 2

/* Copies a whole chain; or, if it does not fit in one hold and the batch, nothing. */
static inline int copy_chain(struct tcpscope_walk *walk,
			     const struct tcpscope_chain *chain)
{
	unsigned int cost = 0, n = 0;
	size_t len = walk->len;
	struct tcpscope_facts *facts;
	struct sock *sk;

	for (sk = tcpscope_chain_first(chain); sk;
	     sk = tcpscope_chain_after(chain, sk)) {
		if (cost >= TCPSCOPE_COST_OF_HOLD)
			return CHAIN_IS_LONG;
		cost += TCPSCOPE_COST_OF_LOOK;
		if (!tcpscope_walk_wants(chain, sk))
			continue;
		if (!tcpscope_walk_has_room(walk, len))
			return TCPSCOPE_WALK_FULL;
		facts = walk->batch + len;
		tcpscope_facts_fill(facts, sk, &walk->now);
		len += tcpscope_facts_size(facts);
		n++;
		cost += TCPSCOPE_COST_OF_COPY - TCPSCOPE_COST_OF_LOOK;
	}
	walk->n += n;
	walk->len = len;
	return 0;
}

static inline int lock_and_copy(struct tcpscope_walk *walk,
				const struct tcpscope_chain *chain)
{
	u64 since, held;
	int ret;

	tcpscope_walk_clocks(walk);
	since = get_cycles();
	tcpscope_chain_lock(chain);
	held = get_cycles();
	ret = copy_chain(walk, chain);
	tcpscope_longest_note(since, held, get_cycles());
	tcpscope_chain_unlock(chain);
	return ret;
}

static int walk_chain(struct tcpscope_walk *walk,
		      const struct tcpscope_chain *chain)
{
	int ret = walk->rounds ? CHAIN_IS_LONG : lock_and_copy(walk, chain);

	/* It may fit when the batch is empty. */
	if (!ret || (ret == TCPSCOPE_WALK_FULL && walk->n))
		return ret;
	return tcpscope_pass(walk, chain);
}

/* Goes on through one table. Returns 0 at its end, WALK_FULL or an error. */
static int walk_table(struct tcpscope_walk *walk,
		      struct inet_hashinfo *hashinfo)
{
	unsigned int buckets = table_size(walk->table, hashinfo);
	unsigned int from, end;
	struct tcpscope_chain chain;
	int ret;

	while (walk->bucket < buckets) {
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
		from = walk->bucket;
		end = min(from + STRIDE, buckets);
		walk->bucket = next_used(walk->table, hashinfo, from, end);
		if (walk->bucket > from)
			tcpscope_pass_forget(walk);
		if (walk->bucket == end)
			continue;
		chain = table_bucket(walk->table, hashinfo, walk->bucket);
		ret = walk_chain(walk, &chain);
		if (ret)
			return ret;
		walk->bucket++;
	}
	walk->bucket = 0;
	return 0;
}

static struct inet_hashinfo *net_hashinfo(const struct net *net)
{
	return net->ipv4.tcp_death_row.hashinfo;
}

/*
 * The next living namespace with tables of its own that was not walked yet, with
 * a reference, in place of the one before, which is given back; NULL at the end.
 * A namespace that is held stays in the list, and a new one joins it at its end,
 * so that a walk goes through it once. Between two reads nothing is held: then it
 * comes from the beginning over those that are done.
 */
static struct net *next_net(struct tcpscope_walk *walk, struct net *net)
{
	struct net *last = net, *found = NULL;

	down_read(&net_rwsem);
	net = list_prepare_entry(net, &net_namespace_list, list);
	list_for_each_entry_continue(net, &net_namespace_list, list) {
		if (!net_hashinfo(net)->pernet ||
		    xa_load(&walk->nets_done, net->net_cookie))
			continue;
		found = maybe_get_net(net);
		if (found)
			break;
	}
	up_read(&net_rwsem);
	if (last)
		put_net(last);
	return found;
}

/* Goes on through the tables of one namespace, or begins with them. */
static int walk_net(struct tcpscope_walk *walk, struct net *net)
{
	int ret;

	if (net->net_cookie != walk->net_cookie) {
		tcpscope_pass_forget(walk);
		walk->bucket = 0;
		walk->net_cookie = net->net_cookie;
	}
	/* Makes room for the note, so that no namespace is done but not noted. */
	ret = xa_reserve(&walk->nets_done, net->net_cookie, GFP_KERNEL_ACCOUNT);
	if (!ret)
		ret = walk_table(walk, net_hashinfo(net));
	if (!ret)
		xa_store(&walk->nets_done, net->net_cookie, xa_mk_value(1),
			 GFP_KERNEL_ACCOUNT);
	return ret;
}

static int walk_namespaces(struct tcpscope_walk *walk)
{
	struct net *net = NULL;
	int ret = 0;

	while (!ret && (net = next_net(walk, net)))
		ret = walk_net(walk, net);
	if (ret)
		put_net(net);
	return ret;
}

int tcpscope_walk_next(struct tcpscope_walk *walk)
{
	int ret = 0;

	walk->n = 0;
	walk->len = 0;
	for (; walk->table < walk->end; walk->table++) {
		if (walk->table == TCPSCOPE_PERNET)
			ret = walk_namespaces(walk);
		else
			ret = walk_table(walk, net_hashinfo(&init_net));
		if (ret)
			break;
	}
	/* An error comes again when there is nothing else to give. */
	if (walk->n || ret == TCPSCOPE_WALK_FULL)
		return walk->n;
	return ret;
}
