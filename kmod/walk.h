/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The walk over every TCP socket of every network namespace.
 */
#ifndef TCPSCOPE_WALK_H
#define TCPSCOPE_WALK_H

#include <linux/types.h>
#include <linux/xarray.h>

#include "chain.h"
#include "copy.h"
#include "facts.h"

/*
 * A walk in progress. The batch is what the last tcpscope_walk_next() found, to
 * be looked at with tcpscope_walk_after(); the rest is the walk's own.
 *
 * It holds no lock and no reference between two calls: it remembers a bucket
 * and, if that is a long one, the cookies of those it has shown of it.
 */
struct tcpscope_walk {
	void *batch;			/* facts without a gap, each of tcpscope_facts_size() */
	unsigned int n;			/* of how many sockets */
	size_t len;			/* and how many bytes */
	size_t size;			/* of batch, */
	size_t most;			/* and what it may grow to */
	enum tcpscope_table table;
	enum tcpscope_table first, end;	/* it walks [first, end) */
	unsigned int bucket;		/* the one at hand */
	unsigned int rounds;		/* how often it was begun with; 0: not yet */
	struct xarray seen;		/* of a long bucket: ports by cookie */
	u64 net_cookie;			/* PERNET: of the namespace at hand */
	struct xarray nets_done;	/* PERNET: by cookie */
	struct tcpscope_now now;	/* read anew with each jiffy */
};

/* The facts of the batch after these, the first for NULL; NULL at its end. */
static inline const struct tcpscope_facts *
tcpscope_walk_after(const struct tcpscope_walk *walk,
		    const struct tcpscope_facts *facts)
{
	const void *next = walk->batch;

	if (facts)
		next = (const void *)facts + tcpscope_facts_size(facts);
	return next < walk->batch + walk->len ? next : NULL;
}

/* Sockets a fresh walk has room for, whatever their facts. */
#define TCPSCOPE_WALK_BATCH 256
/* And one that comes across a long chain: the bound of a batch (7 MiB). */
#define TCPSCOPE_WALK_BATCH_MAX 16384U

/*
 * Begins a walk with room for so many sockets (at least 1; TCPSCOPE_WALK_BATCH is
 * a good choice). Gives 0 or -ENOMEM; after 0 it is to be destroyed. Sleeps.
 */
int tcpscope_walk_init(struct tcpscope_walk *walk, unsigned int records);

/*
 * Lets a fresh walk see the sockets that are bound to a port and neither listen
 * nor connect, instead of all others. They are kept apart because that takes a
 * look at every socket there is.
 */
void tcpscope_walk_closed(struct tcpscope_walk *walk);

/*
 * Fetches the next facts into walk->batch, in place of those that were there.
 * Gives of how many sockets (walk->n), 0 at the end, -ENOMEM if there is no room
 * for one, -EINTR if the caller is being killed. After an error the walk can be
 * resumed where it was.
 *
 * A connection that lives from the first call to the last is seen exactly once
 * (pass.c has the reasons, and the exceptions). Takes the locks of the buckets,
 * one at a time, and each for a bounded time. Sleeps.
 */
int tcpscope_walk_next(struct tcpscope_walk *walk);

/* Back to the first bucket; the batch is emptied and kept. */
void tcpscope_walk_rewind(struct tcpscope_walk *walk);

/* Ends a walk and frees its memory. May sleep. */
void tcpscope_walk_destroy(struct tcpscope_walk *walk);

#endif /* TCPSCOPE_WALK_H */
