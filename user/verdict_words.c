// SPDX-License-Identifier: GPL-2.0
/* The words in braces of what a rule says, and what happens next. */
#include <ctype.h>
#include <string.h>

#include "field.h"
#include "verdict_rules.h"

void text_count(struct text *text, unsigned int n, const char *what)
{
	text_u64(text, n);
	text_char(text, ' ');
	text_string(text, what);
	text_string(text, n == 1 ? "" : "s");
}

void text_state(struct text *text, const struct end *end)
{
	if (end_state(end))
		text_name(text, tcpscope_state_name(end_state(end)), end_state(end));
	else
		text_char(text, '-');
}

/* --- the words --- */

static void field_word(const struct story *s, enum tcpscope_field id, struct text *text)
{
	field_text(field_at(id), &s->self.row, text, false);
}

static void peer_word(const struct story *s, const struct rule *rule, struct text *text)
{
	field_word(s, TCPSCOPE_FIELD_PEER, text);
}

static void owner_word(const struct story *s, const struct rule *rule, struct text *text)
{
	size_t begin = text->len;

	field_word(s, TCPSCOPE_FIELD_OWNER, text);
	if (text->len - begin > 1)
		return;
	text->len = begin;
	text_string(text, "the owner");
}

/* Sent in all, by the recorder; or without it by the timer that counts. */
static void sent_word(const struct story *s, unsigned int again, enum tcpscope_timer_kind kind,
		      struct text *text)
{
	const struct tcpscope_timer *timer = conn_timer(&s->self.row.conn, kind);

	if (!again && timer && timer->attempt > 0)
		again = timer->attempt;
	text_u64(text, 1 + again);
}

static void syns_word(const struct story *s, const struct rule *rule, struct text *text)
{
	sent_word(s, again(s, TCPSCOPE_RETRANSMIT_SYN), TCPSCOPE_TIMER_RETRANSMIT, text);
}

static void synacks_word(const struct story *s, const struct rule *rule, struct text *text)
{
	sent_word(s, again(s, TCPSCOPE_RETRANSMIT_SYNACK), TCPSCOPE_TIMER_SYNACK, text);
}

static void fins_word(const struct story *s, const struct rule *rule, struct text *text)
{
	sent_word(s, story_fins_again(s), TCPSCOPE_TIMER_RETRANSMIT, text);
}

static void datas_word(const struct story *s, const struct rule *rule, struct text *text)
{
	sent_word(s, story_data_again(s), TCPSCOPE_TIMER_RETRANSMIT, text);
}

static void data_again_word(const struct story *s, const struct rule *rule, struct text *text)
{
	text_u64(text, story_data_again(s));
}

static void probes_word(const struct story *s, const struct rule *rule, struct text *text)
{
	text_u64(text, again(s, TCPSCOPE_RETRANSMIT_PROBE));
}

static void keepalives_word(const struct story *s, const struct rule *rule, struct text *text)
{
	text_u64(text, again(s, TCPSCOPE_RETRANSMIT_KEEPALIVE));
}

static void restarts_word(const struct story *s, const struct rule *rule, struct text *text)
{
	text_count(text, story_restarts(s, true), "time");
}

static void state_word(const struct story *s, const struct rule *rule, struct text *text)
{
	text_state(text, &s->self);
}

static void lost_word(const struct story *s, const struct rule *rule, struct text *text)
{
	bool is_data = rule->kind == SEGMENT_DATA;

	text_count(text, story_count(s, rule->kind, FATE_LOST, FROM_BOTH),
		   is_data ? "data segment" : segment_kind_name(rule->kind));
}

static void refused_word(const struct story *s, const struct rule *rule, struct text *text)
{
	text_u64(text, life(s)->syns - life(s)->requests - life(s)->overflows);
}

static const struct {
	const char *word;
	void (*put)(const struct story *s, const struct rule *rule, struct text *text);
} words[] = {
	{ "peer", peer_word },
	{ "owner", owner_word },
	{ "state", state_word },
	{ "last_state", state_word },
	{ "syns", syns_word },
	{ "synacks", synacks_word },
	{ "fins", fins_word },
	{ "datas", datas_word },
	{ "dataagain", data_again_word },
	{ "probes", probes_word },
	{ "keepalives", keepalives_word },
	{ "restarts", restarts_word },
	{ "lost", lost_word },
	{ "refused", refused_word },
};

static void put_word(const struct story *story, const struct rule *rule, const char *word, size_t len,
		     struct text *text)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strlen(words[i].word) == len && !strncmp(words[i].word, word, len))
			words[i].put(story, rule, text);
}

void words_expand(const struct story *story, const struct rule *rule, const char *from, struct text *text)
{
	size_t begin = text->len;

	while (*from) {
		const char *end = *from == '{' ? strchr(from, '}') : NULL;

		if (end) {
			put_word(story, rule, from + 1, end - from - 1, text);
			from = end + 1;
		} else {
			text_char(text, *from++);
		}
	}
	/* "the owner" at the beginning of a sentence that says so */
	if (!strncmp(text->data + begin, "the owner", 9) && text->data[text->len - 1] == '.' &&
	    rule->text[0] == '{')
		text->data[begin] = toupper(text->data[begin]);
}

/* --- what happens next --- */

static void attempts_words(struct text *text, const struct tcpscope_timer *timer)
{
	if (timer->attempt < 0 || timer->limit <= 0)
		return;
	text_string(text, " (");
	text_u64(text, timer->attempt);
	text_string(text, " of ");
	text_u64(text, timer->limit);
	text_string(text, " tries used)");
}

static void end_words(struct text *text, const struct tcpscope_timer *timer)
{
	if (timer->gives_up_ns == TCPSCOPE_UNKNOWN_NS || timer->gives_up_ns < 0)
		return;
	text_string(text, "; if nothing comes it is over in ");
	text_span(text, timer->gives_up_ns);
	if (!timer->error)
		return;
	text_string(text, ", with ");
	text_string(text, strerrorname_np(timer->error));
}

static void timer_words(struct text *text, const struct tcpscope_timer *timer)
{
	text_string(text, "the ");
	text_name(text, tcpscope_timer_name(timer->kind), timer->kind);
	text_string(text, " timer fires in ");
	if (timer->expires_ns == TCPSCOPE_UNKNOWN_NS)
		text_string(text, "a time not known");
	else
		text_span(text, timer->expires_ns < 0 ? 0 : timer->expires_ns);
	attempts_words(text, timer);
	end_words(text, timer);
}

/* Of timers that wait for the peer, the one that decides is the first to give up. */
static const struct tcpscope_timer *deciding(const struct tcpscope_conn *conn)
{
	const struct tcpscope_timer *best = NULL;

	for (int i = 0; i < conn->n_timers; i++) {
		const struct tcpscope_timer *t = &conn->timers[i];

		if (t->kind == TCPSCOPE_TIMER_DELACK || t->kind == TCPSCOPE_TIMER_PACING ||
		    t->kind == TCPSCOPE_TIMER_COMPACK)
			continue;
		if (!best || (t->gives_up_ns != TCPSCOPE_UNKNOWN_NS &&
			      (best->gives_up_ns == TCPSCOPE_UNKNOWN_NS || t->gives_up_ns < best->gives_up_ns)))
			best = t;
	}
	return best;
}

void story_next(const struct story *story, struct text *text)
{
	const struct tcpscope_row *row = &story->self.row;
	const struct tcpscope_timer *timer;

	if (end_is_over(&story->self))
		return;
	if (!row_knows(row, TCPSCOPE_KNOWN(TIMERS))) {
		text_string(text, "not known: without the module no timer is seen.");
		return;
	}
	timer = deciding(&row->conn);
	if (timer && (timer->kind == TCPSCOPE_TIMER_TIMEWAIT || timer->kind == TCPSCOPE_TIMER_FINWAIT2)) {
		text_string(text, "it ends by itself in ");
		text_span(text, timer->expires_ns < 0 ? 0 : timer->expires_ns);
	} else if (timer) {
		timer_words(text, timer);
	} else {
		text_string(text, "no timer is armed: it stays as it is until its owner or the peer acts");
	}
	text_char(text, '.');
}
