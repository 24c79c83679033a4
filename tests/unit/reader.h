/* SPDX-License-Identifier: GPL-2.0 */
/*
 * json-c as the judge of what we write. Apart from the tests, because its names
 * and those of user/lib/json.h are at odds.
 */
#ifndef READER_H
#define READER_H

#include <stdbool.h>

/* Whether the text is one JSON document, as strictly as json-c can tell. */
bool json_valid(const char *text);

/*
 * The value at a JSON pointer ("/connections/0/pid"), as JSON on one line; a
 * string without its quotes. NULL if there is none. To be freed.
 */
char *json_at(const char *text, const char *pointer);

/* The keys of the object there, with commas between; to be freed. */
char *json_keys(const char *text, const char *pointer);

/* The length of the array there, -1 if there is none. */
int json_length(const char *text, const char *pointer);

#endif
