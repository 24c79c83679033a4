// SPDX-License-Identifier: GPL-2.0
/* connections.bin, good and bad: what is given, and what trouble is told. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rows.h"
#include "source/source.h"

static char directory[] = "/tmp/tcpscope-unit-XXXXXX";
static char path[64];
static struct tcpscope_header header;
static struct source *module;

static int setup(void **state)
{
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/connections.bin", directory);
	module = source_module_open();
	return setenv("TCPSCOPE_DEBUGFS", directory, 1);
}

static int teardown(void **state)
{
	source_close(module);
	unlink(path);
	return rmdir(directory);
}

static int good_header(void **state)
{
	header = conns_header;
	return 0;
}

/* The header and the records times over, but no more than size bytes. */
static void write_file(size_t times, size_t size)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fwrite(&header, sizeof(header), 1, file);
	while (times--)
		rows_write(file);
	assert_int_equal(fflush(file), 0);
	if (size < (size_t)ftell(file))
		assert_int_equal(ftruncate(fileno(file), size), 0);
	fclose(file);
}

static int count(const struct tcpscope_conn *conn, void *ctx)
{
	size_t *n = ctx;

	assert_memory_equal(conn, &conns[*n % N_CONNS], tcpscope_conn_size(conn));
	++*n;
	return 0;
}

static void assert_each(int expected, size_t records)
{
	size_t n = 0;

	assert_int_equal(source_connections(module, count, &n), expected);
	assert_int_equal(n, records);
}

static void test_good(void **state)
{
	write_file(0, SIZE_MAX);
	assert_each(0, 0);
	write_file(1, SIZE_MAX);
	assert_each(0, N_CONNS);
	assert_int_equal(source_probe(module), SOURCE_OK);
	/* more than one buffer, whose end is inside a record */
	write_file(1000, SIZE_MAX);
	assert_each(0, 1000 * N_CONNS);
}

static void test_cut_short(void **state)
{
	size_t header_size = sizeof(header), end = header_size, whole = 0;

	for (size_t size = 0; whole < 3; size++) {
		if (size == end + tcpscope_conn_size(&conns[whole])) {
			end = size;
			whole++;
		}
		write_file(1, size);
		assert_each(size < header_size ? SOURCE_NOT_OURS : size == end ? SOURCE_OK : SOURCE_CUT_SHORT, whole);
	}
}

/* A record that claims more timers than there can be: nothing after it can be found. */
static void test_damaged(void **state)
{
	FILE *file;

	write_file(1, SIZE_MAX);
	file = fopen(path, "r+");
	fseek(file, sizeof(header) + tcpscope_conn_size(&conns[0]) + offsetof(struct tcpscope_conn, n_timers), SEEK_SET);
	fputc(TCPSCOPE_TIMERS_PER_CONN + 1, file);
	fclose(file);
	assert_each(SOURCE_DAMAGED, 1);
}

static void test_versions(void **state)
{
	header.version = TCPSCOPE_ABI_VERSION + 1;
	write_file(1, SIZE_MAX);
	assert_each(SOURCE_NEWER, 0);
	assert_int_equal(source_probe(module), SOURCE_NEWER);
	header.version = TCPSCOPE_ABI_VERSION - 1;
	write_file(1, SIZE_MAX);
	assert_each(SOURCE_OLDER, 0);
	assert_non_null(strstr(source_trouble_text(SOURCE_OLDER), "the module is older"));
	assert_non_null(strstr(source_trouble_text(SOURCE_NEWER), "this command is older"));
}

static void test_not_ours(void **state)
{
	header.magic[7]++;
	write_file(1, SIZE_MAX);
	assert_each(SOURCE_NOT_OURS, 0);
	good_header(state);
	header.record_size = 0;
	write_file(1, SIZE_MAX);
	assert_each(SOURCE_NOT_OURS, 0);
	header.record_size = UINT16_MAX;
	write_file(1, SIZE_MAX);
	assert_each(SOURCE_NOT_OURS, 0);
	good_header(state);
	header.header_size = 0;
	write_file(1, SIZE_MAX);
	assert_each(SOURCE_NOT_OURS, 0);
}

static int stop_at_three(const struct tcpscope_conn *conn, void *ctx)
{
	return ++*(int *)ctx == 3 ? -EPIPE : 0;
}

static void test_stopped(void **state)
{
	int n = 0;

	write_file(10, SIZE_MAX);
	assert_int_equal(source_connections(module, stop_at_three, &n), -EPIPE);
	assert_int_equal(n, 3);
}

static void test_directory(void **state)
{
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_each(SOURCE_READ, 0); /* open() works, read() gives EISDIR */
	rmdir(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_good, good_header),
		cmocka_unit_test_setup(test_cut_short, good_header),
		cmocka_unit_test_setup(test_damaged, good_header),
		cmocka_unit_test_setup(test_versions, good_header),
		cmocka_unit_test_setup(test_not_ours, good_header),
		cmocka_unit_test_setup(test_stopped, good_header),
		cmocka_unit_test_setup(test_directory, good_header),
	};

	return cmocka_run_group_tests_name("source", tests, setup, teardown);
}
