// SPDX-License-Identifier: GPL-2.0
/* Checks of listeners: their two queues. */
#include <inttypes.h>

#include "doctor/check_table.h"
#include "lib/strbuf.h"

#define LISTENER (GUILTY_OWNER | GUILTY_LOCAL | GUILTY_LOCAL_PORT)

/* tcp_conn_request(): a queue is full when it has more than the backlog says. */
static uint64_t percent(uint32_t n, uint32_t backlog)
{
	return n * 100ull / (backlog + 1);
}

static struct group *listener(struct doctor_run *run, struct groups *groups,
			      const struct tcpscope_conn *conn, const struct life_brief *whose)
{
	struct group_key key = check_key(run, conn, whose, LISTENER);

	key.cookie = conn->cookie; /* SO_REUSEPORT: others with the same address */
	return groups_get(groups, &key);
}

/* Without room to accept into, half-open handshakes are not the cause. */
CHECK_TAKE(syn_recv)
{
	struct group *group;

	if (conn->state != TCPSCOPE_LISTEN || !(conn->known & TCPSCOPE_KNOWN(SYN_Q)) ||
	    !conn->syn_q || conn->recv_q > conn->send_q)
		return;
	group = listener(run, groups, conn, whose);
	group->n = conn->syn_q;
	/* its limit is reached with as many as the backlog: inet_csk_reqsk_queue_is_full() */
	group->amount = conn->send_q ? conn->syn_q * 100ull / conn->send_q : 100;
}

CHECK_JUDGE(syn_recv)
{
	uint64_t fullest = groups_most(groups, group_amount);

	finding_say(finding, "the fullest listener has %" PRIu64 " %% of its backlog half-open", fullest);
	finding_set(finding, limits, fullest);
	finding_grown(run, NETNS_COOKIES_SENT, "SYNs were answered by cookie", finding);
	finding_grown(run, NETNS_REQUEST_DROPS, "SYNs were dropped for that", finding);
}

/* The recorder knows since when the handshake is complete, if the peer has not closed since. */
static void take_waiter(struct doctor_run *run, struct groups *groups, const struct limits *limits,
			const struct tcpscope_conn *conn, const struct life_brief *whose)
{
	struct group_key key = check_key(run, conn, whose, LISTENER);
	uint64_t ms = run->recorded_ms;
	struct group *group;

	if (whose && conn->state == TCPSCOPE_ESTABLISHED && whose->since_ms != LIFE_UNKNOWN_MS)
		ms = whose->since_ms;
	else if (whose && whose->born_ms != LIFE_UNKNOWN_MS)
		ms = whose->born_ms;
	if (ms < limits->age_sec * 1000)
		return;
	group = groups_get(groups, &key);
	group->n_lives++; /* n is what its listener counts */
	if (ms > group->oldest_ms)
		group->oldest_ms = ms;
}

CHECK_TAKE(accept_queue)
{
	struct group *group;

	if (waits_for_accept(conn))
		take_waiter(run, groups, limits, conn, whose);
	if (conn->state != TCPSCOPE_LISTEN || !conn->recv_q)
		return;
	group = listener(run, groups, conn, whose);
	group->n = conn->recv_q;
	group->amount = percent(conn->recv_q, conn->send_q);
}

static uint64_t waiters(const struct group *group)
{
	return group->n_lives;
}

static uint64_t oldest(const struct group *group)
{
	return group->oldest_ms;
}

/* A program that does not accept at all is stuck, however large its backlog is. */
static void say_waiters(const struct groups *groups, const struct limits *limits, struct finding *finding)
{
	uint64_t n = groups_sum(groups, waiters);
	struct strbuf text = {};

	if (!n)
		return;
	strbuf_span(&text, groups_most(groups, oldest) * 1000000);
	finding_say(finding, ", %" PRIu64 " wait for %.0f s or more, the oldest for %.*s", n, limits->age_sec,
		    (int)text.len, text.data);
	strbuf_free(&text);
	if (finding->level == LEVEL_OK)
		finding->level = LEVEL_WARNING;
}

CHECK_JUDGE(accept_queue)
{
	uint64_t fullest = groups_most(groups, group_amount);

	finding_say(finding, "the fullest is at %" PRIu64 " %% of its backlog", fullest);
	finding_set(finding, limits, fullest);
	say_waiters(groups, limits, finding);
	finding_grown(run, NETNS_LISTEN_OVERFLOWS, "SYNs or ACKs were dropped for that", finding);
}
