// SPDX-License-Identifier: GPL-2.0
#include "explain/exchange.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/ipaddr.h"
#include "source/netns.h"

static int by_time(const void *a, const void *b)
{
	uint64_t x = ((const struct recorded_event *)a)->event.time_ns;
	uint64_t y = ((const struct recorded_event *)b)->event.time_ns;

	return x < y ? -1 : x > y;
}

/* Lives come whole; a sort that kept their order would be one too many, so the events of each are inserted. */
static void insert(struct end *end, const struct recorded_event *told)
{
	size_t at = end->n_told;

	if (end->n_told == END_TOLD)
		return;
	while (at && by_time(&end->told[at - 1], told) > 0)
		at--;
	memmove(&end->told[at + 1], &end->told[at], (end->n_told - at) * sizeof(*told));
	end->told[at] = *told;
	end->n_told++;
}

static void add_events(struct end *end, const struct tcpscope_row *row)
{
	struct recorded_event told[TCPSCOPE_STEPS];
	size_t n = row->has_life ? life_recorded_events(&row->life, told) : 0;

	if (end->n_lives == END_LIVES)
		return;
	end->n_lives++;
	if (row->has_life && row->life.n_steps > n)
		end->forgotten += row->life.n_steps - n;
	for (size_t i = 0; i < n; i++)
		insert(end, &told[i]);
}

void exchange_begin(struct exchange *exchange, const struct tcpscope_row *row, uint64_t now_ns)
{
	memset(exchange, 0, sizeof(*exchange));
	exchange->now_ns = now_ns;
	exchange->self.row = *row;
	add_events(&exchange->self, row);
}

void exchange_join(struct exchange *exchange, const struct tcpscope_row *row)
{
	struct end *peer = &exchange->peer;

	if (!exchange->joined || row->life.born_ns >= peer->row.life.born_ns)
		peer->row = *row;
	exchange->joined = true;
	add_events(peer, row);
}

void exchange_add_sibling(struct exchange *exchange, const struct tcpscope_row *row)
{
	add_events(&exchange->self, row);
}

/* --- who belongs to whom --- */

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
static bool same_beginning(const struct tcpscope_row *a, const struct tcpscope_row *b)
{
	if (!a->has_life || !b->has_life)
		return true;
	return agree(a->life.local_isn, b->life.peer_isn) && agree(a->life.peer_isn, b->life.local_isn);
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

bool rows_are_ends(const struct tcpscope_row *a, const struct tcpscope_row *b)
{
	const struct tcpscope_conn *x = &a->conn, *y = &b->conn;

	if (x->cookie == y->cookie || x->state == TCPSCOPE_LISTEN || y->state == TCPSCOPE_LISTEN)
		return false;
	if (x->local_port != y->peer_port || x->peer_port != y->local_port)
		return false;
	return same_address(x, x->local_addr, y, y->peer_addr) &&
	       same_address(x, x->peer_addr, y, y->local_addr) && namespaces_meet(x, y) &&
	       same_beginning(a, b) && overlap(a, b);
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

unsigned int end_state(const struct end *end)
{
	return row_state(&end->row);
}

/* --- counting and names --- */

unsigned int exchange_count(const struct exchange *exchange, enum segment_kind kind, enum fate fate,
			 enum side side)
{
	unsigned int n = 0;

	for (size_t i = 0; i < exchange->n_segments; i++) {
		const struct segment *s = &exchange->segments[i];

		if (s->kind == kind && s->fate == fate && side & (s->from_peer ? FROM_PEER : FROM_SELF))
			n += s->count;
	}
	return n;
}

const char *fate_name(enum fate fate)
{
	static const char *const names[] = {
#define FATE_X(symbol, name) name,
		FATES(FATE_X)
#undef FATE_X
	};

	return names[fate];
}

static const struct {
	const char *key, *name;
} kinds[SEGMENT_KINDS] = {
	[SEGMENT_SYN] = { "syn", "SYN" },
	[SEGMENT_SYNACK] = { "synack", "SYN-ACK" },
	[SEGMENT_HANDSHAKE_ACK] = { "ack", "ACK" },
	[SEGMENT_DATA] = { "data", "data" },
	[SEGMENT_DATA_ACK] = { "ack", "ACK" },
	[SEGMENT_FIN] = { "fin", "FIN" },
	[SEGMENT_FIN_ACK] = { "ack", "ACK" },
	[SEGMENT_ACK] = { "ack", "ACK" },
	[SEGMENT_RST] = { "rst", "RST" },
	[SEGMENT_PROBE] = { "probe", "window probe" },
	[SEGMENT_KEEPALIVE] = { "keepalive", "keepalive" },
};

const char *segment_kind_key(enum segment_kind kind)
{
	return kinds[kind].key;
}

const char *segment_kind_name(enum segment_kind kind)
{
	return kinds[kind].name;
}

/* --- sequence numbers --- */

/* Of the full socket if it is there; else of what it had when it went. */
static bool number(const struct end *end, uint64_t field, uint32_t live, uint32_t last, uint32_t *seq)
{
	bool is_live = !end_is_over(end) && row_knows(&end->row, field);

	if (!is_live && (!end->row.has_life || !end->row.life.traffic.segs_in))
		return false;
	*seq = is_live ? live : last;
	return true;
}

bool end_rcv_nxt(const struct end *end, uint32_t *seq)
{
	return number(end, TCPSCOPE_KNOWN(RCV_NXT), end->row.conn.rcv_nxt, end->row.life.traffic.rcv_nxt,
		      seq);
}

bool end_snd_una(const struct end *end, uint32_t *seq)
{
	return number(end, TCPSCOPE_KNOWN(SND_UNA), end->row.conn.snd_una, end->row.life.traffic.snd_una,
		      seq);
}

bool end_snd_nxt(const struct end *end, uint32_t *seq)
{
	return number(end, TCPSCOPE_KNOWN(SND_NXT), end->row.conn.snd_nxt, end->row.life.traffic.snd_nxt,
		      seq);
}

bool end_fin_unsent(const struct end *end)
{
	unsigned int state = end_state(end);

	if (state != TCPSCOPE_FIN_WAIT1 && state != TCPSCOPE_CLOSING && state != TCPSCOPE_LAST_ACK)
		return false;
	if (end_is_over(end))
		return end->row.has_life && end->row.life.hints & HINT_UNSENT;
	return row_has_unsent(&end->row);
}
