// SPDX-License-Identifier: GPL-2.0
/* Text into tokens. Operators need no spaces around them: "dport>=:1024" is three tokens. */
#include <string.h>
#include <strings.h>

#include "filter/tree.h"

#define SPACES " \t\r\n"
#define BREAKS SPACES "()=!<>&|\"'"

/* clang-format off */
static const struct {
	const char *word;
	enum token_kind kind;
	enum operator operator;
} keywords[] = {
	{ "(",   TOKEN_OPEN, 0 },
	{ ")",   TOKEN_CLOSE, 0 },
	{ "!",   TOKEN_NOT, 0 },
	{ "not", TOKEN_NOT, 0 },
	{ "&",   TOKEN_AND, 0 },
	{ "&&",  TOKEN_AND, 0 },
	{ "and", TOKEN_AND, 0 },
	{ "|",   TOKEN_OR, 0 },
	{ "||",  TOKEN_OR, 0 },
	{ "or",  TOKEN_OR, 0 },
	{ "=",   TOKEN_OPERATOR, OPERATOR_EQ },
	{ "==",  TOKEN_OPERATOR, OPERATOR_EQ },
	{ "eq",  TOKEN_OPERATOR, OPERATOR_EQ },
	{ "!=",  TOKEN_OPERATOR, OPERATOR_NE },
	{ "ne",  TOKEN_OPERATOR, OPERATOR_NE },
	{ "neq", TOKEN_OPERATOR, OPERATOR_NE },
	{ ">",   TOKEN_OPERATOR, OPERATOR_GT },
	{ "gt",  TOKEN_OPERATOR, OPERATOR_GT },
	{ "<",   TOKEN_OPERATOR, OPERATOR_LT },
	{ "lt",  TOKEN_OPERATOR, OPERATOR_LT },
	{ ">=",  TOKEN_OPERATOR, OPERATOR_GE },
	{ "ge",  TOKEN_OPERATOR, OPERATOR_GE },
	{ "geq", TOKEN_OPERATOR, OPERATOR_GE },
	{ "<=",  TOKEN_OPERATOR, OPERATOR_LE },
	{ "le",  TOKEN_OPERATOR, OPERATOR_LE },
	{ "leq", TOKEN_OPERATOR, OPERATOR_LE },
};
/* clang-format on */

/* How much of the text the token takes: a word, or one or two signs. */
static size_t token_len(const char *at)
{
	size_t len = strcspn(at, BREAKS);

	if (len || !*at)
		return len;
	if (strchr("()", *at))
		return 1;
	if (strchr("&|", *at))
		return at[1] == at[0] ? 2 : 1;
	return at[1] == '=' ? 2 : 1;
}

static struct token token_quoted(const char *at)
{
	const char *end = strchr(at + 1, *at);

	if (!end)
		return (struct token){ .kind = TOKEN_BROKEN,
				       .at = at,
				       .len = 1 };
	return (struct token){ .kind = TOKEN_QUOTED,
			       .at = at + 1,
			       .len = end - at - 1 };
}

struct token token_next(const char *at)
{
	struct token token = { .kind = TOKEN_WORD };

	at += strspn(at, SPACES);
	if (*at == '"' || *at == '\'')
		return token_quoted(at);
	token.at = at;
	token.len = token_len(at);
	if (!token.len)
		token.kind = TOKEN_END;
	for (size_t i = 0; i < sizeof(keywords) / sizeof(*keywords); i++) {
		if (strlen(keywords[i].word) != token.len ||
		    strncasecmp(keywords[i].word, at, token.len))
			continue;
		token.kind = keywords[i].kind;
		token.operator= keywords[i].operator;
	}
	return token;
}
