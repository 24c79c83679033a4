/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What explain says of an exchange: verdicts by name, in words and as data; and the ladder.
 *
 * explain/ is pure: events of both ends (exchange.c) become acts (acts.c), these
 * segments (segments.c and below), these verdicts (verdict.c). A new verdict is a
 * row of verdict.h's list, its test in rules*.c, and its words in rule_table.c.
 */
#ifndef EXPLAIN_EXPLAIN_H
#define EXPLAIN_EXPLAIN_H

#include "explain/exchange.h"
#include "explain/verdict.h"
#include "lib/json.h"

/* One verdict that holds. Its words are worked out when they are asked for. */
struct rule;

struct verdicts {
	const struct rule *rule[V_MAX];
	size_t n; /* the first is the chief one; at least one */
};

/* Judges an exchange whose segments have been found. */
void verdicts_find(const struct exchange *exchange, struct verdicts *verdicts);

/* The name and the meaning of a verdict, and that of a rule. */
const char *verdict_name(enum verdict_id id);
const char *verdict_meaning(enum verdict_id id);
enum verdict_id rule_id(const struct rule *rule);

/*
 * What a rule says of an exchange, appended to the text: what happened; what this
 * end cannot know, what happens next and when, and what to do, each of which
 * may be nothing.
 */
void rule_text(const struct rule *rule, const struct exchange *exchange, struct strbuf *text);
void rule_unknown(const struct rule *rule, const struct exchange *exchange, struct strbuf *text);
void rule_advice(const struct rule *rule, const struct exchange *exchange, struct strbuf *text);
void exchange_next(const struct exchange *exchange, struct strbuf *text);

/* The i-th piece of evidence, appended; false at the end. */
bool rule_evidence(const struct rule *rule, const struct exchange *exchange, size_t i, struct strbuf *text);

/* The i-th thing that is missing to tell more; NULL at the end. */
const char *exchange_lack(const struct exchange *exchange, size_t i);

/* Appends an end's state, or its last one: "FIN-WAIT-1". */
void text_state(struct strbuf *text, const struct end *end);

/* Appends a process: "nginx/12". */
void text_holder(struct strbuf *text, const struct holder *holder);

/* ladder.c: the segments between the two ends, a line each. */
void ladder_text(const struct exchange *exchange, struct strbuf *text);
void ladder_json(const struct exchange *exchange, struct json *json);

/* explain_text.c, explain_json.c: the whole. names: ports by their service's name. */
void explain_text(const struct exchange *exchange, struct strbuf *text, bool names);
void explain_json(const struct exchange *exchange, struct json *json);

#endif
