// SPDX-License-Identifier: GPL-2.0
/* Filters against rows, by a table written by hand; and what is no filter. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "asserts.h"
#include "rows.h"

/* The cookies of the rows a filter matches, as digits in their order. */
static const char *matches(const char *text)
{
	static char cookies[N_CONNS + 1];
	struct filter *filter = filter_of(text);
	char *end = cookies;

	for (int i = 0; i < N_CONNS; i++)
		if (filter_match(filter, &rows[i]))
			*end++ = '1' + i;
	*end = '\0';
	filter_free(filter);
	return cookies;
}

/* Only who names a closed socket's state is shown any: the filters that do, and those that don't. */
static void test_names_state(void **state)
{
	static const char *const yes[] = { "state closed", "state unconnected", "state all", "sport = :1 and state big",
					   "state listening state closed", "not state closed" };
	static const char *const no[] = { "", "exclude listening", "state connected", "sport = :1 or pid 3" };

	for (size_t i = 0; i < LENGTH(yes) + LENGTH(no); i++) {
		bool named = i < LENGTH(yes);
		struct filter *filter = filter_of(named ? yes[i] : no[i - LENGTH(yes)]);

		assert_int_equal(filter_names_state(filter, TCPSCOPE_CLOSE), named);
		filter_free(filter);
	}
	assert_false(filter_names_state(NULL, TCPSCOPE_CLOSE));
}

static void test_table(void **state)
{
	static const struct {
		const char *filter, *cookies;
	} cases[] = {
		{ "", "123456789" },
		{ "   ", "123456789" },

		/* states; 8 has one that is in no list, 5 stands for FIN-WAIT-2 */
		{ "state established", "26" },
		{ "state ESTAB", "26" },
		{ "state estab", "26" },
		{ "state listening", "1" },
		{ "state listen", "1" },
		{ "state syn-recv", "3" },
		{ "state syn_recv", "3" },
		{ "state time-wait", "4" },
		{ "state TIME_WAIT", "4" },
		{ "state fin-wait-2", "5" },
		{ "state fin_wait2", "5" },
		{ "state fin-wait-1", "" },
		{ "state syn-sent", "9" },
		{ "state close-wait", "7" },
		{ "state closed", "" },
		{ "state unconnected", "" },
		{ "state all", "123456789" },
		{ "state connected", "23456789" },
		{ "state synchronized", "2345678" },
		{ "state bucket", "34" },
		{ "state big", "1256789" },
		{ "exclude listening", "23456789" },
		{ "exclude TIME-WAIT exclude bucket", "1256789" },
		{ "state established state time-wait", "246" },
		{ "state connected exclude time-wait exclude syn-sent", "235678" },
		{ "state established and state time-wait", "" },
		{ "state established or state time-wait", "246" },
		{ "not state connected", "1" },
		{ "! state connected", "1" },
		{ "!state connected", "1" },
		{ "state established exclude established state listening", "1" },

		/* ports */
		{ "sport = :80", "123" },
		{ "sport :80", "123" },
		{ "sport 80", "123" },
		{ "sport == 80", "123" },
		{ "sport eq :80", "123" },
		{ "sport=:80", "123" },
		{ "sport != :80", "456789" },
		{ "sport ne 80", "456789" },
		{ "sport neq 80", "456789" },
		{ "sport > :443", "4569" },
		{ "sport gt :443", "4569" },
		{ "sport >= :443", "45679" },
		{ "sport>=:443", "45679" },
		{ "sport ge 443", "45679" },
		{ "sport geq 443", "45679" },
		{ "sport < 443", "1238" },
		{ "sport lt :443", "1238" },
		{ "sport <= 443", "12378" },
		{ "sport le 443", "12378" },
		{ "sport leq 443", "12378" },
		{ "sport = inet::80", "123" },
		{ "dport = 0", "1" },
		{ "dport = :0x16", "5" },
		{ "sport = :80 dport = :40000", "2" },

		/* addresses */
		{ "dst 10.0.0.1", "2" },
		{ "dst = 10.0.0.1", "2" },
		{ "dst != 10.0.0.1", "13456789" },
		{ "dst 10.0.0.1:40000", "2" },
		{ "dst 10.0.0.1:40001", "" },
		{ "dst 10.0.0.0/8", "2369" },
		{ "dst 10/8", "2369" },
		{ "dst 10.0/16", "236" },
		{ "dst 10.0.0.0/8:40001", "3" },
		{ "dst 10.0.0.0/29", "26" },
		{ "dst 10.0.0.0/28", "236" },
		{ "src 10.0.0.3", "6" },
		{ "src 10.0.0.2:80", "23" },
		{ "src 0.0.0.0/0", "123469" },
		{ "src 0.0.0.0", "1" },
		{ "src *", "123456789" },
		{ "src *:80", "123" },
		{ "src :80", "123" },
		{ "src 10.0.0.2:*", "239" },
		{ "src [2001:db8::1]", "5" },
		{ "src [2001:db8::1]:50001", "5" },
		{ "src 2001:db8::1", "5" },
		{ "src [2001:db8::]/32", "5" },
		{ "src [2001:db8::]/32:50001", "5" },
		{ "src [2001:db8::/32]:50001", "5" },
		{ "src 2001:db8::/32", "5" },
		{ "src 2001:db8::/32:50001", "5" },
		{ "src 2001:db8::/32:1", "" },
		{ "src [::]/0", "567" },
		{ "src [::ffff:10.0.0.3]", "6" },
		{ "src inet:*", "12349" },
		{ "src inet6:*", "567" },
		{ "src fe80::/10 or dst 10.9.9.9", "79" },

		/* and, or, not, parentheses */
		{ "sport = :80 and dport = :40000", "2" },
		{ "sport = :80 & dport = :40000", "2" },
		{ "sport = :80 && dport = :40000", "2" },
		{ "sport = :80 or dport = :443", "1234" },
		{ "sport = :80 | dport = :443", "1234" },
		{ "sport = :80 || dport = :443", "1234" },
		{ "sport=:80||dport=:443", "1234" },
		{ "state time-wait or sport = :80 and dport = :40000", "24" },
		{ "(state time-wait or sport = :80) and dport = :40000", "2" },
		{ "( dport = :443 or sport >= :1024 ) and dst 10.0.0.0/8", "69" },
		{ "not sport = :80 and not sport = :443", "45689" },
		{ "not ( sport = :80 or sport = :443 )", "45689" },
		{ "not not sport = :80", "123" },
		{ "NOT sport = :80 AND NOT sport = :443 Or state listening", "145689" },
		{ "((((((sport = :80))))))", "123" },

		/* what is not known matches neither way */
		{ "pid 200", "4" },
		{ "pid = 200", "4" },
		{ "pid != 200", "1279" },
		{ "not pid = 200", "1279" },
		{ "pid gt 0", "12479" },
		{ "pid 200 or sport = :80", "1234" },
		{ "pid 200 or not pid 200", "12479" },
		{ "not (pid 200 and state syn-recv)", "12456789" },
		{ "comm nginx", "12" },
		{ "comm = nginx", "12" },
		{ "comm != nginx", "479" },
		{ "comm 'ng*'", "12" },
		{ "comm \"curl\"", "4" },
		{ "owner nginx", "12" },
		{ "owner 101", "2" },
		{ "owner nginx/101", "2" },
		{ "owner nginx/102", "" },
		{ "owner != nginx", "479" },
		{ "owner c*", "4" },
		{ "uid 33", "27" },
		{ "uid != 33", "1469" },
		{ "uid root", "1" },
		/* who has that number now, and who may: 5 had it before, of 8 no more is known */
		{ "netns 4026532000", "678" },
		{ "netns != 4026532000", "123459" },
		{ "not netns 4026532000", "123459" },
		{ "netns 4026531840", "12349" },
		{ "netns_cookie 41", "5" },
		{ "netns-cookie != 42", "123459" },
		{ "cookie 7", "7" },
		{ "cookie ge 8", "89" },
		{ "family inet", "12349" },
		{ "family inet6", "567" },
		{ "family ipv6", "567" },
		{ "family != inet6", "123489" },
		{ "timer keepalive", "27" },
		{ "timer retransmit", "2" },
		{ "timer != keepalive", "134568" },
		{ "timer none", "16" },
		{ "timer any", "234578" },
		{ "timer timewait or timer synack", "34" },

		/* of that timer, not of any; 2 has retransmit 3/15 and keepalive 0/9, 7 probe0 2/15 and more */
		{ "timer retransmit attempt gt 2", "2" },
		{ "timer retransmit attempt 3", "2" },
		{ "timer retransmit attempt > 3", "" },
		{ "timer keepalive attempt ge 1", "" },
		{ "timer keepalive attempt lt 1 and timer any attempt ge 2", "27" },
		{ "timer any attempt gt 1", "27" },
		{ "not timer any attempt gt 1", "136" }, /* of 4, 5 and 8 attempts mean nothing */
		{ "timer any limit eq 15", "27" },
		{ "timer any backoff gt 0", "" },
		{ "timer keepalive expires lt 90s", "2" },
		{ "timer keepalive expires < 1min", "" },
		{ "timer retransmit expires < 90s", "2" },
		{ "timer any expires_ms lt 201", "3578" }, /* overdue is now */
		{ "timer synack gives-up lt 2min", "3" },
		{ "timer any gives_up gt 5min", "2" },
		{ "timer keepalive gives-up gt 0", "2" }, /* of 7 it is not known */
		{ "timer retransmit attempt gt 2 sport = :80", "2" },
		{ "( timer retransmit attempt gt 2 ) or timer none", "126" },
		{ "timer != retransmit attempt gt 2", "1345678" },
		{ "timer != retransmit attempt gt 3", "12345678" },

		/* of the soonest of all */
		{ "gives-up < 1min", "48" },
		{ "gives-up lt 2min", "348" },
		{ "gives_up_ms gt 100000", "2" },
		{ "not gives-up lt 2min", "2" },
		{ "expires lt 1", "3578" },
		{ "expires eq 42s", "4" },
		{ "fwmark 0x11", "2" },
		{ "fwmark = 0x1/0x1", "26" },
		{ "fwmark = 0x10/0x30", "2" },
		{ "fwmark != 0x11", "167" },
		{ "flag orphan", "7" },
		{ "not flag gap", "12479" }, /* of those without a life nobody knows */
		{ "flag minisocket", "45" },
		{ "flag v4mapped", "6" },
		{ "dev 2", "7" },
		{ "inode gt 1001", "267" },
		{ "recv_q ge send_q", "167" },
		{ "recv-q gt 0", "16" },
		{ "state listening recv_q ge send_q", "1" },
		{ "RTO gt 1", "2" },
		{ "rto gt 1sec", "2" },
		{ "rto_ms gt 200", "267" },
		{ "rto_ms = 1600", "2" },
		{ "rtt_us gt 4000", "7" },
		{ "rtt ge 4ms", "67" },
		{ "age gt 10", "14" },
		{ "age gt 10min", "1" },
		{ "age_ms le 5000", "79" },
		{ "in-state ge 1min", "12" },
		{ "state_age_ms lt 2000", "7" },
		{ "tries ge 3", "2" },
		{ "role passive", "2" },
		{ "role active", "49" },
		{ "first_closer local", "4" },
		{ "closer = peer", "7" },
		{ "substate fin-wait-2", "5" },
		{ "mark 17", "2" },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		if (strcmp(matches(cases[i].filter), cases[i].cookies))
			fail_msg("'%s' matches %s, not %s", cases[i].filter, matches(cases[i].filter),
				 cases[i].cookies);
	}
}

static void test_errors(void **state)
{
	static const struct {
		const char *filter;
		size_t at;
		const char *what;
	} cases[] = {
		{ "dport >", 7, "a port such as :443 must follow 'dport >'" },
		{ "dport > and src 10/8", 8, "must follow 'dport >'" },
		{ "dport", 5, "must follow 'dport'" },
		{ "dport :99999", 6, "':99999' is not a port" },
		{ "dport :65536", 6, "is not a port" },
		{ "dport :nosuchservice", 6, "is not a port" },
		{ "dport -1", 6, "is not a port" },
		{ "dport 10.0.0.1:80", 6, "is not a port" },
		{ "dport *", 6, "is not a port" },
		{ "state", 5, "a state must follow 'state'" },
		{ "state nonsense", 6, "'nonsense' is not a state" },
		{ "state established state nonsense", 24, "is not a state" },
		{ "state = established", 6, "can't be compared" },
		{ "exclude", 7, "a state must follow" },
		{ "src > 10.0.0.1", 4, "can't be compared" },
		{ "src 10.0.0.256", 4, "is not an address" },
		{ "src 10.0.0", 4, "is not an address" },
		{ "src 10.0.0.0/33", 4, "is not an address" },
		{ "src 10.0.0.0/", 4, "is not an address" },
		{ "src 10.0.0.0/x", 4, "is not an address" },
		{ "src 1.2.3.4.5", 4, "is not an address" },
		{ "src [::1", 4, "is not an address" },
		{ "src [1.2.3.4]", 4, "is not an address" },
		{ "src [::1]x", 4, "is not an address" },
		{ "src [::1]/129", 4, "is not an address" },
		{ "src [::]/32/32", 4, "is not an address" },
		{ "src ::1::", 4, "is not an address" },
		{ "src 10.0.0.1:x", 4, "is not an address" },
		{ "src example.com", 4, "is not an address" },
		{ "(", 1, "a condition is missing at the end" },
		{ "( state listening", 17, "')' is missing at the end" },
		{ "state listening )", 16, "the end is expected, not ')'" },
		{ "()", 1, "a condition is expected, not ')'" },
		{ "and", 0, "a condition is expected, not 'and'" },
		{ "state listening and", 19, "a condition is missing at the end" },
		{ "state listening or or", 19, "a condition is expected, not 'or'" },
		{ "not", 3, "a condition is missing" },
		{ "pid 1 foo 2", 6, "'foo' is no condition" },
		{ "foo = 1", 0, "'foo' is no condition" },
		{ "= 1", 0, "a condition is expected, not '='" },
		{ "'pid' 1", 1, "a condition is expected" },
		{ "comm 'x", 5, "nothing ends this quote" },
		{ "'", 0, "nothing ends this quote" },
		{ "comm ''", 6, "is not a text" },
		{ "role nosuch", 5, "'nosuch' is not a text that column can show" },
		{ "first_closer = n*", 15, "'n*' is not a text" },
		{ "reason timed_out", 7, "'timed_out' is not a text" },
		{ "pid x", 4, "is not a number" },
		{ "pid 99999999999999999999", 4, "is not a number" },
		{ "pid gt comm", 7, "is not a number" },
		{ "pid gt age", 7, "is not a number" },
		{ "age gt 5x", 7, "is not a number" },
		{ "age gt pid", 7, "is not a number" },
		{ "timer nosuch", 6, "is not a timer" },
		{ "timer retransmit attempt", 24, "a number must follow 'attempt'" },
		{ "timer retransmit attempt gt x", 28, "is not a number" },
		{ "timer retransmit expires gt x", 28, "is not a time such as 10s" },
		{ "timer retransmit and attempt gt 3", 21, "'attempt' is no condition" },
		{ "timer none attempt gt 3", 11, "'attempt' is no condition" },
		{ "attempt gt 3", 0, "'attempt' is no condition" },
		{ "timer gt keepalive", 6, "can't be compared" },
		{ "flag nosuch", 5, "is not a flag" },
		{ "family ipx", 7, "is not inet or inet6" },
		{ "netns /nonexistent", 6, "is not a network namespace" },
		{ "uid nosuchuser", 4, "is not a user" },
		{ "cgroup /no/such", 7, "is not the path of a cgroup" },
		{ "fwmark 1/x", 7, "is not a mark" },
		{ "dev nosuchdev0", 4, "is not an interface" },
		{ "state established extraordinarily-long-words-are-cut-in-the-message", 18,
		  "'extraordinarily-long-words-are...' is no condition" },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct filter_error error = { 0 };
		struct filter *filter = filter_parse(cases[i].filter, &error);

		if (filter)
			fail_msg("'%s' was taken for a filter", cases[i].filter);
		if (error.at != cases[i].at || !strstr(error.what, cases[i].what))
			fail_msg("'%s': '%s' at %zu", cases[i].filter, error.what, error.at);
	}
}

static void test_join(void **state)
{
	char *const words[] = { "state", "established", "( sport = :80 )" };
	char *text = filter_join(3, words);

	assert_string_equal(text, "state established ( sport = :80 )");
	free(text);
	text = filter_join(0, words);
	assert_string_equal(text, "");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_state),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_join),
	};

	return cmocka_run_group_tests_name("filter", tests, rows_join, NULL);
}
