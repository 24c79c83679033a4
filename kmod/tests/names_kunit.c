// SPDX-License-Identifier: GPL-2.0
/*
 * The lists of names.h and fields.h against the kernel's numbers and against
 * the names other tools use, which are written out here once more.
 */
#include <kunit/test.h>
#include <linux/bitops.h>
#include <linux/string.h>
#include <net/tcp_states.h>

#include <tcpscope/abi.h>

/* The kernel's number; what ss prints; what node_exporter prints. */
static const struct {
	int state;
	const char *ss;
	const char *json;
} states[] = {
	{ TCP_ESTABLISHED, "ESTAB", "established" },
	{ TCP_SYN_SENT, "SYN-SENT", "syn_sent" },
	{ TCP_SYN_RECV, "SYN-RECV", "syn_recv" },
	{ TCP_FIN_WAIT1, "FIN-WAIT-1", "fin_wait1" },
	{ TCP_FIN_WAIT2, "FIN-WAIT-2", "fin_wait2" },
	{ TCP_TIME_WAIT, "TIME-WAIT", "time_wait" },
	{ TCP_CLOSE, "UNCONN", "close" },
	{ TCP_CLOSE_WAIT, "CLOSE-WAIT", "close_wait" },
	{ TCP_LAST_ACK, "LAST-ACK", "last_ack" },
	{ TCP_LISTEN, "LISTEN", "listen" },
	{ TCP_CLOSING, "CLOSING", "closing" },
};

static const char * const timers[] = {
	"retransmit", "reorder", "tlp", "probe0", "delack", "keepalive",
	"finwait2", "timewait", "synack", "pacing", "compack",
};

static void names_states_agree(struct kunit *test)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(states) + 1,
			(size_t)TCPSCOPE_STATE_MAX);
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		KUNIT_EXPECT_STREQ(test, states[i].ss,
				   tcpscope_state_name(states[i].state));
		KUNIT_EXPECT_STREQ(test, states[i].json,
				   tcpscope_state_key(states[i].state));
	}
}

static void names_timers_agree(struct kunit *test)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(timers) + 1,
			(size_t)TCPSCOPE_TIMER_MAX);
	for (i = 0; i < ARRAY_SIZE(timers); i++)
		KUNIT_EXPECT_STREQ(test, timers[i], tcpscope_timer_name(i + 1));
}

/* A lookup, and the numbers from the first to one past the last it knows. */
static const struct {
	const char *name;
	const char *(*lookup)(unsigned int value);
	unsigned int first;
	unsigned int end;
} lookups[] = {
	{ "state", tcpscope_state_name, 1, TCPSCOPE_STATE_MAX },
	{ "state key", tcpscope_state_key, 1, TCPSCOPE_STATE_MAX },
	{ "timer", tcpscope_timer_name, 1, TCPSCOPE_TIMER_MAX },
	{ "role", tcpscope_role_name, 1, TCPSCOPE_ROLE_MAX },
	{ "closer", tcpscope_closer_name, 1, TCPSCOPE_CLOSER_MAX },
	{ "event", tcpscope_event_name, 1, TCPSCOPE_EVENT_MAX },
	{ "segment", tcpscope_segment_name, 1, TCPSCOPE_SEGMENT_MAX },
	{ "retransmit", tcpscope_retransmit_name, 0, TCPSCOPE_RETRANSMIT_MAX },
	{ "reset", tcpscope_reset_name, 1, TCPSCOPE_RESET_MAX },
	{ "reason", tcpscope_reason_name, 0, TCPSCOPE_REASON_MAX },
	{ "loss", tcpscope_loss_name, 0, TCPSCOPE_LOSS_MAX },
};

/* Every number has a name or NULL, up to those nobody ever gave a meaning. */
static void names_lookups_are_total(struct kunit *test)
{
	unsigned int i, value;

	for (i = 0; i < ARRAY_SIZE(lookups); i++) {
		for (value = 0; value < 70000; value++) {
			bool known = value >= lookups[i].first &&
				     value < lookups[i].end;

			KUNIT_ASSERT_EQ_MSG(test, known,
					    !!lookups[i].lookup(value),
					    "%s %u", lookups[i].name, value);
		}
		KUNIT_EXPECT_NULL(test, lookups[i].lookup(~0U));
		KUNIT_EXPECT_NULL(test, lookups[i].lookup(1U << 31));
	}
}

static void names_are_unique(struct kunit *test)
{
	unsigned int i, a, b;

	for (i = 0; i < ARRAY_SIZE(lookups); i++)
		for (a = lookups[i].first; a < lookups[i].end; a++)
			for (b = a + 1; b < lookups[i].end; b++)
				KUNIT_EXPECT_STRNEQ(test, lookups[i].lookup(a),
						    lookups[i].lookup(b));
}

/* Exactly one bit each, within the width of the member that holds them. */
static void check_bits(struct kunit *test, const u64 *bits, size_t n, u64 width)
{
	u64 seen = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		KUNIT_EXPECT_EQ_MSG(test, hweight64(bits[i]), 1UL, "bit %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, bits[i] & seen, 0ULL, "bit %zu", i);
		seen |= bits[i];
	}
	KUNIT_EXPECT_EQ(test, seen & ~width, 0ULL);
}

#define BIT_OF_FLAG(sym, bit, name, help) TCPSCOPE_FLAG_##sym,
#define BIT_OF_TIMER_FLAG(sym, bit, name, help) TCPSCOPE_TIMER_F_##sym,
#define BIT_OF_FIELD(id, column, key, type, member, help) TCPSCOPE_KNOWN(id),

static void names_bits_do_not_meet(struct kunit *test)
{
	static const u64 flags[] = { TCPSCOPE_FLAGS(BIT_OF_FLAG) };
	static const u64 timer_flags[] = {
		TCPSCOPE_TIMER_FLAGS(BIT_OF_TIMER_FLAG)
	};
	static const u64 known[] = { TCPSCOPE_FIELDS(BIT_OF_FIELD) };
	unsigned int i;

	check_bits(test, flags, ARRAY_SIZE(flags), U32_MAX);
	check_bits(test, timer_flags, ARRAY_SIZE(timer_flags), U8_MAX);
	check_bits(test, known, ARRAY_SIZE(known), U64_MAX);
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		KUNIT_EXPECT_NOT_NULL(test, tcpscope_flag_name(flags[i]));
	KUNIT_EXPECT_NULL(test, tcpscope_flag_name(0));
	KUNIT_EXPECT_NULL(test, tcpscope_flag_name(flags[0] | flags[1]));
	KUNIT_EXPECT_NULL(test, tcpscope_timer_flag_name(1U << 8));
}

#define COLUMN_OF(id, column, key, type, member, help) column,
#define KEY_OF(id, column, key, type, member, help) key,

/* No column and no key stands for two things. A joint column has no key. */
static void names_fields_are_unique(struct kunit *test)
{
	static const char * const columns[] = { TCPSCOPE_FIELDS(COLUMN_OF) };
	static const char * const keys[] = { TCPSCOPE_FIELDS(KEY_OF) };
	unsigned int a, b;

	for (a = 0; a < ARRAY_SIZE(columns); a++) {
		KUNIT_EXPECT_STRNEQ(test, columns[a], "");
		for (b = a + 1; b < ARRAY_SIZE(columns); b++) {
			KUNIT_EXPECT_STRNEQ(test, columns[a], columns[b]);
			if (*keys[a])
				KUNIT_EXPECT_STRNEQ(test, keys[a], keys[b]);
		}
	}
}

/* What shares a byte in struct tcpscope_step must fit into half of it. */
static void names_fit_a_step(struct kunit *test)
{
	KUNIT_EXPECT_LE(test, (int)TCPSCOPE_EVENT_MAX, 16);
	KUNIT_EXPECT_LE(test, (int)TCPSCOPE_STATE_MAX, 16);
	KUNIT_EXPECT_LE(test, (int)TCPSCOPE_RETRANSMIT_MAX, 16);
	KUNIT_EXPECT_LE(test, (int)TCPSCOPE_RESET_MAX, 16);
}

static struct kunit_case names_cases[] = {
	KUNIT_CASE(names_states_agree),
	KUNIT_CASE(names_timers_agree),
	KUNIT_CASE(names_lookups_are_total),
	KUNIT_CASE(names_are_unique),
	KUNIT_CASE(names_bits_do_not_meet),
	KUNIT_CASE(names_fields_are_unique),
	KUNIT_CASE(names_fit_a_step),
	{}
};

static struct kunit_suite names_suite = {
	.name = "tcpscope_names",
	.test_cases = names_cases,
};

kunit_test_suite(names_suite);
