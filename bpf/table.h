/* SPDX-License-Identifier: GPL-2.0 */
/* The table of lives: to find one in it, to put one in. What is done to a life is in life.h. */
#ifndef TCPSCOPE_TABLE_H
#define TCPSCOPE_TABLE_H

#include "guard_ring.h"

#define E2BIG 7
#define ENOMEM 12

static __always_inline struct tcpscope_life *life_find(__u64 cookie)
{
	struct tcpscope_life *life = bpf_map_lookup_elem(&lives, &cookie);

	return life && life->alive == cookie ? life : NULL;
}

/*
 * Whether what was just written without a lock went into the life of that cookie.
 * If another had taken its memory over, that one may have lost its owner and says
 * that something is missing.
 */
static __always_inline bool still_alive(struct tcpscope_life *life, __u64 cookie)
{
	/* orders the writes before the look, on both sides */
	if (__sync_val_compare_and_swap(&life->alive, cookie, cookie) == cookie)
		return true;
	life->owner.pid = 0;
	life->flags |= TCPSCOPE_FLAG_GAP;
	count_loss(TCPSCOPE_LOSS_BUSY);
	return false;
}

/* When a life finds no room, the guard is to make some: for so many of its ticks. */
#define GUARD_ROOM_TICKS 16
extern __u32 lives_full;

static __always_inline void count_no_life(int error)
{
	if (error == -E2BIG)
		lives_full = GUARD_ROOM_TICKS;
	count_loss(error == -E2BIG  ? TCPSCOPE_LOSS_LIVES_FULL :
		   error == -ENOMEM ? TCPSCOPE_LOSS_NO_MEMORY :
				      TCPSCOPE_LOSS_BUSY);
}

static __always_inline void life_is_of(struct tcpscope_life *life, __u64 cookie, __u64 now,
				       __u8 role, const void *place)
{
	life->cookie = cookie;
	life->alive = cookie;
	life->born_ns = now;
	life->since_ns = now;
	life->role = role;
	life->place = (__u64)place;
}

/* A blank life of the socket at that place, or NULL: the event at hand is lost then, and counted. */
static __always_inline struct tcpscope_life *life_begin(__u64 cookie, __u64 now, __u8 role,
							const void *place)
{
	static const struct tcpscope_life blank;
	struct tcpscope_life *life = NULL;
	/* or -errno, of which kernels before 6.4 return 32 bits */
	int error = bpf_map_update_elem(&lives, &cookie, &blank, BPF_ANY);

	if (!error)
		life = bpf_map_lookup_elem(&lives, &cookie);
	if (!life) {
		count_no_life(error);
		return NULL;
	}
	life_is_of(life, cookie, now, role, place);
	guard_push(cookie);
	return life;
}

/*
 * A blank life in this CPU's draft of a hook, to be filled and then put into the table
 * as a whole by life_insert(): that saves looking it up there. What no hook fills before
 * stays zero for ever.
 */
static __always_inline struct tcpscope_life *life_draft(__u32 draft, __u64 cookie, __u64 now,
							__u8 role, const void *place)
{
	struct tcpscope_life *life = bpf_map_lookup_elem(&drafts, &draft);

	if (!life)
		return NULL;
	__builtin_memset(life, 0, __builtin_offsetof(struct tcpscope_life, traffic));
	life->predecessor = 0;
	life_is_of(life, cookie, now, role, place);
	return life;
}

#endif /* TCPSCOPE_TABLE_H */
