/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rows on their way to be joined with the recorder's lives. If heads are enough and the
 * recorder can, some hundred of them wait, and are asked for at once; else one does.
 */
#ifndef SNAPSHOT_JOIN_H
#define SNAPSHOT_JOIN_H

#include "conn/row.h"
#include "filter/filter.h"
#include "source/source.h"

/* One that waits, with the place of its life for the question. */
union waiting {
	struct {
		struct tcpscope_row row;
		enum filter_answer answer; /* without its life */
	};
	char stride[TCPSCOPE_JOIN_STRIDE];
};
_Static_assert(sizeof(union waiting) == TCPSCOPE_JOIN_STRIDE, "rows are too large for the recorder's array");

struct join {
	struct source *recorder;
	enum life_part part; /* that is needed */
	union waiting *waiting;
	size_t n, max; /* of these; max is 0 before the first */
	union waiting *own; /* NULL: they wait where the recorder answers */
};

/* Takes one that was joined; anything but 0 ends it. */
typedef int (*joined_fn)(const union waiting *joined, void *ctx);

/* Prepares it. The source outlives it; part is not LIFE_NONE. */
void join_init(struct join *join, struct source *recorder, enum life_part part);
void join_free(struct join *join);

/* Makes room for some that wait. */
void join_begin(struct join *join);

/* Where the next row goes; it waits once join_keep() is called. */
static inline union waiting *join_next(struct join *join)
{
	if (!join->max)
		join_begin(join);
	return &join->waiting[join->n];
}

/* Gives all that wait to fn, joined, in their order. 0, or what fn returned. */
int join_rest(struct join *join, joined_fn fn, void *ctx);

/* Lets that one wait, unless no more may: then gives them all. The same. */
static inline int join_keep(struct join *join, joined_fn fn, void *ctx)
{
	struct tcpscope_row *row = &join->waiting[join->n].row;

	row->life.cookie = row->conn.cookie; /* the question */
	return ++join->n < join->max ? 0 : join_rest(join, fn, ctx);
}

#endif
