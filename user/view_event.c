// SPDX-License-Identifier: GPL-2.0
#include "view_event.h"

#include <string.h>
#include <tcpscope/abi.h>

#include "event.h"
#include "field.h"
#include "json.h"

/* Identity and owner in a line; the rest depends on the kind. */
static const enum tcpscope_field line_fields[] = {
	TCPSCOPE_FIELD_LOCAL,
	TCPSCOPE_FIELD_PEER,
	TCPSCOPE_FIELD_OWNER,
};

/* Whose the event is: which connection, and whose connection. */
static const enum tcpscope_field identity_fields[] = {
	TCPSCOPE_FIELD_COOKIE,	      TCPSCOPE_FIELD_GENERATION,    TCPSCOPE_FIELD_NETNS,
	TCPSCOPE_FIELD_FAMILY,	      TCPSCOPE_FIELD_LOCAL_ADDRESS, TCPSCOPE_FIELD_LOCAL_PORT,
	TCPSCOPE_FIELD_PEER_ADDRESS,  TCPSCOPE_FIELD_PEER_PORT,	    TCPSCOPE_FIELD_ROLE,
};

static const enum tcpscope_field owner_fields[] = {
	TCPSCOPE_FIELD_PID,
	TCPSCOPE_FIELD_COMM,
	TCPSCOPE_FIELD_UID,
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char *const event_columns[] = { "TIME", "EVENT", "LOCAL", "PEER", "OWNER", "WHAT" };
static const unsigned int event_widths[] = { 12, 16, 21, 21, 16, 0 };

/* Fills up to the width of a column that began at start. */
static void pad(struct text *text, size_t start, unsigned int width)
{
	size_t used = text->len - start;

	text_spaces(text, used < width ? width - used : 0);
	if (width)
		text_char(text, ' ');
}

void event_header(struct text *text)
{
	for (size_t i = 0; i < LENGTH(event_columns); i++) {
		size_t start = text->len;

		if (!i)
			text_spaces(text, event_widths[i] - strlen(event_columns[i]));
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

static void what(struct text *text, const struct tcpscope_event *event,
		 const struct tcpscope_end_event *end)
{
	struct text durations = {};

	event_what_text(text, event);
	if (end && durations_text(&durations, end->state_ns)) {
		text_string(text, ": ");
		text_bytes(text, durations.data, durations.len);
	}
	text_free(&durations);
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
	text_name(text, tcpscope_event_name(event->kind), event->kind);
	pad(text, start, event_widths[1]);
	for (size_t i = 0; i < LENGTH(line_fields); i++) {
		start = text->len;
		field_text(field_at(line_fields[i]), row, text, names);
		pad(text, start, event_widths[2 + i]);
	}
	what(text, event, end_of(event, size));
	text_char(text, '\n');
}

static void end_json(struct json *json, const struct tcpscope_end_event *end)
{
	if (end->born_ns)
		json_ms(json, "age_ms", end->event.time_ns - end->born_ns);
	else
		json_null(json, "age_ms");
	durations_json(json, "durations_us", end->state_ns);
}

/*
 * Most of what is written of an event is whose it is, and that is the same for all
 * events of a connection, its owner for many connections: each is formatted once.
 */
#define MEMOS 256

struct memo {
	struct tcpscope_event of; /* what the fields are made of, all else being 0 */
	size_t len;
	char text[384];
};

static void memo_fill(struct memo *memo, const struct tcpscope_event *of,
		      const enum tcpscope_field *fields, size_t n)
{
	static struct text text; /* kept for the next */
	struct json json = { .to = &text, .comma = true };
	struct tcpscope_row row;

	text.len = 0;
	row_from_event(&row, of);
	for (size_t i = 0; i < n; i++)
		field_json(field_at(fields[i]), &row, &json);
	if (text.len > sizeof(memo->text))
		text.len = 0;
	memo->of = *of;
	memo->len = text.len;
	memcpy(memo->text, text.data, text.len);
}

static void memo_json(struct text *text, struct memo *memo, const struct tcpscope_event *of,
		      const enum tcpscope_field *fields, size_t n)
{
	if (memcmp(&memo->of, of, sizeof(*of)) || !memo->len)
		memo_fill(memo, of, fields, n);
	text_bytes(text, memo->text, memo->len);
}

static void identity_json(struct text *text, const struct tcpscope_event *event)
{
	static struct memo memos[MEMOS];
	struct tcpscope_event of = {
		.cookie = event->cookie,
		.local_port = event->local_port,
		.peer_port = event->peer_port,
		.netns = event->netns,
		.generation = event->generation,
		.family = event->family,
		.role = event->role,
	};

	memcpy(of.local_addr, event->local_addr, sizeof(of.local_addr));
	memcpy(of.peer_addr, event->peer_addr, sizeof(of.peer_addr));
	memo_json(text, &memos[event->cookie % MEMOS], &of, identity_fields,
		  LENGTH(identity_fields));
}

static void owner_json(struct text *text, const struct tcpscope_event *event)
{
	static struct memo memos[MEMOS];
	const struct tcpscope_event of = { .owner = event->owner };

	memo_json(text, &memos[event->owner.pid % MEMOS], &of, owner_fields,
		  LENGTH(owner_fields));
}

/* `,"key":"name"`, or null for the number 0, which is none. */
static inline __attribute__((always_inline)) void
name_json(struct text *text, const char *key, const char *name, unsigned int number)
{
	text_string(text, key);
	if (!number) {
		text_bytes(text, "null", 4);
		return;
	}
	text_char(text, '"');
	text_name(text, name, number);
	text_char(text, '"');
}

void event_json(struct text *text, const struct tcpscope_event *event, size_t size)
{
	const struct tcpscope_end_event *end = end_of(event, size);
	struct json json = { .to = text, .comma = true };

	text_string(text, "{\"time_ns\":");
	text_u64(text, event->time_ns);
	name_json(text, ",\"event\":", tcpscope_event_name(event->kind), event->kind);
	identity_json(text, event);
	owner_json(text, event);
	name_json(text, ",\"first_closer\":", tcpscope_closer_name(event->first_closer),
		  event->first_closer);
	name_json(text, ",\"from\":", tcpscope_state_key(event->from), event->from);
	name_json(text, ",\"to\":", tcpscope_state_key(event->to), event->to);
	event_what_json(&json, event);
	if (end)
		end_json(&json, end);
	text_string(text, "}\n");
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
