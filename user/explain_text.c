// SPDX-License-Identifier: GPL-2.0
/* A story for people: who, what it means, how it went, what it waits for. */
#include <string.h>

#include "explain.h"
#include "field.h"

static void field(const struct story *s, enum tcpscope_field id, struct text *text, bool names)
{
	field_text(field_at(id), &s->self.row, text, names);
}

static void headline(const struct story *s, struct text *text, bool names)
{
	field(s, TCPSCOPE_FIELD_LOCAL, text, names);
	text_string(text, " -> ");
	field(s, TCPSCOPE_FIELD_PEER, text, names);
	text_string(text, "  ");
	text_state(text, &s->self);
	if (end_is_over(&s->self)) {
		text_string(text, ", over since ");
		text_span(text, s->self.row.ended_ago_ns);
	}
	text_char(text, '\n');
}

static void identity(const struct story *s, struct text *text)
{
	static const struct {
		const char *what;
		enum tcpscope_field id;
	} parts[] = {
		{ "owner ", TCPSCOPE_FIELD_OWNER }, { "role ", TCPSCOPE_FIELD_ROLE },
		{ "age ", TCPSCOPE_FIELD_AGE },	    { "cookie ", TCPSCOPE_FIELD_COOKIE },
		{ "netns ", TCPSCOPE_FIELD_NETNS },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		text_string(text, i ? ", " : "  ");
		text_string(text, parts[i].what);
		field(s, parts[i].id, text, false);
	}
	text_char(text, '\n');
	if (!s->joined)
		return;
	text_string(text, "  other end: cookie ");
	text_u64(text, s->peer.row.conn.cookie);
	text_string(text, ", owner ");
	field_text(field_at(TCPSCOPE_FIELD_OWNER), &s->peer.row, text, false);
	text_string(text, ", netns ");
	text_u64(text, s->peer.row.conn.netns);
	text_char(text, '\n');
}

/* --- verdicts --- */

#define LINE 110 /* columns, where a sentence goes on in the next line */

/* Words as a paragraph: all but the first line is indented by two more. */
static void paragraph(struct text *text, size_t indent, const struct text *words)
{
	size_t column = indent, i = 0;

	text_spaces(text, indent);
	while (i < words->len) {
		const char *word = words->data + i, *space = memchr(word, ' ', words->len - i);
		size_t len = space ? (size_t)(space - word) : words->len - i;

		if (i && column + 1 + len > LINE) {
			text_char(text, '\n');
			column = indent + 2;
			text_spaces(text, column);
		} else if (i) {
			text_char(text, ' ');
			column++;
		}
		text_bytes(text, word, len);
		column += len;
		i += len + 1;
	}
	text_char(text, '\n');
}

static void line(struct text *text, const char *what, const struct text *words)
{
	struct text all = { 0 };

	if (!words->len)
		return;
	text_string(&all, what);
	text_bytes(&all, words->data, words->len);
	paragraph(text, 4, &all);
	text_free(&all);
}

static void evidence(const struct rule *rule, const struct story *s, struct text *words)
{
	for (size_t i = 0;; i++) {
		size_t begin = words->len;

		if (i)
			text_string(words, "; ");
		if (rule_evidence(rule, s, i, words))
			continue;
		words->len = begin;
		return;
	}
}

static void verdict(const struct rule *rule, const struct story *s, struct text *text, bool is_chief)
{
	struct text words = { 0 };

	text_string(&words, verdict_name(rule_id(rule)));
	text_string(&words, ": ");
	rule_text(rule, s, &words);
	paragraph(text, 2, &words);
	words.len = 0;
	evidence(rule, s, &words);
	line(text, "evidence: ", &words);
	words.len = 0;
	rule_unknown(rule, s, &words);
	line(text, "not known: ", &words);
	words.len = 0;
	if (is_chief)
		story_next(s, &words);
	line(text, "next: ", &words);
	words.len = 0;
	rule_advice(rule, s, &words);
	line(text, "to do: ", &words);
	text_free(&words);
}

/* --- how it went --- */

/* "(in a row, 3 of 6)": the limit is known while the timer is armed. */
static void limit(const struct story *s, const struct tcpscope_event *e, struct text *text)
{
	const struct tcpscope_conn *conn = &s->self.row.conn;

	for (int i = 0; e->kind == TCPSCOPE_EVENT_RETRANSMIT && i < conn->n_timers; i++) {
		const struct tcpscope_timer *t = &conn->timers[i];

		if (t->limit <= 0 || e->attempt > t->limit ||
		    (t->kind != TCPSCOPE_TIMER_RETRANSMIT && t->kind != TCPSCOPE_TIMER_SYNACK))
			continue;
		text_string(text, " of ");
		text_u64(text, t->limit);
		return;
	}
}

/* The end of a cell that began there, with a space behind it. */
static void pad(struct text *text, size_t begin, size_t width)
{
	text_pad(text, begin, width);
	text_char(text, ' ');
}

static void event(const struct story *s, const struct told *told, uint64_t begin_ns, uint64_t last_ns,
		  struct text *text)
{
	const struct tcpscope_event *e = &told->event;
	size_t begin;

	text_string(text, "  ");
	begin = text->len;
	text_char(text, '+');
	text_span(text, e->time_ns - begin_ns);
	pad(text, begin, 11);
	begin = text->len;
	text_string(text, "(+");
	text_span(text, e->time_ns - last_ns);
	text_char(text, ')');
	pad(text, begin, 13);
	begin = text->len;
	text_name(text, tcpscope_event_name(e->kind), e->kind);
	pad(text, begin, 16);
	event_what_text(text, e);
	limit(s, e, text);
	text_char(text, '\n');
}

static void timeline(const struct story *s, struct text *text)
{
	uint64_t begin_ns = s->self.n_told ? s->self.told[0].event.time_ns : 0, last_ns = begin_ns;

	if (!s->self.n_told)
		return;
	text_string(text, "\n  timeline of this end\n");
	for (size_t i = 0; i < s->self.n_told; i++) {
		event(s, &s->self.told[i], begin_ns, last_ns, text);
		last_ns = s->self.told[i].event.time_ns;
	}
}

static void timers(const struct story *s, struct text *text)
{
	if (end_is_over(&s->self))
		return;
	text_string(text, "\n  timers: ");
	field(s, TCPSCOPE_FIELD_TIMERS, text, false);
	text_char(text, '\n');
}

static void ladder(const struct story *s, struct text *text)
{
	if (!s->n_segments)
		return;
	text_char(text, '\n');
	ladder_text(s, text);
}

static void lacks(const struct story *s, struct text *text)
{
	const char *lack;

	for (size_t i = 0; (lack = story_lack(s, i)); i++) {
		text_string(text, i ? "" : "\n");
		text_string(text, "  lacking: ");
		text_string(text, lack);
		text_char(text, '\n');
	}
}

void explain_text(const struct story *story, struct text *text, bool names)
{
	struct verdicts verdicts;

	verdicts_find(story, &verdicts);
	headline(story, text, names);
	identity(story, text);
	text_char(text, '\n');
	for (size_t i = 0; i < verdicts.n; i++)
		verdict(verdicts.rule[i], story, text, !i);
	ladder(story, text);
	timeline(story, text);
	timers(story, text);
	lacks(story, text);
}
