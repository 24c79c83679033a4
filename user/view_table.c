// SPDX-License-Identifier: GPL-2.0
/*
 * The one hot table. libsmartcols would hold every row to know the widths; this
 * one holds the first few, then streams.
 */
#include <string.h>

#include "view.h"

#define ROWS_HELD 256

/* Nothing is padded after the last cell, so that lines have no tail of spaces. */
static void cell(struct view *view, size_t column, const char *content,
		 size_t len)
{
	size_t padding = view->width[column] > len ? view->width[column] - len :
						     0;
	bool right = field_is_quantity(view->columns->field[column]);
	bool last = column + 1 == view->columns->n;

	if (right)
		text_fill(&view->text, ' ', padding);
	text_bytes(&view->text, content, len);
	if (!right && !last)
		text_fill(&view->text, ' ', padding);
	text_char(&view->text, last ? '\n' : ' ');
}

/* A column is never narrower than its name, even if that isn't printed. */
static void header(struct view *view)
{
	for (size_t i = 0; i < view->columns->n; i++) {
		const char *name = view->columns->field[i]->column;

		if (view->width[i] < strlen(name))
			view->width[i] = strlen(name);
		if (view->header)
			cell(view, i, name, strlen(name));
	}
}

/* Rows wait as strings, one after the other. */
static void hold(struct view *view, const struct tcpscope_row *row)
{
	for (size_t i = 0; i < view->columns->n; i++) {
		size_t begin = view->held.len, len;

		field_text(view->columns->field[i], row, &view->held,
			   view->names);
		len = view->held.len - begin;
		text_char(&view->held, '\0');
		if (!view->begun && len > view->width[i])
			view->width[i] = len;
	}
	view->n_held++;
}

static void release(struct view *view)
{
	const char *content = view->held.data;

	if (!view->begun)
		header(view);
	view->begun = true;
	for (size_t i = 0; i < view->n_held * view->columns->n; i++) {
		size_t len = strlen(content);

		cell(view, i % view->columns->n, content, len);
		content += len + 1;
	}
	view->n_held = 0;
	view->held.len = 0;
}

static int table_row(struct view *view, const struct tcpscope_row *row)
{
	hold(view, row);
	if (!view->begun && view->n_held < ROWS_HELD)
		return 0;
	release(view);
	return view_write(view);
}

/* The losses are not the table's: the command tells them on stderr. */
static int table_end(struct view *view, const struct source_losses *losses)
{
	release(view);
	return text_write(&view->text, view->to);
}

const struct view_kind view_table = { table_row, table_end };
