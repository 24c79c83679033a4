/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guard: ends lives whose end no hook has seen.
 *
 * The kernel may skip any hook (7.x skips one that a preempted task is in), lack
 * it, or refuse it. A life whose last hook was skipped would stay for ever. So
 * each life that begins leaves its cookie in a ring of its CPU, and a timer
 * takes from the other end what has been there for a while, less long where the
 * ring fills up or a new life has found no room: of most of these the life is
 * over; of the others it looks at the socket, ends the life if that is gone,
 * mends its state if another was recorded, and puts the cookie in again.
 *
 * A socket, a request and a minisocket alike begin with a sock_common. Memory
 * that was a socket stays readable and is a socket of TCP's again, if anything
 * (SLAB_TYPESAFE_BY_RCU); the cookie tells whose, and no reference is left on a
 * free one. So the place a hook saw it at last is enough to find out.
 */
#ifndef TCPSCOPE_GUARD_H
#define TCPSCOPE_GUARD_H

#include "life.h"

#define TCP_NEW_SYN_RECV 12

#define GUARD_TICK_NS 1000000000ull
#define GUARD_BUSY_TICK_NS 250000000ull
/* Ticks that a cookie rests, and fewer where the ring fills up; < the marks there are. */
#define GUARD_RESTS 35
#define GUARD_RESTS_FULLER 8
#define GUARD_RESTS_FULL 2
/* Cookies looked at in a tick, of one ring. */
#define GUARD_PER_TICK 8192
/* A hook may be at work on a life that is younger: it is left alone. */
#define GUARD_QUIET_NS 2000000000ull

/* The state of the socket at that place, 0 if it is not this life's any more. */
static __always_inline __u8 state_at(const void *place, __u64 cookie)
{
	const struct sock_common *skc = place;

	if ((__u64)BPF_CORE_READ(skc, skc_cookie.counter) != cookie ||
	    !BPF_CORE_READ(skc, skc_refcnt.refs.counter))
		return 0;
	return BPF_CORE_READ(skc, skc_state);
}

/*
 * The child that a request became, if it is there. The request keeps naming it,
 * in the accept queue and after it was freed.
 */
static __always_inline __u8 state_of_child(struct tcpscope_life *life)
{
	const struct request_sock *req = (const void *)life->place;
	const void *child = BPF_CORE_READ(req, sk);
	__u8 state;

	if (!child || (__u64)BPF_CORE_READ(req, __req_common.skc_cookie.counter) != life->cookie)
		return 0;
	state = state_at(child, life->cookie);
	if (state) {
		life->place = (__u64)child;
		life->hints &= ~HINT_REQUEST;
	}
	return state;
}

/*
 * The state that the socket of a life is really in; TCPSCOPE_CLOSE if it has no
 * connection any more, 0 if it is gone. The life is to be quiet: while a socket
 * is being made it has no reference either.
 */
static __noinline __u8 real_state(struct tcpscope_life *life)
{
	const struct inet_timewait_sock *tw;
	__u8 state;

	if (!life)
		return 0;
	state = state_at((const void *)life->place, life->cookie);
	if (life->hints & HINT_REQUEST && (!state || state == TCP_NEW_SYN_RECV))
		state = state_of_child(life) ?: state;
	if (state == TCP_NEW_SYN_RECV)
		return TCPSCOPE_SYN_RECV;
	if (state != TCPSCOPE_TIME_WAIT)
		return state;
	tw = (const void *)life->place;
	return BPF_CORE_READ(tw, tw_substate);
}

/* When something was last recorded of it. */
static __always_inline __u64 last_ns(const struct tcpscope_life *life)
{
	const struct tcpscope_step *step = &life->steps[(__u8)(life->n_steps - 1) % TCPSCOPE_STEPS];

	if (!life->n_steps)
		return life->since_ns;
	return (__u64)step->time * 1000;
}

/* What the socket still tells of its end, to whom did not see it. */
static __always_inline __u8 reason_left(struct tcpscope_life *life, __u8 state)
{
	const struct sock *sk = (const void *)life->place;
	int error = state ? BPF_CORE_READ(sk, sk_err) : 0;

	if (error == ECONNRESET)
		return TCPSCOPE_REASON_RESET_RECEIVED;
	if (error == ECONNREFUSED)
		return TCPSCOPE_REASON_REFUSED;
	return TCPSCOPE_REASON_RECONCILED;
}

/* Whether the life goes on. Ends it if its socket has gone or closed; else its state is right after this. */
static __noinline bool guard_keeps(struct tcpscope_life *life, __u64 now)
{
	__u8 state;

	if (!life)
		return false;
	/* where it is unknown, nothing can be said; a TIME-WAIT has its time */
	if (!life->place || now - last_ns(life) < GUARD_QUIET_NS)
		return true;
	if (life->state == TCPSCOPE_TIME_WAIT && now - life->since_ns < 60 * 1000000000ull)
		return true;
	state = real_state(life);
	if (state && state != TCPSCOPE_CLOSE) {
		life_mend(life, state);
		return true;
	}
	life->flags |= TCPSCOPE_FLAG_GAP;
	count_loss(TCPSCOPE_LOSS_RECONCILED);
	life_end(life, life->cookie, now, reason_left(life, state));
	return false;
}

/* Takes a cookie from the ring. */
static __always_inline void guard_look(__u64 cookie, __u64 now)
{
	struct tcpscope_life *life = bpf_map_lookup_elem(&lives, &cookie);

	if (!life)
		return;
	if (life->alive != cookie) { /* the table was busy when it ended */
		if (!bpf_map_delete_elem(&lives, &cookie))
			return;
	} else if (!guard_keeps(life, now)) {
		return;
	}
	guard_push(cookie);
}

/* A walk from the tail of a ring. */
struct guard_walk {
	__u64 now;
	__u32 ring;
	__u32 until;	/* and not to that one */
	bool full;	/* a life has found no room of late */
	bool busy;	/* more comes in than a leisurely walk takes out */
};

static long guard_one(__u32 n, struct guard_walk *walk)
{
	struct guard_ring *ring = bpf_map_lookup_elem(&guard_rings, &walk->ring);
	__u64 *slot, cookie;
	__u32 i;

	if (!ring || (__s32)(walk->until - ring->tail) <= 0)
		return 1;
	i = guard_place(walk->ring, ring->tail);
	slot = bpf_map_lookup_elem(&guards, &i);
	if (!slot || !*slot)	/* it is being written */
		return 1;
	cookie = *slot;
	*slot = 0;
	ring->tail++;
	guard_look(cookie, walk->now);
	return 0;
}

static __always_inline __u32 guard_rests(const struct guard_walk *walk, __u32 filled)
{
	if (walk->full || filled > guard_len / 4 * 3)
		return GUARD_RESTS_FULL;
	return filled > guard_len / 2 ? GUARD_RESTS_FULLER : GUARD_RESTS;
}

/* A second has gone by for a ring. */
static long guard_ring_tick(__u32 n, struct guard_walk *walk)
{
	struct guard_ring *ring = bpf_map_lookup_elem(&guard_rings, &n);
	__u32 rests, i;

	if (!ring)
		return 1;
	i = ring->n_marks++ % GUARD_MARKS;
	ring->marks[i] = ring->head;
	rests = guard_rests(walk, ring->head - ring->tail);
	walk->busy |= walk->full || ring->head - ring->tail > guard_len / 4;
	if (ring->n_marks <= rests)
		return 0;
	i = (ring->n_marks - 1 - rests) % GUARD_MARKS;
	walk->ring = n;
	walk->until = ring->marks[i];
	bpf_loop(GUARD_PER_TICK, guard_one, walk, 0);
	return 0;
}

/* Whether a reader has said of late that it listens, or is to be counted for. */
static __always_inline bool is_listened_to(__u64 now)
{
	struct tcpscope_control *c = control_get();

	return c && c->listen_until_ns && (__s64)(now - c->listen_until_ns) < READER_LATE_NS;
}

/* Hooks need not ask for a reader that has died. One that comes right now is looked for again. */
static __always_inline void forget_reader(__u64 now)
{
	if (!heard || is_listened_to(now))
		return;
	__sync_lock_test_and_set(&heard, 0);
	if (is_listened_to(now))
		heard = 1;
}

static int guard_tick(void *map, __u32 *key, struct guard_clock *clock)
{
	struct guard_walk walk = { .now = bpf_ktime_get_ns(), .full = lives_full };

	if (lives_full)
		lives_full--;
	forget_reader(walk.now);
	bpf_loop(guard_cpus, guard_ring_tick, &walk, 0);
	bpf_timer_start(&clock->timer, walk.busy ? GUARD_BUSY_TICK_NS : GUARD_TICK_NS, 0);
	return 0;
}

#endif /* TCPSCOPE_GUARD_H */
