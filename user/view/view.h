/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rows as a table or as a JSON document, printed as they come. view/ formats what
 * it is given, and reads nothing; how a field looks is conn/field*.c's.
 */
#ifndef VIEW_VIEW_H
#define VIEW_VIEW_H

#include "conn/field.h"
#include "source/source.h"

/* One of a table's. */
struct view_column {
	const struct field *field;
	size_t width;
	size_t fill; /* width up to which spaces follow */
	bool right; /* numbers end where their column does */
	char *(*put)(const struct field *field, const struct tcpscope_row *row, char *to, bool names);
	bool (*number_of)(const struct field *field, const struct tcpscope_row *row, uint64_t *number);
	/* The number of the row before, and its cell with the padding. */
	uint64_t number;
	size_t len;
	char cell[64]; /* half of it is for what may be written behind */
};

struct view {
	FILE *to;
	const struct columns *columns;
	bool names; /* ports by their service's name */
	bool header; /* of a table */

	/* Private to the view. */
	struct strbuf text; /* formatted, not written yet */
	struct strbuf aside; /* one cell */
	struct strbuf held; /* rows of a table that wait for their widths */
	size_t n_held;
	size_t line; /* the room that a line needs */
	struct view_column column[TCPSCOPE_FIELD_MAX];
	bool begun, written;
	struct json json;
};

/*
 * A way to show rows. Each function gives 0 or the -errno of a write; row()
 * is called for each row, then end() once. losses: what the recorder lost, or
 * NULL if it isn't attached.
 */
struct view_kind {
	int (*row)(struct view *view, const struct tcpscope_row *row);
	int (*end)(struct view *view, const struct source_losses *losses);
};

/* Columns as wide as the first few hundred rows need; a longer cell sticks out. */
extern const struct view_kind view_table;

/* {"connections":[…],"losses":{…}} */
extern const struct view_kind view_json;

/* Whether it is time to write what has been formatted: the first rows at once, then much at a time. */
static inline bool view_is_due(const struct view *view)
{
	return view->text.len >= 65536 || !view->written;
}

/* Writes it if so. 0 or -errno. */
int view_write(struct view *view);

/* Gives back the memory; a view is made by filling in its first members. */
void view_free(struct view *view);

#endif
