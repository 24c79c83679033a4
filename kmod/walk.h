/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The walk over every TCP socket of every network namespace.
 */
#ifndef TCPSCOPE_WALK_H
#define TCPSCOPE_WALK_H

#include <linux/types.h>

#include <tcpscope/abi.h>

#include "timers.h"

/* The tables, in the order they are walked. */
enum tcpscope_walk_table {
	TCPSCOPE_WALK_LISTENERS,	/* lhash2, one for all namespaces */
	TCPSCOPE_WALK_EHASH,		/* the global table of connections */
	TCPSCOPE_WALK_PERNET,		/* those of namespaces that have their own */
	TCPSCOPE_WALK_BOUND,		/* bhash2: what has a port and is closed */
	TCPSCOPE_WALK_END,
};

/*
 * A walk in progress. The batch is what the last tcpscope_walk_next() found, to
 * be looked at with tcpscope_walk_after(); the rest is the walk's own.
 *
 * It holds no lock and no reference between two calls: it remembers a bucket,
 * and never a place inside one.
 */
struct tcpscope_walk {
	void *batch;			/* records without a gap, each of tcpscope_conn_size() */
	unsigned int n;			/* how many */
	size_t len;			/* and how many bytes */
	size_t size;			/* of batch */
	enum tcpscope_walk_table table;
	enum tcpscope_walk_table first, end;	/* it walks [first, end) */
	unsigned int bucket;		/* the next one to look at */
	u64 net_cookie;			/* PERNET: of the namespace at hand */
	struct tcpscope_now now;	/* read anew with each jiffy */
};

/* The record of the batch after rec, the first for NULL; NULL at its end. */
static inline const struct tcpscope_conn *
tcpscope_walk_after(const struct tcpscope_walk *walk,
		    const struct tcpscope_conn *rec)
{
	const void *next = walk->batch;

	if (rec)
		next = (const void *)rec + tcpscope_conn_size(rec);
	return next < walk->batch + walk->len ? next : NULL;
}

/* Records a fresh walk has room for, with all their timers. */
#define TCPSCOPE_WALK_BATCH 256
/* Longest hash chain a walk follows: the bound of its memory (20 MiB). */
#define TCPSCOPE_WALK_BATCH_MAX 65536U

/*
 * Begins a walk with room for so many records (at least 1; TCPSCOPE_WALK_BATCH is
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
 * Fetches the next records into walk->batch, as many whole hash chains as fit,
 * in place of those that were there. Gives how many (walk->n), 0 at the end,
 * -ENOMEM if a chain outgrows what the walk may use, -EINTR if the caller is
 * being killed. After an error the walk can be resumed where it was.
 *
 * A connection that lives from the first call to the last is seen exactly
 * once: each chain is copied under one hold of its bucket's lock, and a
 * connection stays in its bucket from request to timewait minisocket. Takes
 * these locks, one at a time and for one chain at most. Sleeps.
 */
int tcpscope_walk_next(struct tcpscope_walk *walk);

/* Back to the first bucket; the batch is emptied and kept. */
void tcpscope_walk_rewind(struct tcpscope_walk *walk);

/* Ends a walk and frees its memory. May sleep. */
void tcpscope_walk_destroy(struct tcpscope_walk *walk);

/* What others had to wait for, at most, since the module was loaded. */
struct tcpscope_walk_longest {
	unsigned long hold_ns;		/* a bucket's lock held */
	unsigned long gap_ns;		/* no cond_resched(), the wait for the lock included */
};

/* 0 where the processor counts no cycles. Any context. */
struct tcpscope_walk_longest tcpscope_walk_longest(void);

/* Notes the time to which that refers; once, before the first walk. */
void tcpscope_walk_clock(void);

#endif /* TCPSCOPE_WALK_H */
