/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One pass over all that is known: connections with what the recorder knows of
 * them, and the ended. Every command that shows connections reads them here.
 *
 * snapshot/ is what reads sources: it joins, filters, and knows what is missing.
 * Each half does without the other: without the module the connections are those
 * the recorder follows, of which less is known; without the recorder they have no
 * history. It prints nothing but what could not be read.
 */
#ifndef SNAPSHOT_SNAPSHOT_H
#define SNAPSHOT_SNAPSHOT_H

#include "conn/life_index.h"
#include "conn/row.h"
#include "filter/selection.h"
#include "snapshot/join.h"
#include "source/sources.h"

#define SNAPSHOT_ENDED_MS 60000 /* what ended longer ago is of no use to whoever counts */

/* Takes a whole row; anything but 0 ends the reading. Negative: -errno. */
typedef int (*snapshot_row_fn)(const struct tcpscope_row *row, void *ctx);

struct snapshot {
	const struct sources *sources;
	const struct selection *selection; /* which connections */
	bool with_closed; /* if asked for, sockets too that are only bound */
	enum life_part part; /* what rows need of their lives; those that only the recorder knows have all of it */
	snapshot_row_fn row; /* those selected, with all that is known of them; */
	/*
	 * or, for whoever counts, a connection and the little of its life that counting
	 * needs, or NULL. Listeners come in any case.
	 */
	void (*conn)(const struct tcpscope_conn *conn, const struct life_brief *life, void *ctx);
	/* Beside that, one that has ended in the last minute, latest first; */
	void (*ended)(const struct tcpscope_ended *ended, void *ctx);
	/* and connect()s that found no port. */
	source_no_port_fn no_port;
	void *ctx;

	/* Private to the passes. */
	struct join join;
	bool any; /* everything is selected */

	/* What came of it. */
	enum source_trouble module; /* why there is nothing of the module, or not all; */
	enum source_trouble recorder; /* and of the recorder */
	bool from_lives; /* the connections are the recorder's: only it has them */
	uint64_t now_ns; /* of it all */
	uint64_t covers_ms; /* what ended longer ago than that was forgotten; UINT64_MAX: nothing that matters */
	struct life_index lives; /* for conn(): the owners of what it was given */
};

/* Prepares for the passes below; the members down to ctx are set by then. */
void snapshot_init(struct snapshot *snapshot);
void snapshot_free(struct snapshot *snapshot);

/*
 * Gives those that exist to row() or conn(). 0, or the negative value that row()
 * returned or with which the recorder could not be read. What the halves lacked
 * is in the snapshot.
 */
int snapshot_living(struct snapshot *snapshot);

/* Gives those that ended and are remembered to row(). The same. */
int snapshot_ended(struct snapshot *snapshot);

/* Whether it has any connection to show, or the reading of them failed as a whole. */
static inline bool snapshot_has_any(const struct snapshot *snapshot)
{
	return !snapshot->module || source_trouble_is_partial(snapshot->module) || !snapshot->recorder;
}

/*
 * All for whoever counts: what exists to conn(), what ended of late to ended(), and
 * to no_port(). EXIT_DONE; or another exit status after a line on stderr, if the
 * recorder could not be read. What the halves lacked is in the snapshot.
 */
int snapshot_count(struct snapshot *snapshot);

/* Says on stderr that the recorder could not be read, for that -errno. EXIT_FAILED. */
int snapshot_failed(int error);

/*
 * Says in a line on stderr why there are no connections, not all of them, or less is
 * known of them. EXIT_FAILED then, else EXIT_DONE.
 */
int snapshot_status(const struct snapshot *snapshot);

/* The life of a cookie. 0, or -errno (-ENOENT: not known). */
int snapshot_life(const struct snapshot *snapshot, uint64_t cookie, struct tcpscope_life *life);

#endif
