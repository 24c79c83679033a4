/* SPDX-License-Identifier: GPL-2.0 */
/* Holds the segments against the sockets' counters. */
#ifndef EXPLAIN_COUNTERS_H
#define EXPLAIN_COUNTERS_H

#include "explain/acts.h"

/* Whether the counters cover all of both ends. */
bool match_is_counted(const struct match *match);

/* Adds what they count as lost beyond the segments there are, and takes away what they don't. */
void match_count(struct match *match);

#endif
