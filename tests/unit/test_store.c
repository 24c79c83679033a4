// SPDX-License-Identifier: GPL-2.0
/* The join by cookie: what each side adds, and what neither makes up. */
#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "conn/field.h"
#include "rows.h"

static const struct tcpscope_row *row(int cookie)
{
	return &rows[cookie - 1];
}

static bool number(int cookie, const char *name, uint64_t *value)
{
	return field_number(field_find(name, strlen(name)), row(cookie), value);
}

static void assert_number(int cookie, const char *name, uint64_t expected)
{
	uint64_t value;

	if (!number(cookie, name, &value))
		fail_msg("%s of %d is unknown, not %llu", name, cookie, (unsigned long long)expected);
	assert_int_equal(value, expected);
}

static void assert_unknown(int cookie, const char *name)
{
	uint64_t value;

	if (number(cookie, name, &value))
		fail_msg("%s of %d is %llu, not unknown", name, cookie, (unsigned long long)value);
}

static void test_time_wait_gets_its_owner_back(void **state)
{
	assert_number(4, "pid", 200);
	assert_number(4, "uid", 1000);
	assert_number(4, "cgroup_id", 0xffffffffff);
	assert_number(4, "first_closer", TCPSCOPE_CLOSER_LOCAL);
	assert_number(4, "role", TCPSCOPE_ROLE_ACTIVE);
	assert_number(4, "age_ms", 20000000000ull);
	assert_number(4, "state_age_ms", 18000000000ull);
	assert_unknown(4, "inode");
}

static void test_the_kernel_knows_better(void **state)
{
	/* The life says 34: whoever opened it. The socket may have been given away. */
	assert_number(2, "uid", 33);
	assert_true(row(2)->conn.flags & TCPSCOPE_FLAG_ADOPTED);
	/* What is true now, only the module can tell. */
	assert_false(row(2)->conn.flags & TCPSCOPE_FLAG_ORPHAN);
}

static void test_without_a_life(void **state)
{
	static const char *const recorded[] = { "role", "generation", "pid", "first_closer", "born_ns", "age_ms",
						"state_age_ms", "uid", "cgroup_id" };

	assert_false(row(3)->has_life);
	for (size_t i = 0; i < LENGTH(recorded); i++)
		assert_unknown(3, recorded[i]);
	assert_number(3, "tries", 1);
}

static void test_life_of_an_earlier_generation(void **state)
{
	assert_false(row(6)->has_life);
	assert_unknown(6, "pid");
}

static int fetch_that(uint64_t cookie, struct tcpscope_life *life, void *that)
{
	*life = *(const struct tcpscope_life *)that;
	return 0;
}

/* Whether a life with that peer is taken for one of a connection to 10.0.0.4:443, mapped into IPv6. */
static bool joins(uint8_t family, const uint8_t *peer, uint16_t port)
{
	const struct tcpscope_conn conn = {
		.cookie = 1, .family = AF_INET6, .peer_addr = { [10] = 0xff, 0xff, 10, 0, 0, 4 }, .peer_port = 443,
	};
	struct tcpscope_life life = { .cookie = 1, .family = family, .peer_port = port };
	struct tcpscope_row row;

	memcpy(life.peer_addr, peer, family == AF_INET ? 4 : 16);
	row_from_conn(&row, &conn);
	row_join(&row, fetch_that, &life);
	return row.has_life;
}

static void test_life_of_another_peer(void **state)
{
	static const uint8_t mapped[16] = { [10] = 0xff, 0xff, 10, 0, 0, 4 }, other[16] = { [10] = 0xff, 0xff, 10, 0, 0, 5 };

	assert_true(joins(AF_INET6, mapped, 443));
	assert_true(joins(AF_INET, mapped + 12, 443)); /* as its request had it */
	assert_true(joins(AF_INET6, other, 0)); /* not connected yet */
	assert_false(joins(AF_INET6, other, 443));
	assert_false(joins(AF_INET, other + 12, 443));
	assert_false(joins(AF_INET6, mapped, 444));
}

static void test_state_age_is_of_that_state(void **state)
{
	assert_true(row(9)->has_life);
	assert_unknown(9, "state_age_ms"); /* the life still says CLOSE */
	assert_number(9, "age_ms", 0); /* born after the record was taken */
	assert_unknown(2, "age_ms"); /* older than the recorder */
	assert_number(2, "state_age_ms", 61000000000ull);
	assert_unknown(5, "state_age_ms");
}

static void test_minisocket_state(void **state)
{
	assert_number(5, "state", TCPSCOPE_FIN_WAIT2);
	assert_number(5, "substate", TCPSCOPE_FIN_WAIT2);
	assert_number(4, "state", TCPSCOPE_TIME_WAIT);
	assert_unknown(2, "substate");
}

static void test_more_timers_than_room(void **state)
{
	assert_int_equal(row(8)->conn.n_timers, TCPSCOPE_TIMERS_PER_CONN);
}

static int fetch(uint64_t cookie, struct tcpscope_life *life, void *ctx)
{
	++*(int *)ctx;
	if (cookie != 4)
		return -ENOENT;
	*life = lives[2];
	return 0;
}

static void test_fetch(void **state)
{
	int asked = 0;
	struct tcpscope_row one;
	struct tcpscope_conn nameless = conns[2];

	row_from_conn(&one, &conns[3]);
	row_join(&one, fetch, &asked);
	assert_true(one.has_life);
	assert_int_equal(one.life.owner.pid, 200);

	row_from_conn(&one, &conns[2]);
	row_join(&one, fetch, &asked);
	assert_false(one.has_life);
	assert_int_equal(asked, 2);

	/* Cookie 0 is nobody's. */
	nameless.cookie = 0;
	row_from_conn(&one, &nameless);
	row_join(&one, fetch, &asked);
	assert_int_equal(asked, 2);
	assert_false(one.has_life);
}

static void test_row_from_life(void **state)
{
	struct tcpscope_life life = lives[2];
	uint64_t value;

	life.family = AF_INET;
	row_from_life(&rows[0], &life, NOW_NS);
	assert_number(1, "pid", 200);
	assert_number(1, "uid", 1000);
	assert_number(1, "state", TCPSCOPE_TIME_WAIT);
	assert_number(1, "age_ms", 20000000000ull);
	assert_number(1, "peer_port", 443);
	assert_unknown(1, "recv_q");
	assert_unknown(1, "rto_ms");
	assert_false(row_knows(&rows[0], TCPSCOPE_KNOWN(TIMERS)));
	assert_false(number(1, "inode", &value));
}

static void test_row_from_event(void **state)
{
	const struct tcpscope_event event = {
		.cookie = 77, .time_ns = NOW_NS, .kind = TCPSCOPE_EVENT_STATE, .from = TCPSCOPE_SYN_SENT,
		.to = TCPSCOPE_ESTABLISHED, .family = AF_INET6, .local_port = 1, .peer_port = 2, .netns = NETNS_B,
		.local_addr = { [15] = 1 }, .owner = { .pid = 5, .uid = 6, .comm = "x" },
	};
	struct tcpscope_event mute = event;

	row_from_event(&rows[0], &event);
	assert_number(1, "cookie", 77);
	assert_number(1, "state", TCPSCOPE_ESTABLISHED);
	assert_number(1, "uid", 6);
	assert_number(1, "netns", NETNS_B);
	assert_int_equal(rows[0].conn.local_addr[15], 1);
	assert_unknown(1, "age_ms");
	assert_unknown(1, "state_age_ms");
	mute.to = 0; /* not every event tells a state */
	row_from_event(&rows[0], &mute);
	assert_unknown(1, "state");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_time_wait_gets_its_owner_back, rows_join),
		cmocka_unit_test_setup(test_the_kernel_knows_better, rows_join),
		cmocka_unit_test_setup(test_without_a_life, rows_join),
		cmocka_unit_test_setup(test_life_of_an_earlier_generation, rows_join),
		cmocka_unit_test(test_life_of_another_peer),
		cmocka_unit_test_setup(test_state_age_is_of_that_state, rows_join),
		cmocka_unit_test_setup(test_minisocket_state, rows_join),
		cmocka_unit_test_setup(test_more_timers_than_room, rows_join),
		cmocka_unit_test(test_fetch),
		cmocka_unit_test_setup(test_row_from_life, rows_join),
		cmocka_unit_test_setup(test_row_from_event, rows_join),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
