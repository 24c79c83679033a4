// SPDX-License-Identifier: GPL-2.0
/*
 * The prognoses at HZ 100, 250 and 1000: by the table that KUnit has too, and against connections that are
 * let wait until they die, at every moment of the wait.
 */
#include "unit.h"
#include "wait.h"

#include "../../kmod/wheel.h"

#define HZ 100
#define PROGNOSIS_TABLE table_100
#define REQUEST_TABLE requests_100
#include "../../kmod/tests/prognosis_table.h"
#undef HZ
#undef PROGNOSIS_TABLE
#undef REQUEST_TABLE
#define HZ 250
#define PROGNOSIS_TABLE table_250
#define REQUEST_TABLE requests_250
#include "../../kmod/tests/prognosis_table.h"
#undef HZ
#undef PROGNOSIS_TABLE
#undef REQUEST_TABLE
#define HZ 1000
#define PROGNOSIS_TABLE table_1000
#define REQUEST_TABLE requests_1000
#include "../../kmod/tests/prognosis_table.h"
#undef HZ

static const u32 rates[] = { 100, 250, 1000 };

static const struct tcpscope_limits no_limits;

/* As announced, and by no more than an eighth later. */
static void expect_ms(const char *name, u32 hz, s64 ns, s64 ms)
{
	if (ms == NEVER ? ns != TCPSCOPE_UNKNOWN_NS : ns < ms * MS || ns > ms * MS / 8 * 9)
		fail_msg("%s, HZ %u: %lld ms, not %lld", name, hz, ns / MS, ms);
}

/* The same whatever the jiffies are: from boot, at the wrap of 32 bits and of 64. */
static void check_table(const struct prognosis_param *table, size_t n)
{
	static const u64 starts[] = { 0, 1234567, (u32)-300000, (u64)-1000 };

	for (size_t i = 0; i < n * LENGTH(starts); i++) {
		const struct prognosis_param *param = &table[i / LENGTH(starts)];
		struct tcpscope_limits limits = with_defaults(&param->limits);
		struct tcpscope_timer_facts facts = param->facts;
		u64 start = starts[i % LENGTH(starts)];

		facts.jiffies += start;
		facts.write.fires = due_in(&facts, start);
		facts.keepalive.fires += start;
		expect_ms(param->name, facts.hz, prognosis_by(param->by, &facts, &limits), param->ms);
	}
}

static void check_requests(const struct request_param *table, size_t n)
{
	struct tcpscope_limits limits = with_defaults(&no_limits);

	for (size_t i = 0; i < n; i++)
		expect_ms("a request", table[i].facts.hz, tcpscope_prognosis_synack(&table[i].facts, &limits),
			  table[i].ms);
}

static void test_table(void **state)
{
	check_table(table_100, LENGTH(table_100));
	check_table(table_250, LENGTH(table_250));
	check_table(table_1000, LENGTH(table_1000));
}

static void test_requests(void **state)
{
	check_requests(requests_100, LENGTH(requests_100));
	check_requests(requests_250, LENGTH(requests_250));
	check_requests(requests_1000, LENGTH(requests_1000));
}

#define DAY_MS 86400000u
#define USUAL .rto_ms = 204, .rto_max_ms = 120000, .rto_min_ms = 200, .retries2 = 15
#define SHUT .what = WAIT_SHUT, USUAL
#define PERSIST .what = WAIT_PROBE0, USUAL
#define PROBES .what = WAIT_KEEPALIVE, USUAL, .keepalive_probes = 9

static const struct wait waits[] = {
	{ .what = WAIT_DATA, USUAL },
	{ .what = WAIT_DATA, USUAL, .user_timeout_ms = 10000 },
	{ .what = WAIT_DATA, USUAL, .user_timeout_ms = 14400000 },
	{ .what = WAIT_DATA, USUAL, .user_timeout_ms = 24 * DAY_MS },
	{ .what = WAIT_DATA, USUAL, .thin = true },
	/* A route's rto_min. */
	{ .what = WAIT_DATA, .rto_ms = 1500, .rto_max_ms = 120000, .rto_min_ms = 1500, .retries2 = 8, .thin = true },
	{ .what = WAIT_DATA, .rto_ms = 1000, .rto_max_ms = 1000, .rto_min_ms = 200, .retries2 = 15 },

	{ SHUT },
	{ SHUT, .user_timeout_ms = 10000 },
	{ SHUT, .user_timeout_ms = 60000 },
	{ SHUT, .user_timeout_ms = 3600000 },
	{ SHUT, .user_timeout_ms = 24 * DAY_MS },
	{ SHUT, .user_timeout_ms = 10000, .answers = true },
	{ SHUT, .user_timeout_ms = 60000, .answers = true },
	{ SHUT, .user_timeout_ms = 3600000, .answers = true },
	{ SHUT, .user_timeout_ms = 24 * DAY_MS, .answers = true },
	{ SHUT, .user_timeout_ms = 3600000, .answers = true, .thin = true },
	{ SHUT, .user_timeout_ms = 10000, .in_jiffies = true },
	{ SHUT, .user_timeout_ms = 10000, .in_jiffies = true, .answers = true },
	{ SHUT, .user_timeout_ms = 60000, .in_jiffies = true, .answers = true },
	{ SHUT, .user_timeout_ms = 3600000, .in_jiffies = true, .answers = true },

	{ PERSIST },
	{ PERSIST, .user_timeout_ms = 10000 },
	{ PERSIST, .user_timeout_ms = 60000 },
	{ PERSIST, .user_timeout_ms = 10000, .answers = true },
	{ PERSIST, .user_timeout_ms = 60000, .answers = true },
	{ PERSIST, .user_timeout_ms = 3600000, .answers = true },
	{ PERSIST, .user_timeout_ms = 24 * DAY_MS, .answers = true },
	{ .what = WAIT_PROBE0, .rto_ms = 20, .rto_max_ms = 120000, .retries2 = 15, .user_timeout_ms = 60000 },

	{ PROBES, .idle_sec = 7200, .interval_sec = 75 },
	{ PROBES, .idle_sec = 10, .interval_sec = 1 },
	{ PROBES, .idle_sec = 5, .interval_sec = 2, .user_timeout_ms = 10000 },
	{ PROBES, .idle_sec = 30, .interval_sec = 10, .user_timeout_ms = 3600000 },
	{ PROBES, .idle_sec = 32767, .interval_sec = 1, .user_timeout_ms = 24 * DAY_MS },
};

static s64 foretell(const struct wait *wait, u64 at)
{
	struct tcpscope_limits limits = { .retries2 = wait->retries2, .keepalive_probes = 9 };
	struct tcpscope_timer_facts facts = wait_facts(wait, at);

	switch (wait->what) {
	case WAIT_PROBE0:
		return tcpscope_prognosis_probe0(&facts, &limits);
	case WAIT_KEEPALIVE:
		return tcpscope_prognosis_keepalive(&facts, &limits);
	default:
		return tcpscope_prognosis_retransmit(&facts, &limits);
	}
}

/* When it dies, in jiffies. */
static u64 death_of(struct wait wait, u64 start)
{
	wait_begin(&wait, start);
	while (wait_fire(&wait))
		;
	return wait.now;
}

/* To a jiffy or two: ages are told in milliseconds. */
static void expect_death(const struct wait *wait, u64 at, u64 death)
{
	s64 ns = foretell(wait, at);
	s64 off = ns == TCPSCOPE_UNKNOWN_NS ? ns : (s64)(at + tcpscope_ns_to_jiffies(ns, wait->hz) - death);

	if (off < -2 || off > 2)
		fail_msg("wait %u at HZ %u, user timeout %u ms, answers %d: after %llu s of %llu, %lld jiffies off",
			 wait->what, wait->hz, wait->user_timeout_ms, wait->answers,
			 (at - wait->start) / wait->hz, (death - wait->start) / wait->hz, off);
}

/*
 * Asks some hundred times, at the beginning, the end and within of what lies between two expiries. Before the
 * first of them nobody can tell whether the peer will answer.
 */
static void check_wait(struct wait wait, u64 start)
{
	u64 death = death_of(wait, start), next = start, step = (death - start) / 200 + 1;

	wait_begin(&wait, start);
	do {
		if (wait.fires < next || (wait.answers && wait.now == start))
			continue;
		expect_death(&wait, wait.now, death);
		expect_death(&wait, wait.fires - 1, death);
		for (next = wait.now + step; next < wait.fires; next += step)
			expect_death(&wait, next, death);
	} while (wait_fire(&wait));
}

/* From a minute after boot on, and across the wrap of a 32-bit jiffy counter. */
static void test_every_moment(void **state)
{
	for (size_t i = 0; i < LENGTH(waits) * LENGTH(rates); i++) {
		struct wait wait = waits[i / LENGTH(rates)];

		wait.hz = rates[i % LENGTH(rates)];
		check_wait(wait, 60 * wait.hz + 3);
		check_wait(wait, (u32)-5000 + 1);
	}
}

/* It answered for a while: from the next retransmission on it is known that it does no more. */
static void test_falls_silent(void **state)
{
	struct wait wait = { SHUT, .answers = true, .silent_from_sec = 20, .user_timeout_ms = 300000 };

	for (size_t i = 0; i < LENGTH(rates); i++) {
		struct wait dying = wait;
		u64 death;

		dying.hz = rates[i];
		dying.in_jiffies = dying.hz < 1000;
		death = death_of(dying, 6000);
		wait_begin(&dying, 6000);
		while (wait_fire(&dying))
			if (dying.rcv_tstamp != dying.lsndtime)
				expect_death(&dying, dying.now, death);
	}
}

/* A month's silence is more than 31 bits of ms: nothing of it may wrap. */
static void test_month(void **state)
{
	for (size_t i = 0; i < LENGTH(rates); i++) {
		struct wait wait = { PROBES, .hz = rates[i], .idle_sec = 32000, .interval_sec = 75 };
		struct tcpscope_timer_facts facts;

		wait_begin(&wait, 60 * wait.hz);
		wait.now += 30ull * 86400 * wait.hz;
		wait.expires = wait.now + wait.hz;
		wait.fires = wait.expires;
		wait.probes_out = 9;
		facts = wait_facts(&wait, wait.now);
		assert_int_equal(facts.silence, 30ull * 86400 * wait.hz);
		assert_int_equal(foretell(&wait, wait.now), 1000 * MS);
	}
}

static void test_wheel(void **state)
{
	for (size_t i = 0; i < LENGTH(wheel_cases); i++)
		assert_int_equal(tcpscope_wheel_fires(wheel_cases[i].expires, wheel_cases[i].clk),
				 wheel_cases[i].fires);
	assert_int_equal(tcpscope_wheel_again(1001, 63), 1065); /* the wheel has gone on by one */
	assert_int_equal(tcpscope_wheel_again(1001, 64), 1072);
}

/* A leap goes by whole steps, and ends two before what is left. */
static void test_leap(void **state)
{
	assert_int_equal(tcpscope_wheel_leap(1000, 1, 2 * 100), 2 * 98);
	assert_int_equal(tcpscope_wheel_leap(1024, 64, 10 * 72 + 5), 8 * 72);
	assert_int_equal(tcpscope_wheel_leap(1024, 64, 2 * 72), 0);
}

/* ip-sysctl.rst: 924.6 s for 15 retries; 127 s for six SYNs. */
static void test_model(void **state)
{
	for (size_t i = 0; i < LENGTH(rates); i++) {
		u32 hz = rates[i], base = tcpscope_rto_min_const(hz), max = 120 * hz;

		assert_int_equal(tcpscope_model_timeout(15, base, max, hz), 924600);
		assert_int_equal(tcpscope_model_timeout(9, base, max, hz), 204600);
		assert_int_equal(tcpscope_model_timeout(0, base, max, hz), 200);
		assert_int_equal(tcpscope_model_timeout(255, base, max, hz), 204600 + 246 * 120000);
		assert_int_equal(tcpscope_model_timeout(6, hz, max, hz), 127000);
		assert_int_equal(tcpscope_model_timeout(15, base, hz, hz), 14400);
	}
}

/* An orphan in FIN_WAIT2: the minute's rest as a minisocket, a rest of at least 3.5 timeouts. */
static void test_finwait2(void **state)
{
	static const struct { s64 wait_ms, more_ms; } cases[] = {
		{ 100000, 40000 }, { 61000, 3500 }, { 60000, 0 }, { 20000, 0 }, { 30ll * DAY_MS, 30ll * DAY_MS - 60000 },
	};

	for (size_t i = 0; i < LENGTH(cases) * LENGTH(rates); i++) {
		u32 hz = rates[i % LENGTH(rates)];
		s64 ms = cases[i / LENGTH(rates)].more_ms;
		struct tcpscope_timer_facts facts = {
			.hz = hz, .state = TCPSCOPE_FIN_WAIT2, .orphan = true, .rto_ns = 1000 * MS,
			.finwait2_ns = cases[i / LENGTH(rates)].wait_ms * MS,
			.keepalive = { .armed = true, .fires = hz },
		};

		assert_in_range(tcpscope_prognosis_finwait2(&facts) / MS, 1000 + ms, 1000 + ms / 8 * 9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_every_moment),
		cmocka_unit_test(test_falls_silent),
		cmocka_unit_test(test_month),
		cmocka_unit_test(test_wheel),
		cmocka_unit_test(test_leap),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_finwait2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
