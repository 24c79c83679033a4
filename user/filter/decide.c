// SPDX-License-Identifier: GPL-2.0
/*
 * What a filter answers for a state, whatever else is true of the row: most rows
 * need no more to be judged. Worked out once, over the sets of possible answers.
 */
#include "filter/tree.h"

#define ANY_ANSWER 7u /* a bit each */
#define ANSWER(answer) (1u << (answer))

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static unsigned int greatest(unsigned int a, unsigned int b)
{
	return a > b ? a : b;
}

/* The answers that two sets of them can lead to. */
static unsigned int combine(unsigned int a, unsigned int b, unsigned int (*which)(unsigned int, unsigned int))
{
	unsigned int result = 0;

	for (unsigned int x = 0; x <= FILTER_YES; x++)
		for (unsigned int y = 0; y <= FILTER_YES; y++)
			if (a & ANSWER(x) && b & ANSWER(y))
				result |= ANSWER(which(x, y));
	return result;
}

static unsigned int mirrored(unsigned int answers)
{
	return (answers & ANSWER(FILTER_UNKNOWN)) | (answers & ANSWER(FILTER_NO) ? ANSWER(FILTER_YES) : 0) |
	       (answers & ANSWER(FILTER_YES) ? ANSWER(FILTER_NO) : 0);
}

static unsigned int possible(const struct node *node, unsigned int state)
{
	unsigned int result = ANSWER(node->kind == NODE_AND ? FILTER_YES : FILTER_NO);

	switch (node->kind) {
	case NODE_AND:
	case NODE_OR:
		for (const struct node *child = node->child; child; child = child->next)
			result = combine(result, possible(child, state), node->kind == NODE_AND ? least : greatest);
		return result;
	case NODE_NOT:
		return mirrored(possible(node->child, state));
	case NODE_TEST:
		if (is_state_test(node))
			return ANSWER(state_test_holds(node, state) ? FILTER_YES : FILTER_NO);
	}
	return ANY_ANSWER;
}

void filter_decide(struct filter *filter)
{
	for (unsigned int state = 0; state <= TCPSCOPE_STATE_MAX; state++) {
		unsigned int answers = possible(filter->root, state);

		filter->decided[state] = FILTER_UNDECIDED;
		for (unsigned int answer = 0; answer <= FILTER_YES; answer++)
			if (answers == ANSWER(answer))
				filter->decided[state] = answer;
	}
}

unsigned int filter_decided(const struct filter *filter, unsigned int state)
{
	if (filter_is_empty(filter))
		return FILTER_YES;
	return filter->decided[state < TCPSCOPE_STATE_MAX ? state : TCPSCOPE_STATE_MAX];
}

/* The bit of a field of the connection; 0 for others. */
static uint64_t known_bit(const struct field *field)
{
	return field && field->offset >= offsetof(struct tcpscope_row, conn) ? 1ull << field->id : 0;
}

static uint64_t needs(const struct node *node)
{
	uint64_t result = node->kind == NODE_OR ? UINT64_MAX : 0;

	switch (node->kind) {
	case NODE_AND:
		for (const struct node *child = node->child; child; child = child->next)
			result |= needs(child);
		return result;
	case NODE_OR:
		for (const struct node *child = node->child; child; child = child->next)
			result &= needs(child);
		return result;
	case NODE_NOT:
		return 0; /* what is not so may be known by a part of it */
	case NODE_TEST:
		break;
	}
	return known_bit(node->field) | known_bit(node->other);
}

uint64_t filter_needs(const struct filter *filter)
{
	return filter_is_empty(filter) ? 0 : needs(filter->root);
}

#define NO_TIMER UINT64_MAX

static uint64_t needs_timer(const struct node *node)
{
	uint64_t result = node->kind == NODE_OR ? 0 : NO_TIMER;
	bool is_timer = node->kind == NODE_TEST && node->predicate->test == timer_test;

	if (is_timer && node->mask && node->operator!= OPERATOR_NE)
		return node->mask;
	if (node->kind != NODE_AND && node->kind != NODE_OR)
		return NO_TIMER;
	for (const struct node *child = node->child; child; child = child->next) {
		uint64_t one = needs_timer(child);

		if (node->kind == NODE_OR)
			result |= one;
		else if (one != NO_TIMER)
			result = one;
	}
	return result;
}

uint64_t filter_needs_timer(const struct filter *filter)
{
	return filter_is_empty(filter) ? NO_TIMER : needs_timer(filter->root);
}

static enum life_part more(enum life_part a, enum life_part b)
{
	return a > b ? a : b;
}

/* Of a test without a field it is its predicate that says so. */
static enum life_part needs_life(const struct node *node)
{
	enum life_part most = node->predicate && !node->field ? node->predicate->needs : LIFE_NONE;

	if (node->field)
		most = more(most, field_needs(node->field));
	if (node->other)
		most = more(most, field_needs(node->other));
	for (const struct node *child = node->child; child; child = child->next)
		most = more(most, needs_life(child));
	return most;
}

enum life_part filter_needs_life(const struct filter *filter)
{
	return filter_is_empty(filter) ? LIFE_NONE : needs_life(filter->root);
}
