// SPDX-License-Identifier: GPL-2.0
/* What the kernel's own files say of a namespace, from their texts. */
#include "unit.h"

#include <string.h>

#include "source/netns.h"

static struct netns netns;

static int clear(void **state)
{
	netns_clear(&netns, (struct netns_id){ .number = 4711 });
	return 0;
}

static void test_counters(void **state)
{
	netns_parse_counters(&netns.counters, "netstat",
			     "TcpExt: SyncookiesSent SyncookiesRecv ListenOverflows TCPTimeWaitOverflow\n"
			     "TcpExt: 7 8 9 10\n"
			     "IpExt: InNoRoutes ListenOverflows\n"
			     "IpExt: 99 98\n");
	netns_parse_counters(&netns.counters, "snmp",
			     "Ip: Forwarding OutRsts\nIp: 1 55\n"
			     "Tcp: RtoAlgorithm MaxConn OutRsts\nTcp: 1 -1 33\n");
	netns_parse_counters(&netns.counters, "sockstat",
			     "sockets: used 57\nTCP: inuse 5 orphan 3 tw 12 alloc 6 mem 44\n"
			     "UDP: inuse 1 mem 66\n");
	assert_int_equal(netns.counters.count[NETNS_COOKIES_SENT], 7);
	assert_int_equal(netns.counters.count[NETNS_LISTEN_OVERFLOWS], 9);
	assert_int_equal(netns.counters.count[NETNS_TW_OVERFLOWS], 10);
	assert_int_equal(netns.counters.count[NETNS_RESETS_OUT], 33);
	assert_int_equal(netns.counters.count[NETNS_ORPHANS], 3);
	assert_int_equal(netns.counters.count[NETNS_TIMEWAITS], 12);
	assert_int_equal(netns.counters.count[NETNS_MEMORY_PAGES], 44);
	/* A kernel that has no such counter is not one that counted nothing. */
	assert_int_equal(netns.counters.count[NETNS_LISTEN_DROPS], NETNS_UNKNOWN);
}

static void test_counters_cut_short(void **state)
{
	static const char text[] = "TcpExt: SyncookiesSent ListenDrops\nTcpExt: 7 8\nTcpExt: ListenOverflows\n";

	for (size_t len = 0; len < sizeof(text); len++) {
		char part[sizeof(text)] = "";

		memcpy(part, text, len);
		netns_parse_counters(&netns.counters, "netstat", part);
		netns_parse_counters(&netns.counters, "sockstat", part);
	}
	assert_int_equal(netns.counters.count[NETNS_COOKIES_SENT], 7);
	assert_int_equal(netns.counters.count[NETNS_LISTEN_OVERFLOWS], NETNS_UNKNOWN);
}

static void test_range(void **state)
{
	assert_int_equal(netns_ephemeral_ports(&netns), 0);
	assert_false(netns_is_ephemeral(&netns, 40000));
	netns_parse_range(&netns, "32768\t60999\n");
	assert_int_equal(netns_ephemeral_ports(&netns), 28232);
	assert_true(netns_is_ephemeral(&netns, 32768));
	assert_true(netns_is_ephemeral(&netns, 60999));
	assert_false(netns_is_ephemeral(&netns, 61000));
	netns_parse_range(&netns, "5 nonsense");
	netns_parse_range(&netns, "9 5");
	assert_int_equal(netns_ephemeral_ports(&netns), 28232);
}

static void test_reserved(void **state)
{
	netns_parse_range(&netns, "40000 40099");
	netns_parse_reserved(&netns, "22,40000-40009,40050,65535\n");
	assert_int_equal(netns_ephemeral_ports(&netns), 89);
	assert_false(netns_is_ephemeral(&netns, 40009));
	assert_true(netns_is_ephemeral(&netns, 40010));
	assert_false(netns_is_ephemeral(&netns, 40050));
	netns_parse_reserved(&netns, "\n");
	netns_parse_reserved(&netns, "40001-");
	netns_parse_reserved(&netns, "40090-99999999");
	assert_int_equal(netns_ephemeral_ports(&netns), 79);
}

static void test_reuse(void **state)
{
	uint32_t after_ms;

	assert_false(netns_reuses(&netns, true, &after_ms)); /* not known */
	netns.setting[NETNS_TW_REUSE] = 2;
	assert_true(netns_reuses(&netns, true, &after_ms));
	assert_false(netns_reuses(&netns, false, &after_ms));
	assert_int_equal(after_ms, 1000);
	netns.setting[NETNS_TW_REUSE] = 1;
	netns.setting[NETNS_TW_REUSE_MS] = 200;
	assert_true(netns_reuses(&netns, false, &after_ms));
	assert_int_equal(after_ms, 200);
	netns.setting[NETNS_TW_REUSE] = 0;
	assert_false(netns_reuses(&netns, true, &after_ms));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_counters, clear),
		cmocka_unit_test_setup(test_counters_cut_short, clear),
		cmocka_unit_test_setup(test_range, clear),
		cmocka_unit_test_setup(test_reserved, clear),
		cmocka_unit_test_setup(test_reuse, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
