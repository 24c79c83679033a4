// SPDX-License-Identifier: GPL-2.0
#include <libsmartcols.h>
#include <stdlib.h>

#include "sheet.h"
#include "tcpscope.h"

struct sheet {
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

struct sheet *sheet_new(int header, ...)
{
	struct sheet *sheet = need(NULL, sizeof(*sheet));
	const char *name;
	va_list names;

	*sheet = (struct sheet){ .table = got(scols_new_table()) };
	scols_table_enable_noheadings(sheet->table, !header);
	va_start(names, header);
	for (; (name = va_arg(names, const char *)); sheet->n_columns++) {
		bool right = *name == '>';

		got(scols_table_new_column(sheet->table, name + right, 0,
					   right ? SCOLS_FL_RIGHT : 0));
	}
	va_end(names);
	return sheet;
}

void sheet_add(struct sheet *sheet, ...)
{
	struct libscols_line *line =
		got(scols_table_new_line(sheet->table, NULL));
	va_list cells;

	va_start(cells, sheet);
	for (unsigned int i = 0; i < sheet->n_columns; i++)
		if (scols_line_set_data(line, i, va_arg(cells, const char *)))
			got(NULL);
	va_end(cells);
	sheet->n_lines++;
}

void sheet_print(struct sheet *sheet)
{
	/* A terminal too narrow gets wrapped lines, not cut ones. */
	scols_table_set_termforce(sheet->table, SCOLS_TERMFORCE_NEVER);
	if (sheet->n_lines)
		scols_print_table(sheet->table);
	scols_unref_table(sheet->table);
	free(sheet);
}
