// SPDX-License-Identifier: GPL-2.0
/*
 * The segments of a connection, from what its ends remember. Each event of an
 * end means that it met a segment, or sent one, or both; what one end sent and
 * what the other met are then brought together (match.c).
 */
#include "explain/acts.h"

#include "lib/error.h"

#define NO SEGMENT_KINDS
#define ANY 0

/* What a change of state tells. The first row that fits counts. */
static const struct {
	uint8_t from, to; /* ANY: whatever it was */
	uint8_t met, sent; /* enum segment_kind, NO: nothing */
} moves[] = {
	{ ANY, TCPSCOPE_SYN_SENT, NO, SEGMENT_SYN },
	{ ANY, TCPSCOPE_SYN_RECV, SEGMENT_SYN, SEGMENT_SYNACK },
	{ TCPSCOPE_SYN_SENT, TCPSCOPE_ESTABLISHED, SEGMENT_SYNACK, SEGMENT_HANDSHAKE_ACK },
	{ TCPSCOPE_SYN_RECV, TCPSCOPE_ESTABLISHED, SEGMENT_HANDSHAKE_ACK, NO },
	{ ANY, TCPSCOPE_FIN_WAIT1, NO, SEGMENT_FIN },
	{ ANY, TCPSCOPE_LAST_ACK, NO, SEGMENT_FIN },
	{ ANY, TCPSCOPE_CLOSE_WAIT, SEGMENT_FIN, SEGMENT_FIN_ACK },
	{ TCPSCOPE_FIN_WAIT1, TCPSCOPE_FIN_WAIT2, SEGMENT_FIN_ACK, NO },
	{ TCPSCOPE_FIN_WAIT1, TCPSCOPE_CLOSING, SEGMENT_FIN, SEGMENT_FIN_ACK },
	{ TCPSCOPE_CLOSING, TCPSCOPE_TIME_WAIT, SEGMENT_FIN_ACK, NO },
	{ ANY, TCPSCOPE_TIME_WAIT, SEGMENT_FIN, SEGMENT_FIN_ACK },
};

/* By enum tcpscope_segment: what it is called here, and what answers it. */
static const struct {
	uint8_t met, sent;
} arrivals[TCPSCOPE_SEGMENT_MAX] = {
	/* Challenged: taken for the SYN-ACK it nearly always is, where the peer sent one. */
	[TCPSCOPE_SEGMENT_NONE] = { SEGMENT_SYNACK, SEGMENT_HANDSHAKE_ACK },
	[TCPSCOPE_SEGMENT_SYN] = { SEGMENT_SYN, NO },
	[TCPSCOPE_SEGMENT_SYNACK] = { SEGMENT_SYNACK, SEGMENT_HANDSHAKE_ACK },
	[TCPSCOPE_SEGMENT_ACK] = { SEGMENT_HANDSHAKE_ACK, NO },
	[TCPSCOPE_SEGMENT_DATA] = { SEGMENT_DATA, SEGMENT_DATA_ACK },
	[TCPSCOPE_SEGMENT_FIN] = { SEGMENT_FIN, SEGMENT_FIN_ACK },
	[TCPSCOPE_SEGMENT_RST] = { SEGMENT_RST, NO },
};

static const uint8_t resent[TCPSCOPE_RETRANSMIT_MAX] = {
	[TCPSCOPE_RETRANSMIT_SYN] = SEGMENT_SYN,
	[TCPSCOPE_RETRANSMIT_SYNACK] = SEGMENT_SYNACK,
	[TCPSCOPE_RETRANSMIT_FIN] = SEGMENT_FIN,
	[TCPSCOPE_RETRANSMIT_RTO] = SEGMENT_DATA,
	[TCPSCOPE_RETRANSMIT_FAST] = SEGMENT_DATA,
	[TCPSCOPE_RETRANSMIT_TLP] = SEGMENT_DATA,
	[TCPSCOPE_RETRANSMIT_PROBE] = SEGMENT_PROBE,
	[TCPSCOPE_RETRANSMIT_KEEPALIVE] = SEGMENT_KEEPALIVE,
};

/* A list of what one end met, or of what it sent. */
static struct act *add(struct acts *acts, const struct recorded_event *told, uint8_t kind)
{
	struct act *act;

	if (kind == NO || acts->n == sizeof(acts->act) / sizeof(*acts->act))
		return NULL;
	act = &acts->act[acts->n++];
	*act = (struct act){ .time_ns = told->event.time_ns, .kind = kind, .isn = told->isn };
	return act;
}

static void note_state(struct act *act, uint8_t state)
{
	if (act)
		act->state = state;
}

/* What is sent with a move: a request that a SYN cookie replaces has sent its SYN-ACK long ago; a FIN may wait. */
static bool has_left(const struct end_acts *acts, size_t move)
{
	if (moves[move].sent == SEGMENT_FIN)
		return !acts->fin_unsent;
	return !acts->by_cookie || moves[move].to != TCPSCOPE_SYN_RECV;
}

/* The state shows with what brought it: what was met, or else what was sent. */
static void changed(struct end_acts *acts, const struct recorded_event *told)
{
	const struct tcpscope_event *e = &told->event;

	for (size_t i = 0; i < sizeof(moves) / sizeof(*moves); i++) {
		struct act *met, *sent;
		bool early;

		if (moves[i].to != e->to || (moves[i].from != ANY && moves[i].from != e->from))
			continue;
		/* of a FIN that came early the state tells when the data before it did */
		met = add(&acts->met, told, moves[i].met);
		early = met && met->kind == SEGMENT_FIN && acts->early_fin;
		if (early)
			met->doubtful = true;
		/* Only a SYN answers a SYN in SYN-SENT; then the SYN-ACK ends SYN-RECV. */
		if (met && acts->crossed && e->to == TCPSCOPE_ESTABLISHED)
			met->kind = SEGMENT_SYNACK;
		acts->crossed |= e->from == TCPSCOPE_SYN_SENT && e->to == TCPSCOPE_SYN_RECV;
		sent = add(&acts->sent, told, has_left(acts, i) ? moves[i].sent : NO);
		note_state(met && !early ? met : sent, e->to);
		if (sent && moves[i].sent == SEGMENT_FIN_ACK) {
			/* on data or the FIN of an owner that closes at once it costs no segment */
			sent->may_ride = e->to == TCPSCOPE_CLOSE_WAIT;
			sent->is_last_ack = e->to == TCPSCOPE_TIME_WAIT;
		}
		return;
	}
}

static void sent_again(struct end_acts *acts, const struct recorded_event *told)
{
	uint8_t kind = told->event.detail < TCPSCOPE_RETRANSMIT_MAX ? resent[told->event.detail] : NO;
	struct act *act = add(&acts->sent, told, told->with_fin ? SEGMENT_FIN : kind);

	if (!act)
		return;
	act->again = true;
	act->seq = told->seq;
	act->has_seq = told->has_seq;
}

/* Whether the peer's FIN has changed the state already. */
static bool has_met_fin(unsigned int state)
{
	return state == TCPSCOPE_CLOSE_WAIT || state == TCPSCOPE_LAST_ACK || state == TCPSCOPE_CLOSING ||
	       state == TCPSCOPE_TIME_WAIT;
}

static void arrived(struct end_acts *acts, const struct recorded_event *told, unsigned int state)
{
	unsigned int segment = told->event.detail;
	struct act *met, *sent;

	if (segment >= TCPSCOPE_SEGMENT_MAX)
		return;
	if (segment == TCPSCOPE_SEGMENT_FIN && !has_met_fin(state)) {
		acts->early_fin = true;
		add(&acts->met, told, SEGMENT_FIN);
		return;
	}
	met = add(&acts->met, told, arrivals[segment].met);
	sent = add(&acts->sent, told, arrivals[segment].sent);
	if (met)
		met->doubtful = segment == TCPSCOPE_SEGMENT_NONE, met->again = true;
	if (!sent)
		return;
	sent->again = true;
	sent->doubtful = segment == TCPSCOPE_SEGMENT_NONE;
	sent->is_last_ack = state == TCPSCOPE_TIME_WAIT && sent->kind == SEGMENT_FIN_ACK;
}

static void reset(struct end_acts *acts, const struct recorded_event *told)
{
	if (told->event.detail == TCPSCOPE_RESET_SENT)
		add(&acts->sent, told, SEGMENT_RST);
	else
		add(&acts->met, told, SEGMENT_RST);
}

/* LAST-ACK ends in order by the acknowledgment of its FIN. */
static void ended(struct end_acts *acts, const struct recorded_event *told, unsigned int state)
{
	if (told->event.detail == TCPSCOPE_REASON_NORMAL && state == TCPSCOPE_LAST_ACK)
		note_state(add(&acts->met, told, SEGMENT_FIN_ACK), TCPSCOPE_CLOSE);
}

void acts_of(const struct end *end, struct end_acts *acts)
{
	unsigned int state = 0;

	acts->met.n = acts->sent.n = 0;
	acts->crossed = acts->early_fin = false;
	acts->fin_unsent = end_fin_unsent(end);
	acts->by_cookie = end->row.has_life && end->row.life.flags & TCPSCOPE_FLAG_SYNCOOKIE;
	for (size_t i = 0; i < end->n_told; i++) {
		const struct recorded_event *told = &end->told[i];

		switch (told->event.kind) {
		case TCPSCOPE_EVENT_STATE:
			changed(acts, told);
			state = told->event.to;
			break;
		case TCPSCOPE_EVENT_RETRANSMIT:
			sent_again(acts, told);
			break;
		case TCPSCOPE_EVENT_RESET:
			reset(acts, told);
			break;
		case TCPSCOPE_EVENT_ARRIVAL:
		case TCPSCOPE_EVENT_TIMEWAIT_RESTART:
			arrived(acts, told, state);
			break;
		case TCPSCOPE_EVENT_END:
			ended(acts, told, state);
			break;
		}
	}
}

/* --- what the files that bring acts together share --- */

#define SYN_TIMEOUT_NS (1000 * NSEC_PER_MSEC) /* TCP_TIMEOUT_INIT */
#define MIN_TIMEOUT_NS (200 * NSEC_PER_MSEC) /* TCP_RTO_MIN */

struct segment *segment_add(struct exchange *exchange, bool from_peer, const struct act *sent,
			    const struct act *met, enum fate fate)
{
	const struct act *act = sent ? sent : met;
	struct segment *segment;

	if (exchange->n_segments == EXCHANGE_SEGMENTS)
		return NULL;
	segment = &exchange->segments[exchange->n_segments++];
	*segment = (struct segment){
		.sent_ns = sent ? sent->time_ns : 0,
		.came_ns = met ? met->time_ns : 0,
		.at_ns = act->time_ns,
		.from_peer = from_peer,
		.kind = act->kind,
		.fate = fate,
		.sender_state = sent ? sent->state : 0,
		.receiver_state = met ? met->state : 0,
		.isn = sent ? sent->isn : 0,
		.seq = sent ? sent->seq : 0,
		.has_seq = sent && sent->has_seq,
		.is_last_ack = sent && sent->is_last_ack,
		.count = 1,
	};
	return segment;
}

uint64_t match_timeout_ns(const struct match *m, uint8_t kind)
{
	const struct tcpscope_row *row = &m->sender_end->row;
	/* without what timeouts in a row have made of it */
	uint64_t rto_ns = row_knows(row, TCPSCOPE_KNOWN(RTO)) ? (row->conn.rto_us >> (row->conn.backoff & 31)) * 1000ull : 0;

	if (kind == SEGMENT_SYN || kind == SEGMENT_SYNACK)
		return SYN_TIMEOUT_NS;
	return rto_ns > MIN_TIMEOUT_NS ? rto_ns : MIN_TIMEOUT_NS;
}

#define PATIENCE_NS (NSEC_PER_SEC / 2)

uint64_t match_settled_ns(const struct match *m, uint8_t kind, uint64_t sent_ns)
{
	const struct tcpscope_row *row = &m->sender_end->row;
	uint64_t rtt_ns = row_knows(row, TCPSCOPE_KNOWN(RTT)) ? row->conn.rtt_us * 1000ull : 0;
	uint64_t wait_ns = match_timeout_ns(m, kind);

	if (wait_ns < PATIENCE_NS)
		wait_ns = PATIENCE_NS;
	if (wait_ns < 2 * rtt_ns)
		wait_ns = 2 * rtt_ns;
	return sent_ns + (wait_ns < 2 * m->delay_ns ? 2 * m->delay_ns : wait_ns);
}

uint64_t match_horizon_ns(const struct match *m)
{
	return end_is_over(m->receiver_end) ? m->receiver_end->row.conn.time_ns : m->exchange->now_ns;
}

bool match_remembers(const struct match *m, uint64_t time_ns)
{
	const struct end *end = m->receiver_end;

	if (end_is_over(end) && time_ns > end->row.conn.time_ns)
		return false;
	if (!end->row.has_life || !end->n_told || end->row.life.flags & TCPSCOPE_FLAG_GAP)
		return false;
	if (end->forgotten || !end->row.life.born_ns)
		return time_ns > end->told[0].event.time_ns;
	return true;
}

/* Then it begins before the last number. */
bool match_carries_data(const struct match *m, const struct act *act)
{
	uint32_t nxt;

	return act->kind == SEGMENT_FIN && act->has_seq && end_snd_nxt(m->sender_end, &nxt) &&
	       act->seq != nxt - 1;
}
