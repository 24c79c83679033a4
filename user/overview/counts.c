// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "lib/error.h"
#include "overview/counts.h"

/* clang-format off */
static const struct highlight highlights[] = {
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

#define N_HIGHLIGHTS (sizeof(highlights) / sizeof(*highlights))
_Static_assert(N_HIGHLIGHTS <= HIGHLIGHTS_MAX, "counts.highlights is too small");

const struct highlight *highlight_at(size_t i)
{
	return i < N_HIGHLIGHTS ? &highlights[i] : NULL;
}

static void decide(struct counts *counts, unsigned int state)
{
	for (size_t i = 0; i < N_HIGHLIGHTS; i++) {
		unsigned int answer = filter_decided(counts->filters[i], state);

		counts->is_so[state] |= (answer == FILTER_YES) << i;
		counts->depends[state] |= (answer != FILTER_YES && answer != FILTER_NO) << i;
	}
}

void counts_init(struct counts *counts)
{
	struct filter_error error;

	*counts = (struct counts){ 0 };
	for (size_t i = 0; i < N_HIGHLIGHTS; i++) {
		counts->filters[i] = filter_parse(highlights[i].filter, &error);
		counts->needs[i] = filter_needs(counts->filters[i]);
		counts->needs_timer[i] = filter_needs_timer(counts->filters[i]);
	}
	for (unsigned int state = 0; state < TCPSCOPE_STATE_MAX; state++)
		decide(counts, state);
}

void counts_free(struct counts *counts)
{
	for (size_t i = 0; i < N_HIGHLIGHTS; i++)
		filter_free(counts->filters[i]);
	free(counts->netns);
}

/* By number, then by cookie. */
static bool is_below(struct netns_id a, struct netns_id b)
{
	return a.number != b.number ? a.number < b.number : a.cookie < b.cookie;
}

/* The place of the first namespace that is not below this one. */
static size_t netns_place(const struct counts *counts, struct netns_id netns)
{
	size_t low = 0, high = counts->n_netns;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (is_below(counts->netns[middle], netns))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void netns_add(struct counts *counts, struct netns_id netns)
{
	size_t place = netns_place(counts, netns);

	if (place < counts->n_netns && netns_same(counts->netns[place], netns))
		return;
	if (place && netns_same(counts->netns[place - 1], netns)) { /* its cookie was not known yet */
		counts->netns[place - 1] = netns;
		return;
	}
	if (counts->n_netns == counts->netns_size) {
		counts->netns_size = counts->netns_size * 2 + 16;
		counts->netns = need(counts->netns,
				    counts->netns_size * sizeof(*counts->netns));
	}
	memmove(&counts->netns[place + 1], &counts->netns[place],
		(counts->n_netns - place) * sizeof(*counts->netns));
	counts->netns[place] = netns;
	counts->n_netns++;
}

static void judge_highlight(struct counts *counts, size_t i, const struct tcpscope_row *row, uint64_t timers)
{
	bool may_be = (row->conn.known & counts->needs[i]) == counts->needs[i] &&
		      (timers & counts->needs_timer[i] || counts->needs_timer[i] == UINT64_MAX);
	enum filter_answer answer;

	/* of what the module shows, nobody asks what is unknown */
	if (!may_be && !row->from_life)
		return;
	answer = filter_answer(counts->filters[i], row);
	counts->so |= (answer == FILTER_YES) << i;
	counts->maybe |= (answer == FILTER_UNKNOWN) << i;
}

/* Most states decide most of them. */
static void judge_highlights(struct counts *counts, const struct tcpscope_row *row, uint64_t timers)
{
	unsigned int state = row_state(row), depends = (1u << N_HIGHLIGHTS) - 1;

	counts->so = counts->maybe = 0;
	if (state < TCPSCOPE_STATE_MAX && row_knows(row, TCPSCOPE_KNOWN(STATE))) {
		counts->so = counts->is_so[state];
		depends = counts->depends[state];
	}
	for (; depends; depends &= depends - 1)
		judge_highlight(counts, __builtin_ctz(depends), row, timers);
}

/* What the highlights ask for: that is all they go by. */
static struct counts_looks looks_of(const struct tcpscope_row *row, uint64_t timers)
{
	const struct tcpscope_conn *conn = &row->conn;

	return (struct counts_looks){
		.known = conn->known,
		.timers = timers,
		.flags = conn->flags,
		.recv_q = conn->recv_q,
		.send_q = conn->send_q,
		.syn_q = conn->syn_q,
		.state = conn->state,
		.substate = conn->substate,
		.retransmits = conn->retransmits,
		.from_life = row->from_life,
	};
}

/* Many look like the one before. */
static void count_highlights(struct counts *counts, const struct tcpscope_row *row, uint64_t timers)
{
	struct counts_looks looks = looks_of(row, timers);

	if (memcmp(&looks, &counts->looks, sizeof(looks)))
		judge_highlights(counts, row, timers);
	counts->looks = looks;
	for (unsigned int so = counts->so; so; so &= so - 1)
		counts->highlights[__builtin_ctz(so)]++;
	for (unsigned int maybe = counts->maybe; maybe; maybe &= maybe - 1)
		counts->unknown[__builtin_ctz(maybe)]++;
}

void counts_add(struct counts *counts, const struct tcpscope_row *row)
{
	uint64_t timers = 0;

	counts->connections++;
	counts->states[row_state(row)]++;
	for (int i = 0; i < row->conn.n_timers; i++) {
		counts->timers[row->conn.timers[i].kind]++;
		timers |= 1ull << (row->conn.timers[i].kind & 63);
	}
	count_highlights(counts, row, timers);
	if (row->conn.netns_cookie != counts->last.cookie || row->conn.netns != counts->last.number)
		netns_add(counts, NETNS_OF(&row->conn));
	counts->last = NETNS_OF(&row->conn);
}
