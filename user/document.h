/* SPDX-License-Identifier: GPL-2.0 */
/*
 * JSON documents of a fixed, small size, made with json-c; long ones are written
 * with json.h. Each function adds a member to an object; what is not known is null.
 */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "netns.h"

void document_number(struct json_object *object, const char *key, uint64_t value);

/* The same of a value that is not known if it is negative. */
void document_known(struct json_object *object, const char *key, int64_t value);

/* In as few digits as six significant ones need. */
void document_real(struct json_object *object, const char *key, bool known, double value);

/* NULL is not known. */
void document_text(struct json_object *object, const char *key, const char *value);

void document_bool(struct json_object *object, const char *key, bool value);

/* Its number and cookie. */
void document_netns(struct json_object *object, struct netns_id id);

/* Its pid, comm and cgroup (a path). */
void document_owner(struct json_object *object, const struct tcpscope_owner *owner);

/* An object or array, which then belongs to this one; NULL is null. */
void document_add(struct json_object *object, const char *key, struct json_object *value);

/* Writes the document on stdout, in a line, and gives it back. */
void document_print(struct json_object *document);

#endif
