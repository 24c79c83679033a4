/* SPDX-License-Identifier: GPL-2.0 */
/* Which connections are asked for: a filter, families, a network namespace. */
#ifndef FILTER_SELECTION_H
#define FILTER_SELECTION_H

#include "filter/filter.h"
#include "source/netns.h"

/* Zeroed, it selects everything. */
struct selection {
	int family; /* AF_UNSPEC: both */
	bool in_netns;
	struct netns_id netns; /* if in_netns */
	struct filter *filter; /* NULL: everything */
};

/* Judges a row; NO is final, as in filter_answer(). */
enum filter_answer selection_answer(const struct selection *selection, const struct tcpscope_row *row);

/* Whether it is in the namespace that is asked for, if one is. */
bool selection_in_netns(const struct selection *selection, const struct tcpscope_conn *conn);

/* Whether the answer is YES for every row there can be. */
bool selection_is_all(const struct selection *selection);

/* What every row of the answer YES must have. */
struct filter_bounds selection_bounds(const struct selection *selection);

#endif
