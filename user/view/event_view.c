// SPDX-License-Identifier: GPL-2.0
#include "view/event_view.h"

#include <string.h>
#include <sys/socket.h>
#include <tcpscope/abi.h>

#include "conn/event.h"
#include "conn/field.h"
#include "lib/ipaddr.h"
#include "lib/json.h"

/* Identity and owner in a line; the rest depends on the kind. */
static const enum tcpscope_field line_fields[] = {
	TCPSCOPE_FIELD_LOCAL,
	TCPSCOPE_FIELD_PEER,
	TCPSCOPE_FIELD_OWNER,
};

static const enum tcpscope_field owner_fields[] = {
	TCPSCOPE_FIELD_PID,
	TCPSCOPE_FIELD_COMM,
	TCPSCOPE_FIELD_UID,
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

/* Only an event of kind END is followed by the durations. */
static const struct tcpscope_end_event *end_of(const struct tcpscope_event *event, size_t size)
{
	if (event->kind != TCPSCOPE_EVENT_END || size < sizeof(struct tcpscope_end_event))
		return NULL;
	return (const struct tcpscope_end_event *)event;
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
	what(text, event, end_of(event, size));
	strbuf_char(text, '\n');
}

static void end_json(struct json *json, const struct tcpscope_end_event *end)
{
	json_known(json, "age_ms", (end->event.time_ns - end->born_ns) / 1000000, end->born_ns);
	durations_json(json, "durations_us", end->state_ns);
}

/*
 * A trace writes a million events, and most of an event has been written before:
 * whose it is, the same for all events of a connection; its owner, the same for many
 * connections; from where to where. Each is formatted once and copied then.
 */
#define MEMOS 256

struct memo {
	struct tcpscope_event of; /* the first event it was made of */
	unsigned int len; /* 0: not made yet */
	char text[380];
};

/* Takes what was written since begin. What is too long is written anew each time. */
static void memo_take(struct memo *memo, const struct tcpscope_event *of, const struct strbuf *text,
		      size_t begin)
{
	size_t len = text->len - begin;

	memo->of = *of;
	memo->len = len <= sizeof(memo->text) ? len : 0;
	memcpy(memo->text, text->data + begin, memo->len);
}

/* `,"key":` of each field, its length known to the compiler. */
#define KEY(id, column, key, type, member, help) \
	static const char key_##id[] __attribute__((unused)) = ",\"" key "\":";
TCPSCOPE_FIELDS(KEY)
#undef KEY

#define text_key(text, id) strbuf_bytes(text, key_##id, sizeof(key_##id) - 1)
#define text_number(text, id, number) (text_key(text, id), strbuf_u64(text, number))

static void address_value(struct strbuf *text, unsigned int family, const uint8_t *address)
{
	const uint8_t *ipv4 = ipaddr_ipv4(family, address);

	if (family != AF_INET && family != AF_INET6) {
		strbuf_bytes(text, "null", 4);
		return;
	}
	strbuf_char(text, '"');
	if (ipv4)
		strbuf_ipv4(text, ipv4);
	else
		strbuf_ipv6(text, address);
	strbuf_char(text, '"');
}

/* The one value of these that may be no name is a role nobody knows: null. */
static void name_value(struct strbuf *text, const char *name, unsigned int number, bool known)
{
	strbuf_string(text, known ? "\"" : "null");
	if (!known)
		return;
	strbuf_name(text, name, number);
	strbuf_char(text, '"');
}

/* Where 0 stands for unknown. */
static void number_value(struct strbuf *text, uint64_t number)
{
	if (number)
		strbuf_u64(text, number);
	else
		strbuf_string(text, "null");
}

/* As the fields themselves would, for each connection anew, in a third of the instructions. */
static void identity_format(struct strbuf *text, const struct tcpscope_event *event)
{
	unsigned int family = event->family;

	text_number(text, COOKIE, event->cookie);
	text_number(text, GENERATION, event->generation);
	text_number(text, NETNS, event->netns);
	text_key(text, NETNS_COOKIE);
	number_value(text, event->netns_cookie);
	text_key(text, FAMILY);
	name_value(text, family == AF_INET ? "ipv4" : family == AF_INET6 ? "ipv6" : NULL, family,
		   true);
	text_key(text, LOCAL_ADDRESS);
	address_value(text, family, event->local_addr);
	text_number(text, LOCAL_PORT, event->local_port);
	text_key(text, PEER_ADDRESS);
	address_value(text, family, event->peer_addr);
	text_number(text, PEER_PORT, event->peer_port);
	text_key(text, ROLE);
	name_value(text, tcpscope_role_name(event->role), event->role, event->role);
}

static bool same_identity(const struct tcpscope_event *a, const struct tcpscope_event *b)
{
	return a->cookie == b->cookie && a->generation == b->generation && a->role == b->role &&
	       a->family == b->family && a->netns == b->netns &&
	       a->netns_cookie == b->netns_cookie && a->local_port == b->local_port &&
	       a->peer_port == b->peer_port && !memcmp(a->local_addr, b->local_addr, 16) &&
	       !memcmp(a->peer_addr, b->peer_addr, 16);
}

static void identity_json(struct strbuf *text, const struct tcpscope_event *event)
{
	static struct memo memos[MEMOS];
	struct memo *memo = &memos[event->cookie % MEMOS];

	size_t begin = text->len;

	if (memo->len && same_identity(&memo->of, event)) {
		strbuf_bytes(text, memo->text, memo->len);
		return;
	}
	identity_format(text, event);
	memo_take(memo, event, text, begin);
}

static bool same_owner(const struct tcpscope_owner *a, const struct tcpscope_owner *b)
{
	return a->pid == b->pid && a->uid == b->uid && !memcmp(a->comm, b->comm, sizeof(a->comm));
}

static void owner_json(struct strbuf *text, const struct tcpscope_event *event)
{
	static struct memo memos[MEMOS];
	struct memo *memo = &memos[event->owner.pid % MEMOS];

	struct json json = { .to = text, .comma = true };
	size_t begin = text->len;
	struct tcpscope_row row;

	if (memo->len && same_owner(&memo->of.owner, &event->owner)) {
		strbuf_bytes(text, memo->text, memo->len);
		return;
	}
	row_from_event(&row, event);
	for (size_t i = 0; i < LENGTH(owner_fields); i++)
		field_json(field_at(owner_fields[i]), &row, &json);
	memo_take(memo, event, text, begin);
}

static void states_json(struct strbuf *text, const struct tcpscope_event *event)
{
	static struct memo memos[MEMOS];
	struct memo *memo = &memos[(event->first_closer << 6 ^ event->from << 4 ^ event->to) % MEMOS];
	struct json json = { .to = text, .comma = true };
	size_t begin = text->len;

	if (memo->len && memo->of.first_closer == event->first_closer &&
	    memo->of.flags == event->flags && memo->of.from == event->from && memo->of.to == event->to) {
		strbuf_bytes(text, memo->text, memo->len);
		return;
	}
	json_code(&json, "first_closer", tcpscope_closer_name, event->first_closer);
	event_states_json(&json, event);
	json_bits(&json, "flags", event->flags, tcpscope_flag_name);
	memo_take(memo, event, text, begin);
}

/* All of a millisecond have the same beginning; the last six digits are written each time. */
static void time_json(struct strbuf *text, uint64_t time_ns)
{
	static uint64_t last;
	static struct strbuf begun;
	uint64_t ms = time_ns / 1000000;
	unsigned int rest = time_ns % 1000000;
	char *to;

	if (ms != last || !ms) {
		begun.len = 0;
		strbuf_string(&begun, "{\"time_ns\":");
		strbuf_u64(&begun, ms ? ms : time_ns);
		last = ms;
	}
	strbuf_bytes(text, begun.data, begun.len);
	if (!ms)
		return;
	to = strbuf_room(text, 6);
	for (int i = 5; i >= 0; i--, rest /= 10)
		to[i] = '0' + rest % 10;
	text->len += 6;
}

void event_json(struct strbuf *text, const struct tcpscope_event *event, size_t size)
{
	const struct tcpscope_end_event *end = end_of(event, size);
	struct json json = { .to = text, .comma = true };

	time_json(text, event->time_ns);
	strbuf_string(text, ",\"event\":\"");
	strbuf_name(text, tcpscope_event_name(event->kind), event->kind);
	strbuf_char(text, '"');
	identity_json(text, event);
	owner_json(text, event);
	states_json(text, event);
	event_what_json(&json, event);
	if (end)
		end_json(&json, end);
	strbuf_string(text, "}\n");
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
