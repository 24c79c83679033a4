/* SPDX-License-Identifier: GPL-2.0 */
/* One pass over all that is known: connections with what the recorder knows of them, and the ended. */
#ifndef GATHER_H
#define GATHER_H

#include "history.h"
#include "options.h"
#include "whose.h"

#define GATHER_ENDED_MS 60000 /* what ended longer ago is of no use to anybody here */

struct gather {
	const struct options *options; /* which connections; listeners come in any case */
	/* A connection, and what the recorder knows of it or NULL. */
	void (*conn)(const struct tcpscope_conn *conn, const struct whose *whose, void *ctx);
	/* One that has ended in the last minute, latest first. */
	void (*ended)(const struct tcpscope_ended *ended, void *ctx);
	/* connect()s that found no port, if their namespace and family are asked for. */
	source_no_port_fn no_port;
	void *ctx;

	struct whose_index whose; /* filled before the first call; its now_ns is the time of it all */
	struct store store; /* asks the recorder for a life, within those calls */
	bool history; /* whether there is a recorder */
	uint64_t covers_ms; /* what ended longer ago than that was forgotten; UINT64_MAX: nothing that matters */
};

/*
 * Makes the pass. An enum source_trouble: of the module; or a negative -errno of
 * the recorder. What a pass leaves in the gather is for gather_free().
 */
int gather_run(struct gather *gather);

/* Says on stderr what gather_run() gave, unless that is 0. Gives an exit status. */
int gather_status(int trouble);

void gather_free(struct gather *gather);

#endif
