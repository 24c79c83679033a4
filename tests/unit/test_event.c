// SPDX-License-Identifier: GPL-2.0
/* The flight recorder: 16 steps in a ring, into events; and what events say. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "conn/event.h"
#include "conn/field.h"
#include "reader.h"
#include "view/event_view.h"

/* As the recorder itself does it (bpf/tell.h): the step's number, and when the count begins again. */
static void take_step(struct tcpscope_life *life, __u64 us, __u8 kind, __u8 detail, __u8 arg)
{
	struct tcpscope_step *step = &life->steps[life->n_steps % TCPSCOPE_STEPS];

	*step = (struct tcpscope_step){
		.time = us, .kind_detail = kind << 4 | detail, .arg = arg,
	};
	if (!++life->n_steps)
		life->n_steps = 256 - TCPSCOPE_STEPS;
}

/* After any number of steps, the last 16 in their order. */
static void test_ring(void **state)
{
	struct tcpscope_event events[TCPSCOPE_STEPS];
	struct tcpscope_life life = { 0 };

	assert_int_equal(life_events(&life, events), 0);
	for (size_t taken = 1; taken <= 1000; taken++) {
		size_t n = taken < TCPSCOPE_STEPS ? taken : TCPSCOPE_STEPS;

		take_step(&life, taken, TCPSCOPE_EVENT_RETRANSMIT, TCPSCOPE_RETRANSMIT_RTO, taken);
		assert_int_equal(life_events(&life, events), n);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(events[i].time_ns, (taken - n + 1 + i) * 1000);
	}
}

static void test_kinds(void **state)
{
	struct tcpscope_event events[TCPSCOPE_STEPS];
	struct tcpscope_life life = { 0 };

	take_step(&life, 1ull << 47, TCPSCOPE_EVENT_STATE, TCPSCOPE_ESTABLISHED, TCPSCOPE_CLOSING);
	take_step(&life, 5, TCPSCOPE_EVENT_RETRANSMIT, TCPSCOPE_RETRANSMIT_TLP, 255);
	take_step(&life, 5, TCPSCOPE_EVENT_RESET, TCPSCOPE_RESET_SENT, 2);
	take_step(&life, 5, TCPSCOPE_EVENT_REQUEST_DROP, 0, TCPSCOPE_REASON_SYNACK_TIMEOUT);
	take_step(&life, 5, TCPSCOPE_EVENT_END, 0, TCPSCOPE_REASON_REFUSED);
	assert_int_equal(life_events(&life, events), 5);
	assert_int_equal(events[0].time_ns, (1ull << 47) * 1000);
	assert_int_equal(events[0].kind, TCPSCOPE_EVENT_STATE);
	assert_int_equal(events[0].from, TCPSCOPE_ESTABLISHED);
	assert_int_equal(events[0].to, TCPSCOPE_CLOSING);
	assert_int_equal(events[1].detail, TCPSCOPE_RETRANSMIT_TLP);
	assert_int_equal(events[1].attempt, 255);
	assert_int_equal(events[2].detail, TCPSCOPE_RESET_SENT);
	assert_int_equal(events[2].attempt, 2);
	assert_int_equal(events[3].attempt, TCPSCOPE_REASON_SYNACK_TIMEOUT);
	assert_int_equal(events[4].kind, TCPSCOPE_EVENT_END);
	assert_int_equal(events[4].detail, TCPSCOPE_REASON_REFUSED);
}

static void assert_says(struct tcpscope_event event, const char *words, const char *document)
{
	struct strbuf text = { 0 };
	struct json json = { .to = &text };

	event_what_text(&text, &event);
	strbuf_char(&text, '\0');
	assert_string_equal(text.data, words);
	text.len = 0;
	json_object(&json, NULL);
	event_what_json(&json, &event);
	json_end_object(&json);
	strbuf_char(&text, '\0');
	assert_string_equal(text.data, document);
	strbuf_free(&text);
}

#define EVENT(of_kind, ...) (struct tcpscope_event){ .kind = TCPSCOPE_EVENT_##of_kind, __VA_ARGS__ }

static void test_says(void **state)
{
	assert_says(EVENT(STATE, .to = TCPSCOPE_SYN_SENT), "- -> SYN-SENT", "{}");
	assert_says(EVENT(STATE, .from = 99, .to = TCPSCOPE_CLOSE), "99 -> UNCONN", "{}");
	assert_says(EVENT(RETRANSMIT, .detail = TCPSCOPE_RETRANSMIT_FIN, .attempt = 3), "fin, attempt 3",
		    "{\"kind\":\"fin\",\"attempt\":3}");
	assert_says(EVENT(END, .detail = TCPSCOPE_REASON_NORMAL), "normal", "{\"reason\":\"normal\"}");
	assert_says(EVENT(REQUEST_DROP, .attempt = 200), "200", "{\"reason\":\"200\"}");
	assert_says(EVENT(TIMEWAIT_RESTART), "-", "{}");
	assert_says(EVENT(ARRIVAL), "syn or rst, challenged", "{}");
	assert_says(EVENT(NONE), "", "{}");
}

/* The kernel's number has a name, has none, or was not given. */
static void test_reset_reason(void **state)
{
	assert_says(EVENT(RESET, .detail = TCPSCOPE_RESET_SENT, .attempt = 2), "sent, tcp_timeout_abort",
		    "{\"kind\":\"sent\",\"reset_reason\":\"tcp_timeout_abort\"}");
	assert_says(EVENT(RESET, .detail = TCPSCOPE_RESET_SENT, .attempt = 77), "sent, 77",
		    "{\"kind\":\"sent\",\"reset_reason\":\"77\"}");
	assert_says(EVENT(RESET, .detail = TCPSCOPE_RESET_RECEIVED), "received",
		    "{\"kind\":\"received\",\"reset_reason\":null}");
}

/* As the fields write it, one after the other, with nothing remembered. */
static void assert_as_fields(const struct tcpscope_event *event, const char *line)
{
	static const enum tcpscope_field fields[] = {
		TCPSCOPE_FIELD_COOKIE,	      TCPSCOPE_FIELD_GENERATION,    TCPSCOPE_FIELD_NETNS,
		TCPSCOPE_FIELD_NETNS_COOKIE,
		TCPSCOPE_FIELD_FAMILY,	      TCPSCOPE_FIELD_LOCAL_ADDRESS, TCPSCOPE_FIELD_LOCAL_PORT,
		TCPSCOPE_FIELD_PEER_ADDRESS,  TCPSCOPE_FIELD_PEER_PORT,	    TCPSCOPE_FIELD_ROLE,
		TCPSCOPE_FIELD_PID,	      TCPSCOPE_FIELD_COMM,	    TCPSCOPE_FIELD_UID,
		TCPSCOPE_FIELD_CLOSER,
	};
	struct strbuf text = { 0 };
	struct json json = { .to = &text };
	struct tcpscope_row row;

	row_from_event(&row, event);
	json_object(&json, NULL);
	json_u64(&json, "time_ns", event->time_ns);
	json_name(&json, "event", tcpscope_event_name(event->kind), event->kind);
	for (size_t i = 0; i < LENGTH(fields); i++)
		field_json(field_at(fields[i]), &row, &json);
	event_states_json(&json, event);
	json_bits(&json, "flags", event->flags, tcpscope_flag_name);
	event_what_json(&json, event);
	json_end_object(&json);
	strbuf_bytes(&text, "\n", 2);
	if (strcmp(text.data, line))
		fail_msg("%s is not %s", line, text.data);
	strbuf_free(&text);
}

/* What was formatted once is used for no other: few values, so that they meet again and again. */
static void test_lines_remember_right(void **state)
{
	struct strbuf text = { 0 };

	srand(8);
	for (int n = 0; n < 50000; n++) {
		struct tcpscope_event event = {
			.time_ns = rand() % 2 ? rand() % 3000000ull : rand() * 1000ull, .cookie = 1 + rand() % 3 * 128, .generation = rand() % 2, .netns = rand() % 2, .netns_cookie = rand() % 3, .flags = rand() % 3 << 10,
			.kind = rand() % 10, .detail = rand() % 3, .from = rand() % 14, .to = rand() % 14,
			.family = (unsigned char[]){ AF_INET, AF_INET6, 77 }[rand() % 3], .role = rand() % 6,
			.first_closer = rand() % 5, .attempt = rand() % 3, .local_port = rand() % 2, .peer_port = rand() % 2,
			.owner = { .pid = rand() % 3 * 256, .uid = rand() % 2, .comm = { 'a' + rand() % 2, rand() % 2 ? '"' : 0 } },
		};

		event.local_addr[rand() % 16] = rand() % 2;
		memset(event.peer_addr + 10, rand() % 2 ? 0xff : 0, 2);
		text.len = 0;
		event_json(&text, &event, sizeof(event));
		strbuf_char(&text, '\0');
		assert_true(json_valid(text.data));
		assert_as_fields(&event, text.data);
	}
	strbuf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_says),
		cmocka_unit_test(test_reset_reason),
		cmocka_unit_test(test_lines_remember_right),
	};

	return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
