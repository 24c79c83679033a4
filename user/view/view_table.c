// SPDX-License-Identifier: GPL-2.0
/*
 * The one hot table. libsmartcols would hold every row to know the widths; this
 * one holds the first few, then streams: each cell is written where it belongs,
 * and a number that was in the row before is not formatted again.
 */
#include <string.h>

#include "conn/field_type.h"
#include "view/view.h"

#define ROWS_HELD 256
#define UNKNOWN UINT64_MAX /* no field has that number: in its place, one that is not known */
#define CELL_KEPT 32 /* bytes of a cell that is kept, at most */
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

/* Before the first row, it is as if an unknown number had been there. */
static void keep_unknown(struct view_column *column)
{
	column->number = UNKNOWN;
	column->len = column->width + 1;
	if (column->len > CELL_KEPT)
		column->number_of = NULL;
	else
		put_cell(column->cell, column, "-", 1);
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
		keep_unknown(column);
		view->line += FIELD_ROOM + column->width + 2 * SPACES;
	}
	to = cell_room(view, 0);
	for (size_t i = 0; view->header && i < view->columns->n; i++)
		to = put_cell(to, &view->column[i], view->column[i].field->column,
			      strlen(view->column[i].field->column));
	if (view->header)
		end_line(view, to);
}

static void begin(struct view *view)
{
	for (size_t i = 0; i < view->columns->n; i++)
		view->column[i] = (struct view_column){
			.field = view->columns->field[i],
			.put = view->columns->field[i]->type->put,
			.number_of = view->columns->field[i]->type->number,
			.right = field_is_quantity(view->columns->field[i]),
		};
}

/* The first rows wait as strings, one after the other, until the widths are known. */
static void hold(struct view *view, const struct tcpscope_row *row)
{
	if (!view->n_held)
		begin(view);
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
		begin(view);
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

/* A number that was not in the row before: its cell is kept for the next one. */
static char *put_new_number(struct view *view, struct view_column *column, const struct tcpscope_row *row, char *to,
			    uint64_t number)
{
	size_t len;

	to = put_any(view, column, row, to);
	len = to - (view->text.data + view->text.len);
	memcpy(column->cell, to - len, CELL_KEPT);
	column->len = len;
	column->number = number;
	if (len > CELL_KEPT)
		column->number_of = NULL; /* from now on, each is formatted */
	return to;
}

static inline char *put_number_cell(struct view *view, struct view_column *column, const struct tcpscope_row *row,
				    char *to)
{
	uint64_t number;

	if (!column->number_of(column->field, row, &number))
		number = UNKNOWN;
	if (number != column->number)
		return put_new_number(view, column, row, to, number);
	memcpy(to, column->cell, CELL_KEPT);
	return to + column->len;
}

/* The rest goes straight where it belongs. */
static void stream(struct view *view, const struct tcpscope_row *row)
{
	struct view_column *column = view->column, *end = column + view->columns->n;
	char *to = cell_room(view, 0);

	for (; column < end; column++) {
		if (column->put) {
			char *cell = to;

			to = column->put(column->field, row, to, view->names);
			to = put_end(to, column, to - cell);
		} else if (column->number_of) {
			to = put_number_cell(view, column, row, to);
		} else {
			to = put_any(view, column, row, to);
		}
	}
	end_line(view, to);
}

static int table_row(struct view *view, const struct tcpscope_row *row)
{
	if (view->begun)
		stream(view, row);
	else
		hold(view, row);
	if (view->n_held == ROWS_HELD && !view->begun)
		release(view);
	return view->begun && view_is_due(view) ? view_write(view) : 0;
}

/* The losses are not the table's: the command tells them on stderr. */
static int table_end(struct view *view, const struct source_losses *losses)
{
	if (!view->begun)
		release(view);
	return strbuf_write(&view->text, view->to);
}

const struct view_kind view_table = { table_row, table_end };
