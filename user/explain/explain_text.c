// SPDX-License-Identifier: GPL-2.0
/* A exchange for people: who, what it means, how it went, what it waits for. */
#include <string.h>

#include "conn/field.h"
#include "explain/explain.h"

static void field(const struct exchange *s, enum tcpscope_field id, struct strbuf *text, bool names)
{
	field_text(field_at(id), &s->self.row, text, names);
}

static void headline(const struct exchange *s, struct strbuf *text, bool names)
{
	field(s, TCPSCOPE_FIELD_LOCAL, text, names);
	strbuf_string(text, " -> ");
	field(s, TCPSCOPE_FIELD_PEER, text, names);
	strbuf_string(text, "  ");
	text_state(text, &s->self);
	if (end_is_over(&s->self)) {
		strbuf_string(text, ", over since ");
		strbuf_span(text, s->self.row.ended_ago_ns);
	}
	strbuf_char(text, '\n');
}

/* If that is not just the owner: who can close it now, and that the owner can't. */
static void holders(const struct exchange *s, struct strbuf *text)
{
	bool is_owner = s->n_holders == 1 && s->self.row.has_life &&
			s->holders->pid == s->self.row.life.owner.pid;

	if (s->maker_ended)
		strbuf_string(text, "  the owner has ended\n");
	if (!s->n_holders || is_owner)
		return;
	strbuf_string(text, "  open in ");
	for (size_t i = 0; i < s->n_holders; i++) {
		strbuf_string(text, i ? ", " : "");
		text_holder(text, &s->holders[i]);
	}
	strbuf_char(text, '\n');
}

static void identity(const struct exchange *s, struct strbuf *text)
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
		strbuf_string(text, i ? ", " : "  ");
		strbuf_string(text, parts[i].what);
		field(s, parts[i].id, text, false);
	}
	strbuf_char(text, '\n');
	holders(s, text);
	if (!s->joined)
		return;
	strbuf_string(text, "  other end: cookie ");
	strbuf_u64(text, s->peer.row.conn.cookie);
	strbuf_string(text, ", owner ");
	field_text(field_at(TCPSCOPE_FIELD_OWNER), &s->peer.row, text, false);
	strbuf_string(text, ", netns ");
	strbuf_u64(text, s->peer.row.conn.netns);
	strbuf_char(text, '\n');
}

/* --- verdicts --- */

static void line(struct strbuf *text, const char *what, const struct strbuf *words)
{
	struct strbuf all = { 0 };

	if (!words->len)
		return;
	strbuf_string(&all, what);
	strbuf_bytes(&all, words->data, words->len);
	strbuf_paragraph(text, 4, &all);
	strbuf_free(&all);
}

static void evidence(const struct rule *rule, const struct exchange *s, struct strbuf *words)
{
	for (size_t i = 0;; i++) {
		size_t begin = words->len;

		if (i)
			strbuf_string(words, "; ");
		if (rule_evidence(rule, s, i, words))
			continue;
		words->len = begin;
		return;
	}
}

static void verdict(const struct rule *rule, const struct exchange *s, struct strbuf *text, bool is_chief)
{
	struct strbuf words = { 0 };

	strbuf_string(&words, verdict_name(rule_id(rule)));
	strbuf_string(&words, ": ");
	rule_text(rule, s, &words);
	strbuf_paragraph(text, 2, &words);
	words.len = 0;
	evidence(rule, s, &words);
	line(text, "evidence: ", &words);
	words.len = 0;
	rule_unknown(rule, s, &words);
	line(text, "not known: ", &words);
	words.len = 0;
	if (is_chief)
		exchange_next(s, &words);
	line(text, "next: ", &words);
	words.len = 0;
	rule_advice(rule, s, &words);
	line(text, "to do: ", &words);
	strbuf_free(&words);
}

/* --- how it went --- */

/* "(in a row, 3 of 6)": the limit is known while the timer is armed. */
static void limit(const struct exchange *s, const struct tcpscope_event *e, struct strbuf *text)
{
	const struct tcpscope_conn *conn = &s->self.row.conn;

	for (int i = 0; e->kind == TCPSCOPE_EVENT_RETRANSMIT && i < conn->n_timers; i++) {
		const struct tcpscope_timer *t = &conn->timers[i];

		if (t->limit <= 0 || !e->attempt || e->attempt > t->limit ||
		    (t->kind != TCPSCOPE_TIMER_RETRANSMIT && t->kind != TCPSCOPE_TIMER_SYNACK))
			continue;
		strbuf_string(text, " of ");
		strbuf_u64(text, t->limit);
		return;
	}
}

/* The end of a cell that began there, with a space behind it. */
static void pad(struct strbuf *text, size_t begin, size_t width)
{
	strbuf_pad(text, begin, width);
	strbuf_char(text, ' ');
}

static void event(const struct exchange *s, const struct recorded_event *told, uint64_t begin_ns, uint64_t last_ns,
		  struct strbuf *text)
{
	const struct tcpscope_event *e = &told->event;
	size_t begin;

	strbuf_string(text, "  ");
	begin = text->len;
	strbuf_char(text, '+');
	strbuf_span(text, e->time_ns - begin_ns);
	pad(text, begin, 11);
	begin = text->len;
	strbuf_string(text, "(+");
	strbuf_span(text, e->time_ns - last_ns);
	strbuf_char(text, ')');
	pad(text, begin, 13);
	begin = text->len;
	strbuf_name(text, tcpscope_event_name(e->kind), e->kind);
	pad(text, begin, 16);
	event_what_text(text, e);
	limit(s, e, text);
	strbuf_char(text, '\n');
}

static void timeline(const struct exchange *s, struct strbuf *text)
{
	uint64_t begin_ns = s->self.n_told ? s->self.told[0].event.time_ns : 0, last_ns = begin_ns;

	if (!s->self.n_told)
		return;
	strbuf_string(text, "\n  timeline of this end\n");
	for (size_t i = 0; i < s->self.n_told; i++) {
		event(s, &s->self.told[i], begin_ns, last_ns, text);
		last_ns = s->self.told[i].event.time_ns;
	}
}

static void timers(const struct exchange *s, struct strbuf *text)
{
	if (end_is_over(&s->self))
		return;
	strbuf_string(text, "\n  timers: ");
	field(s, TCPSCOPE_FIELD_TIMERS, text, false);
	strbuf_char(text, '\n');
}

static void ladder(const struct exchange *s, struct strbuf *text)
{
	if (!s->n_segments)
		return;
	strbuf_char(text, '\n');
	ladder_text(s, text);
}

static void lacks(const struct exchange *s, struct strbuf *text)
{
	const char *lack;

	for (size_t i = 0; (lack = exchange_lack(s, i)); i++) {
		strbuf_string(text, i ? "" : "\n");
		strbuf_string(text, "  lacking: ");
		strbuf_string(text, lack);
		strbuf_char(text, '\n');
	}
}

void explain_text(const struct exchange *exchange, struct strbuf *text, bool names)
{
	struct verdicts verdicts;

	verdicts_find(exchange, &verdicts);
	headline(exchange, text, names);
	identity(exchange, text);
	strbuf_char(text, '\n');
	for (size_t i = 0; i < verdicts.n; i++)
		verdict(verdicts.rule[i], exchange, text, !i);
	ladder(exchange, text);
	timeline(exchange, text);
	timers(exchange, text);
	lacks(exchange, text);
}
