/* SPDX-License-Identifier: GPL-2.0 */
/*
 * JSON documents of a fixed, small size, made with json-c; long ones are written
 * with json.h. Each function adds a member to an object; what is not known is null.
 */
#ifndef LIB_JSON_OBJECT_H
#define LIB_JSON_OBJECT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

void json_add_number(struct json_object *object, const char *key, uint64_t value);

/* The same of a value that is not known if it is negative. */
void json_add_known(struct json_object *object, const char *key, int64_t value);

/* In as few digits as six significant ones need. */
void json_add_real(struct json_object *object, const char *key, bool known, double value);

/* NULL is not known. */
void json_add_text(struct json_object *object, const char *key, const char *value);

void json_add_bool(struct json_object *object, const char *key, bool value);

/* An object or array, which then belongs to this one; NULL is null. */
void json_add(struct json_object *object, const char *key, struct json_object *value);

/* Writes the document on stdout, in a line, and gives it back. */
void json_print(struct json_object *document);

#endif
