// SPDX-License-Identifier: GPL-2.0
/*
 * Brings together what one end sent and the other met.
 *
 * What was met is the latest such segment sent before that is not met yet:
 * a network delays by less than the sender's timeout, as a rule; and where it
 * does not, all of them are met in the end and none is taken for lost. What
 * stays over is lost, unless it is still under way, or the other end's memory
 * does not reach there.
 */
#include "explain/match.h"
#include "lib/error.h"

#define DELAYED_ACK_NS (40 * NSEC_PER_MSEC) /* TCP_DELACK_MIN: an ACK waits for data to ride on, */
#define DELAYED_ACK_MAX_NS (200 * NSEC_PER_MSEC) /* TCP_DELACK_MAX: at most */
#define SAME_SEGMENT_NS 50000ull /* two changes of state by one segment */
#define BURST_NS (5 * NSEC_PER_MSEC) /* what is sent in it is no answer to a timeout */

static bool is_ack(uint8_t kind)
{
	return kind == SEGMENT_HANDSHAKE_ACK || kind == SEGMENT_DATA_ACK || kind == SEGMENT_FIN_ACK;
}

/* Sent soon after the one before it, and not because that went unanswered: a FIN is sent again for nothing else. */
static bool in_burst(const struct act *before, const struct act *sent)
{
	return sent->time_ns - before->time_ns <= BURST_NS && !(sent->kind == SEGMENT_FIN && sent->again);
}

/*
 * The latest of that kind sent before it was met, and not met yet; of several
 * sent in one burst the first, for they come in their order.
 */
static struct act *candidate(const struct match *m, const struct act *met)
{
	struct act *found = NULL;
	uint64_t window_ns;

	for (size_t i = 0; i < m->sender->sent.n; i++) {
		struct act *sent = &m->sender->sent.act[i];

		if (sent->time_ns > met->time_ns)
			break;
		/* what a FIN that had come early waited for is data, and another FIN only along with it */
		if (met->kind == SEGMENT_FIN && met->doubtful && !match_carries_data(m, sent))
			continue;
		if (sent->kind == met->kind && !sent->taken && !sent->rode &&
		    (!found || !in_burst(found, sent)))
			found = sent;
	}
	if (!found || !is_ack(met->kind))
		return found;
	window_ns = m->window_ns + (found->may_ride ? DELAYED_ACK_MAX_NS : 0);
	return met->time_ns - found->time_ns > window_ns ? NULL : found;
}

/* An ACK of which the FIN came in the same segment took no segment of its own. */
static bool came_with_fin(const struct acts *met, size_t i)
{
	return met->act[i].kind == SEGMENT_FIN_ACK && i + 1 < met->n &&
	       met->act[i + 1].kind == SEGMENT_FIN &&
	       met->act[i + 1].time_ns - met->act[i].time_ns < SAME_SEGMENT_NS;
}

/* Nor did one that waited for our own FIN, or whose sender had gone on to send it. */
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

/* A challenge that was for something else: neither a SYN-ACK came nor did its ACK go. */
static void take_back(struct end_acts *acts, const struct act *met)
{
	for (size_t i = 0; i < acts->sent.n; i++)
		if (acts->sent.act[i].doubtful && acts->sent.act[i].time_ns == met->time_ns)
			acts->sent.act[i].rode = true;
}

void match_met(struct match *m, size_t i)
{
	struct act *met = &m->receiver->met.act[i], *sent;

	if (met->kind == SEGMENT_DATA || came_with_fin(&m->receiver->met, i))
		return;
	sent = candidate(m, met);
	if (!sent && met->doubtful) {
		take_back(m->receiver, met);
		met->rode = true;
		return;
	}
	if (sent)
		sent->taken = true, sent->data_in_vain = met->again;
	met->taken = true;
	segment_add(m->exchange, m->from_peer, sent, met, FATE_ARRIVED);
}

/* --- what is left over --- */

static bool sent_later(const struct acts *sent, size_t i)
{
	for (size_t j = i + 1; j < sent->n; j++)
		if (sent->act[j].kind == sent->act[i].kind && sent->act[j].again)
			return true;
	return false;
}

/* A listener without room drops SYNs that came, and ACKs too. */
static bool listener_drops(const struct match *m, uint8_t kind)
{
	const struct tcpscope_life *listener = m->exchange->listener;

	if (kind != SEGMENT_SYN && kind != SEGMENT_HANDSHAKE_ACK)
		return false;
	return listener && (listener->overflows ||
			    (kind == SEGMENT_SYN && listener->syns > listener->requests));
}

/* A RST from where there is no connection any more answers what was sent last before. */
static bool drew_reset(const struct match *m, const struct act *sent)
{
	const struct acts *met = &m->sender->met;

	for (size_t i = 0; i < met->n; i++)
		if (met->act[i].kind == SEGMENT_RST && met->act[i].time_ns >= sent->time_ns &&
		    met->act[i].time_ns - sent->time_ns < m->window_ns && end_is_over(m->receiver_end) &&
		    m->receiver_end->row.conn.time_ns <= sent->time_ns)
			return true;
	return false;
}

static enum fate fate_of(const struct match *m, size_t i)
{
	const struct act *sent = &m->sender->sent.act[i];

	if (drew_reset(m, sent))
		return FATE_REFUSED;
	/* where SYNs crossed, the SYN-ACKs are the third segments, and nobody waits for their ACKs */
	if (sent->kind == SEGMENT_HANDSHAKE_ACK && (m->sender->crossed || m->receiver->crossed))
		return FATE_UNKNOWN;
	if (sent->kind == SEGMENT_PROBE || sent->kind == SEGMENT_KEEPALIVE ||
	    !match_remembers(m, sent->time_ns) || listener_drops(m, sent->kind))
		return FATE_UNKNOWN;
	if (sent_later(&m->sender->sent, i) ||
	    m->exchange->now_ns - sent->time_ns >= match_timeout_ns(m, sent->kind))
		return FATE_LOST;
	return FATE_UNDER_WAY;
}

/*
 * An acknowledgment that repeats another, which came before it or just ahead
 * of it, is of no consequence: nobody notes whether it came.
 */
static bool is_superfluous(const struct match *m, const struct act *sent)
{
	const struct acts *met = &m->receiver->met, *acks = &m->sender->sent;

	if (!is_ack(sent->kind))
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

/* --- both directions --- */
