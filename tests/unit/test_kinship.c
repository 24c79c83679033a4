// SPDX-License-Identifier: GPL-2.0
/* Who is the other end of whom: by addresses, by initial sequence numbers, and when it is not known. */
#include "unit.h"

#include <stdlib.h>

#include "explain/peers.h"
#include "stories.h"

#define SHAKEN "active 0:syn_sent 1:established "
#define SHAKEN_BY "passive 0:syn_recv 1:established "

/* Two ends of a connection: of which the beginning was seen, or not. */
static void ends(struct tcpscope_row *a, struct tcpscope_row *b, const char *words)
{
	struct exchange *exchange = malloc(sizeof(*exchange));

	exchange_of(exchange, words);
	*a = exchange->self.row;
	*b = exchange->peer.row;
	free(exchange);
}

static void forget_beginning(struct tcpscope_row *row)
{
	row->life.local_isn = row->life.peer_isn = 0;
	row->life.born_ns = 0;
}

/* The cookie of the other end that is found for the first among the rows, 0: none. */
static uint64_t other_end(const struct tcpscope_row *self, const struct tcpscope_row *rows, size_t n)
{
	struct exchange *exchange = malloc(sizeof(*exchange));
	struct peers peers = { 0 };
	uint64_t found;

	peers_add(&peers, self);
	for (size_t i = 0; i < n; i++)
		peers_offer(&peers, &rows[i]);
	peers_story(&peers, 0, exchange, EXCHANGE_NOW_NS);
	found = exchange->joined ? exchange->peer.row.conn.cookie : 0;
	peers_free(&peers);
	free(exchange);
	return found;
}

/* Two pairs of namespaces with the same addresses: one of the pairs is older than the recorder. */
static void test_same_addresses(void **state)
{
	struct tcpscope_row a, rows[2];

	ends(&a, &rows[0], SHAKEN "|" SHAKEN_BY);
	rows[1] = rows[0];
	rows[1].conn.cookie = 9;
	rows[1].conn.netns += 7;
	forget_beginning(&a);
	forget_beginning(&rows[0]);
	assert_int_equal(other_end(&a, rows, 1), 2);
	assert_int_equal(other_end(&a, rows, 2), 0); /* either may be it */
	ends(&a, &rows[0], SHAKEN "|" SHAKEN_BY);
	forget_beginning(&rows[1]);
	assert_int_equal(other_end(&a, rows, 2), 2); /* these numbers are its own */
}

/* Of two whose beginnings nobody saw, what they send next and expect tells that they are not one. */
static void test_numbers_apart(void **state)
{
	struct tcpscope_row a, b;

	ends(&a, &b, SHAKEN "live=1101/1101/5001 | " SHAKEN_BY "live=5001/5001/1101");
	forget_beginning(&a);
	assert_int_equal(other_end(&a, &b, 1), 2);
	b.conn.rcv_nxt += 1 << 30;
	assert_int_equal(other_end(&a, &b, 1), 0);
}

/* Behind NAT addresses and ports are others; both initial sequence numbers are not. */
static void test_nat(void **state)
{
	struct tcpscope_row a, b;

	ends(&a, &b, SHAKEN "|" SHAKEN_BY);
	b.conn.peer_addr[0] = 192;
	b.conn.peer_port = 50000;
	a.conn.peer_addr[0] = 172;
	assert_int_equal(other_end(&a, &b, 1), 2);
	b.life.peer_isn++;
	assert_int_equal(other_end(&a, &b, 1), 0);
}

/* Of two listeners that may be the one, none is. */
static void test_target(void **state)
{
	struct exchange *exchange = malloc(sizeof(*exchange));
	struct tcpscope_row client, server, listener;
	struct peers peers = { 0 };

	ends(&client, &server, "active 0:syn_sent | passive 0:syn_recv");
	listener = server;
	listener.conn.state = TCPSCOPE_LISTEN;
	listener.conn.peer_port = 0;
	peers_add(&peers, &client);
	peers_offer(&peers, &listener);
	peers_story(&peers, 0, exchange, EXCHANGE_NOW_NS);
	assert_non_null(exchange->target);
	listener.conn.netns += 7;
	listener.conn.cookie = 9;
	peers_offer(&peers, &listener);
	peers_story(&peers, 0, exchange, EXCHANGE_NOW_NS);
	assert_null(exchange->target);
	peers_free(&peers);
	free(exchange);
}

/* Loopback stays in its namespace. */
static void test_loopback(void **state)
{
	struct tcpscope_row a, b;

	ends(&a, &b, SHAKEN "|" SHAKEN_BY);
	for (size_t i = 0; i < 2; i++) {
		struct tcpscope_row *row = i ? &b : &a;

		row->conn.local_addr[0] = row->conn.peer_addr[0] = 127;
		forget_beginning(row);
	}
	assert_int_equal(other_end(&a, &b, 1), 0);
	b.conn.netns = a.conn.netns;
	assert_int_equal(other_end(&a, &b, 1), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_addresses),
		cmocka_unit_test(test_numbers_apart),
		cmocka_unit_test(test_nat),
		cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
