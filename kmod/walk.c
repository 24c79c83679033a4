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
 * comes to each chain once, so does the walk.
 *
 * It takes no references: a walk that did would miss what has none yet, such
 * as a timewait minisocket of Linux 6.1 just hashed.
 */
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>
#include <linux/timex.h>
#include <net/inet_hashtables.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include <tcpscope/abi.h>

#include "compat.h"
#include "conn.h"
#include "timers.h"
#include "walk.h"

#define WALK_FULL 1	/* the batch has no room for the next chain */

/* A bucket of any kind of table. */
struct walk_bucket {
	struct hlist_nulls_head *chain;	/* of sockets; or else NULL, and */
	struct hlist_head *ports;	/* of addresses and ports, each with its sockets */
	spinlock_t *lock;	/* what protects either */
};

static int batch_alloc(struct tcpscope_walk *walk, unsigned int records)
{
	size_t size = array_size(records, sizeof(struct tcpscope_conn));
	void *batch = kvmalloc(size, GFP_KERNEL_ACCOUNT);

	if (!batch)
		return -ENOMEM;
	kvfree(walk->batch);
	walk->batch = batch;
	walk->size = size;
	return 0;
}

int tcpscope_walk_init(struct tcpscope_walk *walk, unsigned int records)
{
	memset(walk, 0, sizeof(*walk));
	walk->end = TCPSCOPE_WALK_BOUND;
	return batch_alloc(walk, records);
}

void tcpscope_walk_rewind(struct tcpscope_walk *walk)
{
	walk->n = 0;
	walk->len = 0;
	walk->table = walk->first;
	walk->bucket = 0;
	walk->net_cookie = 0;
}

void tcpscope_walk_closed(struct tcpscope_walk *walk)
{
	walk->first = TCPSCOPE_WALK_BOUND;
	walk->table = walk->first;
	walk->end = TCPSCOPE_WALK_END;
}

void tcpscope_walk_destroy(struct tcpscope_walk *walk)
{
	kvfree(walk->batch);
	walk->batch = NULL;
}

/* What is being copied behind the records of a batch. */
struct walk_copy {
	struct tcpscope_walk *walk;
	const struct tcpscope_now *now;
	unsigned int n, room;	/* sockets seen, and how many surely fit */
	size_t len;		/* of the batch with those that fit */
};

static inline void copy_socket(struct walk_copy *copy, struct sock *sk)
{
	struct tcpscope_conn *rec = copy->walk->batch + copy->len;

	if (!tcpscope_conn_wanted(sk) || copy->n++ >= copy->room)
		return;
	tcpscope_conn_fill(rec, sk, copy->now);
	copy->len += tcpscope_conn_size(rec);
}

/* Of the sockets that have a port, most are in another table as well. */
static void copy_closed(struct walk_copy *copy, struct hlist_head *ports)
{
	struct inet_bind2_bucket *port;
	struct sock *sk;

	inet_bind_bucket_for_each(port, ports)
		tcpscope_for_each_bound(sk, &port->owners)
			if (inet_sk_state_load(sk) == TCP_CLOSE)
				copy_socket(copy, sk);
}

/*
 * Copies what a bucket holds behind what is in the batch already. Gives 0; or if
 * they may not all have room, how many there are, and then none is there. Only
 * the last record of a batch needs the room that all timers take.
 */
static unsigned int copy_bucket(struct tcpscope_walk *walk,
				const struct walk_bucket *bucket,
				const struct tcpscope_now *now)
{
	struct walk_copy copy = {
		.walk = walk,
		.now = now,
		.room = (walk->size - walk->len) / sizeof(struct tcpscope_conn),
		.len = walk->len,
	};
	struct hlist_nulls_node *node;
	struct sock *sk;

	lockdep_assert_held(bucket->lock);
	if (bucket->ports)
		copy_closed(&copy, bucket->ports);
	else
		sk_nulls_for_each(sk, node, bucket->chain)
			copy_socket(&copy, sk);
	if (copy.n > copy.room)
		return copy.n;
	walk->n += copy.n;
	walk->len = copy.len;
	return 0;
}

/* Room for a chain of n and for some that join it before it is tried again. */
static int make_room(struct tcpscope_walk *walk, unsigned int n)
{
	if (walk->n)
		return WALK_FULL;
	if (n > TCPSCOPE_WALK_BATCH_MAX)
		return -ENOMEM;
	return batch_alloc(walk, min(n + n / 4, TCPSCOPE_WALK_BATCH_MAX));
}

/*
 * In processor cycles: to read the clock twice would take as long as to copy
 * the chain. 0 where there is no counter of cycles.
 */
static struct {
	u64 hold, gap;
	u64 first_ns, first_cycles;	/* one moment on both clocks */
} longest;

/* Two walks that write at once may lose the lesser of two new records. */
static inline void note_longest(u64 *longest_cycles, s64 cycles)
{
	if (cycles > (s64)READ_ONCE(*longest_cycles))
		WRITE_ONCE(*longest_cycles, cycles);
}

void tcpscope_walk_clock(void)
{
	longest.first_ns = ktime_get_ns();
	longest.first_cycles = get_cycles();
}

struct tcpscope_walk_longest tcpscope_walk_longest(void)
{
	u64 ns = ktime_get_ns() - longest.first_ns;
	u64 cycles = max(get_cycles() - longest.first_cycles, 1ULL);
	u64 hold = READ_ONCE(longest.hold);
	u64 gap = max(READ_ONCE(longest.gap), hold);

	return (struct tcpscope_walk_longest) {
		.hold_ns = mul_u64_u64_div_u64(hold, ns, cycles),
		.gap_ns = mul_u64_u64_div_u64(gap, ns, cycles),
	};
}

/*
 * The time. Timers are not told finer than in jiffies: the clock is read once
 * in each.
 */
static const struct tcpscope_now *walk_now(struct tcpscope_walk *walk)
{
	unsigned long now = jiffies;

	if (!walk->now.ns || time_before(walk->now.jiffies, now)) {
		walk->now.jiffies = now;
		walk->now.ns = ktime_get_ns();
	}
	return &walk->now;
}

/*
 * Bottom halves stay on for the lock of a listener's bucket, which they never
 * take: under PREEMPT_RT turning them off is a lock too, and the kernel takes
 * the two the other way round (inet_unhash).
 */
static unsigned int lock_and_copy(struct tcpscope_walk *walk,
				  const struct walk_bucket *bucket)
{
	bool listeners = walk->table == TCPSCOPE_WALK_LISTENERS;
	u64 since, held, end;
	unsigned int n;

	if (!listeners)
		local_bh_disable();
	since = get_cycles();
	spin_lock(bucket->lock);
	held = get_cycles();
	n = copy_bucket(walk, bucket, walk_now(walk));
	end = get_cycles();
	spin_unlock(bucket->lock);
	if (!listeners)
		local_bh_enable();
	note_longest(&longest.hold, end - held);
	note_longest(&longest.gap, end - since);
	return n;
}

/* Gives 0 with the whole chain in the batch, else with nothing of it there. */
static int walk_chain(struct tcpscope_walk *walk,
		      const struct walk_bucket *bucket)
{
	unsigned int n;
	int ret;

	while ((n = lock_and_copy(walk, bucket))) {
		ret = make_room(walk, n);
		if (ret)
			return ret;
	}
	return 0;
}

static unsigned int table_size(const struct tcpscope_walk *walk,
			       const struct inet_hashinfo *hashinfo)
{
	switch (walk->table) {
	case TCPSCOPE_WALK_LISTENERS:
		return hashinfo->lhash2_mask + 1;
	case TCPSCOPE_WALK_BOUND:
		return hashinfo->bhash_size;
	default:
		return hashinfo->ehash_mask + 1;
	}
}

static inline struct walk_bucket table_bucket(const struct tcpscope_walk *walk,
					      struct inet_hashinfo *hashinfo)
{
	unsigned int i = walk->bucket;

	switch (walk->table) {
	case TCPSCOPE_WALK_LISTENERS:
		return (struct walk_bucket) {
			.chain = &hashinfo->lhash2[i].nulls_head,
			.lock = &hashinfo->lhash2[i].lock,
		};
	case TCPSCOPE_WALK_BOUND:
		return (struct walk_bucket) {
			.ports = &hashinfo->bhash2[i].chain,
			.lock = &hashinfo->bhash2[i].lock,
		};
	default:
		return (struct walk_bucket) {
			.chain = &hashinfo->ehash[i].chain,
			.lock = inet_ehash_lockp(hashinfo, i),
		};
	}
}

static inline bool bucket_is_empty(const struct walk_bucket *bucket)
{
	return bucket->ports ? hlist_empty(bucket->ports) :
			       hlist_nulls_empty(bucket->chain);
}

/* Goes on through one table. Gives 0 at its end, WALK_FULL or an error. */
static int walk_table(struct tcpscope_walk *walk,
		      struct inet_hashinfo *hashinfo)
{
	unsigned int size = table_size(walk, hashinfo);
	struct walk_bucket bucket;
	int ret;

	for (; walk->bucket < size; walk->bucket++) {
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
		bucket = table_bucket(walk, hashinfo);
		if (bucket_is_empty(&bucket))
			continue;
		ret = walk_chain(walk, &bucket);
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
 * The living namespace with tables of its own whose cookie is the lowest from
 * this one on, with a reference, or NULL. Cookies are unique per boot, so that
 * the walk can go on from a namespace that has gone meanwhile.
 */
static struct net *net_from_cookie(u64 cookie)
{
	struct net *net, *found = NULL;

	down_read(&net_rwsem);
	for_each_net(net) {
		if (!net_hashinfo(net)->pernet || net->net_cookie < cookie)
			continue;
		if (found && found->net_cookie < net->net_cookie)
			continue;
		if (!maybe_get_net(net))
			continue;
		if (found)
			put_net(found);
		found = net;
	}
	up_read(&net_rwsem);
	return found;
}

static int walk_namespaces(struct tcpscope_walk *walk)
{
	struct net *net;
	int ret;

	while ((net = net_from_cookie(walk->net_cookie))) {
		if (net->net_cookie != walk->net_cookie) {
			walk->net_cookie = net->net_cookie;
			walk->bucket = 0;
		}
		ret = walk_table(walk, net_hashinfo(net));
		put_net(net);
		if (ret)
			return ret;
		walk->net_cookie++;
	}
	return 0;
}

int tcpscope_walk_next(struct tcpscope_walk *walk)
{
	int ret = 0;

	walk->n = 0;
	walk->len = 0;
	for (; walk->table < walk->end; walk->table++) {
		if (walk->table == TCPSCOPE_WALK_PERNET)
			ret = walk_namespaces(walk);
		else
			ret = walk_table(walk, net_hashinfo(&init_net));
		if (ret)
			break;
	}
	/* An error comes again when there is nothing else to give. */
	if (walk->n || ret == WALK_FULL)
		return walk->n;
	return ret;
}
