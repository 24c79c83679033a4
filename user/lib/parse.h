/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers and spans of time as people type them. */
#ifndef LIB_PARSE_H
#define LIB_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Reads a number that takes all of the string, in C's notation. Whether it is
 * one that fits.
 */
bool parse_number(const char *string, uint64_t *number);

/*
 * Reads a span such as strbuf_span() writes, "200ms", "1.234sec", "1min23sec",
 * "5d3h"; a number alone is in units of unit_ns. Whether it is one, up to 292
 * years.
 */
bool parse_span(const char *string, uint64_t unit_ns, uint64_t *span_ns);

#endif
