/* SPDX-License-Identifier: GPL-2.0 */
/* TIME-WAITs counted, as tables or as a document on stdout. */
#ifndef TIMEWAIT_VIEW_H
#define TIMEWAIT_VIEW_H

#include "source.h"
#include "timewait.h"

struct timewait_view {
	const struct timewait *timewait;
	const struct tcpscope_totals *totals; /* of the recorder, or NULL */
	const struct source_losses *losses; /* of the recorder, or NULL */
	uint64_t bytes_each; /* kernel memory of a minisocket; 0: unknown */
	unsigned int top; /* lines of a table at most */
	bool header;
};

void timewait_print(const struct timewait_view *view);
void timewait_print_json(const struct timewait_view *view);

/* "10.0.0.1", "[::1]:80" with a port; in to[]. */
const char *timewait_address(const struct group_key *key, const uint8_t addr[16], int port,
			     char to[static 64]);

/* "curl/123", "curl (12 processes)" for folded ones, "-" for the unknown; in to[]. */
const char *timewait_owner(const struct group *group, char to[static 48]);

/* The owners: each process, or folded if these are more lines than wanted. To be freed as groups. */
void timewait_owners(const struct timewait_view *view, struct groups *owners);

/* The namespace's name, else its number, "(gone)" if another has that now; in to[]. */
const char *timewait_netns(const struct timewait *timewait, struct netns_id id, char to[static 64]);

#endif
