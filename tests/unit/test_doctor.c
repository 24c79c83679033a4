// SPDX-License-Identifier: GPL-2.0
/* The doctor's checks of what connections share, and of what has ended; and the thresholds. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/error.h"
#include "patient.h"

static void test_nothing(void **state)
{
	only("losses", LEVEL_OK);
}

static void test_time_wait(void **state)
{
	struct tcpscope_conn conn;

	for (int i = 0; i < 7000; i++) {
		conn = conn_of(TCPSCOPE_TIME_WAIT);
		conn.peer_port = 80 + i;
		take(&conn, 70, 12);
	}
	timewait_finish(&run.timewait);
	only("time-wait", LEVEL_WARNING); /* of 8192 */
	says("7000 in network namespace 7, 85 %");
	says("(7000) made by nginx/12");
	run.timewait.places[0]->netns.setting[NETNS_TW_BUCKETS] = 65536;
	is_level("time-wait", LEVEL_OK);
	counted(NETNS_TW_OVERFLOWS, 3);
	is_level("time-wait", LEVEL_CRITICAL);
	says("3 skipped");
}

static void test_time_wait_unknown(void **state)
{
	struct tcpscope_conn conn = conn_of(TCPSCOPE_TIME_WAIT);
	struct netns *netns = &run.timewait.places[0]->netns;

	netns->setting[NETNS_TW_BUCKETS] = NETNS_UNKNOWN;
	is_level("time-wait", LEVEL_OK); /* there are none */
	take(&conn, 70, 12);
	is_level("time-wait", LEVEL_UNKNOWN);
	says("no limit could be read, 1 where tcp_max_tw_buckets is not known");
	assert_null(strstr(finding.evidence, "%"));
	netns->setting[NETNS_TW_BUCKETS] = 8192;
	is_level("time-wait", LEVEL_OK);
	netns->counters.count[NETNS_TW_OVERFLOWS] = NETNS_UNKNOWN;
	is_level("time-wait", LEVEL_UNKNOWN);
	says("in 1 namespaces it is not known how many skipped TIME-WAIT");
}

static void test_counters_unknown(void **state)
{
	static const enum netns_counter counters[] = { NETNS_COOKIES_SENT, NETNS_REQUEST_DROPS,
						       NETNS_LISTEN_OVERFLOWS };

	for (size_t i = 0; i < LENGTH(counters); i++)
		run.timewait.places[0]->netns.counters.count[counters[i]] = NETNS_UNKNOWN;
	is_level("syn-recv", LEVEL_UNKNOWN);
	says("not known how many SYNs were answered by cookie");
	says("not known how many SYNs were dropped");
	is_level("accept-queue", LEVEL_UNKNOWN);
	run.timewait.places[0]->netns.counters.count[NETNS_RESETS_OUT] = NETNS_UNKNOWN;
	is_level("resets", LEVEL_OK);
	says("sent in all but in 1 namespaces that could not be read");
}

static void test_ports(void **state)
{
	struct tcpscope_no_port_key key = {
		.local_addr = { 10, 0, 0, 1 }, .peer_addr = { 10, 0, 0, 2 }, .netns = 7, .pid = 12,
		.peer_port = 80, .family = AF_INET,
	};
	struct tcpscope_no_port no_port = {
		.count = 3, .first_ns = NOW - SEC, .last_ns = NOW - SEC, .owner = { 0, 12, 0, "nginx" },
	};
	struct tcpscope_conn conn;

	for (int i = 0; i < 18000; i++) {
		conn = conn_of(TCPSCOPE_ESTABLISHED);
		conn.local_port = 32768 + i;
		conn.idle_ms = 1;
		take(&conn, 100, 12);
	}
	only("ports", LEVEL_OK);
	says("18000 of 28232 taken by nginx/12 with 10.0.0.2:80");
	for (int i = 0; i < 5000; i++) {
		conn = conn_of(TCPSCOPE_ESTABLISHED);
		conn.local_port = 50800 + i;
		take(&conn, 100, 12);
	}
	only("ports", LEVEL_WARNING);
	timewait_add_refused(&run.timewait, &key, &no_port);
	only("ports", LEVEL_CRITICAL);
	says("3 connect()s of nginx/12 with 10.0.0.2:80 failed with EADDRNOTAVAIL");
}

static void test_ports_soon(void **state)
{
	struct tcpscope_conn conn;

	for (int i = 0; i < 5000; i++) {
		conn = conn_of(TCPSCOPE_ESTABLISHED);
		conn.local_port = 32768 + i;
		take(&conn, 1 + i % 5, 12);
	}
	only("ports", LEVEL_WARNING);
	says("none left in 23 s");
}

static void test_orphans(void **state)
{
	struct tcpscope_conn conn = conn_of(TCPSCOPE_FIN_WAIT1);

	is_level("orphans", LEVEL_UNKNOWN);
	run.host.setting[NETNS_MAX_ORPHANS] = 100;
	run.host.counters.count[NETNS_ORPHANS] = 19;
	only("orphans", LEVEL_OK);
	run.host.counters.count[NETNS_ORPHANS] = 20;
	conn.flags = TCPSCOPE_FLAG_ORPHAN;
	conn.retransmits = 5;
	take(&conn, 9, 12);
	only("orphans", LEVEL_WARNING);
	says("1 of nginx/12 with 10.0.0.2, the oldest for 9.000sec");
	counted(NETNS_MEMORY_ABORTS, 1);
	is_level("orphans", LEVEL_CRITICAL);
}

static void test_memory(void **state)
{
	struct tcpscope_conn conn = conn_of(TCPSCOPE_ESTABLISHED);

	is_level("memory", LEVEL_UNKNOWN);
	run.host.memory[0] = 500;
	run.host.memory[1] = 1000;
	run.host.memory[2] = 2000;
	run.host.counters.count[NETNS_MEMORY_PAGES] = 799;
	conn.recv_q = 5000;
	take(&conn, 1, 12);
	only("memory", LEVEL_OK);
	run.host.counters.count[NETNS_MEMORY_PAGES] = 800;
	only("memory", LEVEL_WARNING);
	says("5000 of nginx/12");
	counted(NETNS_PRESSURES, 1);
	only("memory", LEVEL_CRITICAL);
}

static void test_losses(void **state)
{
	losses.count[TCPSCOPE_LOSS_MISSED] = 9;
	run.changes = 1000;
	only("losses", LEVEL_OK);
	says("missed 9");
	losses.count[TCPSCOPE_LOSS_LIVES_FULL] = 2;
	only("losses", LEVEL_WARNING);
	says("11 since the recorder was attached");
	run.losses = NULL;
	is_level("losses", LEVEL_UNKNOWN);
}

static void test_thresholds(void **state)
{
	static const char *const bad[] = { "", "ports", "ports.warning", "nothing.warning=1", "ports.nothing=1",
					   "ports.warning=x", "ports.warning=", "idle.age=x", ".=", "=." };
	char word[64];

	for (size_t i = 0; i < LENGTH(bad); i++)
		assert_int_equal(doctor_run_set(&run, bad[i]), EXIT_USAGE);
	for (size_t i = 0; check_at(i); i++) {
		snprintf(word, sizeof(word), "%s.warning=17", check_at(i)->name);
		assert_int_equal(doctor_run_set(&run, word), EXIT_DONE);
		assert_int_equal((int)run.limits[i].warning, 17);
	}
}

static void test_resets(void **state)
{
	for (int i = 0; i < 49; i++) {
		end(TCPSCOPE_REASON_RESET_SENT, 9, 12);
		end(TCPSCOPE_REASON_RESET_RECEIVED, 10, 12);
		end(TCPSCOPE_REASON_NORMAL, 1, 12);
	}
	only("resets", LEVEL_OK);
	end(TCPSCOPE_REASON_RESET_RECEIVED, 1, 13);
	only("resets", LEVEL_WARNING);
	says("49 of nginx/12 with 10.0.0.2:80: reset_sent; 1 of nginx/13 with 10.0.0.2:80: reset_received");
	run.losses = NULL;
	is_level("resets", LEVEL_UNKNOWN);
}

/* Members of one group, of several owners: each has its number, and none is the culprit of all. */
static void test_owners_counted(void **state)
{
	for (int i = 0; i < 5; i++) {
		end(TCPSCOPE_REASON_REFUSED, 5, 21 + i);
		end(TCPSCOPE_REASON_REFUSED, 5, 21);
	}
	is_level("handshakes", LEVEL_WARNING);
	says("10 of nginx/21 (6), nginx/22 (1), nginx/23 (1) and 2 of others with 10.0.0.2:80: refused");
}

static void test_handshakes(void **state)
{
	for (int i = 0; i < 9; i++)
		end(TCPSCOPE_REASON_REFUSED, 59, 12);
	end(TCPSCOPE_REASON_REFUSED, 60, 12);
	only("handshakes", LEVEL_OK);
	end(TCPSCOPE_REASON_SYNACK_TIMEOUT, 5, 13);
	only("handshakes", LEVEL_WARNING);
	says("9 refused, 0 unreachable, 0 syn_timeout, 1 synack_timeout in 60 s");
	says("9 of nginx/12 with 10.0.0.2:80: refused; 1 of nginx/13: synack_timeout");
	run.snapshot.covers_ms = 5000;
	only("handshakes", LEVEL_WARNING);
	says("only the last 5.0 s are remembered");
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, patient_setup, patient_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing),
		TEST(time_wait),
		TEST(time_wait_unknown),
		TEST(counters_unknown),
		TEST(ports),
		TEST(ports_soon),
		TEST(orphans),
		TEST(memory),
		TEST(losses),
		TEST(thresholds),
		TEST(resets),
		TEST(handshakes),
		TEST(owners_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
