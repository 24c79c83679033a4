// SPDX-License-Identifier: GPL-2.0
/* The lookups are total: a number in no list gives NULL, one in a list its own name. */
#include "unit.h"

#include <string.h>

#include "conn/field.h"
#include "filter/filter.h"

typedef const char *lookup_fn(unsigned int value);

/* In the order of names.h, with how many names each has. */
static const struct {
	const char *name;
	lookup_fn *lookup;
	unsigned int names;
} lookups[] = {
	{ "state_name", tcpscope_state_name, 11 },
	{ "state_key", tcpscope_state_key, 11 },
	{ "timer", tcpscope_timer_name, 11 },
	{ "flag", tcpscope_flag_name, 21 },
	{ "timer_flag", tcpscope_timer_flag_name, 8 },
	{ "role", tcpscope_role_name, 4 },
	{ "closer", tcpscope_closer_name, 3 },
	{ "event", tcpscope_event_name, 9 },
	{ "segment", tcpscope_segment_name, 6 },
	{ "retransmit", tcpscope_retransmit_name, TCPSCOPE_RETRANSMIT_MAX },
	{ "reset", tcpscope_reset_name, 2 },
	{ "reason", tcpscope_reason_name, TCPSCOPE_REASON_MAX },
	{ "loss", tcpscope_loss_name, TCPSCOPE_LOSS_MAX },
};

/* Every number up to 2^20, each single bit, and those around the end. */
static unsigned int count_names(lookup_fn *lookup)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < 1u << 20; i++)
		n += lookup(i) != NULL;
	for (int bit = 20; bit < 32; bit++)
		n += lookup(1u << bit) != NULL;
	n += lookup(UINT32_MAX) != NULL;
	return n;
}

static void test_total(void **state)
{
	for (size_t i = 0; i < LENGTH(lookups); i++) {
		unsigned int n = count_names(lookups[i].lookup);

		if (n != lookups[i].names)
			fail_msg("%s has %u names, not %u", lookups[i].name, n, lookups[i].names);
	}
}

/* Spelled out once more, by hand: what ss and node_exporter print. */
static void test_states(void **state)
{
	static const struct {
		unsigned int number;
		const char *ss, *exporter;
	} states[] = {
		{ 1, "ESTAB", "established" },	   { 2, "SYN-SENT", "syn_sent" },   { 3, "SYN-RECV", "syn_recv" },
		{ 4, "FIN-WAIT-1", "fin_wait1" },  { 5, "FIN-WAIT-2", "fin_wait2" }, { 6, "TIME-WAIT", "time_wait" },
		{ 7, "UNCONN", "close" },	   { 8, "CLOSE-WAIT", "close_wait" }, { 9, "LAST-ACK", "last_ack" },
		{ 10, "LISTEN", "listen" },	   { 11, "CLOSING", "closing" },
	};

	for (size_t i = 0; i < LENGTH(states); i++) {
		assert_string_equal(tcpscope_state_name(states[i].number), states[i].ss);
		assert_string_equal(tcpscope_state_key(states[i].number), states[i].exporter);
	}
}

static void test_fields(void **state)
{
	for (size_t i = 0; i < TCPSCOPE_FIELD_MAX; i++) {
		const struct field *field = field_at(i);

		assert_int_equal(field->id, i);
		assert_ptr_equal(field_find(field->column, strlen(field->column)), field);
		if (*field->key)
			assert_ptr_equal(field_find(field->key, strlen(field->key)), field);
	}
	assert_ptr_equal(field_find("recv-q", 6), field_find("RECV_Q", 6));
	assert_null(field_find("", 0));
	assert_null(field_find("nonsense", 8));
	assert_null(field_find("states", 6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_total),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_fields),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
