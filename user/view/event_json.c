// SPDX-License-Identifier: GPL-2.0
/*
 * An event as a JSON object on a line: a trace writes a million of them, beside the
 * connections it is to tell of. Most of an event has been written before: whose it
 * is, the same for all events of a connection; from where to where. Each is formatted
 * once and copied then.
 */
#include <string.h>
#include <sys/socket.h>
#include <tcpscope/abi.h>

#include "conn/event.h"
#include "conn/field.h"
#include "lib/ipaddr.h"
#include "view/event_view.h"

#define MEMOS 256

struct memo {
	struct tcpscope_event of; /* the event it was made of */
	struct strbuf text; /* empty: not made yet */
};

/* Copied are blocks of this; up to a block more than there is to copy is read, and written. */
#define BLOCK 64
/* Room for what is put of an event beside its memos. */
#define LINE 256

static inline char *put_blocks(char *to, const char *from, size_t len)
{
	for (size_t i = 0; i < len; i += BLOCK)
		memcpy(to + i, from + i, BLOCK);
	return to + len;
}

static inline char *put_memo(char *to, const struct memo *memo)
{
	return put_blocks(to, memo->text.data, memo->text.len);
}

/* Where to write the memo for that event. */
static struct strbuf *memo_begin(struct memo *memo, const struct tcpscope_event *event)
{
	memo->of = *event;
	memo->text.len = 0;
	return &memo->text;
}

static const struct memo *memo_end(struct memo *memo)
{
	strbuf_room(&memo->text, BLOCK);
	return memo;
}

/* --- whose it is --- */

/* `,"key":` of each field, its length known to the compiler. */
#define KEY(id, column, key, type, member, help) \
	static const char key_##id[] __attribute__((unused)) = ",\"" key "\":";
TCPSCOPE_FIELDS(KEY)
#undef KEY

#define put_key(to, id) ((char *)mempcpy(to, key_##id, sizeof(key_##id) - 1))
#define put_number_of(to, id, number) put_u64(put_key(to, id), number)

static char *put_address(char *to, unsigned int family, const uint8_t *address)
{
	const uint8_t *ipv4 = ipaddr_ipv4(family, address);
	struct strbuf text = {};

	if (family != AF_INET && family != AF_INET6)
		return put_string(to, "null");
	to = put_char(to, '"');
	if (ipv4) {
		to = put_ipv4(to, ipv4);
	} else {
		strbuf_ipv6(&text, address);
		to = mempcpy(to, text.data, text.len);
		strbuf_free(&text);
	}
	return put_char(to, '"');
}

static char *put_family(char *to, unsigned int family)
{
	if (family == AF_INET)
		return put_string(to, "\"ipv4\"");
	if (family == AF_INET6)
		return put_string(to, "\"ipv6\"");
	return put_char(put_u64(put_char(to, '"'), family), '"');
}

/* As the fields themselves would, in a fraction of the instructions. */
static void identity_json(struct strbuf *text, const struct tcpscope_event *event)
{
	struct json json = { .to = text, .comma = true };
	char *to = strbuf_room(text, 2 * LINE);

	to = put_number_of(to, COOKIE, event->cookie);
	to = put_number_of(to, GENERATION, event->generation);
	to = put_number_of(to, NETNS, event->netns);
	to = put_key(to, NETNS_COOKIE);
	to = event->netns_cookie ? put_u64(to, event->netns_cookie) : put_string(to, "null");
	to = put_family(put_key(to, FAMILY), event->family);
	to = put_address(put_key(to, LOCAL_ADDRESS), event->family, event->local_addr);
	to = put_number_of(to, LOCAL_PORT, event->local_port);
	to = put_address(put_key(to, PEER_ADDRESS), event->family, event->peer_addr);
	strbuf_end(text, put_number_of(to, PEER_PORT, event->peer_port));
	json_code(&json, "role", tcpscope_role_name, event->role);
}

static bool same_owner(const struct tcpscope_owner *a, const struct tcpscope_owner *b)
{
	return a->pid == b->pid && a->uid == b->uid && !memcmp(a->comm, b->comm, sizeof(a->comm));
}

static const struct memo *owner_of(const struct tcpscope_event *event)
{
	static const enum tcpscope_field fields[] = {
		TCPSCOPE_FIELD_PID,
		TCPSCOPE_FIELD_COMM,
		TCPSCOPE_FIELD_UID,
	};
	static struct memo memos[MEMOS];
	struct memo *memo = &memos[event->owner.pid % MEMOS];
	struct json json = { .comma = true };
	struct tcpscope_row row;

	if (memo->text.len && same_owner(&memo->of.owner, &event->owner))
		return memo;
	json.to = memo_begin(memo, event);
	row_from_event(&row, event);
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		field_json(field_at(fields[i]), &row, &json);
	return memo_end(memo);
}

/* From the cookie up to the generation an event has nothing but whose it is, and no gap. */
#define WHOSE offsetof(struct tcpscope_event, cookie)
#define WHOSE_END offsetof(struct tcpscope_event, flags)
_Static_assert(WHOSE_END - WHOSE == 16 + sizeof(struct tcpscope_owner) + 32 + 12, "an event has other members");

typedef uint64_t pair __attribute__((vector_size(16)));

static inline pair differ_at(const void *a, const void *b, size_t at)
{
	pair x, y;

	memcpy(&x, (const char *)a + at, sizeof(x));
	memcpy(&y, (const char *)b + at, sizeof(y));
	return x ^ y;
}

/* Whether two have the same connection and owner. */
static inline bool same_whose(const struct tcpscope_event *a, const struct tcpscope_event *b)
{
	pair differ = differ_at(a, b, WHOSE_END - sizeof(pair));

	for (size_t at = WHOSE; at + sizeof(pair) < WHOSE_END; at += sizeof(pair))
		differ |= differ_at(a, b, at);
	return !(differ[0] | differ[1]) && a->family == b->family && a->role == b->role;
}

static const struct memo *whose_of(const struct tcpscope_event *event)
{
	static struct memo memos[MEMOS];
	struct memo *memo = &memos[event->cookie % MEMOS];
	const struct memo *owner;
	struct strbuf *text;

	if (memo->text.len && same_whose(&memo->of, event))
		return memo;
	text = memo_begin(memo, event);
	identity_json(text, event);
	owner = owner_of(event);
	strbuf_end(text, put_memo(strbuf_room(text, owner->text.len + BLOCK), owner));
	return memo_end(memo);
}

/* --- what it is --- */

static const struct memo *states_of(const struct tcpscope_event *event)
{
	static struct memo memos[MEMOS];
	struct memo *memo = &memos[(event->first_closer << 6 ^ event->from << 4 ^ event->to) % MEMOS];
	struct json json = { .comma = true };

	if (memo->text.len && memo->of.first_closer == event->first_closer &&
	    memo->of.flags == event->flags && memo->of.from == event->from && memo->of.to == event->to)
		return memo;
	json.to = memo_begin(memo, event);
	json_code(&json, "first_closer", tcpscope_closer_name, event->first_closer);
	event_states_json(&json, event);
	json_bits(&json, "flags", event->flags, tcpscope_flag_name);
	return memo_end(memo);
}

static void end_json(struct json *json, const struct tcpscope_end_event *end)
{
	json_known(json, "age_ms", (end->event.time_ns - end->born_ns) / 1000000, end->born_ns);
	durations_json(json, "durations_us", end->state_ns);
}

/* All of a millisecond have the same beginning; the last six digits are put each time. */
static char *put_time(char *to, uint64_t time_ns)
{
	static uint64_t last;
	static char begun[BLOCK];
	static size_t len;
	uint64_t ms = time_ns / 1000000;
	unsigned int rest = time_ns % 1000000;

	if (ms != last || !ms) {
		len = put_u64(put_string(begun, "{\"time_ns\":"), ms ? ms : time_ns) - begun;
		last = ms;
	}
	to = put_blocks(to, begun, len);
	if (!ms)
		return to;
	return put_pair(put_pair(put_pair(to, rest / 10000), rest / 100 % 100), rest % 100);
}

static char *put_kind(char *to, unsigned int kind)
{
	static struct {
		char text[BLOCK];
		size_t len;
	} kinds[256];
	const char *name;

	if (!kinds[kind].len) {
		char *at = put_string(kinds[kind].text, ",\"event\":\"");

		name = tcpscope_event_name(kind);
		at = name ? mempcpy(at, name, strlen(name)) : put_u64(at, kind);
		kinds[kind].len = put_char(at, '"') - kinds[kind].text;
	}
	return put_blocks(to, kinds[kind].text, kinds[kind].len);
}

/* What only some kinds have. */
static void rest_json(struct strbuf *text, const struct tcpscope_event *event,
		      const struct tcpscope_end_event *end)
{
	struct json json = { .to = text, .comma = true };

	event_what_json(&json, event);
	if (end)
		end_json(&json, end);
}

void event_json(struct strbuf *text, const struct tcpscope_event *event, size_t size)
{
	const struct memo *whose = whose_of(event), *states = states_of(event);
	char *to = strbuf_room(text, LINE + whose->text.len + states->text.len);

	to = put_kind(put_time(to, event->time_ns), event->kind);
	to = put_memo(put_memo(to, whose), states);
	if (event->kind != TCPSCOPE_EVENT_STATE) {
		strbuf_end(text, to);
		rest_json(text, event, event_end_of(event, size));
		to = strbuf_room(text, LINE);
	}
	strbuf_end(text, put_string(to, "}\n"));
}
