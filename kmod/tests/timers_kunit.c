// SPDX-License-Identifier: GPL-2.0
/*
 * What a set of facts means, without any socket: the kernel's rules
 * (net/ipv4/tcp_timer.c, Documentation/networking/ip-sysctl.rst) as a table.
 */
#include <kunit/test.h>
#include <net/inet_connection_sock.h>
#include <net/tcp.h>

#include "../prognosis.h"
#include "record.h"

#define SECOND ((s64)NSEC_PER_SEC)
#define NO_COUNT TCPSCOPE_UNKNOWN_COUNT
#define FLAG(sym) TCPSCOPE_TIMER_F_##sym

/* What a fresh namespace has, as ip-sysctl.rst says. */
static const struct tcpscope_limits defaults = {
	.syn_retries = 6,
	.synack_retries = 5,
	.retries2 = 15,
	.orphan_retries = 0,
	.keepalive_probes = 9,
};

/* A name, facts, and the one timer they make. */
struct timers_param {
	const char *name;
	struct tcpscope_timer_facts facts;
	enum tcpscope_timer_kind kind;
	s16 attempt;
	s16 limit;
	u8 error;
	u8 flags;
};

/* The write timer, one second from now, on a socket with an owner. */
#define WRITES(tcp_state, purpose) \
	.hz = HZ, .state = TCP_##tcp_state, .pending = ICSK_TIME_##purpose, \
	.rto_ns = SECOND, .rto_max_ns = 120 * SECOND, \
	.write = { .armed = true, .expires_ns = SECOND, .fires = HZ }
/* The keepalive timer, likewise. */
#define KEEPS(tcp_state) \
	.hz = HZ, .state = TCP_##tcp_state, .rto_ns = SECOND, \
	.rto_max_ns = 120 * SECOND, \
	.keepalive = { .armed = true, .expires_ns = SECOND, .fires = HZ }

static const struct timers_param timers_params[] = {
	{ "syn", { WRITES(SYN_SENT, RETRANS), .retransmits = 2 },
	  TCPSCOPE_TIMER_RETRANSMIT, 2, 6, ETIMEDOUT, 0 },
	{ "syn, TCP_SYNCNT", { WRITES(SYN_SENT, RETRANS), .syn_retries = 3 },
	  TCPSCOPE_TIMER_RETRANSMIT, 0, 3, ETIMEDOUT, 0 },
	{ "syn, unreachable", { WRITES(SYN_SENT, RETRANS),
				.soft_error = EHOSTUNREACH },
	  TCPSCOPE_TIMER_RETRANSMIT, 0, 6, EHOSTUNREACH, 0 },
	{ "crossing syns", { WRITES(SYN_RECV, RETRANS) },
	  TCPSCOPE_TIMER_RETRANSMIT, 0, 6, ETIMEDOUT, 0 },
	{ "fast open child", { WRITES(SYN_RECV, RETRANS),
			       .fastopen_child = true, .retransmits = 1 },
	  TCPSCOPE_TIMER_SYNACK, 1, 6, ETIMEDOUT, 0 },
	{ "data", { WRITES(ESTABLISHED, RETRANS), .retransmits = 3 },
	  TCPSCOPE_TIMER_RETRANSMIT, 3, 15, ETIMEDOUT, FLAG(BY_TIME) },
	{ "data, user timeout", { WRITES(ESTABLISHED, RETRANS),
				  .user_timeout_ms = 1 },
	  TCPSCOPE_TIMER_RETRANSMIT, 0, NO_COUNT, ETIMEDOUT,
	  FLAG(BY_TIME) | FLAG(USER_TIMEOUT) },
	{ "orphan", { WRITES(FIN_WAIT1, RETRANS), .orphan = true },
	  TCPSCOPE_TIMER_RETRANSMIT, 0, 8, 0, FLAG(BY_TIME) },
	{ "orphan, slow", { WRITES(LAST_ACK, RETRANS), .orphan = true,
			    .rto_ns = 120 * SECOND },
	  TCPSCOPE_TIMER_RETRANSMIT, 0, 0, 0, FLAG(BY_TIME) },
	{ "probe0", { WRITES(ESTABLISHED, PROBE0), .probes_out = 4 },
	  TCPSCOPE_TIMER_PROBE0, 4, 15, ETIMEDOUT, 0 },
	{ "probe0, orphan", { WRITES(FIN_WAIT1, PROBE0), .orphan = true,
			      .backoff = 3 },
	  TCPSCOPE_TIMER_PROBE0, 0, 8, 0, FLAG(ANSWERED) },
	{ "probe0, slow orphan", { WRITES(FIN_WAIT1, PROBE0), .orphan = true,
				   .backoff = 7 },
	  TCPSCOPE_TIMER_PROBE0, 0, 0, 0, FLAG(ANSWERED) },
	{ "tlp", { WRITES(ESTABLISHED, LOSS_PROBE) },
	  TCPSCOPE_TIMER_TLP, 0, NO_COUNT, ETIMEDOUT, FLAG(BY_TIME) },
	{ "tlp again", { WRITES(ESTABLISHED, LOSS_PROBE), .tlp_out = true },
	  TCPSCOPE_TIMER_TLP, 1, NO_COUNT, ETIMEDOUT, FLAG(BY_TIME) },
	{ "reorder", { WRITES(ESTABLISHED, REO_TIMEOUT) },
	  TCPSCOPE_TIMER_REORDER, NO_COUNT, NO_COUNT, ETIMEDOUT, FLAG(BY_TIME) },
	{ "keepalive", { KEEPS(ESTABLISHED), .keepopen = true, .probes_out = 2 },
	  TCPSCOPE_TIMER_KEEPALIVE, 2, 9, ETIMEDOUT, 0 },
	{ "keepalive, TCP_KEEPCNT", { KEEPS(CLOSE_WAIT), .keepopen = true,
				      .keepalive_probes = 3 },
	  TCPSCOPE_TIMER_KEEPALIVE, 0, 3, ETIMEDOUT, 0 },
	{ "keepalive, data in flight", { KEEPS(ESTABLISHED), .keepopen = true,
					 .in_flight = true },
	  TCPSCOPE_TIMER_KEEPALIVE, 0, 9, ETIMEDOUT, FLAG(SUPPRESSED) },
	{ "keepalive, user timeout", { KEEPS(ESTABLISHED), .keepopen = true,
				       .user_timeout_ms = 1 },
	  TCPSCOPE_TIMER_KEEPALIVE, 0, NO_COUNT, ETIMEDOUT,
	  FLAG(BY_TIME) | FLAG(USER_TIMEOUT) },
	{ "finwait2", { KEEPS(FIN_WAIT2), .orphan = true },
	  TCPSCOPE_TIMER_FINWAIT2, NO_COUNT, NO_COUNT, 0, 0 },
};

static void timers_param_desc(const struct timers_param *param, char *desc)
{
	strscpy(desc, param->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(timers, timers_params, timers_param_desc);

static struct tcpscope_conn *empty_record(struct kunit *test)
{
	struct tcpscope_conn *rec;

	rec = kunit_kzalloc(test, sizeof(*rec), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, rec);
	return rec;
}

static const struct tcpscope_conn *
decode(struct kunit *test, const struct tcpscope_timer_facts *facts)
{
	struct tcpscope_conn *rec = empty_record(test);

	tcpscope_timers_decode(rec, facts, &defaults);
	return rec;
}

static void timers_decode(struct kunit *test)
{
	const struct timers_param *param = test->param_value;
	const struct tcpscope_conn *rec = decode(test, &param->facts);
	const struct tcpscope_timer *timer = &rec->timers[0];

	KUNIT_ASSERT_EQ(test, rec->n_timers, 1);
	KUNIT_EXPECT_STREQ(test, tcpscope_timer_name(timer->kind),
			   tcpscope_timer_name(param->kind));
	KUNIT_EXPECT_EQ(test, timer->expires_ns, (s64)SECOND);
	KUNIT_EXPECT_EQ(test, timer->attempt, param->attempt);
	KUNIT_EXPECT_EQ(test, timer->limit, param->limit);
	KUNIT_EXPECT_EQ(test, timer->error, param->error);
	KUNIT_EXPECT_EQ(test, timer->flags, param->flags);
	KUNIT_EXPECT_EQ(test, timer->backoff, param->facts.pending ?
			param->facts.backoff : 0);
}

/* An icsk_pending that is not one of the write timer's is no timer. */
static void timers_strange_purpose(struct kunit *test)
{
	struct tcpscope_timer_facts facts = { WRITES(ESTABLISHED, RETRANS) };
	unsigned int pending;

	for (pending = 0; pending < 256; pending++) {
		bool known = pending == ICSK_TIME_RETRANS ||
			     pending == ICSK_TIME_PROBE0 ||
			     pending == ICSK_TIME_LOSS_PROBE ||
			     pending == ICSK_TIME_REO_TIMEOUT;

		facts.pending = pending;
		KUNIT_EXPECT_EQ_MSG(test, decode(test, &facts)->n_timers, known,
				    "icsk_pending %u", pending);
	}
}

/* All that can be armed together, each once, each with its own time. */
static void timers_all_at_once(struct kunit *test)
{
	struct tcpscope_timer_facts facts = {
		WRITES(ESTABLISHED, RETRANS),
		.keepopen = true,
		.keepalive = { true, 2 * SECOND },
		.delack = { true, 3 * SECOND },
		.pacing = { true, 4 * SECOND },
		.compack = { true, 5 * SECOND },
	};
	static const u8 kinds[] = {
		TCPSCOPE_TIMER_RETRANSMIT, TCPSCOPE_TIMER_KEEPALIVE,
		TCPSCOPE_TIMER_DELACK, TCPSCOPE_TIMER_PACING,
		TCPSCOPE_TIMER_COMPACK,
	};
	const struct tcpscope_conn *rec = decode(test, &facts);
	const struct tcpscope_timer *timer;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, (size_t)rec->n_timers, ARRAY_SIZE(kinds));
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		timer = record_timer(rec, kinds[i]);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, timer);
		KUNIT_EXPECT_EQ(test, timer->expires_ns, (i + 1) * (s64)SECOND);
	}
}

static void timers_none(struct kunit *test)
{
	struct tcpscope_timer_facts facts = { WRITES(ESTABLISHED, RETRANS) };

	facts.write.armed = false;
	KUNIT_EXPECT_EQ(test, decode(test, &facts)->n_timers, 0);
}

static void timers_overdue(struct kunit *test)
{
	struct tcpscope_timer_facts facts = { WRITES(ESTABLISHED, LOSS_PROBE) };

	facts.write.expires_ns = -1;
	KUNIT_EXPECT_TRUE(test, decode(test, &facts)->timers[0].flags &
				FLAG(OVERDUE));
	facts.write.expires_ns = 0;
	KUNIT_EXPECT_FALSE(test, decode(test, &facts)->timers[0].flags &
				 FLAG(OVERDUE));
}

/* A jiffy before the counter wraps; two hours; a step of the clock. */
static void timers_jiffies(struct kunit *test)
{
	struct tcpscope_now now = { .jiffies = -1UL };
	s64 step = SECOND / HZ;

	KUNIT_EXPECT_EQ(test, tcpscope_until_ns(9, &now, HZ), 10 * step);
	KUNIT_EXPECT_EQ(test, tcpscope_until_ns(-3UL, &now, HZ), -2 * step);
	KUNIT_EXPECT_EQ(test, tcpscope_until_ns(7200 * HZ - 1, &now, HZ),
			7200 * (s64)SECOND);
	KUNIT_EXPECT_EQ(test, tcpscope_jiffies_to_ns(-86400LL * HZ, HZ),
			-86400 * (s64)SECOND);
}

static void timers_orphan_retries(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, tcpscope_orphan_retries(0, false, true), 8);
	KUNIT_EXPECT_EQ(test, tcpscope_orphan_retries(0, false, false), 0);
	KUNIT_EXPECT_EQ(test, tcpscope_orphan_retries(3, false, true), 3);
	KUNIT_EXPECT_EQ(test, tcpscope_orphan_retries(3, false, false), 3);
	KUNIT_EXPECT_EQ(test, tcpscope_orphan_retries(3, true, true), 3);
	KUNIT_EXPECT_EQ(test, tcpscope_orphan_retries(3, true, false), 0);
	KUNIT_EXPECT_EQ(test, tcpscope_orphan_retries(0, true, true), 8);
}

/* Linux 6.5 sends some SYNs more, before the timeout begins to double. */
static void timers_linear_syns(struct kunit *test)
{
	struct tcpscope_timer_facts facts = { WRITES(SYN_SENT, RETRANS) };
	struct tcpscope_conn *rec = empty_record(test);
	struct tcpscope_limits limits = defaults;

	limits.syn_linear_timeouts = 4;
	KUNIT_EXPECT_EQ(test, tcpscope_syn_limit(&facts, &limits), 10);
	tcpscope_timers_decode(rec, &facts, &limits);
	KUNIT_EXPECT_EQ(test, rec->timers[0].flags, FLAG(BY_TIME));
	facts.state = TCP_SYN_RECV;
	KUNIT_EXPECT_EQ(test, tcpscope_syn_limit(&facts, &limits), 6);
}

/* How long a FIN_WAIT2 without owner lasts on top of the timer's time. */
static void timers_finwait2(struct kunit *test)
{
	static const struct {
		s64 wait_ns;		/* tcp_fin_timeout or TCP_LINGER2 */
		s64 more_ns;
	} cases[] = {
		{ 100 * (s64)SECOND, 40 * (s64)SECOND },
		{ 61 * (s64)SECOND, 7 * (s64)SECOND / 2 }, /* 3.5 timeouts */
		{ 60 * (s64)SECOND, 0 },
		{ 20 * (s64)SECOND, 0 },
		{ -1, 0 },
	};
	struct tcpscope_timer_facts facts = { KEEPS(FIN_WAIT2), .orphan = true };
	s64 gives_up_ns;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		facts.finwait2_ns = cases[i].wait_ns;
		gives_up_ns = decode(test, &facts)->timers[0].gives_up_ns - SECOND;
		KUNIT_EXPECT_GE(test, gives_up_ns, cases[i].more_ns);
		KUNIT_EXPECT_LE(test, gives_up_ns, cases[i].more_ns / 8 * 9);
	}
}

/* 16 may wait: over half full, those without an answer yet go the sooner. */
static void timers_synack_limit(struct kunit *test)
{
	static const struct {
		struct tcpscope_request_facts facts;
		s16 limit;
	} cases[] = {
		{ { .requests = 8, .young = 0 }, 5 },
		{ { .requests = 9, .young = 9 }, 5 },
		{ { .requests = 9, .young = 4 }, 4 },
		{ { .requests = 9, .young = 2 }, 3 },
		{ { .requests = 9, .young = 0 }, 2 },
		{ { .requests = 9, .young = 0, .syn_retries = 1 }, 1 },
		{ { .requests = 1, .acked = true, .defer_accept = 7 }, 7 },
		{ { .requests = 1, .acked = true, .defer_accept = 2 }, 5 },
		{ { .requests = 1, .acked = false, .defer_accept = 7 }, 5 },
	};
	struct tcpscope_request_facts facts;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		facts = cases[i].facts;
		facts.backlog = 16;
		KUNIT_EXPECT_EQ_MSG(test, tcpscope_synack_limit(&facts, &defaults),
				    cases[i].limit, "case %u", i);
	}
}

static void timers_request(struct kunit *test)
{
	struct tcpscope_request_facts facts = {
		.hz = HZ, .timeouts = 2, .listening = true, .synack = { true, SECOND },
	};
	struct tcpscope_conn *rec = empty_record(test);
	const struct tcpscope_timer *timer = &rec->timers[0];

	tcpscope_request_decode(rec, &facts, &defaults);
	KUNIT_ASSERT_EQ(test, rec->n_timers, 1);
	KUNIT_EXPECT_EQ(test, timer->kind, TCPSCOPE_TIMER_SYNACK);
	KUNIT_EXPECT_EQ(test, timer->attempt, 2);
	KUNIT_EXPECT_EQ(test, timer->limit, 5);
	KUNIT_EXPECT_EQ(test, timer->expires_ns, (s64)SECOND);
	KUNIT_EXPECT_EQ(test, timer->flags, 0);

	rec = empty_record(test);
	timer = &rec->timers[0];
	facts = (struct tcpscope_request_facts) {
		.hz = HZ, .syn_retries = 2,
	};
	tcpscope_request_decode(rec, &facts, &defaults);
	KUNIT_EXPECT_EQ(test, timer->limit, 2);
	KUNIT_EXPECT_EQ(test, timer->expires_ns, TCPSCOPE_UNKNOWN_NS);
	KUNIT_EXPECT_EQ(test, timer->flags, FLAG(UNARMED_YET) |
					    FLAG(NO_LISTENER));
}

/* One behind the other, as many as a record has room for. */
static void timers_room(struct kunit *test)
{
	struct tcpscope_conn *rec = empty_record(test);
	int i;

	for (i = 0; i < TCPSCOPE_TIMERS_PER_CONN; i++)
		KUNIT_EXPECT_PTR_EQ(test, &rec->timers[i],
				    tcpscope_timer_add(rec, i + 1, i));
	KUNIT_EXPECT_EQ(test, (int)rec->n_timers, TCPSCOPE_TIMERS_PER_CONN);
}

static struct kunit_case timers_cases[] = {
	KUNIT_CASE_PARAM(timers_decode, timers_gen_params),
	KUNIT_CASE(timers_strange_purpose),
	KUNIT_CASE(timers_all_at_once),
	KUNIT_CASE(timers_none),
	KUNIT_CASE(timers_overdue),
	KUNIT_CASE(timers_jiffies),
	KUNIT_CASE(timers_orphan_retries),
	KUNIT_CASE(timers_linear_syns),
	KUNIT_CASE(timers_finwait2),
	KUNIT_CASE(timers_synack_limit),
	KUNIT_CASE(timers_request),
	KUNIT_CASE(timers_room),
	{}
};

static struct kunit_suite timers_suite = {
	.name = "tcpscope_timers",
	.test_cases = timers_cases,
};

kunit_test_suite(timers_suite);
