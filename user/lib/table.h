/* SPDX-License-Identifier: GPL-2.0 */
/* A small table through libsmartcols, for what is counted in lines, not in connections. */
#ifndef LIB_TABLE_H
#define LIB_TABLE_H

#include <stdarg.h>

struct table;

/*
 * A table with these columns (NULL ends them); a name that begins with '>' is
 * set to the right, without the sign.
 */
struct table *table_new(int header, ...) __attribute__((sentinel));

/* Adds a line; cells is a list of texts, one for each column, NULL for nothing. */
void table_add(struct table *table, ...);

/* Prints it on stdout, nothing if it has no line, and frees it. */
void table_print(struct table *table);

#endif
