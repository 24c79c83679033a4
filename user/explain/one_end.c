// SPDX-License-Identifier: GPL-2.0
/*
 * What one end can say of the segments: that the peer's came, when they did;
 * and of its own, that the one came that was answered, if it was sent once.
 */
#include "explain/one_end.h"

/* What shows that a segment of that kind came: the answer, enum segment_kind. */
static const uint8_t answers[SEGMENT_KINDS] = {
	[SEGMENT_SYN] = SEGMENT_SYNACK,
	[SEGMENT_SYNACK] = SEGMENT_HANDSHAKE_ACK,
	[SEGMENT_HANDSHAKE_ACK] = SEGMENT_KINDS,
	[SEGMENT_DATA] = SEGMENT_KINDS,
	[SEGMENT_DATA_ACK] = SEGMENT_KINDS,
	[SEGMENT_FIN] = SEGMENT_FIN_ACK,
	[SEGMENT_FIN_ACK] = SEGMENT_KINDS,
	[SEGMENT_ACK] = SEGMENT_KINDS,
	[SEGMENT_RST] = SEGMENT_KINDS,
	[SEGMENT_PROBE] = SEGMENT_KINDS,
	[SEGMENT_KEEPALIVE] = SEGMENT_KINDS,
};

/* When the answer came, 0: it did not. */
static uint64_t answered_ns(const struct acts *met, uint8_t kind)
{
	for (size_t i = 0; i < met->n; i++)
		if (met->act[i].kind == answers[kind] && !met->act[i].doubtful)
			return met->act[i].time_ns;
	return 0;
}

static bool is_only_one_before(const struct acts *sent, size_t i, uint64_t time_ns)
{
	for (size_t j = 0; j < sent->n; j++)
		if (j != i && sent->act[j].kind == sent->act[i].kind && sent->act[j].time_ns <= time_ns)
			return false;
	return sent->act[i].time_ns <= time_ns;
}

/*
 * The only one sent before its answer came. Of several, the answer may be to
 * any: the last of them is likely, which is not enough.
 */
static enum fate fate_alone(const struct exchange *exchange, const struct end_acts *self, size_t i)
{
	const struct act *act = &self->sent.act[i];
	uint64_t answered = answered_ns(&self->met, act->kind);

	if (answered && is_only_one_before(&self->sent, i, answered))
		return FATE_ARRIVED;
	if (answers[act->kind] == SEGMENT_KINDS || answered)
		return FATE_UNKNOWN;
	for (size_t j = i + 1; j < self->sent.n; j++)
		if (self->sent.act[j].kind == act->kind)
			return FATE_UNKNOWN;
	return end_is_over(&exchange->self) ? FATE_UNKNOWN : FATE_UNDER_WAY;
}

/* As in match.c, a challenge may have been for anything. */
void segments_alone(struct exchange *exchange, struct end_acts *self)
{
	for (size_t i = 0; i < self->met.n; i++)
		if (!self->met.act[i].doubtful)
			segment_add(exchange, true, NULL, &self->met.act[i], FATE_ARRIVED);
	for (size_t i = 0; i < self->sent.n; i++)
		if (!self->sent.act[i].doubtful)
			segment_add(exchange, false, &self->sent.act[i], NULL, fate_alone(exchange, self, i));
}
