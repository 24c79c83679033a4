// SPDX-License-Identifier: GPL-2.0
/* The armed timers: all of them, and the next to fire. */
#include <string.h>

#include "conn/field_type.h"

_Static_assert(TCPSCOPE_TIMERS_PER_CONN * 256 < FIELD_ROOM, "a timer takes less than 256 bytes, as JSON too");

static inline char *put_timer_name(char *to, const struct tcpscope_timer *timer)
{
	/* All of a name is copied at once. */
	static const struct {
		char text[15];
		uint8_t len;
	} names[] = {
#define NAME(symbol, name) [TCPSCOPE_TIMER_##symbol] = { name, sizeof(name) - 1 },
		TCPSCOPE_TIMERS(NAME)
	};

	if (timer->kind >= sizeof(names) / sizeof(*names) || !names[timer->kind].len)
		return put_u64(to, timer->kind);
	memcpy(to, names[timer->kind].text, sizeof(names->text));
	return to + names[timer->kind].len;
}

static char *put_time(char *to, const struct tcpscope_timer *timer)
{
	if (timer->expires_ns == TCPSCOPE_UNKNOWN_NS)
		return put_char(to, '-');
	if (timer->expires_ns < 0)
		return put_string(to, "overdue");
	return put_span(to, timer->expires_ns);
}

/* How far it got, "3/15", and once it has begun to fail, when it gives up. */
static char *put_attempts(char *to, const struct tcpscope_timer *timer)
{
	if (timer->attempt <= 0 && timer->limit <= 0)
		return to;
	to = put_char(to, ' ');
	to = timer->attempt < 0 ? put_char(to, '-') : put_u64(to, timer->attempt);
	if (timer->limit > 0)
		to = put_u64(put_char(to, '/'), timer->limit);
	if (timer->attempt > 0 && timer->gives_up_ns != TCPSCOPE_UNKNOWN_NS)
		to = put_span(put_string(to, " gives up "), timer->gives_up_ns);
	return to;
}

static char *put_timer(char *to, const struct tcpscope_timer *timer)
{
	to = put_time(put_char(put_timer_name(to, timer), ' '), timer);
	to = put_attempts(to, timer);
	if (timer->flags & TCPSCOPE_TIMER_F_SUPPRESSED)
		to = put_string(to, " suppressed");
	if (timer->flags & TCPSCOPE_TIMER_F_ANSWERED)
		to = put_string(to, " answered");
	return to;
}

static __attribute__((noinline)) char *put_any_timers(char *to, const struct tcpscope_conn *conn)
{
	for (int i = 0; i < conn->n_timers; i++) {
		if (i)
			to = put_string(to, ", ");
		to = put_timer(to, &conn->timers[i]);
	}
	return to;
}

/* Nothing to tell but when it fires, in ten seconds to a minute. */
static inline bool is_waiting(const struct tcpscope_timer *timer)
{
	return !timer->flags && timer->attempt <= 0 && timer->limit <= 0 && span_is_seconds(timer->expires_ns);
}

/* Most of a long list are TIME-WAITs: each second is written once. */
static char *put_waiting(char *to, const struct tcpscope_timer *timer)
{
	static struct {
		unsigned int kind, len; /* 0: none yet */
		char text[32];
	} seconds[60], *one;

	one = &seconds[timer->expires_ns / 1000000000];
	if (!one->len || one->kind != timer->kind) {
		one->kind = timer->kind;
		one->len = put_seconds(put_char(put_timer_name(one->text, timer), ' '), timer->expires_ns) - one->text;
	}
	memcpy(to, one->text, sizeof(one->text));
	return to + one->len;
}

static char *put_timers(const struct field *field, const struct tcpscope_row *row, char *to, bool names)
{
	const struct tcpscope_conn *conn = &row->conn;

	if (!field_known(field, row))
		return put_char(to, '-');
	if (!conn->n_timers)
		return put_string(to, "none");
	if (conn->n_timers > 1 || !is_waiting(conn->timers))
		return put_any_timers(to, conn);
	return put_waiting(to, conn->timers);
}

static char *put_i64(char *to, int64_t number)
{
	return number < 0 ? put_u64(put_char(to, '-'), -(uint64_t)number) : put_u64(to, number);
}

static char *put_count(char *to, int count)
{
	return count == TCPSCOPE_UNKNOWN_COUNT ? put_string(to, "null") : put_i64(to, count);
}

/* In whole milliseconds; null if it is not known. */
static char *put_ms(char *to, int64_t span_ns)
{
	return span_ns == TCPSCOPE_UNKNOWN_NS ? put_string(to, "null") : put_i64(to, span_ns / 1000000);
}

static char *put_error(char *to, unsigned int error)
{
	const char *name = error ? strerrorname_np(error) : NULL;

	return name ? put_char(put_string(put_char(to, '"'), name), '"') : put_string(to, "null");
}

static char *put_timer_flags(char *to, unsigned int flags)
{
	to = put_char(to, '[');
	for (unsigned int bit; flags; flags &= ~bit) {
		bit = flags & -flags;
		to = put_name(put_char(to, '"'), tcpscope_timer_flag_name(bit), __builtin_ctz(bit));
		to = put_string(to, flags == bit ? "\"" : "\",");
	}
	return put_char(to, ']');
}

static char *put_timer_json(char *to, const struct tcpscope_timer *timer)
{
	to = put_timer_name(put_string(to, "{\"name\":\""), timer);
	to = put_ms(put_string(to, "\",\"expires_ms\":"), timer->expires_ns);
	to = put_count(put_string(to, ",\"attempt\":"), timer->attempt);
	to = put_count(put_string(to, ",\"limit\":"), timer->limit);
	to = put_ms(put_string(to, ",\"gives_up_ms\":"), timer->gives_up_ns);
	to = put_error(put_string(to, ",\"error\":"), timer->error);
	to = put_timer_flags(put_string(to, ",\"flags\":"), timer->flags);
	return put_char(to, '}');
}

static char *put_timers_json(const struct field *field, const struct tcpscope_row *row, char *to)
{
	if (!field_known(field, row))
		return put_string(to, "null");
	to = put_char(to, '[');
	for (int i = 0; i < row->conn.n_timers; i++) {
		if (i)
			to = put_char(to, ',');
		to = put_timer_json(to, &row->conn.timers[i]);
	}
	return put_char(to, ']');
}

/* The timer that fires first, or NULL. */
static const struct tcpscope_timer *next_timer(const struct tcpscope_conn *conn)
{
	const struct tcpscope_timer *next = NULL;

	for (int i = 0; i < conn->n_timers; i++) {
		const struct tcpscope_timer *timer = &conn->timers[i];

		if (timer->expires_ns == TCPSCOPE_UNKNOWN_NS)
			continue;
		if (!next || timer->expires_ns < next->expires_ns)
			next = timer;
	}
	return next;
}

/* ss's form, but our names: ss calls three kinds "on". */
static char *put_next_timer(const struct field *field, const struct tcpscope_row *row, char *to, bool names)
{
	const struct tcpscope_timer *next = next_timer(&row->conn);

	if (!row_knows(row, TCPSCOPE_KNOWN(TIMERS)))
		return put_char(to, '-');
	if (!next)
		return put_string(to, row->conn.n_timers ? "-" : "none");
	to = put_string(to, "timer:(");
	to = put_char(put_timer_name(to, next), ',');
	to = put_char(put_time(to, next), ',');
	to = put_u64(to, next->attempt > 0 ? next->attempt : 0);
	return put_char(to, ')');
}

/* What is overdue counts as now. */
static void take_sooner(int64_t span_ns, bool *known, uint64_t *number)
{
	uint64_t ns = span_ns < 0 ? 0 : span_ns;

	if (span_ns == TCPSCOPE_UNKNOWN_NS || (*known && *number <= ns))
		return;
	*number = ns;
	*known = true;
}

static bool number_expires(const struct field *field,
			   const struct tcpscope_row *row, uint64_t *number)
{
	bool known = false;

	for (int i = 0; i < row->conn.n_timers; i++)
		take_sooner(row->conn.timers[i].expires_ns, &known, number);
	return known && row_knows(row, TCPSCOPE_KNOWN(TIMERS));
}

static bool number_gives_up(const struct field *field,
			    const struct tcpscope_row *row, uint64_t *number)
{
	bool known = false;

	for (int i = 0; i < row->conn.n_timers; i++)
		take_sooner(row->conn.timers[i].gives_up_ns, &known, number);
	return known && row_knows(row, TCPSCOPE_KNOWN(TIMERS));
}

static char *put_time_left(char *to, uint64_t span_ns)
{
	return put_span(to, span_ns);
}

const struct field_type field_EXPIRES = {
	.number = number_expires,
	.number_put = put_time_left,
	.json_unit = 1000000,
	.quantity = true,
	.span = true,
};
const struct field_type field_GIVES_UP = {
	.number = number_gives_up,
	.number_put = put_time_left,
	.json_unit = 1000000,
	.quantity = true,
	.span = true,
};
const struct field_type field_TIMERS = { .put = put_timers, .json_put = put_timers_json };
const struct field_type field_TIMER = { .put = put_next_timer };
