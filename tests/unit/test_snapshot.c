// SPDX-License-Identifier: GPL-2.0
/* Snapshots of canned sources: both halves, either alone, none; and of two hosts at once. */
#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "asserts.h"
#include "canned_source.h"
#include "rows.h"
#include "snapshot/snapshot.h"

static const struct selection all = { .family = AF_UNSPEC };

/* What a snapshot gave, in the order of cookies. */
struct taken {
	struct tcpscope_row row[16];
	size_t n;
	int error; /* to return at the third */
};

static int take(const struct tcpscope_row *row, void *ctx)
{
	struct taken *taken = ctx;
	size_t at = taken->n++;

	assert_in_range(taken->n, 1, LENGTH(taken->row));
	for (; at && taken->row[at - 1].conn.cookie > row->conn.cookie; at--)
		taken->row[at] = taken->row[at - 1];
	taken->row[at] = *row;
	return taken->n == 3 ? taken->error : 0;
}

/* One host: a source for each half, or one for both. */
struct host {
	struct canned module, recorder;
	struct sources sources;
	struct snapshot snapshot;
	struct taken taken;
};

static void host_init(struct host *host)
{
	*host = (struct host){
		.module = { .conns = conns, .n_conns = N_CONNS, .now_ns = NOW_NS },
		.recorder = { .lives = lives, .n_lives = N_LIVES },
	};
	host->sources = (struct sources){
		.module = canned_source(&host->module),
		.recorder = canned_source(&host->recorder),
		.host = &host->module.source,
	};
	host->snapshot = (struct snapshot){
		.sources = &host->sources, .selection = &all, .row = take, .part = LIFE_WHOLE, .ctx = &host->taken };
}

static void living(struct host *host)
{
	snapshot_init(&host->snapshot);
	assert_int_equal(snapshot_living(&host->snapshot), 0);
	snapshot_free(&host->snapshot);
}

static size_t with_life(const struct taken *taken)
{
	size_t n = 0;

	for (size_t i = 0; i < taken->n; i++)
		n += taken->row[i].has_life;
	return n;
}

static void test_both_halves(void **state)
{
	struct host host;

	host_init(&host);
	living(&host);
	assert_int_equal(host.taken.n, N_CONNS);
	assert_false(host.snapshot.from_lives);
	for (size_t i = 0; i < N_CONNS; i++) {
		assert_int_equal(host.taken.row[i].has_life, rows[i].has_life);
		assert_memory_equal(&host.taken.row[i].conn, &rows[i].conn, TCPSCOPE_CONN_SIZE);
	}
	sources_close(&host.sources);
	assert_int_equal(host.module.closed, 2); /* as the module and as the host */
	assert_int_equal(host.recorder.closed, 1);
}

static void test_module_alone(void **state)
{
	struct host host;

	host_init(&host);
	host.recorder.source.trouble = SOURCE_NO_RECORDER;
	living(&host);
	assert_int_equal(host.taken.n, N_CONNS);
	assert_int_equal(with_life(&host.taken), 0);
	assert_int_equal(host.snapshot.module, SOURCE_OK);
	assert_int_equal(host.snapshot.recorder, SOURCE_NO_RECORDER);
	assert_int_equal(snapshot_status(&host.snapshot), 0);
}

static void test_recorder_alone(void **state)
{
	struct host host;

	host_init(&host);
	host.module.source.trouble = SOURCE_NO_MODULE;
	living(&host);
	assert_int_equal(host.taken.n, N_LIVES);
	assert_int_equal(with_life(&host.taken), N_LIVES);
	assert_true(host.snapshot.from_lives);
	assert_true(snapshot_has_any(&host.snapshot));
	for (size_t i = 0; i < N_LIVES; i++) {
		assert_true(row_knows(&host.taken.row[i], TCPSCOPE_KNOWN(STATE)));
		assert_false(row_knows(&host.taken.row[i], TCPSCOPE_KNOWN(TIMERS)));
	}
	assert_int_equal(snapshot_status(&host.snapshot), 1);
}

static void test_neither(void **state)
{
	struct host host;

	host_init(&host);
	host.module.source.trouble = SOURCE_NOT_ROOT;
	host.recorder.source.trouble = SOURCE_RECORDER_NOT_ROOT;
	living(&host);
	assert_int_equal(host.taken.n, 0);
	assert_false(snapshot_has_any(&host.snapshot));
	assert_int_equal(snapshot_status(&host.snapshot), 1);
}

/* The list that is not complete is the module's all the same. */
static void test_part_of_the_module(void **state)
{
	struct host host;

	host_init(&host);
	host.module.source.trouble = SOURCE_CUT_SHORT;
	living(&host);
	assert_false(host.snapshot.from_lives);
	assert_int_equal(host.taken.n, 0);
	assert_true(snapshot_has_any(&host.snapshot));
	assert_int_equal(snapshot_status(&host.snapshot), 1);
}

static void test_bare(void **state)
{
	struct host host;

	host_init(&host);
	host.snapshot.part = LIFE_NONE;
	living(&host);
	assert_int_equal(host.taken.n, N_CONNS);
	assert_int_equal(with_life(&host.taken), 0);
}

static void test_stopped(void **state)
{
	struct host host;

	host_init(&host);
	host.taken.error = -EPIPE;
	snapshot_init(&host.snapshot);
	assert_int_equal(snapshot_living(&host.snapshot), -EPIPE);
	assert_int_equal(host.taken.n, 3);
}

/* A flag that the recorder does not follow is neither true nor false of what it alone knows. */
static void test_selected(void **state)
{
	static const char *const filters[] = { "pid 200", "flag orphan", "not flag orphan", "state time-wait" };
	static const size_t expected[] = { 1, 0, 0, 1 };
	struct filter_error error;

	for (size_t i = 0; i < LENGTH(filters); i++) {
		struct selection some = { .family = AF_UNSPEC, .filter = filter_parse(filters[i], &error) };
		struct host host;

		host_init(&host);
		host.module.source.trouble = SOURCE_NO_MODULE;
		host.snapshot.selection = &some;
		living(&host);
		assert_int_equal(host.taken.n, expected[i]);
		filter_free(some.filter);
	}
}

/* --- two hosts --- */

/* Reads the other host while this one is read. */
struct nested {
	struct taken taken;
	struct host *other;
};

static int take_nested(const struct tcpscope_row *row, void *ctx)
{
	struct nested *nested = ctx;

	if (!nested->taken.n)
		living(nested->other);
	return take(row, &nested->taken);
}

/* What is different of a connection: gone, new, another state, another owner. */
static void compare(const struct taken *before, const struct taken *after, char *to)
{
	size_t i = 0, j = 0;

	while (i < before->n || j < after->n) {
		const struct tcpscope_row *a = i < before->n ? &before->row[i] : NULL;
		const struct tcpscope_row *b = j < after->n ? &after->row[j] : NULL;

		if (!b || (a && a->conn.cookie < b->conn.cookie)) {
			to += sprintf(to, "-%d ", (int)a->conn.cookie), i++;
		} else if (!a || b->conn.cookie < a->conn.cookie) {
			to += sprintf(to, "+%d ", (int)b->conn.cookie), j++;
		} else {
			if (row_state(a) != row_state(b))
				to += sprintf(to, "%d:state ", (int)a->conn.cookie);
			if (a->has_life != b->has_life || (a->has_life && a->life.owner.pid != b->life.owner.pid))
				to += sprintf(to, "%d:owner ", (int)a->conn.cookie);
			i++, j++;
		}
	}
	*to = '\0';
}

static void test_two_at_once(void **state)
{
	struct tcpscope_conn changed[N_CONNS];
	struct tcpscope_life grown[N_LIVES];
	struct host one, other;
	struct nested nested = { .other = &other };
	char text[256];

	/* there 2 has been closed by its peer, 3 is gone, 10 is new, and 4 has another owner */
	memcpy(changed, conns, sizeof(changed));
	changed[1].state = TCPSCOPE_CLOSE_WAIT;
	changed[2].cookie = 10;
	memcpy(grown, lives, sizeof(grown));
	for (size_t i = 0; i < N_LIVES; i++)
		if (grown[i].cookie == 4)
			grown[i].owner.pid = 4711;
	host_init(&one);
	host_init(&other);
	other.module.conns = changed;
	other.recorder.lives = grown;
	one.snapshot.row = take_nested;
	one.snapshot.ctx = &nested;
	living(&one);
	assert_int_equal(nested.taken.n, N_CONNS);
	assert_int_equal(other.taken.n, N_CONNS);
	compare(&nested.taken, &other.taken, text);
	assert_string_equal(text, "2:state -3 4:owner +10 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_halves),
		cmocka_unit_test(test_module_alone),
		cmocka_unit_test(test_recorder_alone),
		cmocka_unit_test(test_neither),
		cmocka_unit_test(test_part_of_the_module),
		cmocka_unit_test(test_bare),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_selected),
		cmocka_unit_test(test_two_at_once),
	};

	return cmocka_run_group_tests_name("snapshot", tests, rows_join, NULL);
}
