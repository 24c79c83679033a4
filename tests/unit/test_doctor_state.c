// SPDX-License-Identifier: GPL-2.0
/* The doctor's checks of connections that stay in a state, and of listeners. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/error.h"
#include "patient.h"

static struct tcpscope_conn listener(uint32_t recv_q, uint32_t send_q, uint32_t syn_q)
{
	struct tcpscope_conn conn = conn_of(TCPSCOPE_LISTEN);

	conn.local_port = 443;
	conn.recv_q = recv_q;
	conn.send_q = send_q;
	conn.syn_q = syn_q;
	memset(conn.peer_addr, 0, sizeof(conn.peer_addr));
	conn.peer_port = 0;
	return conn;
}

static void test_close_wait(void **state)
{
	struct tcpscope_conn conn;

	for (int i = 0; i < 30; i++) {
		conn = conn_of(TCPSCOPE_CLOSE_WAIT);
		take(&conn, i < 15 ? 59 : 100 + i, 12);
		conn = conn_of(TCPSCOPE_CLOSE_WAIT);
		take(&conn, 1000, 100 + i); /* one each is no leak */
	}
	only("close-wait", LEVEL_WARNING);
	says("15 of nginx/12, the oldest for 2min9sec");
}

/* Of those the recorder knows nothing of, it knows how long it has been there itself. */
static void test_close_wait_unknown(void **state)
{
	for (int i = 0; i < 15; i++) {
		struct tcpscope_conn conn = conn_of(TCPSCOPE_CLOSE_WAIT);

		run.recorded_ms = 59999;
		take_unknown(&conn);
		if (i >= 9)
			continue;
		run.recorded_ms = 60000;
		conn = conn_of(TCPSCOPE_CLOSE_WAIT);
		take_unknown(&conn);
	}
	is_level("close-wait", LEVEL_UNKNOWN);
	says("9 for 60 s or more, 0.0 more a minute, 15 for a time not known, 59 s or more");
	run.recorded_ms = 0;
	is_level("close-wait", LEVEL_UNKNOWN);
	assert_null(strstr(finding.evidence, ", 59 s"));
	run.recorded_ms = 60000;
	for (int i = 0; i < 6; i++) {
		struct tcpscope_conn conn = conn_of(TCPSCOPE_CLOSE_WAIT);

		take_unknown(&conn);
	}
	is_level("close-wait", LEVEL_WARNING);
	says("15 of an unknown process");
	run.overlooked = 1; /* this one may be younger */
	take_unknown(&(struct tcpscope_conn){ .state = TCPSCOPE_CLOSE_WAIT });
	take_unknown(&(struct tcpscope_conn){ .state = TCPSCOPE_CLOSE_WAIT });
	is_level("close-wait", LEVEL_WARNING);
	says("16 for 60 s or more, 0.0 more a minute, 16 for a time not known");
}

/* Five each of 40 workers of a service. */
static void test_close_wait_service(void **state)
{
	for (int i = 0; i < 200; i++) {
		struct tcpscope_conn conn = conn_of(TCPSCOPE_CLOSE_WAIT);

		take(&conn, 1000, 100 + i % 40);
	}
	only("close-wait", LEVEL_WARNING);
	says("200 of 40 processes nginx");
}

/* Half-closed clients that are still written to. */
static void test_close_wait_used(void **state)
{
	for (int i = 0; i < 20; i++) {
		struct tcpscope_conn conn = conn_of(TCPSCOPE_CLOSE_WAIT);

		conn.idle_ms = 4;
		take(&conn, 1000, 12);
	}
	only("close-wait", LEVEL_OK);
}

/* A server that hangs: its backlog is large, and what waits is no leak of its. */
static void test_hung_accept(void **state)
{
	struct tcpscope_conn conn = listener(100, 4096, 0);

	take(&conn, 1000, 12);
	only("accept-queue", LEVEL_OK);
	for (int i = 0; i < 100; i++) {
		conn = conn_of(i % 2 ? TCPSCOPE_ESTABLISHED : TCPSCOPE_CLOSE_WAIT);
		conn.known |= TCPSCOPE_KNOWN(RTO);
		take(&conn, 600, 12);
	}
	only("accept-queue", LEVEL_WARNING);
	says("100 wait for 30 s or more, the oldest for 10min");
	says("100 waiting for nginx/12 at 10.0.0.1:443");
}

static void test_unanswered(void **state)
{
	for (int i = 0; i < 300; i++) {
		struct tcpscope_conn conn = conn_of(TCPSCOPE_FIN_WAIT1);

		conn.flags = TCPSCOPE_FLAG_ORPHAN;
		conn.retransmits = 3;
		take(&conn, 20, 12);
	}
	only("unanswered", LEVEL_WARNING);
	says("300 closed ones have timed out 3 times in a row or more: 300 of nginx/12 with 10.0.0.2");
}

static void test_close_wait_limits(void **state)
{
	struct tcpscope_conn conn = conn_of(TCPSCOPE_CLOSE_WAIT);

	assert_int_equal(doctor_run_set(&run, "close-wait.age=5s"), EXIT_DONE);
	assert_int_equal(doctor_run_set(&run, "close-wait.warning=1"), EXIT_DONE);
	assert_int_equal(doctor_run_set(&run, "close-wait.critical=2"), EXIT_DONE);
	take(&conn, 4, 12);
	is_level("close-wait", LEVEL_OK);
	take(&conn, 5, 12);
	is_level("close-wait", LEVEL_WARNING);
	take(&conn, 6, 12);
	is_level("close-wait", LEVEL_CRITICAL);
}

static void test_fin_wait2(void **state)
{
	struct tcpscope_conn conn;

	for (int i = 0; i < 10; i++) {
		conn = conn_of(TCPSCOPE_FIN_WAIT2);
		take(&conn, 61, 12);
		conn.flags = TCPSCOPE_FLAG_ORPHAN; /* those end by themselves */
		take(&conn, 61, 13);
	}
	is_level("fin-wait-2", LEVEL_WARNING);
	says("10 of nginx/12");
	assert_null(strstr(finding.evidence, "/13"));
}

static void test_syn_sent(void **state)
{
	struct tcpscope_conn conn;

	for (int i = 0; i < 9; i++) {
		conn = conn_of(TCPSCOPE_SYN_SENT);
		conn.retransmits = i >= 5 ? 2 : 0;
		take(&conn, 3, 12);
	}
	only("syn-sent", LEVEL_OK);
	take(&conn, 8, 12);
	only("syn-sent", LEVEL_WARNING);
	says("5 of nginx/12 with 10.0.0.2:80, the oldest for 8.000sec");
}

static void test_syn_recv(void **state)
{
	struct tcpscope_conn conn = listener(0, 128, 90);

	take(&conn, 100, 12);
	only("syn-recv", LEVEL_OK);
	conn = listener(0, 128, 100);
	take(&conn, 100, 12);
	only("syn-recv", LEVEL_WARNING);
	says("100 waiting for nginx/12 at 10.0.0.1:443");
	counted(NETNS_COOKIES_SENT, 50);
	only("syn-recv", LEVEL_CRITICAL);
	says("50 SYNs were answered by cookie");
}

static void test_accept_queue(void **state)
{
	struct tcpscope_conn conn = listener(70, 127, 0);

	take(&conn, 100, 12);
	only("accept-queue", LEVEL_OK);
	conn = listener(128, 127, 100); /* half-open ones wait for the same reason */
	take(&conn, 100, 13);
	only("accept-queue", LEVEL_CRITICAL);
	says("128 waiting for nginx/13 at 10.0.0.1:443");
}

static void test_overflows(void **state)
{
	counted(NETNS_LISTEN_OVERFLOWS, 2);
	only("accept-queue", LEVEL_CRITICAL);
	says("2 SYNs or ACKs were dropped");
}

static void test_retransmits(void **state)
{
	struct tcpscope_conn conn;

	for (int i = 0; i < 8; i++) {
		conn = conn_of(TCPSCOPE_ESTABLISHED);
		conn.retransmits = i < 4 ? 2 : 4;
		take(&conn, 3, 12);
	}
	only("retransmits", LEVEL_OK);
	take(&conn, 3, 12);
	only("retransmits", LEVEL_WARNING);
	says("all to one peer: 5 of nginx/12 with 10.0.0.2");
	conn.peer_addr[3] = 9;
	take(&conn, 3, 12);
	is_level("retransmits", LEVEL_WARNING);
	says("peers of one prefix");
	conn.peer_addr[0] = 11;
	take(&conn, 3, 12);
	is_level("retransmits", LEVEL_WARNING);
	says("several prefixes");
}

static void test_zero_window(void **state)
{
	struct tcpscope_conn conn = conn_of(TCPSCOPE_ESTABLISHED);

	conn.n_timers = 1;
	conn.timers[0].kind = TCPSCOPE_TIMER_PROBE0;
	conn.rto_us = 200000;
	conn.backoff = 5;
	conn.send_q = 4000;
	take(&conn, 3, 12);
	only("zero-window", LEVEL_OK); /* 6.2 s */
	conn.backoff = 6;
	take(&conn, 3, 12);
	only("zero-window", LEVEL_WARNING);
	says("4000 bytes");
	says("1 of nginx/12 with 10.0.0.2:80, the oldest for 12sec");
}

static void test_idle(void **state)
{
	struct tcpscope_conn conn;

	for (int i = 0; i < 10; i++) {
		conn = conn_of(TCPSCOPE_ESTABLISHED);
		conn.idle_ms = 7199999;
		take(&conn, 9000, 12);
		conn.idle_ms = 7200000;
		conn.flags = TCPSCOPE_FLAG_KEEPALIVE;
		take(&conn, 9000, 12);
	}
	only("idle", LEVEL_OK);
	for (int i = 0; i < 10; i++) {
		conn = conn_of(TCPSCOPE_ESTABLISHED);
		conn.idle_ms = 7200000 + i;
		take(&conn, 9000, 12);
	}
	only("idle", LEVEL_WARNING);
	says("10 of nginx/12, the oldest for 120min");
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, patient_setup, patient_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(close_wait),
		TEST(close_wait_unknown),
		TEST(close_wait_limits),
		TEST(close_wait_service),
		TEST(close_wait_used),
		TEST(hung_accept),
		TEST(unanswered),
		TEST(fin_wait2),
		TEST(syn_sent),
		TEST(syn_recv),
		TEST(accept_queue),
		TEST(overflows),
		TEST(retransmits),
		TEST(zero_window),
		TEST(idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
