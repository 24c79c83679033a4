// SPDX-License-Identifier: GPL-2.0
/* Each verdict: an exchange of which it is said, and next to it exchanges of which it is not. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "explain/explain.h"
#include "stories.h"

#define SHAKEN "active 0:syn_sent 1:established "
#define SHAKEN_BY "passive 0:syn_recv 1:established "
#define CLOSED SHAKEN "closer=local 100:fin_wait1 101:fin_wait2 "
#define CLOSED_BY SHAKEN_BY "closer=peer 100:close_wait "

/* Exactly these verdicts, in this order. */
static const struct {
	const char *verdicts, *words;
} cases[] = {
	/* how it failed */
	{ "connect_refused", "active 0:syn_sent 1:rst-in 1:end=refused" },
	{ "connect_unreachable", "active 0:syn_sent 1000:+syn 3000:end=unreachable" },
	{ "connect_timed_out", "active 0:syn_sent 1000:+syn 3000:+syn 60000:end=syn_timeout" },
	{ "connect_abandoned", "active 0:syn_sent 500:end=disconnected" },
	{ "syn_disowned", "passive 0:syn_recv 1:rst-in 1:end=reset_received" },
	{ "handshake_abandoned", "passive 0:syn_recv 1000:+synack 63000:end=synack_timeout" },
	{ "listener_closed", SHAKEN_BY "9:end=listener_closed" },
	{ "netns_destroyed", SHAKEN "9:end=aborted" },
	{ "aborted_by_admin", SHAKEN "9:rst-out 9:end=aborted hint=abort" },
	{ "reset_unread_data", SHAKEN "9:rst-out 9:end=reset_sent hint=ending" },
	{ "reset_by_us", SHAKEN "9:rst-out 9:end=reset_sent hint=linger" },
	{ "reset_by_us", CLOSED "200:rst-out 200:end=reset_sent hint=ending" },
	{ "late_fin_refused", CLOSED_BY "101:last_ack 300:+fin 300:rst-in 300:end=reset_received segs=4/4 seq=5001/5002/1102" },
	/* that was sent once, or with data that was not acknowledged */
	{ "reset_by_peer", CLOSED_BY "101:last_ack 300:rst-in 300:end=reset_received segs=4/4 seq=5001/5002/1102" },
	{ "reset_by_peer", CLOSED_BY "101:last_ack 300:+fin 300:rst-in 300:end=reset_received segs=4/4 seq=5001/5502/1102" },
	{ "aborted_on_overflow", "passive 0:syn_recv 1:<ack 1:rst-out 1:end=reset_sent" },
	{ "handshake_unreachable", "passive 0:syn_recv 1:end=unreachable" },
	{ "reset_by_peer", SHAKEN "9:rst-in 9:end=reset_received" },
	{ "last_ack_timed_out", CLOSED_BY "101:last_ack 300:+fin 9000:end=retransmit_timeout" },
	{ "fin_timed_out", SHAKEN "100:fin_wait1 300:+fin 9000:end=retransmit_timeout" },
	{ "reset_on_the_way", SHAKEN "9:rst-in 9:end=reset_received |" SHAKEN_BY },
	{ "reset_by_peer", SHAKEN "9:rst-in 9:end=reset_received |" SHAKEN_BY "9.1:rst-out 9.2:end=reset_sent hint=linger" },
	{ "reset_by_peer", SHAKEN "9:rst-in 9:end=reset_received |" SHAKEN_BY "5:end=aborted" },
	{ "zero_window_timed_out", SHAKEN "300:+probe 9000:end=probe_timeout" },
	{ "zero_window_timed_out", SHAKEN "300:+probe 600:+probe 9000:end=probe_timeout" },
	{ "zero_window_orphaned", SHAKEN "300:+probe/1 600:+probe/1 9000:end=probe_timeout" },
	/* the FIN never left */
	{ "data_timed_out", SHAKEN "100:fin_wait1 300:+rto 9000:end=retransmit_timeout hint=unsent" },
	{ "reset_by_peer", SHAKEN "100:fin_wait1 200:rst-in 200:end=reset_received hint=unsent" },
	{ "keepalive_timed_out", SHAKEN "300:+keepalive 9000:end=keepalive_timeout" },
	{ "user_timeout", SHAKEN "9000:end=user_timeout" },
	{ "data_timed_out", SHAKEN "300:+rto 9000:end=retransmit_timeout" },
	{ "fin_wait2_expired", CLOSED "60000:end=finwait2_timeout" },
	{ "time_wait_assassinated", CLOSED "102:time_wait 200:rst-in 200:end=timewait_killed_rst" },
	{ "time_wait_overflow", CLOSED "102:end=timewait_overflow" },
	{ "time_wait_taken_over", CLOSED "102:time_wait 200:end=timewait_reused" },
	{ "time_wait_reused", CLOSED "102:time_wait 200:end=timewait_reused heir=7" },
	{ "disconnected", SHAKEN "9:end=disconnected" },
	{ "ended_unexplained", SHAKEN "9:end=unknown" },
	/* what is wrong now */
	{ "peer_gone_unnoticed", SHAKEN "|" SHAKEN_BY "9:end=aborted" },
	{ "backlog_overflow", "listener 0:listen syns=9 requests=5" },
	{ "backlog_overflow,accept_queue_overflow", "listener 0:listen syns=9 requests=5 overflows=2" },
	{ "accept_queue_overflow", "listener 0:listen syns=9 requests=5 overflows=4" },
	{ "accept_queue_overflow", "listener 0:listen recv_q=6 send_q=5" },
	{ "listening", "listener 0:listen syns=9 requests=9 recv_q=5 send_q=5" },
	{ "listener_full", "active 0:syn_sent 1000:+syn | listener 0:listen recv_q=6 send_q=5" },
	{ "syn_unanswered", "active 0:syn_sent 1000:+syn | listener 0:listen recv_q=5 send_q=6" },
	/* which segment was lost */
	{ "syn_lost,established", "active 0:syn_sent 1000:+syn 1001:established | passive 1000:syn_recv 1001:established" },
	{ "syn_ack_lost,established",
	  "active 0:syn_sent 1000:+syn 1001:established | passive 0:syn_recv 1000:<syn 1000:+synack 1001:established" },
	{ "syn_ack_lost", "active 0:syn_sent 1000:+syn | passive 0:syn_recv 1000:<syn 1000:+synack" },
	{ "handshake_ack_lost,established", "active 0:syn_sent 0.1:established | passive 0.05:syn_recv" },
	{ "handshake_ack_lost,established",
	  "active 0:syn_sent 1:established 1000:< | passive 0:syn_recv 1000:+synack 1000.1:established" },
	{ "data_lost,established", SHAKEN "300:+tlp resent=1001 segs=4/4 seq=1101/1101/5001 |" SHAKEN_BY
	  "segs=4/4 seq=5001/5001/1101" },
	{ "data_ack_lost,established", SHAKEN "300:+tlp resent=1001 segs=4/4 seq=1001/1101/5001 |" SHAKEN_BY
	  "300:<data segs=4/4 seq=5001/5001/1101" },
	{ "data_retransmitted,established", SHAKEN "300:+tlp resent=1001 segs=4/4 seq=1101/1101/5001 |" SHAKEN_BY
	  "300:<data segs=4/4 seq=5001/5001/1101" },
	{ "fin_lost", SHAKEN "100:fin_wait1 300:+fin |" SHAKEN_BY },
	{ "fin_lost,half_closed", SHAKEN "100:fin_wait1 300:+fin 301:fin_wait2 |" SHAKEN_BY "300:close_wait" },
	{ "fin_ack_lost,half_closed", SHAKEN "100:fin_wait1 300:+fin 301:fin_wait2 |" SHAKEN_BY
	  "100:close_wait 300:<fin" },
	{ "last_ack_lost,time_wait_restarted,time_wait", CLOSED "200:time_wait 400:~fin |" CLOSED_BY
	  "200:last_ack 400:+fin 401:end=normal" },
	/* what is not answered yet */
	{ "syn_unanswered", "active 0:syn_sent 1000:+syn" },
	{ "syn_unanswered,unknown_beginning", "active 0:syn_sent timer=retransmit/3 no-life" },
	{ "syn_ack_unanswered", "passive 0:syn_recv 1000:+synack" },
	{ "handshake_unconfirmed", SHAKEN "1000:< segs=2/2 seq=1001/1001/5001" },
	{ "handshake_unconfirmed", SHAKEN "1000:< segs=2/2 seq=1001/1101/5001" },
	{ "established", SHAKEN "segs=2/2 seq=1001/1001/5001" },
	{ "established", SHAKEN "1000:< segs=2/2 seq=1002/1101/5001" },
	{ "established", SHAKEN "1000:< segs=2/2 seq=1001/1001/5002" },
	{ "established", SHAKEN_BY "1000:< segs=2/2 seq=1001/1001/5001" },
	{ "fin_unacknowledged", SHAKEN "100:fin_wait1 300:+tlp/fin" },
	{ "fin_unacknowledged", CLOSED_BY "101:last_ack 300:+fin" },
	{ "zero_window", SHAKEN "timer=probe0/1 wnd=0/9" },
	{ "keepalive_probing", SHAKEN "timer=keepalive/2 300:+keepalive" },
	{ "established", SHAKEN "timer=keepalive/0" },
	{ "data_unacknowledged", SHAKEN "timer=retransmit/2 300:+rto" },
	{ "receiver_stalled", SHAKEN "wnd=9/0 recv_q=5" },
	{ "established", SHAKEN "wnd=9/0 recv_q=0" },
	/* what had to be repeated */
	{ "syn_retransmitted,established", "active 0:syn_sent 1000:+syn 1001:established" },
	{ "syn_ack_retransmitted,established", "passive 0:syn_recv 1000:+synack 1001:established" },
	{ "data_retransmitted,established", SHAKEN "300:+fast" },
	{ "fin_retransmitted,half_closed", SHAKEN "100:fin_wait1 300:+fin 301:fin_wait2" },
	{ "fin_retransmitted,closed_in_order", CLOSED_BY "101:last_ack 300:+fin 301:end=normal" },
	/* what is peculiar */
	{ "connected_to_itself", "itself simultaneous 0:syn_sent 1:syn_recv 2:established" },
	{ "simultaneous_open,established", "simultaneous 0:syn_sent 1:syn_recv 2:established" },
	{ "simultaneous_close,time_wait", SHAKEN "closer=both 100:fin_wait1 101:closing 102:time_wait" },
	{ "syn_cookie,established", SHAKEN_BY "flag=syncookie" },
	{ "time_wait_restarted,time_wait", CLOSED "102:time_wait 300:~fin" },
	{ "old_segment_in_time_wait,time_wait", CLOSED "102:time_wait 300:~data" },
	{ "time_wait_reset_ignored,time_wait", CLOSED "102:time_wait 300:rst-in" },
	/* where it stands */
	{ "connecting", "active 0:syn_sent" },
	{ "handshake_pending", "passive 0:syn_recv" },
	{ "half_closed", CLOSED },
	{ "fin_wait2_orphan", CLOSED "flag=orphan" },
	{ "fin_wait2_orphan", CLOSED "flag=minisocket" },
	{ "close_wait", CLOSED_BY },
	{ "closing", SHAKEN "100:fin_wait1" },
	{ "closing", SHAKEN "100:fin_wait1 live=1001/1502/5001 send_q=501" },
	{ "fin_waits", SHAKEN "100:fin_wait1 live=1001/1501/5001 send_q=9001" },
	{ "fin_waits", SHAKEN "100:fin_wait1 live=1001/1501/5001 send_q=9001 |" SHAKEN_BY },
	{ "data_unacknowledged,fin_waits", SHAKEN "100:fin_wait1 live=1001/1501/5001 send_q=9001 timer=retransmit/2 300:+rto" },
	{ "time_wait", CLOSED "102:time_wait" },
	{ "closed_in_order", CLOSED "102:time_wait 60000:end=timewait_expired" },
	{ "established,unknown_beginning", SHAKEN "adopted" },
};

static void names_of(const struct exchange *exchange, char *names)
{
	struct verdicts verdicts;

	*names = '\0';
	verdicts_find(exchange, &verdicts);
	for (size_t i = 0; i < verdicts.n; i++) {
		strcat(names, i ? "," : "");
		strcat(names, verdict_name(rule_id(verdicts.rule[i])));
	}
}

static void test_cases(void **state)
{
	struct exchange *exchange = malloc(sizeof(*exchange));
	char names[2000];

	for (size_t i = 0; i < LENGTH(cases); i++) {
		exchange_of(exchange, cases[i].words);
		names_of(exchange, names);
		if (strcmp(names, cases[i].verdicts))
			fail_msg("of '%s' it says %s, not %s", cases[i].words, names, cases[i].verdicts);
	}
	free(exchange);
}

/* Whether a list with commas has a name. */
static bool lists(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = list; (at = strstr(at, name)); at++)
		if ((at == list || at[-1] == ',') && (!at[len] || at[len] == ','))
			return true;
	return false;
}

static void test_each_has_a_case(void **state)
{
	for (unsigned int id = 0; id < V_MAX; id++) {
		bool found = false;

		for (size_t i = 0; i < LENGTH(cases); i++)
			found |= lists(cases[i].verdicts, verdict_name(id));
		if (!found)
			fail_msg("no case has %s", verdict_name(id));
	}
}

/* From one end alone nothing is called lost, and no verdict of both ends is given. */
static void test_one_end_knows_no_loss(void **state)
{
	struct exchange *exchange = malloc(sizeof(*exchange));
	char words[1000], names[2000];

	for (size_t i = 0; i < LENGTH(cases); i++) {
		strcpy(words, cases[i].words);
		words[strcspn(words, "|")] = '\0';
		exchange_of(exchange, words);
		names_of(exchange, names);
		for (unsigned int id = 0; id < V_MAX; id++)
			if (lists(names, verdict_name(id)) && !strncmp(verdict_meaning(id), "(both ends)", 11))
				fail_msg("of '%s' it says %s", words, verdict_name(id));
		for (size_t j = 0; j < exchange->n_segments; j++)
			assert_true(exchange->segments[j].fate != FATE_LOST && exchange->segments[j].fate != FATE_REFUSED);
	}
	free(exchange);
}

/* No brace is left in what is said, and each sentence is one. */
static void test_words(void **state)
{
	struct exchange *exchange = malloc(sizeof(*exchange));
	struct strbuf text = { 0 };

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct verdicts verdicts;

		exchange_of(exchange, cases[i].words);
		verdicts_find(exchange, &verdicts);
		for (size_t j = 0; j < verdicts.n; j++) {
			text.len = 0;
			rule_text(verdicts.rule[j], exchange, &text);
			assert_true(text.len && text.data[text.len - 1] == '.');
			rule_unknown(verdicts.rule[j], exchange, &text);
			rule_advice(verdicts.rule[j], exchange, &text);
			strbuf_char(&text, '\0');
			assert_null(strpbrk(text.data, "{}"));
		}
	}
	strbuf_free(&text);
	free(exchange);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_each_has_a_case),
		cmocka_unit_test(test_one_end_knows_no_loss),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
