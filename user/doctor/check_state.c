// SPDX-License-Identifier: GPL-2.0
/* Checks of connections that stay in a state. */
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "doctor/check_table.h"

#define RTO_MAX_MS 120000 /* TCP_RTO_MAX, include/net/tcp.h */
#define TRIES 3 /* timeouts in a row that are no accident */

static bool is_orphan(const struct tcpscope_conn *conn)
{
	return conn->flags & TCPSCOPE_FLAG_ORPHAN;
}

static struct group *group_of(struct doctor_run *run, struct groups *groups,
			      const struct tcpscope_conn *conn, const struct life_brief *whose,
			      unsigned int guilty)
{
	struct group_key key = check_key(run, conn, whose, guilty);
	struct group *group = groups_get(groups, &key);

	group_count_owner(group, whose ? whose->owner : 0);
	return group;
}

/* --- CLOSE-WAIT, FIN-WAIT-2 --- */

/* One that its owner still sends to is half-closed on purpose; one never accepted is its listener's. */
static bool is_forgotten(const struct tcpscope_conn *conn, const struct limits *limits)
{
	bool is_used = conn->known & TCPSCOPE_KNOWN(IDLE) && conn->idle_ms < limits->age_sec * 1000;

	return !is_orphan(conn) && !is_used && !waits_for_accept(conn);
}

CHECK_TAKE(close_wait)
{
	if (conn->state == TCPSCOPE_CLOSE_WAIT && is_forgotten(conn, limits))
		count_aged(run, group_of(run, groups, conn, whose, GUILTY_OWNER), whose, limits);
}

CHECK_TAKE(fin_wait2)
{
	if (conn->state == TCPSCOPE_FIN_WAIT2 && !is_orphan(conn))
		count_aged(run, group_of(run, groups, conn, whose, GUILTY_OWNER), whose, limits);
}

static uint64_t aged_or_unknown(const struct group *group)
{
	return group->n + group->amount;
}

/* Processes of one program, of one cgroup and user: the workers of a service. */
static bool same_service(const struct tcpscope_owner *a, const struct tcpscope_owner *b)
{
	return a->cgroup_id == b->cgroup_id && a->uid == b->uid && !strncmp(a->comm, b->comm, sizeof(a->comm));
}

/* Members of the processes of the service that have more than one, and how many processes that is. */
static uint64_t of_service(const struct groups *groups, const struct tcpscope_owner *owner, uint64_t *processes)
{
	uint64_t n = 0;

	*processes = 0;
	for (size_t i = 0; i < groups->n; i++) {
		const struct group *group = &groups->all[i];

		if (group->n < 2 || !group->key.owner.pid || !same_service(&group->key.owner, owner))
			continue;
		n += group->n;
		++*processes;
	}
	return n;
}

/* The worst service, or the worst owner: ten processes with one each are no leak. */
static uint64_t worst_service(const struct groups *groups, struct finding *finding)
{
	uint64_t most = groups_most(groups, group_n), processes, n;
	const struct tcpscope_owner *worst = NULL;

	for (size_t i = 0; i < groups->n; i++) {
		n = groups->all[i].n > 1 ? of_service(groups, &groups->all[i].key.owner, &processes) : 0;
		if (n > most)
			most = n, worst = &groups->all[i].key.owner;
	}
	if (!worst)
		return most;
	n = of_service(groups, worst, &processes);
	finding_say(finding, ", %" PRIu64 " of %" PRIu64 " processes %.*s", n, processes, TCPSCOPE_COMM_LEN, worst->comm);
	return most;
}

CHECK_JUDGE(aged)
{
	uint64_t unknown = groups_sum(groups, group_amount), recent = 0;

	for (size_t i = 0; i < groups->n; i++)
		recent += groups->all[i].began[WINDOW_60S];
	finding_say(finding, "%" PRIu64 " for %.0f s or more, %.1f more a minute", groups_sum(groups, group_n),
		    limits->age_sec, (double)recent);
	finding_set(finding, limits, worst_service(groups, finding));
	if (!unknown)
		return;
	finding_say(finding, ", %" PRIu64 " for a time not known", unknown);
	if (run->recorded_ms)
		finding_say(finding, ", %" PRIu64 " s or more", run->recorded_ms / 1000);
	if (finding->level == LEVEL_OK && groups_most(groups, aged_or_unknown) >= limits->warning)
		finding->level = LEVEL_UNKNOWN;
}

/* --- orphans that nobody answers --- */

CHECK_TAKE(unanswered)
{
	struct group *group;

	if (!is_orphan(conn) || conn->retransmits < TRIES)
		return;
	group = group_of(run, groups, conn, whose, GUILTY_PEER);
	group->n++;
	if (whose && whose->since_ms != LIFE_UNKNOWN_MS && whose->since_ms > group->oldest_ms)
		group->oldest_ms = whose->since_ms;
}

CHECK_JUDGE(unanswered)
{
	uint64_t all = groups_sum(groups, group_n);

	finding_say(finding, "%" PRIu64 " closed ones have timed out %d times in a row or more", all, TRIES);
	finding_set(finding, limits, all);
}

/* --- SYN-SENT --- */

CHECK_TAKE(syn_sent)
{
	struct group *group;

	if (conn->state != TCPSCOPE_SYN_SENT || !conn->retransmits)
		return;
	group = group_of(run, groups, conn, whose, GUILTY_PEER | GUILTY_PEER_PORT);
	group->n++;
	if (whose && whose->born_ms != LIFE_UNKNOWN_MS && whose->born_ms > group->oldest_ms)
		group->oldest_ms = whose->born_ms;
}

CHECK_JUDGE(syn_sent)
{
	finding_say(finding, "%" PRIu64 " had to repeat their SYN", groups_sum(groups, group_n));
	finding_set(finding, limits, groups_most(groups, group_n));
}

/* --- retransmissions --- */

/* Orphans and connects have checks of their own. */
CHECK_TAKE(retransmits)
{
	struct group *group;

	if (conn->state == TCPSCOPE_SYN_SENT || conn->state == TCPSCOPE_SYN_RECV ||
	    conn->state == TCPSCOPE_LISTEN || is_orphan(conn) || conn->retransmits < TRIES)
		return;
	group = group_of(run, groups, conn, whose, GUILTY_PEER);
	group->n++;
	if (conn->retransmits > group->amount)
		group->amount = conn->retransmits;
}

/* The network a peer is in, as far as one can tell: /24 or /64. */
static bool same_prefix(const struct group_key *a, const struct group_key *b)
{
	return a->family == b->family &&
	       !memcmp(a->peer_addr, b->peer_addr, a->family == AF_INET ? 3 : 8);
}

static const char *whom(const struct groups *groups)
{
	const struct group *first = NULL;
	size_t peers = 0;
	bool same = true;

	for (size_t i = 1; i < groups->n; i++) {
		if (!groups->all[i].n)
			continue;
		peers++;
		first = first ? first : &groups->all[i];
		same = same && same_prefix(&first->key, &groups->all[i].key);
	}
	return peers == 1 ? "to one peer" : same ? "to peers of one prefix" : "to peers of several prefixes";
}

CHECK_JUDGE(retransmits)
{
	uint64_t all = groups_sum(groups, group_n), tries = groups_most(groups, group_amount);

	finding_say(finding, "%" PRIu64 " have timed out %d times in a row or more", all, TRIES);
	if (all)
		finding_say(finding, " (at most %" PRIu64 "), all %s", tries, whom(groups));
	finding_set(finding, limits, all);
}

/* --- shut windows --- */

CHECK_TAKE(zero_window)
{
	struct group *group;
	uint64_t ms;

	if (is_orphan(conn) || !conn_timer(conn, TCPSCOPE_TIMER_PROBE0))
		return;
	ms = forecast_probed_ms(conn->rto_us / 1000, conn->backoff, RTO_MAX_MS);
	if (ms < limits->age_sec * 1000)
		return;
	group = group_of(run, groups, conn, whose, GUILTY_PEER | GUILTY_PEER_PORT);
	group->n++;
	group->amount += conn->send_q;
	if (ms > group->oldest_ms)
		group->oldest_ms = ms;
}

CHECK_JUDGE(zero_window)
{
	uint64_t all = groups_sum(groups, group_n), bytes = groups_sum(groups, group_amount);

	finding_say(finding, "%" PRIu64 " wait for a window that has been shut for %.0f s or more, with %" PRIu64 " bytes to send",
		    all, limits->age_sec, bytes);
	finding_set(finding, limits, all);
}

/* --- idle --- */

CHECK_TAKE(idle)
{
	struct group *group;

	if (conn->state != TCPSCOPE_ESTABLISHED || conn->flags & TCPSCOPE_FLAG_KEEPALIVE ||
	    !(conn->known & TCPSCOPE_KNOWN(IDLE)) || conn->send_q ||
	    conn->idle_ms < limits->age_sec * 1000)
		return;
	group = group_of(run, groups, conn, whose, GUILTY_OWNER);
	group->n++;
	if (conn->idle_ms > group->oldest_ms)
		group->oldest_ms = conn->idle_ms;
}

CHECK_JUDGE(idle)
{
	finding_say(finding, "%" PRIu64 " without keepalive carried nothing for %.0f s or more",
		    groups_sum(groups, group_n), limits->age_sec);
	finding_set(finding, limits, groups_most(groups, group_n));
}
