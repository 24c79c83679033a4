// SPDX-License-Identifier: GPL-2.0
/*
 * The one hot table. libsmartcols would hold every row to know the widths; this
 * one holds the first few, then streams: each cell is written where it belongs,
 * and a number that was in the row before is not formatted again.
 */
#include <string.h>

#include "field_type.h"
#include "view.h"

#define ROWS_HELD 256
#define SPACES 16 /* written at once; what comes next overwrites those that are too many */

static inline char *put_spaces(char *to, size_t n)
{
	memcpy(to, "                ", SPACES);
	for (size_t i = SPACES; i < n; i += SPACES)
		memcpy(to + i, "                ", SPACES);
	return to + n;
}

/* What follows a cell of that length. */
static inline char *put_end(char *to, const struct view_column *column, size_t len)
{
	char *end = put_spaces(to, len < column->fill ? column->fill - len + 1 : 1);

	if (column->last)
		*to = '\n';
	return end;
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
	return text_room(&view->text, len + view->line);
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
		column->fill = column->right || column->last ? 0 : column->width;
		view->line += FIELD_ROOM + column->width + 2 * SPACES;
	}
	to = cell_room(view, 0);
	for (size_t i = 0; view->header && i < view->columns->n; i++)
		to = put_cell(to, &view->column[i], view->column[i].field->column,
			      strlen(view->column[i].field->column));
	text_end(&view->text, to);
}

static void begin(struct view *view)
{
	for (size_t i = 0; i < view->columns->n; i++)
		view->column[i] = (struct view_column){
			.field = view->columns->field[i],
			.right = field_is_quantity(view->columns->field[i]),
			.last = i + 1 == view->columns->n,
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
		text_char(&view->held, '\0');
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
	for (size_t i = 0; i < view->n_held * view->columns->n; i++) {
		size_t len = strlen(content);

		text_end(&view->text,
			 put_cell(cell_room(view, len), &view->column[i % view->columns->n], content, len));
		content += len + 1;
	}
	view->begun = true;
}

/* A cell that may be of any size, formatted aside. */
static char *put_any(struct view *view, const struct view_column *column, const struct tcpscope_row *row, char *to)
{
	view->aside.len = 0;
	field_text(column->field, row, &view->aside, view->names);
	text_end(&view->text, to);
	to = cell_room(view, view->aside.len);
	return put_cell(to, column, view->aside.data, view->aside.len);
}

/* A number, in most columns that of the row before: then so is the cell. */
static inline char *put_number_cell(struct view *view, struct view_column *column, const struct tcpscope_row *row, char *to)
{
	const struct field *field = column->field;
	uint64_t number = 0;
	bool known = field->type->plain ? field_plain(field, row, &number) : field->type->number(field, row, &number);
	size_t len;

	if (number == column->number && known == column->known && column->len) {
		memcpy(to, column->cell, sizeof(column->cell));
		return to + column->len;
	}
	to = put_any(view, column, row, to);
	len = to - (view->text.data + view->text.len);
	memcpy(column->cell, to - len, sizeof(column->cell));
	column->len = len <= sizeof(column->cell) ? len : 0;
	column->known = known;
	column->number = number;
	return to;
}

/* The rest goes straight where it belongs. */
static void stream(struct view *view, const struct tcpscope_row *row)
{
	char *to = cell_room(view, 0);

	for (struct view_column *column = view->column, *end = column + view->columns->n; column < end; column++) {
		const struct field_type *type = column->field->type;
		char *start = to;

		if (type->put) {
			to = type->put(column->field, row, to, view->names);
			to = put_end(to, column, to - start);
		} else if (type->number) {
			to = put_number_cell(view, column, row, to);
		} else {
			to = put_any(view, column, row, to);
		}
	}
	text_end(&view->text, to);
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
