// SPDX-License-Identifier: GPL-2.0
#include "view_event.h"

#include <string.h>
#include <tcpscope/abi.h>

#include "field.h"
#include "json.h"

/* Identity and owner in a line; the rest depends on the kind. */
static const enum tcpscope_field line_fields[] = {
	TCPSCOPE_FIELD_LOCAL,
	TCPSCOPE_FIELD_PEER,
	TCPSCOPE_FIELD_OWNER,
};

static const enum tcpscope_field json_fields[] = {
	TCPSCOPE_FIELD_COOKIE,	      TCPSCOPE_FIELD_GENERATION,   TCPSCOPE_FIELD_NETNS,
	TCPSCOPE_FIELD_FAMILY,	      TCPSCOPE_FIELD_LOCAL_ADDRESS, TCPSCOPE_FIELD_LOCAL_PORT,
	TCPSCOPE_FIELD_PEER_ADDRESS,  TCPSCOPE_FIELD_PEER_PORT,	   TCPSCOPE_FIELD_ROLE,
	TCPSCOPE_FIELD_PID,	      TCPSCOPE_FIELD_COMM,	   TCPSCOPE_FIELD_UID,
	TCPSCOPE_FIELD_CLOSER,	      TCPSCOPE_FIELD_FLAGS,
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char *const event_columns[] = { "TIME", "EVENT", "LOCAL", "PEER", "OWNER", "WHAT" };
static const unsigned int event_widths[] = { 12, 16, 21, 21, 16, 0 };

/* Fills up to the width of a column that began at start. */
static void pad(struct text *text, size_t start, unsigned int width)
{
	size_t used = text->len - start;

	text_fill(text, ' ', used < width ? width - used : 0);
	if (width)
		text_char(text, ' ');
}

static void name_or_number(struct text *text, const char *name, unsigned int number)
{
	if (name)
		text_string(text, name);
	else
		text_u64(text, number);
}

void event_header(struct text *text)
{
	for (size_t i = 0; i < LENGTH(event_columns); i++) {
		size_t start = text->len;

		if (!i)
			text_fill(text, ' ', event_widths[i] - strlen(event_columns[i]));
		text_string(text, event_columns[i]);
		pad(text, start, event_widths[i]);
	}
	text_char(text, '\n');
}

/* Only an event of kind END is followed by the durations. */
static const struct tcpscope_end_event *end_of(const struct tcpscope_event *event, size_t size)
{
	if (event->kind != TCPSCOPE_EVENT_END || size < sizeof(struct tcpscope_end_event))
		return NULL;
	return (const struct tcpscope_end_event *)event;
}

static void durations_text(struct text *text, const struct tcpscope_end_event *end)
{
	const char *before = ": ";

	for (unsigned int state = 0; state < TCPSCOPE_STATE_MAX; state++) {
		if (!end->state_ns[state])
			continue;
		text_string(text, before);
		name_or_number(text, tcpscope_state_name(state), state);
		text_char(text, ' ');
		text_span(text, end->state_ns[state]);
		before = ", ";
	}
}

/* A state of 0: the connection began with this event. */
static void state_text(struct text *text, unsigned int state)
{
	if (state)
		name_or_number(text, tcpscope_state_name(state), state);
	else
		text_char(text, '-');
}

static void what(struct text *text, const struct tcpscope_event *event, size_t size)
{
	switch (event->kind) {
	case TCPSCOPE_EVENT_STATE:
		state_text(text, event->from);
		text_string(text, " -> ");
		state_text(text, event->to);
		break;
	case TCPSCOPE_EVENT_RETRANSMIT:
		name_or_number(text, tcpscope_retransmit_name(event->detail), event->detail);
		text_string(text, ", attempt ");
		text_u64(text, event->attempt);
		break;
	case TCPSCOPE_EVENT_RESET:
		name_or_number(text, tcpscope_reset_name(event->detail), event->detail);
		break;
	case TCPSCOPE_EVENT_REQUEST_DROP:
		name_or_number(text, tcpscope_reason_name(event->attempt), event->attempt);
		break;
	case TCPSCOPE_EVENT_END:
		name_or_number(text, tcpscope_reason_name(event->detail), event->detail);
		if (end_of(event, size))
			durations_text(text, end_of(event, size));
		break;
	}
}

/* Seconds and microseconds since the trace began. */
static void time_text(struct text *text, int64_t since_ns)
{
	char buffer[32];
	int len = snprintf(buffer, sizeof(buffer), "%5lld.%06lld", (long long)(since_ns / 1000000000),
			   (long long)(since_ns / 1000 % 1000000));

	text_bytes(text, buffer, len);
}

void event_line(struct text *text, const struct tcpscope_event *event, size_t size,
		const struct tcpscope_row *row, uint64_t start_ns, bool names)
{
	size_t start = text->len;

	time_text(text, event->time_ns - start_ns);
	pad(text, start, event_widths[0]);
	start = text->len;
	name_or_number(text, tcpscope_event_name(event->kind), event->kind);
	pad(text, start, event_widths[1]);
	for (size_t i = 0; i < LENGTH(line_fields); i++) {
		start = text->len;
		field_text(field_at(line_fields[i]), row, text, names);
		pad(text, start, event_widths[2 + i]);
	}
	what(text, event, size);
	text_char(text, '\n');
}

static void durations_json(struct json *json, const struct tcpscope_end_event *end)
{
	json_object(json, "durations_us");
	for (unsigned int state = 0; state < TCPSCOPE_STATE_MAX; state++)
		if (end->state_ns[state] && tcpscope_state_key(state))
			json_u64(json, tcpscope_state_key(state), end->state_ns[state] / 1000);
	json_end_object(json);
}

static void state_json(struct json *json, const char *key, unsigned int state)
{
	if (state)
		json_name(json, key, tcpscope_state_key(state), state);
	else
		json_null(json, key);
}

static void end_json(struct json *json, const struct tcpscope_event *event, size_t size)
{
	const struct tcpscope_end_event *end = end_of(event, size);

	json_name(json, "reason", tcpscope_reason_name(event->detail), event->detail);
	if (!end)
		return;
	if (end->born_ns)
		json_ms(json, "age_ms", event->time_ns - end->born_ns);
	else
		json_null(json, "age_ms");
	durations_json(json, end);
}

static void kind_json(struct json *json, const struct tcpscope_event *event, size_t size)
{
	switch (event->kind) {
	case TCPSCOPE_EVENT_RETRANSMIT:
		json_name(json, "kind", tcpscope_retransmit_name(event->detail), event->detail);
		json_u64(json, "attempt", event->attempt);
		break;
	case TCPSCOPE_EVENT_RESET:
		json_name(json, "kind", tcpscope_reset_name(event->detail), event->detail);
		break;
	case TCPSCOPE_EVENT_REQUEST_DROP:
		json_name(json, "reason", tcpscope_reason_name(event->attempt), event->attempt);
		break;
	case TCPSCOPE_EVENT_END:
		end_json(json, event, size);
		break;
	}
}

void event_json(struct text *text, const struct tcpscope_event *event, size_t size,
		const struct tcpscope_row *row)
{
	struct json json = { .to = text };

	json_object(&json, NULL);
	json_u64(&json, "time_ns", event->time_ns);
	json_name(&json, "event", tcpscope_event_name(event->kind), event->kind);
	for (size_t i = 0; i < LENGTH(json_fields); i++)
		field_json(field_at(json_fields[i]), row, &json);
	state_json(&json, "from", event->from);
	state_json(&json, "to", event->to);
	kind_json(&json, event, size);
	json_end_object(&json);
	text_char(text, '\n');
}

void losses_line(struct text *text, const struct source_losses *losses)
{
	text_string(text, "lost:");
	for (unsigned int i = 0; i < TCPSCOPE_LOSS_MAX; i++) {
		text_string(text, i ? ", " : " ");
		text_string(text, tcpscope_loss_name(i));
		text_char(text, ' ');
		text_u64(text, losses->count[i]);
	}
	text_char(text, '\n');
}

void losses_json(struct text *text, const struct source_losses *losses)
{
	struct json json = { .to = text };

	json_object(&json, NULL);
	json_string(&json, "event", tcpscope_event_name(TCPSCOPE_EVENT_LOST));
	for (unsigned int i = 0; i < TCPSCOPE_LOSS_MAX; i++)
		json_u64(&json, tcpscope_loss_name(i), losses->count[i]);
	json_end_object(&json);
	text_char(text, '\n');
}
