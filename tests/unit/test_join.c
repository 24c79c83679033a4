// SPDX-License-Identifier: GPL-2.0
/* Lives that are asked for many at once; and what is said to need none, or less than all of them. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "canned_source.h"
#include "conn/field.h"
#include "rows.h"
#include "snapshot/snapshot.h"

#define MANY 150
#define AT_ONCE 40

/* What row i was given, as the columns that need no more than a head show it. */
static int take_text(const struct tcpscope_row *row, void *ctx)
{
	struct strbuf *text = ctx;

	for (size_t i = 0; i < TCPSCOPE_FIELD_MAX; i++) {
		if (field_needs(field_at(i)) == LIFE_WHOLE)
			continue;
		field_text(field_at(i), row, text, false);
		strbuf_char(text, ' ');
	}
	strbuf_char(text, '\n');
	return 0;
}

/* Every third has no life, and of every fifth the socket has been used again; listeners are among them. */
static void make_many(struct tcpscope_conn many[MANY], struct tcpscope_life known[MANY])
{
	for (size_t i = 0; i < MANY; i++) {
		many[i] = conns[i % N_CONNS];
		many[i].cookie = i % 7 ? i + 1 : 0;
		known[i] = lives[i % N_LIVES];
		known[i].cookie = i % 3 ? i + 1 : 1000 + i;
		known[i].generation = i;
		known[i].peer_port = i % 5 ? 0 : 4711;
		known[i].local_port = 0;
	}
}

/* All that a snapshot shows with that filter, asked many at once or one by one. Whether many were. */
static bool show(const struct filter *filter, size_t at_once, struct strbuf *text)
{
	static struct tcpscope_conn many[MANY];
	static struct tcpscope_life known[MANY];
	struct canned module = { .conns = many, .n_conns = MANY, .now_ns = NOW_NS };
	struct canned recorder = { .lives = known, .n_lives = MANY, .n_questions = at_once };
	struct selection some = { .family = AF_UNSPEC, .filter = (struct filter *)filter };
	struct sources sources = { .module = canned_source(&module), .recorder = canned_source(&recorder),
				   .host = &module.source };
	struct snapshot snapshot = { .sources = &sources, .selection = &some, .part = LIFE_HEAD, .row = take_text,
				     .ctx = text };

	make_many(many, known);
	recorder.questions = calloc(at_once + 1, TCPSCOPE_JOIN_STRIDE);
	snapshot_init(&snapshot);
	assert_int_equal(snapshot_living(&snapshot), 0);
	snapshot_free(&snapshot);
	free(recorder.questions);
	return recorder.answered;
}

static void test_many(void **state)
{
	static const char *const filters[] = { "", "state established", "pid gt 0", "not role listener", "events *" };

	for (size_t i = 0; i < LENGTH(filters); i++) {
		struct filter_error error;
		struct filter *filter = filter_parse(filters[i], &error);
		struct strbuf single = {}, many = {};

		assert_false(show(filter, 0, &single));
		assert_int_equal(show(filter, AT_ONCE, &many), filter_needs_life(filter) != LIFE_WHOLE);
		assert_true(single.len > 100);
		assert_int_equal(single.len, many.len);
		assert_memory_equal(single.data, many.data, many.len);
		strbuf_free(&single);
		strbuf_free(&many);
		filter_free(filter);
	}
}

/* What a field is said to need is all that it shows. */
static void test_field_needs(void **state)
{
	for (size_t i = 0; i < N_CONNS * TCPSCOPE_FIELD_MAX; i++) {
		const struct field *field = field_at(i / N_CONNS);
		struct tcpscope_row less = rows[i % N_CONNS];
		struct strbuf whole = {}, some = {};
		struct json json = { .to = &whole };

		if (field_needs(field) == LIFE_NONE)
			row_from_conn(&less, &conns[i % N_CONNS]);
		else if (field_needs(field) == LIFE_HEAD)
			memset((char *)&less.life + TCPSCOPE_LIFE_HEAD, 0x55, sizeof(less.life) - TCPSCOPE_LIFE_HEAD);
		field_text(field, &rows[i % N_CONNS], &whole, true);
		field_json(field, &rows[i % N_CONNS], &json);
		json = (struct json){ .to = &some };
		field_text(field, &less, &some, true);
		field_json(field, &less, &json);
		strbuf_char(&whole, '\0');
		strbuf_char(&some, '\0');
		assert_string_equal(some.data, whole.data);
		strbuf_free(&whole);
		strbuf_free(&some);
	}
	assert_int_equal(field_needs(field_find("events", 6)), LIFE_WHOLE);
	assert_int_equal(field_needs(field_find("uid", 3)), LIFE_HEAD);
}

/* One of each predicate, and how much of a life it needs. */
static void test_filter_needs(void **state)
{
	static const struct {
		const char *text;
		enum life_part needs;
	} filters[] = {
		{ "state time-wait exclude listening", LIFE_NONE }, { "sport = :80 or dport gt :1", LIFE_NONE },
		{ "src 10.0.0.0/8 and not dst 10.0.0.1", LIFE_NONE }, { "dev 1", LIFE_NONE },
		{ "fwmark 0x11", LIFE_NONE }, { "cgroup /", LIFE_HEAD }, { "family inet", LIFE_NONE },
		{ "netns 4026531840", LIFE_NONE }, { "owner nginx", LIFE_HEAD }, { "uid 0", LIFE_HEAD },
		{ "timer any attempt gt 0", LIFE_NONE }, { "flag adopted", LIFE_HEAD }, { "recv_q gt send_q", LIFE_NONE },
		{ "( rto gt 1 or ( not pid 100 ) )", LIFE_HEAD }, { "rtt lt age", LIFE_HEAD }, { "events *", LIFE_WHOLE },
		{ "state established and heir gt 0", LIFE_WHOLE }, { "", LIFE_NONE },
	};
	struct filter_error error;

	for (size_t i = 0; i < LENGTH(filters); i++) {
		struct filter *filter = filter_parse(filters[i].text, &error);

		if (!filter && strstr(filters[i].text, "cgroup"))
			continue; /* no such filesystem here */
		assert_non_null(filter);
		assert_int_equal(filter_needs_life(filter), filters[i].needs);
		for (size_t j = 0; j < N_CONNS; j++) {
			struct tcpscope_row less = rows[j];

			if (filters[i].needs == LIFE_NONE)
				row_from_conn(&less, &conns[j]);
			assert_int_equal(filter_answer(filter, &less), filter_answer(filter, &rows[j]));
		}
		filter_free(filter);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_field_needs),
		cmocka_unit_test(test_filter_needs),
	};

	return cmocka_run_group_tests_name("join", tests, rows_join, NULL);
}
