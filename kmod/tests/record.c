// SPDX-License-Identifier: GPL-2.0
/*
 * What the suites do with a record.
 */
#include <linux/ktime.h>
#include <linux/string.h>

#include "../conn.h"
#include "../copy.h"
#include "record.h"

#define GARBAGE 0xa5

/*
 * Every record is filled over garbage: nothing may be taken for zero, and
 * behind its last timer nothing may be touched.
 */
const struct tcpscope_conn *record_of(struct kunit *test, struct sock *sk)
{
	struct tcpscope_now now = { .ns = ktime_get_ns(), .jiffies = jiffies };
	struct tcpscope_facts *facts;
	struct tcpscope_conn *rec;
	const u8 *end;

	facts = kunit_kmalloc(test, sizeof(*facts), GFP_KERNEL);
	rec = kunit_kmalloc(test, sizeof(*rec), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, facts);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, rec);
	memset(facts, GARBAGE, sizeof(*facts));
	memset(rec, GARBAGE, sizeof(*rec));
	tcpscope_facts_fill(facts, sk, &now);
	tcpscope_facts_decode(rec, facts);
	KUNIT_ASSERT_LE(test, (int)rec->n_timers, TCPSCOPE_TIMERS_PER_CONN);
	end = (const u8 *)rec + tcpscope_conn_size(rec);
	KUNIT_EXPECT_NULL(test, memchr_inv(end, GARBAGE,
					   (const u8 *)(rec + 1) - end));
	return rec;
}

const struct tcpscope_timer *record_timer(const struct tcpscope_conn *rec,
					  enum tcpscope_timer_kind kind)
{
	unsigned int i;

	for (i = 0; i < rec->n_timers; i++)
		if (rec->timers[i].kind == kind)
			return &rec->timers[i];
	return NULL;
}

#define COLUMN_OF(id, column, key, type, member, help) column,
#define OFFSET_OF(id, column, key, type, member, help) \
	offsetof(struct tcpscope_conn, member),
#define SIZE_OF(id, column, key, type, member, help) \
	sizeof_field(struct tcpscope_conn, member),
#define KNOWN_OF(id, column, key, type, member, help) TCPSCOPE_KNOWN(id),

static const char * const columns[] = { TCPSCOPE_CONN_FIELDS(COLUMN_OF) };
static const size_t offsets[] = { TCPSCOPE_CONN_FIELDS(OFFSET_OF) };
static const size_t sizes[] = { TCPSCOPE_CONN_FIELDS(SIZE_OF) };
static const u64 known[] = { TCPSCOPE_CONN_FIELDS(KNOWN_OF) };

static void expect_zero(struct kunit *test, const char *name, const void *from,
			size_t size)
{
	KUNIT_EXPECT_NULL_MSG(test, memchr_inv(from, 0, size),
			      "%s is not known or not used, yet filled", name);
}

void record_expect_sound(struct kunit *test, const struct tcpscope_conn *rec)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(columns); i++)
		if (!(rec->known & known[i]))
			expect_zero(test, columns[i],
				    (const u8 *)rec + offsets[i], sizes[i]);
	KUNIT_ASSERT_LE(test, (int)rec->n_timers, TCPSCOPE_TIMERS_PER_CONN);
	for (i = 0; i < rec->n_timers; i++)
		KUNIT_EXPECT_NOT_NULL(test,
				      tcpscope_timer_name(rec->timers[i].kind));
	KUNIT_EXPECT_NOT_NULL(test, tcpscope_state_name(rec->state));
	KUNIT_EXPECT_NE(test, rec->cookie, 0ULL);
	KUNIT_EXPECT_NE(test, rec->time_ns, 0ULL);
}
