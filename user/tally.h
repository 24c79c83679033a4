/* SPDX-License-Identifier: GPL-2.0 */
/* Counting connections for the overview. Pure: no I/O. */
#ifndef TALLY_H
#define TALLY_H

#include "filter.h"
#include "netns.h"

/* Something an operator wants to be told of, if enough connections are so. */
struct finding {
	const char *
		filter; /* exactly those: what is counted is what ls will show */
	const char *what;
	uint64_t at_least;
};

/* NULL ends them. */
const struct finding *finding_at(size_t i);

#define FINDINGS_MAX 16

struct tally {
	uint64_t connections;
	uint64_t states[256]; /* by row_state() */
	uint64_t timers[256]; /* armed, by enum tcpscope_timer_kind */
	uint64_t findings[FINDINGS_MAX];

	struct filter *filters[FINDINGS_MAX];
	struct netns_id *netns; /* sorted */
	size_t n_netns, netns_size;
};

void tally_init(struct tally *tally);
void tally_free(struct tally *tally);
void tally_add(struct tally *tally, const struct tcpscope_row *row);

#endif
