// SPDX-License-Identifier: GPL-2.0
#include <libsmartcols.h>
#include <stdlib.h>

#include "lib/error.h"
#include "lib/table.h"

struct table {
	struct libscols_table *table;
	unsigned int n_columns;
	unsigned int n_lines;
};

/* The only thing that can fail in here. */
static void *got(void *made)
{
	if (!made)
		exit(fail("there is not enough memory"));
	return made;
}

struct table *table_new(int header, ...)
{
	struct table *table = need(NULL, sizeof(*table));
	const char *name;
	va_list names;

	*table = (struct table){ .table = got(scols_new_table()) };
	scols_table_enable_noheadings(table->table, !header);
	va_start(names, header);
	for (; (name = va_arg(names, const char *)); table->n_columns++) {
		bool right = *name == '>';

		got(scols_table_new_column(table->table, name + right, 0,
					   right ? SCOLS_FL_RIGHT : 0));
	}
	va_end(names);
	return table;
}

void table_add(struct table *table, ...)
{
	struct libscols_line *line =
		got(scols_table_new_line(table->table, NULL));
	va_list cells;

	va_start(cells, table);
	for (unsigned int i = 0; i < table->n_columns; i++)
		if (scols_line_set_data(line, i, va_arg(cells, const char *)))
			got(NULL);
	va_end(cells);
	table->n_lines++;
}

void table_print(struct table *table)
{
	/* A terminal too narrow gets wrapped lines, not cut ones. */
	scols_table_set_termforce(table->table, SCOLS_TERMFORCE_NEVER);
	if (table->n_lines)
		scols_print_table(table->table);
	scols_unref_table(table->table);
	free(table);
}
