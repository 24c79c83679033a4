/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of the verdicts are made of; of use to rules.c and rules_ends.c only. */
#ifndef EXPLAIN_RULE_TESTS_H
#define EXPLAIN_RULE_TESTS_H

#include "explain/rules.h"

/* The test of a verdict that is one condition, on the exchange s. */
#define HOLDS_IF(symbol, condition) TEST(symbol) { return condition; }

static inline bool over(const struct exchange *s)
{
	return end_is_over(&s->self);
}

static inline bool ended(const struct exchange *s, enum tcpscope_reason reason)
{
	return over(s) && life(s)->reason == reason;
}

/* The state it is in, or was in at the end. */
static inline bool was(const struct exchange *s, enum tcpscope_state state)
{
	return end_state(&s->self) == state;
}

static inline bool is(const struct exchange *s, enum tcpscope_state state)
{
	return !over(s) && was(s, state);
}

static inline unsigned int lost(const struct exchange *s, enum segment_kind kind)
{
	return exchange_count(s, kind, FATE_LOST, FROM_BOTH);
}

static inline bool has_flag(const struct exchange *s, uint32_t flag)
{
	return s->self.row.conn.flags & flag;
}

static inline bool role(const struct exchange *s, enum tcpscope_role of)
{
	return s->self.row.has_life && life(s)->role == of;
}

static inline bool hint(const struct exchange *s, enum tcpscope_hint of)
{
	return s->self.row.has_life && life(s)->hints & of;
}

static inline const struct tcpscope_timer *timer(const struct exchange *s, enum tcpscope_timer_kind kind)
{
	return end_is_over(&s->self) ? NULL : conn_timer(&s->self.row.conn, kind);
}

/* Attempts of a timer that is armed, 0 if it is not. */
static inline int attempts(const struct exchange *s, enum tcpscope_timer_kind kind)
{
	const struct tcpscope_timer *t = timer(s, kind);

	return t ? t->attempt : 0;
}

/* States in which a FIN of ours is not acknowledged yet. */
static inline bool waits_for_fin_ack(const struct exchange *s)
{
	return was(s, TCPSCOPE_FIN_WAIT1) || was(s, TCPSCOPE_CLOSING) || was(s, TCPSCOPE_LAST_ACK);
}

/* The same, and it was sent. */
static inline bool fin_is_out(const struct exchange *s)
{
	return waits_for_fin_ack(s) && !end_fin_unsent(&s->self);
}

/* Resets met while in TIME-WAIT. */
static inline unsigned int resets_in_time_wait(const struct exchange *s)
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

static inline bool passed(const struct exchange *s, enum tcpscope_state state)
{
	return s->self.row.has_life && life(s)->state_ns[state];
}

#endif
