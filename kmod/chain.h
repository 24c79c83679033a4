/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sockets of one bucket of one of TCP's hash tables, as a list.
 */
#ifndef TCPSCOPE_CHAIN_H
#define TCPSCOPE_CHAIN_H

#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/list_nulls.h>
#include <linux/spinlock_types.h>
#include <linux/types.h>

struct inet_hashinfo;
struct sock;

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

/* How many buckets such a table has. */
unsigned int tcpscope_chains(enum tcpscope_table table,
			     const struct inet_hashinfo *hashinfo);

/* The bucket of this number, less than tcpscope_chains(). */
struct tcpscope_chain tcpscope_chain(enum tcpscope_table table,
				     struct inet_hashinfo *hashinfo,
				     unsigned int slot);

/* Whether it looks empty; needs no lock. */
bool tcpscope_chain_is_empty(const struct tcpscope_chain *chain);

/*
 * Takes and gives back the lock. Bottom halves stay on for the lock of a
 * listener's bucket, which they never take: under PREEMPT_RT turning them off is
 * a lock too, and the kernel takes the two the other way round (inet_unhash).
 */
void tcpscope_chain_lock(const struct tcpscope_chain *chain)
	__acquires(chain->lock);
void tcpscope_chain_unlock(const struct tcpscope_chain *chain)
	__releases(chain->lock);

/* All of what follows needs the lock. */

/* The first socket, or the one behind sk, which is in it; NULL at the end. */
struct sock *tcpscope_chain_first(const struct tcpscope_chain *chain);
struct sock *tcpscope_chain_after(const struct tcpscope_chain *chain,
				  struct sock *sk);

/*
 * Whether sk, to which the caller has a reference, is in it. A socket changes
 * its bucket at any time, under the locks of the two.
 */
bool tcpscope_chain_has(const struct tcpscope_chain *chain, struct sock *sk);

#endif /* TCPSCOPE_CHAIN_H */
