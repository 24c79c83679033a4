// SPDX-License-Identifier: GPL-2.0
#include "verdict_rules.h"

/* clang-format off */
static const struct {
	const char *name, *meaning;
	bool (*holds)(const struct story *story);
} named[V_MAX] = {
#define VERDICT_X(symbol, name, meaning) { name, meaning, holds_##symbol },
	VERDICTS(VERDICT_X)
#undef VERDICT_X
};
/* clang-format on */

const char *verdict_name(enum verdict_id id)
{
	return named[id].name;
}

const char *verdict_meaning(enum verdict_id id)
{
	return named[id].meaning;
}

enum verdict_id rule_id(const struct rule *rule)
{
	return rule - rules;
}

static bool covers(const struct rule *rule, enum verdict_id id)
{
	for (size_t i = 0; i < sizeof(rule->covers) && rule->covers[i]; i++)
		if (rule->covers[i] == id)
			return true;
	return false;
}

static bool is_covered(const struct verdicts *verdicts, enum verdict_id id)
{
	for (size_t i = 0; i < verdicts->n; i++)
		if (covers(verdicts->rule[i], id))
			return true;
	return false;
}

/* What covers another always stands before it. */
void verdicts_find(const struct story *story, struct verdicts *verdicts)
{
	verdicts->n = 0;
	for (unsigned int id = 0; id < V_MAX; id++)
		if (named[id].holds(story) && !is_covered(verdicts, id))
			verdicts->rule[verdicts->n++] = &rules[id];
}

void rule_text(const struct rule *rule, const struct story *story, struct text *text)
{
	words_expand(story, rule, rule->text, text);
}

void rule_unknown(const struct rule *rule, const struct story *story, struct text *text)
{
	if (rule->unknown)
		words_expand(story, rule, rule->unknown, text);
}

void rule_advice(const struct rule *rule, const struct story *story, struct text *text)
{
	if (rule->advice)
		words_expand(story, rule, rule->advice, text);
}

/* --- what is missing --- */

static const char *lack_of_recorder(const struct story *story)
{
	const struct tcpscope_row *row = &story->self.row;

	if (!story->has_recorder)
		return "no recorder is attached: nothing of the past is known (tcpscope attach)";
	if (!row->has_life)
		return "it is older than the recorder, and nothing has happened since: its past is not known";
	if (!row->life.born_ns && row->life.role != TCPSCOPE_ROLE_LISTENER)
		return "it is older than the recorder: its beginning, and what was lost then, are not known";
	return NULL;
}

const char *story_lack(const struct story *story, size_t i)
{
	const char *lacks[4];
	size_t n = 0;

	if (!story->has_module && !end_is_over(&story->self))
		lacks[n++] = "the module is not loaded: timers, queues and what happens next are not known (modprobe tcpscope)";
	if (lack_of_recorder(story))
		lacks[n++] = lack_of_recorder(story);
	if (story->self.forgotten)
		lacks[n++] = "the recorder keeps the last events of a connection only: earlier ones are overwritten";
	if (story->joined && story->peer.forgotten)
		lacks[n++] = "of the other end, too, only the last events are kept";
	return i < n ? lacks[i] : NULL;
}
