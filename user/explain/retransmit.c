// SPDX-License-Identifier: GPL-2.0
/*
 * Data that was sent again. Its first sending was seen by nobody, for the
 * recorder stays out of the way of a healthy stream; that there was one is
 * certain. What came twice was seen: each of these had come before, so what
 * was lost then was its acknowledgment.
 */
#include "explain/retransmit.h"

#include "explain/counters.h"

/* All sendings of the same data: the first, and these of the sender's acts. */
struct group {
	struct act *again[END_TOLD];
	size_t n;
	size_t first_in_vain; /* of them, the first that came in vain; n: none did */
	size_t n_in_vain;
	size_t n_doubtful; /* sent again before that, without a trace */
	bool came_again; /* the first to come was one of them, and carried the FIN */
	bool delivered; /* some of them came */
	bool known; /* whether they came is known */
};

static struct segment *add(struct match *m, const struct act *act, enum fate fate, bool was_seen)
{
	struct segment *segment = segment_add(m->exchange, m->from_peer, act, NULL, fate);

	if (segment)
		segment->kind = SEGMENT_DATA;
	if (segment && !was_seen) {
		segment->sent_ns = 0;
		segment->sender_state = 0;
	}
	return segment;
}

/* --- what came in vain is brought together with what was sent again --- */

static bool is_data(const struct match *m, const struct act *act)
{
	return act->kind == SEGMENT_DATA || match_carries_data(m, act);
}

static struct act *sent_before(const struct match *m, const struct act *met)
{
	struct acts *sent = &m->sender->sent;
	struct act *found = NULL;

	for (size_t i = 0; i < sent->n && sent->act[i].time_ns <= met->time_ns; i++)
		if (is_data(m, &sent->act[i]) && !sent->act[i].data_in_vain)
			found = &sent->act[i];
	return found;
}

static void match_in_vain(struct match *m)
{
	struct acts *met = &m->receiver->met;

	for (size_t i = 0; i < met->n; i++) {
		struct act *sent;

		if (met->act[i].kind != SEGMENT_DATA)
			continue;
		sent = sent_before(m, &met->act[i]);
		if (sent)
			sent->data_in_vain = true;
		if (sent && sent->kind != SEGMENT_DATA)
			continue; /* the FIN in it is new, and has its place */
		segment_add(m->exchange, m->from_peer, sent, &met->act[i], FATE_ARRIVED);
		if (sent)
			sent->taken = true;
	}
}

/* --- a group --- */

/* Whether the receiver spoke of itself soon after that was sent: it may have acknowledged what had come before. */
static bool was_told_otherwise(const struct match *m, const struct act *last)
{
	const struct acts *told = &m->receiver->sent;
	uint64_t until_ns = last->time_ns + match_timeout_ns(m, SEGMENT_DATA);

	for (size_t i = 0; i < told->n; i++)
		if ((told->act[i].kind == SEGMENT_FIN || told->act[i].kind == SEGMENT_DATA) &&
		    told->act[i].time_ns > last->time_ns && told->act[i].time_ns <= until_ns)
			return true;
	return false;
}

static unsigned int doubtful(const struct group *g, size_t n)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += g->again[i]->kind == SEGMENT_DATA && !g->again[i]->taken;
	return sum;
}

static void judge(const struct match *m, struct group *g)
{
	const struct act *first = g->again[0];
	uint32_t rcv_nxt, snd_una;
	bool has_rcv_nxt = end_rcv_nxt(m->receiver_end, &rcv_nxt);
	bool has_snd_una = end_snd_una(m->sender_end, &snd_una);

	g->first_in_vain = g->n;
	for (size_t i = g->n; i--;) {
		if (g->again[i]->data_in_vain)
			g->first_in_vain = i, g->n_in_vain++;
		g->came_again |= g->again[i]->taken && !g->again[i]->data_in_vain;
	}
	g->delivered = g->n_in_vain || g->came_again || (first->has_seq && has_rcv_nxt && seq_before(first->seq, rcv_nxt)) ||
		       (first->has_seq && has_snd_una && seq_before(first->seq, snd_una));
	if (g->n_in_vain || (g->delivered && !g->came_again && was_told_otherwise(m, g->again[g->n - 1])))
		g->n_doubtful = doubtful(g, g->first_in_vain);
	/* what may still come in vain would tell that it was late, not lost */
	g->known = (g->delivered || (first->has_seq && has_rcv_nxt)) && match_remembers(m, first->time_ns) &&
		   (!g->delivered || g->n_in_vain || match_is_counted(m) ||
		    match_horizon_ns(m) >= match_settled_ns(m, SEGMENT_DATA, g->again[g->n - 1]->time_ns));
}

static enum fate fate_in(const struct match *m, const struct group *g, const struct act *act, bool is_last)
{
	if (!g->known)
		return FATE_UNKNOWN;
	if ((g->delivered && !is_last) || match_horizon_ns(m) >= match_settled_ns(m, SEGMENT_DATA, act->time_ns))
		return FATE_LOST;
	return FATE_UNDER_WAY;
}

/*
 * If something came in vain and several had been sent before it, one of these
 * came and the others were lost; which, nobody knows. So they are told of at
 * no time.
 */
static void add_first(struct match *m, const struct group *g)
{
	bool one_of_several = g->n_doubtful && !g->came_again;
	bool came = g->first_in_vain < g->n && !g->n_doubtful && !g->came_again;
	struct segment *segment;

	/* whose numbers are forgotten may have been of any data, and its first sending another's */
	if (!g->again[0]->has_seq)
		return;
	segment = add(m, g->again[0], !g->known ? FATE_UNKNOWN : came ? FATE_ARRIVED : fate_in(m, g, g->again[0], false),
		      false);
	if (segment && g->known && one_of_several)
		segment->count = g->n_doubtful;
}

/*
 * What came in vain has its place already. If nothing did, the last of all came:
 * then the sender was content, unless it was told otherwise.
 */
static void add_group(struct match *m, struct group *g)
{
	judge(m, g);
	add_first(m, g);
	for (size_t i = 0; i < g->n; i++) {
		bool is_last = i + 1 == g->n;
		enum fate fate = fate_in(m, g, g->again[i], is_last);

		if (g->again[i]->taken || g->again[i]->kind != SEGMENT_DATA)
			continue; /* these have their places */
		if (i < g->first_in_vain && (g->first_in_vain < g->n || g->n_doubtful) && !g->came_again)
			fate = FATE_UNKNOWN;
		else if (g->known && g->delivered && is_last && g->first_in_vain == g->n &&
			 !g->came_again)
			fate = FATE_ARRIVED;
		add(m, g->again[i], fate, true);
	}
}

/*
 * Whether an acknowledgment that had not come in time was lost and not late:
 * by the sockets' counters, or because it has not come to this day.
 */
static bool acks_are_lost(const struct match *m, const struct group *g)
{
	const struct act *last = g->again[g->n - 1];
	uint32_t snd_una;

	if (match_is_counted(m))
		return true;
	return last->has_seq && end_snd_una(m->sender_end, &snd_una) && !seq_before(last->seq, snd_una) &&
	       m->exchange->now_ns - last->time_ns >= match_timeout_ns(m, SEGMENT_DATA);
}

/*
 * Whatever came in vain was sent for want of an acknowledgment: of what came
 * first, and of all that came in vain but the last.
 */
static void add_acks(struct match *m, const struct group *g)
{
	size_t left = acks_are_lost(m, g) ? g->n_in_vain : 0;

	for (size_t i = 0; i < g->n && left; i++) {
		struct act ack = { .time_ns = g->again[i]->time_ns, .kind = SEGMENT_DATA_ACK };
		struct segment *segment;

		if (!g->again[i]->data_in_vain)
			continue;
		segment = segment_add(m->exchange, !m->from_peer, &ack, NULL, FATE_LOST);
		if (segment)
			segment->sent_ns = 0;
		left--;
	}
}

static bool same_data(const struct match *m, const struct act *a, const struct act *b)
{
	if (!is_data(m, a))
		return false;
	return a->has_seq == b->has_seq && (!a->has_seq || a->seq == b->seq);
}

static void take_group(struct match *m, size_t first)
{
	struct acts *sent = &m->sender->sent;
	struct group g = { .n = 0 };

	for (size_t i = first; i < sent->n && g.n < END_TOLD; i++)
		if (same_data(m, &sent->act[i], &sent->act[first]))
			g.again[g.n++] = &sent->act[i];
	add_group(m, &g);
	add_acks(m, &g);
}

static bool is_first(const struct match *m, size_t i)
{
	const struct act *act = m->sender->sent.act;

	if (!same_data(m, &act[i], &act[i]))
		return false;
	for (size_t j = 0; j < i; j++)
		if (same_data(m, &act[j], &act[i]))
			return false;
	return true;
}

void match_data(struct match *m)
{
	struct acts *sent = &m->sender->sent;

	match_in_vain(m);
	for (size_t i = 0; i < sent->n; i++)
		if (is_first(m, i))
			take_group(m, i);
}
