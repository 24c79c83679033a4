// SPDX-License-Identifier: GPL-2.0
/* The evidence of a rule in words, one piece for each of its facts. */
#include "reset_reason.h"
#include "verdict_rules.h"

static void say_ago(struct text *text, const struct story *s, uint64_t then_ns)
{
	text_span(text, s->now_ns > then_ns ? s->now_ns - then_ns : 0);
	text_string(text, " ago");
}

static void say_state(const struct story *s, const struct rule *rule, struct text *text)
{
	const struct tcpscope_row *row = &s->self.row;
	uint64_t until_ns = end_is_over(&s->self) ? row->conn.time_ns : s->now_ns;

	text_state(text, &s->self);
	if (end_is_over(&s->self) && row->has_life) {
		text_string(text, " lasted ");
		text_span(text, life(s)->state_ns[end_state(&s->self) % TCPSCOPE_STATE_MAX]);
	} else if (row->has_life && life(s)->since_ns && until_ns >= life(s)->since_ns) {
		text_string(text, " for ");
		text_span(text, until_ns - life(s)->since_ns);
	}
}

static void say_again(struct text *text, unsigned int n, const char *what)
{
	if (!n)
		return;
	text_string(text, what);
	text_string(text, " sent again ");
	text_count(text, n, "time");
}

#define SAY_AGAIN(name, kind, what) \
static void name(const struct story *s, const struct rule *rule, struct text *text) \
{ \
	say_again(text, again(s, TCPSCOPE_RETRANSMIT_##kind), what); \
}

SAY_AGAIN(say_syns, SYN, "SYN")
SAY_AGAIN(say_synacks, SYNACK, "SYN-ACK")
SAY_AGAIN(say_probes, PROBE, "window probe")
SAY_AGAIN(say_keepalives, KEEPALIVE, "keepalive")

static void say_data(const struct story *s, const struct rule *rule, struct text *text)
{
	say_again(text, story_data_again(s), "data");
}

static void say_fins(const struct story *s, const struct rule *rule, struct text *text)
{
	say_again(text, story_fins_again(s), "FIN");
}

/* Each reset with its direction, its time and the kernel's reason. */
static void say_resets(const struct story *s, const struct rule *rule, struct text *text)
{
	const char *before = "";

	for (size_t i = 0; i < s->self.n_told; i++) {
		const struct tcpscope_event *e = &s->self.told[i].event;

		if (e->kind != TCPSCOPE_EVENT_RESET)
			continue;
		text_string(text, before);
		text_string(text, "RST ");
		text_name(text, tcpscope_reset_name(e->detail), e->detail);
		text_char(text, ' ');
		say_ago(text, s, e->time_ns);
		if (e->attempt) {
			text_string(text, " (");
			text_name(text, reset_reason_name(e->attempt), e->attempt);
			text_char(text, ')');
		}
		before = ", ";
	}
}

static void say_restarts(const struct story *s, const struct rule *rule, struct text *text)
{
	const char *before = "";

	for (size_t i = 0; i < s->self.n_told; i++) {
		const struct tcpscope_event *e = &s->self.told[i].event;

		if (e->kind != TCPSCOPE_EVENT_TIMEWAIT_RESTART)
			continue;
		text_string(text, *before ? before : "TIME-WAIT restarted by ");
		text_name(text, tcpscope_segment_name(e->detail), e->detail);
		text_char(text, ' ');
		say_ago(text, s, e->time_ns);
		before = ", ";
	}
}

static void say_lost(const struct story *s, const struct rule *rule, struct text *text)
{
	uint64_t begin_ns = s->n_segments ? s->segments[0].at_ns : 0;
	const char *before = "";

	for (size_t i = 0; i < s->n_segments; i++) {
		const struct segment *g = &s->segments[i];

		if (g->fate != FATE_LOST || g->kind != rule->kind)
			continue;
		text_string(text, before);
		text_string(text, g->from_peer ? "the peer's " : "our ");
		text_string(text, segment_kind_name(g->kind));
		if (g->has_seq) {
			text_string(text, " seq ");
			text_u64(text, g->seq);
		}
		if (g->sent_ns) {
			text_string(text, " sent at +");
			text_span(text, g->sent_ns - begin_ns);
		}
		before = ", ";
	}
	if (*before)
		text_string(text, ": the other end did not meet it");
}

static void say_end(const struct story *s, const struct rule *rule, struct text *text)
{
	if (!end_is_over(&s->self))
		return;
	text_string(text, "ended ");
	text_span(text, s->self.row.ended_ago_ns);
	text_string(text, " ago: ");
	text_name(text, tcpscope_reason_name(life(s)->reason), life(s)->reason);
}

static void say_queues(const struct story *s, const struct rule *rule, struct text *text)
{
	const struct tcpscope_row *row = &s->self.row;

	if (!row_knows(row, TCPSCOPE_KNOWN(RECV_Q)) || row->conn.state == TCPSCOPE_SYN_RECV)
		return; /* a request has none */
	text_string(text, "recv-q ");
	text_u64(text, row->conn.recv_q);
	text_string(text, ", send-q ");
	text_u64(text, row->conn.send_q);
	if (!row_knows(row, TCPSCOPE_KNOWN(SYN_Q)))
		return;
	text_string(text, ", syn-q ");
	text_u64(text, row->conn.syn_q);
}

static void say_listener(const struct story *s, const struct rule *rule, struct text *text)
{
	const struct tcpscope_life *l = life(s)->role == TCPSCOPE_ROLE_LISTENER ? life(s) : s->listener;

	if (!l)
		return;
	text_string(text, "the listener saw ");
	text_count(text, l->syns, "SYN");
	text_string(text, ", gave ");
	text_u64(text, l->requests);
	text_string(text, " a place, met a full accept queue ");
	text_count(text, l->overflows, "time");
	text_string(text, ", dropped ");
	text_count(text, l->drops, "request");
}

static void say_peer(const struct story *s, const struct rule *rule, struct text *text)
{
	if (!s->joined)
		return;
	text_string(text, "the other end (cookie ");
	text_u64(text, s->peer.row.conn.cookie);
	text_string(text, ") is ");
	if (end_is_over(&s->peer)) {
		text_string(text, "over since ");
		text_span(text, s->peer.row.ended_ago_ns);
		text_string(text, ": ");
		text_name(text, tcpscope_reason_name(s->peer.row.life.reason), s->peer.row.life.reason);
	} else {
		text_state(text, &s->peer);
	}
}

static void say_closer(const struct story *s, const struct rule *rule, struct text *text)
{
	if (!s->self.row.has_life || !tcpscope_closer_name(life(s)->first_closer))
		return;
	text_string(text, "closed first: ");
	text_string(text, tcpscope_closer_name(life(s)->first_closer));
}

static void say_window(const struct story *s, const struct rule *rule, struct text *text)
{
	const struct tcpscope_row *row = &s->self.row;

	if (!row_knows(row, TCPSCOPE_KNOWN(SND_WND)))
		return;
	text_string(text, "the peer's window ");
	text_u64(text, row->conn.snd_wnd);
	text_string(text, ", ours ");
	text_u64(text, row->conn.rcv_wnd);
}

static void say_heir(const struct story *s, const struct rule *rule, struct text *text)
{
	text_string(text, "the new connection has cookie ");
	text_u64(text, life(s)->heir);
}

static const struct {
	enum fact fact;
	void (*say)(const struct story *s, const struct rule *rule, struct text *text);
} facts[] = {
	{ FACT_LOST, say_lost },
	{ FACT_PEER, say_peer },
	{ FACT_STATE, say_state },
	{ FACT_SYNS, say_syns },
	{ FACT_SYNACKS, say_synacks },
	{ FACT_DATA, say_data },
	{ FACT_FINS, say_fins },
	{ FACT_PROBES, say_probes },
	{ FACT_KEEPALIVES, say_keepalives },
	{ FACT_RESETS, say_resets },
	{ FACT_RESTARTS, say_restarts },
	{ FACT_WINDOW, say_window },
	{ FACT_QUEUES, say_queues },
	{ FACT_LISTENER, say_listener },
	{ FACT_CLOSER, say_closer },
	{ FACT_HEIR, say_heir },
	{ FACT_END, say_end },
};

/* A fact that is not known says nothing, and is left out. */
bool rule_evidence(const struct rule *rule, const struct story *story, size_t i, struct text *text)
{
	for (size_t f = 0; f < sizeof(facts) / sizeof(*facts); f++) {
		size_t begin = text->len;

		if (!(rule->facts & facts[f].fact))
			continue;
		facts[f].say(story, rule, text);
		if (text->len == begin)
			continue;
		if (!i--)
			return true;
		text->len = begin;
	}
	return false;
}
