// SPDX-License-Identifier: GPL-2.0
/*
 * Real connections taken to their end: the end that was foretold at the start,
 * and again after each segment that was sent, must be the end that comes, to
 * the step of the clock.
 */
#include <kunit/test.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "arrange.h"
#include "record.h"

#define STEP_NS (NSEC_PER_SEC / HZ)
/* The clock's step that a record is taken in, and those of the watching. */
#define SLACK_NS (3 * STEP_NS)

/* What was foretold, in the order it was. */
struct foretold {
	unsigned int n;
	u64 end_ns[64];
	u8 error;
};

struct death_param {
	const char *name;
	struct arrangement how;
	unsigned int times;	/* at least so often it is foretold */
	int error;		/* 0 without an owner */
};

/* By the time it is closed the peer has answered some probes, and not the last. */
static struct tcp_kunit_pair *arrange_probe0_orphan(struct kunit *test)
{
	struct tcp_kunit_pair *pair = arrange_probe0(test);

	tcp_kunit_advance(test, 2000);
	tcp_kunit_close(test, &pair->client);
	return pair;
}

/* A test need not take 924.6 s: as if so many of these had passed. */
static struct tcp_kunit_pair *grow_older(struct tcp_kunit_pair *pair,
					 int seconds)
{
	struct sock *sk = pair->sk;

	lock_sock(sk);
	tcp_sk(sk)->retrans_stamp -= seconds * TCP_TS_HZ;
	inet_csk(sk)->icsk_rto = TCP_RTO_MAX / 2;
	release_sock(sk);
	return pair;
}

/* As by a route with an rto_min of 1 s: it holds where a timeout is not doubled. */
static struct tcp_kunit_pair *arrange_data_rto_min(struct kunit *test)
{
	struct tcp_kunit_pair *pair = arrange_data(test);

	lock_sock(pair->sk);
	inet_csk(pair->sk)->icsk_rto_min = HZ;
	release_sock(pair->sk);
	return pair;
}

static struct tcp_kunit_pair *arrange_old_data(struct kunit *test)
{
	return grow_older(arrange_rto(test), 700);
}

static struct tcp_kunit_pair *arrange_old_fin(struct kunit *test)
{
	return grow_older(arrange_fin(test), 750);
}

static const struct death_param death_params[] = {
	{ "syn", { arrange_syn }, 7, ETIMEDOUT },
	{ "TCP_SYNCNT", { arrange_syn, .option = TCP_SYNCNT, .value = 2 },
	  3, ETIMEDOUT },
	{ "syn, user timeout",
	  { arrange_syn, .option = TCP_USER_TIMEOUT, .value = 10000 },
	  4, ETIMEDOUT },
	{ "request", { arrange_request }, 6, 0 },
	{ "data", { arrange_old_data }, 3, ETIMEDOUT },
	{ "data, tcp_retries2", { arrange_rto, .retries2 = 5 }, 3, ETIMEDOUT },
	{ "data, loss probe first", { arrange_data, .retries2 = 6 },
	  7, ETIMEDOUT },
	{ "data, user timeout",
	  { arrange_rto, .option = TCP_USER_TIMEOUT, .value = 20000 },
	  4, ETIMEDOUT },
	/* The first six timeouts do not double. */
	{ "data, thin stream",
	  { arrange_data, .retries2 = 5,
	    .option = TCP_THIN_LINEAR_TIMEOUTS, .value = 1 }, 8, ETIMEDOUT },
	{ "data, thin stream, rto_min 1 s",
	  { arrange_data_rto_min, .retries2 = 5,
	    .option = TCP_THIN_LINEAR_TIMEOUTS, .value = 1 }, 8, ETIMEDOUT },
	{ "fin with owner", { arrange_old_fin }, 2, ETIMEDOUT },
	{ "fin of an orphan", { arrange_orphan_at_once }, 9, 0 },
	{ "fin of an orphan, 4 retries",
	  { arrange_orphan, .orphan_retries = 4 }, 2, 0 },
	{ "keepalive", { arrange_keepalive }, 5, ETIMEDOUT },
	{ "keepalive, user timeout",
	  { arrange_keepalive, .option = TCP_USER_TIMEOUT, .value = 45000 },
	  3, ETIMEDOUT },
	{ "probe0", { arrange_probe0, .retries2 = 7 }, 7, ETIMEDOUT },
	{ "probe0, tcp_retries2", { arrange_probe0, .retries2 = 4 },
	  4, ETIMEDOUT },
	{ "probe0, user timeout",
	  { arrange_probe0, .option = TCP_USER_TIMEOUT, .value = 30000 },
	  5, ETIMEDOUT },
	{ "probe0, orphan", { arrange_probe0_orphan, .orphan_retries = 4 },
	  3, 0 },
	{ "timewait", { arrange_timewait }, 1, 0 },
	{ "finwait2", { arrange_finwait2 }, 1, 0 },
};

static void death_param_desc(const struct death_param *param, char *desc)
{
	strscpy(desc, param->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(death, death_params, death_param_desc);

/* Of several timers, the first that gives up is the end. */
static void foretell(struct kunit *test, struct foretold *foretold,
		     struct sock *sk)
{
	const struct tcpscope_conn *rec = record_of(test, sk);
	s64 first_ns = S64_MAX;
	unsigned int i;

	for (i = 0; i < rec->n_timers; i++) {
		if (rec->timers[i].gives_up_ns == TCPSCOPE_UNKNOWN_NS ||
		    rec->timers[i].gives_up_ns >= first_ns)
			continue;
		first_ns = rec->timers[i].gives_up_ns;
		foretold->error = rec->timers[i].error;
	}
	if (first_ns == S64_MAX)
		return;
	KUNIT_ASSERT_LT(test, (size_t)foretold->n, ARRAY_SIZE(foretold->end_ns));
	foretold->end_ns[foretold->n++] = rec->time_ns + first_ns;
}

/* Near the end that was foretold last, every step counts. */
static void wait_a_while(const struct foretold *foretold)
{
	bool near = foretold->n && ktime_get_ns() + 2 * NSEC_PER_SEC >
				   foretold->end_ns[foretold->n - 1];

	schedule_timeout_uninterruptible(near ? 1 : HZ / 20);
}

/* Watches a pair's socket until it is in no table; tells when that was. */
static u64 watch(struct kunit *test, struct foretold *foretold,
		 struct tcp_kunit_pair *pair)
{
	unsigned int before = UINT_MAX, now;
	int tries;

	for (tries = 0; tries < 10000 && !sk_unhashed(pair->sk); tries++) {
		now = tcp_kunit_segments(test, pair, NULL, 0);
		if (now != before)
			foretell(test, foretold, pair->sk);
		before = now;
		wait_a_while(foretold);
	}
	KUNIT_ASSERT_TRUE(test, sk_unhashed(pair->sk));
	return ktime_get_ns();
}

static void expect_end(struct kunit *test, const struct foretold *foretold,
		       u64 end_ns)
{
	unsigned int i;

	for (i = 0; i < foretold->n; i++) {
		s64 late_ns = end_ns - foretold->end_ns[i];

		KUNIT_EXPECT_GE_MSG(test, late_ns, -(s64)SLACK_NS,
				    "foretold for the %uth time", i + 1);
		KUNIT_EXPECT_LE_MSG(test, late_ns, (s64)SLACK_NS,
				    "foretold for the %uth time", i + 1);
	}
}

static void dies_as_foretold(struct kunit *test)
{
	const struct death_param *param = test->param_value;
	struct tcp_kunit_pair *pair = arrange(test, &param->how);
	struct foretold foretold = {};

	expect_end(test, &foretold, watch(test, &foretold, pair));
	KUNIT_EXPECT_GE(test, foretold.n, param->times);
	KUNIT_EXPECT_EQ(test, foretold.error, param->error);
	if (param->error)
		KUNIT_EXPECT_EQ(test, pair->sk->sk_err, param->error);
}

/* A full socket for 40 s, then a minisocket for as long. */
static void finwait2_as_foretold(struct kunit *test)
{
	struct tcp_kunit_pair *pair = arrange_finwait2_of(test, 100);
	struct foretold foretold = {};

	watch(test, &foretold, pair);
	pair->sk = tcp_kunit_find(test, pair->client.port, pair->server.port);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pair->sk);
	expect_end(test, &foretold, watch(test, &foretold, pair));
	KUNIT_EXPECT_EQ(test, foretold.n, 2U);
}

/* A peer that answers every probe keeps the connection as long as it likes. */
static void answered_probes_never_end(struct kunit *test)
{
	struct tcp_kunit_pair *pair = arrange_probe0(test);
	const struct tcpscope_timer *timer;

	tcp_kunit_heal(test);
	tcp_kunit_advance(test, 250000);
	timer = record_timer(record_of(test, pair->sk), TCPSCOPE_TIMER_PROBE0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, timer);
	KUNIT_EXPECT_EQ(test, timer->gives_up_ns, TCPSCOPE_UNKNOWN_NS);
	KUNIT_EXPECT_TRUE(test, timer->flags & TCPSCOPE_TIMER_F_ANSWERED);
	KUNIT_EXPECT_EQ(test, timer->attempt, 0);
	KUNIT_EXPECT_EQ(test, pair->sk->sk_err, 0);
}

static struct kunit_case deaths_cases[] = {
	KUNIT_CASE_PARAM(dies_as_foretold, death_gen_params),
	KUNIT_CASE(finwait2_as_foretold),
	KUNIT_CASE(answered_probes_never_end),
	{}
};

static struct kunit_suite deaths_suite = {
	.name = "tcpscope_deaths",
	.suite_init = tcp_kunit_suite_init,
	.init = tcp_kunit_init,
	.test_cases = deaths_cases,
};

kunit_test_suite(deaths_suite);
