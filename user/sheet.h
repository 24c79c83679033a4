/* SPDX-License-Identifier: GPL-2.0 */
/* A small table through libsmartcols, for what is counted in lines, not in connections. */
#ifndef SHEET_H
#define SHEET_H

#include <stdarg.h>

struct sheet;

/*
 * A table with these columns (NULL ends them); a name that begins with '>' is
 * set to the right, without the sign.
 */
struct sheet *sheet_new(int header, ...) __attribute__((sentinel));

/* Adds a line; cells is a list of texts, one for each column, NULL for nothing. */
void sheet_add(struct sheet *sheet, ...);

/* Prints it on stdout, nothing if it has no line, and frees it. */
void sheet_print(struct sheet *sheet);

#endif
