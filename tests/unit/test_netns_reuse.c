// SPDX-License-Identifier: GPL-2.0
/* Two network namespaces that had the same number, one after the other: nothing of the first is taken for the second's. */
#include "unit.h"

#include <string.h>
#include <sys/socket.h>

#include "canned_source.h"
#include "doctor/doctor_run.h"
#include "explain/exchange.h"
#include "filter/selection.h"

#define SEC 1000000000ull
#define NOW (1000 * SEC)
#define NUMBER 4026532000u
#define ONE 41
#define TWO 42

static void test_same(void **state)
{
	static const struct {
		struct netns_id a, b;
		bool same;
	} cases[] = {
		{ { ONE, NUMBER }, { ONE, NUMBER }, true },
		{ { ONE, NUMBER }, { TWO, NUMBER }, false },
		{ { ONE, NUMBER }, { 0, NUMBER }, true },
		{ { 0, NUMBER }, { TWO, NUMBER }, true },
		{ { 0, NUMBER }, { 0, NUMBER + 1 }, false },
		{ { ONE, NUMBER }, { 0, NUMBER + 1 }, false },
	};

	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_int_equal(netns_same(cases[i].a, cases[i].b), cases[i].same);
}

/* 127.0.0.1:40000 > 127.0.0.1:80 or the end there, in the namespace with that cookie. */
static struct tcpscope_life life_of(uint64_t netns_cookie, bool server)
{
	static uint64_t cookie;

	return (struct tcpscope_life){
		.cookie = ++cookie,
		.netns_cookie = netns_cookie,
		.netns = NUMBER,
		.family = AF_INET,
		.local_addr = { 127, 0, 0, 1 },
		.peer_addr = { 127, 0, 0, 1 },
		.local_port = server ? 80 : 40000,
		.peer_port = server ? 40000 : 80,
		.role = server ? TCPSCOPE_ROLE_PASSIVE : TCPSCOPE_ROLE_ACTIVE,
		.state = TCPSCOPE_TIME_WAIT,
		.flags = TCPSCOPE_FLAG_ADOPTED,
		.peer_isn = 7,
	};
}

static struct tcpscope_conn conn_of(const struct tcpscope_life *life)
{
	struct tcpscope_row row;

	row_from_life(&row, life, NOW);
	row.conn.substate = life->state == TCPSCOPE_TIME_WAIT ? TCPSCOPE_TIME_WAIT : 0;
	return row.conn;
}

/* --- filters --- */

static bool is_shown(const struct tcpscope_row *row, uint64_t wanted)
{
	const struct selection selection = { .family = AF_UNSPEC, .in_netns = true, .netns = { wanted, NUMBER } };

	return selection_answer(&selection, row) == FILTER_YES;
}

static void test_shown(void **state)
{
	struct tcpscope_ended ended = { .seq = 1, .ended_ns = NOW - SEC, .life = life_of(ONE, false) };
	struct tcpscope_event event = { .cookie = 1, .netns = NUMBER, .netns_cookie = ONE, .family = AF_INET };
	struct tcpscope_row rows[4];
	struct tcpscope_conn conn = conn_of(&ended.life);

	row_from_conn(&rows[0], &conn);
	row_from_life(&rows[1], &ended.life, NOW);
	row_from_ended(&rows[2], &ended, NOW);
	row_from_event(&rows[3], &event);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		assert_true(is_shown(&rows[i], ONE));
		assert_false(is_shown(&rows[i], TWO));
		assert_true(is_shown(&rows[i], 0));
		assert_true(row_knows(&rows[i], TCPSCOPE_KNOWN(NETNS_COOKIE)));
		rows[i].conn.netns_cookie = 0;
		assert_true(is_shown(&rows[i], TWO));
	}
	ended.life.netns_cookie = 0;
	row_from_ended(&rows[2], &ended, NOW);
	assert_false(row_knows(&rows[2], TCPSCOPE_KNOWN(NETNS_COOKIE)));
}

/* --- ends of a connection --- */

static struct tcpscope_row row_of(uint64_t netns_cookie, bool server)
{
	struct tcpscope_life life = life_of(netns_cookie, server);
	struct tcpscope_row row;

	row_from_life(&row, &life, NOW);
	return row;
}

static void test_ends(void **state)
{
	struct tcpscope_row a = row_of(ONE, false), same = row_of(ONE, true), other = row_of(TWO, true);

	a.life.peer_isn = same.life.peer_isn = other.life.peer_isn = 0;
	assert_true(rows_are_ends(&a, &same));
	assert_false(rows_are_ends(&a, &other));
	/* over long ago, but it is not known since when the other is */
	a.has_ended = true;
	other.has_life = false;
	assert_false(rows_are_ends(&a, &other));
	assert_false(rows_are_ends(&other, &a));
	/* by addresses that reach from one namespace into another, too */
	for (size_t i = 0; i < 2; i++) {
		struct tcpscope_conn *conn = i ? &other.conn : &a.conn;

		conn->local_addr[0] = conn->peer_addr[0] = 10;
	}
	assert_false(rows_are_ends(&a, &other));
	other.conn.netns++;
	assert_true(rows_are_ends(&a, &other));
}

/* A loopback is not that of another namespace. */
static void test_loopbacks(void **state)
{
	struct tcpscope_row a = row_of(ONE, false), b = row_of(TWO, true);
	static const uint8_t mapped[16] = { [10] = 0xff, 0xff, 127, 0, 0, 1 }, six[16] = { [15] = 1 };

	a.life.peer_isn = b.life.peer_isn = 0;
	b.conn.netns++;
	assert_false(rows_are_ends(&a, &b));
	b.conn.family = AF_INET6;
	memcpy(b.conn.local_addr, mapped, 16);
	memcpy(b.conn.peer_addr, mapped, 16);
	assert_false(rows_are_ends(&a, &b));
	assert_false(rows_are_ends(&b, &a));
	a.conn = b.conn;
	a.conn.cookie++;
	a.conn.local_port = b.conn.peer_port;
	a.conn.peer_port = b.conn.local_port;
	for (size_t i = 0; i < 2; i++) {
		struct tcpscope_conn *conn = i ? &b.conn : &a.conn;

		memcpy(conn->local_addr, six, 16);
		memcpy(conn->peer_addr, six, 16);
	}
	assert_true(rows_are_ends(&a, &b));
	a.conn.netns--;
	a.conn.netns_cookie = ONE;
	assert_false(rows_are_ends(&a, &b));
}

static void test_siblings(void **state)
{
	struct tcpscope_row a = row_of(ONE, true), same = row_of(ONE, true), other = row_of(TWO, true);

	assert_true(rows_are_siblings(&a, &same));
	assert_false(rows_are_siblings(&a, &other));
}

/* --- counting --- */

static struct doctor_run run;
static struct canned host;

static int setup(void **state)
{
	doctor_run_init(&run);
	run.snapshot.now_ns = run.snapshot.lives.now_ns = NOW;
	timewait_init(&run.timewait, &run.snapshot.lives, canned_source(&host));
	return 0;
}

static int teardown(void **state)
{
	run.later = NULL;
	doctor_run_free(&run);
	return 0;
}

static void add(uint64_t netns_cookie, bool server)
{
	struct tcpscope_life life = life_of(netns_cookie, server);
	struct tcpscope_conn conn = conn_of(&life);
	struct life_brief whose;

	life_index_from_life(&run.snapshot.lives, &whose, &life);
	timewait_add(&run.timewait, &conn, &whose);
}

static void test_timewait(void **state)
{
	struct timewait *timewait = &run.timewait;

	add(ONE, false);
	add(TWO, false);
	add(TWO, false);
	add(TWO, true);
	timewait_finish(timewait);
	assert_int_equal(timewait->n_places, 2);
	assert_int_equal(timewait_place(timewait, (struct netns_id){ ONE, NUMBER })->n, 1);
	assert_int_equal(timewait_place(timewait, (struct netns_id){ TWO, NUMBER })->n, 3);
	assert_int_equal(timewait->ports.n, 3); /* [0] has what there is no room for */
	assert_int_equal(timewait->destinations.n, 3);
	assert_int_equal(timewait->ports.all[1].n, 1);
	assert_int_equal(timewait->ports.all[2].n, 2);
	assert_int_equal(timewait->ports.all[2].key.netns_cookie, TWO);
	assert_int_equal(timewait->listeners.all[1].key.netns_cookie, TWO);
}

/* A listener of one does not make servers of two's connections, nor do its ended ones go into two's rates. */
static void test_timewait_sides(void **state)
{
	struct tcpscope_ended ended = { .seq = 1, .ended_ns = NOW - SEC, .life = life_of(ONE, false) };
	struct tcpscope_life listener = life_of(ONE, false);
	struct timewait *timewait = &run.timewait;
	struct tcpscope_conn conn;

	listener.state = TCPSCOPE_LISTEN;
	conn = conn_of(&listener);
	add(TWO, false);
	timewait_add_ended(timewait, &ended);
	assert_int_equal(timewait->ports.all[1].gone[WINDOW_10S], 0);
	timewait_add(timewait, &conn, NULL);
	listener = life_of(TWO, false);
	conn = conn_of(&listener);
	timewait_add(timewait, &conn, NULL);
	assert_int_equal(timewait->server_side, 0);
	assert_int_equal(timewait_place(timewait, (struct netns_id){ TWO, NUMBER })->taken, 0);
}

static void test_refused(void **state)
{
	struct tcpscope_no_port_key key = { .netns_cookie = ONE, .netns = NUMBER, .pid = 5, .family = AF_INET, .peer_port = 80 };
	struct tcpscope_no_port no_port = { .count = 3, .first_ns = NOW - SEC, .last_ns = NOW - SEC, .owner = { .pid = 5 } };
	struct timewait *timewait = &run.timewait;
	size_t unknown;

	add(TWO, false);
	timewait_add_refused(timewait, &key, &no_port);
	key.netns_cookie = TWO;
	no_port.count = 1;
	timewait_add_refused(timewait, &key, &no_port);
	assert_int_equal(timewait->refused.n, 3);
	assert_int_equal(timewait_place(timewait, (struct netns_id){ ONE, NUMBER })->no_ports, 3);
	assert_int_equal(timewait_place(timewait, (struct netns_id){ TWO, NUMBER })->no_ports, 1);
	/* what is gone has no counters that could be unknown; what is there has */
	for (size_t i = 0; i < timewait->n_places; i++)
		timewait->places[i]->netns.counters.count[NETNS_RESETS_OUT] = NETNS_UNKNOWN;
	counter_grown(&run, NETNS_RESETS_OUT, &unknown);
	assert_int_equal(unknown, 1);
}

static void test_checks(void **state)
{
	struct tcpscope_life life = life_of(ONE, false);
	struct tcpscope_conn one = conn_of(&life), two;
	struct group_key a, b;

	life.netns_cookie = TWO;
	two = conn_of(&life);
	a = check_key(&run, &one, NULL, GUILTY_PEER);
	b = check_key(&run, &two, NULL, GUILTY_PEER);
	assert_int_equal(a.netns, b.netns);
	assert_memory_not_equal(&a, &b, sizeof(a));
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),  cmocka_unit_test(test_shown),    cmocka_unit_test(test_ends),
		cmocka_unit_test(test_loopbacks), cmocka_unit_test(test_siblings),
		TEST(timewait), TEST(timewait_sides), TEST(refused), TEST(checks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
