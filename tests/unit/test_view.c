// SPDX-License-Identifier: GPL-2.0
/* Rows as tables and documents, against golden files. GOLDEN_UPDATE=1 writes them anew. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asserts.h"
#include "conn/sort.h"
#include "lib/resolve.h"
#include "rows.h"
#include "view/view.h"

/* All of a file, terminated; to be freed. */
static char *slurp(FILE *file)
{
	char *text = NULL;
	size_t len = 0;

	rewind(file);
	if (getdelim(&text, &len, '\0', file) < 0) {
		free(text);
		text = strdup("");
	}
	return text;
}

static void choose(struct columns *columns, const char *list, bool json)
{
	char bad[64];

	if (columns_parse(columns, list, json ? columns_of_json : columns_of_table, json, bad, sizeof(bad)))
		fail_msg("no column '%s'", bad);
}

/* What a view prints of the rows, times over. */
static char *shown(const struct view_kind *kind, const char *list, bool header, size_t times,
		   const struct source_losses *losses)
{
	struct columns columns;
	struct view view = { .to = tmpfile(), .columns = &columns, .header = header };
	char *text;

	choose(&columns, list, kind == &view_json);
	for (size_t i = 0; i < times * N_CONNS; i++)
		assert_int_equal(kind->row(&view, &rows[i % N_CONNS]), 0);
	assert_int_equal(kind->end(&view, losses), 0);
	text = slurp(view.to);
	fclose(view.to);
	view_free(&view);
	return text;
}

static void update(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* Compares with the golden file and frees the text. */
static void assert_golden(char *text, const char *name)
{
	char path[512];
	char *golden;
	FILE *file;

	snprintf(path, sizeof(path), GOLDEN "/%s", name);
	if (getenv("GOLDEN_UPDATE"))
		update(path, text);
	file = fopen(path, "r");
	if (!file)
		fail_msg("%s is not there", path);
	golden = slurp(file);
	fclose(file);
	assert_string_equal(text, golden);
	free(golden);
	free(text);
}

static void test_table(void **state)
{
	assert_golden(shown(&view_table, columns_of_table, true, 1, NULL), "table.txt");
}

static void test_table_all(void **state)
{
	assert_golden(shown(&view_table, "all", true, 1, NULL), "table-all.txt");
}

static void test_table_chosen(void **state)
{
	assert_golden(shown(&view_table, "peer,STATE,rto_ms,timer,state", false, 1, NULL), "table-chosen.txt");
}

static void test_table_empty(void **state)
{
	char *text = shown(&view_table, "state,peer,timers", true, 0, NULL);

	assert_string_equal(text, "STATE PEER TIMERS\n");
	free(text);
}

/* Rows beyond those that are measured come out the same, and all of them. */
static void test_table_long(void **state)
{
	char *once = shown(&view_table, "state,local,peer,recv_q", false, 1, NULL);
	char *often = shown(&view_table, "state,local,peer,recv_q", false, 1000, NULL);
	size_t len = strlen(once);

	assert_int_equal(strlen(often), 1000 * len);
	for (size_t i = 0; i < 1000; i++)
		assert_memory_equal(often + i * len, once, len);
	free(once);
	free(often);
}

/* A wide row that comes late sticks out and moves nobody else. */
static void test_table_wide_row_late(void **state)
{
	struct columns columns;
	struct view view = { .to = tmpfile(), .columns = &columns };
	char *text, *last;

	choose(&columns, "local,state", false);
	for (int i = 0; i < 300; i++)
		view_table.row(&view, &rows[0]);
	view_table.row(&view, &rows[4]);
	view_table.row(&view, &rows[0]);
	view_table.end(&view, NULL);
	text = slurp(view.to);
	last = strstr(text, "[2001");
	assert_non_null(last);
	assert_string_equal(last, "[2001:db8::1]:50001 FIN-WAIT-2\n0.0.0.0:80 LISTEN\n");
	free(text);
	fclose(view.to);
	view_free(&view);
}

static void test_json(void **state)
{
	const struct source_losses losses = { .count = { 1, 2, 3, 4 } };

	assert_golden(shown(&view_json, columns_of_json, true, 1, NULL), "ls.json");
	assert_golden(shown(&view_json, "all", true, 1, &losses), "ls-all.json");
}

static void test_json_is_json(void **state)
{
	const struct source_losses losses = { .count = { 1, 2, 3 } };
	char *text = shown(&view_json, "all", true, 300, &losses);

	assert_true(json_valid(text));
	assert_int_equal(json_length(text, "/connections"), 300 * N_CONNS);
	assert_at(text, "/losses/lives_full", "2");
	free(text);
	text = shown(&view_json, "pid", true, 0, NULL);
	assert_string_equal(text, "{\"connections\":[],\"losses\":null}\n");
	free(text);
}

/* The keys of the contract, in its order. */
static void test_json_keys(void **state)
{
	char *text = shown(&view_json, columns_of_json, true, 1, NULL);
	char *keys = json_keys(text, "/connections/1");

	assert_string_equal(keys, "netns,netns_cookie,family,local_address,local_port,peer_address,peer_port,state,substate,"
				  "role,cookie,generation,inode,uid,pid,comm,cgroup,age_ms,state_age_ms,"
				  "first_closer,retransmits,rtt_us,rto_ms,recv_q,send_q,timers,flags");
	free(keys);
	keys = json_keys(text, "/connections/1/retransmits");
	assert_string_equal(keys, "syn,synack,fin,rto,fast,tlp,probe,keepalive");
	free(keys);
	free(text);
}

static void test_json_values(void **state)
{
	char *text = shown(&view_json, columns_of_json, true, 1, NULL);

	assert_at(text, "/connections/1/timers/0/name", "retransmit");
	assert_at(text, "/connections/1/timers/0/expires_ms", "1234");
	assert_at(text, "/connections/1/timers/0/attempt", "3");
	assert_at(text, "/connections/1/timers/0/limit", "15");
	assert_at(text, "/connections/1/timers/0/gives_up_ms", "750000");
	assert_at(text, "/connections/1/retransmits/rto", "3");
	assert_at(text, "/connections/1/retransmits/syn", "null"); /* older than the recorder */
	assert_at(text, "/connections/1/age_ms", "null");
	assert_at(text, "/connections/3/timers/0/limit", "null");
	assert_at(text, "/connections/3/retransmits/rto", "0"); /* known to be none */
	assert_at(text, "/connections/3/uid", "1000");
	assert_at(text, "/connections/4/state", "fin_wait2");
	assert_at(text, "/connections/4/timers/0/expires_ms", "-5");
	assert_at(text, "/connections/5/family", "ipv6");
	assert_at(text, "/connections/5/local_address", "10.0.0.3");
	assert_at(text, "/connections/5/timers", "[]"); /* known to be none */
	assert_at(text, "/connections/5/flags", "[\"v4mapped\"]");
	assert_at(text, "/connections/7/state", "99");
	assert_at(text, "/connections/7/local_address", "null");
	assert_at(text, "/connections/8/timers", "null");
	assert_at(text, "/connections/8/recv_q", "null");
	free(text);
}

/* A record is only bytes: none makes a field read past its end or print no JSON. */
static void test_random_records(void **state)
{
	static struct tcpscope_row kept[N_CONNS];
	struct tcpscope_conn conn;
	char *text;

	memcpy(kept, rows, sizeof(rows));
	srand(6);
	for (int n = 0; n < 50; n++) {
		for (int i = 0; i < N_CONNS; i++) {
			for (size_t at = 0; at < sizeof(conn); at++)
				((char *)&conn)[at] = rand();
			conn.n_timers %= TCPSCOPE_TIMERS_PER_CONN + 1; /* the source lets no other pass */
			row_from_conn(&rows[i], &conn);
			for (size_t at = 0; at < sizeof(rows[i].life); at++)
				((char *)&rows[i].life)[at] = rand();
			rows[i].has_life = rand() % 2;
			rows[i].has_ended = rand() % 2;
		}
		free(shown(&view_table, "all", true, 1, NULL));
		text = shown(&view_json, "all", true, 1, NULL);
		assert_true(json_valid(text));
		free(text);
	}
	memcpy(rows, kept, sizeof(rows));
}

/* Joint columns have no key: their parts stand in, once. */
static void test_json_joint(void **state)
{
	struct columns columns;

	choose(&columns, "local,local_port,owner,peer,timer,timers", true);
	assert_int_equal(columns.n, 7);
	choose(&columns, "all", true);
	for (size_t i = 0; i < columns.n; i++)
		assert_true(*columns.field[i]->key);
}

static void test_columns(void **state)
{
	struct columns columns;
	char bad[16];

	choose(&columns, "state,STATE,State", false);
	assert_int_equal(columns.n, 1);
	choose(&columns, "all,state", false);
	assert_int_equal(columns.n, TCPSCOPE_FIELD_MAX);
	choose(&columns, "+cwnd,mss", false);
	assert_string_equal(columns.field[0]->column, "STATE");
	assert_string_equal(columns.field[columns.n - 1]->column, "MSS");
	assert_int_equal(columns_parse(&columns, "state,nonsense,peer", columns_of_table, false, bad, sizeof(bad)), -EINVAL);
	assert_string_equal(bad, "nonsense");
	assert_int_equal(columns_parse(&columns, "", columns_of_table, false, bad, sizeof(bad)), -EINVAL);
	assert_int_equal(columns_parse(&columns, "+", columns_of_table, false, bad, sizeof(bad)), -EINVAL);
	assert_int_equal(columns_parse(&columns, "state,", columns_of_table, false, bad, sizeof(bad)), -EINVAL);
}

/* A full disk is told of, not survived in silence. */
static void test_write_error(void **state)
{
	const struct view_kind *kinds[] = { &view_table, &view_json };

	for (size_t i = 0; i < LENGTH(kinds); i++) {
		struct columns columns;
		struct view view = { .to = fopen("/dev/full", "w"), .columns = &columns };
		int error = 0;

		choose(&columns, "all", true);
		for (size_t n = 0; !error && n < 10000; n++)
			error = kinds[i]->row(&view, &rows[n % N_CONNS]);
		assert_int_equal(error, -ENOSPC);
		fclose(view.to);
		view_free(&view);
	}
}

/* --- sorting --- */

static int note(const struct tcpscope_row *row, void *ctx)
{
	char *order = ctx;

	order[strlen(order)] = '0' + row->conn.cookie;
	return 0;
}

static const char *sorted_by(const char *column)
{
	static char order[N_CONNS + 1];
	struct sort sort;

	memset(order, 0, sizeof(order));
	assert_true(sort_parse(&sort, column));
	for (int i = 0; i < N_CONNS; i++)
		sort_add(&sort, &rows[i]);
	sort_each(&sort, note, order);
	sort_free(&sort);
	return order;
}

static void test_sort(void **state)
{
	struct sort sort;

	assert_string_equal(sorted_by("cookie"), "123456789");
	assert_string_equal(sorted_by("-cookie"), "987654321");
	assert_string_equal(sorted_by("pid"), "124973568");
	assert_string_equal(sorted_by("-pid"), "794213568"); /* the unknown stay last */
	assert_string_equal(sorted_by("age_ms"), "974123568");
	assert_string_equal(sorted_by("comm"), "741293568"); /* a" curl nginx nginx psql */
	assert_string_equal(sorted_by("recv-q"), "271634589");
	assert_false(sort_parse(&sort, "nonsense"));
	assert_false(sort_parse(&sort, ""));
	assert_false(sort_parse(&sort, "-"));
}

static void test_services(void **state)
{
	/* /etc/services need not be there; if it is, this is in it. */
	if (service_port("https") < 0)
		skip();
	assert_int_equal(service_port("https"), 443);
	assert_string_equal(service_name(443), "https");
	assert_null(service_name(50000));
	assert_int_equal(service_port("nosuchservice"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),	      cmocka_unit_test(test_table_all),
		cmocka_unit_test(test_table_chosen),  cmocka_unit_test(test_table_empty),
		cmocka_unit_test(test_table_wide_row_late),
		cmocka_unit_test(test_table_long),    cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_is_json),  cmocka_unit_test(test_json_keys),
		cmocka_unit_test(test_json_values),
		cmocka_unit_test(test_random_records),
		cmocka_unit_test(test_json_joint),    cmocka_unit_test(test_columns),
		cmocka_unit_test(test_write_error),   cmocka_unit_test(test_sort),
		cmocka_unit_test(test_services),
	};

	return cmocka_run_group_tests_name("view", tests, rows_join, NULL);
}
