// SPDX-License-Identifier: GPL-2.0
/* Which rows are the ends of one connection, or lives of the same end. */
#include "explain/exchange.h"

#include <string.h>
#include <sys/socket.h>

#include "lib/ipaddr.h"
#include "source/netns.h"

/* 16 bytes in which an IPv4 address and its mapped form are the same. */
static void normal_address(const struct tcpscope_conn *conn, const __u8 *address, __u8 normal[16])
{
	memset(normal, 0, 16);
	if (conn->family == AF_INET6) {
		memcpy(normal, address, 16);
		return;
	}
	normal[10] = normal[11] = 0xff;
	memcpy(normal + 12, address, 4);
}

static bool same_address(const struct tcpscope_conn *a, const __u8 *x,
			 const struct tcpscope_conn *b, const __u8 *y)
{
	__u8 p[16], q[16];

	normal_address(a, x, p);
	normal_address(b, y, q);
	return !memcmp(p, q, 16);
}

/* A sequence number of 0 is one not known. */
static bool agree(uint32_t a, uint32_t b)
{
	return !a || !b || a == b;
}

/* Two connections of the same ends, one after the other, are told apart by these. */
static enum kinship by_beginning(const struct tcpscope_life *a, const struct tcpscope_life *b)
{
	bool mine = a->local_isn && b->peer_isn, theirs = a->peer_isn && b->local_isn;

	if (!agree(a->local_isn, b->peer_isn) || !agree(a->peer_isn, b->local_isn))
		return KIN_NOT;
	return mine && theirs ? KIN_CERTAIN : mine || theirs ? KIN_BY_NUMBER : KIN_BY_ADDRESS;
}

#define WINDOW_MAX (1 << 24) /* more than is under way between two ends that are, or were, read one after the other */

/* What one end sends next, and the other expects; a handshake has no such numbers. */
static bool sends(const struct tcpscope_row *row, uint32_t *seq)
{
	*seq = row->has_ended ? row->life.traffic.snd_nxt : row->conn.snd_nxt;
	return row->has_ended ? row->life.traffic.segs_in : row_knows(row, TCPSCOPE_KNOWN(SND_NXT));
}

static bool expects(const struct tcpscope_row *row, uint32_t *seq)
{
	*seq = row->has_ended ? row->life.traffic.rcv_nxt : row->conn.rcv_nxt;
	return row->has_ended ? row->life.traffic.segs_in : row_knows(row, TCPSCOPE_KNOWN(RCV_NXT));
}

static bool is_handshake(const struct tcpscope_row *row)
{
	return row_state(row) == TCPSCOPE_SYN_SENT || row_state(row) == TCPSCOPE_SYN_RECV;
}

/* Of two connections whose beginnings nobody saw, these tell whether they can be one. */
static bool numbers_fit(const struct tcpscope_row *a, const struct tcpscope_row *b)
{
	uint32_t next, expected;

	if (is_handshake(a) || is_handshake(b) || !sends(a, &next) || !expects(b, &expected))
		return true;
	return next - expected + WINDOW_MAX <= 2 * WINDOW_MAX;
}

/* Whether there was a moment at which both were; unknown beginnings are early. */
static bool overlap(const struct tcpscope_row *a, const struct tcpscope_row *b)
{
	if (a->has_ended && b->has_life && b->life.born_ns > a->conn.time_ns)
		return false;
	return !b->has_ended || !a->has_life || a->life.born_ns <= b->conn.time_ns;
}

/*
 * Two ends may be in two namespaces, but not in two that had the same number one
 * after the other: when the later one began, no socket of the first was left.
 */
static bool namespaces_meet(const struct tcpscope_conn *a, const struct tcpscope_conn *b)
{
	if (netns_same(NETNS_OF(a), NETNS_OF(b)))
		return true;
	return a->netns != b->netns && !ipaddr_is_loopback(a->family, a->peer_addr);
}

static bool is_reverse(const struct tcpscope_conn *x, const struct tcpscope_conn *y)
{
	return x->local_port == y->peer_port && x->peer_port == y->local_port &&
	       same_address(x, x->local_addr, y, y->peer_addr) && same_address(x, x->peer_addr, y, y->local_addr);
}

enum kinship rows_kinship(const struct tcpscope_row *a, const struct tcpscope_row *b)
{
	const struct tcpscope_conn *x = &a->conn, *y = &b->conn;
	enum kinship kinship = KIN_BY_ADDRESS;

	if (x->cookie == y->cookie || x->state == TCPSCOPE_LISTEN || y->state == TCPSCOPE_LISTEN ||
	    !namespaces_meet(x, y) || !overlap(a, b))
		return KIN_NOT;
	if (a->has_life && b->has_life)
		kinship = by_beginning(&a->life, &b->life);
	if (kinship != KIN_CERTAIN && !is_reverse(x, y))
		return KIN_NOT;
	return kinship == KIN_BY_ADDRESS && !(numbers_fit(a, b) && numbers_fit(b, a)) ? KIN_NOT : kinship;
}

bool row_is_target(const struct tcpscope_row *a, const struct tcpscope_row *b)
{
	const struct tcpscope_conn *x = &a->conn, *y = &b->conn;

	if (row_state(a) != TCPSCOPE_SYN_SENT || y->state != TCPSCOPE_LISTEN || b->has_ended)
		return false;
	return x->peer_port == y->local_port && same_address(x, x->peer_addr, y, y->local_addr) && namespaces_meet(x, y);
}

uint64_t row_numbers(const struct tcpscope_row *row)
{
	const struct tcpscope_life *life = &row->life;
	uint64_t low = life->local_isn, high = life->peer_isn;

	if (!row->has_life || !low || !high)
		return 0;
	return low < high ? high << 32 | low : low << 32 | high;
}

bool rows_are_siblings(const struct tcpscope_row *a, const struct tcpscope_row *b)
{
	const struct tcpscope_conn *x = &a->conn, *y = &b->conn;

	if (!a->has_life || !b->has_life || x->cookie == y->cookie ||
	    !netns_same(NETNS_OF(x), NETNS_OF(y)))
		return false;
	if (a->life.role != TCPSCOPE_ROLE_PASSIVE || b->life.role != TCPSCOPE_ROLE_PASSIVE ||
	    !a->life.peer_isn || a->life.peer_isn != b->life.peer_isn)
		return false;
	return x->local_port == y->local_port && x->peer_port == y->peer_port &&
	       same_address(x, x->local_addr, y, y->local_addr) &&
	       same_address(x, x->peer_addr, y, y->peer_addr);
}
