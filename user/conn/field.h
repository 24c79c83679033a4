/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fields of a connection, from fields.h: each can be printed for people,
 * written as JSON, and, if it is one number, compared.
 */
#ifndef CONN_FIELD_H
#define CONN_FIELD_H

#include "conn/row.h"
#include "lib/json.h"
#include "lib/strbuf.h"

struct field_type;

struct field {
	enum tcpscope_field id;
	const char *column;
	const char *key; /* of the JSON; "" if it has none of its own */
	const char *help;
	const struct field_type *type;
	size_t offset; /* of the member in struct tcpscope_row */
	unsigned int unused; /* bits of 64 that the member doesn't have */
};

/* The field with this id, below TCPSCOPE_FIELD_MAX. */
const struct field *field_at(size_t id);

/* The field with this column or key, in any case, '-' or '_'; NULL if none. */
const struct field *field_find(const char *name, size_t len);

/* Whether what was typed is that name, in any case, '-' or '_'. */
bool field_same_name(const char *name, const char *typed, size_t len);

/* How much of its life a row must have for all that the field can show. */
enum life_part field_needs(const struct field *field);

/* Formats for people; "-" if unknown. names: ports by their service's name. */
void field_text(const struct field *field, const struct tcpscope_row *row,
		struct strbuf *text, bool names);

/* Writes key and value; null if unknown, nothing if the field has no key. */
void field_json(const struct field *field, const struct tcpscope_row *row,
		struct json *json);

/*
 * Gives a field that is one number, spans of time in nanoseconds: whether it
 * is known. Of a field that isn't (field_is_number()), nothing is.
 */
bool field_number(const struct field *field, const struct tcpscope_row *row,
		  uint64_t *number);
bool field_is_number(const struct field *field);

/* Whether that number is a quantity, not a code that has a name. */
bool field_is_quantity(const struct field *field);

/* Whether it shows names of a list of ours, and not those of processes, files or numbers. */
bool field_is_named(const struct field *field);

/* Whether the field can show what that pattern of fnmatch() stands for: false if it shows names, none of which is meant. */
bool field_may_show(const struct field *field, const char *pattern);

/* Whether the number of such a field is a span of time. */
bool field_is_span(const struct field *field);

/* A choice of fields, in order, each once. */
struct columns {
	const struct field *field[TCPSCOPE_FIELD_MAX];
	size_t n;
};

/* The most that one of them needs. */
enum life_part columns_need(const struct columns *columns);

/* The fields shown unless -o says otherwise, as -o would name them. */
extern const char columns_of_table[];
extern const char columns_of_json[];

/* The same of connections that have ended. */
extern const char columns_of_ended_table[];
extern const char columns_of_ended_json[];

/*
 * Reads a list such as "state,peer,rto_ms", "all" or "+CWND" (the usual ones and
 * more). For JSON a joint column stands for the fields it is made of. 0, or
 * -EINVAL with the name that is no field in bad[] of len bytes.
 */
int columns_parse(struct columns *columns, const char *list, const char *usual,
		  bool json, char *bad, size_t len);

#endif
