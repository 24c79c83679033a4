// SPDX-License-Identifier: GPL-2.0
/* The words in braces of what a rule says, and what happens next. */
#include <ctype.h>
#include <string.h>

#include "conn/field.h"
#include "explain/rules.h"

void text_count(struct strbuf *text, unsigned int n, const char *what)
{
	strbuf_u64(text, n);
	strbuf_char(text, ' ');
	strbuf_string(text, what);
	strbuf_string(text, n == 1 ? "" : "s");
}

void text_state(struct strbuf *text, const struct end *end)
{
	if (end_state(end))
		strbuf_name(text, tcpscope_state_name(end_state(end)), end_state(end));
	else
		strbuf_char(text, '-');
}

/* --- the words --- */

static void field_word(const struct exchange *s, enum tcpscope_field id, struct strbuf *text)
{
	field_text(field_at(id), &s->self.row, text, false);
}

static void peer_word(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	field_word(s, TCPSCOPE_FIELD_PEER, text);
}

void text_holder(struct strbuf *text, const struct holder *holder)
{
	strbuf_printable(text, holder->comm, sizeof(holder->comm));
	strbuf_char(text, '/');
	strbuf_u64(text, holder->pid);
}

/* Who can act: whoever has it open now, if that is not the one that made it. */
static void owner_word(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	size_t begin = text->len;

	if (s->n_holders && s->maker_ended) {
		text_holder(text, s->holders);
		return;
	}
	field_word(s, TCPSCOPE_FIELD_OWNER, text);
	if (text->len - begin > 1)
		return;
	text->len = begin;
	strbuf_string(text, "the owner");
}

/* Sent in all, by the recorder; or without it by the timer that counts. */
static void sent_word(const struct exchange *s, unsigned int again, enum tcpscope_timer_kind kind,
		      struct strbuf *text)
{
	const struct tcpscope_timer *timer = conn_timer(&s->self.row.conn, kind);

	if (!again && timer && timer->attempt > 0)
		again = timer->attempt;
	strbuf_u64(text, 1 + again);
}

static void syns_word(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	sent_word(s, again(s, TCPSCOPE_RETRANSMIT_SYN), TCPSCOPE_TIMER_RETRANSMIT, text);
}

static void synacks_word(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	sent_word(s, again(s, TCPSCOPE_RETRANSMIT_SYNACK), TCPSCOPE_TIMER_SYNACK, text);
}

static void fins_word(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	sent_word(s, exchange_fins_again(s), TCPSCOPE_TIMER_RETRANSMIT, text);
}

static void datas_word(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	sent_word(s, exchange_data_again(s), TCPSCOPE_TIMER_RETRANSMIT, text);
}

static void data_again_word(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	text_count(text, exchange_data_again(s), "time");
}

static void probes_word(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	strbuf_u64(text, again(s, TCPSCOPE_RETRANSMIT_PROBE));
}

static void keepalives_word(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	strbuf_u64(text, again(s, TCPSCOPE_RETRANSMIT_KEEPALIVE));
}

static void restarts_word(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	text_count(text, exchange_restarts(s, true), "time");
}

static void state_word(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	text_state(text, &s->self);
}

/* Whether some that were lost may not be among those that are told of. */
static bool may_be_more(const struct exchange *s, enum segment_kind kind)
{
	return s->self.forgotten || s->peer.forgotten ||
	       (kind == SEGMENT_DATA && exchange_count(s, kind, FATE_UNKNOWN, FROM_BOTH));
}

static void lost_word(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	bool is_data = rule->kind == SEGMENT_DATA;

	if (may_be_more(s, rule->kind))
		strbuf_string(text, "At least ");
	text_count(text, exchange_count(s, rule->kind, FATE_LOST, FROM_BOTH),
		   is_data ? "data segment" : segment_kind_name(rule->kind));
}

static void refused_word(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	strbuf_u64(text, life(s)->syns - life(s)->requests - life(s)->overflows);
}

/* What this end has not got an answer to, or lost, is missing. */
static void nothing_missing_word(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	for (unsigned int kind = 0; kind < SEGMENT_KINDS; kind++)
		if (exchange_count(s, kind, FATE_LOST, FROM_BOTH))
			return;
	if (!s->self.row.conn.retransmits)
		strbuf_string(text, ", and this end misses nothing");
}

/* In CLOSE-WAIT the peer's FIN has come: that it is over is no surprise, and no keepalive is missing. */
static bool has_its_fin(const struct exchange *s)
{
	return end_state(&s->self) == TCPSCOPE_CLOSE_WAIT;
}

static void noticed_word(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	strbuf_string(text, has_its_fin(s) ? "has its FIN, but its owner has not closed" : "has not noticed");
}

static void notice_word(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	strbuf_string(text, has_its_fin(s) ? "see why its owner does not close: nobody is there to receive anything" :
					    "set SO_KEEPALIVE or TCP_USER_TIMEOUT where a silent peer matters");
}

static const struct {
	const char *word;
	void (*put)(const struct exchange *s, const struct rule *rule, struct strbuf *text);
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
	{ "nothing_missing", nothing_missing_word },
	{ "noticed", noticed_word },
	{ "notice", notice_word },
	{ "refused", refused_word },
};

static void put_word(const struct exchange *exchange, const struct rule *rule, const char *word, size_t len,
		     struct strbuf *text)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strlen(words[i].word) == len && !strncmp(words[i].word, word, len))
			words[i].put(exchange, rule, text);
}

void words_expand(const struct exchange *exchange, const struct rule *rule, const char *from, struct strbuf *text)
{
	size_t begin = text->len;

	while (*from) {
		const char *end = *from == '{' ? strchr(from, '}') : NULL;

		if (end) {
			put_word(exchange, rule, from + 1, end - from - 1, text);
			from = end + 1;
		} else {
			strbuf_char(text, *from++);
		}
	}
	/* "the owner" at the beginning of a sentence that says so */
	if (!strncmp(text->data + begin, "the owner", 9) && text->data[text->len - 1] == '.' &&
	    rule->text[0] == '{')
		text->data[begin] = toupper(text->data[begin]);
}

/* --- what happens next --- */

static void attempts_words(struct strbuf *text, const struct tcpscope_timer *timer)
{
	if (timer->attempt < 0 || timer->limit <= 0)
		return;
	strbuf_string(text, " (");
	strbuf_u64(text, timer->attempt);
	strbuf_string(text, " of ");
	strbuf_u64(text, timer->limit);
	strbuf_string(text, " tries used)");
}

static void end_words(struct strbuf *text, const struct tcpscope_timer *timer)
{
	if (timer->gives_up_ns == TCPSCOPE_UNKNOWN_NS || timer->gives_up_ns < 0)
		return;
	strbuf_string(text, "; if nothing comes it is over in ");
	strbuf_span(text, timer->gives_up_ns);
	if (!timer->error)
		return;
	strbuf_string(text, ", with ");
	strbuf_string(text, strerrorname_np(timer->error));
}

static void timer_words(struct strbuf *text, const struct tcpscope_timer *timer)
{
	strbuf_string(text, "the ");
	strbuf_name(text, tcpscope_timer_name(timer->kind), timer->kind);
	strbuf_string(text, " timer fires in ");
	if (timer->expires_ns == TCPSCOPE_UNKNOWN_NS)
		strbuf_string(text, "a time not known");
	else
		strbuf_span(text, timer->expires_ns < 0 ? 0 : timer->expires_ns);
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

void exchange_next(const struct exchange *exchange, struct strbuf *text)
{
	const struct tcpscope_row *row = &exchange->self.row;
	const struct tcpscope_timer *timer;

	if (end_is_over(&exchange->self))
		return;
	if (!row_knows(row, TCPSCOPE_KNOWN(TIMERS))) {
		strbuf_string(text, "not known: without the module no timer is seen.");
		return;
	}
	timer = deciding(&row->conn);
	if (timer && (timer->kind == TCPSCOPE_TIMER_TIMEWAIT || timer->kind == TCPSCOPE_TIMER_FINWAIT2)) {
		strbuf_string(text, "it ends by itself in ");
		strbuf_span(text, timer->expires_ns < 0 ? 0 : timer->expires_ns);
	} else if (timer) {
		timer_words(text, timer);
	} else {
		strbuf_string(text, "no timer is armed: it stays as it is until its owner or the peer acts");
	}
	strbuf_char(text, '.');
}
