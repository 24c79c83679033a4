// SPDX-License-Identifier: GPL-2.0
/* What a connection went through: the time in each state, and the last events. */
#include "conn/event.h"
#include "conn/field_type.h"

static void durations_cell(const struct field *field, const struct tcpscope_row *row,
			   struct strbuf *text, bool names)
{
	if (!row->has_life)
		strbuf_char(text, '-');
	else if (!durations_text(text, row->life.state_ns))
		strbuf_string(text, "none");
}

static void durations_value(const struct field *field, const struct tcpscope_row *row,
			    struct json *json)
{
	if (row->has_life)
		durations_json(json, field->key, row->life.state_ns);
	else
		json_null(json, field->key);
}

/* What a state change leads to is enough: it follows from where. */
static void event_text(struct strbuf *text, const struct tcpscope_event *event)
{
	if (event->kind == TCPSCOPE_EVENT_STATE) {
		strbuf_name(text, tcpscope_state_name(event->to), event->to);
		return;
	}
	strbuf_name(text, tcpscope_event_name(event->kind), event->kind);
	strbuf_char(text, ' ');
	event_what_text(text, event);
}

/* Each with the time since the one before. */
static void events_text(const struct field *field, const struct tcpscope_row *row,
			struct strbuf *text, bool names)
{
	struct tcpscope_event events[TCPSCOPE_STEPS];
	size_t n = row->has_life ? life_events(&row->life, events) : 0;

	if (!n)
		strbuf_string(text, row->has_life ? "none" : "-");
	for (size_t i = 0; i < n; i++) {
		if (i) {
			strbuf_string(text, ", +");
			strbuf_span(text, events[i].time_ns - events[i - 1].time_ns);
			strbuf_char(text, ' ');
		}
		event_text(text, &events[i]);
	}
}

static void event_json(struct json *json, const struct tcpscope_event *event)
{
	json_object(json, NULL);
	json_u64(json, "time_ns", event->time_ns);
	json_name(json, "event", tcpscope_event_name(event->kind), event->kind);
	if (event->kind == TCPSCOPE_EVENT_STATE)
		event_states_json(json, event);
	event_what_json(json, event);
	json_end_object(json);
}

static void events_json(const struct field *field, const struct tcpscope_row *row,
			struct json *json)
{
	struct tcpscope_event events[TCPSCOPE_STEPS];
	size_t n;

	if (!row->has_life) {
		json_null(json, field->key);
		return;
	}
	n = life_events(&row->life, events);
	json_array(json, field->key);
	for (size_t i = 0; i < n; i++)
		event_json(json, &events[i]);
	json_end_array(json);
}

const struct field_type field_DURATIONS = { .text = durations_cell, .json = durations_value };
const struct field_type field_EVENTS = { .text = events_text, .json = events_json };
