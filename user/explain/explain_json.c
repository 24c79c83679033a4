// SPDX-License-Identifier: GPL-2.0
/* The same exchange as data. */
#include <string.h>

#include "conn/field.h"
#include "explain/explain.h"

/* The usual fields of a connection, and those of its end. */
static const enum tcpscope_field identity[] = {
	TCPSCOPE_FIELD_NETNS,	     TCPSCOPE_FIELD_NETNS_COOKIE,
	TCPSCOPE_FIELD_FAMILY,	     TCPSCOPE_FIELD_LOCAL_ADDRESS,
	TCPSCOPE_FIELD_LOCAL_PORT,   TCPSCOPE_FIELD_PEER_ADDRESS, TCPSCOPE_FIELD_PEER_PORT,
	TCPSCOPE_FIELD_STATE,	     TCPSCOPE_FIELD_SUBSTATE,	  TCPSCOPE_FIELD_ROLE,
	TCPSCOPE_FIELD_COOKIE,	     TCPSCOPE_FIELD_GENERATION,	  TCPSCOPE_FIELD_PID,
	TCPSCOPE_FIELD_COMM,	     TCPSCOPE_FIELD_CLOSER,	  TCPSCOPE_FIELD_AGE,
	TCPSCOPE_FIELD_STATE_AGE,    TCPSCOPE_FIELD_REASON,	  TCPSCOPE_FIELD_ENDED,
	TCPSCOPE_FIELD_HEIR,	     TCPSCOPE_FIELD_PREDECESSOR,  TCPSCOPE_FIELD_RETRANSMITTED,
	TCPSCOPE_FIELD_FLAGS,	     TCPSCOPE_FIELD_TIMERS,	  TCPSCOPE_FIELD_DURATIONS,
	TCPSCOPE_FIELD_EVENTS,
};

static void words_json(struct json *json, const char *key, const struct strbuf *words)
{
	if (words->len)
		json_bytes(json, key, words->data, words->len);
	else
		json_null(json, key);
}

static void evidence_json(const struct rule *rule, const struct exchange *s, struct json *json)
{
	struct strbuf words = { 0 };

	json_array(json, "evidence");
	for (size_t i = 0; rule_evidence(rule, s, i, &words); i++) {
		json_bytes(json, NULL, words.data, words.len);
		words.len = 0;
	}
	json_end_array(json);
	strbuf_free(&words);
}

static void verdict_json(const struct rule *rule, const struct exchange *s, struct json *json)
{
	static const struct {
		const char *key;
		void (*say)(const struct rule *rule, const struct exchange *s, struct strbuf *text);
	} parts[] = {
		{ "text", rule_text },
		{ "unknown", rule_unknown },
		{ "advice", rule_advice },
	};
	struct strbuf words = { 0 };

	json_object(json, NULL);
	json_string(json, "name", verdict_name(rule_id(rule)));
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		words.len = 0;
		parts[i].say(rule, s, &words);
		words_json(json, parts[i].key, &words);
	}
	words.len = 0;
	exchange_next(s, &words);
	words_json(json, "next", &words);
	evidence_json(rule, s, json);
	json_end_object(json);
	strbuf_free(&words);
}

static void lacks_json(const struct exchange *s, struct json *json)
{
	const char *lack;

	json_array(json, "lacking");
	for (size_t i = 0; (lack = exchange_lack(s, i)); i++)
		json_string(json, NULL, lack);
	json_end_array(json);
}

/* Of a socket that is no more. */
static void counters_json(const struct exchange *s, struct json *json)
{
	const struct tcpscope_traffic *t = &s->self.row.life.traffic;

	if (!s->self.row.has_life || s->self.row.life.role == TCPSCOPE_ROLE_LISTENER || !t->segs_in) {
		json_null(json, "counters");
		return;
	}
	json_object(json, "counters");
	json_u64(json, "segs_in", t->segs_in);
	json_u64(json, "segs_out", t->segs_out);
	json_u64(json, "snd_una", t->snd_una);
	json_u64(json, "snd_nxt", t->snd_nxt);
	json_u64(json, "rcv_nxt", t->rcv_nxt);
	json_end_object(json);
}

static void other_end_json(const struct exchange *s, struct json *json)
{
	if (!s->joined) {
		json_null(json, "other_end");
		return;
	}
	json_object(json, "other_end");
	json_u64(json, "cookie", s->peer.row.conn.cookie);
	field_json(field_at(TCPSCOPE_FIELD_NETNS), &s->peer.row, json);
	field_json(field_at(TCPSCOPE_FIELD_NETNS_COOKIE), &s->peer.row, json);
	json_code(json, "state", tcpscope_state_key, end_state(&s->peer));
	json_bool(json, "ended", end_is_over(&s->peer));
	json_end_object(json);
}

/* Null if nobody could look, or it has no file. */
static void holders_json(const struct exchange *s, struct json *json)
{
	if (s->self.row.has_life && s->self.row.life.owner.pid)
		json_bool(json, "maker_ended", s->maker_ended);
	else
		json_null(json, "maker_ended");
	if (!s->holders) {
		json_null(json, "holders");
		return;
	}
	json_array(json, "holders");
	for (size_t i = 0; i < s->n_holders; i++) {
		json_object(json, NULL);
		json_u64(json, "pid", s->holders[i].pid);
		json_bytes(json, "comm", s->holders[i].comm, strlen(s->holders[i].comm));
		json_end_object(json);
	}
	json_end_array(json);
}

void explain_json(const struct exchange *exchange, struct json *json)
{
	struct verdicts verdicts;

	verdicts_find(exchange, &verdicts);
	json_object(json, NULL);
	for (size_t i = 0; i < sizeof(identity) / sizeof(*identity); i++)
		field_json(field_at(identity[i]), &exchange->self.row, json);
	holders_json(exchange, json);
	counters_json(exchange, json);
	other_end_json(exchange, json);
	json_array(json, "verdicts");
	for (size_t i = 0; i < verdicts.n; i++)
		verdict_json(verdicts.rule[i], exchange, json);
	json_end_array(json);
	ladder_json(exchange, json);
	lacks_json(exchange, json);
	json_end_object(json);
}
