// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "view/view.h"

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
