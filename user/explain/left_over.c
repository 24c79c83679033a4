// SPDX-License-Identifier: GPL-2.0
/*
 * What became of a segment that was sent and not seen to arrive. That it was not seen
 * does not say that it was lost: it may be late, an ACK that changes nothing leaves no
 * trace, and a request keeps one to itself. Lost is
 *
 *   - what was repeated, if the repetition came right away, where this one had not: what
 *     is only late would have to come just then;
 *   - what leaves a trace, when there is none long after any delay seen so far;
 *   - an ACK for which the other end waits still, long after;
 *   - what both sockets' counters miss (counters.c).
 */
#include "explain/counters.h"
#include "explain/match.h"

#define DELAYED_ACK_NS (40 * NSEC_PER_MSEC) /* TCP_DELACK_MIN */
#define RIGHT_AWAY_NS (20 * NSEC_PER_MSEC) /* well below any retransmission timeout */

/* A listener without room drops SYNs that came, and ACKs too. */
static bool listener_drops(const struct match *m, uint8_t kind)
{
	const struct tcpscope_life *listener = m->exchange->listener;

	if (kind != SEGMENT_SYN && kind != SEGMENT_HANDSHAKE_ACK)
		return false;
	return listener && (listener->overflows ||
			    (kind == SEGMENT_SYN && listener->syns > listener->requests));
}

/*
 * A RST from where there is no connection any more answers what was sent last before; and
 * when that is not clear, it still says that something came.
 */
static bool drew_reset(const struct match *m, const struct act *sent, uint64_t window_ns)
{
	const struct acts *met = &m->sender->met;
	uint64_t over_ns = m->receiver_end->row.conn.time_ns;

	for (size_t i = 0; end_is_over(m->receiver_end) && i < met->n; i++)
		if (met->act[i].kind == SEGMENT_RST && met->act[i].time_ns >= sent->time_ns &&
		    met->act[i].time_ns >= over_ns && met->act[i].time_ns - sent->time_ns < window_ns)
			return true;
	return false;
}

/* The last of that kind, and whether a later one came so soon that it was that one. */
static const struct act *last_of(const struct acts *sent, size_t i)
{
	const struct act *last = &sent->act[i];

	for (size_t j = i + 1; j < sent->n; j++)
		if (sent->act[j].kind == last->kind && !sent->act[j].rode)
			last = &sent->act[j];
	return last;
}

/* The smoothed round trip rules out that what came so soon was sent then. */
static bool is_slow(const struct tcpscope_row *row)
{
	return row_knows(row, TCPSCOPE_KNOWN(RTT)) && row->conn.rtt_us * 1000ull > 2 * RIGHT_AWAY_NS;
}

static bool is_superseded(const struct match *m, size_t i)
{
	const struct acts *sent = &m->sender->sent;

	if (is_slow(&m->sender_end->row))
		return false;
	for (size_t j = i + 1; j < sent->n; j++)
		if (sent->act[j].kind == sent->act[i].kind && sent->act[j].taken &&
		    sent->act[j].time_ns - sent->act[i].time_ns > RIGHT_AWAY_NS &&
		    sent->act[j].came_ns - sent->act[j].time_ns <= RIGHT_AWAY_NS)
			return true;
	return false;
}

/* A FIN may have waited behind data, and left at any time before it was sent again. */
static uint64_t left_ns(const struct acts *sent, size_t i)
{
	for (size_t j = i + 1; sent->act[i].kind == SEGMENT_FIN && !sent->act[i].again && j < sent->n; j++)
		if (sent->act[j].kind == SEGMENT_FIN)
			return sent->act[j].time_ns;
	return sent->act[i].time_ns;
}

/* By when it has come if it ever does. */
static uint64_t due_ns(const struct match *m, size_t i)
{
	const struct acts *sent = &m->sender->sent;
	const struct act *act = &sent->act[i], *last = last_of(sent, i);
	uint64_t due = match_settled_ns(m, act->kind, left_ns(sent, i));

	/* of several, that which came may have been this one, and all may take as long */
	for (size_t j = i + 1; j < sent->n; j++) {
		uint64_t may_take_ns = sent->act[j].came_ns - act->time_ns;

		if (sent->act[j].kind != act->kind || !sent->act[j].taken)
			continue;
		if (due < match_settled_ns(m, act->kind, last->time_ns))
			due = match_settled_ns(m, act->kind, last->time_ns);
		if (due < last->time_ns + 2 * may_take_ns)
			due = last->time_ns + 2 * may_take_ns;
	}
	return due;
}

/* Of what leaves a trace where it arrives. */
static enum fate fate_of_traced(const struct match *m, size_t i)
{
	const struct act *sent = &m->sender->sent.act[i];
	bool is_over = end_is_over(m->receiver_end);

	if (is_superseded(m, i) || match_is_counted(m))
		return FATE_LOST;
	/* a FIN that may have waited, and for which no timer has fired */
	if (sent->kind == SEGMENT_FIN && !sent->again && last_of(&m->sender->sent, i) == sent)
		return end_is_over(m->sender_end) || is_over ? FATE_UNKNOWN : FATE_UNDER_WAY;
	if (match_horizon_ns(m) >= due_ns(m, i))
		return FATE_LOST;
	return is_over ? FATE_UNKNOWN : FATE_UNDER_WAY;
}

/* Whether the end waits for such an ACK, or ended for want of it. */
static bool waits_for(const struct end *end, uint8_t kind)
{
	unsigned int state = end_state(end), reason = end_is_over(end) ? end->row.life.reason : 0;

	if (reason && reason != TCPSCOPE_REASON_SYNACK_TIMEOUT && reason != TCPSCOPE_REASON_RETRANSMIT_TIMEOUT)
		return false;
	if (kind == SEGMENT_HANDSHAKE_ACK)
		return state == TCPSCOPE_SYN_RECV;
	return state == TCPSCOPE_FIN_WAIT1 || state == TCPSCOPE_CLOSING || state == TCPSCOPE_LAST_ACK;
}

/* A request that was acknowledged and waits for data (TCP_DEFER_ACCEPT), or for room. */
static bool is_half_acked(const struct end *end)
{
	return (end->row.conn.flags | (end->row.has_life ? end->row.life.flags : 0)) & TCPSCOPE_FLAG_HALF_ACKED;
}

static enum fate fate_of_ack(const struct match *m, size_t i)
{
	const struct act *sent = &m->sender->sent.act[i];
	bool waits = waits_for(m->receiver_end, sent->kind);

	if (sent->kind == SEGMENT_HANDSHAKE_ACK && is_half_acked(m->receiver_end))
		return i && m->sender->sent.act[i - 1].kind == SEGMENT_HANDSHAKE_ACK ? FATE_UNKNOWN :
			last_of(&m->sender->sent, i) == sent ? FATE_ARRIVED : FATE_UNKNOWN;
	if (is_superseded(m, i) || match_is_counted(m))
		return FATE_LOST;
	if (waits && match_horizon_ns(m) >= match_settled_ns(m, sent->kind, last_of(&m->sender->sent, i)->time_ns))
		return FATE_LOST;
	return waits && !end_is_over(m->receiver_end) ? FATE_UNDER_WAY : FATE_UNKNOWN;
}

static enum fate fate_of(const struct match *m, size_t i)
{
	const struct act *sent = &m->sender->sent.act[i];

	if (m->receiver_end->row.conn.time_ns <= sent->time_ns && drew_reset(m, sent, m->window_ns))
		return FATE_REFUSED;
	/* where SYNs crossed, the SYN-ACKs are the third segments, and nobody waits for their ACKs */
	if (sent->kind == SEGMENT_HANDSHAKE_ACK && (m->sender->crossed || m->receiver->crossed))
		return FATE_UNKNOWN;
	if (sent->kind == SEGMENT_PROBE || sent->kind == SEGMENT_KEEPALIVE || drew_reset(m, sent, UINT64_MAX) ||
	    !match_remembers(m, sent->time_ns) || listener_drops(m, sent->kind))
		return FATE_UNKNOWN;
	return act_is_ack(sent) ? fate_of_ack(m, i) : fate_of_traced(m, i);
}

/*
 * An acknowledgment that repeats another, which came before it or just ahead
 * of it, is of no consequence: nobody notes whether it came.
 */
static bool is_superfluous(const struct match *m, const struct act *sent)
{
	const struct acts *met = &m->receiver->met, *acks = &m->sender->sent;

	if (!act_is_ack(sent))
		return false;
	for (size_t i = 0; i < met->n; i++)
		if (met->act[i].kind == sent->kind && met->act[i].time_ns < sent->time_ns)
			return true;
	for (size_t i = 0; i < acks->n && acks->act[i].time_ns <= sent->time_ns; i++)
		if (acks->act[i].kind == sent->kind && acks->act[i].taken &&
		    sent->time_ns - acks->act[i].time_ns <= BURST_NS)
			return true;
	return false;
}

/* An ACK that waited for our own FIN took no segment of its own, or its sender had gone on to send that. */
static void mark_riders(struct acts *sent)
{
	for (size_t i = 0; i < sent->n; i++) {
		struct act *ack = &sent->act[i];

		for (size_t j = i + 1; ack->may_ride && !ack->taken && j < sent->n; j++)
			if (sent->act[j].kind == SEGMENT_FIN && !sent->act[j].again &&
			    sent->act[j].time_ns - ack->time_ns < DELAYED_ACK_NS)
				ack->rode = true;
	}
}

void match_rest(struct match *m)
{
	struct acts *sent = &m->sender->sent;

	mark_riders(sent);
	for (size_t i = 0; i < sent->n; i++) {
		struct act *act = &sent->act[i];

		if (act->taken || act->rode || act->kind == SEGMENT_DATA || act->kind == SEGMENT_DATA_ACK)
			continue;
		segment_add(m->exchange, m->from_peer, act, NULL,
			    is_superfluous(m, act) ? FATE_UNKNOWN : fate_of(m, i));
	}
}
