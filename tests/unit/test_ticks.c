// SPDX-License-Identifier: GPL-2.0
/* Jiffies of any hz, against numbers worked out otherwise, for spans up to a month and beyond. */
#include "unit.h"

#include "../../kmod/ticks.h"

#define DAY_SEC 86400ull

static const u32 rates[] = { 100, 250, 300, 1000 };

/* From a second to 30 days, so that every product that has 32 bits only would wrap. */
static const u64 spans_sec[] = { 1, 59, 3600, 8640, 14400, DAY_SEC, 10 * DAY_SEC, 25 * DAY_SEC, 30 * DAY_SEC };

#define for_each_span(hz, sec) \
	for (size_t r_ = 0; r_ < LENGTH(rates); r_++) \
		for (size_t s_ = 0; s_ < LENGTH(spans_sec); s_++) \
			for (u64 hz = rates[r_], sec = spans_sec[s_], once_ = 1; once_; once_ = 0)

static void spans_convert_exactly(void **state)
{
	for_each_span(hz, sec) {
		assert_int_equal(tcpscope_ms_to_jiffies(sec * 1000, hz), sec * hz);
		assert_int_equal(tcpscope_jiffies_to_ms(sec * hz, hz), sec * 1000);
		assert_int_equal(tcpscope_ns_to_jiffies(sec * 1000000000, hz), sec * hz);
		assert_int_equal(tcpscope_jiffies_to_ns(sec * hz, hz), sec * 1000000000);
		assert_int_equal(tcpscope_jiffies_to_ns(-(s64)(sec * hz), hz), -(s64)(sec * 1000000000));
	}
}

/* msecs_to_jiffies() rounds up, jiffies_to_msecs() down, spans in ns go to the nearest. */
static void parts_of_a_jiffy(void **state)
{
	assert_int_equal(tcpscope_ms_to_jiffies(0, 250), 0);
	assert_int_equal(tcpscope_ms_to_jiffies(1, 250), 1);
	assert_int_equal(tcpscope_ms_to_jiffies(4, 250), 1);
	assert_int_equal(tcpscope_ms_to_jiffies(5, 250), 2);
	assert_int_equal(tcpscope_ms_to_jiffies(11, 100), 2);
	assert_int_equal(tcpscope_ms_to_jiffies(11, 1000), 11);
	assert_int_equal(tcpscope_jiffies_to_ms(1, 300), 3);
	assert_int_equal(tcpscope_ns_to_jiffies(1999999, 250), 0);
	assert_int_equal(tcpscope_ns_to_jiffies(2000000, 250), 1);
	assert_int_equal(tcpscope_jiffies_to_ns(1, 300), 3333333);
}

/* The longest user timeout there is, 2^31 - 1 ms. */
static void the_longest_user_timeout(void **state)
{
	assert_int_equal(tcpscope_ms_to_jiffies(2147483647, 100), 214748365);
	assert_int_equal(tcpscope_ms_to_jiffies(2147483647, 250), 536870912);
	assert_int_equal(tcpscope_ms_to_jiffies(2147483647, 1000), 2147483647);
}

/* An age in ms lies within a jiffy of what it is. */
static void ages(void **state)
{
	for_each_span(hz, sec) {
		u32 age = tcpscope_age_jiffies(sec * 1000, hz);

		assert_in_range(age, sec * hz, sec * hz + 1);
	}
}

/* A stamp's clock may have wrapped since; a stamp may be younger than the time it is compared with. */
static void stamps(void **state)
{
	static const u32 nows[] = { 0, 5, 0x7fffffff, 0x80000000, 0xfffffff0 };

	for (size_t i = 0; i < LENGTH(nows); i++) {
		for_each_span(hz, sec)
			assert_int_equal(tcpscope_age(nows[i], nows[i] - (u32)(sec * hz), hz), sec * hz);
		assert_int_equal(tcpscope_age(nows[i], nows[i], 250), 0);
		assert_int_equal(tcpscope_age(nows[i], nows[i] + 1, 250), 0);
		assert_int_equal(tcpscope_age(nows[i], nows[i] + 240, 250), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_convert_exactly),
		cmocka_unit_test(parts_of_a_jiffy),
		cmocka_unit_test(the_longest_user_timeout),
		cmocka_unit_test(ages),
		cmocka_unit_test(stamps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
