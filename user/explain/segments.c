// SPDX-License-Identifier: GPL-2.0
/* All segments of an exchange, in order, with their sequence numbers where these are certain. */
#include "explain/segments.h"

#include <stdlib.h>

#include "explain/counters.h"
#include "explain/match.h"
#include "explain/one_end.h"
#include "explain/retransmit.h"
#include "lib/error.h"

/* In an instant, segments are in the order of enum segment_kind: SYN, SYN-ACK, ACK. */
static int by_place(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;

	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	return x->kind - y->kind;
}

/* A first sending nobody saw, or an ACK that was not seen to be lost, is put right before what shows it. */
static void place(struct exchange *exchange)
{
	for (size_t i = 0; i < exchange->n_segments; i++) {
		struct segment *s = &exchange->segments[i];

		if (!s->sent_ns && !s->came_ns && s->at_ns && s->at_ns != UINT64_MAX)
			s->at_ns--;
	}
	qsort(exchange->segments, exchange->n_segments, sizeof(*exchange->segments), by_place);
}

/* Without those that turned out to be none. */
static void compact(struct exchange *exchange)
{
	size_t n = 0;

	for (size_t i = 0; i < exchange->n_segments; i++)
		if (exchange->segments[i].count)
			exchange->segments[n++] = exchange->segments[i];
	exchange->n_segments = n;
}

/* --- sequence numbers --- */

/* Initial sequence numbers, and those of the FINs; 0: not known. */
struct numbers {
	uint32_t isn, fin;
	bool has_fin;
	bool fastopen; /* its SYN, or its SYN-ACK, may have been followed by data of unknown length */
	size_t n_lives;
};

static const struct end *other(const struct exchange *exchange, const struct end *end)
{
	return end == &exchange->self ? &exchange->peer : &exchange->self;
}

static uint32_t isn_of(const struct exchange *exchange, const struct end *end)
{
	const struct end *peer = other(exchange, end);

	if (end->row.has_life && end->row.life.local_isn)
		return end->row.life.local_isn;
	return peer->row.has_life ? peer->row.life.peer_isn : 0;
}

static bool has(const struct exchange *exchange, bool from_peer, enum segment_kind kind, bool needs_arrival)
{
	for (size_t i = 0; i < exchange->n_segments; i++) {
		const struct segment *s = &exchange->segments[i];

		if (s->from_peer == from_peer && s->kind == kind &&
		    (!needs_arrival || s->fate == FATE_ARRIVED))
			return true;
	}
	return false;
}

/* Whether the sender has sent all it had to send, the FIN too. */
static bool sent_all(const struct end *end)
{
	const struct tcpscope_conn *conn = &end->row.conn;

	return !end_is_over(end) && row_knows(&end->row, TCPSCOPE_KNOWN(SEND_Q)) &&
	       row_knows(&end->row, TCPSCOPE_KNOWN(SND_NXT)) &&
	       conn->snd_una + conn->send_q == conn->snd_nxt;
}

static unsigned int fins(const struct exchange *exchange, bool from_peer)
{
	unsigned int n = 0;

	for (size_t i = 0; i < exchange->n_segments; i++)
		n += exchange->segments[i].kind == SEGMENT_FIN && exchange->segments[i].from_peer == from_peer;
	return n;
}

/* The last number of all is the FIN's, once that was sent: it came, was acknowledged or sent again. */
static bool fin_of(const struct exchange *exchange, bool from_peer, uint32_t *fin)
{
	const struct end *sender = from_peer ? &exchange->peer : &exchange->self;
	const struct end *receiver = other(exchange, sender);
	bool acknowledged = has(exchange, !from_peer, SEGMENT_FIN_ACK, true);
	bool came = has(exchange, from_peer, SEGMENT_FIN, true);
	unsigned int n = fins(exchange, from_peer);

	if (came && (exchange->joined || receiver == &exchange->self) && end_rcv_nxt(receiver, fin)) {
		*fin -= 1;
		return true;
	}
	if ((came || acknowledged || n > 1 || (n && sent_all(sender))) &&
	    (exchange->joined || sender == &exchange->self) && end_snd_nxt(sender, fin)) {
		*fin -= 1;
		return true;
	}
	return false;
}

static unsigned int attempt_of(const struct exchange *exchange, size_t i)
{
	const struct segment *s = &exchange->segments[i];
	unsigned int n = 0;

	for (size_t j = 0; j < i; j++) {
		const struct segment *before = &exchange->segments[j];

		n += before->kind == s->kind && before->from_peer == s->from_peer &&
		     (s->kind != SEGMENT_DATA || before->seq == s->seq);
	}
	return n < 255 ? n : 255;
}

static void set_seq(struct segment *s, uint32_t seq, bool known)
{
	s->seq = known ? seq : 0;
	s->has_seq = known;
}

static void set_ack(struct segment *s, uint32_t ack, bool known)
{
	s->ack = known ? ack : 0;
	s->has_ack = known;
}

static void number_one(struct segment *s, const struct numbers *sender, const struct numbers *receiver)
{
	switch (s->kind) {
	case SEGMENT_SYN:
		set_seq(s, sender->isn, sender->isn);
		break;
	case SEGMENT_SYNACK:
		/* each request has a number of its own */
		set_seq(s, s->isn ? s->isn : sender->isn, s->isn || (sender->isn && sender->n_lives < 2));
		set_ack(s, receiver->isn + 1, receiver->isn && !receiver->fastopen);
		break;
	case SEGMENT_HANDSHAKE_ACK:
		/* one that answers a SYN-ACK sent again may come after data */
		set_seq(s, sender->isn + 1, sender->isn && !s->attempt && !sender->fastopen);
		set_ack(s, receiver->isn + 1, receiver->isn && !s->attempt && !receiver->fastopen);
		break;
	case SEGMENT_FIN:
		if (!s->has_seq) /* it has one if there was data before the FIN in it */
			set_seq(s, sender->fin, sender->has_fin);
		break;
	case SEGMENT_FIN_ACK:
		set_ack(s, receiver->fin + 1, receiver->has_fin);
		break;
	}
}

static bool is_fastopen(const struct end *end)
{
	return (end->row.conn.flags | (end->row.has_life ? end->row.life.flags : 0)) & TCPSCOPE_FLAG_FASTOPEN;
}

static void number_all(struct exchange *exchange)
{
	struct numbers self = { .isn = isn_of(exchange, &exchange->self), .n_lives = exchange->self.n_lives };
	struct numbers peer = { .isn = exchange->self.row.has_life ? exchange->self.row.life.peer_isn : 0 };

	peer.n_lives = exchange->peer.n_lives;
	self.fastopen = peer.fastopen = is_fastopen(&exchange->self) || is_fastopen(&exchange->peer);
	if (!peer.isn && exchange->joined)
		peer.isn = isn_of(exchange, &exchange->peer);
	self.has_fin = fin_of(exchange, false, &self.fin);
	peer.has_fin = fin_of(exchange, true, &peer.fin);
	for (size_t i = 0; i < exchange->n_segments; i++) {
		struct segment *s = &exchange->segments[i];

		s->attempt = attempt_of(exchange, i);
		number_one(s, s->from_peer ? &peer : &self, s->from_peer ? &self : &peer);
	}
}

/* --- both ends --- */

#define ACK_WINDOW_NS (100 * NSEC_PER_MSEC) /* at least; an ACK that arrived later than this was another */

/* From a SYN to the SYN-ACK: no less than the way there and back. */
static uint64_t round_trip_ns(const struct end_acts *acts)
{
	uint64_t syn_ns = 0;

	for (size_t i = 0; i < acts->sent.n; i++)
		if (acts->sent.act[i].kind == SEGMENT_SYN)
			syn_ns = acts->sent.act[i].time_ns;
	for (size_t i = 0; syn_ns && i < acts->met.n; i++)
		if (acts->met.act[i].kind == SEGMENT_SYNACK)
			return acts->met.act[i].time_ns > syn_ns ? acts->met.act[i].time_ns - syn_ns : 0;
	return 0;
}

static uint64_t ack_window_ns(const struct end_acts *self, const struct end_acts *peer)
{
	uint64_t a = round_trip_ns(self), b = round_trip_ns(peer);
	uint64_t window = 2 * (a > b ? a : b);

	return window > ACK_WINDOW_NS ? window : ACK_WINDOW_NS;
}

static uint64_t longest_delay_ns(const struct exchange *exchange)
{
	uint64_t longest = 0;

	for (size_t i = 0; i < exchange->n_segments; i++) {
		const struct segment *s = &exchange->segments[i];

		if (s->sent_ns && s->came_ns > s->sent_ns + longest)
			longest = s->came_ns - s->sent_ns;
	}
	return longest;
}

/* Those of one kind, ACKs or others; what an ACK may take shows in the others. */
static void join_arrivals(struct match ways[2], bool acks)
{
	uint64_t delay_ns = longest_delay_ns(ways->exchange);

	for (size_t way = 0; way < 2; way++) {
		struct match *m = &ways[way];

		if (m->window_ns < 2 * delay_ns)
			m->window_ns = 2 * delay_ns;
		for (size_t i = 0; i < m->receiver->met.n; i++)
			if (act_is_ack(&m->receiver->met.act[i]) == acks)
				match_met(m, i);
	}
}

static void join(struct exchange *exchange, struct end_acts *self, struct end_acts *peer)
{
	uint64_t window_ns = ack_window_ns(self, peer);
	struct match ways[] = {
		{ exchange, false, self, peer, &exchange->self, &exchange->peer, window_ns, 0 },
		{ exchange, true, peer, self, &exchange->peer, &exchange->self, window_ns, 0 },
	};

	join_arrivals(ways, false);
	join_arrivals(ways, true);
	ways[0].delay_ns = ways[1].delay_ns = longest_delay_ns(exchange);
	for (size_t way = 0; way < 2; way++) {
		match_data(&ways[way]);
		match_rest(&ways[way]);
	}
	for (size_t way = 0; way < 2; way++)
		match_count(&ways[way]);
}

void segments_find(struct exchange *exchange)
{
	struct end_acts *self = need(NULL, sizeof(*self)), *peer = need(NULL, sizeof(*peer));

	exchange->n_segments = 0;
	acts_of(&exchange->self, self);
	if (exchange->joined) {
		acts_of(&exchange->peer, peer);
		join(exchange, self, peer);
	} else {
		segments_alone(exchange, self);
	}
	compact(exchange);
	place(exchange);
	number_all(exchange);
	free(self);
	free(peer);
}
