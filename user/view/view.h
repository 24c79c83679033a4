/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rows as a table or as a JSON document, printed as they come. view/ formats what
 * it is given, and reads nothing; how a field looks is conn/field*.c's.
 */
#ifndef VIEW_VIEW_H
#define VIEW_VIEW_H

#include "conn/field_type.h"
#include "source/source.h"

/* How a column's cells are made. */
enum view_cell {
	VIEW_CONN, /* a number, as it is in the connection, */
	VIEW_LIFE, /* or in its life */
	VIEW_NUMBER, /* a number */
	VIEW_SPAN, /* of time: each row has another */
	VIEW_SAME, /* has an identity */
	VIEW_PUT, /* bounded */
	VIEW_ANY,
};

#define VIEW_UNKNOWN UINT64_MAX /* no field has that number: in its place, one that is not known */
#define VIEW_NEVER (UINT64_MAX - 1) /* nor that: the cell of the row before is not kept */
#define VIEW_KEPT 192 /* bytes of a cell that is kept, at most: of JSON, */
#define VIEW_SHORT 32 /* and of a table */
#define VIEW_CHANGES 64 /* after so many in a row nothing is kept any more */

/* What is made of a field, row by row; mostly it is what was made of the row before. */
struct view_column {
	const struct field *field;
	const struct field_type *type;
	enum view_cell kind;
	size_t offset; /* as in the field */
	unsigned int unused;
	uint64_t known; /* the bit of VIEW_CONN */
	size_t kept; /* VIEW_KEPT or VIEW_SHORT */
	/* Of a table: */
	size_t width;
	size_t fill; /* width up to which spaces follow */
	bool right; /* numbers end where their column does */
	/* Of JSON: the comma, the key and its colon. */
	size_t key_len;
	char key[PUT_BLOCK];
	/* The cell of the row before with what is around it, and what it was made of: a number is in word[0]. */
	struct field_identity last;
	size_t len;
	unsigned int changes; /* in a row */
	char cell[VIEW_KEPT + PUT_BLOCK];
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

/* Fills in the columns of a view, of which cells of so many bytes at most will be kept. */
void view_begin(struct view *view, size_t kept);

/* Keeps a cell, made of that; if it is too long, or each row has another, it will be made anew each time. */
static inline void view_keep(struct view_column *column, const struct field_identity *of, const char *cell, size_t len)
{
	if (column->changes >= VIEW_CHANGES)
		return;
	column->changes++;
	column->last.word[0] = VIEW_NEVER;
	if (len > column->kept || column->changes == VIEW_CHANGES)
		return;
	put_blocks(column->cell, cell, len);
	column->len = len;
	column->last = *of;
}

/* The number of a column that has one, up to VIEW_SPAN, or VIEW_UNKNOWN. */
static inline uint64_t view_number(const struct view_column *column, const struct tcpscope_row *row)
{
	uint64_t number;
	bool known;

	if (column->kind >= VIEW_NUMBER) {
		known = column->type->number(column->field, row, &number);
	} else {
		number = field_number_at(row, column->offset, column->unused);
		known = column->kind == VIEW_CONN ? row->conn.known & column->known : row->has_life;
	}
	return known ? number : VIEW_UNKNOWN;
}

/* Whether the cell of the row before is this one's, too; *identity is this one's. */
static inline bool view_is_same(const struct view_column *column, const struct tcpscope_row *row,
				struct field_identity *identity)
{
	const struct field_identity *last = &column->last;

	*identity = column->type->identity(column->field, row);
	return identity->word[0] == last->word[0] && identity->word[1] == last->word[1] &&
	       identity->word[2] == last->word[2];
}

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
