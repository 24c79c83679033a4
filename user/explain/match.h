/* SPDX-License-Identifier: GPL-2.0 */
/* Brings together what one end sent and the other received. */
#ifndef EXPLAIN_MATCH_H
#define EXPLAIN_MATCH_H

#include "explain/acts.h"
#include "lib/error.h"

#define BURST_NS (5 * NSEC_PER_MSEC) /* what is sent in it is no answer to a timeout */

/* Adds the segment of what the receiver's i-th act received, with the act that sent it if that is known. */
void match_met(struct match *match, size_t i);

/* Adds what was sent and did not arrive, as far as is known, with its fate; when all that arrived is matched. */
void match_rest(struct match *match);

#endif
