// SPDX-License-Identifier: GPL-2.0
/* What the tests of predicates are made of. */
#include "filter/tree.h"

enum filter_answer judge(bool known, bool holds)
{
	return !known ? FILTER_UNKNOWN : holds ? FILTER_YES : FILTER_NO;
}

enum filter_answer compare(const struct node *node, uint64_t a, uint64_t b)
{
	switch (node->operator) {
	case OPERATOR_EQ:
		return judge(true, a == b);
	case OPERATOR_NE:
		return judge(true, a != b);
	case OPERATOR_GT:
		return judge(true, a > b);
	case OPERATOR_LT:
		return judge(true, a < b);
	case OPERATOR_GE:
		return judge(true, a >= b);
	case OPERATOR_LE:
		return judge(true, a <= b);
	}
	return FILTER_UNKNOWN;
}
