// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "conn/sort.h"
#include "lib/error.h"

struct sorted_row {
	struct tcpscope_row row;
	bool known;
	uint64_t number;
	char *text; /* of a field that is no number */
};

bool sort_parse(struct sort *sort, const char *column)
{
	bool descending = *column == '-';

	column += descending;
	*sort = (struct sort){ .field = field_find(column, strlen(column)),
			       .descending = descending };
	return sort->field;
}

void sort_free(struct sort *sort)
{
	for (size_t i = 0; i < sort->n; i++)
		free(sort->rows[i].text);
	free(sort->rows);
	*sort = (struct sort){ 0 };
}

static char *key_text(const struct field *field, const struct tcpscope_row *row)
{
	struct strbuf text = { 0 };

	field_text(field, row, &text, false);
	strbuf_char(&text, '\0');
	return text.data;
}

void sort_add(struct sort *sort, const struct tcpscope_row *row)
{
	struct sorted_row *new;

	if (sort->n == sort->size) {
		sort->size = sort->size * 2 + 64;
		sort->rows = need(sort->rows, sort->size * sizeof(*sort->rows));
	}
	new = &sort->rows[sort->n++];
	*new = (struct sorted_row){ .row = *row };
	new->known = field_number(sort->field, row, &new->number);
	if (!new->known)
		new->number = 0; /* all alike, so that they keep their order */
	if (field_is_quantity(sort->field))
		return;
	new->text = key_text(sort->field, row);
	new->known = strcmp(new->text, "-");
}

static int compare(const void *left, const void *right, void *ctx)
{
	const struct sorted_row *a = left, *b = right;
	const struct sort *sort = ctx;
	int order;

	if (a->known != b->known)
		return a->known ? -1 : 1;
	if (a->text)
		order = strverscmp(a->text, b->text);
	else
		order = (a->number > b->number) - (a->number < b->number);
	return sort->descending ? -order : order;
}

int sort_each(struct sort *sort,
	      int (*fn)(const struct tcpscope_row *row, void *ctx), void *ctx)
{
	int result = 0;

	if (sort->n)
		qsort_r(sort->rows, sort->n, sizeof(*sort->rows), compare,
			sort);
	for (size_t i = 0; !result && i < sort->n; i++)
		result = fn(&sort->rows[i].row, ctx);
	return result;
}
