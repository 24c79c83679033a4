/* SPDX-License-Identifier: GPL-2.0 */
/* What one end alone can say of the segments. */
#ifndef EXPLAIN_ONE_END_H
#define EXPLAIN_ONE_END_H

#include "explain/acts.h"

/* Adds the segments that this end sent or received; the other end is not known. */
void segments_alone(struct exchange *exchange, struct end_acts *self);

#endif
