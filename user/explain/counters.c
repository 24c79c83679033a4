// SPDX-License-Identifier: GPL-2.0
/*
 * The sockets count every segment they send and meet. What one end sent and
 * the other did not meet was lost; most of it has a place in the exchange by now,
 * and the rest are bare ACKs of which no more is known than how many.
 */
#include "explain/counters.h"

/* What a request met and its child did not count; the SYN itself is counted (tcp_create_openreq_child()). */
static unsigned int met_by_request(const struct end *end)
{
	unsigned int n = 0;

	if (end->row.life.role != TCPSCOPE_ROLE_PASSIVE)
		return 0;
	for (size_t i = 0; i < end->n_told; i++) {
		const struct tcpscope_event *e = &end->told[i].event;

		if (e->kind == TCPSCOPE_EVENT_STATE && e->to == TCPSCOPE_ESTABLISHED)
			break;
		n += e->kind == TCPSCOPE_EVENT_ARRIVAL;
	}
	return n;
}

static unsigned int sent_by_request(const struct end *end)
{
	return end->row.life.role == TCPSCOPE_ROLE_PASSIVE ?
		       1 + end->row.life.retransmits[TCPSCOPE_RETRANSMIT_SYNACK] :
		       0;
}

/*
 * Whether the counters cover all of it: the whole of one life, and nobody left
 * before the other was done with it.
 */
static bool is_counted(const struct end *end)
{
	const struct tcpscope_life *life = &end->row.life;
	bool in_time_wait = life->state == TCPSCOPE_TIME_WAIT && life->reason != TCPSCOPE_REASON_DISCONNECTED;
	bool in_order = end_is_over(end) && (life->reason == TCPSCOPE_REASON_NORMAL ||
					     life->reason == TCPSCOPE_REASON_TIMEWAIT_EXPIRED);

	return end->row.has_life && end->n_lives == 1 && !end->forgotten && life->born_ns &&
	       life->traffic.segs_in && (in_order || in_time_wait) &&
	       !(life->flags & (TCPSCOPE_FLAG_SYNCOOKIE | TCPSCOPE_FLAG_FASTOPEN | TCPSCOPE_FLAG_GAP));
}

bool match_is_counted(const struct match *m)
{
	return is_counted(m->sender_end) && is_counted(m->receiver_end);
}

static unsigned int placed(const struct match *m)
{
	unsigned int n = 0;

	for (size_t i = 0; i < m->exchange->n_segments; i++) {
		const struct segment *s = &m->exchange->segments[i];

		n += s->from_peer == m->from_peer && (s->fate == FATE_LOST || s->fate == FATE_REFUSED) ?
			     s->count :
			     0;
	}
	return n;
}

/* Of the ACKs taken for lost, those went along with something else that was. */
static void take_back(struct match *m, unsigned int n, enum segment_kind kind)
{
	struct exchange *exchange = m->exchange;

	for (size_t i = 0; n && i < exchange->n_segments; i++) {
		struct segment *s = &exchange->segments[i];

		if (s->from_peer != m->from_peer || s->kind != kind || s->fate != FATE_LOST)
			continue;
		s->count = 0;
		n--;
	}
}

/* What was taken for lost only because of the counters, and is too much: any of these may be it. */
static void doubt(struct match *m)
{
	struct exchange *exchange = m->exchange;

	for (size_t i = 0; i < exchange->n_segments; i++)
		if (exchange->segments[i].from_peer == m->from_peer && exchange->segments[i].fate == FATE_LOST)
			exchange->segments[i].fate = FATE_UNKNOWN;
}

void match_count(struct match *m)
{
	const struct tcpscope_life *sender = &m->sender_end->row.life, *receiver = &m->receiver_end->row.life;
	struct act act = { .kind = SEGMENT_ACK };
	unsigned int out, in, lost, known = placed(m);
	struct segment *segment;

	if (!match_is_counted(m))
		return;
	out = sender->traffic.segs_out + sent_by_request(m->sender_end);
	in = receiver->traffic.segs_in + met_by_request(m->receiver_end);
	lost = out > in ? out - in : 0;
	if (known > lost)
		take_back(m, known - lost, SEGMENT_DATA_ACK);
	known = placed(m);
	if (known > lost)
		take_back(m, known - lost, SEGMENT_FIN_ACK);
	known = placed(m);
	if (known > lost)
		doubt(m);
	if (known >= lost)
		return;
	segment = segment_add(m->exchange, m->from_peer, &act, NULL, FATE_LOST);
	if (segment) {
		segment->count = lost - known;
		segment->at_ns = UINT64_MAX;
	}
}
