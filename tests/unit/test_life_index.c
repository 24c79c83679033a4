// SPDX-License-Identifier: GPL-2.0
/* Lives condensed and found by cookie, and their owners. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "conn/life_index.h"

#define NOW 1000000000000ull

/* Cookies that fall together and apart. */
static uint64_t cookie_of(uint64_t i)
{
	return i % 2 ? i : i << 40;
}

static void test_many_lives(void **state)
{
	struct life_index index = { .now_ns = NOW };
	struct tcpscope_life life = { 0 };

	assert_null(life_index_find(&index, 1));
	for (uint64_t i = 1; i <= 20000; i++) {
		life.cookie = cookie_of(i);
		life.state = 1; /* replaced by what is added after it */
		assert_int_equal(life_index_add(&life, &index), 0);
		life.state = i % 11;
		life_index_add(&life, &index);
	}
	assert_int_equal(index.n, 20000);
	for (uint64_t i = 1; i <= 20000; i++) {
		const struct life_brief *found = life_index_find(&index, cookie_of(i));

		assert_non_null(found);
		assert_int_equal(found->cookie, cookie_of(i));
		assert_int_equal(found->state, i % 11);
	}
	assert_null(life_index_find(&index, 20001));
	assert_null(life_index_find(&index, 0));
	life.cookie = 0;
	life_index_add(&life, &index);
	assert_int_equal(index.n, 20000);
	life_index_free(&index);
	assert_null(life_index_find(&index, 1));
}

static void test_owners(void **state)
{
	struct life_index index = { .now_ns = NOW };
	struct tcpscope_life life = { 0 };

	/* 3 connections each of 300 processes, and some of nobody's */
	for (uint32_t i = 1; i <= 1200; i++) {
		life.cookie = i;
		life.owner.pid = i % 400 < 300 ? i % 400 + 1 : 0;
		snprintf(life.owner.comm, sizeof(life.owner.comm), "p%u", life.owner.pid % 7);
		life_index_add(&life, &index);
	}
	assert_int_equal(index.n_owners, 300);
	for (uint32_t i = 1; i <= 1200; i++) {
		const struct life_brief *found = life_index_find(&index, i);

		assert_int_equal(life_index_owner(&index, found)->pid, i % 400 < 300 ? i % 400 + 1 : 0);
	}
	assert_int_equal(life_index_owner(&index, NULL)->pid, 0);
	life_index_free(&index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_lives),
		cmocka_unit_test(test_owners),
	};

	return cmocka_run_group_tests_name("life_index", tests, NULL, NULL);
}
