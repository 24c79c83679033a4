// SPDX-License-Identifier: GPL-2.0
/*
 * Brings together what one end sent and the other met.
 *
 * What was met is the latest such segment sent before that is not met yet:
 * a network delays by less than the sender's timeout, as a rule; and where it
 * does not, all of them are met in the end and none is taken for lost. What
 * stays over is judged in left_over.c.
 */
#include "explain/match.h"
#include "lib/error.h"

#define DELAYED_ACK_MAX_NS (200 * NSEC_PER_MSEC) /* TCP_DELACK_MAX: so long an ACK waits for data to ride on */
#define RESET_RECORDED_NS NSEC_PER_MSEC /* some RSTs are recorded when they have been sent, and have arrived here */
#define SAME_SEGMENT_NS 50000ull /* two changes of state by one segment */

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
	uint64_t until_ns = met->time_ns + (met->kind == SEGMENT_RST ? RESET_RECORDED_NS : 0), window_ns;
	struct act *found = NULL;

	for (size_t i = 0; i < m->sender->sent.n; i++) {
		struct act *sent = &m->sender->sent.act[i];

		if (sent->time_ns > until_ns)
			break;
		/* what a FIN that had come early waited for is data, and another FIN only along with it */
		if (met->kind == SEGMENT_FIN && met->doubtful && !match_carries_data(m, sent))
			continue;
		if (sent->kind == met->kind && !sent->taken && !sent->rode &&
		    (!found || !in_burst(found, sent)))
			found = sent;
	}
	if (!found || !act_is_ack(met))
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
	struct segment *segment;

	if (met->kind == SEGMENT_DATA || came_with_fin(&m->receiver->met, i))
		return;
	sent = candidate(m, met);
	if (!sent && met->doubtful) {
		take_back(m->receiver, met);
		met->rode = true;
		return;
	}
	if (sent)
		sent->taken = true, sent->data_in_vain = met->again, sent->came_ns = met->time_ns;
	met->taken = true;
	segment = segment_add(m->exchange, m->from_peer, sent, met, FATE_ARRIVED);
	if (segment && met->kind == SEGMENT_RST && !sent)
		segment->is_foreign = end_knows_resets(m->sender_end, met->time_ns);
}
