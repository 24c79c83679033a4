/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The doctor: what is examined, and what is found. Every check is a row of one
 * table; what it counts while the connections stream past is in a table of
 * groups of its own.
 */
#ifndef EXAM_H
#define EXAM_H

#include "gather.h"
#include "timewait.h"

#define CHECKS_MAX 24

struct limits {
	double warning, critical; /* from which on the value is one */
	double age_sec; /* from which on a connection counts, if the check has that */
};

struct exam {
	struct options options;
	struct limits limits[CHECKS_MAX]; /* those of the table, unless told otherwise */
	uint64_t span_ns; /* between the two samples */

	struct gather gather;
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

/* "ok", "unknown", "warning", "critical". */
const char *level_name(enum level level);

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
	GUILTY_VOTED = 1 << 6, /* the owner is the one most members have */
};

struct check {
	const char *name;
	const char *what; /* it looks at */
	const char *unit; /* of the value */
	struct limits limits; /* by default */
	unsigned int guilty;
	/* Counts a connection, or one that has ended so long ago, in its groups; may be NULL. */
	void (*take)(struct exam *exam, struct groups *groups, const struct limits *limits,
		     const struct tcpscope_conn *conn, const struct whose *whose);
	void (*ended)(struct exam *exam, struct groups *groups, const struct tcpscope_ended *ended,
		      uint64_t ago_ms);
	/* Decides; the level stays OK unless it says otherwise. */
	void (*judge)(const struct exam *exam, const struct groups *groups,
		      const struct limits *limits, struct finding *finding);
	const char *remedy;
};

/* The i-th check, or NULL at the end. */
const struct check *check_at(size_t i);

/* Fills in what the i-th check finds. */
void check_run(const struct exam *exam, size_t i, struct finding *finding);

/* exam.c. Reads "CHECK.warning=N", "….critical=N" or "….age=SPAN" of --set. 0, or an exit status. */
int exam_set(struct exam *exam, const char *word);

/* Takes both samples, and everything between; 0, or an exit status after a line on stderr. */
int exam_run(struct exam *exam);
void exam_init(struct exam *exam);
void exam_free(struct exam *exam);

/*
 * How much a counter grew between the samples in all namespaces where it could
 * be read; *unknown is the number of the others.
 */
int64_t exam_grown(const struct exam *exam, enum netns_counter counter, size_t *unknown);

/* --- check.c: what checks are made of --- */

/* Sets the level by the limits. */
void finding_set(struct finding *finding, const struct limits *limits, double value);

/* Adds to the evidence. */
void finding_say(struct finding *finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Says by how much a counter grew between the samples, if it did, and that this
 * is critical: ", 3 WHAT within 1.0 s"; and where it can't be known.
 */
void finding_grown(const struct exam *exam, enum netns_counter counter, const char *what,
		   struct finding *finding);

/* Adds the heaviest groups to the evidence: "5 of nginx/12, oldest 3min; …". */
void finding_blame(const struct exam *exam, const struct groups *groups, unsigned int guilty,
		   struct finding *finding);

/* Who a group is, by what its key says: "nginx/12 > 10.0.0.2:80". */
void guilty_text(const struct exam *exam, const struct group *group, unsigned int guilty,
		 char to[static 200]);

/* The owner of a group, by its key or by vote; never NULL. */
const struct tcpscope_owner *guilty_owner(const struct exam *exam, const struct group *group,
					  unsigned int guilty);

/* The key for a connection: what guilty says, and the namespace. */
struct group_key check_key(const struct exam *exam, const struct tcpscope_conn *conn,
			   const struct whose *whose, unsigned int guilty);

/*
 * Counts a connection that has been in its state for so long as the limits say.
 * One whose time the recorder does not know has been there for longer than the
 * recorder, or the recorder lost it: as many as that may be are counted apart,
 * in amount, and all of them while the recorder is not old enough.
 */
void count_aged(struct exam *exam, struct group *group, const struct whose *whose,
		const struct limits *limits);

/* The checks themselves. */
#define CHECK_TAKE(name)                                                                    \
	void take_##name(struct exam *exam, struct groups *groups, const struct limits *limits, \
			 const struct tcpscope_conn *conn, const struct whose *whose)
#define CHECK_ENDED(name)                                        \
	void ended_##name(struct exam *exam, struct groups *groups, \
			  const struct tcpscope_ended *ended, uint64_t ago_ms)
#define CHECK_JUDGE(name)                                                      \
	void judge_##name(const struct exam *exam, const struct groups *groups, \
			  const struct limits *limits, struct finding *finding)

CHECK_JUDGE(time_wait);
CHECK_JUDGE(ports);
CHECK_TAKE(close_wait);
CHECK_TAKE(fin_wait2);
CHECK_JUDGE(aged);
CHECK_TAKE(syn_sent);
CHECK_JUDGE(syn_sent);
CHECK_TAKE(syn_recv);
CHECK_JUDGE(syn_recv);
CHECK_TAKE(accept_queue);
CHECK_JUDGE(accept_queue);
CHECK_TAKE(retransmits);
CHECK_JUDGE(retransmits);
CHECK_TAKE(zero_window);
CHECK_JUDGE(zero_window);
CHECK_TAKE(orphans);
CHECK_JUDGE(orphans);
CHECK_TAKE(idle);
CHECK_JUDGE(idle);
CHECK_ENDED(resets);
CHECK_JUDGE(resets);
CHECK_ENDED(handshakes);
CHECK_JUDGE(handshakes);
CHECK_TAKE(memory);
CHECK_JUDGE(memory);
CHECK_JUDGE(losses);

#endif
