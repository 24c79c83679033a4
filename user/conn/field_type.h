/* SPDX-License-Identifier: GPL-2.0 */
/* How the fields of each type in fields.h are read and written. Private to field*.c. */
#ifndef CONN_FIELD_TYPE_H
#define CONN_FIELD_TYPE_H

#include "conn/field.h"

/* What put() may write, at most. */
#define FIELD_ROOM 2048

/* What a cell is made of: the same means the same cell. */
struct field_identity {
	uint64_t word[3];
};

/* Either number and its writers are there, or put or text, and json. */
struct field_type {
	/* Whether the number is known; spans of time in nanoseconds. */
	bool (*number)(const struct field *field,
		       const struct tcpscope_row *row, uint64_t *number);
	char *(*number_put)(char *to, uint64_t number);
	uint64_t json_unit; /* in JSON it is divided by that; 0: there is number_json */
	void (*number_json)(struct json *json, const char *key,
			    uint64_t number);

	/* Writes a cell of bounded size where it belongs, and gives its end. */
	char *(*put)(const struct field *field, const struct tcpscope_row *row, char *to, bool names);
	/* Appends a cell that may be of any size. */
	void (*text)(const struct field *field, const struct tcpscope_row *row,
		     struct strbuf *text, bool names);
	void (*json)(const struct field *field, const struct tcpscope_row *row,
		     struct json *json);
	/* In place of json: writes a value of bounded size where it belongs, and gives its end. */
	char *(*json_put)(const struct field *field, const struct tcpscope_row *row, char *to);
	/* For lists in which a cell and its JSON are mostly those of the row before. */
	struct field_identity (*identity)(const struct field *field, const struct tcpscope_row *row);

	const char *(*name)(unsigned int code); /* of a code with names, as number_put() writes them */
	bool quantity; /* a number, not a code with a name */
	bool span; /* of time */
	bool plain; /* the number is the field's member, if that is known */
};

/* One for each TYPE in fields.h. */
extern const struct field_type field_U8, field_U32, field_U64, field_HEX32,
	field_PORT, field_PID, field_US, field_US_MS, field_SINCE, field_AGE,
	field_STATE_AGE, field_FAMILY, field_STATE, field_ROLE, field_CLOSER,
	field_ADDR, field_LOCAL, field_PEER, field_TIMERS, field_TIMER,
	field_FLAGS, field_COMM, field_OWNER, field_RESENT, field_CGROUP,
	field_SEEN, field_LISTENER, field_REASON, field_NONZERO, field_ENDED,
	field_DURATIONS, field_EVENTS, field_EXPIRES, field_GIVES_UP;

/* Whether the field's record says that it was filled. */
static inline bool field_known(const struct field *field, const struct tcpscope_row *row)
{
	if (field->offset < offsetof(struct tcpscope_row, conn))
		return row->has_life;
	return row_knows(row, 1ULL << field->id);
}

/* The number in the field's member, without asking for its size: the row goes on behind any of these. */
static inline uint64_t field_number_at(const struct tcpscope_row *row, size_t offset, unsigned int unused)
{
	uint64_t number;

	memcpy(&number, (const char *)row + offset, sizeof(number));
	if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
		number <<= unused;
	return number >> unused;
}

static inline uint64_t field_member(const struct field *field, const struct tcpscope_row *row)
{
	return field_number_at(row, field->offset, field->unused);
}

/* A number() of fields that are a number, each known on its own. */
static inline bool field_plain(const struct field *field, const struct tcpscope_row *row, uint64_t *number)
{
	*number = field_member(field, row);
	return field_known(field, row);
}

#endif
