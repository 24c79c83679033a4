// SPDX-License-Identifier: GPL-2.0
/* Judging rows, and telling of filters that are none. */
#include <stdlib.h>
#include <string.h>

#include "filter/tree.h"
#include "lib/error.h"
#include "lib/strbuf.h"

static enum filter_answer node_answer(const struct node *node,
				 const struct tcpscope_row *row);

/* The least of the children for "and", the greatest for "or". */
static enum filter_answer list_answer(const struct node *list,
				 const struct tcpscope_row *row)
{
	enum filter_answer decided = list->kind == NODE_AND ? FILTER_NO :
							FILTER_YES;
	enum filter_answer result = list->kind == NODE_AND ? FILTER_YES : FILTER_NO;

	for (const struct node *node = list->child; node; node = node->next) {
		enum filter_answer one = node_answer(node, row);

		if (one == decided)
			return decided;
		if (one == FILTER_UNKNOWN)
			result = FILTER_UNKNOWN;
	}
	return result;
}

static enum filter_answer mirror(enum filter_answer answer)
{
	return FILTER_YES - answer;
}

static enum filter_answer test_answer(const struct node *node,
				 const struct tcpscope_row *row)
{
	enum filter_answer answer = node->predicate->test(node, row);
	bool negate = node->predicate->operators == OPERATORS_EQUAL &&
		      node->operator== OPERATOR_NE;

	return negate ? mirror(answer) : answer;
}

static enum filter_answer node_answer(const struct node *node,
				 const struct tcpscope_row *row)
{
	switch (node->kind) {
	case NODE_AND:
	case NODE_OR:
		return list_answer(node, row);
	case NODE_NOT:
		return mirror(node_answer(node->child, row));
	case NODE_TEST:
		return test_answer(node, row);
	}
	return FILTER_UNKNOWN;
}

bool filter_is_empty(const struct filter *filter)
{
	return !filter || !filter->root;
}

enum filter_answer filter_answer(const struct filter *filter,
			    const struct tcpscope_row *row)
{
	unsigned int state = row_state(row), decided;

	if (filter_is_empty(filter))
		return FILTER_YES;
	decided = filter->decided[state < TCPSCOPE_STATE_MAX ? state : TCPSCOPE_STATE_MAX];
	if (decided != FILTER_UNDECIDED && row_knows(row, TCPSCOPE_KNOWN(STATE)))
		return decided;
	return node_answer(filter->root, row);
}

bool filter_match(const struct filter *filter, const struct tcpscope_row *row)
{
	return filter_answer(filter, row) == FILTER_YES;
}

char *filter_join(int argc, char *const argv[])
{
	struct strbuf text = { 0 };

	for (int i = 0; i < argc; i++) {
		if (i)
			strbuf_char(&text, ' ');
		strbuf_string(&text, argv[i]);
	}
	strbuf_char(&text, '\0');
	return text.data;
}

/* How much of a long filter is shown before and after the place. */
#define BEFORE 50
#define AFTER 30

int filter_misuse(const char *text, const struct filter_error *error)
{
	size_t start = error->at < BEFORE ? 0 : error->at - BEFORE;
	size_t end = error->at;
	const char *rest = text + error->at;

	while (end > start && text[end - 1] == ' ')
		end--;
	return misuse("filter, at character %zu: %s: %s%.*s%s<-- HERE %.*s%s",
		      error->at + 1, error->what, start ? "..." : "",
		      (int)(end - start), text + start, end > start ? " " : "",
		      AFTER, rest, strlen(rest) > AFTER ? "..." : "");
}
