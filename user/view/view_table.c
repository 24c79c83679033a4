// SPDX-License-Identifier: GPL-2.0
/*
 * The one hot table. libsmartcols would hold every row to know the widths; this
 * one holds the first few, then streams: each cell is written where it belongs,
 * and a number that was in the row before is not formatted again.
 */
#include <string.h>

#include "view/view.h"

#define ROWS_HELD 256
#define NUMBER_ROOM 256 /* of any number or name, with what is copied behind */
#define SPACES 16 /* written at once; what comes next overwrites those that are too many */

static inline char *put_spaces(char *to, size_t n)
{
	memcpy(to, "                ", SPACES);
	for (size_t i = SPACES; i < n; i += SPACES)
		memcpy(to + i, "                ", SPACES);
	return to + n;
}

/* The space that follows a cell of that length, or the spaces; those of the last become the end of the line. */
static inline char *put_end(char *to, const struct view_column *column, size_t len)
{
	return put_spaces(to, len < column->fill ? column->fill - len + 1 : 1);
}

/* After the last cell: one space follows that, and no tail of them. */
static inline void end_line(struct view *view, char *to)
{
	to[-1] = '\n';
	strbuf_end(&view->text, to);
}

static char *put_cell(char *to, const struct view_column *column, const char *content, size_t len)
{
	if (len < column->width && column->right)
		to = put_spaces(to, column->width - len);
	memcpy(to, content, len);
	return put_end(to + len, column, len);
}

/* Room for a cell of len bytes, and for all those that are bounded in the rest of the line. */
static inline char *cell_room(struct view *view, size_t len)
{
	return strbuf_room(&view->text, len + view->line);
}

/* A column is never narrower than its name, even if that isn't printed. */
static void header(struct view *view)
{
	char *to;

	for (size_t i = 0; i < view->columns->n; i++) {
		struct view_column *column = &view->column[i];
		size_t len = strlen(column->field->column);

		if (column->width < len)
			column->width = len;
		/* Numbers are filled up in front, and lines have no tail of spaces. */
		column->fill = column->right || i + 1 == view->columns->n ? 0 : column->width;
		view->line += FIELD_ROOM + column->width + 2 * SPACES;
	}
	to = cell_room(view, 0);
	for (size_t i = 0; view->header && i < view->columns->n; i++)
		to = put_cell(to, &view->column[i], view->column[i].field->column,
			      strlen(view->column[i].field->column));
	if (view->header)
		end_line(view, to);
}

/* The first rows wait as strings, one after the other, until the widths are known. */
static void hold(struct view *view, const struct tcpscope_row *row)
{
	if (!view->n_held)
		view_begin(view, VIEW_SHORT);
	for (size_t i = 0; i < view->columns->n; i++) {
		size_t before = view->held.len, len;

		field_text(view->columns->field[i], row, &view->held,
			   view->names);
		len = view->held.len - before;
		strbuf_char(&view->held, '\0');
		if (len > view->column[i].width)
			view->column[i].width = len;
	}
	view->n_held++;
}

static void release(struct view *view)
{
	const char *content = view->held.data;

	if (!view->n_held)
		view_begin(view, VIEW_SHORT);
	header(view);
	for (size_t row = 0; row < view->n_held; row++) {
		char *to = cell_room(view, view->held.len);

		for (size_t i = 0; i < view->columns->n; i++) {
			size_t len = strlen(content);

			to = put_cell(to, &view->column[i], content, len);
			content += len + 1;
		}
		end_line(view, to);
	}
	view->begun = true;
}

/* A cell that may be of any size, formatted aside. */
static char *put_any(struct view *view, const struct view_column *column, const struct tcpscope_row *row, char *to)
{
	view->aside.len = 0;
	field_text(column->field, row, &view->aside, view->names);
	strbuf_end(&view->text, to);
	to = cell_room(view, view->aside.len);
	return put_cell(to, column, view->aside.data, view->aside.len);
}

static inline char *put_bounded(struct view *view, const struct view_column *column, const struct tcpscope_row *row,
				char *to)
{
	char *cell = to;

	to = column->type->put(column->field, row, to, view->names);
	return put_end(to, column, to - cell);
}

/* A number that was not in the row before. */
static char *put_new_number(struct view_column *column, char *to, uint64_t number)
{
	char text[NUMBER_ROOM], *begin = to;
	size_t len = (number == VIEW_UNKNOWN ? put_char(text, '-') : column->type->number_put(text, number)) - text;

	if (len < column->width && column->right)
		to = put_spaces(to, column->width - len);
	to = put_end(put_blocks(to, text, len), column, len);
	view_keep(column, &(struct field_identity){ { number } }, begin, to - begin);
	return to;
}

/* A span of time: few are like the one before, so none is kept. */
static char *put_new_span(const struct view_column *column, char *to, uint64_t span_ns)
{
	char text[PUT_SPAN];
	size_t len = put_span(text, span_ns) - text;

	if (len < column->width)
		to = put_spaces(to, column->width - len);
	memcpy(to, text, sizeof(text));
	return put_char(to + len, ' ');
}

/* All that may be of it at once. */
static inline char *put_kept(char *to, const struct view_column *column)
{
	memcpy(to, column->cell, VIEW_SHORT);
	return to + column->len;
}

static inline char *put_number_cell(struct view_column *column, const struct tcpscope_row *row, char *to)
{
	uint64_t number = view_number(column, row);

	if (number != column->last.word[0])
		return put_new_number(column, to, number);
	column->changes = 0;
	return put_kept(to, column);
}

static inline char *put_span_cell(struct view_column *column, const struct tcpscope_row *row, char *to)
{
	uint64_t number = view_number(column, row);

	if (number != VIEW_UNKNOWN)
		return put_new_span(column, to, number);
	return number == column->last.word[0] ? put_kept(to, column) : put_new_number(column, to, number);
}

static char *put_other(struct view *view, struct view_column *column, const struct tcpscope_row *row, char *to,
		       const struct field_identity *identity)
{
	char *end = column->type->put ? put_bounded(view, column, row, to) : put_any(view, column, row, to);

	/* where the text ends by now, if it had to move */
	if (!column->type->put)
		to = view->text.data + view->text.len;
	view_keep(column, identity, to, end - to);
	return end;
}

static inline char *put_same(struct view *view, struct view_column *column, const struct tcpscope_row *row, char *to)
{
	struct field_identity identity;

	if (!view_is_same(column, row, &identity))
		return put_other(view, column, row, to, &identity);
	column->changes = 0;
	return put_kept(to, column);
}

/* The rest goes straight where it belongs. */
static void stream(struct view *view, const struct tcpscope_row *row)
{
	struct view_column *column = view->column, *end = column + view->columns->n;
	char *to = cell_room(view, 0);

	for (; column < end; column++) {
		if (column->kind == VIEW_PUT)
			to = put_bounded(view, column, row, to);
		else if (column->kind <= VIEW_NUMBER)
			to = put_number_cell(column, row, to);
		else if (column->kind == VIEW_SPAN)
			to = put_span_cell(column, row, to);
		else if (column->kind == VIEW_SAME)
			to = put_same(view, column, row, to);
		else
			to = put_any(view, column, row, to);
	}
	end_line(view, to);
}

static int table_row(struct view *view, const struct tcpscope_row *row)
{
	if (view->begun) {
		stream(view, row);
		return view_is_due(view) ? view_write(view) : 0;
	}
	hold(view, row);
	if (view->n_held < ROWS_HELD)
		return 0;
	release(view);
	return view_write(view);
}

/* The losses are not the table's: the command tells them on stderr. */
static int table_end(struct view *view, const struct source_losses *losses)
{
	if (!view->begun)
		release(view);
	return strbuf_write(&view->text, view->to);
}

const struct view_kind view_table = { table_row, table_end };
