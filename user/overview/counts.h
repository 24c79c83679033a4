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

/* What of a connection the highlights ask for. No padding: it is compared as bytes. */
struct counts_looks {
	uint64_t known, timers;
	uint32_t flags, recv_q, send_q, syn_q;
	uint8_t state, substate, retransmits, from_life;
	uint32_t none;
};
_Static_assert(sizeof(struct counts_looks) == 40, "no padding");

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
	struct counts_looks looks; /* of the row before, and the highlights that were so of it, or may have been */
	uint16_t so, maybe;
};

void counts_init(struct counts *counts);
void counts_free(struct counts *counts);
void counts_add(struct counts *counts, const struct tcpscope_row *row);

#endif
