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
	struct strbuf text; /* empty: not made yet */
	struct tcpscope_event of; /* the event it was made of */
} __attribute__((aligned(256)));

/* Room for what is put of an event beside its memos. */
#define LINE 1024

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
	strbuf_room(&memo->text, PUT_BLOCK);
	return memo;
}

/* A name with what stands around it, which is made once. */
struct word {
	size_t len; /* 0: not made yet */
	char text[PUT_BLOCK];
};

typedef const char *(*name_fn)(unsigned int code);

static __attribute__((cold)) void word_make(struct word *word, const char *begin, name_fn name,
					    unsigned int code, const char *end)
{
	struct strbuf text = {};

	strbuf_string(&text, begin);
	strbuf_name(&text, name(code), code);
	strbuf_string(&text, end);
	word->len = text.len < PUT_BLOCK ? text.len : PUT_BLOCK;
	memcpy(word->text, text.data, word->len);
	strbuf_free(&text);
}

static inline char *put_word(char *to, struct word *word, const char *begin, name_fn name,
			     unsigned int code, const char *end)
{
	if (!word->len)
		word_make(word, begin, name, code, end);
	memcpy(to, word->text, PUT_BLOCK);
	return to + word->len;
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

static char *put_role(char *to, unsigned int role)
{
	static struct word words[256];

	if (!role)
		return put_string(put_key(to, ROLE), "null");
	return put_word(to, &words[role], ",\"role\":\"", tcpscope_role_name, role, "\"");
}

/* As the fields themselves would, in a fraction of the instructions. */
static void identity_json(struct strbuf *text, const struct tcpscope_event *event)
{
	char *to = strbuf_room(text, LINE);

	to = put_number_of(to, COOKIE, event->cookie);
	to = put_number_of(to, GENERATION, event->generation);
	to = put_number_of(to, NETNS, event->netns);
	to = put_key(to, NETNS_COOKIE);
	to = event->netns_cookie ? put_u64(to, event->netns_cookie) : put_string(to, "null");
	to = put_family(put_key(to, FAMILY), event->family);
	to = put_address(put_key(to, LOCAL_ADDRESS), event->family, event->local_addr);
	to = put_number_of(to, LOCAL_PORT, event->local_port);
	to = put_address(put_key(to, PEER_ADDRESS), event->family, event->peer_addr);
	strbuf_end(text, put_role(put_number_of(to, PEER_PORT, event->peer_port), event->role));
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
	strbuf_end(text, put_memo(strbuf_room(text, owner->text.len + PUT_BLOCK), owner));
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

static inline char *put_kind(char *to, unsigned int kind)
{
	static struct word words[256];

	return put_word(to, &words[kind], ",\"event\":\"", tcpscope_event_name, kind, "\"");
}

/* As durations_json(). */
static char *put_durations(char *to, const __u64 state_ns[static TCPSCOPE_STATE_MAX])
{
	static struct word words[TCPSCOPE_STATE_MAX];
	char *begin = to = put_string(to, ",\"durations_us\":");

	for (unsigned int state = 1; state < TCPSCOPE_STATE_MAX; state++) {
		if (!state_ns[state] || !tcpscope_state_key(state))
			continue;
		to = put_word(to, &words[state], ",\"", tcpscope_state_key, state, "\":");
		to = put_u64(to, state_ns[state] / 1000);
	}
	if (to == begin)
		to++;
	*begin = '{'; /* in place of the first comma */
	return put_char(to, '}');
}

static char *put_reason(char *to, unsigned int reason)
{
	static struct word words[256];

	return put_word(to, &words[reason], ",\"reason\":\"", tcpscope_reason_name, reason, "\"");
}

static char *put_end(char *to, const struct tcpscope_end_event *end)
{
	to = put_string(put_reason(to, end->event.detail), ",\"age_ms\":");
	to = end->born_ns ? put_u64(to, (end->event.time_ns - end->born_ns) / 1000000) :
			    put_string(to, "null");
	return put_durations(to, end->state_ns);
}

/* All of a millisecond have the same beginning; the last six digits are put each time. */
static char *put_time(char *to, uint64_t time_ns)
{
	static uint64_t last;
	static char begun[PUT_BLOCK];
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

/* What only some kinds have; to is where the text ends so far. */
static char *put_rest(struct strbuf *text, char *to, const struct tcpscope_event *event, size_t size)
{
	const struct tcpscope_end_event *end = event_end_of(event, size);
	struct json json = { .to = text, .comma = true };

	if (end)
		return put_end(to, end);
	strbuf_end(text, to);
	event_what_json(&json, event);
	return strbuf_room(text, LINE);
}

void event_json(struct strbuf *text, const struct tcpscope_event *event, size_t size)
{
	const struct memo *whose = whose_of(event), *states = states_of(event);
	char *to = strbuf_room(text, LINE + whose->text.len + states->text.len);

	to = put_kind(put_time(to, event->time_ns), event->kind);
	to = put_memo(put_memo(to, whose), states);
	if (event->kind != TCPSCOPE_EVENT_STATE)
		to = put_rest(text, to, event, size);
	strbuf_end(text, put_string(to, "}\n"));
}
