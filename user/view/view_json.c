// SPDX-License-Identifier: GPL-2.0
/* One document, one object a connection, written as the rows come. */
#include "view/event_view.h"
#include "view/view.h"

static void begin(struct view *view)
{
	if (view->begun)
		return;
	view->begun = true;
	view->json.to = &view->text;
	json_object(&view->json, NULL);
	json_array(&view->json, "connections");
}

/* A connection a line, so that line tools get somewhere too. */
static int json_row(struct view *view, const struct tcpscope_row *row)
{
	begin(view);
	strbuf_string(&view->text, view->json.comma ? ",\n" : "\n");
	view->json.comma = false;
	json_object(&view->json, NULL);
	for (size_t i = 0; i < view->columns->n; i++)
		field_json(view->columns->field[i], row, &view->json);
	json_end_object(&view->json);
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
