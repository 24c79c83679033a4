// SPDX-License-Identifier: GPL-2.0
/*
 * The walk over every TCP socket.
 *
 * A listener is in lhash2, of which there is one. Any other socket is in an
 * ehash: the global one, or that of its network namespace if that has its own
 * (sysctl net.ipv4.tcp_child_ehash_entries). It stays in one chain while it
 * lives, and pass.c shows it once there; as the walk comes to each chain once, so
 * does the walk.
 */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <net/inet_hashtables.h>
#include <net/net_namespace.h>

#include "chain.h"
#include "copy.h"
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

/* Goes on through one table. Returns 0 at its end, WALK_FULL or an error. */
static int walk_table(struct tcpscope_walk *walk,
		      struct inet_hashinfo *hashinfo)
{
	unsigned int chains = tcpscope_chains(walk->table, hashinfo);
	struct tcpscope_chain chain;
	int ret;

	for (; walk->bucket < chains; walk->bucket++) {
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
		chain = tcpscope_chain(walk->table, hashinfo, walk->bucket);
		if (tcpscope_chain_is_empty(&chain)) {
			tcpscope_pass_forget(walk);
			continue;
		}
		ret = tcpscope_pass(walk, &chain);
		if (ret)
			return ret;
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
