// SPDX-License-Identifier: GPL-2.0
#include <json-c/json.h>
#include <json-c/json_pointer.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

/* NULL if it is no JSON. */
static struct json_object *parsed(const char *text)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *document;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	document = json_tokener_parse_ex(tokener, text, strlen(text) + 1);
	if (json_tokener_get_error(tokener) != json_tokener_success) {
		json_object_put(document);
		document = NULL;
	}
	json_tokener_free(tokener);
	return document;
}

bool json_valid(const char *text)
{
	struct json_object *document = parsed(text);

	json_object_put(document);
	return document;
}

char *json_at(const char *text, const char *pointer)
{
	struct json_object *document = parsed(text), *value;
	char *result = NULL;

	if (!json_pointer_get(document, pointer, &value))
		result = strdup(json_object_is_type(value, json_type_string) ?
					json_object_get_string(value) :
					json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN));
	json_object_put(document);
	return result;
}

char *json_keys(const char *text, const char *pointer)
{
	struct json_object *document = parsed(text), *object;
	char *keys = calloc(1, strlen(text) + 1);

	if (!json_pointer_get(document, pointer, &object)) {
		json_object_object_foreach(object, key, value) {
			(void)value;
			strcat(strcat(keys, *keys ? "," : ""), key);
		}
	}
	json_object_put(document);
	return keys;
}

int json_length(const char *text, const char *pointer)
{
	struct json_object *document = parsed(text), *array;
	int length = -1;

	if (!json_pointer_get(document, pointer, &array) && json_object_is_type(array, json_type_array))
		length = json_object_array_length(array);
	json_object_put(document);
	return length;
}
