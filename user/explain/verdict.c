// SPDX-License-Identifier: GPL-2.0
#include "explain/rules.h"

/* clang-format off */
static const struct {
	const char *name, *meaning;
	bool (*holds)(const struct exchange *exchange);
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

/* By one that holds, which may be covered itself. */
static bool is_covered(const bool *holds, enum verdict_id id)
{
	for (unsigned int by = 0; by < V_MAX; by++)
		if (holds[by] && covers(&rules[by], id))
			return true;
	return false;
}

void verdicts_find(const struct exchange *exchange, struct verdicts *verdicts)
{
	bool holds[V_MAX];

	verdicts->n = 0;
	for (unsigned int id = 0; id < V_MAX; id++)
		holds[id] = named[id].holds(exchange);
	for (unsigned int id = 0; id < V_MAX; id++)
		if (holds[id] && !is_covered(holds, id))
			verdicts->rule[verdicts->n++] = &rules[id];
}

void rule_text(const struct rule *rule, const struct exchange *exchange, struct strbuf *text)
{
	words_expand(exchange, rule, rule->text, text);
}

void rule_unknown(const struct rule *rule, const struct exchange *exchange, struct strbuf *text)
{
	if (rule->unknown && (!exchange->joined || rule->still_unknown))
		words_expand(exchange, rule, rule->unknown, text);
}

void rule_advice(const struct rule *rule, const struct exchange *exchange, struct strbuf *text)
{
	if (rule->advice)
		words_expand(exchange, rule, rule->advice, text);
}

/* --- what is missing --- */

static const char *lack_of_recorder(const struct exchange *exchange)
{
	const struct tcpscope_row *row = &exchange->self.row;

	if (!exchange->has_recorder)
		return "no recorder is attached: nothing of the past is known (tcpscope attach)";
	if (!row->has_life)
		return "it is older than the recorder, and nothing has happened since: its past is not known";
	if (!row->life.born_ns && row->life.role != TCPSCOPE_ROLE_LISTENER)
		return "it is older than the recorder: its beginning, and what was lost then, are not known";
	return NULL;
}

const char *exchange_lack(const struct exchange *exchange, size_t i)
{
	const char *lacks[5];
	size_t n = 0;

	if (!exchange->has_module && !end_is_over(&exchange->self))
		lacks[n++] = "the module is not loaded: timers, queues and what happens next are not known (modprobe tcpscope)";
	if (lack_of_recorder(exchange))
		lacks[n++] = lack_of_recorder(exchange);
	if (exchange->self.forgotten)
		lacks[n++] = "the recorder keeps the last events of a connection only: earlier ones are overwritten";
	if ((exchange->self.row.life.flags | exchange->peer.row.life.flags) & TCPSCOPE_FLAG_GAP)
		lacks[n++] = "the kernel skipped a hook of the recorder: an event is missing, and what was lost is not certain";
	if (exchange->joined && exchange->peer.forgotten)
		lacks[n++] = "of the other end, too, only the last events are kept";
	return i < n ? lacks[i] : NULL;
}
