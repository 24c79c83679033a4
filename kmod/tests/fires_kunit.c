// SPDX-License-Identifier: GPL-2.0
/*
 * What a record says about a real socket's timers, against what then happens:
 * the segment a timer sends must come when its time is up, the connection must
 * die after as many attempts as its limit says, with the error it announced.
 */
#include <kunit/test.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "arrange.h"
#include "record.h"

#define STEP_NS (NSEC_PER_SEC / HZ)
#define MSEC_PER_TICK (MSEC_PER_SEC / HZ)

/* Brings a socket to where a timer of this kind is armed; gives the socket. */
struct fires_param {
	const char *name;
	struct arrangement how;
	enum tcpscope_timer_kind kind;
};

static const struct fires_param fires_params[] = {
	{ "syn", { arrange_syn }, TCPSCOPE_TIMER_RETRANSMIT },
	{ "second syn", { arrange_second_syn }, TCPSCOPE_TIMER_RETRANSMIT },
	{ "request", { arrange_request }, TCPSCOPE_TIMER_SYNACK },
	{ "second synack", { arrange_second_synack }, TCPSCOPE_TIMER_SYNACK },
	{ "data", { arrange_data }, TCPSCOPE_TIMER_TLP },
	{ "data again", { arrange_rto }, TCPSCOPE_TIMER_RETRANSMIT },
	{ "fin", { arrange_fin }, TCPSCOPE_TIMER_RETRANSMIT },
	{ "orphan's fin", { arrange_orphan }, TCPSCOPE_TIMER_RETRANSMIT },
	{ "keepalive", { arrange_keepalive }, TCPSCOPE_TIMER_KEEPALIVE },
	{ "second keepalive", { arrange_keepalive_probe },
	  TCPSCOPE_TIMER_KEEPALIVE },
	{ "probe0", { arrange_probe0 }, TCPSCOPE_TIMER_PROBE0 },
	{ "delack", { arrange_delack }, TCPSCOPE_TIMER_DELACK },
	{ "reorder", { arrange_reorder }, TCPSCOPE_TIMER_REORDER },
	{ "compack", { arrange_compack }, TCPSCOPE_TIMER_COMPACK },
	{ "pacing", { arrange_pacing }, TCPSCOPE_TIMER_PACING },
};

static void fires_param_desc(const struct fires_param *param, char *desc)
{
	strscpy(desc, param->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(fires, fires_params, fires_param_desc);

/*
 * Expects that something announced for expires_ns after start_ns happened at
 * at_ns: no sooner, but for the step the clock was in, and no later than the
 * timer wheel rounds up.
 */
static void expect_in_time(struct kunit *test, u64 start_ns, s64 expires_ns,
			   u64 at_ns)
{
	s64 took = at_ns - start_ns;

	KUNIT_EXPECT_GE(test, took, expires_ns - STEP_NS);
	KUNIT_EXPECT_LE(test, took, expires_ns + expires_ns / 8 + 2 * STEP_NS);
}

/* Sleeps somewhat longer than a timer says it needs, which must be sensible. */
static void outsleep(struct kunit *test, s64 expires_ns)
{
	KUNIT_ASSERT_GT(test, expires_ns, 0LL);
	KUNIT_ASSERT_LT(test, expires_ns, 200 * (s64)NSEC_PER_SEC);
	tcp_kunit_advance(test, div_s64(expires_ns, NSEC_PER_MSEC) * 9 / 8 + 100);
}

/*
 * The segments from a port since the pair is watched, but for a RST, which is none of
 * a timer's attempts. Tells how many; and when the first came, if asked.
 */
static int sent(struct kunit *test, struct tcp_kunit_pair *pair, u16 port,
		u64 *first_ns)
{
	u64 born_ns = ktime_get_ns() - tcp_kunit_now_ns(test);
	unsigned int i, n = tcp_kunit_segments(test, pair, NULL, 0);
	struct tcp_kunit_segment *segments;
	int sent = 0;

	segments = kunit_kcalloc(test, n + 1, sizeof(*segments), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, segments);
	KUNIT_ASSERT_EQ(test, n, tcp_kunit_segments(test, pair, segments, n));
	for (i = 0; i < n; i++) {
		if (segments[i].sport != port ||
		    segments[i].flags & TCP_KUNIT_RST)
			continue;
		if (!sent++ && first_ns)
			*first_ns = born_ns + segments[i].at_ns;
	}
	return sent;
}

/* The timer says when it will send, and then it does. */
static void fires_when_it_says(struct kunit *test)
{
	const struct fires_param *param = test->param_value;
	struct tcp_kunit_pair *pair = arrange(test, &param->how);
	const struct tcpscope_conn *rec = record_of(test, pair->sk);
	const struct tcpscope_timer *timer = record_timer(rec, param->kind);
	u16 port = pair->sk->sk_num;
	u64 first_ns;

	record_expect_sound(test, rec);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, timer);
	tcp_kunit_watch(test, pair);
	outsleep(test, timer->expires_ns);
	KUNIT_ASSERT_GE(test, sent(test, pair, port, &first_ns), 1);
	expect_in_time(test, rec->time_ns, timer->expires_ns, first_ns);
}

static const struct fires_param gives_up_params[] = {
	{ "syn", { arrange_syn }, TCPSCOPE_TIMER_RETRANSMIT },
	{ "second syn", { arrange_second_syn }, TCPSCOPE_TIMER_RETRANSMIT },
	{ "TCP_SYNCNT", { arrange_syn, .option = TCP_SYNCNT, .value = 2 },
	  TCPSCOPE_TIMER_RETRANSMIT },
	{ "request", { arrange_request }, TCPSCOPE_TIMER_SYNACK },
	{ "second synack", { arrange_second_synack }, TCPSCOPE_TIMER_SYNACK },
	{ "data", { arrange_rto, .retries2 = 5 }, TCPSCOPE_TIMER_RETRANSMIT },
	{ "user timeout", { arrange_rto, .option = TCP_USER_TIMEOUT, .value = 20000 },
	  TCPSCOPE_TIMER_RETRANSMIT },
	{ "orphan", { arrange_orphan }, TCPSCOPE_TIMER_RETRANSMIT },
	{ "orphan, 4 retries", { arrange_orphan, .orphan_retries = 4 },
	  TCPSCOPE_TIMER_RETRANSMIT },
	{ "keepalive", { arrange_keepalive }, TCPSCOPE_TIMER_KEEPALIVE },
	{ "second keepalive", { arrange_keepalive_probe },
	  TCPSCOPE_TIMER_KEEPALIVE },
	{ "probe0", { arrange_probe0, .retries2 = 4 },
	  TCPSCOPE_TIMER_PROBE0 },
	{ "timewait", { arrange_timewait }, TCPSCOPE_TIMER_TIMEWAIT },
	{ "finwait2", { arrange_finwait2 }, TCPSCOPE_TIMER_FINWAIT2 },
};

KUNIT_ARRAY_PARAM(gives_up, gives_up_params, fires_param_desc);

/* Waits until a socket is in no table any more; tells when that was. */
static u64 wait_for_end(struct kunit *test, const struct sock *sk)
{
	int tries;

	for (tries = 0; tries < 250000 / MSEC_PER_TICK && !sk_unhashed(sk); tries++)
		tcp_kunit_advance(test, MSEC_PER_TICK);
	KUNIT_ASSERT_TRUE(test, sk_unhashed(sk));
	return ktime_get_ns();
}

/*
 * After as many segments as the limit leaves, the connection dies, with the
 * error announced, and at the time announced where one is.
 */
static void gives_up_as_it_says(struct kunit *test)
{
	const struct fires_param *param = test->param_value;
	struct tcp_kunit_pair *pair = arrange(test, &param->how);
	struct sock *sk = pair->sk;
	const struct tcpscope_conn *rec = record_of(test, sk);
	const struct tcpscope_timer *timer = record_timer(rec, param->kind);
	u16 port = sk->sk_num;
	u64 end_ns;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, timer);
	tcp_kunit_watch(test, pair);
	end_ns = wait_for_end(test, sk);
	if (timer->limit != TCPSCOPE_UNKNOWN_COUNT &&
	    !(timer->flags & TCPSCOPE_TIMER_F_BY_TIME))
		KUNIT_EXPECT_EQ(test, sent(test, pair, port, NULL),
				timer->limit - timer->attempt);
	if (sk_fullsock(sk) && sk->sk_socket)
		KUNIT_EXPECT_EQ(test, sk->sk_err, timer->error);
	if (timer->gives_up_ns != TCPSCOPE_UNKNOWN_NS)
		expect_in_time(test, rec->time_ns, timer->gives_up_ns, end_ns);
}

/*
 * An orphan that may wait for its peer's FIN for 100 s: 40 s as a full socket,
 * by its keepalive timer, then again 40 s as a minisocket.
 */
static void finwait2_in_two_steps(struct kunit *test)
{
	struct tcp_kunit_pair *pair = arrange_finwait2_of(test, 100);
	const struct tcpscope_conn *rec = record_of(test, pair->sk);
	const struct tcpscope_timer *timer;
	struct sock *sk;

	timer = record_timer(rec, TCPSCOPE_TIMER_FINWAIT2);
	KUNIT_EXPECT_EQ(test, rec->state, TCPSCOPE_FIN_WAIT2);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, timer);
	KUNIT_EXPECT_GT(test, timer->expires_ns, 38 * (s64)NSEC_PER_SEC);
	expect_in_time(test, rec->time_ns, timer->expires_ns,
		       wait_for_end(test, pair->sk));

	TCP_EXPECT_MINISOCKET(test, pair->sk, TCP_FIN_WAIT2);
	sk = tcp_kunit_find(test, pair->client.port, pair->server.port);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, sk);
	KUNIT_EXPECT_EQ(test, record_of(test, sk)->state, TCPSCOPE_TIME_WAIT);
	KUNIT_EXPECT_EQ(test, record_of(test, sk)->substate, TCPSCOPE_FIN_WAIT2);
	expect_in_time(test, rec->time_ns, timer->gives_up_ns,
		       wait_for_end(test, sk));
}

/* Two hours, to the step: more than a jiffy counter's 32 bits of µs hold. */
static void keepalive_after_two_hours(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, TCP_KUNIT_V4);
	const struct tcpscope_timer *timer;
	s64 expires_ns = 7200 * (s64)NSEC_PER_SEC;

	tcp_kunit_setsockopt(test, &pair->client, SOL_SOCKET, SO_KEEPALIVE, 1);
	timer = record_timer(record_of(test, pair->client.sk),
			     TCPSCOPE_TIMER_KEEPALIVE);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, timer);
	KUNIT_EXPECT_LE(test, timer->expires_ns, expires_ns);
	KUNIT_EXPECT_GE(test, timer->expires_ns, expires_ns - STEP_NS);
	KUNIT_EXPECT_EQ(test, timer->limit, 9);
}

/* While data is in flight, the keepalive beside it does nothing. */
static void keepalive_beside_retransmit(struct kunit *test)
{
	struct tcp_kunit_pair *pair = arrange_keepalive(test);
	const struct tcpscope_conn *rec = record_of(test, pair->sk);

	KUNIT_EXPECT_EQ(test, rec->n_timers, 1);
	tcp_kunit_send(test, &pair->client, 1);
	tcp_kunit_advance(test, 2000);
	TCP_EXPECT_ONLY_TIMERS(test, pair->sk, RETRANS | KEEPALIVE);
	rec = record_of(test, pair->sk);
	KUNIT_ASSERT_EQ(test, rec->n_timers, 2);
	KUNIT_EXPECT_NOT_NULL(test, record_timer(rec,
						 TCPSCOPE_TIMER_RETRANSMIT));
	KUNIT_ASSERT_NOT_NULL(test, record_timer(rec, TCPSCOPE_TIMER_KEEPALIVE));
	KUNIT_EXPECT_TRUE(test, record_timer(rec, TCPSCOPE_TIMER_KEEPALIVE)->flags &
				TCPSCOPE_TIMER_F_SUPPRESSED);
}

static struct kunit_case fires_cases[] = {
	KUNIT_CASE_PARAM(fires_when_it_says, fires_gen_params),
	KUNIT_CASE_PARAM(gives_up_as_it_says, gives_up_gen_params),
	KUNIT_CASE(finwait2_in_two_steps),
	KUNIT_CASE(keepalive_after_two_hours),
	KUNIT_CASE(keepalive_beside_retransmit),
	{}
};

static struct kunit_suite fires_suite = {
	.name = "tcpscope_fires",
	.suite_init = tcp_kunit_suite_init,
	.init = tcp_kunit_init,
	.test_cases = fires_cases,
};

kunit_test_suite(fires_suite);
