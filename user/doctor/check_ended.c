// SPDX-License-Identifier: GPL-2.0
/* Checks of connections that have ended, as the recorder remembers them. */
#include <inttypes.h>
#include <string.h>

#include "doctor/check_table.h"

/* A client's by whom it connected to; a server's, whose peers are many, by the server. */
static void count(struct doctor_run *run, struct groups *groups, const struct tcpscope_life *life)
{
	bool server = life->role == TCPSCOPE_ROLE_PASSIVE;
	struct group_key key = {
		.netns_cookie = life->netns_cookie,
		.netns = life->netns,
		.kind = life->reason,
	};
	struct group *group;
	struct life_brief whose;

	group_key_address(&key, life->family, life->flags & TCPSCOPE_FLAG_V4MAPPED, NULL,
			  server ? NULL : life->peer_addr);
	if (server)
		key.owner = life->owner;
	else
		key.port = life->peer_port;
	life_index_from_life(&run->snapshot.lives, &whose, life);
	group = groups_get(groups, &key);
	group->n++;
	group_count_owner(group, whose.owner);
}

static uint64_t sum(const struct groups *groups, uint8_t reason)
{
	uint64_t n = 0;

	for (size_t i = 0; i < groups->n; i++)
		if (!reason || groups->all[i].key.kind == reason)
			n += groups->all[i].n;
	return n;
}

/* Whether the ring of the ended forgot some within the time looked at. */
static void say_covered(const struct doctor_run *run, uint64_t window_ms, struct finding *finding)
{
	if (run->snapshot.covers_ms < window_ms)
		finding_say(finding, " (only the last %.1f s are remembered)", run->snapshot.covers_ms / 1e3);
}

static bool is_known(const struct doctor_run *run, struct finding *finding)
{
	if (run->losses)
		return true;
	finding->level = LEVEL_UNKNOWN;
	finding_say(finding, "no recorder is attached: what has ended is not known");
	return false;
}

/* --- resets --- */

#define RESETS_MS 10000

CHECK_ENDED(resets)
{
	uint8_t reason = ended->life.reason;

	if (ago_ms < RESETS_MS &&
	    (reason == TCPSCOPE_REASON_RESET_SENT || reason == TCPSCOPE_REASON_RESET_RECEIVED))
		count(run, groups, &ended->life);
}

/* Resets that answer what meets no socket have no connection: the kernel counts them. */
CHECK_JUDGE(resets)
{
	uint64_t ended = sum(groups, 0), covers_ms = run->snapshot.covers_ms;
	double seconds = (covers_ms < RESETS_MS ? covers_ms + 1 : RESETS_MS) / 1e3;
	size_t unknown;
	int64_t sent;

	if (!is_known(run, finding))
		return;
	finding_say(finding, "%.1f a second: %" PRIu64 " sent, %" PRIu64 " received in %.1f s", ended / seconds,
		    sum(groups, TCPSCOPE_REASON_RESET_SENT), sum(groups, TCPSCOPE_REASON_RESET_RECEIVED), seconds);
	sent = counter_grown(run, NETNS_RESETS_OUT, &unknown);
	finding_say(finding, "; %.1f a second sent in all", sent * 1e9 / run->span_ns);
	if (unknown)
		finding_say(finding, " but in %zu namespaces that could not be read", unknown);
	finding_set(finding, limits, ended / seconds);
}

/* --- handshakes --- */

#define HANDSHAKES_MS 60000

static const uint8_t failures[] = { TCPSCOPE_REASON_REFUSED, TCPSCOPE_REASON_UNREACHABLE,
				    TCPSCOPE_REASON_SYN_TIMEOUT, TCPSCOPE_REASON_SYNACK_TIMEOUT };

CHECK_ENDED(handshakes)
{
	if (ago_ms < HANDSHAKES_MS && memchr(failures, ended->life.reason, sizeof(failures)))
		count(run, groups, &ended->life);
}

CHECK_JUDGE(handshakes)
{
	if (!is_known(run, finding))
		return;
	for (size_t i = 0; i < sizeof(failures); i++)
		finding_say(finding, "%s%" PRIu64 " %s", i ? ", " : "", sum(groups, failures[i]),
			    tcpscope_reason_name(failures[i]));
	finding_say(finding, " in %d s", HANDSHAKES_MS / 1000);
	say_covered(run, HANDSHAKES_MS, finding);
	finding_set(finding, limits, sum(groups, 0));
}
