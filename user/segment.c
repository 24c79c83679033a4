// SPDX-License-Identifier: GPL-2.0
/*
 * The segments of a connection, from what its ends remember. Each event of an
 * end means that it met a segment, or sent one, or both; what one end sent and
 * what the other met are then brought together (segment_match.c).
 */
#include "segment.h"

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
static struct act *add(struct acts *acts, const struct told *told, uint8_t kind)
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

/* The state shows with what brought it: what was met, or else what was sent. */
static void changed(struct doings *doings, const struct told *told)
{
	const struct tcpscope_event *e = &told->event;

	for (size_t i = 0; i < sizeof(moves) / sizeof(*moves); i++) {
		struct act *met, *sent;
		bool early;

		if (moves[i].to != e->to || (moves[i].from != ANY && moves[i].from != e->from))
			continue;
		/* of a FIN that came early the state tells when the data before it did */
		met = add(&doings->met, told, moves[i].met);
		early = met && met->kind == SEGMENT_FIN && doings->early_fin;
		if (early)
			met->doubtful = true;
		/* Only a SYN answers a SYN in SYN-SENT; then the SYN-ACK ends SYN-RECV. */
		if (met && doings->crossed && e->to == TCPSCOPE_ESTABLISHED)
			met->kind = SEGMENT_SYNACK;
		doings->crossed |= e->from == TCPSCOPE_SYN_SENT && e->to == TCPSCOPE_SYN_RECV;
		/* A request that a SYN cookie replaces has sent its SYN-ACK long ago. */
		sent = add(&doings->sent, told, doings->by_cookie && e->to == TCPSCOPE_SYN_RECV ? NO : moves[i].sent);
		note_state(met && !early ? met : sent, e->to);
		if (sent && moves[i].sent == SEGMENT_FIN_ACK) {
			/* on data or the FIN of an owner that closes at once it costs no segment */
			sent->may_ride = e->to == TCPSCOPE_CLOSE_WAIT;
			sent->is_last_ack = e->to == TCPSCOPE_TIME_WAIT;
		}
		return;
	}
}

static void sent_again(struct doings *doings, const struct told *told)
{
	uint8_t kind = told->event.detail < TCPSCOPE_RETRANSMIT_MAX ? resent[told->event.detail] : NO;
	struct act *act = add(&doings->sent, told, told->with_fin ? SEGMENT_FIN : kind);

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

static void arrived(struct doings *doings, const struct told *told, unsigned int state)
{
	unsigned int segment = told->event.detail;
	struct act *met, *sent;

	if (segment >= TCPSCOPE_SEGMENT_MAX)
		return;
	if (segment == TCPSCOPE_SEGMENT_FIN && !has_met_fin(state)) {
		doings->early_fin = true;
		add(&doings->met, told, SEGMENT_FIN);
		return;
	}
	met = add(&doings->met, told, arrivals[segment].met);
	sent = add(&doings->sent, told, arrivals[segment].sent);
	if (met)
		met->doubtful = segment == TCPSCOPE_SEGMENT_NONE, met->again = true;
	if (!sent)
		return;
	sent->again = true;
	sent->doubtful = segment == TCPSCOPE_SEGMENT_NONE;
	sent->is_last_ack = state == TCPSCOPE_TIME_WAIT && sent->kind == SEGMENT_FIN_ACK;
}

static void reset(struct doings *doings, const struct told *told)
{
	if (told->event.detail == TCPSCOPE_RESET_SENT)
		add(&doings->sent, told, SEGMENT_RST);
	else
		add(&doings->met, told, SEGMENT_RST);
}

/* LAST-ACK ends in order by the acknowledgment of its FIN. */
static void ended(struct doings *doings, const struct told *told, unsigned int state)
{
	if (told->event.detail == TCPSCOPE_REASON_NORMAL && state == TCPSCOPE_LAST_ACK)
		note_state(add(&doings->met, told, SEGMENT_FIN_ACK), TCPSCOPE_CLOSE);
}

void doings_of(const struct end *end, struct doings *doings)
{
	unsigned int state = 0;

	doings->met.n = doings->sent.n = 0;
	doings->crossed = doings->early_fin = false;
	doings->by_cookie = end->row.has_life && end->row.life.flags & TCPSCOPE_FLAG_SYNCOOKIE;
	for (size_t i = 0; i < end->n_told; i++) {
		const struct told *told = &end->told[i];

		switch (told->event.kind) {
		case TCPSCOPE_EVENT_STATE:
			changed(doings, told);
			state = told->event.to;
			break;
		case TCPSCOPE_EVENT_RETRANSMIT:
			sent_again(doings, told);
			break;
		case TCPSCOPE_EVENT_RESET:
			reset(doings, told);
			break;
		case TCPSCOPE_EVENT_ARRIVAL:
		case TCPSCOPE_EVENT_TIMEWAIT_RESTART:
			arrived(doings, told, state);
			break;
		case TCPSCOPE_EVENT_END:
			ended(doings, told, state);
			break;
		}
	}
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
