// SPDX-License-Identifier: GPL-2.0
/* Lives condensed, and their owners. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "conn/life_index.h"

#define NOW 1000000000000ull

static void test_owners(void **state)
{
	struct life_index index = { .now_ns = NOW };
	struct tcpscope_life life = { .born_ns = NOW - 5000000, .state = TCPSCOPE_TIME_WAIT };
	struct life_brief brief[1201];

	/* 3 connections each of 300 processes, and some of nobody's */
	for (uint32_t i = 1; i <= 1200; i++) {
		life.cookie = i;
		life.owner.pid = i % 400 < 300 ? i % 400 + 1 : 0;
		snprintf(life.owner.comm, sizeof(life.owner.comm), "p%u", life.owner.pid % 7);
		life_index_from_life(&index, &brief[i], &life);
		assert_int_equal(brief[i].cookie, i);
	}
	assert_int_equal(index.n_owners, 300);
	for (uint32_t i = 1; i <= 1200; i++) {
		assert_int_equal(life_index_owner(&index, &brief[i])->pid, i % 400 < 300 ? i % 400 + 1 : 0);
	}
	assert_int_equal(brief[7].born_ms, 5);
	assert_int_equal(brief[7].since_ms, LIFE_UNKNOWN_MS);
	assert_int_equal(brief[7].state, TCPSCOPE_TIME_WAIT);
	assert_int_equal(life_index_owner(&index, NULL)->pid, 0);
	/* of the same number, another process */
	strcpy(life.owner.comm, "other");
	life.owner.pid = 1;
	life_index_from_life(&index, &brief[0], &life);
	assert_int_equal(index.n_owners, 301);
	assert_string_equal(life_index_owner(&index, &brief[0])->comm, "other");
	assert_string_equal(life_index_owner(&index, &brief[400])->comm, "p1");
	life_index_free(&index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_owners),
	};

	return cmocka_run_group_tests_name("life_index", tests, NULL, NULL);
}
