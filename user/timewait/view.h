/* SPDX-License-Identifier: GPL-2.0 */
/* TIME-WAITs counted, as tables or as a document on stdout. */
#ifndef TIMEWAIT_VIEW_H
#define TIMEWAIT_VIEW_H

#include "source/source.h"
#include "timewait/timewait.h"

struct timewait_view {
	const struct timewait *timewait;
	const struct tcpscope_totals *totals; /* of the recorder, or NULL */
	const struct source_losses *losses; /* of the recorder, or NULL */
	uint64_t bytes_each; /* kernel memory of a minisocket; 0: unknown */
	unsigned int top; /* lines of a table at most */
	bool header;
};

/* On stdout. 0, or the -errno of a write, which may also be told by ferror(). */
int timewait_print(const struct timewait_view *view);
int timewait_print_json(const struct timewait_view *view);

/* The owners: each process, or folded if these are more lines than wanted. To be freed as groups. */
void timewait_owners(const struct timewait_view *view, struct groups *owners);

#endif
