/* SPDX-License-Identifier: GPL-2.0 */
/* What several tests assert; unit.h goes before it. */
#ifndef ASSERTS_H
#define ASSERTS_H

#include <stdlib.h>

#include "filter/filter.h"
#include "reader.h"

/* That the value at a JSON pointer, as json_at() gives it, is this. */
static inline void assert_at(const char *text, const char *pointer, const char *expected)
{
	char *value = json_at(text, pointer);

	if (!value)
		fail_msg("there is nothing at %s", pointer);
	assert_string_equal(value, expected);
	free(value);
}

/* That a text is a filter, which is given. */
static inline struct filter *filter_of(const char *text)
{
	struct filter_error error = { 0 };
	struct filter *filter = filter_parse(text, &error);

	if (!filter)
		fail_msg("'%s' is no filter: %s at %zu", text, error.what, error.at);
	return filter;
}

#endif
