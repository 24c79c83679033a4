/* SPDX-License-Identifier: GPL-2.0 */
/* What to do about TIME-WAITs, each with what speaks for it and what it would do. Pure. */
#ifndef TIMEWAIT_ADVICE_H
#define TIMEWAIT_ADVICE_H

#include "timewait/timewait.h"

struct advice {
	const char *name;
	char evidence[320]; /* what was measured */
	char effect[320]; /* what it would do here, in numbers; or that it does nothing */
	const char *risk;
	const char *where; /* it is set */
};

/* What the advice is worked out from. */
struct advice_basis {
	const struct timewait *timewait;
	uint64_t bytes_each; /* kernel memory of a minisocket; 0: unknown */
	const struct group *worst; /* of ports, by what is left; NULL: none */
	struct timewait_ports ports; /* of that */
};

/* Finds the worst group of ports. */
void advice_basis(struct advice_basis *basis, const struct timewait *timewait, uint64_t bytes_each);

/* Fills in the i-th advice; 0: it has nothing to say here, -1: there is no i-th. */
int advice_get(const struct advice_basis *basis, size_t i, struct advice *advice);

#endif
