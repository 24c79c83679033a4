// SPDX-License-Identifier: GPL-2.0
/* `timer`: a timer of a kind is armed, and one of its numbers is so. */
#include <string.h>
#include <strings.h>

#include "filter/tree.h"
#include "lib/error.h"
#include "lib/parse.h"

bool timer_parse(struct node *node, const char *value)
{
	if (!strcasecmp(value, "any") || !strcasecmp(value, "none")) {
		node->mask = strcasecmp(value, "none") ? ~0u : 0;
		return true;
	}
	for (unsigned int kind = 1; kind < TCPSCOPE_TIMER_MAX; kind++)
		if (!strcasecmp(tcpscope_timer_name(kind), value))
			node->mask = 1u << kind;
	return node->mask;
}

/* --- what may follow: a number of the timer's own --- */

static bool count_parse(struct node *node, const char *value)
{
	return parse_number(value, &node->number);
}

static bool seconds_parse(struct node *node, const char *value)
{
	return parse_span(value, NSEC_PER_SEC, &node->number);
}

static bool milliseconds_parse(struct node *node, const char *value)
{
	return parse_span(value, 1000000, &node->number);
}

enum part { ATTEMPT, LIMIT, BACKOFF, EXPIRES, GIVES_UP };

#define PART(of, called, what, reader)                                    \
	{                                                                 \
		.part = of, .predicate = {                                \
			.help.name = called,                              \
			.operators = OPERATORS_ALL,                       \
			.value = what,                                    \
			.parse = reader,                                  \
		}                                                         \
	}

static const struct {
	enum part part;
	struct predicate predicate; /* has no test of its own: see part_answer() */
} parts[] = {
	PART(ATTEMPT, "attempt", "a number", count_parse),
	PART(LIMIT, "limit", "a number", count_parse),
	PART(BACKOFF, "backoff", "a number", count_parse),
	PART(EXPIRES, "expires", "a time such as 10s", seconds_parse),
	PART(GIVES_UP, "gives-up", "a time such as 10s", seconds_parse),
	/* The same by their JSON keys; these are not offered. */
	PART(EXPIRES, "expires_ms", "a time such as 10s", milliseconds_parse),
	PART(GIVES_UP, "gives_up_ms", "a time such as 10s", milliseconds_parse),
};

#define N_PARTS (sizeof(parts) / sizeof(*parts))
#define N_OFFERED 5

const char *filter_timer_part(size_t i)
{
	return i < N_OFFERED ? parts[i].predicate.help.name : NULL;
}

bool timer_part_bind(struct node *node, const char *name, size_t len)
{
	for (size_t i = 0; i < N_PARTS; i++) {
		if (!field_same_name(parts[i].predicate.help.name, name, len))
			continue;
		node->predicate = &parts[i].predicate;
		node->mask = parts[i].part;
	}
	return node->predicate;
}

/* What is overdue expires now. */
static enum filter_answer span_answer(const struct node *node, int64_t span_ns)
{
	if (span_ns == TCPSCOPE_UNKNOWN_NS)
		return FILTER_UNKNOWN;
	return compare(node, span_ns < 0 ? 0 : span_ns, node->number);
}

static enum filter_answer count_answer(const struct node *node, int count)
{
	return count < 0 ? FILTER_UNKNOWN : compare(node, count, node->number);
}

static enum filter_answer part_answer(const struct node *node,
				 const struct tcpscope_timer *timer)
{
	switch (node->mask) {
	case ATTEMPT:
		return count_answer(node, timer->attempt);
	case LIMIT:
		return count_answer(node, timer->limit);
	case BACKOFF:
		return count_answer(node, timer->backoff);
	case EXPIRES:
		return span_answer(node, timer->expires_ns);
	default:
		return span_answer(node, timer->gives_up_ns);
	}
}

/* One of several timers is enough. */
enum filter_answer timer_test(const struct node *node, const struct tcpscope_row *row)
{
	enum filter_answer result = FILTER_NO;

	if (!row_knows(row, TCPSCOPE_KNOWN(TIMERS)))
		return FILTER_UNKNOWN;
	if (!node->mask)
		return judge(true, !row->conn.n_timers);
	for (int i = 0; i < row->conn.n_timers; i++) {
		const struct tcpscope_timer *timer = &row->conn.timers[i];
		enum filter_answer one = FILTER_YES;

		if (!(node->mask & 1ull << (timer->kind & 63)))
			continue;
		if (node->child)
			one = part_answer(node->child, timer);
		result = one > result ? one : result;
	}
	return result;
}
