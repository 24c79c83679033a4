// SPDX-License-Identifier: GPL-2.0
/* The table of checks, and what they have in common. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exam.h"
#include "text.h"
#include "timewait_view.h"

#define PEER (GUILTY_PEER | GUILTY_PEER_PORT | GUILTY_VOTED)
#define LISTENER (GUILTY_LOCAL | GUILTY_LOCAL_PORT | GUILTY_OWNER)
#define FAILED (GUILTY_PEER | GUILTY_PEER_PORT | GUILTY_REASON | GUILTY_VOTED)

/* clang-format off */
static const struct check checks[] = {
	{ "time-wait", "TIME-WAITs against tcp_max_tw_buckets", "% of it", { 80, 95, 0 },
	  0, NULL, NULL, judge_time_wait,
	  "tcpscope timewait says who makes them and what would help" },
	{ "ports", "ephemeral ports of one source, destination and port", "% in use", { 80, 95, 0 },
	  0, NULL, NULL, judge_ports,
	  "reuse connections; else tcp_tw_reuse=1, a wider ip_local_port_range or more addresses: tcpscope timewait has the numbers" },
	{ "close-wait", "connections the peer has closed, and the owner not", "connections", { 10, 1000, 60 },
	  GUILTY_OWNER, take_close_wait, NULL, judge_aged,
	  "the process must close() what it has read to the end; restarting it frees what it holds" },
	{ "fin-wait-2", "connections whose owner shut down sending, and keeps them", "connections", { 10, 1000, 60 },
	  GUILTY_OWNER, take_fin_wait2, NULL, judge_aged,
	  "tcp_fin_timeout does not end them: the process must close(), or the peer" },
	{ "syn-sent", "connects without an answer to the first SYN", "connections", { 5, 100, 0 },
	  PEER, take_syn_sent, NULL, judge_syn_sent,
	  "the peer or something on the way drops SYNs: is it up, is there a firewall, is its backlog full?" },
	{ "syn-recv", "a listener's half-open handshakes; SYN cookies and drops", "% of the backlog", { 75, 95, 0 },
	  LISTENER, take_syn_recv, NULL, judge_syn_recv,
	  "a SYN flood, or answers that get lost: keep tcp_syncookies=1, raise listen()'s backlog and somaxconn" },
	{ "accept-queue", "a listener's connections that were not accepted yet", "% of the backlog", { 75, 100, 0 },
	  LISTENER, take_accept_queue, NULL, judge_accept_queue,
	  "the process does not accept() fast enough: more workers, or a backlog (and somaxconn) for its bursts" },
	{ "retransmits", "connections with 3 timeouts in a row or more", "connections", { 5, 100, 0 },
	  GUILTY_PEER | GUILTY_VOTED, take_retransmits, NULL, judge_retransmits,
	  "one peer: it is gone or overloaded; one prefix: the path to it; everyone: our own link" },
	{ "zero-window", "peers whose window has been shut for so long", "connections", { 1, 100, 10 },
	  PEER, take_zero_window, NULL, judge_zero_window,
	  "the peer's process does not read; TCP_USER_TIMEOUT bounds how long we wait for it" },
	{ "orphans", "closed sockets that still wait for their FIN's ACK", "% of tcp_max_orphans", { 20, 50, 0 },
	  GUILTY_PEER | GUILTY_VOTED, take_orphans, NULL, judge_orphans,
	  "their peers do not acknowledge the FIN: a lower tcp_orphan_retries forgets them earlier" },
	{ "idle", "connections without keepalive on which nothing was sent", "connections", { 10, 1000, 7200 },
	  GUILTY_OWNER, take_idle, NULL, judge_idle,
	  "if the peer is gone nobody will notice: set SO_KEEPALIVE, or close what is idle" },
	{ "resets", "connections that a reset ended, in the last 10 s", "a second", { 5, 100, 0 },
	  FAILED, NULL, ended_resets, judge_resets,
	  "sent: the process closed with data unread or no linger time; received: the peer did, or it crashed" },
	{ "handshakes", "handshakes that failed, in the last 60 s", "handshakes", { 10, 500, 0 },
	  FAILED, NULL, ended_handshakes, judge_handshakes,
	  "refused: nobody listens there; unreachable: no way there, or rejected; timed out: SYNs or their answers are dropped on the way" },
	{ "memory", "what sockets' buffers take", "% of tcp_mem's pressure", { 80, 100, 0 },
	  GUILTY_OWNER, take_memory, NULL, judge_memory,
	  "processes that do not read hold it; raising tcp_mem helps only if there is memory to spare" },
	{ "losses", "what tcpscope itself could not record", "% of what it did", { 1, 10, 0 },
	  0, NULL, NULL, judge_losses,
	  "what is shown may be incomplete: tcpscope attach --replace with larger --max-connections or --ring-bytes" },
};
/* clang-format on */

#define N_CHECKS (sizeof(checks) / sizeof(*checks))
_Static_assert(N_CHECKS <= CHECKS_MAX, "exam.groups is too small");

const struct check *check_at(size_t i)
{
	return i < N_CHECKS ? &checks[i] : NULL;
}

void check_run(const struct exam *exam, size_t i, struct finding *finding)
{
	const struct check *check = &checks[i];

	*finding = (struct finding){ .level = LEVEL_OK };
	check->judge(exam, &exam->groups[i], &exam->limits[i], finding);
	if (finding->level >= LEVEL_WARNING && check->guilty)
		finding_blame(exam, &exam->groups[i], check->guilty, finding);
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

void finding_grown(const struct exam *exam, enum netns_counter counter, const char *what,
		   struct finding *finding)
{
	size_t unknown;
	int64_t grown = exam_grown(exam, counter, &unknown);

	if (grown) {
		finding_say(finding, ", %" PRId64 " %s within %.1f s", grown, what, exam->span_ns / 1e9);
		finding->level = LEVEL_CRITICAL;
	}
	if (!unknown)
		return;
	finding_say(finding, ", in %zu namespaces it is not known how many %s", unknown, what);
	if (finding->level == LEVEL_OK)
		finding->level = LEVEL_UNKNOWN;
}

const struct tcpscope_owner *guilty_owner(const struct exam *exam, const struct group *group,
					  unsigned int guilty)
{
	const struct whose voted = { .owner = group->votes ? group->owner : 0 };

	if (guilty & GUILTY_VOTED)
		return whose_owner(&exam->gather.whose, &voted);
	return &group->key.owner;
}

void guilty_text(const struct exam *exam, const struct group *group, unsigned int guilty,
		 char to[static 200])
{
	const struct group_key *key = &group->key;
	const struct tcpscope_owner *owner = guilty_owner(exam, group, guilty);
	struct text text = {};
	char part[64];

	if (owner->pid) {
		text_printable(&text, owner->comm, sizeof(owner->comm));
		text_char(&text, '/');
		text_u64(&text, owner->pid);
	} else if (guilty & GUILTY_OWNER) {
		text_string(&text, "an unknown process");
	}
	if (guilty & GUILTY_PEER && guilty & GUILTY_REASON && !key->port)
		guilty &= ~GUILTY_PEER; /* a server's */
	if (guilty & (GUILTY_LOCAL | GUILTY_PEER) && text.len)
		text_string(&text, guilty & GUILTY_LOCAL ? " at " : " with ");
	if (guilty & GUILTY_LOCAL)
		text_string(&text, timewait_address(key, key->local_addr,
						    guilty & GUILTY_LOCAL_PORT ? key->port : -1, part));
	if (guilty & GUILTY_PEER)
		text_string(&text, timewait_address(key, key->peer_addr,
						    guilty & GUILTY_PEER_PORT ? key->port : -1, part));
	if (guilty & GUILTY_REASON)
		snprintf(part, sizeof(part), ": %s", tcpscope_reason_name(key->kind));
	text_string(&text, guilty & GUILTY_REASON ? part : "");
	snprintf(to, 200, "%.*s", (int)text.len, text.data);
	text_free(&text);
}

#define BLAMED 3 /* groups named in a line */

static void say_oldest(struct finding *finding, const struct group *group)
{
	struct text text = {};

	if (!group->oldest_ms)
		return;
	text_span(&text, group->oldest_ms * 1000000);
	finding_say(finding, ", the oldest for %.*s", (int)text.len, text.data);
	text_free(&text);
}

void finding_blame(const struct exam *exam, const struct groups *groups, unsigned int guilty,
		   struct finding *finding)
{
	const struct group **sorted = groups_sorted(groups, group_n);
	size_t i, more = 0;
	char who[200];

	for (i = 0; sorted[i] && i < BLAMED; i++) {
		guilty_text(exam, sorted[i], guilty, who);
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

struct group_key check_key(const struct exam *exam, const struct tcpscope_conn *conn,
			   const struct whose *whose, unsigned int guilty)
{
	struct group_key key = { .netns_cookie = conn->netns_cookie, .netns = conn->netns };

	group_key_address(&key, conn->family, conn->flags & TCPSCOPE_FLAG_V4MAPPED,
			  guilty & GUILTY_LOCAL ? conn->local_addr : NULL,
			  guilty & GUILTY_PEER ? conn->peer_addr : NULL);
	if (guilty & GUILTY_OWNER)
		key.owner = *whose_owner(&exam->gather.whose, whose);
	if (guilty & (GUILTY_PEER_PORT | GUILTY_LOCAL_PORT))
		key.port = guilty & GUILTY_PEER_PORT ? conn->peer_port : conn->local_port;
	return key;
}

void count_aged(struct exam *exam, struct group *group, const struct whose *whose,
		const struct limits *limits)
{
	bool known = whose && whose->since_ms != WHOSE_UNKNOWN_MS;
	uint64_t ms = known ? whose->since_ms : exam->recorded_ms;

	if (!known && exam->overlooked) {
		exam->overlooked--;
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
