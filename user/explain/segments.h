/* SPDX-License-Identifier: GPL-2.0 */
/* The segments between two ends, worked out from what both recorded. */
#ifndef EXPLAIN_SEGMENTS_H
#define EXPLAIN_SEGMENTS_H

#include "explain/exchange.h"

/*
 * Fills in exchange->segments, in order of time and with their sequence numbers as
 * far as they are known; when all lives of both ends have been added.
 */
void segments_find(struct exchange *exchange);

#endif
