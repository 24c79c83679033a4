/* SPDX-License-Identifier: GPL-2.0 */
/* A filter from the inside: tokens, the tree, and the table of predicates. Private to filter/. */
#ifndef FILTER_TREE_H
#define FILTER_TREE_H

#include "conn/field.h"
#include "filter/filter.h"
#include "lib/ipaddr.h"
#include "source/netns.h"

enum operator{
	OPERATOR_EQ,
	OPERATOR_NE,
	OPERATOR_GT,
	OPERATOR_LT,
	OPERATOR_GE,
	OPERATOR_LE,
};

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_QUOTED, /* a word that is never a keyword */
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_NOT,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_OPERATOR,
	TOKEN_BROKEN, /* a quote that nothing ends */
};

struct token {
	enum token_kind kind;
	enum operator operator; /* of TOKEN_OPERATOR */
	const char *at; /* in the text */
	size_t len;
};

/* The token that begins at or after a place in the text. */
struct token token_next(const char *at);

enum node_kind { NODE_AND, NODE_OR, NODE_NOT, NODE_TEST };

struct node {
	enum node_kind kind;
	struct node *child; /* the first; AND and OR have any number, `timer` one at most */
	struct node *next; /* of the same parent */

	/* Of a NODE_TEST: what to compare with, as its predicate needs it. */
	const struct predicate *predicate;
	enum operator operator;
	const struct field *field;
	uint64_t unit_ns; /* what a number alone means to a span */
	const struct field *other; /* compare with this field, not with number */
	uint64_t number;
	uint64_t mask;
	struct prefix prefix; /* family AF_UNSPEC: any address */
	struct netns_id netns;
	int port; /* -1: any */
	char *string;
};

/* In decided[]: the answer depends on more than the state. */
#define FILTER_UNDECIDED (FILTER_YES + 1)

struct filter {
	struct node *root; /* NULL: matches everything */
	uint8_t decided[TCPSCOPE_STATE_MAX + 1]; /* enum filter_answer by state, if root; the last: of any other */
};

/* decide.c. Fills in decided[]. */
void filter_decide(struct filter *filter);

enum operators { OPERATORS_NONE, OPERATORS_EQUAL, OPERATORS_ALL };

struct predicate {
	struct filter_help help;
	enum operators operators;
	const char *value; /* what must follow, for error messages */
	/* Fills the node from the value's text, the field being set. Whether it is one. */
	bool (*parse)(struct node *node, const char *value);
	/* Judges by the node, as if its operator were "=" where only that and "!=" are allowed. */
	enum filter_answer (*test)(const struct node *node,
			     const struct tcpscope_row *row);
	/* Narrows bounds that hold everything to those of the test, its operator not being "!="; may be NULL. */
	void (*bound)(const struct node *node, struct filter_bounds *bounds);
	/* What the test needs of a life, if its node has no field. */
	enum life_part needs;
};

/* Gives the node the predicate of that name, or a field's. Whether there is one. */
bool predicate_bind(struct node *node, const char *name, size_t len);

/* compare.c. The answer of a test whose values are known or not. */
enum filter_answer judge(bool known, bool holds);

/* Compares two known values as the node's operator says. */
enum filter_answer compare(const struct node *node, uint64_t a, uint64_t b);

/* Readers and tests of the table, in host.c, state.c and timer.c. */
bool port_parse(struct node *node, const char *value);
bool host_parse(struct node *node, const char *value);
bool state_parse(struct node *node, const char *value);
bool exclude_parse(struct node *node, const char *value);
enum filter_answer sport_test(const struct node *node,
			const struct tcpscope_row *row);
enum filter_answer dport_test(const struct node *node,
			const struct tcpscope_row *row);
enum filter_answer src_test(const struct node *node, const struct tcpscope_row *row);
enum filter_answer dst_test(const struct node *node, const struct tcpscope_row *row);
enum filter_answer state_test(const struct node *node,
			const struct tcpscope_row *row);
bool timer_parse(struct node *node, const char *value);
enum filter_answer timer_test(const struct node *node,
			const struct tcpscope_row *row);

/*
 * Gives the node the predicate of a timer's part, to become the child of a `timer`.
 * Whether that is the name of one.
 */
bool timer_part_bind(struct node *node, const char *name, size_t len);

/* Whether such a part may follow the node. */
static inline bool takes_timer_part(const struct node *node)
{
	return node->predicate->test == timer_test && node->mask;
}

/* The bounds of the table, in bounds.c. */
void sport_bound(const struct node *node, struct filter_bounds *bounds);
void dport_bound(const struct node *node, struct filter_bounds *bounds);
void src_bound(const struct node *node, struct filter_bounds *bounds);
void dst_bound(const struct node *node, struct filter_bounds *bounds);
void state_bound(const struct node *node, struct filter_bounds *bounds);
void family_bound(const struct node *node, struct filter_bounds *bounds);
void column_bound(const struct node *node, struct filter_bounds *bounds);

/* Whether the node is `state` or `exclude`, whose runs make one set, as in ss. */
bool is_state_test(const struct node *node);

/* Whether a state is in the set of such a node. */
bool state_test_holds(const struct node *node, unsigned int state);

/* Adds to such a node the set of the one that follows it. */
void state_test_merge(struct node *node, const struct node *next);

#endif
