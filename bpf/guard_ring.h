/* SPDX-License-Identifier: GPL-2.0 */
/* The rings of cookies that the guard (guard.h) looks after: one for each CPU. */
#ifndef TCPSCOPE_GUARD_RING_H
#define TCPSCOPE_GUARD_RING_H

#include "facts.h"

/* The loader sets them with the maps' lengths: how many rings, and places in each; powers of two. */
extern const volatile __u32 guard_cpus;
extern const volatile __u32 guard_len;

/* The ring of this CPU; where there are more CPUs than rings, some share one. */
static __always_inline __u32 guard_cpu(void)
{
	return bpf_get_smp_processor_id() & (guard_cpus - 1);
}

/* Where in guards a number of a ring stands. */
static __always_inline __u32 guard_place(__u32 ring, __u32 number)
{
	return ring * guard_len + (number & (guard_len - 1));
}

/* Leaves a cookie to be looked at later. A few places stay free for hooks that interrupt this one. */
static __always_inline void guard_push(__u64 cookie)
{
	__u32 cpu = guard_cpu(), place;
	struct guard_ring *ring = bpf_map_lookup_elem(&guard_rings, &cpu);
	__u64 *slot;

	if (!ring)
		return;
	if (ring->head - ring->tail > guard_len - 16) {
		count_loss(TCPSCOPE_LOSS_UNGUARDED);
		return;
	}
	place = guard_place(cpu, __sync_fetch_and_add(&ring->head, 1));
	slot = bpf_map_lookup_elem(&guards, &place);
	if (slot)
		*slot = cookie;
}

#endif /* TCPSCOPE_GUARD_RING_H */
