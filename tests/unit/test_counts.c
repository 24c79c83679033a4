// SPDX-License-Identifier: GPL-2.0
/* What stands out is counted as a filter would count it, by whatever short cut. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "overview/counts.h"
#include "rows.h"

/* Every row with every state, and some of its fields not known. */
static void vary(struct tcpscope_row *row, unsigned int i)
{
	*row = rows[i % N_CONNS];
	row->conn.state = i / N_CONNS % (TCPSCOPE_STATE_MAX + 2);
	row->conn.substate = rand() % 8 ? 0 : TCPSCOPE_FIN_WAIT2;
	row->conn.retransmits = rand() % 6;
	row->conn.recv_q = rand() % 2 ? 100000 : 3;
	row->conn.send_q = rand() % 5;
	row->conn.syn_q = rand() % 5;
	row->conn.n_timers = rand() % 2;
	row->conn.timers[0].kind = rand() % 2 ? TCPSCOPE_TIMER_PROBE0 : TCPSCOPE_TIMER_RETRANSMIT;
	row->conn.flags ^= rand() % 2 ? TCPSCOPE_FLAG_ORPHAN : 0;
	row->conn.known = UINT64_MAX;
	row->conn.known &= ~(1ull << rand() % 40) & ~(1ull << rand() % 40);
}

static void test_highlights(void **state)
{
	uint64_t expected[HIGHLIGHTS_MAX] = { 0 }, unknown[HIGHLIGHTS_MAX] = { 0 };
	struct tcpscope_row row;
	struct counts counts;

	srand(1);
	counts_init(&counts);
	for (unsigned int n = 0; n < 20000; n++) {
		vary(&row, n);
		row.from_life = n % 3 == 0;
		counts_add(&counts, &row);
		for (size_t i = 0; highlight_at(i); i++) {
			enum filter_answer answer = filter_answer(counts.filters[i], &row);

			expected[i] += answer == FILTER_YES;
			unknown[i] += row.from_life && answer == FILTER_UNKNOWN;
		}
	}
	for (size_t i = 0; highlight_at(i); i++) {
		assert_int_equal(counts.highlights[i], expected[i]);
		assert_in_range(counts.unknown[i], unknown[i], UINT64_MAX);
		assert_in_range(expected[i], 1, 19999);
	}
	assert_int_equal(counts.connections, 20000);
	counts_free(&counts);
}

static void test_namespaces(void **state)
{
	struct counts counts;

	counts_init(&counts);
	for (int i = 0; i < 3 * N_CONNS; i++)
		counts_add(&counts, &rows[i % N_CONNS]);
	assert_int_equal(counts.n_netns, 3); /* 8's is known by the number alone */
	counts_free(&counts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_highlights, rows_join),
		cmocka_unit_test_setup(test_namespaces, rows_join),
	};

	return cmocka_run_group_tests_name("counts", tests, NULL, NULL);
}
