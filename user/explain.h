/* SPDX-License-Identifier: GPL-2.0 */
/* What explain says of a story: verdicts by name, in words and as data; and the ladder. */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "json.h"
#include "story.h"
#include "verdict.h"

/* One verdict that holds. Its words are worked out when they are asked for. */
struct rule;

struct verdicts {
	const struct rule *rule[V_MAX];
	size_t n; /* the first is the chief one; at least one */
};

/* Judges a story that has been told. */
void verdicts_find(const struct story *story, struct verdicts *verdicts);

/* The name and the meaning of a verdict, and that of a rule. */
const char *verdict_name(enum verdict_id id);
const char *verdict_meaning(enum verdict_id id);
enum verdict_id rule_id(const struct rule *rule);

/*
 * What a rule says of a story, appended to the text: what happened; what this
 * end cannot know, what happens next and when, and what to do, each of which
 * may be nothing.
 */
void rule_text(const struct rule *rule, const struct story *story, struct text *text);
void rule_unknown(const struct rule *rule, const struct story *story, struct text *text);
void rule_advice(const struct rule *rule, const struct story *story, struct text *text);
void story_next(const struct story *story, struct text *text);

/* The i-th piece of evidence, appended; false at the end. */
bool rule_evidence(const struct rule *rule, const struct story *story, size_t i, struct text *text);

/* The i-th thing that is missing to tell more; NULL at the end. */
const char *story_lack(const struct story *story, size_t i);

/* Appends an end's state, or its last one: "FIN-WAIT-1". */
void text_state(struct text *text, const struct end *end);

/* ladder.c: the segments between the two ends, a line each. */
void ladder_text(const struct story *story, struct text *text);
void ladder_json(const struct story *story, struct json *json);

/* explain_text.c, explain_json.c: the whole. names: ports by their service's name. */
void explain_text(const struct story *story, struct text *text, bool names);
void explain_json(const struct story *story, struct json *json);

#endif
