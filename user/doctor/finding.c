// SPDX-License-Identifier: GPL-2.0
/* What checks are made of: the level, the evidence, who is to blame. */
#include "doctor/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conn/group_text.h"
#include "lib/strbuf.h"

/* Whether no more is known of it than connect()s that failed: nothing of it need be left to count. */
static bool is_memory(const struct timewait_place *place)
{
	return !place->seen && place->no_ports;
}

int64_t counter_grown(const struct doctor_run *run, enum netns_counter counter, size_t *unknown)
{
	int64_t sum = 0;

	*unknown = 0;
	for (size_t i = 0; i < run->timewait.n_places; i++) {
		const struct timewait_place *place = run->timewait.places[i];
		int64_t before = place->netns.counters.count[counter];
		int64_t after = run->later ? run->later[i].count[counter] : before;

		if (before < 0 || after < before)
			*unknown += !is_memory(place);
		else
			sum += after - before;
	}
	return sum;
}

const char *level_name(enum level level)
{
	static const char *const names[] = { "ok", "unknown", "warning", "critical" };

	return names[level];
}

void finding_set(struct finding *finding, const struct limits *limits, double value)
{
	finding->value = value;
	if (value >= limits->critical)
		finding->level = LEVEL_CRITICAL;
	else if (value >= limits->warning)
		finding->level = LEVEL_WARNING;
}

void finding_say(struct finding *finding, const char *format, ...)
{
	size_t len = strlen(finding->evidence);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(finding->evidence + len, sizeof(finding->evidence) - len, format, arguments);
	va_end(arguments);
}

void finding_grown(const struct doctor_run *run, enum netns_counter counter, const char *what,
		   struct finding *finding)
{
	size_t unknown;
	int64_t grown = counter_grown(run, counter, &unknown);

	if (grown) {
		finding_say(finding, ", %" PRId64 " %s within %.1f s", grown, what, run->span_ns / 1e9);
		finding->level = LEVEL_CRITICAL;
	}
	if (!unknown)
		return;
	finding_say(finding, ", in %zu namespaces it is not known how many %s", unknown, what);
	if (finding->level == LEVEL_OK)
		finding->level = LEVEL_UNKNOWN;
}

const struct tcpscope_owner *guilty_owner(const struct doctor_run *run, const struct group *group,
					  unsigned int guilty)
{
	const struct life_brief sole = { .owner = group_sole_owner(group) };

	if (guilty & GUILTY_COUNTED)
		return life_index_owner(&run->snapshot.lives, &sole);
	return &group->key.owner;
}

static void owner_text(struct strbuf *text, const struct tcpscope_owner *owner)
{
	strbuf_printable(text, owner->comm, sizeof(owner->comm));
	strbuf_char(text, '/');
	strbuf_u64(text, owner->pid);
}

#define OWNERS_NAMED 3

/* "cli1/173 (1), cli2/174 (1) and 3 others"; nothing of those that are not known. */
static void owners_text(const struct doctor_run *run, const struct group *group, struct strbuf *text)
{
	uint64_t others = group->of_others;
	size_t named = 0;

	group_sort_owners(group);
	for (size_t i = 0; i < group->n_owners; i++) {
		const struct life_brief whose = { .owner = group->owners[i].owner };
		const struct tcpscope_owner *owner = life_index_owner(&run->snapshot.lives, &whose);

		if (!owner->pid || named == OWNERS_NAMED) {
			others += group->owners[i].n;
			continue;
		}
		strbuf_string(text, named++ ? ", " : "");
		owner_text(text, owner);
		strbuf_string(text, " (");
		strbuf_u64(text, group->owners[i].n);
		strbuf_char(text, ')');
	}
	if (!others || !named)
		return;
	strbuf_string(text, " and ");
	strbuf_u64(text, others);
	strbuf_string(text, " of others");
}

void guilty_text(const struct doctor_run *run, const struct group *group, unsigned int guilty,
		 char to[static 200])
{
	const struct group_key *key = &group->key;
	const struct tcpscope_owner *owner = guilty_owner(run, group, guilty);
	struct strbuf text = {};
	char part[64];

	if (owner->pid)
		owner_text(&text, owner);
	else if (guilty & GUILTY_COUNTED && group->n_owners > 1)
		owners_text(run, group, &text);
	else if (guilty & GUILTY_OWNER)
		strbuf_string(&text, "an unknown process");
	if (guilty & GUILTY_PEER && guilty & GUILTY_REASON && !key->port)
		guilty &= ~GUILTY_PEER; /* a server's */
	if (guilty & (GUILTY_LOCAL | GUILTY_PEER) && text.len)
		strbuf_string(&text, guilty & GUILTY_LOCAL ? " at " : " with ");
	if (guilty & GUILTY_LOCAL)
		strbuf_string(&text, group_address(key, key->local_addr,
						    guilty & GUILTY_LOCAL_PORT ? key->port : -1, part));
	if (guilty & GUILTY_PEER)
		strbuf_string(&text, group_address(key, key->peer_addr,
						    guilty & GUILTY_PEER_PORT ? key->port : -1, part));
	if (guilty & GUILTY_REASON)
		snprintf(part, sizeof(part), ": %s", tcpscope_reason_name(key->kind));
	strbuf_string(&text, guilty & GUILTY_REASON ? part : "");
	snprintf(to, 200, "%.*s", (int)text.len, text.data);
	strbuf_free(&text);
}

#define BLAMED 3 /* groups named in a line */

static void say_oldest(struct finding *finding, const struct group *group)
{
	struct strbuf text = {};

	if (!group->oldest_ms)
		return;
	strbuf_span(&text, group->oldest_ms * 1000000);
	finding_say(finding, ", the oldest for %.*s", (int)text.len, text.data);
	strbuf_free(&text);
}

void finding_blame(const struct doctor_run *run, const struct groups *groups, unsigned int guilty,
		   struct finding *finding)
{
	const struct group **sorted = groups_sorted(groups, group_n);
	size_t i, more = 0;
	char who[200];

	for (i = 0; sorted[i] && i < BLAMED; i++) {
		guilty_text(run, sorted[i], guilty, who);
		finding_say(finding, "%s %" PRIu64 " %s %s", i ? ";" : ":", sorted[i]->n,
			    guilty & GUILTY_LOCAL ? "waiting for" : "of", who);
		say_oldest(finding, sorted[i]);
	}
	while (sorted[i + more])
		more++;
	if (more)
		finding_say(finding, "; and %zu more", more);
	free(sorted);
}

struct group_key check_key(const struct doctor_run *run, const struct tcpscope_conn *conn,
			   const struct life_brief *whose, unsigned int guilty)
{
	struct group_key key = { .netns_cookie = conn->netns_cookie, .netns = conn->netns };

	group_key_address(&key, conn->family, conn->flags & TCPSCOPE_FLAG_V4MAPPED,
			  guilty & GUILTY_LOCAL ? conn->local_addr : NULL,
			  guilty & GUILTY_PEER ? conn->peer_addr : NULL);
	if (guilty & GUILTY_OWNER)
		key.owner = *life_index_owner(&run->snapshot.lives, whose);
	if (guilty & (GUILTY_PEER_PORT | GUILTY_LOCAL_PORT))
		key.port = guilty & GUILTY_PEER_PORT ? conn->peer_port : conn->local_port;
	return key;
}

bool waits_for_accept(const struct tcpscope_conn *conn)
{
	return conn->known & TCPSCOPE_KNOWN(RTO) && !(conn->known & TCPSCOPE_KNOWN(INODE)) &&
	       !(conn->flags & (TCPSCOPE_FLAG_ORPHAN | TCPSCOPE_FLAG_MINISOCKET | TCPSCOPE_FLAG_REQUEST)) &&
	       (conn->state == TCPSCOPE_ESTABLISHED || conn->state == TCPSCOPE_CLOSE_WAIT);
}

void count_aged(struct doctor_run *run, struct group *group, const struct life_brief *whose,
		const struct limits *limits)
{
	bool known = whose && whose->since_ms != LIFE_UNKNOWN_MS;
	uint64_t ms = known ? whose->since_ms : run->recorded_ms;

	if (!known && run->overlooked) {
		run->overlooked--;
		ms = 0;
	}
	if (ms < limits->age_sec * 1000) {
		group->amount += !known;
		return;
	}
	group->n++;
	if (!known)
		return;
	group_began(group, ms - limits->age_sec * 1000);
	if (ms > group->oldest_ms)
		group->oldest_ms = ms;
}
