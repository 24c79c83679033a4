// SPDX-License-Identifier: GPL-2.0
#include "lib/json_object.h"

#include <stdio.h>

void json_add(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add(object, key, value);
}

void json_add_number(struct json_object *object, const char *key, uint64_t value)
{
	json_add(object, key, json_object_new_uint64(value));
}

void json_add_known(struct json_object *object, const char *key, int64_t value)
{
	json_add(object, key, value < 0 ? NULL : json_object_new_int64(value));
}

void json_add_real(struct json_object *object, const char *key, bool known, double value)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "%.6g", value);
	json_add(object, key, known ? json_object_new_double_s(value, digits) : NULL);
}

void json_add_text(struct json_object *object, const char *key, const char *value)
{
	json_add(object, key, value ? json_object_new_string(value) : NULL);
}

void json_add_bool(struct json_object *object, const char *key, bool value)
{
	json_add(object, key, json_object_new_boolean(value));
}

void json_print(struct json_object *document)
{
	puts(json_object_to_json_string_ext(document, JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(document);
}
