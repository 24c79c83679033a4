// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "view/view.h"

static enum view_cell kind_of(const struct field *field)
{
	const struct field_type *type = field->type;

	if (type->plain)
		return field->offset < offsetof(struct tcpscope_row, conn) ? VIEW_LIFE : VIEW_CONN;
	if (type->number)
		return type->span ? VIEW_SPAN : VIEW_NUMBER;
	if (type->identity)
		return VIEW_SAME;
	return type->put ? VIEW_PUT : VIEW_ANY;
}

void view_begin(struct view *view, size_t kept)
{
	for (size_t i = 0; i < view->columns->n; i++) {
		const struct field *field = view->columns->field[i];

		view->column[i] = (struct view_column){
			.field = field,
			.type = field->type,
			.kind = kind_of(field),
			.offset = field->offset,
			.unused = field->unused,
			.kept = kept,
			.known = field->id < 64 ? 1ull << field->id : 0,
			.right = field_is_quantity(field),
			.last.word = { VIEW_NEVER, VIEW_NEVER, VIEW_NEVER },
		};
	}
}

int view_write(struct view *view)
{
	bool first = !view->written;
	int error;

	if (!view_is_due(view))
		return 0;
	view->written = true;
	error = strbuf_write(&view->text, view->to);
	if (!error && first && fflush(view->to))
		error = -errno;
	return error;
}

void view_free(struct view *view)
{
	strbuf_free(&view->text);
	strbuf_free(&view->aside);
	strbuf_free(&view->held);
}
