// SPDX-License-Identifier: GPL-2.0
/*
 * What the loader calls by itself, in process context: the guard's first tick, the
 * sweep that adopts what exists, with its owners, and the end of lives that two
 * passes over all sockets did not find.
 */
#include "guard.h"
#include <stddef.h>

#define CLOCK_MONOTONIC 1

/* Starts the guard. 0 or -errno. */
SEC("syscall")
int start_guard(void *ctx)
{
	__u32 zero = 0;
	struct guard_clock *clock = bpf_map_lookup_elem(&guard_clock, &zero);
	int error;

	if (!clock)
		return -1;
	error = bpf_timer_init(&clock->timer, &guard_clock, CLOCK_MONOTONIC);
	if (!error)
		error = bpf_timer_set_callback(&clock->timer, guard_tick);
	return error ? error : bpf_timer_start(&clock->timer, GUARD_TICK_NS, 0);
}

/* The state of a socket, as the recorder has it. */
static __always_inline __u8 state_of(struct sock_common *skc)
{
	__u8 state = skc->skc_state;

	if (state == TCP_NEW_SYN_RECV)
		return TCPSCOPE_SYN_RECV;
	if (state == TCPSCOPE_TIME_WAIT)
		return BPF_CORE_READ((struct inet_timewait_sock *)skc, tw_substate);
	return state;
}

/* What hooks would have noted of it by now. */
static __always_inline void adopt_shape(struct tcpscope_life *life, struct sock_common *skc)
{
	if (skc->skc_state == TCP_NEW_SYN_RECV) {
		life->role = TCPSCOPE_ROLE_PASSIVE;
		life->hints |= HINT_REQUEST;
	} else if (skc->skc_state == TCPSCOPE_TIME_WAIT) {
		life->hints |= HINT_TIMEWAIT;
		life->flags |= TCPSCOPE_FLAG_MINISOCKET;
	} else if (skc->skc_state == TCPSCOPE_LISTEN) {
		life->role = TCPSCOPE_ROLE_LISTENER;
		listener_counts(life);
	}
	note_closer(life, life->state);
}

/*
 * Adopts each socket of a network namespace that has no life: that of the task that
 * opens the iterator. A full socket is locked meanwhile, others may go at any time:
 * the guard finds out if the hook of that came before the life.
 */
SEC("iter/tcp")
int sweep_sockets(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	struct tcpscope_life *life;
	__u64 cookie;

	if (!skc)
		return 0;
	cookie = cookie_of(skc);
	if (!cookie || life_find(cookie))
		return 0;
	life = life_adopt(skc, cookie, state_of(skc));
	if (life)
		adopt_shape(life, skc);
	return 0;
}

/*
 * Gives an owner to each life that has none: a process that has its socket open.
 * Threads share one table of files.
 */
SEC("iter/task_file")
int sweep_owners(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct tcpscope_life *life;
	struct socket *socket;
	struct sock *sk;

	if (!task || !file || task->pid != task->tgid)
		return 0;
	socket = bpf_sock_from_file(file);
	sk = socket ? socket->sk : NULL;
	if (!sk || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	life = life_find(cookie_there(sk));
	if (!life || life->owner.pid)
		return 0;
	life->owner.cgroup_id = task->cgroups->dfl_cgrp->kn->id;
	owner_is_task(&life->owner, task);
	if (life->role == TCPSCOPE_ROLE_LISTENER)
		listener_counts(life);
	return 0;
}

/* Ends a life that two passes over all sockets lack, unless something has happened to it since. */
SEC("syscall")
int end_stale(struct tcpscope_stale *stale)
{
	struct tcpscope_life *life = life_find(stale->cookie);

	stale->ended = 0;
	if (!life || life->generation != stale->generation || last_ns(life) >= stale->before_ns)
		return 0;
	life->flags |= TCPSCOPE_FLAG_GAP;
	count_loss(TCPSCOPE_LOSS_RECONCILED);
	life_end(life, stale->cookie, bpf_ktime_get_ns(), TCPSCOPE_REASON_RECONCILED);
	stale->ended = 1;
	return 0;
}

/* Whether the socket of a life is gone, as far as a reader can tell: it ends nothing. */
static __always_inline bool is_gone(struct tcpscope_life *life, __u64 now)
{
	__u8 state;

	if (!life->place || now - last_ns(life) < GUARD_QUIET_NS)
		return false;
	state = real_state(life);
	return !state || state == TCPSCOPE_CLOSE;
}

/*
 * Each life, for a reader: struct tcpscope_life, without its place. Of one that is
 * over, or whose socket has gone unseen, alive is 0: the reader leaves it out and
 * counts it.
 */
SEC("iter/bpf_map_elem")
int read_lives(struct bpf_iter__bpf_map_elem *ctx)
{
	__u64 head[2], none = 0, *cookie = ctx->key;
	struct tcpscope_life *life;

	if (!cookie)
		return 0;
	/* what the iterator gives is the life, too, but can't be indexed */
	head[0] = *cookie;
	life = bpf_map_lookup_elem(&lives, &head[0]);
	if (!life)
		return 0;
	head[1] = life->alive == head[0] && !is_gone(life, bpf_ktime_get_ns()) ? head[0] : 0;
	bpf_seq_write(ctx->meta->seq, head, sizeof(head));
	bpf_seq_write(ctx->meta->seq, &life->born_ns,
		      offsetof(struct tcpscope_life, place) - offsetof(struct tcpscope_life, born_ns));
	bpf_seq_write(ctx->meta->seq, &none, sizeof(none));
	bpf_seq_write(ctx->meta->seq, &life->owner,
		      sizeof(*life) - offsetof(struct tcpscope_life, owner));
	return 0;
}
