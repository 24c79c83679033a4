/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counting connections for the overview, and what stands out among them. Pure: no
 * I/O. A new highlight is a row of counts.c's table: a filter, and from which
 * count on it is shown.
 */
#ifndef OVERVIEW_COUNTS_H
#define OVERVIEW_COUNTS_H

#include "filter/filter.h"
#include "source/netns.h"

/* Something an operator wants to be told of, if enough connections are so. */
struct highlight {
	const char *
		filter; /* exactly those: what is counted is what ls will show */
	const char *what;
	uint64_t at_least;
};

/* NULL ends them. */
const struct highlight *highlight_at(size_t i);

#define HIGHLIGHTS_MAX 16

struct counts {
	uint64_t connections;
	uint64_t states[256]; /* by row_state() */
	uint64_t timers[256]; /* armed, by enum tcpscope_timer_kind */
	uint64_t highlights[HIGHLIGHTS_MAX];
	uint64_t unknown[HIGHLIGHTS_MAX]; /* of each, connections that may be so; without the module only */

	struct filter *filters[HIGHLIGHTS_MAX];
	/* What must be known of a connection that is so, and of which timers it must have one. */
	uint64_t needs[HIGHLIGHTS_MAX], needs_timer[HIGHLIGHTS_MAX];
	/* By state, a bit each: highlights that are so of all of it, and those that depend on more. */
	uint16_t is_so[TCPSCOPE_STATE_MAX], depends[TCPSCOPE_STATE_MAX];
	struct netns_id *netns; /* sorted */
	size_t n_netns, netns_size;
	struct netns_id last; /* added */
};

void counts_init(struct counts *counts);
void counts_free(struct counts *counts);
void counts_add(struct counts *counts, const struct tcpscope_row *row);

#endif
