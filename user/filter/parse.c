// SPDX-License-Identifier: GPL-2.0
/* Tokens into a tree, by recursive descent. How deep it goes is bounded, how long it gets is not. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter/tree.h"
#include "lib/error.h"

#define DEPTH_MAX 64

struct parser {
	const char *text;
	struct token token; /* the next, not yet taken */
	unsigned int depth;
	struct filter_error *error;
};

static struct node *parse_or(struct parser *parser);

static struct node *node_new(enum node_kind kind, struct node *child)
{
	struct node *node = need(NULL, sizeof(*node));

	*node = (struct node){ .kind = kind, .child = child };
	return node;
}

static void node_free(struct node *node)
{
	while (node) {
		struct node *next = node->next;

		node_free(node->child);
		free(node->string);
		free(node);
		node = next;
	}
}

static void parser_take(struct parser *parser)
{
	const struct token *token = &parser->token;

	parser->token = token_next(token->at + token->len +
				   (token->kind == TOKEN_QUOTED));
}

__attribute__((format(printf, 3, 4))) static void *
parse_error(struct parser *parser, const char *at, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(parser->error->what, sizeof(parser->error->what), format,
		  arguments);
	va_end(arguments);
	parser->error->at = at - parser->text;
	return NULL;
}

/* A token as an error message shows it: not too much of it. */
#define TOKEN_FORMAT "'%.*s%s'"
#define TOKEN_SHOWN(token)                                    \
	(token).len < 30 ? (int)(token).len : 30, (token).at, \
		(token).len < 30 ? "" : "..."

static void *unexpected(struct parser *parser, const char *wanted)
{
	struct token *token = &parser->token;

	if (token->kind == TOKEN_END)
		return parse_error(parser, token->at,
				   "%s is missing at the end", wanted);
	if (token->kind == TOKEN_BROKEN)
		return parse_error(parser, token->at,
				   "nothing ends this quote");
	return parse_error(parser, token->at,
			   "%s is expected, not " TOKEN_FORMAT, wanted,
			   TOKEN_SHOWN(*token));
}

/* The value of a predicate, whose name and operator have been taken. */
static bool parse_value(struct parser *parser, struct node *node,
			struct token name)
{
	const struct predicate *predicate = node->predicate;
	struct token value = parser->token;
	char *string;
	bool good;

	if (value.kind != TOKEN_WORD && value.kind != TOKEN_QUOTED) {
		if (value.kind == TOKEN_BROKEN)
			unexpected(parser, predicate->value);
		else
			parse_error(parser, value.at, "%s must follow '%.*s'",
				    predicate->value, (int)name.len, name.at);
		return false;
	}
	string = need(NULL, value.len + 1);
	memcpy(string, value.at, value.len);
	string[value.len] = '\0';
	good = predicate->parse(node, string);
	free(string);
	if (!good)
		parse_error(parser, value.at, TOKEN_FORMAT " is not %s",
			    TOKEN_SHOWN(value), predicate->value);
	parser_take(parser);
	return good;
}

static bool operator_allowed(const struct predicate *predicate,
			     enum operator operator)
{
	return predicate->operators == OPERATORS_ALL ||
	       (predicate->operators == OPERATORS_EQUAL && operator<=
		OPERATOR_NE);
}

/* PREDICATE [OPERATOR] VALUE; no operator means "=". */
static bool parse_comparison(struct parser *parser, struct node *node)
{
	struct token name = parser->token;

	parser_take(parser);
	if (parser->token.kind == TOKEN_OPERATOR) {
		node->operator= parser->token.operator;
		if (!operator_allowed(node->predicate, node->operator)) {
			parse_error(parser, parser->token.at,
				    "'%.*s' can't be compared in this way",
				    (int)name.len, name.at);
			return false;
		}
		/* What the value must follow is all of "dport >". */
		name.len = parser->token.at + parser->token.len - name.at;
		if (name.len > 40) {
			name.at = parser->token.at;
			name.len = parser->token.len;
		}
		parser_take(parser);
	}
	return parse_value(parser, node, name);
}

/* `timer retransmit` may go on with `attempt > 3`, which is of that timer only. */
static bool parse_timer_part(struct parser *parser, struct node *node)
{
	struct node *part;

	if (parser->token.kind != TOKEN_WORD || !takes_timer_part(node))
		return true;
	part = node_new(NODE_TEST, NULL);
	if (!timer_part_bind(part, parser->token.at, parser->token.len)) {
		node_free(part);
		return true;
	}
	node->child = part;
	return parse_comparison(parser, part);
}

static struct node *parse_predicate(struct parser *parser)
{
	struct token token = parser->token;
	struct node *node;

	if (token.kind != TOKEN_WORD)
		return unexpected(parser, "a condition");
	node = node_new(NODE_TEST, NULL);
	if (!predicate_bind(node, token.at, token.len))
		parse_error(parser, token.at,
			    TOKEN_FORMAT
			    " is no condition, see tcpscope ls --help",
			    TOKEN_SHOWN(token));
	else if (parse_comparison(parser, node) &&
		 parse_timer_part(parser, node))
		return node;
	node_free(node);
	return NULL;
}

static struct node *parse_parentheses(struct parser *parser)
{
	struct node *node;

	parser_take(parser);
	node = parse_or(parser);
	if (!node)
		return NULL;
	if (parser->token.kind != TOKEN_CLOSE) {
		node_free(node);
		return unexpected(parser, "')'");
	}
	parser_take(parser);
	return node;
}

static struct node *parse_factor(struct parser *parser);

static struct node *parse_not(struct parser *parser)
{
	struct node *child;

	parser_take(parser);
	child = parse_factor(parser);
	return child ? node_new(NODE_NOT, child) : NULL;
}

static struct node *parse_factor(struct parser *parser)
{
	enum token_kind kind = parser->token.kind;
	struct node *node;

	if (kind != TOKEN_NOT && kind != TOKEN_OPEN)
		return parse_predicate(parser);
	if (parser->depth == DEPTH_MAX)
		return parse_error(parser, parser->token.at,
				   "this is nested more than %d deep",
				   DEPTH_MAX);
	parser->depth++;
	node = kind == TOKEN_NOT ? parse_not(parser) :
				   parse_parentheses(parser);
	parser->depth--;
	return node;
}

/* Whether another factor follows, with "and" or without. */
static bool take_and(struct parser *parser)
{
	switch (parser->token.kind) {
	case TOKEN_AND:
		parser_take(parser);
		return true;
	case TOKEN_END:
	case TOKEN_OR:
	case TOKEN_CLOSE:
		return false;
	default:
		return true;
	}
}

/* `state a state b exclude c` is one set, as in ss; `state a and state b` isn't. */
static bool merge_states(struct node *last, struct node *node)
{
	if (!last || !is_state_test(last) || !is_state_test(node))
		return false;
	state_test_merge(last, node);
	node_free(node);
	return true;
}

static struct node *parse_and(struct parser *parser)
{
	struct node *list = node_new(NODE_AND, NULL);
	struct node **end = &list->child, *last = NULL;

	do {
		struct node *node = parse_factor(parser);

		if (!node) {
			node_free(list);
			return NULL;
		}
		if (merge_states(last, node))
			node = last;
		else
			*end = node;
		end = &node->next;
		last = parser->token.kind == TOKEN_AND ? NULL : node;
	} while (take_and(parser));
	return list;
}

static struct node *parse_or(struct parser *parser)
{
	struct node *list = node_new(NODE_OR, NULL), **end = &list->child;

	for (;;) {
		*end = parse_and(parser);
		if (!*end) {
			node_free(list);
			return NULL;
		}
		if (parser->token.kind != TOKEN_OR)
			return list;
		end = &(*end)->next;
		parser_take(parser);
	}
}

/* Without the lists of one: what was written is merged by then. */
static struct node *simplified(struct node *node)
{
	struct node *only;

	for (struct node **child = &node->child; *child; child = &(*child)->next)
		*child = simplified(*child);
	only = node->child;
	if ((node->kind != NODE_AND && node->kind != NODE_OR) || only->next)
		return node;
	only->next = node->next;
	free(node);
	return only;
}

struct filter *filter_parse(const char *text, struct filter_error *error)
{
	struct parser parser = { .text = text,
				 .token = token_next(text),
				 .error = error };
	struct filter *filter;
	struct node *root = NULL;

	if (parser.token.kind != TOKEN_END) {
		root = parse_or(&parser);
		if (!root)
			return NULL;
		if (parser.token.kind != TOKEN_END) {
			node_free(root);
			return unexpected(&parser, "the end");
		}
	}
	filter = need_zeros(1, sizeof(*filter));
	if (root) {
		filter->root = simplified(root);
		filter_decide(filter);
	}
	return filter;
}

void filter_free(struct filter *filter)
{
	if (!filter)
		return;
	node_free(filter->root);
	free(filter);
}
