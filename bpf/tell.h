/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a step of a life goes: always into its flight recorder and the
 * totals, and into the ring while somebody listens for such a thing.
 */
#ifndef TCPSCOPE_TELL_H
#define TCPSCOPE_TELL_H

#include "facts.h"

/* For the verifier, the remainder must be one of unsigned numbers. */
static __always_inline struct tcpscope_step *step_at(struct tcpscope_life *life, __u32 n)
{
	return &life->steps[n % TCPSCOPE_STEPS];
}

static __always_inline void life_step(struct tcpscope_life *life, __u64 now, __u8 kind,
				      __u8 detail, __u8 arg)
{
	/* the compiler makes one word of it */
	*step_at(life, life->n_steps) = (struct tcpscope_step){
		.time = now / 1000,
		.kind_detail = kind << 4 | (detail & 0xf),
		.arg = arg,
	};
	if (!++life->n_steps)
		life->n_steps = 256 - TCPSCOPE_STEPS;
}

static __always_inline bool within(__u16 n, __u16 min, __u16 max)
{
	return min <= n && n <= max;
}

/* For so long a reader that should have asked again is held to be late, not dead. */
#define READER_LATE_NS 60000000000ll

static __always_inline bool within_bounds(struct tcpscope_life *life, struct tcpscope_control *c,
					  __u8 from, __u8 to)
{
	if (c->families & TCPSCOPE_ANYTHING)
		return true;
	return c->families & (life->family == AF_INET ? TCPSCOPE_IPV4 : TCPSCOPE_IPV6) &&
	       c->states & (1 << (from & 0xf) | 1 << (to & 0xf)) &&
	       within(life->local_port, c->local_port_min, c->local_port_max) &&
	       within(life->peer_port, c->peer_port_min, c->peer_port_max) &&
	       (within(life->local_port, c->port_min, c->port_max) ||
		within(life->peer_port, c->port_min, c->port_max));
}

/*
 * Whether somebody listens to anything, as nobody does for most of the time: a reader
 * sets it, and the guard takes it back from one that was not heard of for long.
 */
extern volatile __u32 heard;

/*
 * Whether a reader listens and could want this event. Readers look into the
 * ring many times a second: nobody is woken from here. What a reader that was held
 * up would have wanted is lost to it, and counted.
 */
static __always_inline bool wanted(struct tcpscope_life *life, __u64 now, __u8 from, __u8 to)
{
	struct tcpscope_control *c = control_get();
	__s64 late;

	if (!c || !c->listen_until_ns)
		return false;
	late = now - c->listen_until_ns;
	if (late >= READER_LATE_NS || !within_bounds(life, c, from, to))
		return false;
	if (late >= 0)
		count_loss(TCPSCOPE_LOSS_RING_FULL);
	return late < 0;
}

static __always_inline void event_fill(struct tcpscope_event *e, struct tcpscope_life *life,
				       __u64 now, __u8 kind)
{
	e->time_ns = now;
	e->cookie = life->cookie;
	e->owner = life->owner;
	__builtin_memcpy(e->local_addr, life->local_addr, 16);
	__builtin_memcpy(e->peer_addr, life->peer_addr, 16);
	e->local_port = life->local_port;
	e->peer_port = life->peer_port;
	e->netns = life->netns;
	e->netns_cookie = life->netns_cookie;
	e->generation = life->generation;
	e->flags = life->flags;
	e->kind = kind;
	e->family = life->family;
	e->role = life->role;
	e->first_closer = life->first_closer;
}

/* A step as an event, if the reader wants it. */
static __noinline void tell_step(struct tcpscope_life *life, __u64 now, __u8 kind, __u8 detail,
				 __u8 arg)
{
	bool change = kind == TCPSCOPE_EVENT_STATE;
	struct tcpscope_event *e;
	__u8 from, to;

	if (!life)
		return;
	from = change ? detail : life->state;
	to = change ? arg : life->state;
	if (!wanted(life, now, from, to))
		return;
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e) {
		count_loss(TCPSCOPE_LOSS_RING_FULL);
		return;
	}
	event_fill(e, life, now, kind);
	e->from = from;
	e->to = to;
	e->detail = change ? 0 : detail;
	e->attempt = change ? 0 : arg;
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}

/* detail and arg are those of struct tcpscope_step. */
static __always_inline void life_tell(struct tcpscope_life *life, __u64 now, __u8 kind,
				      __u8 detail, __u8 arg)
{
	life_step(life, now, kind, detail, arg);
	if (heard)
		tell_step(life, now, kind, detail, arg);
}

static __always_inline void tell_end(struct tcpscope_life *life, __u64 now)
{
	struct tcpscope_end_event *e;

	if (!heard || !wanted(life, now, life->state, TCPSCOPE_CLOSE))
		return;
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e) {
		count_loss(TCPSCOPE_LOSS_RING_FULL);
		return;
	}
	event_fill(&e->event, life, now, TCPSCOPE_EVENT_END);
	e->event.detail = life->reason;
	e->event.from = life->state;
	e->event.to = TCPSCOPE_CLOSE;
	e->event.attempt = 0;
	e->born_ns = life->born_ns;
	__builtin_memcpy(e->state_ns, life->state_ns, sizeof(e->state_ns));
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}

/* One step of a binary logarithm. The barrier makes a branch of it, which is rarely taken twice. */
#define LOG2_STEP(x, n, bits) do { \
	if ((x) >> (bits)) { \
		(x) >>= (bits); \
		(n) += (bits); \
		asm volatile("" : "+r"(x), "+r"(n)); \
	} \
} while (0)

/* ns / 1000; of what fits 32 bits, as nearly all spans do, without a division. */
static __always_inline __u64 us_of(__u64 ns)
{
	return ns >> 32 ? ns / 1000 : ns * 0x10624dd3ull >> 38;
}

/* floor(log2(microseconds)), 0 below two of them. */
static __always_inline __u64 log2_us(__u64 ns)
{
	__u64 us = us_of(ns), n = 0;

	if (us >> 16)
		LOG2_STEP(us, n, 32);
	LOG2_STEP(us, n, 16);
	LOG2_STEP(us, n, 8);
	LOG2_STEP(us, n, 4);
	LOG2_STEP(us, n, 2);
	return n + (us >> 1);
}

/* One more change of state, and how long the state left had lasted (0: not known). */
static __always_inline void count_transition(__u64 from, __u64 to, __u64 span_ns)
{
	struct tcpscope_totals *t = totals_get();
	__u64 span = log2_us(span_ns);

	/* keeps each check and its use in one register, as the verifier wants */
	asm volatile("" : "+r"(from), "+r"(to), "+r"(span));
	if (!t || from >= TCPSCOPE_STATE_MAX || to >= TCPSCOPE_STATE_MAX)
		return;
	t->transitions[from][to]++;
	if (span_ns)
		t->spans[from][span < TCPSCOPE_SPANS ? span : TCPSCOPE_SPANS - 1]++;
}

#endif /* TCPSCOPE_TELL_H */
