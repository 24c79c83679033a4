// SPDX-License-Identifier: GPL-2.0
/*
 * The one hot table. libsmartcols would hold every row to know the widths; this
 * one holds the first few, then streams.
 */
#include <string.h>

#include "view.h"

#define ROWS_HELD 256

/* Moves what was written since begin to the right; it is a number, and short. */
static void shift(struct text *text, size_t begin, size_t by)
{
	size_t len = text->len - begin;
	char *cell;

	text_spaces(text, by);
	cell = text->data + begin;
	while (len--)
		cell[len + by] = cell[len];
	memset(cell, ' ', by);
}

/*
 * Ends the cell that was begun there. Nothing is padded after the last one, so that
 * lines have no tail of spaces.
 */
static void end_cell(struct view *view, size_t column, size_t begin)
{
	size_t len = view->text.len - begin, width = view->width[column];
	bool last = column + 1 == view->columns->n;

	if (len < width && view->right[column])
		shift(&view->text, begin, width - len);
	else if (len < width && !last)
		text_spaces(&view->text, width - len);
	text_char(&view->text, last ? '\n' : ' ');
}

static void cell(struct view *view, size_t column, const char *content,
		 size_t len)
{
	size_t begin = view->text.len;

	text_bytes(&view->text, content, len);
	end_cell(view, column, begin);
}

/* A column is never narrower than its name, even if that isn't printed. */
static void header(struct view *view)
{
	for (size_t i = 0; i < view->columns->n; i++) {
		const char *name = view->columns->field[i]->column;

		view->right[i] = field_is_quantity(view->columns->field[i]);
		if (view->width[i] < strlen(name))
			view->width[i] = strlen(name);
		if (view->header)
			cell(view, i, name, strlen(name));
	}
}

/* The first rows wait as strings, one after the other, until the widths are known. */
static void hold(struct view *view, const struct tcpscope_row *row)
{
	for (size_t i = 0; i < view->columns->n; i++) {
		size_t begin = view->held.len, len;

		field_text(view->columns->field[i], row, &view->held,
			   view->names);
		len = view->held.len - begin;
		text_char(&view->held, '\0');
		if (len > view->width[i])
			view->width[i] = len;
	}
	view->n_held++;
}

static void release(struct view *view)
{
	const char *content = view->held.data;

	header(view);
	for (size_t i = 0; i < view->n_held * view->columns->n; i++) {
		size_t len = strlen(content);

		cell(view, i % view->columns->n, content, len);
		content += len + 1;
	}
	view->begun = true;
}

/* The rest goes straight where it belongs. */
static void stream(struct view *view, const struct tcpscope_row *row)
{
	for (size_t i = 0; i < view->columns->n; i++) {
		size_t begin = view->text.len;

		field_text(view->columns->field[i], row, &view->text,
			   view->names);
		end_cell(view, i, begin);
	}
}

static int table_row(struct view *view, const struct tcpscope_row *row)
{
	if (view->begun)
		stream(view, row);
	else
		hold(view, row);
	if (view->n_held == ROWS_HELD && !view->begun)
		release(view);
	return view->begun ? view_write(view) : 0;
}

/* The losses are not the table's: the command tells them on stderr. */
static int table_end(struct view *view, const struct source_losses *losses)
{
	if (!view->begun)
		release(view);
	return text_write(&view->text, view->to);
}

const struct view_kind view_table = { table_row, table_end };
