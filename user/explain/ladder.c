// SPDX-License-Identifier: GPL-2.0
/* The ladder: time, this end's state, the segment, the other end's state; a segment a line. */
#include <stdlib.h>

#include "conn/field.h"
#include "explain/explain.h"

#define WIDTH 48 /* between the two rails */
#define LOST_AT 44 /* so far a lost segment gets, which leaves room for its label */
#define MARGIN 4 /* from the sender's rail to the label */

/* --- one arrow --- */

static const struct {
	int length;
	char head;
} shapes[] = {
	[FATE_ARRIVED] = { WIDTH, '>' },
	[FATE_LOST] = { LOST_AT, 'X' },
	[FATE_REFUSED] = { WIDTH, '>' },
	[FATE_UNDER_WAY] = { LOST_AT, '>' },
	[FATE_UNKNOWN] = { WIDTH, '?' },
};

static void label(const struct segment *s, struct strbuf *text)
{
	strbuf_char(text, ' ');
	if (s->count > 1) {
		strbuf_u64(text, s->count);
		strbuf_string(text, " x ");
	}
	strbuf_string(text, segment_kind_name(s->kind));
	strbuf_string(text, s->is_foreign ? " (not from this end)" : "");
	if (s->has_seq) {
		strbuf_string(text, " seq ");
		strbuf_u64(text, s->seq);
	}
	if (s->has_ack) {
		strbuf_string(text, " ack ");
		strbuf_u64(text, s->ack);
	}
	strbuf_char(text, ' ');
}

/* What stands at that distance from the sender. */
static char stroke(const struct segment *s, int distance)
{
	int length = shapes[s->fate].length;
	char head = shapes[s->fate].head;

	if (distance == length - 1)
		return s->from_peer && head == '>' ? '<' : head;
	return distance < length ? '-' : ' ';
}

static void arrow(const struct segment *s, struct strbuf *text)
{
	struct strbuf words = { 0 };
	int at;

	label(s, &words);
	at = s->from_peer ? WIDTH - MARGIN - (int)words.len : MARGIN;
	for (int i = 0; i < WIDTH; i++) {
		bool is_label = i >= at && i < at + (int)words.len;

		strbuf_char(text, is_label ? words.data[i - at] :
					   stroke(s, s->from_peer ? WIDTH - 1 - i : i));
	}
	strbuf_free(&words);
}

/* --- a line --- */

static void time_cell(struct strbuf *text, uint64_t at_ns, uint64_t begin_ns)
{
	size_t begin = text->len;

	if (at_ns && at_ns != UINT64_MAX) {
		strbuf_char(text, '+');
		strbuf_span(text, at_ns > begin_ns ? at_ns - begin_ns : 0);
	} else {
		strbuf_char(text, '-');
	}
	strbuf_pad(text, begin, 12);
}

static void state_cell(struct strbuf *text, unsigned int state, size_t width)
{
	size_t begin = text->len;

	if (state)
		strbuf_name(text, tcpscope_state_name(state), state);
	strbuf_pad(text, begin, width);
}

static void end_line(struct strbuf *text)
{
	while (text->len && text->data[text->len - 1] == ' ')
		text->len--;
	strbuf_char(text, '\n');
}

static void segment_line(struct strbuf *text, const struct segment *s, uint64_t begin_ns)
{
	uint8_t left = s->from_peer ? s->receiver_state : s->sender_state;
	uint8_t right = s->from_peer ? s->sender_state : s->receiver_state;

	time_cell(text, s->sent_ns || s->came_ns ? s->at_ns : 0, begin_ns);
	state_cell(text, left, 11);
	strbuf_char(text, '|');
	arrow(s, text);
	strbuf_string(text, "| ");
	state_cell(text, right, 0);
	if (s->fate == FATE_LOST || s->fate == FATE_REFUSED) {
		strbuf_char(text, ' ');
		strbuf_string(text, s->fate == FATE_LOST ? "lost" : "no connection there");
	}
	end_line(text);
}

/* An end that came without a segment: a timer, or an owner. */
static void over_line(struct strbuf *text, const struct end *end, bool is_peer, uint64_t begin_ns)
{
	const struct tcpscope_life *life = &end->row.life;
	size_t begin;

	time_cell(text, end->row.conn.time_ns, begin_ns);
	begin = text->len;
	if (!is_peer)
		strbuf_string(text, "over");
	strbuf_pad(text, begin, 11);
	strbuf_char(text, '|');
	begin = text->len;
	if (is_peer)
		strbuf_spaces(text, 20);
	strbuf_string(text, " (");
	strbuf_name(text, tcpscope_reason_name(life->reason), life->reason);
	strbuf_char(text, ')');
	strbuf_pad(text, begin, WIDTH);
	strbuf_string(text, "| ");
	if (is_peer)
		strbuf_string(text, "over");
	end_line(text);
}

static void heads_line(struct strbuf *text, const struct exchange *exchange)
{
	size_t begin = text->len;

	strbuf_spaces(text, 12);
	field_text(field_at(TCPSCOPE_FIELD_LOCAL), &exchange->self.row, text, false);
	strbuf_pad(text, begin, 12 + 11 + WIDTH);
	field_text(field_at(TCPSCOPE_FIELD_PEER), &exchange->self.row, text, false);
	end_line(text);
}

/* Whether an end is over, and no segment shows it. */
static bool needs_line(const struct end *end)
{
	return end->n_lives && end_is_over(end) && end->row.life.reason != TCPSCOPE_REASON_NORMAL;
}

/* Those of the ends that are over before that time and not told of yet, the earlier first. */
static void over_lines(const struct exchange *exchange, struct strbuf *text, bool told[2], uint64_t at_ns,
		       uint64_t begin_ns)
{
	const struct end *ends[] = { &exchange->self, &exchange->peer };
	int first = exchange->joined && ends[1]->row.conn.time_ns < ends[0]->row.conn.time_ns;

	for (int i = 0; i < 2; i++) {
		int which = first ^ i;

		if (told[which] || !needs_line(ends[which]) || ends[which]->row.conn.time_ns >= at_ns)
			continue;
		over_line(text, ends[which], which, begin_ns);
		told[which] = true;
	}
}

void ladder_text(const struct exchange *exchange, struct strbuf *text)
{
	uint64_t begin_ns = exchange->n_segments ? exchange->segments[0].at_ns : 0;
	bool told[2] = { false };

	heads_line(text, exchange);
	for (size_t i = 0; i < exchange->n_segments; i++) {
		over_lines(exchange, text, told, exchange->segments[i].at_ns, begin_ns);
		segment_line(text, &exchange->segments[i], begin_ns);
	}
	over_lines(exchange, text, told, UINT64_MAX, begin_ns);
}

/* --- JSON --- */

static void segment_json(struct json *json, const struct segment *s)
{
	json_object(json, NULL);
	json_known(json, "sent_ns", s->sent_ns, s->sent_ns);
	json_known(json, "arrived_ns", s->came_ns, s->came_ns);
	json_string(json, "from", s->is_foreign ? NULL : s->from_peer ? "peer" : "local");
	json_string(json, "segment", segment_kind_key(s->kind));
	json_known(json, "seq", s->seq, s->has_seq);
	json_known(json, "ack", s->ack, s->has_ack);
	json_u64(json, "attempt", s->attempt);
	json_string(json, "fate", fate_name(s->fate));
	json_u64(json, "count", s->count);
	json_code(json, "sender_state", tcpscope_state_key, s->sender_state);
	json_code(json, "receiver_state", tcpscope_state_key, s->receiver_state);
	json_end_object(json);
}

void ladder_json(const struct exchange *exchange, struct json *json)
{
	json_array(json, "ladder");
	for (size_t i = 0; i < exchange->n_segments; i++)
		segment_json(json, &exchange->segments[i]);
	json_end_array(json);
}
