/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sockets of one bucket of one of TCP's hash tables, as a list.
 */
#ifndef TCPSCOPE_CHAIN_H
#define TCPSCOPE_CHAIN_H

#include <linux/bottom_half.h>
#include <linux/list.h>
#include <linux/list_nulls.h>
#include <linux/lockdep.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <net/sock.h>

struct inet_hashinfo;

/* The tables, in the order they are walked. */
enum tcpscope_table {
	TCPSCOPE_LISTENERS,	/* lhash2, one for all namespaces */
	TCPSCOPE_EHASH,		/* the global table of connections */
	TCPSCOPE_PERNET,	/* those of namespaces that have their own */
	TCPSCOPE_BOUND,		/* bhash2: what has a port */
	TCPSCOPE_TABLES,
};

/* A bucket: it holds sockets, or else addresses and ports, each with its sockets. */
struct tcpscope_chain {
	enum tcpscope_table table;
	const struct inet_hashinfo *hashinfo;
	unsigned int slot;
	union {
		struct hlist_nulls_head *sockets;
		struct hlist_head *ports;	/* of BOUND */
	};
	spinlock_t *lock;	/* what protects either */
};

/*
 * Takes and gives back the lock. Bottom halves stay on for the lock of a
 * listener's bucket, which they never take: under PREEMPT_RT turning them off is
 * a lock too, and the kernel takes the two the other way round (inet_unhash).
 */
static inline void tcpscope_chain_lock(const struct tcpscope_chain *chain)
	__acquires(chain->lock)
{
	if (chain->table != TCPSCOPE_LISTENERS)
		local_bh_disable();
	spin_lock(chain->lock);
}

static inline void tcpscope_chain_unlock(const struct tcpscope_chain *chain)
	__releases(chain->lock)
{
	spin_unlock(chain->lock);
	if (chain->table != TCPSCOPE_LISTENERS)
		local_bh_enable();
}

/* All of what follows needs the lock. */

/* The first owner of this address and port, or of the next that has one; or NULL. */
struct sock *tcpscope_first_owner(const struct hlist_node *port);
/* The owner behind sk, if need be of the next address and port; or NULL. */
struct sock *tcpscope_next_owner(const struct sock *sk);

static inline struct sock *
tcpscope_socket_of(const struct hlist_nulls_node *node)
{
	return is_a_nulls(node) ? NULL :
		hlist_nulls_entry(node, struct sock, sk_nulls_node);
}

/* The first socket, or the one behind sk, which is in it; NULL at the end. */
static inline struct sock *
tcpscope_chain_first(const struct tcpscope_chain *chain)
{
	lockdep_assert_held(chain->lock);
	return chain->table == TCPSCOPE_BOUND ?
		tcpscope_first_owner(chain->ports->first) :
		tcpscope_socket_of(chain->sockets->first);
}

static inline struct sock *
tcpscope_chain_after(const struct tcpscope_chain *chain, const struct sock *sk)
{
	return chain->table == TCPSCOPE_BOUND ?
		tcpscope_next_owner(sk) :
		tcpscope_socket_of(sk->sk_nulls_node.next);
}

/*
 * Whether sk, to which the caller has a reference, is in it. A socket changes
 * its bucket at any time, under the locks of the two.
 */
bool tcpscope_chain_has(const struct tcpscope_chain *chain, struct sock *sk);

#endif /* TCPSCOPE_CHAIN_H */
