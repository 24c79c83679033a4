// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "tally.h"

/* clang-format off */
static const struct finding findings[] = {
	{ "tries ge 3 exclude syn-sent", "were retransmitted 3 times or more without an answer", 1 },
	{ "state syn-sent tries ge 1", "got no answer to their SYN yet", 1 },
	{ "timer probe0", "wait for the peer to open its window", 1 },
	{ "state close-wait", "were closed by the peer, but not by their own process", 1 },
	{ "recv_q ge 65536 exclude listening", "have 64 KiB or more that their process did not read", 1 },
	{ "state listening recv_q gt 0 recv_q ge send_q", "are listeners whose accept queue is full", 1 },
	{ "state listening syn_q gt 0 syn_q ge send_q", "are listeners with a backlog of half-open requests", 1 },
	{ "state syn-recv", "are half-open: many handshakes do not complete", 128 },
	{ "flag orphan exclude time-wait", "belong to no process any more", 1 },
	{ "state time-wait", "are in TIME-WAIT and hold their ports for a minute", 10000 },
};
/* clang-format on */

#define N_FINDINGS (sizeof(findings) / sizeof(*findings))
_Static_assert(N_FINDINGS <= FINDINGS_MAX, "tally.findings is too small");

const struct finding *finding_at(size_t i)
{
	return i < N_FINDINGS ? &findings[i] : NULL;
}

void tally_init(struct tally *tally)
{
	struct filter_error error;

	*tally = (struct tally){ 0 };
	for (size_t i = 0; i < N_FINDINGS; i++)
		tally->filters[i] = filter_parse(findings[i].filter, &error);
}

void tally_free(struct tally *tally)
{
	for (size_t i = 0; i < N_FINDINGS; i++)
		filter_free(tally->filters[i]);
	free(tally->netns);
}

/* By number, then by cookie. */
static bool is_below(struct netns_id a, struct netns_id b)
{
	return a.number != b.number ? a.number < b.number : a.cookie < b.cookie;
}

/* The place of the first namespace that is not below this one. */
static size_t netns_place(const struct tally *tally, struct netns_id netns)
{
	size_t low = 0, high = tally->n_netns;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (is_below(tally->netns[middle], netns))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void netns_add(struct tally *tally, struct netns_id netns)
{
	size_t place = netns_place(tally, netns);

	if (place < tally->n_netns && netns_same(tally->netns[place], netns))
		return;
	if (place && netns_same(tally->netns[place - 1], netns)) { /* its cookie was not known yet */
		tally->netns[place - 1] = netns;
		return;
	}
	if (tally->n_netns == tally->netns_size) {
		tally->netns_size = tally->netns_size * 2 + 16;
		tally->netns = need(tally->netns,
				    tally->netns_size * sizeof(*tally->netns));
	}
	memmove(&tally->netns[place + 1], &tally->netns[place],
		(tally->n_netns - place) * sizeof(*tally->netns));
	tally->netns[place] = netns;
	tally->n_netns++;
}

void tally_add(struct tally *tally, const struct tcpscope_row *row)
{
	tally->connections++;
	tally->states[row_state(row)]++;
	for (int i = 0; i < row->conn.n_timers; i++)
		tally->timers[row->conn.timers[i].kind]++;
	for (size_t i = 0; i < N_FINDINGS; i++)
		tally->findings[i] += filter_match(tally->filters[i], row);
	netns_add(tally, NETNS_OF(&row->conn));
}
