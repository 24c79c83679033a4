// SPDX-License-Identifier: GPL-2.0
/*
 * What a record says about a real socket's timers, against what then happens:
 * the segment a timer sends must come when its time is up, the connection must
 * die after as many attempts as its limit says, with the error it announced.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "loopback.h"
#include "record.h"

#define STEP_NS (NSEC_PER_SEC / HZ)

/* Brings a socket to where a timer of this kind is armed; gives the socket. */
struct fires_param {
	const char *name;
	struct sock *(*arrange)(struct kunit *test);
	enum tcpscope_timer_kind kind;
};

static struct sock *arrange_syn(struct kunit *test)
{
	return loopback_reach(test, LOOPBACK_V4, TCP_SYN_SENT);
}

/* The second SYN: its timer runs for twice as long as the first one's. */
static struct sock *arrange_second_syn(struct kunit *test)
{
	struct sock *sk = loopback_reach(test, LOOPBACK_V6, TCP_SYN_SENT);

	msleep(1500);
	return sk;
}

/* The client goes, so that only the server's request is left to send. */
static struct sock *arrange_request(struct kunit *test)
{
	struct loopback *lb = test->priv;
	struct sock *sk = loopback_reach(test, LOOPBACK_V4, TCP_SYN_RECV);

	lb->loser = loopback_lose_all;
	loopback_close(&lb->client);
	return sk;
}

static struct sock *arrange_second_synack(struct kunit *test)
{
	struct sock *sk = arrange_request(test);

	msleep(1500);
	return sk;
}

static struct sock *arrange_data(struct kunit *test)
{
	struct loopback *lb = test->priv;

	loopback_establish(test, LOOPBACK_V4);
	lb->loser = loopback_lose_all;
	loopback_send(test, lb->client, 100);
	return lb->client->sk;
}

/* By then the loss probe has been sent. */
static struct sock *arrange_rto(struct kunit *test)
{
	struct sock *sk = arrange_data(test);

	msleep(2 * MSEC_PER_SEC);
	return sk;
}

static struct sock *arrange_fin(struct kunit *test)
{
	struct sock *sk = loopback_reach(test, LOOPBACK_V6, TCP_LAST_ACK);

	msleep(2 * MSEC_PER_SEC);
	return sk;
}

static struct sock *arrange_orphan(struct kunit *test)
{
	struct loopback *lb = test->priv;
	struct sock *sk;

	loopback_establish(test, LOOPBACK_V4);
	lb->loser = loopback_lose_all;
	loopback_close(&lb->client);
	sk = loopback_find(test, lb->client_port, lb->port);
	msleep(2 * MSEC_PER_SEC);
	return sk;
}

/* After 30 s of silence, every 10 s, 4 times. */
static struct sock *arrange_keepalive(struct kunit *test)
{
	struct loopback *lb = test->priv;

	loopback_establish(test, LOOPBACK_V6);
	loopback_set(test, lb->client, TCP_KEEPIDLE, 30);
	loopback_set(test, lb->client, TCP_KEEPINTVL, 10);
	loopback_set(test, lb->client, TCP_KEEPCNT, 4);
	sock_set_keepalive(lb->client->sk);
	lb->loser = loopback_lose_all;
	return lb->client->sk;
}

static struct sock *arrange_keepalive_probe(struct kunit *test)
{
	struct sock *sk = arrange_keepalive(test);

	msleep(35 * MSEC_PER_SEC);
	return sk;
}

/* The server reads nothing until its window is shut. */
static struct sock *arrange_probe0(struct kunit *test)
{
	struct loopback *lb = test->priv;

	loopback_listen(test, LOOPBACK_V4);
	sock_set_rcvbuf(lb->listener->sk, 4096);
	loopback_connect(test);
	lb->server = loopback_accept(test);
	loopback_send(test, lb->client, 100000);
	msleep(2 * MSEC_PER_SEC);
	lb->loser = loopback_lose_all;
	return lb->client->sk;
}

/* Question and answer: the answerer holds back the next question's ACK. */
static struct sock *arrange_delack(struct kunit *test)
{
	struct loopback *lb = test->priv;

	loopback_establish(test, LOOPBACK_V4);
	loopback_send(test, lb->client, 1);
	loopback_receive(test, lb->server, 1);
	loopback_send(test, lb->server, 1);
	msleep(MSEC_PER_SEC);
	loopback_send(test, lb->client, 1);
	return lb->server->sk;
}

/* 100,000 bytes a second: the second segment has to wait for the first. */
static struct sock *arrange_pacing(struct kunit *test)
{
	struct loopback *lb = test->priv;
	struct sock *sk;

	loopback_establish(test, LOOPBACK_V4);
	sk = lb->client->sk;
	sk->sk_max_pacing_rate = 100000;
	sk->sk_pacing_rate = 100000;
	sk->sk_pacing_status = SK_PACING_NEEDED;
	/* Pacing begins after the first ten segments. */
	loopback_send(test, lb->client, 10);
	tcp_sk(sk)->data_segs_out = 100;
	loopback_set(test, lb->client, TCP_NODELAY, 1);
	loopback_send(test, lb->client, 50000);
	loopback_send(test, lb->client, 50000);
	return sk;
}

static const struct fires_param fires_params[] = {
	{ "syn", arrange_syn, TCPSCOPE_TIMER_RETRANSMIT },
	{ "second syn", arrange_second_syn, TCPSCOPE_TIMER_RETRANSMIT },
	{ "request", arrange_request, TCPSCOPE_TIMER_SYNACK },
	{ "second synack", arrange_second_synack, TCPSCOPE_TIMER_SYNACK },
	{ "data", arrange_data, TCPSCOPE_TIMER_TLP },
	{ "data again", arrange_rto, TCPSCOPE_TIMER_RETRANSMIT },
	{ "fin", arrange_fin, TCPSCOPE_TIMER_RETRANSMIT },
	{ "orphan's fin", arrange_orphan, TCPSCOPE_TIMER_RETRANSMIT },
	{ "keepalive", arrange_keepalive, TCPSCOPE_TIMER_KEEPALIVE },
	{ "second keepalive", arrange_keepalive_probe,
	  TCPSCOPE_TIMER_KEEPALIVE },
	{ "probe0", arrange_probe0, TCPSCOPE_TIMER_PROBE0 },
	{ "delack", arrange_delack, TCPSCOPE_TIMER_DELACK },
	{ "pacing", arrange_pacing, TCPSCOPE_TIMER_PACING },
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

/* Sleeps somewhat longer than a timer says it needs. */
static void outsleep(s64 expires_ns)
{
	msleep(expires_ns / NSEC_PER_MSEC * 9 / 8 + 100);
}

/* The timer says when it will send, and then it does. */
static void fires_when_it_says(struct kunit *test)
{
	const struct fires_param *param = test->param_value;
	struct sock *sk = param->arrange(test);
	const struct tcpscope_conn *rec = record_of(test, sk);
	const struct tcpscope_timer *timer = record_timer(rec, param->kind);
	struct loopback *lb = test->priv;

	record_expect_sound(test, rec);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, timer);
	loopback_watch(test);
	outsleep(timer->expires_ns);
	KUNIT_ASSERT_GE(test, lb->segments, 1U);
	expect_in_time(test, rec->time_ns, timer->expires_ns, lb->first_ns);
}

static struct sock *give_up_syncnt(struct kunit *test)
{
	struct loopback *lb = test->priv;
	struct sock *sk = arrange_syn(test);

	loopback_set(test, lb->client, TCP_SYNCNT, 2);
	return sk;
}

/* Five retransmissions' worth of time instead of fifteen's. */
static struct sock *give_up_rto(struct kunit *test)
{
	struct loopback *lb = test->priv;

	lb->net->ipv4.sysctl_tcp_retries2 = 5;
	return arrange_rto(test);
}

static struct sock *give_up_user_timeout(struct kunit *test)
{
	struct loopback *lb = test->priv;
	struct sock *sk = arrange_rto(test);

	loopback_set(test, lb->client, TCP_USER_TIMEOUT, 20000);
	return sk;
}

static struct sock *give_up_probe0(struct kunit *test)
{
	struct loopback *lb = test->priv;

	lb->net->ipv4.sysctl_tcp_retries2 = 4;
	return arrange_probe0(test);
}

static struct sock *give_up_orphan(struct kunit *test)
{
	struct loopback *lb = test->priv;

	lb->net->ipv4.sysctl_tcp_orphan_retries = 4;
	return arrange_orphan(test);
}

static struct sock *arrange_timewait(struct kunit *test)
{
	return loopback_reach(test, LOOPBACK_V6, TCP_TIME_WAIT);
}

/* Nobody holds it any more, and the peer's FIN does not come. */
static struct sock *arrange_finwait2(struct kunit *test)
{
	struct loopback *lb = test->priv;

	loopback_establish(test, LOOPBACK_V4);
	loopback_set(test, lb->client, TCP_LINGER2, 25);
	loopback_close(&lb->client);
	msleep(MSEC_PER_SEC);
	return loopback_find(test, lb->client_port, lb->port);
}

static const struct fires_param gives_up_params[] = {
	{ "syn", arrange_syn, TCPSCOPE_TIMER_RETRANSMIT },
	{ "second syn", arrange_second_syn, TCPSCOPE_TIMER_RETRANSMIT },
	{ "TCP_SYNCNT", give_up_syncnt, TCPSCOPE_TIMER_RETRANSMIT },
	{ "request", arrange_request, TCPSCOPE_TIMER_SYNACK },
	{ "second synack", arrange_second_synack, TCPSCOPE_TIMER_SYNACK },
	{ "data", give_up_rto, TCPSCOPE_TIMER_RETRANSMIT },
	{ "user timeout", give_up_user_timeout, TCPSCOPE_TIMER_RETRANSMIT },
	{ "orphan", arrange_orphan, TCPSCOPE_TIMER_RETRANSMIT },
	{ "orphan, 4 retries", give_up_orphan, TCPSCOPE_TIMER_RETRANSMIT },
	{ "keepalive", arrange_keepalive, TCPSCOPE_TIMER_KEEPALIVE },
	{ "second keepalive", arrange_keepalive_probe,
	  TCPSCOPE_TIMER_KEEPALIVE },
	{ "probe0", give_up_probe0, TCPSCOPE_TIMER_PROBE0 },
	{ "timewait", arrange_timewait, TCPSCOPE_TIMER_TIMEWAIT },
	{ "finwait2", arrange_finwait2, TCPSCOPE_TIMER_FINWAIT2 },
};

KUNIT_ARRAY_PARAM(gives_up, gives_up_params, fires_param_desc);

/* Waits until a socket is in no table any more; tells when that was. */
static u64 wait_for_end(struct kunit *test, const struct sock *sk)
{
	int tries;

	for (tries = 0; tries < 25000 && !sk_unhashed(sk); tries++)
		msleep(MSEC_PER_SEC / HZ);
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
	struct sock *sk = param->arrange(test);
	const struct tcpscope_conn *rec = record_of(test, sk);
	const struct tcpscope_timer *timer = record_timer(rec, param->kind);
	struct loopback *lb = test->priv;
	u64 end_ns;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, timer);
	loopback_watch(test);
	end_ns = wait_for_end(test, sk);
	if (timer->limit != TCPSCOPE_UNKNOWN_COUNT &&
	    !(timer->flags & TCPSCOPE_TIMER_F_BY_TIME))
		KUNIT_EXPECT_EQ(test, (int)lb->segments,
				timer->limit - timer->attempt);
	if (sk_fullsock(sk) && sk->sk_socket)
		KUNIT_EXPECT_EQ(test, sk->sk_err, timer->error);
	if (timer->gives_up_ns != TCPSCOPE_UNKNOWN_NS)
		expect_in_time(test, rec->time_ns, timer->gives_up_ns, end_ns);
}

static struct kunit_case fires_cases[] = {
	KUNIT_CASE_PARAM(fires_when_it_says, fires_gen_params),
	KUNIT_CASE_PARAM(gives_up_as_it_says, gives_up_gen_params),
	{}
};

static struct kunit_suite fires_suite = {
	.name = "tcpscope_fires",
	.init = loopback_init,
	.exit = loopback_exit,
	.test_cases = fires_cases,
};

kunit_test_suite(fires_suite);
