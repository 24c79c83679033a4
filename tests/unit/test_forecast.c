// SPDX-License-Identifier: GPL-2.0
/* Forecasts against what a simulation of every single connection gives, and against sums done by hand. */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "conn/forecast.h"

#define SEC 1000000000ull

static void near(double got, double expected, double tolerance)
{
	if (fabs(got - expected) > tolerance)
		fail_msg("%f, not %f", got, expected);
}

/* calc_wheel_index() and calc_index() of kernel/time/timer.c, done for every jiffy the timer may be set at. */
static double simulated_timewait(unsigned int hz)
{
	unsigned long delta = 60ul * hz, sum = 0, n = 0;
	unsigned int shift = 0;

	while (delta >= 63ul << shift)
		shift += 3;
	for (unsigned long now = 0; now < 1ul << shift; now++, n++)
		sum += (((now + delta) >> shift) + 1) * (1ul << shift) - now;
	return (double)sum / n / hz;
}

static void test_timewait_lasts(void **state)
{
	static const unsigned int hz[] = { 100, 250, 300, 1000 };

	assert_int_equal(forecast_timewait_ns(0), 60 * SEC);
	for (size_t i = 0; i < LENGTH(hz); i++)
		near(forecast_timewait_ns(hz[i]) / 1e9, simulated_timewait(hz[i]), 0.001);
}

static void test_rate(void **state)
{
	near(forecast_rate(500, 10 * SEC, 10 * SEC), 50, 0);
	near(forecast_rate(500, 5 * SEC, 10 * SEC), 100, 0); /* began within the window */
	near(forecast_rate(5, SEC / 10, 10 * SEC), 0.5, 0); /* too few to tell */
	near(forecast_rate(0, 0, 10 * SEC), 0, 0);
	near(forecast_rate(1000, 0, 10 * SEC), 1000, 0); /* all at this moment */
}

static void test_level(void **state)
{
	near(forecast_level(470, 60 * SEC), 28200, 0);
	near(forecast_level(0, 60 * SEC), 0, 0);
}

/* One port after the other: client that connects and closes at a constant rate, from a moment on. */
struct simulation {
	double rate, lasts; /* a second, seconds */
	uint32_t capacity;
	double began_ago; /* seconds */
};

/* Seconds from now until a connection finds no port, or -1. */
static double simulate(const struct simulation *s)
{
	double first = -s->began_ago;

	for (double t = 0.001; t < 300; t += 0.001) {
		double made = floor((t - first) * s->rate);
		double over = t - first > s->lasts ? floor((t - first - s->lasts) * s->rate) : 0;

		if (made - over >= s->capacity)
			return t;
	}
	return -1;
}

static void fill(struct port_use *use, uint32_t expiring[FORECAST_SECONDS], const struct simulation *s)
{
	memset(expiring, 0, FORECAST_SECONDS * sizeof(*expiring));
	*use = (struct port_use){
		.capacity = s->capacity,
		.created_per_sec = s->rate,
		.expiring = expiring,
		.lasts_ns = s->lasts * SEC,
	};
	for (double ago = 1 / s->rate; ago <= s->began_ago; ago += 1 / s->rate)
		if (ago < s->lasts)
			expiring[(int)(s->lasts - ago)]++;
}

static void test_exhaustion(void **state)
{
	static const struct simulation cases[] = {
		{ 50, 61, 2000, 20 }, /* half of the ports, none expires before they are used up */
		{ 50, 61, 2000, 5 },
		{ 50, 61, 3000, 55 }, /* the first expire soon */
		{ 49, 61, 2900, 45 },
		{ 30, 61, 2000, 30 }, /* levels off below the limit */
		{ 30, 61, 2000, 200 },
		{ 1000, 61, 28232, 1 },
	};
	uint32_t expiring[FORECAST_SECONDS];
	struct port_use use;

	for (size_t i = 0; i < LENGTH(cases); i++) {
		double expected = simulate(&cases[i]);
		int64_t got;

		fill(&use, expiring, &cases[i]);
		got = forecast_exhaustion_ns(&use);
		if (expected < 0)
			assert_true(got == FORECAST_NEVER);
		else
			near(got / 1e9, expected, 0.02 * expected + 0.2);
	}
}

static void test_exhaustion_by_live_ones(void **state)
{
	struct port_use use = { .capacity = 1000, .live = 100, .live_per_sec = 2 };

	near(forecast_exhaustion_ns(&use) / 1e9, 450, 0.001);
	use.live_per_sec = 20;
	near(forecast_exhaustion_ns(&use) / 1e9, 45, 0.001);
	use.live_per_sec = 0;
	assert_true(forecast_exhaustion_ns(&use) == FORECAST_NEVER);
	use.live_per_sec = -5;
	assert_true(forecast_exhaustion_ns(&use) == FORECAST_NEVER);
	use.live = 1000;
	assert_int_equal(forecast_exhaustion_ns(&use), 0);
	use.live_per_sec = 1e-12;
	use.live = 100;
	assert_true(forecast_exhaustion_ns(&use) == FORECAST_NEVER);
}

/* With both, the TIME-WAITs level off and the live ones go on. */
static void test_exhaustion_by_both(void **state)
{
	struct port_use use = {
		.capacity = 1000, .live_per_sec = 1, .created_per_sec = 10, .lasts_ns = 60 * SEC,
	};

	near(forecast_exhaustion_ns(&use) / 1e9, 400, 0.001);
	near(forecast_ports_used(&use, 30), 330, 0.001);
	near(forecast_ports_used(&use, 100), 700, 0.001);
}

static void test_addresses(void **state)
{
	assert_int_equal(forecast_addresses(0, 1000), 1);
	assert_int_equal(forecast_addresses(999.9, 1000), 1);
	assert_int_equal(forecast_addresses(1000, 1000), 2);
	assert_int_equal(forecast_addresses(28200, 1000), 29);
	assert_int_equal(forecast_addresses(28200, 0), 0);
}

static void test_probed(void **state)
{
	assert_int_equal(forecast_probed_ms(200, 0, 120000), 0);
	assert_int_equal(forecast_probed_ms(200, 1, 120000), 200);
	assert_int_equal(forecast_probed_ms(200, 5, 120000), 200 + 400 + 800 + 1600 + 3200);
	assert_int_equal(forecast_probed_ms(50000, 3, 120000), 50000 + 100000 + 120000);
	assert_int_equal(forecast_probed_ms(200, 255, 120000), 200 * 1023 + 245 * 120000);
}

static void test_growth(void **state)
{
	near(forecast_growth(100, 101, SEC), 60, 0.001);
	near(forecast_growth(100, 50, 60 * SEC), -50, 0.001);
	near(forecast_growth(0, 50, SEC), 0, 0);
	near(forecast_growth(100, 50, 0), 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timewait_lasts),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_level),
		cmocka_unit_test(test_exhaustion),
		cmocka_unit_test(test_exhaustion_by_live_ones),
		cmocka_unit_test(test_exhaustion_by_both),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_probed),
		cmocka_unit_test(test_growth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
