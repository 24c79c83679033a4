// SPDX-License-Identifier: GPL-2.0
/* The evidence of a rule in words, one piece for each of its facts. */
#include "explain/rules.h"
#include "source/reset_reason.h"

static void say_ago(struct strbuf *text, const struct exchange *s, uint64_t then_ns)
{
	strbuf_span(text, s->now_ns > then_ns ? s->now_ns - then_ns : 0);
	strbuf_string(text, " ago");
}

static void say_state(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	const struct tcpscope_row *row = &s->self.row;
	uint64_t until_ns = end_is_over(&s->self) ? row->conn.time_ns : s->now_ns;

	text_state(text, &s->self);
	if (end_is_over(&s->self) && row->has_life) {
		strbuf_string(text, " lasted ");
		strbuf_span(text, life(s)->state_ns[end_state(&s->self) % TCPSCOPE_STATE_MAX]);
	} else if (row->has_life && life(s)->since_ns && until_ns >= life(s)->since_ns) {
		strbuf_string(text, " for ");
		strbuf_span(text, until_ns - life(s)->since_ns);
	}
}

static void say_again(struct strbuf *text, unsigned int n, const char *what)
{
	if (!n)
		return;
	strbuf_string(text, what);
	strbuf_string(text, " sent again ");
	text_count(text, n, "time");
}

#define SAY_AGAIN(name, kind, what) \
static void name(const struct exchange *s, const struct rule *rule, struct strbuf *text) \
{ \
	say_again(text, again(s, TCPSCOPE_RETRANSMIT_##kind), what); \
}

SAY_AGAIN(say_syns, SYN, "SYN")
SAY_AGAIN(say_synacks, SYNACK, "SYN-ACK")
SAY_AGAIN(say_probes, PROBE, "window probe")
SAY_AGAIN(say_keepalives, KEEPALIVE, "keepalive")

static void say_data(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	say_again(text, exchange_data_again(s), "data");
}

static void say_fins(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	say_again(text, exchange_fins_again(s), "FIN");
}

/* Each reset with its direction, its time and the kernel's reason. */
static void say_resets(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	const char *before = "";

	for (size_t i = 0; i < s->self.n_told; i++) {
		const struct tcpscope_event *e = &s->self.told[i].event;

		if (e->kind != TCPSCOPE_EVENT_RESET)
			continue;
		strbuf_string(text, before);
		strbuf_string(text, "RST ");
		strbuf_name(text, tcpscope_reset_name(e->detail), e->detail);
		strbuf_char(text, ' ');
		say_ago(text, s, e->time_ns);
		if (e->attempt) {
			strbuf_string(text, " (");
			strbuf_name(text, reset_reason_name(e->attempt), e->attempt);
			strbuf_char(text, ')');
		}
		before = ", ";
	}
}

static void say_restarts(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	const char *before = "";

	for (size_t i = 0; i < s->self.n_told; i++) {
		const struct tcpscope_event *e = &s->self.told[i].event;

		if (e->kind != TCPSCOPE_EVENT_TIMEWAIT_RESTART)
			continue;
		strbuf_string(text, *before ? before : "TIME-WAIT restarted by ");
		strbuf_name(text, tcpscope_segment_name(e->detail), e->detail);
		strbuf_char(text, ' ');
		say_ago(text, s, e->time_ns);
		before = ", ";
	}
}

static void say_lost(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	uint64_t begin_ns = s->n_segments ? s->segments[0].at_ns : 0;
	const char *before = "";

	for (size_t i = 0; i < s->n_segments; i++) {
		const struct segment *g = &s->segments[i];

		if (g->fate != FATE_LOST || g->kind != rule->kind)
			continue;
		strbuf_string(text, before);
		strbuf_string(text, g->from_peer ? "the peer's " : "our ");
		strbuf_string(text, segment_kind_name(g->kind));
		if (g->has_seq) {
			strbuf_string(text, " seq ");
			strbuf_u64(text, g->seq);
		}
		if (g->sent_ns) {
			strbuf_string(text, " sent at +");
			strbuf_span(text, g->sent_ns - begin_ns);
		}
		before = ", ";
	}
	if (*before)
		strbuf_string(text, ": the other end did not meet it");
}

static void say_end(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	if (!end_is_over(&s->self))
		return;
	strbuf_string(text, "ended ");
	strbuf_span(text, s->self.row.ended_ago_ns);
	strbuf_string(text, " ago: ");
	strbuf_name(text, tcpscope_reason_name(life(s)->reason), life(s)->reason);
}

static void say_queues(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	const struct tcpscope_row *row = &s->self.row;

	if (!row_knows(row, TCPSCOPE_KNOWN(RECV_Q)) || row->conn.state == TCPSCOPE_SYN_RECV)
		return; /* a request has none */
	strbuf_string(text, "recv-q ");
	strbuf_u64(text, row->conn.recv_q);
	strbuf_string(text, ", send-q ");
	strbuf_u64(text, row->conn.send_q);
	if (!row_knows(row, TCPSCOPE_KNOWN(SYN_Q)))
		return;
	strbuf_string(text, ", syn-q ");
	strbuf_u64(text, row->conn.syn_q);
}

static void say_listener(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	const struct tcpscope_life *l = life(s)->role == TCPSCOPE_ROLE_LISTENER ? life(s) : s->listener;

	if (!l)
		return;
	strbuf_string(text, "the listener saw ");
	text_count(text, l->syns, "SYN");
	strbuf_string(text, ", gave ");
	strbuf_u64(text, l->requests);
	strbuf_string(text, " a place, met a full accept queue ");
	text_count(text, l->overflows, "time");
	strbuf_string(text, ", dropped ");
	text_count(text, l->drops, "request");
}

static void say_peer(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	if (!s->joined)
		return;
	strbuf_string(text, "the other end (cookie ");
	strbuf_u64(text, s->peer.row.conn.cookie);
	strbuf_string(text, ") is ");
	if (end_is_over(&s->peer)) {
		strbuf_string(text, "over since ");
		strbuf_span(text, s->peer.row.ended_ago_ns);
		strbuf_string(text, ": ");
		strbuf_name(text, tcpscope_reason_name(s->peer.row.life.reason), s->peer.row.life.reason);
	} else {
		text_state(text, &s->peer);
	}
}

static void say_closer(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	if (!s->self.row.has_life || !tcpscope_closer_name(life(s)->first_closer))
		return;
	strbuf_string(text, "closed first: ");
	strbuf_string(text, tcpscope_closer_name(life(s)->first_closer));
}

static void say_window(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	const struct tcpscope_row *row = &s->self.row;

	if (!row_knows(row, TCPSCOPE_KNOWN(SND_WND)))
		return;
	strbuf_string(text, "the peer's window ");
	strbuf_u64(text, row->conn.snd_wnd);
	strbuf_string(text, ", ours ");
	strbuf_u64(text, row->conn.rcv_wnd);
}

static void say_heir(const struct exchange *s, const struct rule *rule, struct strbuf *text)
{
	strbuf_string(text, "the new connection has cookie ");
	strbuf_u64(text, life(s)->heir);
}

static const struct {
	enum fact fact;
	void (*say)(const struct exchange *s, const struct rule *rule, struct strbuf *text);
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
bool rule_evidence(const struct rule *rule, const struct exchange *exchange, size_t i, struct strbuf *text)
{
	for (size_t f = 0; f < sizeof(facts) / sizeof(*facts); f++) {
		size_t begin = text->len;

		if (!(rule->facts & facts[f].fact))
			continue;
		facts[f].say(exchange, rule, text);
		if (text->len == begin)
			continue;
		if (!i--)
			return true;
		text->len = begin;
	}
	return false;
}
