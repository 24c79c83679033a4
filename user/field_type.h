/* SPDX-License-Identifier: GPL-2.0 */
/* How the fields of each type in fields.h are read and written. Private to field*.c. */
#ifndef FIELD_TYPE_H
#define FIELD_TYPE_H

#include "field.h"

/* Either number and its two writers are there, or text and json. */
struct field_type {
	/* Whether the number is known; spans of time in nanoseconds. */
	bool (*number)(const struct field *field,
		       const struct tcpscope_row *row, uint64_t *number);
	void (*number_text)(struct text *text, uint64_t number);
	void (*number_json)(struct json *json, const char *key,
			    uint64_t number);

	void (*text)(const struct field *field, const struct tcpscope_row *row,
		     struct text *text, bool names);
	void (*json)(const struct field *field, const struct tcpscope_row *row,
		     struct json *json);

	bool quantity; /* a number, not a code with a name */
	bool span; /* of time */
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
bool field_known(const struct field *field, const struct tcpscope_row *row);

/* The number in the field's member. */
uint64_t field_member(const struct field *field,
		      const struct tcpscope_row *row);

#endif
