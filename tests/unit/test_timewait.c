// SPDX-License-Identifier: GPL-2.0
/* TIME-WAITs counted: groups, rates, ports and advice, from connections made by hand. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "canned_source.h"
#include "timewait/advice.h"
#include "timewait/timewait.h"

#define SEC 1000000000ull
#define NOW (1000 * SEC)

static struct timewait timewait;
static struct life_index whose;
static uint64_t cookie;
static struct canned host;

static int setup(void **state)
{
	whose = (struct life_index){ .now_ns = NOW };
	timewait_init(&timewait, &whose, canned_source(&host));
	cookie = 0;
	return 0;
}

static int teardown(void **state)
{
	timewait_free(&timewait);
	life_index_free(&whose);
	return 0;
}

/* 10.0.0.1:PORT > 10.0.0.2:80, in that state since so long, born half a second before that. */
static struct tcpscope_life life_of(uint16_t port, uint8_t state, uint64_t ago_ns, uint32_t pid)
{
	struct tcpscope_life life = {
		.cookie = ++cookie,
		.since_ns = NOW - ago_ns,
		.born_ns = NOW - ago_ns - SEC / 2,
		.owner = { .pid = pid, .comm = "curl" },
		.local_addr = { 10, 0, 0, 1 },
		.peer_addr = { 10, 0, 0, 2 },
		.local_port = port,
		.peer_port = 80,
		.netns = 7,
		.family = AF_INET,
		.role = TCPSCOPE_ROLE_ACTIVE,
		.state = state,
		.first_closer = state == TCPSCOPE_TIME_WAIT ? TCPSCOPE_CLOSER_LOCAL : 0,
	};

	return life;
}

static struct tcpscope_conn conn_of(const struct tcpscope_life *life)
{
	struct tcpscope_conn conn = {
		.cookie = life->cookie,
		.flags = TCPSCOPE_FLAG_TIMESTAMPS,
		.local_port = life->local_port,
		.peer_port = life->peer_port,
		.netns = life->netns,
		.family = life->family,
		.state = life->state,
	};

	memcpy(conn.local_addr, life->local_addr, 16);
	memcpy(conn.peer_addr, life->peer_addr, 16);
	if (life->state == TCPSCOPE_TIME_WAIT) {
		conn.substate = TCPSCOPE_TIME_WAIT;
		conn.n_timers = 1;
		conn.timers[0].kind = TCPSCOPE_TIMER_TIMEWAIT;
		conn.timers[0].expires_ns = 61 * SEC - (NOW - life->since_ns);
	}
	return conn;
}

static void add(uint16_t port, uint8_t state, uint64_t ago_ns, uint32_t pid)
{
	struct tcpscope_life life = life_of(port, state, ago_ns, pid);
	struct tcpscope_conn conn = conn_of(&life);
	struct life_brief one;

	life_index_from_life(&whose, &one, &life);
	timewait_add(&timewait, &conn, &one);
}

static void add_listener(uint16_t port)
{
	struct tcpscope_conn conn = { .netns = 7, .state = TCPSCOPE_LISTEN, .local_port = port };

	timewait_add(&timewait, &conn, NULL);
}

/* N a second for so many seconds, up to now. */
static void add_many(unsigned int per_sec, unsigned int seconds)
{
	for (unsigned int i = 0; i < per_sec * seconds; i++)
		add(32768 + i, TCPSCOPE_TIME_WAIT, (i + 1) * SEC / per_sec - 1, 100 + i % 4);
}

static const struct group *only(const struct groups *groups)
{
	timewait_finish(&timewait);
	assert_int_equal(groups->n, 2);
	return &groups->all[1];
}

static void test_groups(void **state)
{
	const struct group *group;

	add_many(100, 30);
	timewait_finish(&timewait);
	assert_int_equal(timewait.all.n, 3000);
	assert_int_equal(timewait.recorded, 3000);
	assert_int_equal(timewait.all.began[0], 100);
	assert_int_equal(timewait.all.began[WINDOW_10S], 1000);
	assert_int_equal(timewait.all.began[WINDOW_60S], 3000);
	assert_int_equal(timewait.all.life_ms / timewait.all.n_lives, 500);
	assert_int_equal(timewait.owners.n, 5);
	group = only(&timewait.destinations);
	assert_int_equal(group->n, 3000);
	assert_int_equal(group->closers[TCPSCOPE_CLOSER_LOCAL], 3000);
	assert_int_equal(group->key.port, 80);
	assert_int_equal(timewait.listeners.n, 0);
	assert_int_equal(timewait.places[0]->n, 3000);
	assert_int_equal((int)timewait_level(&timewait, group), 6000); /* 100 a second, 60 s */
	timewait.hz = 250;
	assert_int_equal((int)timewait_level(&timewait, group), 6103); /* and 1.026 s for the wheel */
}

/* What began all at once says nothing of what will. */
static void test_burst(void **state)
{
	for (unsigned int i = 0; i < 40; i++)
		add(32768 + i, TCPSCOPE_TIME_WAIT, SEC / 10, 100);
	timewait_finish(&timewait);
	assert_int_equal((int)timewait_level(&timewait, &timewait.all), 0);
	for (unsigned int i = 0; i < 3000; i++)
		add(33000 + i, TCPSCOPE_TIME_WAIT, 5 * SEC, 100);
	timewait_finish(&timewait);
	assert_in_range((int)timewait_level(&timewait, &timewait.all), 0, 40 * 4 * 61);
}

/* One new connection is no trend, and ten seconds tell nothing of next week. */
static void test_fresh(void **state)
{
	struct timewait_ports ports;

	add(40000, TCPSCOPE_ESTABLISHED, SEC, 100);
	timewait_finish(&timewait);
	timewait_ports(&timewait, only(&timewait.ports), &ports);
	assert_true(ports.left_ns == FORECAST_NEVER);
}

static void test_finwait2_apart(void **state)
{
	struct tcpscope_life life = life_of(40000, TCPSCOPE_TIME_WAIT, SEC, 1);
	struct tcpscope_conn conn = conn_of(&life);

	conn.substate = TCPSCOPE_FIN_WAIT2;
	timewait_add(&timewait, &conn, NULL);
	timewait_finish(&timewait);
	assert_int_equal(timewait.all.n, 0);
	assert_int_equal(timewait.all.finwait2, 1);
	assert_int_equal(timewait.places[0]->finwait2, 1);
	assert_int_equal(only(&timewait.ports)->live, 1); /* its port stays for TIME-WAIT after that */
	assert_int_equal(timewait.recorded, 0);
}

/* What the recorder does not know is a server's, if something listens there. */
static void test_sides(void **state)
{
	struct tcpscope_life life = life_of(40080, TCPSCOPE_TIME_WAIT, SEC, 0);
	struct tcpscope_conn conn;

	add_listener(40080);
	conn = conn_of(&life);
	timewait_add(&timewait, &conn, NULL);
	assert_int_equal(only(&timewait.listeners)->n, 1);
	assert_int_equal(only(&timewait.listeners)->key.port, 40080);
	assert_int_equal(timewait.server_side, 1);
	assert_int_equal(timewait.ports.n, 0);
	assert_int_equal(timewait.places[0]->taken, 1);
	add(40001, TCPSCOPE_TIME_WAIT, SEC, 1);
	assert_int_equal(only(&timewait.destinations)->n, 1);
	assert_int_equal(only(&timewait.ports)->n, 1);
}

static void test_ports(void **state)
{
	struct timewait_ports ports;

	add_listener(50000);
	add_many(500, 10);
	add(60000, TCPSCOPE_ESTABLISHED, 100 * SEC, 1);
	timewait_ports(&timewait, only(&timewait.ports), &ports);
	assert_int_equal(ports.use.capacity, 28231);
	assert_int_equal(ports.used, 5001);
	assert_int_equal(ports.use.live, 1);
	assert_false(ports.reuses);
	/* (28231 - 5001) / 500 = 46.46 s, before the first expires in 51 s */
	assert_true(ports.left_ns > 46.4 * SEC && ports.left_ns < 46.5 * SEC);
}

/* Over loopback each gives way after a second. */
static void test_ports_reused(void **state)
{
	struct timewait_ports ports;

	for (unsigned int i = 0; i < 20000; i++) {
		struct tcpscope_life life =
			life_of(32768 + i, TCPSCOPE_TIME_WAIT, (i + 1) * SEC / 1000, 1);
		struct tcpscope_conn conn;
		struct life_brief one;

		life.local_addr[0] = life.peer_addr[0] = 127;
		conn = conn_of(&life);
		life_index_from_life(&whose, &one, &life);
		timewait_add(&timewait, &conn, &one);
	}
	timewait_ports(&timewait, only(&timewait.ports), &ports);
	assert_true(ports.loopback && ports.reuses);
	assert_true(ports.left_ns == FORECAST_NEVER);
	assert_in_range(ports.used, 990, 1010);
}

/* Live ones: a leak of 10 a second, which began 5 s ago, beside 5 that end. */
static void test_live_growth(void **state)
{
	struct tcpscope_ended ended = { .seq = 9, .ended_ns = NOW - SEC };
	struct timewait_ports ports;

	for (unsigned int i = 1; i <= 50; i++)
		add(40000 + i, TCPSCOPE_ESTABLISHED, i * SEC / 10 - SEC / 2, 1);
	for (unsigned int i = 0; i < 5; i++) {
		ended.life = life_of(50000 + i, TCPSCOPE_LAST_ACK, 100 * SEC, 1);
		ended.life.reason = TCPSCOPE_REASON_NORMAL;
		timewait_add_ended(&timewait, &ended);
	}
	timewait_ports(&timewait, only(&timewait.ports), &ports);
	assert_true(ports.use.live_per_sec > 8.9 && ports.use.live_per_sec < 9.1);
}

/* What was live ten seconds ago and is in TIME-WAIT now makes room among the live ones. */
static void test_live_shrink(void **state)
{
	struct timewait_ports ports;

	for (unsigned int i = 0; i < 20; i++) {
		struct tcpscope_life life = life_of(40000 + i, TCPSCOPE_TIME_WAIT, SEC, 1);
		struct tcpscope_conn conn = conn_of(&life);
		struct life_brief one;

		life.born_ns = NOW - 50 * SEC;
		life_index_from_life(&whose, &one, &life);
		timewait_add(&timewait, &conn, &one);
	}
	timewait_ports(&timewait, only(&timewait.ports), &ports);
	assert_true(ports.use.live_per_sec > -2.1 && ports.use.live_per_sec < -1.9);
}

/* Reused ones began as well, but lead to no level. */
static void test_gone(void **state)
{
	struct tcpscope_ended ended = { .seq = 9 };

	add_many(10, 20);
	for (unsigned int i = 0; i < 100; i++) {
		ended.ended_ns = NOW - i * SEC / 10;
		ended.life = life_of(50000 + i, TCPSCOPE_TIME_WAIT, 30 * SEC, 1);
		ended.life.reason = TCPSCOPE_REASON_TIMEWAIT_REUSED;
		ended.life.state_ns[TCPSCOPE_TIME_WAIT] = SEC / 1000;
		timewait_add_ended(&timewait, &ended);
	}
	timewait_finish(&timewait);
	assert_in_range(timewait.all.began[WINDOW_10S], 199, 200);
	assert_in_range(timewait.all.gone[WINDOW_10S], 99, 100);
	assert_in_range((int)timewait_level(&timewait, &timewait.all), 590, 620);
}

static void test_refused(void **state)
{
	struct tcpscope_no_port_key key = {
		.local_addr = { 10, 0, 0, 1 }, .peer_addr = { 10, 0, 0, 2 }, .netns = 7, .pid = 5,
		.peer_port = 80, .family = AF_INET,
	};
	struct tcpscope_no_port no_port = {
		.count = 3, .first_ns = NOW - 9 * SEC, .last_ns = NOW - SEC, .owner = { .pid = 5 },
	};
	const struct group *group;

	timewait_add_refused(&timewait, &key, &no_port);
	group = only(&timewait.refused);
	assert_int_equal(group->n, 3);
	assert_int_equal(group->key.owner.pid, 5);
	assert_int_equal(group->first_ms, 9000);
	assert_int_equal(group->oldest_ms, 1000);
	assert_int_equal(timewait.places[0]->no_ports, 3);
}

/* More groups than the table takes are one, and none is lost. */
static void test_bounded(void **state)
{
	timewait.destinations.max = 10;
	for (unsigned int i = 0; i < 100; i++) {
		struct tcpscope_life life = life_of(40000 + i, TCPSCOPE_TIME_WAIT, SEC, 1);
		struct tcpscope_conn conn;

		life.peer_port = 1000 + i;
		conn = conn_of(&life);
		timewait_add(&timewait, &conn, NULL);
	}
	timewait_finish(&timewait);
	assert_int_equal(timewait.destinations.n, 11);
	assert_int_equal(timewait.destinations.all[0].n, 90);
}

static bool advised(const struct advice_basis *basis, const char *name, struct advice *advice)
{
	int answer;

	for (size_t i = 0; (answer = advice_get(basis, i, advice)) >= 0; i++)
		if (!strcmp(advice->name, name))
			return answer;
	fail_msg("there is no advice %s", name);
	return false;
}

static void test_advice(void **state)
{
	struct advice_basis basis;
	struct advice advice;

	add_many(500, 10);
	timewait_finish(&timewait);
	advice_basis(&basis, &timewait, 256);
	assert_true(advised(&basis, "close order", &advice));
	assert_true(advised(&basis, "reuse connections", &advice));
	assert_non_null(strstr(advice.evidence, "connections a second end here, after 500ms"));
	assert_non_null(strstr(advice.effect, " TIME-WAITs would become 300"));
	assert_true(advised(&basis, "tcp_tw_reuse", &advice));
	assert_non_null(strstr(advice.evidence, "loopback only: not here"));
	assert_non_null(strstr(advice.effect, "500 of 28232 ports"));
	assert_true(advised(&basis, "port range", &advice));
	assert_non_null(strstr(advice.effect, "64512 ports: none left never"));
	assert_true(advised(&basis, "more addresses", &advice));
	assert_non_null(strstr(advice.effect, "2 in all"));
	assert_true(advised(&basis, "tcp_max_tw_buckets", &advice));
	assert_true(advised(&basis, "tcp_fin_timeout", &advice));
	assert_non_null(strstr(advice.effect, "none on TIME-WAIT"));
	assert_false(advised(&basis, "server side", &advice));
}

/* Without the limit there is nothing to advise; without the counter it is left out. */
static void test_advice_unknown(void **state)
{
	struct advice_basis basis;
	struct advice advice;
	struct netns *netns;

	add_many(500, 10);
	timewait_finish(&timewait);
	netns = &timewait.places[0]->netns;
	netns->counters.count[NETNS_TW_OVERFLOWS] = NETNS_UNKNOWN;
	netns->setting[NETNS_TW_BUCKETS] = 1000;
	advice_basis(&basis, &timewait, 256);
	assert_true(advised(&basis, "tcp_max_tw_buckets", &advice));
	assert_null(strchr(advice.evidence, ';')); /* nothing behind the limit */
	netns->counters.count[NETNS_TW_OVERFLOWS] = 7;
	netns->setting[NETNS_TW_BUCKETS] = NETNS_UNKNOWN;
	assert_false(advised(&basis, "tcp_max_tw_buckets", &advice));
}

static void test_no_advice(void **state)
{
	struct advice_basis basis;
	struct advice advice;

	advice_basis(&basis, &timewait, 0);
	for (size_t i = 0; advice_get(&basis, i, &advice) >= 0; i++)
		assert_int_equal(advice_get(&basis, i, &advice), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(groups), TEST(burst), TEST(fresh), TEST(finwait2_apart), TEST(sides), TEST(ports), TEST(ports_reused),
		TEST(live_growth), TEST(live_shrink), TEST(gone), TEST(refused), TEST(bounded), TEST(advice), TEST(advice_unknown), TEST(no_advice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
