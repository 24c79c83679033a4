/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of the verdicts are made of; of use to verdict_rules.c and verdict_ends.c only. */
#ifndef VERDICT_TESTS_H
#define VERDICT_TESTS_H

#include "verdict_rules.h"

/* The test of a verdict that is one condition, on the story s. */
#define HOLDS_IF(symbol, condition) TEST(symbol) { return condition; }

static inline bool over(const struct story *s)
{
	return end_is_over(&s->self);
}

static inline bool ended(const struct story *s, enum tcpscope_reason reason)
{
	return over(s) && life(s)->reason == reason;
}

/* The state it is in, or was in at the end. */
static inline bool was(const struct story *s, enum tcpscope_state state)
{
	return end_state(&s->self) == state;
}

static inline bool is(const struct story *s, enum tcpscope_state state)
{
	return !over(s) && was(s, state);
}

static inline unsigned int lost(const struct story *s, enum segment_kind kind)
{
	return story_count(s, kind, FATE_LOST, FROM_BOTH);
}

static inline bool has_flag(const struct story *s, uint32_t flag)
{
	return s->self.row.conn.flags & flag;
}

static inline bool role(const struct story *s, enum tcpscope_role of)
{
	return s->self.row.has_life && life(s)->role == of;
}

static inline bool hint(const struct story *s, enum tcpscope_hint of)
{
	return s->self.row.has_life && life(s)->hints & of;
}

static inline const struct tcpscope_timer *timer(const struct story *s, enum tcpscope_timer_kind kind)
{
	return end_is_over(&s->self) ? NULL : conn_timer(&s->self.row.conn, kind);
}

/* Attempts of a timer that is armed, 0 if it is not. */
static inline int attempts(const struct story *s, enum tcpscope_timer_kind kind)
{
	const struct tcpscope_timer *t = timer(s, kind);

	return t ? t->attempt : 0;
}

/* States in which a FIN of ours is not acknowledged yet. */
static inline bool waits_for_fin_ack(const struct story *s)
{
	return was(s, TCPSCOPE_FIN_WAIT1) || was(s, TCPSCOPE_CLOSING) || was(s, TCPSCOPE_LAST_ACK);
}

/* Resets met while in TIME-WAIT. */
static inline unsigned int resets_in_time_wait(const struct story *s)
{
	unsigned int n = 0;
	bool there = false;

	for (size_t i = 0; i < s->self.n_told; i++) {
		const struct tcpscope_event *e = &s->self.told[i].event;

		there |= e->kind == TCPSCOPE_EVENT_STATE && e->to == TCPSCOPE_TIME_WAIT;
		n += there && e->kind == TCPSCOPE_EVENT_RESET && e->detail == TCPSCOPE_RESET_RECEIVED;
	}
	return n;
}

static inline bool passed(const struct story *s, enum tcpscope_state state)
{
	return s->self.row.has_life && life(s)->state_ns[state];
}

#endif
