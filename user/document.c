// SPDX-License-Identifier: GPL-2.0
#include "document.h"

#include <stdio.h>

#include "resolve.h"

void document_add(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add(object, key, value);
}

void document_number(struct json_object *object, const char *key, uint64_t value)
{
	document_add(object, key, json_object_new_uint64(value));
}

void document_known(struct json_object *object, const char *key, int64_t value)
{
	document_add(object, key, value < 0 ? NULL : json_object_new_int64(value));
}

void document_real(struct json_object *object, const char *key, bool known, double value)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "%.6g", value);
	document_add(object, key, known ? json_object_new_double_s(value, digits) : NULL);
}

void document_text(struct json_object *object, const char *key, const char *value)
{
	document_add(object, key, value ? json_object_new_string(value) : NULL);
}

void document_bool(struct json_object *object, const char *key, bool value)
{
	document_add(object, key, json_object_new_boolean(value));
}

void document_netns(struct json_object *object, struct netns_id id)
{
	document_known(object, "netns", id.number ? (int64_t)id.number : -1);
	document_known(object, "netns_cookie", id.cookie ? (int64_t)id.cookie : -1);
}

void document_owner(struct json_object *object, const struct tcpscope_owner *owner)
{
	char comm[TCPSCOPE_COMM_LEN + 1];

	snprintf(comm, sizeof(comm), "%.*s", TCPSCOPE_COMM_LEN, owner->comm);
	document_known(object, "pid", owner->pid ? (int64_t)owner->pid : -1);
	document_text(object, "comm", *comm ? comm : NULL);
	document_text(object, "cgroup", cgroup_path(owner->cgroup_id));
}

void document_print(struct json_object *document)
{
	puts(json_object_to_json_string_ext(document, JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(document);
}
