// SPDX-License-Identifier: GPL-2.0
/* Spans of time: as they are written, and as they are read. */
#include "unit.h"

#include "lib/parse.h"
#include "lib/strbuf.h"

#define US 1000ll
#define MS 1000000ll
#define SEC 1000000000ll
#define MIN (60 * SEC)
#define HOUR (60 * MIN)
#define DAY (24 * HOUR)

static void test_written(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "0ms" },
		{ 1, "1ns" },
		{ 999, "999ns" },
		{ US, "1us" },
		{ 350 * US, "350us" },
		{ MS - 1, "999us" },
		{ MS, "1ms" },
		{ 200 * MS, "200ms" },
		{ SEC - 1, "999ms" },
		{ SEC, "1.000sec" },
		{ 1234 * MS, "1.234sec" },
		{ 10 * SEC - 1, "9.999sec" },
		{ 10 * SEC, "10sec" },
		{ 42 * SEC + 900 * MS, "42sec" },
		{ MIN, "1min" },
		{ MIN + 23 * SEC, "1min23sec" },
		{ 9 * MIN + 59 * SEC, "9min59sec" },
		{ 10 * MIN + 59 * SEC, "10min" },
		{ 2 * HOUR, "120min" },
		{ 2 * HOUR + MIN, "2h1min" },
		{ 3 * HOUR + 20 * MIN, "3h20min" },
		{ 47 * HOUR, "47h" },
		{ 5 * DAY + 3 * HOUR, "5d3h" },
		{ 300 * DAY, "300d" },
		{ -5 * MS, "-5ms" },
		{ -90 * SEC, "-1min30sec" },
		{ INT64_MAX, "106751d23h" },
		{ INT64_MIN, "-106751d23h" },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct strbuf text = { 0 };

		strbuf_span(&text, cases[i].ns);
		strbuf_char(&text, '\0');
		assert_string_equal(text.data, cases[i].text);
		strbuf_free(&text);
	}
}

static void test_read(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} cases[] = {
		{ "5", 5 * SEC }, /* the unit asked for */
		{ "0", 0 },
		{ "1.5", 1500 * MS },
		{ "250ns", 250 },
		{ "350us", 350 * US },
		{ "200ms", 200 * MS },
		{ "1.234sec", 1234 * MS },
		{ "7s", 7 * SEC },
		{ "1min23sec", 83 * SEC },
		{ "3h20min", 200 * MIN },
		{ "5d3h", 5 * DAY + 3 * HOUR },
	};
	uint64_t ns;

	for (size_t i = 0; i < LENGTH(cases); i++) {
		assert_true(parse_span(cases[i].text, SEC, &ns));
		assert_int_equal(ns, cases[i].ns);
	}
	assert_true(parse_span("5", MS, &ns));
	assert_int_equal(ns, 5 * MS);
}

static void test_not_read(void **state)
{
	static const char *const cases[] = {
		"", "s", "5x", "5 s", "-5s", "+5s", "1.", ".5s", "1e3s", "0x10s", "inf", "nan", "5min3", "5minutes", "1min-1s",
		"99999999999999999999d", "5s ",
	};
	uint64_t ns;

	for (size_t i = 0; i < LENGTH(cases); i++)
		if (parse_span(cases[i], SEC, &ns))
			fail_msg("'%s' was taken for a span", cases[i]);
}

/* What is shown can be typed: to the last digit shown, nothing is lost. */
static void test_round_trip(void **state)
{
	for (uint64_t ns = 1; ns < 1000 * (uint64_t)DAY; ns = ns * 3 / 2 + 1) {
		struct strbuf text = { 0 }, again = { 0 };
		uint64_t back;

		strbuf_span(&text, ns);
		strbuf_char(&text, '\0');
		assert_true(parse_span(text.data, SEC, &back));
		assert_true(back <= ns);
		if (back) {
			strbuf_span(&again, back);
			strbuf_char(&again, '\0');
			assert_string_equal(again.data, text.data);
		}
		strbuf_free(&text);
		strbuf_free(&again);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_not_read),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
