// SPDX-License-Identifier: GPL-2.0
/*
 * The prognoses against a table of values worked out by hand from the kernel's
 * rules, at the kernel's own HZ.
 */
#include <kunit/test.h>
#include <net/tcp.h>

#include "../prognosis.h"
#include "../wheel.h"
#include "record.h"

#define PROGNOSIS_TABLE prognosis_params
#define REQUEST_TABLE request_params
#include "prognosis_table.h"

static void prognosis_param_desc(const struct prognosis_param *param, char *desc)
{
	strscpy(desc, param->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(prognosis, prognosis_params, prognosis_param_desc);

/* As announced, and by no more than an eighth later. */
static void expect_ms(struct kunit *test, s64 ns, s64 ms)
{
	if (ms == NEVER) {
		KUNIT_EXPECT_EQ(test, ns, TCPSCOPE_UNKNOWN_NS);
		return;
	}
	KUNIT_EXPECT_GE(test, ns, ms * MS);
	KUNIT_EXPECT_LE(test, ns, ms * MS / 8 * 9);
}

/* The same whatever the jiffies are, but for the rounding. */
static void prognosis_table(struct kunit *test)
{
	static const unsigned long starts[] = { 0, 1234567, -1000UL };
	const struct prognosis_param *param = test->param_value;
	struct tcpscope_limits limits = with_defaults(&param->limits);
	struct tcpscope_timer_facts facts;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		facts = param->facts;
		facts.jiffies += starts[i];
		facts.write.fires = due_in(&facts, starts[i]);
		facts.keepalive.fires += starts[i];
		expect_ms(test, prognosis_by(param->by, &facts, &limits),
			  param->ms);
	}
}

/* A socket with 200 ms lives on the edge: at 102.0 of 102.2 s, or twice that. */
static void prognosis_orphan_at_the_edge(struct kunit *test)
{
	struct tcpscope_timer_facts facts = {
		SENDS(FIN_WAIT1, RETRANS, 200), .orphan = true,
	};
	struct tcpscope_limits limits = with_defaults(&(struct tcpscope_limits){});
	s64 ns;

	facts.write.fires = due_in(&facts, 0);
	ns = tcpscope_prognosis_retransmit(&facts, &limits);
	KUNIT_EXPECT_GE(test, ns, 102400 * MS);
	KUNIT_EXPECT_LE(test, ns, 204600 * MS / 8 * 9);
}

static void prognosis_synack(struct kunit *test)
{
	struct tcpscope_limits limits = with_defaults(&(struct tcpscope_limits){});
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(request_params); i++)
		expect_ms(test,
			  tcpscope_prognosis_synack(&request_params[i].facts,
						    &limits),
			  request_params[i].ms);
}

/* ip-sysctl.rst: 924.6 s for 15 retries; 127 s for six SYNs. */
static void prognosis_model(struct kunit *test)
{
	const u32 base = TCP_RTO_MIN, max = 120 * HZ;

	KUNIT_EXPECT_EQ(test, tcpscope_model_timeout(15, base, max, HZ), 924600ULL);
	KUNIT_EXPECT_EQ(test, tcpscope_model_timeout(9, base, max, HZ), 204600ULL);
	KUNIT_EXPECT_EQ(test, tcpscope_model_timeout(8, base, max, HZ), 102200ULL);
	KUNIT_EXPECT_EQ(test, tcpscope_model_timeout(0, base, max, HZ), 200ULL);
	KUNIT_EXPECT_EQ(test, tcpscope_model_timeout(6, HZ, max, HZ), 127000ULL);
	KUNIT_EXPECT_EQ(test, tcpscope_model_timeout(7, HZ, max, HZ), 247000ULL);
	KUNIT_EXPECT_EQ(test, tcpscope_model_timeout(15, base, HZ, HZ), 14400ULL);
	KUNIT_EXPECT_EQ(test, tcpscope_model_timeout(2, HZ, HZ, HZ), 3000ULL);
}

static void prognosis_wheel(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wheel_cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, tcpscope_wheel_fires(wheel_cases[i].expires,
							       wheel_cases[i].clk),
				    wheel_cases[i].fires, "case %u", i);
}

static struct kunit_case prognosis_cases[] = {
	KUNIT_CASE_PARAM(prognosis_table, prognosis_gen_params),
	KUNIT_CASE(prognosis_orphan_at_the_edge),
	KUNIT_CASE(prognosis_synack),
	KUNIT_CASE(prognosis_model),
	KUNIT_CASE(prognosis_wheel),
	{}
};

static struct kunit_suite prognosis_suite = {
	.name = "tcpscope_prognosis",
	.test_cases = prognosis_cases,
};

kunit_test_suite(prognosis_suite);
