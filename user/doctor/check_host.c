// SPDX-License-Identifier: GPL-2.0
/* Checks of what connections share: buckets, ports, memory, orphans; and of tcpscope itself. */
#include <inttypes.h>
#include <stdlib.h>

#include "conn/group_text.h"
#include "doctor/check_table.h"
#include "lib/error.h"
#include "timewait/advice.h"

/* --- TIME-WAIT --- */

/* In percent, or -1: it is not known. */
static double share_of(const struct timewait_place *place)
{
	int64_t limit = place->netns.setting[NETNS_TW_BUCKETS];

	return limit > 0 ? (place->n + place->finwait2) * 100.0 / limit : -1;
}

static void say_makers(const struct doctor_run *run, struct finding *finding)
{
	const struct group **sorted = groups_sorted(&run->timewait.owners, group_n);
	char who[48];

	if (*sorted)
		finding_say(finding, ", most of them (%" PRIu64 ") made by %s", (*sorted)->n,
			    group_owner(*sorted, who));
	free(sorted);
}

/* Those in namespaces whose limit is not known. */
static void say_unlimited(const struct doctor_run *run, struct finding *finding)
{
	uint64_t n = 0;

	for (size_t i = 0; i < run->timewait.n_places; i++)
		if (share_of(run->timewait.places[i]) < 0)
			n += run->timewait.places[i]->n + run->timewait.places[i]->finwait2;
	if (!n)
		return;
	finding_say(finding, ", %" PRIu64 " where tcp_max_tw_buckets is not known", n);
	if (finding->level == LEVEL_OK)
		finding->level = LEVEL_UNKNOWN;
}

CHECK_JUDGE(time_wait)
{
	const struct timewait_place *worst = NULL;
	char netns[64];

	for (size_t i = 0; i < run->timewait.n_places; i++)
		if (!worst || share_of(run->timewait.places[i]) > share_of(worst))
			worst = run->timewait.places[i];
	if (worst && share_of(worst) >= 0) {
		finding_say(finding, "%" PRIu64 " in network namespace %s, %.0f %% of tcp_max_tw_buckets",
			    worst->n + worst->finwait2,
			    timewait_netns(&run->timewait, worst->netns.id, netns), share_of(worst));
		finding_set(finding, limits, share_of(worst));
	} else {
		finding_say(finding, "no limit could be read");
	}
	say_unlimited(run, finding);
	finding_grown(run, NETNS_TW_OVERFLOWS, "skipped TIME-WAIT", finding);
	if (finding->level >= LEVEL_WARNING)
		say_makers(run, finding);
}

/* --- ports --- */

#define SOON_NS (60 * (int64_t)NSEC_PER_SEC)

static void say_refused(const struct doctor_run *run, struct finding *finding)
{
	const struct group **sorted = groups_sorted(&run->timewait.refused, group_n);
	char who[200];

	for (size_t i = 0; sorted[i]; i++) {
		if (sorted[i]->oldest_ms > 60000)
			continue;
		guilty_text(run, sorted[i], GUILTY_OWNER | GUILTY_PEER | GUILTY_PEER_PORT, who);
		finding_say(finding, "; %" PRIu64 " connect()s of %s failed with EADDRNOTAVAIL", sorted[i]->n, who);
		finding->level = LEVEL_CRITICAL;
		break;
	}
	free(sorted);
}

CHECK_JUDGE(ports)
{
	unsigned int guilty = GUILTY_PEER | GUILTY_PEER_PORT | GUILTY_COUNTED;
	struct advice_basis basis;
	double share;
	char who[200];

	advice_basis(&basis, &run->timewait, 0);
	if (basis.worst && basis.ports.use.capacity) {
		share = basis.ports.used * 100.0 / basis.ports.use.capacity;
		guilty_text(run, basis.worst, guilty, who);
		finding_say(finding, "%" PRIu64 " of %u taken by %s", basis.ports.used,
			    basis.ports.use.capacity, who);
		finding_set(finding, limits, share);
		if (basis.ports.left_ns < SOON_NS) {
			finding_say(finding, ", none left in %.0f s", basis.ports.left_ns / 1e9);
			finding->level = share >= limits->critical ? LEVEL_CRITICAL : LEVEL_WARNING;
		}
	} else {
		finding_say(finding, "no connection has one that connect() chose");
	}
	say_refused(run, finding);
}

/* --- orphans --- */

/* Connections in FIN-WAIT-1, CLOSING and LAST-ACK; those in FIN-WAIT-2 soon become minisockets. */
CHECK_TAKE(orphans)
{
	struct group_key key;
	struct group *group;

	if (!(conn->flags & TCPSCOPE_FLAG_ORPHAN))
		return;
	key = check_key(run, conn, whose, GUILTY_PEER);
	group = groups_get(groups, &key);
	group->n++;
	group_count_owner(group, whose ? whose->owner : 0);
	if (whose && whose->since_ms != LIFE_UNKNOWN_MS && whose->since_ms > group->oldest_ms)
		group->oldest_ms = whose->since_ms;
}

CHECK_JUDGE(orphans)
{
	int64_t orphans = run->host.counters.count[NETNS_ORPHANS];
	int64_t limit = run->host.setting[NETNS_MAX_ORPHANS];

	if (orphans < 0 || limit <= 0) {
		finding->level = LEVEL_UNKNOWN;
		finding_say(finding, "tcp_max_orphans is shown in the initial network namespace only");
		return;
	}
	finding_say(finding, "%" PRId64 " of tcp_max_orphans, %" PRId64, orphans, limit);
	finding_set(finding, limits, orphans * 100.0 / limit);
	finding_grown(run, NETNS_MEMORY_ABORTS, "ended for that or for want of memory", finding);
}

/* --- memory --- */

CHECK_TAKE(memory)
{
	struct group_key key;
	uint64_t bytes = (uint64_t)conn->recv_q + conn->send_q;

	if (conn->state == TCPSCOPE_LISTEN || !(conn->known & TCPSCOPE_KNOWN(RECV_Q)) || !bytes)
		return;
	key = check_key(run, conn, whose, GUILTY_OWNER);
	groups_get(groups, &key)->n += bytes;
}

CHECK_JUDGE(memory)
{
	int64_t pages = run->host.counters.count[NETNS_MEMORY_PAGES];
	int64_t pressure = run->host.memory[1];

	if (pages < 0 || pressure <= 0) {
		finding->level = LEVEL_UNKNOWN;
		finding_say(finding, "tcp_mem is shown in the initial network namespace only");
		return;
	}
	finding_say(finding, "%" PRId64 " pages of %" PRId64 " from which on the kernel saves, %" PRId64 " at most",
		    pages, pressure, run->host.memory[2]);
	finding_set(finding, limits, pages * 100.0 / pressure);
	finding_grown(run, NETNS_PRESSURES, "times it began", finding);
	if (finding->level >= LEVEL_WARNING)
		finding_say(finding, "; bytes in queues");
}

/* --- tcpscope itself --- */

CHECK_JUDGE(losses)
{
	uint64_t sum = 0;

	if (!run->losses) {
		finding->level = LEVEL_UNKNOWN;
		finding_say(finding, "no recorder is attached: owners, ages and what has ended are not known");
		return;
	}
	for (unsigned int i = 0; i < TCPSCOPE_LOSS_MAX; i++)
		sum += run->losses->count[i];
	finding_say(finding, "%" PRIu64 " since the recorder was attached, beside %" PRIu64 " changes of state recorded",
		    sum, run->changes);
	for (unsigned int i = 0; i < TCPSCOPE_LOSS_MAX; i++)
		if (run->losses->count[i])
			finding_say(finding, ", %s %" PRIu64, tcpscope_loss_name(i), run->losses->count[i]);
	finding_set(finding, limits, sum * 100.0 / (run->changes + 1));
}
