/* SPDX-License-Identifier: GPL-2.0 */
/* The connections to be explained, and for each what may be its other end. No I/O. */
#ifndef EXPLAIN_PEERS_H
#define EXPLAIN_PEERS_H

#include "explain/exchange.h"

struct peers {
	struct tcpscope_row *row;
	size_t n, size;
	struct tcpscope_row *other; /* rows of other ends */
	size_t n_others, size_others;
	struct tcpscope_row *target; /* for each subject, if there are few: the listener it connects to; cookie 0: none */
	bool *several; /* more than one may be it */
	/* Lists, each link a number + 1, or 0 at the end: of peers by their ports, */
	size_t *bucket, *next;
	size_t *next_numbered; /* the same by their initial sequence numbers, */
	/* and of the other ends of a subject. */
	size_t *first_other, *next_other;
};

/* Gives back the memory; peers are made by zeroing them. */
void peers_free(struct peers *peers);

/* Adds one; not after the first offer. */
void peers_add(struct peers *peers, const struct tcpscope_row *row);

/* Keeps the row if it is the other end of any, or the listener it connects to. */
void peers_offer(struct peers *peers, const struct tcpscope_row *row);

/* Begins the exchange of one, with all the lives of its other end. */
void peers_story(const struct peers *peers, size_t i, struct exchange *exchange, uint64_t now_ns);

#endif
