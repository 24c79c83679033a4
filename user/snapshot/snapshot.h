/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One pass over all that is known: connections with what the recorder knows of
 * them, and the ended. snapshot/ is what reads sources: it joins, filters and
 * counts what is missing; it prints nothing but that.
 */
#ifndef SNAPSHOT_SNAPSHOT_H
#define SNAPSHOT_SNAPSHOT_H

#include "conn/life_index.h"
#include "filter/selection.h"
#include "source/losses.h"

#define SNAPSHOT_ENDED_MS 60000 /* what ended longer ago is of no use to anybody here */

struct snapshot {
	const struct selection *selection; /* which connections; listeners come in any case */
	/* A connection, and what the recorder knows of it or NULL. */
	void (*conn)(const struct tcpscope_conn *conn, const struct life_brief *whose, void *ctx);
	/* One that has ended in the last minute, latest first. */
	void (*ended)(const struct tcpscope_ended *ended, void *ctx);
	/* connect()s that found no port, if their namespace and family are asked for. */
	source_no_port_fn no_port;
	void *ctx;

	struct life_index whose; /* filled before the first call; its now_ns is the time of it all */
	struct store store; /* asks the recorder for a life, within those calls */
	bool history; /* whether there is a recorder */
	uint64_t covers_ms; /* what ended longer ago than that was forgotten; UINT64_MAX: nothing that matters */
};

/*
 * Makes the pass. An enum source_trouble: of the module; or a negative -errno of
 * the recorder. What a pass leaves in the snapshot is for snapshot_free().
 */
int snapshot_run(struct snapshot *snapshot);

/* Says on stderr what snapshot_run() gave, unless that is 0. Gives an exit status. */
int snapshot_status(int trouble);

void snapshot_free(struct snapshot *snapshot);

#endif
