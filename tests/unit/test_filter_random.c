// SPDX-License-Identifier: GPL-2.0
/* Random filters: verdicts against an evaluator of their own, and any bytes against crashes. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "asserts.h"
#include "lib/strbuf.h"
#include "rows.h"

/* --- text and verdicts made together, without the parser --- */

static const char *const atoms[] = {
	"sport = :80", "dst 10.0.0.0/8", "state established", "pid 200", "uid 33",
	"timer none", "age gt 10",	 "flag orphan",	      "comm nginx",
};

/* For each atom the rows it matches, and those of which it is not known. */
static const struct {
	const char *yes, *unknown;
} atom_verdicts[] = {
	{ "123", "" }, { "2369", "" },	 { "26", "" }, { "4", "3568" }, { "27", "358" },
	{ "16", "9" }, { "14", "23568" }, { "7", "9" }, { "12", "3568" },
};

static enum filter_answer atom_verdict(size_t atom, int row)
{
	char cookie = '1' + row;

	if (strchr(atom_verdicts[atom].yes, cookie))
		return FILTER_YES;
	return strchr(atom_verdicts[atom].unknown, cookie) ? FILTER_UNKNOWN : FILTER_NO;
}

/* Appends a random expression and computes its verdict on each row. */
static void random_expression(struct strbuf *text, enum filter_answer result[N_CONNS], int depth)
{
	enum filter_answer right[N_CONNS];
	int kind = depth > 6 ? 0 : rand() % 4;
	size_t atom = rand() % LENGTH(atoms);

	switch (kind) {
	case 0:
		strbuf_string(text, atoms[atom]);
		for (int i = 0; i < N_CONNS; i++)
			result[i] = atom_verdict(atom, i);
		return;
	case 1:
		strbuf_string(text, rand() % 2 ? "not (" : "! (");
		random_expression(text, result, depth + 1);
		strbuf_char(text, ')');
		for (int i = 0; i < N_CONNS; i++)
			result[i] = result[i] == FILTER_YES ? FILTER_NO :
				    result[i] == FILTER_NO  ? FILTER_YES : FILTER_UNKNOWN;
		return;
	}
	strbuf_char(text, '(');
	random_expression(text, result, depth + 1);
	strbuf_string(text, kind == 2 ? rand() % 2 ? ") and (" : ") (" : rand() % 2 ? ") or (" : ")||(");
	random_expression(text, right, depth + 1);
	strbuf_char(text, ')');
	for (int i = 0; i < N_CONNS; i++) {
		bool any_yes = result[i] == FILTER_YES || right[i] == FILTER_YES;
		bool any_no = result[i] == FILTER_NO || right[i] == FILTER_NO;
		bool all_yes = result[i] == FILTER_YES && right[i] == FILTER_YES;
		bool all_no = result[i] == FILTER_NO && right[i] == FILTER_NO;

		if (kind == 2)
			result[i] = any_no ? FILTER_NO : all_yes ? FILTER_YES : FILTER_UNKNOWN;
		else
			result[i] = any_yes ? FILTER_YES : all_no ? FILTER_NO : FILTER_UNKNOWN;
	}
}

/* The filter of such an expression. */
static struct filter *random_filter(struct strbuf *text, enum filter_answer result[N_CONNS])
{
	random_expression(text, result, 0);
	strbuf_char(text, '\0');
	return filter_of(text->data);
}

static void test_random_expressions(void **state)
{
	srand(1);
	for (int n = 0; n < 3000; n++) {
		struct strbuf text = { 0 };
		enum filter_answer expected[N_CONNS];
		struct filter *filter = random_filter(&text, expected);

		for (int i = 0; i < N_CONNS; i++)
			if (filter_answer(filter, &rows[i]) != expected[i])
				fail_msg("%d is judged %d, not %d, by %s", i + 1, filter_answer(filter, &rows[i]),
					 expected[i], text.data);
		filter_free(filter);
		strbuf_free(&text);
	}
}

/* NO before the join must stay NO after it, whatever the recorder knows. */
static void test_no_is_final(void **state)
{
	srand(2);
	for (int n = 0; n < 3000; n++) {
		struct strbuf text = { 0 };
		enum filter_answer unused[N_CONNS];
		struct filter *filter = random_filter(&text, unused);

		for (int i = 0; i < N_CONNS; i++) {
			struct tcpscope_row bare;

			row_from_conn(&bare, &conns[i]);
			if (filter_answer(filter, &bare) == FILTER_NO)
				assert_int_equal(filter_answer(filter, &rows[i]), FILTER_NO);
			if (filter_answer(filter, &bare) == FILTER_YES)
				assert_int_equal(filter_answer(filter, &rows[i]), FILTER_YES);
		}
		filter_free(filter);
		strbuf_free(&text);
	}
}

/* --- nothing crashes it --- */

static void assert_matches(const char *text, const char *cookies)
{
	struct filter *filter = filter_of(text);

	for (int i = 0; i < N_CONNS; i++)
		assert_int_equal(filter_match(filter, &rows[i]), strchr(cookies, '1' + i) != NULL);
	filter_free(filter);
}

static void parse_and_judge(const char *text)
{
	struct filter_error error = { .at = SIZE_MAX };
	struct filter *filter = filter_parse(text, &error);

	if (!filter) {
		assert_true(error.at <= strlen(text));
		assert_true(*error.what);
		return;
	}
	for (int i = 0; i < N_CONNS; i++)
		filter_answer(filter, &rows[i]);
	filter_free(filter);
}

static void test_random_words(void **state)
{
	static const char *const words[] = {
		"state", "exclude", "established", "sport", "dport", "src", "dst", "=", "!=", ">", "<=", "gt", "(", ")",
		"and", "or", "not", "!", "&&", "||", ":80", "80", "10.0.0.0/8", "[::1]:443", "[", "]", "/", "'", "\"",
		"pid", "comm", "timer", "keepalive", "age", "5min", "recv_q", "send_q", "*", ":", "inet:", "\xff\xfe", "-",
	};

	srand(3);
	for (int n = 0; n < 20000; n++) {
		struct strbuf text = { 0 };

		for (int i = rand() % 12; i >= 0; i--) {
			strbuf_string(&text, words[rand() % LENGTH(words)]);
			if (rand() % 3)
				strbuf_char(&text, ' ');
		}
		strbuf_char(&text, '\0');
		parse_and_judge(text.data);
		strbuf_free(&text);
	}
}

static void test_random_bytes(void **state)
{
	char text[64];

	srand(4);
	for (int n = 0; n < 20000; n++) {
		size_t len = rand() % sizeof(text);

		for (size_t i = 0; i < len; i++)
			text[i] = rand();
		text[len] = '\0';
		parse_and_judge(text);
	}
}

static char *repeat(const char *what, size_t times, const char *end)
{
	struct strbuf text = { 0 };

	while (times--)
		strbuf_string(&text, what);
	strbuf_string(&text, end);
	strbuf_char(&text, '\0');
	return text.data;
}

static void test_deep(void **state)
{
	static const char *const openers[] = { "(", "not ", "!(" };
	struct filter_error error;

	for (size_t i = 0; i < LENGTH(openers); i++) {
		char *deep = repeat(openers[i], 1000000, "pid 1");

		assert_null(filter_parse(deep, &error));
		assert_non_null(strstr(error.what, "nested more than 64 deep"));
		assert_in_range(error.at, 32, 64 * strlen(openers[i]));
		free(deep);
	}
}

static void test_just_deep_enough(void **state)
{
	char *close = repeat(")", 64, ""), *open = repeat("(", 64, "pid 200");
	struct strbuf text = { 0 };

	strbuf_string(&text, open);
	strbuf_string(&text, close);
	strbuf_char(&text, '\0');
	assert_matches(text.data, "4");
	strbuf_free(&text);
	free(open);
	free(close);
}

static void test_long(void **state)
{
	char *any = repeat("pid 200 or ", 100000, "pid 101"), *all = repeat("pid 200 ", 100000, "sport gt 1");
	char *word = repeat("x", 1000000, ""), *address = repeat("1", 100000, "");
	char *comm = repeat("y", 100000, ""), with[16] = "comm ";

	assert_matches(any, "24");
	assert_matches(all, "4");
	parse_and_judge(word);
	parse_and_judge(address);
	parse_and_judge(strncat(with, comm, 5));
	free(any);
	free(all);
	free(word);
	free(address);
	free(comm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_expressions),
		cmocka_unit_test(test_no_is_final),
		cmocka_unit_test(test_random_words),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_just_deep_enough),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests_name("filter, random", tests, rows_join, NULL);
}
