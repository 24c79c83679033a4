/* SPDX-License-Identifier: GPL-2.0 */
/* A source of records made by hand. Any number of them may be open at once. */
#ifndef CANNED_SOURCE_H
#define CANNED_SOURCE_H

#include "source/sources.h"

struct canned {
	struct source source; /* the first member; its trouble may be set */
	const struct tcpscope_conn *conns; /* each with room for all its timers */
	size_t n_conns;
	const struct tcpscope_life *lives;
	size_t n_lives;
	const struct tcpscope_ended *ended; /* latest first */
	size_t n_ended;
	const struct tcpscope_totals *totals; /* NULL: there are none */
	const struct source_losses *losses;
	void *questions; /* where to ask for many lives at once, TCPSCOPE_JOIN_STRIDE each; NULL: nowhere */
	size_t n_questions;
	size_t answered; /* how often they were */
	uint64_t now_ns;
	unsigned int closed; /* how often source_close() was called; it frees nothing */
};

/* Makes the rest of it a source. Returns that. */
struct source *canned_source(struct canned *canned);

/* The settings of a namespace that canned ones have: Linux's, with counters of 0. */
void canned_netns(struct source *source, struct netns *netns, struct netns_id id);

#endif
