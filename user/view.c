// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "view.h"

int view_write(struct view *view)
{
	bool first = !view->written;
	int error;

	if (!view_is_due(view))
		return 0;
	view->written = true;
	error = text_write(&view->text, view->to);
	if (!error && first && fflush(view->to))
		error = -errno;
	return error;
}

void view_free(struct view *view)
{
	text_free(&view->text);
	text_free(&view->aside);
	text_free(&view->held);
}
