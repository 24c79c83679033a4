// SPDX-License-Identifier: GPL-2.0
/* Which segments an exchange has, as numbers; and whole explanations, against golden files. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain/explain.h"
#include "explain/peers.h"
#include "explain/segments.h"
#include "stories.h"

#define SHAKEN "active 0:syn_sent 0.1:established "
#define SHAKEN_BY "passive 0.05:syn_recv 0.15:established "
#define CLOSES SHAKEN "closer=local 100:fin_wait1 "
#define CLOSES_BY SHAKEN_BY "closer=peer 100.05:close_wait "

/* Of each kind and way: how many arrived, were lost, may have been either. */
static void assert_fates(const char *words, enum segment_kind kind, enum side side, unsigned int arrived,
			 unsigned int lost, unsigned int unknown)
{
	struct exchange *exchange = malloc(sizeof(*exchange));
	unsigned int a, l, u;

	exchange_of(exchange, words);
	a = exchange_count(exchange, kind, FATE_ARRIVED, side);
	l = exchange_count(exchange, kind, FATE_LOST, side);
	u = exchange_count(exchange, kind, FATE_UNKNOWN, side);
	if (a != arrived || l != lost || u != unknown)
		fail_msg("of '%s' %s: %u arrived, %u lost, %u unknown, not %u, %u, %u", words,
			 segment_kind_name(kind), a, l, u, arrived, lost, unknown);
	free(exchange);
}

/* The fates of a kind in the order it was sent, each with a blank behind it. */
static void assert_order(const char *words, enum segment_kind kind, const char *fates)
{
	struct exchange *exchange = malloc(sizeof(*exchange));
	char got[128] = "";

	exchange_of(exchange, words);
	for (size_t i = 0; i < exchange->n_segments; i++)
		if (exchange->segments[i].kind == kind)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s ", fate_name(exchange->segments[i].fate));
	assert_string_equal(got, fates);
	free(exchange);
}

static void assert_says(const char *words, const char *what)
{
	struct exchange *exchange = malloc(sizeof(*exchange));
	struct strbuf text = { 0 };

	exchange_of(exchange, words);
	explain_text(exchange, &text, false);
	strbuf_char(&text, '\0');
	if (!strstr(text.data, what))
		fail_msg("'%s' is not in: %s", what, text.data);
	strbuf_free(&text);
	free(exchange);
}

#define DATA_AT(nxt) "resent=1001 segs=9/9 seq=" #nxt "/" #nxt "/5001 "

static void test_handshake(void **state)
{
	const char *lost_syn = "active 0:syn_sent 1000:+syn 1000.1:established |"
			       "passive 1000.05:syn_recv 1000.15:established";
	const char *lost_ack = "active 0:syn_sent 0.1:established 1000:< |"
			       "passive 0.05:syn_recv 1000:+synack 1000.1:established";

	assert_fates(lost_syn, SEGMENT_SYN, FROM_SELF, 1, 1, 0);
	assert_fates(lost_syn, SEGMENT_SYNACK, FROM_PEER, 1, 0, 0);
	assert_fates(lost_ack, SEGMENT_HANDSHAKE_ACK, FROM_SELF, 1, 1, 0);
	assert_fates(lost_ack, SEGMENT_SYNACK, FROM_PEER, 2, 0, 0);
	/* the other end alone cannot tell which of its SYN-ACKs was answered */
	assert_fates("passive 0:syn_recv 1000:+synack 1000.1:established", SEGMENT_SYNACK, FROM_SELF, 0, 0, 2);
	/* where an event is missing nothing is certainly lost */
	assert_fates("active 0:syn_sent 1000:+syn 1000.1:established | passive 1000.05:syn_recv 1000.15:established flag=gap",
		     SEGMENT_SYN, FROM_SELF, 1, 0, 1);
	/* older than the recorder at the other end: it may have met anything */
	assert_fates("active 0:syn_sent 1000:+syn 1000.1:established | passive 1000.15:established adopted",
		     SEGMENT_SYN, FROM_SELF, 0, 0, 2);
}

/* Two SYN-ACKs at once draw two ACKs at once, and only one of these shows. */
static void test_burst(void **state)
{
	const char *words = "active 0:syn_sent 1000:+syn 1000.1:established 1000.15:< |"
			    "passive 0:syn_recv 1000.01:+synack 1000.05:<syn 1000.06:+synack 1000.2:established";

	assert_fates(words, SEGMENT_SYNACK, FROM_PEER, 2, 1, 0);
	assert_fates(words, SEGMENT_HANDSHAKE_ACK, FROM_SELF, 1, 0, 1);
}

static void test_requests(void **state)
{
	/* one SYN, sent again, made two requests */
	assert_fates("active 0:syn_sent 1000:+syn 70000:+syn |"
		     "passive 0.05:syn_recv 1000.05:<syn 63000:end=synack_timeout | passive 70000.05:syn_recv",
		     SEGMENT_SYN, FROM_SELF, 3, 0, 0);
}

/* Not seen is not lost. */
static void test_late(void **state)
{
	/* TCP_DEFER_ACCEPT, a silent client: the request has the ACK and says so, or data came in time */
	assert_fates("active 0:syn_sent 0.1:established | passive 0.05:syn_recv flag=acked", SEGMENT_HANDSHAKE_ACK,
		     FROM_SELF, 1, 0, 0);
	assert_fates("active 0:syn_sent 0.1:established 3000:< | passive 0.05:syn_recv 3000:+synack flag=acked",
		     SEGMENT_HANDSHAKE_ACK, FROM_SELF, 0, 0, 2);
	assert_fates("active 0:syn_sent 0.1:established | passive 0.05:syn_recv 700:established", SEGMENT_HANDSHAKE_ACK,
		     FROM_SELF, 1, 0, 1);
	/* a last ACK that takes 300 ms, longer than the timeout: the second one draws a RST, which says that they came */
	assert_fates(SHAKEN "100:fin_wait1 150:fin_wait2 200:time_wait 400:~fin 1000:rst-in |" SHAKEN_BY
		     "100.1:close_wait 199.9:last_ack 399.9:+fin 500:end=normal", SEGMENT_FIN_ACK, FROM_SELF, 1, 0, 1);
	/* the peer's second FIN is there, and no answer yet: it may be late */
	assert_fates(SHAKEN "100:fin_wait1 150:fin_wait2 10000:time_wait |" SHAKEN_BY
		     "100.1:close_wait 9999.9:last_ack", SEGMENT_FIN_ACK, FROM_SELF, 0, 1, 0);
	assert_fates(SHAKEN "99000:fin_wait1 99001:fin_wait2 99700:time_wait |" SHAKEN_BY
		     "99000.1:close_wait 99699.9:last_ack 99900:+fin", SEGMENT_FIN_ACK, FROM_SELF, 0, 0, 0);
	/* SYNs that take 1.5 s: the second to be sent came first, as far as is known, and the first may still come */
	assert_fates("active 98000:syn_sent 99000:+syn | passive 99500:syn_recv", SEGMENT_SYN, FROM_SELF, 1, 0, 0);
	/* a FIN no timer has fired for is not lost, however long it waits in a slow queue */
	assert_fates(SHAKEN "100:fin_wait1 |" SHAKEN_BY, SEGMENT_FIN, FROM_SELF, 0, 0, 0);
	/* data sent again just now: both may come */
	assert_fates(SHAKEN DATA_AT(1101) "99700:+rto |" SHAKEN_BY "segs=9/9 seq=5001/5001/1101", SEGMENT_DATA, FROM_SELF, 0, 0, 2);
}

/* One RST, which its sender records after it has arrived; and one of a middlebox. */
static void test_resets(void **state)
{
	assert_fates(SHAKEN "9:rst-in 9:end=reset_received |" SHAKEN_BY "9.1:rst-out 9.2:end=reset_sent", SEGMENT_RST,
		     FROM_BOTH, 1, 0, 0);
	assert_says(SHAKEN "9:rst-in 9:end=reset_received |" SHAKEN_BY, "RST (not from this end)");
	assert_says(SHAKEN "99900:+tlp timer=retransmit/1 resent=1001 segs=9/9 seq=1001/1101/5001 |" SHAKEN_BY
		    "segs=9/9 seq=5001/5001/1001", "ESTAB");
	/* Fast Open: what follows the SYN has an unknown length */
	assert_says("active flag=fastopen 0:syn_sent 0.1:established | passive 0.05:syn_recv 0.15:established",
		    "SYN-ACK seq 5000 -");
}

/* Eight sendings of the same data are lost, and the ninth comes: that is what is drawn. */
static void test_many(void **state)
{
	const char *words = SHAKEN "resent=1001 segs=9/9 seq=1101/1101/5001 300:+rto/1 600:+rto/2 1200:+rto/3 2400:+rto/4 "
			    "4800:+rto/5 9600:+rto/6 19200:+rto/7 38400:+rto/8 |" SHAKEN_BY "segs=9/9 seq=5001/5001/1101";

	assert_fates(words, SEGMENT_DATA, FROM_SELF, 1, 8, 0);
	/* the loss probe may have been of other data: at least so many */
	assert_says(SHAKEN "resent=1001 segs=9/9 seq=1101/1101/5001 200:+tlp 300:+rto/1 600:+rto/2 1200:+rto/3 2400:+rto/4 |"
		    SHAKEN_BY "segs=9/9 seq=5001/5001/1101", "data_lost: At least 4 data segments got lost");
}

#define DATA "resent=1001 segs=9/9 seq=1101/1101/5001 "

static void test_data(void **state)
{
	/* the first was lost: one more came */
	assert_fates(SHAKEN DATA "300:+tlp |" SHAKEN_BY "segs=9/9 seq=5001/5001/1101", SEGMENT_DATA, FROM_SELF, 1, 1, 0);
	/* it came in vain: the first had come, its acknowledgment had not */
	assert_fates(SHAKEN DATA "300:+tlp |" SHAKEN_BY "300.1:<data segs=9/9 seq=5001/5001/1101", SEGMENT_DATA,
		     FROM_SELF, 2, 0, 0);
	assert_fates(SHAKEN "300:+tlp resent=1001 segs=9/9 seq=1001/1101/5001 |" SHAKEN_BY
		     "300.1:<data segs=9/9 seq=5001/5001/1101", SEGMENT_DATA_ACK, FROM_PEER, 0, 1, 0);
	/* which is only late, if it has come since: the network delayed it, or put it behind others */
	assert_fates(SHAKEN DATA "300:+fast |" SHAKEN_BY "300.1:<data segs=9/9 seq=5001/5001/1101", SEGMENT_DATA_ACK,
		     FROM_PEER, 0, 0, 0);
	/* the last came, as the sender was content; unless the other end's FIN may have told it */
	assert_order(SHAKEN "300:+tlp 536:+rto resent=1001 segs=9/9 seq=1101/1101/5002 |" SHAKEN_BY
		     "segs=9/9 seq=5001/5001/1101", SEGMENT_DATA, "lost lost arrived ");
	assert_order(SHAKEN "300:+tlp 536:+rto 610.1:close_wait resent=1001 segs=9/9 seq=1101/1101/5002 |" SHAKEN_BY
		     "400:fin_wait1 610:+tlp/fin resent=5001 segs=9/9 seq=5002/5002/1101", SEGMENT_DATA, "lost unknown unknown ");
	/* of the two before the one in vain one was lost, and nobody knows which */
	assert_fates(SHAKEN DATA "300:+tlp 500:+rto |" SHAKEN_BY "500.1:<data segs=9/9 seq=5001/5001/1101",
		     SEGMENT_DATA, FROM_SELF, 1, 1, 1);
	/* nothing has come yet */
	assert_fates(SHAKEN "300:+tlp 500:+rto resent=1001 segs=9/9 seq=1001/1101/5001 |" SHAKEN_BY
		     "segs=9/9 seq=5001/5001/1001", SEGMENT_DATA, FROM_SELF, 0, 3, 0);
}

static void test_teardown(void **state)
{
	/* the ACK of the FIN rode on the other FIN */
	assert_fates(CLOSES "100.1:fin_wait2 100.11:time_wait |" CLOSES_BY "100.06:last_ack 100.2:end=normal",
		     SEGMENT_FIN_ACK, FROM_BOTH, 1, 0, 0);
	/* it was a segment of its own */
	assert_fates(CLOSES "140.1:fin_wait2 |" CLOSES_BY, SEGMENT_FIN_ACK, FROM_PEER, 1, 0, 0);
	/* a FIN that came before lost data shows in no state */
	assert_fates(SHAKEN "100:fin_wait1 |" SHAKEN_BY "100.05:<fin 300:close_wait", SEGMENT_FIN, FROM_SELF, 1, 0, 0);
	/* it may come again along with that data, or be lost again on the way */
	assert_fates(SHAKEN "100:fin_wait1 300:+rto/fin resent=1001 segs=9/9 seq=1102/1102/5001 |" SHAKEN_BY
		     "100.05:<fin 300.05:close_wait segs=9/9 seq=5001/5001/1102", SEGMENT_FIN, FROM_SELF, 2, 0, 0);
	assert_fates(SHAKEN "100:fin_wait1 200:+fin 300:+rto resent=1001 segs=9/9 seq=1102/1102/5001 |" SHAKEN_BY
		     "100.05:<fin 300.05:close_wait segs=9/9 seq=5001/5001/1102", SEGMENT_FIN, FROM_SELF, 1, 1, 0);
	/* a loss probe comes soon, and no sooner than an answer would have */
	assert_order(SHAKEN "100:fin_wait1 104.96:+tlp/fin 105:fin_wait2 |" SHAKEN_BY "104.97:close_wait", SEGMENT_FIN,
		     "lost arrived ");
	/* a RST from where nothing is left */
	assert_fates(CLOSES_BY "101:last_ack 65000:+fin 65000.1:rst-in 65000.1:end=reset_received |", SEGMENT_FIN,
		     FROM_SELF, 0, 0, 2);
}

/* What the sockets counted goes before what the events suggest. */
static void test_counters(void **state)
{
#define ORDERLY(in, out, in_by, out_by) \
	CLOSES "140:fin_wait2 200.1:time_wait 60300:end=timewait_expired segs=" in "/" out " |" \
	CLOSES_BY "200:last_ack 200.2:end=normal segs=" in_by "/" out_by
	assert_fates(ORDERLY("3", "4", "4", "2"), SEGMENT_ACK, FROM_BOTH, 0, 0, 0);
	assert_fates(ORDERLY("3", "6", "4", "2"), SEGMENT_ACK, FROM_SELF, 0, 2, 0);
	assert_fates(ORDERLY("3", "4", "4", "3"), SEGMENT_ACK, FROM_PEER, 0, 1, 0);
}

/* --- golden files --- */

static void assert_golden(const char *name, const char *words)
{
	struct exchange *exchange = malloc(sizeof(*exchange));
	char path[4096], expected[20000] = "";
	struct strbuf text = { 0 };
	FILE *file;

	exchange_of(exchange, words);
	explain_text(exchange, &text, false);
	snprintf(path, sizeof(path), GOLDEN "/%s.txt", name);
	file = fopen(path, getenv("GOLDEN_UPDATE") ? "w" : "r");
	assert_non_null(file);
	if (getenv("GOLDEN_UPDATE"))
		assert_int_equal(fwrite(text.data, 1, text.len, file), text.len);
	else
		expected[fread(expected, 1, sizeof(expected) - 1, file)] = '\0';
	fclose(file);
	strbuf_char(&text, '\0');
	if (!getenv("GOLDEN_UPDATE"))
		assert_string_equal(text.data, expected);
	strbuf_free(&text);
	free(exchange);
}

#define LAST_ACK_LOST \
	SHAKEN "closer=local 100:fin_wait1 140:fin_wait2 200:time_wait 400:~fin timer=timewait segs=4/5 " \
	"seq=1002/1002/5002 |" SHAKEN_BY "closer=peer 100.1:close_wait 199.9:last_ack 400:+fin 400.1:end=normal " \
	"segs=4/3 seq=5002/5002/1002"

static void test_golden(void **state)
{
	assert_golden("explain-last-ack", LAST_ACK_LOST);
	assert_golden("explain-syn-lost", "active 0:syn_sent 1000:+syn timer=retransmit/1");
	assert_golden("explain-data-lost", SHAKEN "timer=retransmit/2 resent=1001 segs=9/9 seq=1001/1101/5001 300:+tlp "
		      "500:+rto |" SHAKEN_BY "segs=9/9 seq=5001/5001/1001");
	assert_golden("explain-listener", "listener 0:listen syns=9 requests=5 overflows=2 recv_q=6 send_q=5");
	assert_golden("explain-unrecorded", "no-life timer=retransmit/1");
}

/* The same exchange, seen from the other end, is mirrored: who sent what, when, and what became of it. */
static void test_mirror(void **state)
{
	struct exchange *a = malloc(sizeof(*a)), *b = malloc(sizeof(*b));
	struct tcpscope_row other;

	exchange_of(a, LAST_ACK_LOST);
	other = a->peer.row;
	exchange_begin(b, &other, EXCHANGE_NOW_NS);
	exchange_join(b, &a->self.row);
	segments_find(b);
	assert_int_equal(a->n_segments, b->n_segments);
	for (size_t i = 0; i < a->n_segments; i++) {
		const struct segment *x = &a->segments[i], *y = &b->segments[i];

		assert_int_equal(x->kind, y->kind);
		assert_int_equal(x->fate, y->fate);
		assert_int_equal(x->sent_ns, y->sent_ns);
		assert_int_equal(x->seq, y->seq);
		assert_true(x->from_peer != y->from_peer);
	}
	free(a);
	free(b);
}

/* Of all rows, a subject gets those of its other end, by ports, addresses and initial numbers. */
static void test_subjects(void **state)
{
	struct exchange *exchange = malloc(sizeof(*exchange));
	struct peers peers = { 0 };
	struct tcpscope_row a, b, later, other;

	exchange_of(exchange, SHAKEN "|" SHAKEN_BY);
	a = exchange->self.row;
	b = later = other = exchange->peer.row;
	later.life.local_isn = 7777; /* the same ends once more */
	other.conn.peer_addr[3] = 9;
	other.life.local_isn = 6666;
	other.conn.cookie = 99;
	peers_add(&peers, &a);
	peers_add(&peers, &other);
	peers_offer(&peers, &a);
	peers_offer(&peers, &later);
	peers_offer(&peers, &b);
	assert_int_equal(peers.n_others, 1);
	peers_story(&peers, 0, exchange, EXCHANGE_NOW_NS);
	assert_true(exchange->joined);
	assert_int_equal(exchange->peer.row.conn.cookie, b.conn.cookie);
	peers_story(&peers, 1, exchange, EXCHANGE_NOW_NS);
	assert_false(exchange->joined);
	peers_free(&peers);
	free(exchange);
}

/* The same, of a SYN that made two requests. */
static void test_siblings(void **state)
{
	struct exchange *exchange = malloc(sizeof(*exchange));
	struct peers peers = { 0 };
	struct tcpscope_row client, first, second;

	exchange_of(exchange, "active 0:syn_sent 1000:+syn 70000:+syn |"
			"passive 0.05:syn_recv 1000.05:<syn 63000:end=synack_timeout");
	client = exchange->self.row;
	first = exchange->peer.row;
	exchange_of(exchange, "active 0:syn_sent | passive 70000.05:syn_recv");
	second = exchange->peer.row;
	second.conn.cookie = 3;
	peers_add(&peers, &second);
	peers_offer(&peers, &client);
	peers_offer(&peers, &first);
	peers_story(&peers, 0, exchange, EXCHANGE_NOW_NS);
	segments_find(exchange);
	assert_int_equal(exchange->self.row.conn.cookie, 3);
	assert_int_equal(exchange_count(exchange, SEGMENT_SYN, FATE_LOST, FROM_BOTH), 0);
	assert_int_equal(exchange_count(exchange, SEGMENT_SYN, FATE_ARRIVED, FROM_PEER), 3);
	peers_free(&peers);
	free(exchange);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handshake), cmocka_unit_test(test_burst), cmocka_unit_test(test_late), cmocka_unit_test(test_many), cmocka_unit_test(test_resets),	   cmocka_unit_test(test_requests),
		cmocka_unit_test(test_data),	  cmocka_unit_test(test_teardown), cmocka_unit_test(test_counters),
		cmocka_unit_test(test_golden),	  cmocka_unit_test(test_mirror),
		cmocka_unit_test(test_subjects),  cmocka_unit_test(test_siblings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
