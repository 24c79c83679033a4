// SPDX-License-Identifier: GPL-2.0
/* The armed timers: all of them, and the next to fire. */
#include <string.h>

#include "field_type.h"

static void timer_time_text(struct text *text,
			    const struct tcpscope_timer *timer)
{
	if (timer->expires_ns == TCPSCOPE_UNKNOWN_NS)
		text_char(text, '-');
	else if (timer->expires_ns < 0)
		text_string(text, "overdue");
	else
		text_span(text, timer->expires_ns);
}

/* How far it got, "3/15", and once it has begun to fail, when it gives up. */
static void timer_attempts_text(struct text *text,
				const struct tcpscope_timer *timer)
{
	if (timer->attempt <= 0 && timer->limit <= 0)
		return;
	text_char(text, ' ');
	if (timer->attempt < 0)
		text_char(text, '-');
	else
		text_u64(text, timer->attempt);
	if (timer->limit > 0) {
		text_char(text, '/');
		text_u64(text, timer->limit);
	}
	if (timer->attempt > 0 && timer->gives_up_ns != TCPSCOPE_UNKNOWN_NS) {
		text_string(text, " gives up ");
		text_span(text, timer->gives_up_ns);
	}
}

static void timers_text(const struct field *field,
			const struct tcpscope_row *row, struct text *text,
			bool names)
{
	const struct tcpscope_conn *conn = &row->conn;

	if (!conn->n_timers || !field_known(field, row))
		text_string(text, field_known(field, row) ? "none" : "-");
	for (int i = 0; field_known(field, row) && i < conn->n_timers; i++) {
		const struct tcpscope_timer *timer = &conn->timers[i];

		if (i)
			text_string(text, ", ");
		text_name(text, tcpscope_timer_name(timer->kind), timer->kind);
		text_char(text, ' ');
		timer_time_text(text, timer);
		timer_attempts_text(text, timer);
		if (timer->flags & TCPSCOPE_TIMER_F_SUPPRESSED)
			text_string(text, " suppressed");
	}
}

static void timer_json(const struct tcpscope_timer *timer, struct json *json)
{
	json_object(json, NULL);
	json_name(json, "name", tcpscope_timer_name(timer->kind), timer->kind);
	json_ms(json, "expires_ms", timer->expires_ns);
	if (timer->attempt == TCPSCOPE_UNKNOWN_COUNT)
		json_null(json, "attempt");
	else
		json_i64(json, "attempt", timer->attempt);
	if (timer->limit == TCPSCOPE_UNKNOWN_COUNT)
		json_null(json, "limit");
	else
		json_i64(json, "limit", timer->limit);
	json_ms(json, "gives_up_ms", timer->gives_up_ns);
	json_string(json, "error",
		    timer->error ? strerrorname_np(timer->error) : NULL);
	json_bits(json, "flags", timer->flags, tcpscope_timer_flag_name);
	json_end_object(json);
}

static void timers_json(const struct field *field,
			const struct tcpscope_row *row, struct json *json)
{
	if (!field_known(field, row)) {
		json_null(json, field->key);
		return;
	}
	json_array(json, field->key);
	for (int i = 0; i < row->conn.n_timers; i++)
		timer_json(&row->conn.timers[i], json);
	json_end_array(json);
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
static void timer_text(const struct field *field,
		       const struct tcpscope_row *row, struct text *text,
		       bool names)
{
	const struct tcpscope_timer *next = next_timer(&row->conn);

	if (!row_knows(row, TCPSCOPE_KNOWN(TIMERS)) || !next) {
		text_string(text, row_knows(row, TCPSCOPE_KNOWN(TIMERS)) &&
						  !row->conn.n_timers ?
					  "none" :
					  "-");
		return;
	}
	text_string(text, "timer:(");
	text_name(text, tcpscope_timer_name(next->kind), next->kind);
	text_char(text, ',');
	timer_time_text(text, next);
	text_char(text, ',');
	text_u64(text, next->attempt > 0 ? next->attempt : 0);
	text_char(text, ')');
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

static void span_text(struct text *text, uint64_t number)
{
	text_span(text, number);
}

static void span_json(struct json *json, const char *key, uint64_t number)
{
	json_ms(json, key, number);
}

const struct field_type field_EXPIRES = {
	.number = number_expires,
	.number_text = span_text,
	.number_json = span_json,
	.quantity = true,
	.span = true,
};
const struct field_type field_GIVES_UP = {
	.number = number_gives_up,
	.number_text = span_text,
	.number_json = span_json,
	.quantity = true,
	.span = true,
};
const struct field_type field_TIMERS = { .text = timers_text,
					 .json = timers_json };
const struct field_type field_TIMER = { .text = timer_text };
