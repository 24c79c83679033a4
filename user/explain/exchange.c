// SPDX-License-Identifier: GPL-2.0
#include "explain/exchange.h"

#include <stdlib.h>
#include <string.h>

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

bool end_knows_resets(const struct end *end, uint64_t until_ns)
{
	return end->row.has_life && !(end->row.life.flags & TCPSCOPE_FLAG_GAP) && !end->forgotten &&
	       (!end_is_over(end) || end->row.conn.time_ns > until_ns);
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
