// SPDX-License-Identifier: GPL-2.0
/* `state` and `exclude`: sets of states, by any of the spellings people know. */
#include <ctype.h>
#include <string.h>

#include "filter/tree.h"

#define BIT(state) (1u << TCPSCOPE_##state)
#define OTHER 1u /* a state this release does not know */
#define ALL (OTHER | ((1u << TCPSCOPE_STATE_MAX) - 2))
#define CONNECTED (ALL & ~(BIT(LISTEN) | BIT(CLOSE)))
#define BUCKET (BIT(SYN_RECV) | BIT(TIME_WAIT))

/* The first 11 plus 5 are what --help and completion offer. */
static const struct {
	const char *name;
	uint32_t set;
} names[] = {
#define ROW(sym, num, ss, filter, json) { filter, BIT(sym) },
	TCPSCOPE_STATES(ROW)
#undef ROW
		{ "all", ALL },
	{ "connected", CONNECTED },
	{ "synchronized", CONNECTED & ~BIT(SYN_SENT) },
	{ "bucket", BUCKET },
	{ "big", ALL & ~BUCKET },
#define N_OFFERED (TCPSCOPE_STATE_MAX - 1 + 5)
#define ROW(sym, num, ss, filter, json) { ss, BIT(sym) }, { json, BIT(sym) },
	TCPSCOPE_STATES(ROW)
#undef ROW
		{ "unconnected", BIT(CLOSE) },
	{ "syn-rcv", BIT(SYN_RECV) },
};

const char *filter_state_name(size_t i)
{
	return i < N_OFFERED ? names[i].name : NULL;
}

/* FIN-WAIT-1, fin_wait1 and finwait1 are the same. */
static bool same_state(const char *a, const char *b)
{
	for (;; a++, b++) {
		a += strspn(a, "-_");
		b += strspn(b, "-_");
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (!*a)
			return true;
	}
}

static uint32_t state_set(const char *name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (same_state(names[i].name, name))
			return names[i].set;
	return 0;
}

bool state_parse(struct node *node, const char *value)
{
	node->mask = state_set(value);
	return node->mask;
}

bool exclude_parse(struct node *node, const char *value)
{
	uint32_t set = state_set(value);

	node->mask = ALL & ~set;
	return set;
}

bool state_test_holds(const struct node *node, unsigned int state)
{
	return node->mask & (state < TCPSCOPE_STATE_MAX ? 1u << state : OTHER);
}

enum filter_answer state_test(const struct node *node, const struct tcpscope_row *row)
{
	return judge(row_knows(row, TCPSCOPE_KNOWN(STATE)), state_test_holds(node, row_state(row)));
}

bool is_state_test(const struct node *node)
{
	return node->kind == NODE_TEST && node->predicate->test == state_test;
}

static bool node_names(const struct node *node, unsigned int state)
{
	if (is_state_test(node))
		return node->predicate->parse == state_parse && node->mask >> state & 1;
	for (const struct node *child = node->child; child; child = child->next)
		if (node_names(child, state))
			return true;
	return false;
}

bool filter_names_state(const struct filter *filter, unsigned int state)
{
	return !filter_is_empty(filter) && node_names(filter->root, state);
}

void state_test_merge(struct node *node, const struct node *next)
{
	if (next->predicate->parse == exclude_parse)
		node->mask &= next->mask;
	else
		node->mask |= next->mask;
}
