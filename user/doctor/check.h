/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a check has to work with, and what it finds. What a check counts while the
 * connections stream past is in a table of groups of its own.
 *
 * A new check is a row of check_table.c with its functions in one of check_*.c;
 * nothing else in doctor/ or below it changes.
 */
#ifndef DOCTOR_CHECK_H
#define DOCTOR_CHECK_H

#include "filter/selection.h"
#include "snapshot/snapshot.h"
#include "timewait/timewait.h"

#define CHECKS_MAX 24

struct limits {
	double warning, critical; /* from which on the value is one */
	double age_sec; /* from which on a connection counts, if the check has that */
};

struct doctor_run {
	struct selection selection;
	struct limits limits[CHECKS_MAX]; /* those of the table, unless told otherwise */
	uint64_t span_ns; /* between the two samples */

	struct sources sources;
	struct snapshot snapshot;
	struct timewait timewait; /* its places have the first sample */
	struct groups groups[CHECKS_MAX]; /* of each check */
	struct netns_counters *later; /* the second sample, of each place */
	struct netns host; /* our own namespace, for what concerns the whole host */
	struct netns_counters host_later;
	const struct source_losses *losses; /* of the recorder, NULL: there is none */
	struct source_losses losses_data;
	uint64_t changes; /* of state that the recorder saw */
	uint64_t recorded_ms; /* how long it has been attached; 0: not known */
	uint64_t overlooked; /* connections it may have lost meanwhile, at most */
};

enum level { LEVEL_OK, LEVEL_UNKNOWN, LEVEL_WARNING, LEVEL_CRITICAL };

struct finding {
	enum level level;
	double value; /* what was compared with the limits */
	char evidence[512]; /* in words, the guilty named */
};

/* What of its groups' keys says who is guilty. */
enum guilty {
	GUILTY_OWNER = 1 << 0,
	GUILTY_LOCAL = 1 << 1, /* address; the port too, if PORT is not the peer's */
	GUILTY_PEER = 1 << 2,
	GUILTY_PEER_PORT = 1 << 3,
	GUILTY_LOCAL_PORT = 1 << 4,
	GUILTY_REASON = 1 << 5, /* key.kind is an enum tcpscope_reason */
	GUILTY_COUNTED = 1 << 6, /* its members may have several owners, each counted */
};

/* A half that a check cannot do without. */
enum half { NEEDS_NOTHING, NEEDS_MODULE, NEEDS_RECORDER };

struct check {
	const char *name;
	const char *what; /* it looks at */
	const char *unit; /* of the value */
	struct limits limits; /* by default */
	unsigned int guilty;
	enum half needs; /* else what it finds is unknown */
	/* Counts a connection, or one that has ended so long ago, in its groups; may be NULL. */
	void (*take)(struct doctor_run *run, struct groups *groups, const struct limits *limits,
		     const struct tcpscope_conn *conn, const struct life_brief *whose);
	void (*ended)(struct doctor_run *run, struct groups *groups, const struct tcpscope_ended *ended,
		      uint64_t ago_ms);
	/* Decides; the level stays OK unless it says otherwise. */
	void (*judge)(const struct doctor_run *run, const struct groups *groups,
		      const struct limits *limits, struct finding *finding);
	const char *remedy;
};

/* --- finding.c: what checks are made of --- */

/* "ok", "unknown", "warning", "critical". */
const char *level_name(enum level level);

/*
 * How much a counter grew between the samples in all namespaces where it could
 * be read; *unknown is the number of the others.
 */
int64_t counter_grown(const struct doctor_run *run, enum netns_counter counter, size_t *unknown);

/* Sets the level by the limits. */
void finding_set(struct finding *finding, const struct limits *limits, double value);

/* Adds to the evidence. */
void finding_say(struct finding *finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Says by how much a counter grew between the samples, if it did, and that this
 * is critical: ", 3 WHAT within 1.0 s"; and where it can't be known.
 */
void finding_grown(const struct doctor_run *run, enum netns_counter counter, const char *what,
		   struct finding *finding);

/* Adds the heaviest groups to the evidence: "5 of nginx/12, oldest 3min; …". */
void finding_blame(const struct doctor_run *run, const struct groups *groups, unsigned int guilty,
		   struct finding *finding);

/* Who a group is, by what its key says: "nginx/12 > 10.0.0.2:80". */
void guilty_text(const struct doctor_run *run, const struct group *group, unsigned int guilty,
		 char to[static 200]);

/* The owner of a group, by its key or since all members have it; an unknown one if they have several. Never NULL. */
const struct tcpscope_owner *guilty_owner(const struct doctor_run *run, const struct group *group,
					  unsigned int guilty);

/* The key for a connection: what guilty says, and the namespace. */
struct group_key check_key(const struct doctor_run *run, const struct tcpscope_conn *conn,
			   const struct life_brief *whose, unsigned int guilty);

/*
 * Whether its handshake is complete and accept() has not returned it: it has no inode yet.
 * An orphan has none any more.
 */
bool waits_for_accept(const struct tcpscope_conn *conn);

/*
 * Counts a connection that has been in its state for so long as the limits say.
 * One whose time the recorder does not know has been there for longer than the
 * recorder, or the recorder lost it: as many as that may be are counted apart,
 * in amount, and all of them while the recorder is not old enough.
 */
void count_aged(struct doctor_run *run, struct group *group, const struct life_brief *whose,
		const struct limits *limits);

#endif
