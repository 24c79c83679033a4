// SPDX-License-Identifier: GPL-2.0
/* One document, one object a connection, written as the rows come. */
#include "view/event_view.h"
#include "view/view.h"

/* What a member takes, at most, unless there is no telling. */
#define MEMBER_ROOM (PUT_BLOCK + FIELD_ROOM)

static void begin_columns(struct view *view)
{
	view_begin(view, VIEW_KEPT);
	for (size_t i = 0; i < view->columns->n; i++) {
		struct view_column *column = &view->column[i];

		column->key_len = snprintf(column->key, sizeof(column->key), ",\"%s\":", column->field->key);
	}
	view->line = (view->columns->n + 1) * MEMBER_ROOM;
}

static void begin(struct view *view)
{
	if (view->begun)
		return;
	view->begun = true;
	view->json.to = &view->text;
	json_object(&view->json, NULL);
	json_array(&view->json, "connections");
	begin_columns(view);
}

/* Any member, behind a comma. */
static char *put_any(struct view *view, const struct view_column *column, const struct tcpscope_row *row, char *to)
{
	struct json json = { .to = &view->text, .comma = true };

	strbuf_end(&view->text, to);
	field_json(column->field, row, &json);
	return strbuf_room(&view->text, view->line);
}

/* One that the next row may well have, too. */
static char *put_new(struct view *view, struct view_column *column, const struct tcpscope_row *row, char *to,
		     const struct field_identity *of)
{
	size_t before = to - view->text.data;

	to = put_any(view, column, row, to);
	view_keep(column, of, view->text.data + before, view->text.len - before);
	return to;
}

static char *put_new_number(struct view *view, struct view_column *column, const struct tcpscope_row *row, char *to,
			    uint64_t number)
{
	const struct field_identity of = { { number } };
	char *begin = to;

	if (!column->type->json_unit)
		return put_new(view, column, row, to, &of);
	to = put_blocks(to, column->key, column->key_len);
	to = number == VIEW_UNKNOWN ? put_string(to, "null") : put_u64(to, number / column->type->json_unit);
	view_keep(column, &of, begin, to - begin);
	return to;
}

static inline char *put_kept(char *to, struct view_column *column)
{
	column->changes = 0;
	return put_blocks(to, column->cell, column->len);
}

static inline char *put_member(struct view *view, struct view_column *column, const struct tcpscope_row *row, char *to)
{
	struct field_identity identity;
	uint64_t number;

	if (column->kind <= VIEW_SPAN) {
		number = view_number(column, row);
		return number == column->last.word[0] ? put_kept(to, column) :
							put_new_number(view, column, row, to, number);
	}
	if (column->kind == VIEW_SAME)
		return view_is_same(column, row, &identity) ? put_kept(to, column) :
							      put_new(view, column, row, to, &identity);
	if (!column->type->json_put)
		return put_any(view, column, row, to);
	return column->type->json_put(column->field, row, put_blocks(to, column->key, column->key_len));
}

/* A connection a line, so that line tools get somewhere too. */
static int json_row(struct view *view, const struct tcpscope_row *row)
{
	size_t brace;
	char *to;

	begin(view);
	strbuf_string(&view->text, view->json.comma ? ",\n" : "\n");
	view->json.comma = true;
	brace = view->text.len;
	to = strbuf_room(&view->text, view->line);
	for (size_t i = 0; i < view->columns->n; i++)
		to = put_member(view, &view->column[i], row, to);
	if (to == view->text.data + brace)
		to++;
	view->text.data[brace] = '{'; /* in place of the first comma */
	strbuf_end(&view->text, put_char(to, '}'));
	return view_write(view);
}

static int json_end(struct view *view, const struct source_losses *losses)
{
	begin(view);
	strbuf_string(&view->text, view->json.comma ? "\n" : "");
	json_end_array(&view->json);
	losses_member(&view->json, losses);
	json_end_object(&view->json);
	strbuf_char(&view->text, '\n');
	return strbuf_write(&view->text, view->to);
}

const struct view_kind view_json = { json_row, json_end };
