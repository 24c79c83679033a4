// SPDX-License-Identifier: GPL-2.0
/* Judging rows, and telling of filters that are none. */
#include <stdlib.h>
#include <string.h>

#include "filter_tree.h"
#include "text.h"

static enum verdict node_verdict(const struct node *node,
				 const struct tcpscope_row *row);

/* The least of the children for "and", the greatest for "or". */
static enum verdict list_verdict(const struct node *list,
				 const struct tcpscope_row *row)
{
	enum verdict decided = list->kind == NODE_AND ? VERDICT_NO :
							VERDICT_YES;
	enum verdict result = list->kind == NODE_AND ? VERDICT_YES : VERDICT_NO;

	for (const struct node *node = list->child; node; node = node->next) {
		enum verdict one = node_verdict(node, row);

		if (one == decided)
			return decided;
		if (one == VERDICT_UNKNOWN)
			result = VERDICT_UNKNOWN;
	}
	return result;
}

static enum verdict mirror(enum verdict verdict)
{
	return VERDICT_YES - verdict;
}

static enum verdict test_verdict(const struct node *node,
				 const struct tcpscope_row *row)
{
	enum verdict verdict = node->predicate->test(node, row);
	bool negate = node->predicate->operators == OPERATORS_EQUAL &&
		      node->operator== OPERATOR_NE;

	return negate ? mirror(verdict) : verdict;
}

static enum verdict node_verdict(const struct node *node,
				 const struct tcpscope_row *row)
{
	switch (node->kind) {
	case NODE_AND:
	case NODE_OR:
		return list_verdict(node, row);
	case NODE_NOT:
		return mirror(node_verdict(node->child, row));
	case NODE_TEST:
		return test_verdict(node, row);
	}
	return VERDICT_UNKNOWN;
}

bool filter_is_empty(const struct filter *filter)
{
	return !filter || !filter->root;
}

enum verdict filter_verdict(const struct filter *filter,
			    const struct tcpscope_row *row)
{
	return filter_is_empty(filter) ? VERDICT_YES :
					 node_verdict(filter->root, row);
}

bool filter_match(const struct filter *filter, const struct tcpscope_row *row)
{
	return filter_verdict(filter, row) == VERDICT_YES;
}

char *filter_join(int argc, char *const argv[])
{
	struct text text = { 0 };

	for (int i = 0; i < argc; i++) {
		if (i)
			text_char(&text, ' ');
		text_string(&text, argv[i]);
	}
	text_char(&text, '\0');
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
