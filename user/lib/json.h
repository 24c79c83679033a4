/* SPDX-License-Identifier: GPL-2.0 */
/*
 * JSON, written as its values come: nothing is held but the text.
 *
 * Every function takes the key of the value, or NULL inside an array and at the
 * top. Commas set themselves.
 */
#ifndef LIB_JSON_H
#define LIB_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/strbuf.h"

struct json {
	struct strbuf *to;
	bool comma; /* one is due before the next value */
};

/* The key alone, with the comma before it: the value is written behind it. */
void json_key(struct json *json, const char *key);

void json_object(struct json *json, const char *key);
void json_end_object(struct json *json);
void json_array(struct json *json, const char *key);
void json_end_array(struct json *json);

/* A string, or null for NULL. Bytes that are no UTF-8 become U+FFFD. */
void json_string(struct json *json, const char *key, const char *value);
/* The same of at most len bytes, up to a NUL. */
void json_bytes(struct json *json, const char *key, const char *value,
		size_t len);

/* A string written between the two, in characters that need no escape. */
void json_quote(struct json *json, const char *key);
void json_end_quote(struct json *json);

void json_u64(struct json *json, const char *key, uint64_t value);
void json_i64(struct json *json, const char *key, int64_t value);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);

/* The name of a number, or the number as a string if it has none. */
void json_name(struct json *json, const char *key, const char *name,
	       uint64_t number);

/* The same of a code whose 0 stands for none: then null. */
void json_code(struct json *json, const char *key, const char *(*name)(unsigned int code), unsigned int code);

/* A number, or null if it is not known. */
void json_known(struct json *json, const char *key, uint64_t value, bool known);

/* The same of one that is negative if it is not known. */
void json_or_null(struct json *json, const char *key, int64_t value);

/* A number in as few digits as six significant ones need; null if it is not known. */
void json_real(struct json *json, const char *key, bool known, double value);

/* What has been written elsewhere as a whole value. */
void json_raw(struct json *json, const char *key, const struct strbuf *value);

/* The names of the bits set, as an array of strings; name() may give NULL. */
void json_bits(struct json *json, const char *key, uint32_t bits,
	       const char *(*name)(unsigned int bit));

/* Ends the document, with a newline, and writes it on stdout. 0, or the -errno of the write. */
int json_print(struct json *json);

#endif
