// SPDX-License-Identifier: GPL-2.0
/* Checks of listeners: their two queues. */
#include <inttypes.h>

#include "doctor/check_table.h"

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

CHECK_TAKE(accept_queue)
{
	struct group *group;

	if (conn->state != TCPSCOPE_LISTEN || !conn->recv_q)
		return;
	group = listener(run, groups, conn, whose);
	group->n = conn->recv_q;
	group->amount = percent(conn->recv_q, conn->send_q);
}

CHECK_JUDGE(accept_queue)
{
	uint64_t fullest = groups_most(groups, group_amount);

	finding_say(finding, "the fullest is at %" PRIu64 " %% of its backlog", fullest);
	finding_set(finding, limits, fullest);
	finding_grown(run, NETNS_LISTEN_OVERFLOWS, "SYNs or ACKs were dropped for that", finding);
}
