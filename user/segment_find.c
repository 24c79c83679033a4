// SPDX-License-Identifier: GPL-2.0
/* All segments of a story, in order, with their sequence numbers where these are certain. */
#include <stdlib.h>

#include "segment.h"

/* In an instant, segments are in the order of enum segment_kind: SYN, SYN-ACK, ACK. */
static int by_place(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;

	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	return x->kind - y->kind;
}

/* A first sending nobody saw, or an ACK that was not seen to be lost, is put right before what shows it. */
static void place(struct story *story)
{
	for (size_t i = 0; i < story->n_segments; i++) {
		struct segment *s = &story->segments[i];

		if (!s->sent_ns && !s->came_ns && s->at_ns && s->at_ns != UINT64_MAX)
			s->at_ns--;
	}
	qsort(story->segments, story->n_segments, sizeof(*story->segments), by_place);
}

/* Without those that turned out to be none. */
static void compact(struct story *story)
{
	size_t n = 0;

	for (size_t i = 0; i < story->n_segments; i++)
		if (story->segments[i].count)
			story->segments[n++] = story->segments[i];
	story->n_segments = n;
}

/* --- sequence numbers --- */

/* Initial sequence numbers, and those of the FINs; 0: not known. */
struct numbers {
	uint32_t isn, fin;
	bool has_fin;
	size_t n_lives;
};

static const struct end *other(const struct story *story, const struct end *end)
{
	return end == &story->self ? &story->peer : &story->self;
}

static uint32_t isn_of(const struct story *story, const struct end *end)
{
	const struct end *peer = other(story, end);

	if (end->row.has_life && end->row.life.local_isn)
		return end->row.life.local_isn;
	return peer->row.has_life ? peer->row.life.peer_isn : 0;
}

static bool has(const struct story *story, bool from_peer, enum segment_kind kind, bool needs_arrival)
{
	for (size_t i = 0; i < story->n_segments; i++) {
		const struct segment *s = &story->segments[i];

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

static unsigned int fins(const struct story *story, bool from_peer)
{
	unsigned int n = 0;

	for (size_t i = 0; i < story->n_segments; i++)
		n += story->segments[i].kind == SEGMENT_FIN && story->segments[i].from_peer == from_peer;
	return n;
}

/* The last number of all is the FIN's, once that was sent: it came, was acknowledged or sent again. */
static bool fin_of(const struct story *story, bool from_peer, uint32_t *fin)
{
	const struct end *sender = from_peer ? &story->peer : &story->self;
	const struct end *receiver = other(story, sender);
	bool acknowledged = has(story, !from_peer, SEGMENT_FIN_ACK, true);
	bool came = has(story, from_peer, SEGMENT_FIN, true);
	unsigned int n = fins(story, from_peer);

	if (came && (story->joined || receiver == &story->self) && end_rcv_nxt(receiver, fin)) {
		*fin -= 1;
		return true;
	}
	if ((came || acknowledged || n > 1 || (n && sent_all(sender))) &&
	    (story->joined || sender == &story->self) && end_snd_nxt(sender, fin)) {
		*fin -= 1;
		return true;
	}
	return false;
}

static unsigned int attempt_of(const struct story *story, size_t i)
{
	const struct segment *s = &story->segments[i];
	unsigned int n = 0;

	for (size_t j = 0; j < i; j++) {
		const struct segment *before = &story->segments[j];

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
		set_ack(s, receiver->isn + 1, receiver->isn);
		break;
	case SEGMENT_HANDSHAKE_ACK:
		/* one that answers a SYN-ACK sent again may come after data */
		set_seq(s, sender->isn + 1, sender->isn && !s->attempt);
		set_ack(s, receiver->isn + 1, receiver->isn && !s->attempt);
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

void segments_number(struct story *story)
{
	struct numbers self = { .isn = isn_of(story, &story->self), .n_lives = story->self.n_lives };
	struct numbers peer = { .isn = story->self.row.has_life ? story->self.row.life.peer_isn : 0 };

	peer.n_lives = story->peer.n_lives;
	if (!peer.isn && story->joined)
		peer.isn = isn_of(story, &story->peer);
	self.has_fin = fin_of(story, false, &self.fin);
	peer.has_fin = fin_of(story, true, &peer.fin);
	for (size_t i = 0; i < story->n_segments; i++) {
		struct segment *s = &story->segments[i];

		s->attempt = attempt_of(story, i);
		number_one(s, s->from_peer ? &peer : &self, s->from_peer ? &self : &peer);
	}
}

void segments_find(struct story *story)
{
	struct doings *self = need(NULL, sizeof(*self)), *peer = need(NULL, sizeof(*peer));

	story->n_segments = 0;
	doings_of(&story->self, self);
	if (story->joined) {
		doings_of(&story->peer, peer);
		segments_join(story, self, peer);
	} else {
		segments_alone(story, self);
	}
	compact(story);
	place(story);
	segments_number(story);
	free(self);
	free(peer);
}
