/* SPDX-License-Identifier: GPL-2.0 */
/* Data that was retransmitted, and its acknowledgments. */
#ifndef EXPLAIN_RETRANSMIT_H
#define EXPLAIN_RETRANSMIT_H

#include "explain/acts.h"

/* Adds every sending of data that was retransmitted, with its fate. */
void match_data(struct match *match);

#endif
