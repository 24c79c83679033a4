// SPDX-License-Identifier: GPL-2.0
/* Fields that are one number: quantities, spans of time, and codes that have names. */
#include <sys/socket.h>

#include "conn/field_type.h"

#define NS_PER_US 1000
#define NS_PER_MS 1000000

/* Where 0 stands for unknown. */
static bool number_nonzero(const struct field *field,
			   const struct tcpscope_row *row, uint64_t *number)
{
	return field_plain(field, row, number) && *number;
}

static bool number_us(const struct field *field, const struct tcpscope_row *row,
		      uint64_t *number)
{
	*number = field_member(field, row) * NS_PER_US;
	return field_known(field, row);
}

static bool number_state(const struct field *field,
			 const struct tcpscope_row *row, uint64_t *number)
{
	unsigned int substate = row->conn.substate;

	*number = field->id == TCPSCOPE_FIELD_STATE && !substate ? row->conn.state : substate;
	return *number && row->conn.known & 1ull << field->id;
}

/* How long ago that was when the record was taken; the two clocks are one. */
static bool since(const struct tcpscope_row *row, uint64_t then_ns,
		  uint64_t *number)
{
	uint64_t now_ns = row->conn.time_ns;

	*number = now_ns > then_ns ? now_ns - then_ns : 0;
	return now_ns && then_ns;
}

static bool number_age(const struct field *field,
		       const struct tcpscope_row *row, uint64_t *number)
{
	return row->has_life && since(row, row->life.born_ns, number);
}

/*
 * The recorder may be a step ahead or behind: then its time is of another state.
 * Of what has ended, the last state has been left too.
 */
static bool number_state_age(const struct field *field,
			     const struct tcpscope_row *row, uint64_t *number)
{
	if (row->has_ended) {
		*number = row->life.state_ns[row_state(row) % TCPSCOPE_STATE_MAX];
		return *number;
	}
	return row->has_life && row->life.state == row_state(row) &&
	       since(row, row->life.since_ns, number);
}

/* Of a connection older than the recorder, none seen does not mean none happened. */
static bool number_seen(const struct field *field,
			const struct tcpscope_row *row, uint64_t *number)
{
	bool all = row->has_life && !(row->life.flags & TCPSCOPE_FLAG_ADOPTED);

	return field_plain(field, row, number) && (all || *number);
}

static bool number_listener(const struct field *field,
			    const struct tcpscope_row *row, uint64_t *number)
{
	return field_plain(field, row, number) &&
	       row->life.role == TCPSCOPE_ROLE_LISTENER;
}

static bool number_reason(const struct field *field,
			  const struct tcpscope_row *row, uint64_t *number)
{
	return field_plain(field, row, number) && row->has_ended;
}

static bool number_ended(const struct field *field,
			 const struct tcpscope_row *row, uint64_t *number)
{
	*number = row->ended_ago_ns;
	return row->has_ended;
}

static char *put_quantity(char *to, uint64_t number)
{
	return put_u64(to, number);
}

static char *put_time(char *to, uint64_t span_ns)
{
	return put_span(to, span_ns);
}

static const char *ip_name(unsigned int family)
{
	return family == AF_INET ? "ipv4" : family == AF_INET6 ? "ipv6" : NULL;
}

/* Both writers of a code, from its lookups for people and for JSON. */
#define CODE(type, for_people, for_json)                            \
	static const char *type##_name(unsigned int code)           \
	{                                                           \
		return for_people(code);                            \
	}                                                           \
	static char *type##_put(char *to, uint64_t number)          \
	{                                                           \
		return put_name(to, for_people(number), number);    \
	}                                                           \
	static void type##_json(struct json *json, const char *key, \
				uint64_t number)                    \
	{                                                           \
		json_name(json, key, for_json(number), number);     \
	}

CODE(family, ip_name, ip_name)
CODE(state, tcpscope_state_name, tcpscope_state_key)
CODE(role, tcpscope_role_name, tcpscope_role_name)
CODE(closer, tcpscope_closer_name, tcpscope_closer_name)
CODE(reason, tcpscope_reason_name, tcpscope_reason_name)

/* clang-format off */
#define PLAIN(TYPE, as_text) \
	const struct field_type field_##TYPE = { \
		.number = field_plain, .number_put = as_text, .json_unit = 1, .quantity = true, .plain = true, \
	};
#define QUANTITY(TYPE, get) \
	const struct field_type field_##TYPE = { \
		.number = get, .number_put = put_quantity, .json_unit = 1, .quantity = true, \
	};
#define SPAN(TYPE, get, unit) \
	const struct field_type field_##TYPE = { \
		.number = get, .number_put = put_time, .json_unit = unit, .quantity = true, .span = true, \
	};
#define NAMED(TYPE, get, type) \
	const struct field_type field_##TYPE = { \
		.number = get, .number_put = type##_put, .number_json = type##_json, .name = type##_name, \
	};

PLAIN(U8,    put_quantity)
PLAIN(U32,   put_quantity)
PLAIN(U64,   put_quantity)
PLAIN(PORT,  put_quantity)
PLAIN(HEX32, put_hex)
QUANTITY(PID,   number_nonzero)
QUANTITY(SINCE, number_nonzero)
QUANTITY(NONZERO, number_nonzero)
QUANTITY(SEEN,  number_seen)
QUANTITY(LISTENER, number_listener)
SPAN(US,        number_us,        NS_PER_US)
SPAN(US_MS,     number_us,        NS_PER_MS)
SPAN(AGE,       number_age,       NS_PER_MS)
SPAN(STATE_AGE, number_state_age, NS_PER_MS)
SPAN(ENDED,     number_ended,     NS_PER_MS)
NAMED(FAMILY, field_plain,   family)
NAMED(STATE,  number_state,   state)
NAMED(ROLE,   number_nonzero, role)
NAMED(CLOSER, number_nonzero, closer)
NAMED(REASON, number_reason,  reason)
/* clang-format on */
