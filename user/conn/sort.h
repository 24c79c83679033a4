/* SPDX-License-Identifier: GPL-2.0 */
/* Rows in order of a field. Nothing else holds all of them. */
#ifndef CONN_SORT_H
#define CONN_SORT_H

#include "conn/field.h"

struct sorted_row;

struct sort {
	const struct field *field;
	bool descending;

	struct sorted_row *rows;
	size_t n, size;
};

/*
 * Reads "COLUMN" or "-COLUMN", descending; a sort is made by that, or by zeroing
 * it. Whether it is a column.
 */
bool sort_parse(struct sort *sort, const char *column);

/* Gives back the memory. */
void sort_free(struct sort *sort);

/* Takes a copy of the row. */
void sort_add(struct sort *sort, const struct tcpscope_row *row);

/*
 * Gives the rows to fn: numbers in order, texts as people count ("a2" before
 * "a10"), the unknown last. 0, or what fn returned to end it.
 */
int sort_each(struct sort *sort,
	      int (*fn)(const struct tcpscope_row *row, void *ctx), void *ctx);

#endif
