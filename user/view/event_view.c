// SPDX-License-Identifier: GPL-2.0
#include "view/event_view.h"

#include <string.h>
#include <tcpscope/abi.h>

#include "conn/event.h"
#include "conn/field.h"
#include "lib/json.h"

/* Identity and owner in a line; the rest depends on the kind. */
static const enum tcpscope_field line_fields[] = {
	TCPSCOPE_FIELD_LOCAL,
	TCPSCOPE_FIELD_PEER,
	TCPSCOPE_FIELD_OWNER,
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char *const event_columns[] = { "TIME", "EVENT", "LOCAL", "PEER", "OWNER", "WHAT" };
static const unsigned int event_widths[] = { 12, 16, 21, 21, 16, 0 };

/* The end of a cell that began at start; the last has no width. */
static void pad(struct strbuf *text, size_t start, unsigned int width)
{
	strbuf_pad(text, start, width);
	if (width)
		strbuf_char(text, ' ');
}

void event_header(struct strbuf *text)
{
	for (size_t i = 0; i < LENGTH(event_columns); i++) {
		size_t start = text->len;

		if (!i)
			strbuf_spaces(text, event_widths[i] - strlen(event_columns[i]));
		strbuf_string(text, event_columns[i]);
		pad(text, start, event_widths[i]);
	}
	strbuf_char(text, '\n');
}

static void what(struct strbuf *text, const struct tcpscope_event *event,
		 const struct tcpscope_end_event *end)
{
	struct strbuf durations = {};

	event_what_text(text, event);
	if (end && durations_text(&durations, end->state_ns)) {
		strbuf_string(text, ": ");
		strbuf_bytes(text, durations.data, durations.len);
	}
	strbuf_free(&durations);
}

/* Seconds and microseconds since the trace began. */
static void time_text(struct strbuf *text, int64_t since_ns)
{
	char buffer[32];
	int len = snprintf(buffer, sizeof(buffer), "%5lld.%06lld", (long long)(since_ns / 1000000000),
			   (long long)(since_ns / 1000 % 1000000));

	strbuf_bytes(text, buffer, len);
}

void event_line(struct strbuf *text, const struct tcpscope_event *event, size_t size,
		const struct tcpscope_row *row, uint64_t start_ns, bool names)
{
	size_t start = text->len;

	time_text(text, event->time_ns - start_ns);
	pad(text, start, event_widths[0]);
	start = text->len;
	strbuf_name(text, tcpscope_event_name(event->kind), event->kind);
	pad(text, start, event_widths[1]);
	for (size_t i = 0; i < LENGTH(line_fields); i++) {
		start = text->len;
		field_text(field_at(line_fields[i]), row, text, names);
		pad(text, start, event_widths[2 + i]);
	}
	what(text, event, event_end_of(event, size));
	strbuf_char(text, '\n');
}

void losses_line(struct strbuf *text, const struct source_losses *losses)
{
	strbuf_string(text, "lost:");
	for (unsigned int i = 0; i < TCPSCOPE_LOSS_MAX; i++) {
		strbuf_string(text, i ? ", " : " ");
		strbuf_string(text, tcpscope_loss_name(i));
		strbuf_char(text, ' ');
		strbuf_u64(text, losses->count[i]);
	}
	strbuf_char(text, '\n');
}

static void losses_counts(struct json *json, const struct source_losses *losses)
{
	for (unsigned int i = 0; i < TCPSCOPE_LOSS_MAX; i++)
		json_u64(json, tcpscope_loss_name(i), losses->count[i]);
}

void losses_member(struct json *json, const struct source_losses *losses)
{
	if (!losses) {
		json_null(json, "losses");
		return;
	}
	json_object(json, "losses");
	losses_counts(json, losses);
	json_end_object(json);
}

void losses_json(struct strbuf *text, const struct source_losses *losses)
{
	struct json json = { .to = text };

	json_object(&json, NULL);
	json_string(&json, "event", tcpscope_event_name(TCPSCOPE_EVENT_LOST));
	losses_counts(&json, losses);
	json_end_object(&json);
	strbuf_char(text, '\n');
}
