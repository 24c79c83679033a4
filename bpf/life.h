/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What hooks do to a life: begin it, change its state, end it.
 *
 * Most hooks of one connection run under its socket lock or its bucket lock, so
 * that its life has one writer at a time. Those that do not (accept() without
 * the child's lock; from Linux 6.12 on minisockets) may find it ended under their
 * hands, and its memory another connection's life: whoever ends it is the one that
 * takes the mark `alive` away, and whoever writes without a lock calls
 * still_alive() afterwards.
 */
#ifndef TCPSCOPE_LIFE_H
#define TCPSCOPE_LIFE_H

#include "table.h"
#include "tell.h"

/* tcp_disconnect() keeps the cookie: how many connections of its socket there were before. */
static __always_inline __u32 generation_of(__u64 cookie)
{
	__u32 *generation = bpf_map_lookup_elem(&generations, &cookie);

	return generation ? *generation : 0;
}

/* A cookie that was there before its life began may have had others. */
static __always_inline void life_follows(struct tcpscope_life *life)
{
	life->generation = generation_of(life->cookie);
	life->hints |= HINT_AGAIN;
}

/*
 * A life whose beginning nobody saw: it is older than the recorder, or the
 * table was full when it began.
 */
static __noinline struct tcpscope_life *life_adopt(struct sock_common *skc, __u64 cookie,
							__u8 state)
{
	struct tcpscope_life *life = life_begin(cookie, 0, TCPSCOPE_ROLE_UNKNOWN, skc);

	if (!life)
		return NULL;
	life_follows(life);
	life->flags |= TCPSCOPE_FLAG_ADOPTED;
	life->state = state;
	life_set_tuple(life, skc);
	return life;
}

/* The life of a socket, or one adopted. */
static __always_inline struct tcpscope_life *life_get(struct sock_common *skc, __u64 cookie,
						      __u8 state)
{
	struct tcpscope_life *life = life_find(cookie);

	return life ? life : life_adopt(skc, cookie, state);
}

/*
 * A socket whose owner connects it again leaves its minisocket behind, and both
 * have the cookie: the life is that of the connection that began last.
 */
static __always_inline bool is_former(struct tcpscope_life *life, struct sock_common *tw)
{
	return life->hints & HINT_AGAIN && !life_has_tuple(life, tw);
}

/* The life of a minisocket; one left behind has none any more. */
static __always_inline struct tcpscope_life *timewait_find(struct sock_common *tw)
{
	struct tcpscope_life *life = life_find(cookie_of(tw));

	return life && !is_former(life, tw) ? life : NULL;
}

/* The same, or one adopted. */
static __always_inline struct tcpscope_life *timewait_get(struct sock_common *tw, __u8 state)
{
	__u64 cookie = cookie_of(tw);
	struct tcpscope_life *life = life_find(cookie);

	if (!life)
		return generation_of(cookie) ? NULL : life_adopt(tw, cookie, state);
	return is_former(life, tw) ? NULL : life;
}

/* Books the time spent in the state that is left; none of a state nobody knows. */
static __always_inline void leave_state(struct tcpscope_life *life, __u64 now, __u32 to)
{
	__u64 state = life->state, span = life->since_ns ? now - life->since_ns : 0;

	count_transition(state, to, span);
	asm volatile("" : "+r"(state));
	if (state < TCPSCOPE_STATE_MAX)
		life->state_ns[state] += span;
	life->since_ns = now;
}

static __always_inline void life_enter(struct tcpscope_life *life, __u64 now, __u8 to)
{
	__u8 from = life->state;

	leave_state(life, now, to);
	life->state = to;
	life_tell(life, now, TCPSCOPE_EVENT_STATE, from, to);
}

/* The first state of a life that begins this moment: none was left for any time. */
static __always_inline void life_enter_first(struct tcpscope_life *life, __u64 now, __u8 from,
					     __u8 to)
{
	struct tcpscope_totals *t = totals_get();

	if (t)
		t->transitions[from][to]++;
	life->state = to;
	life_tell(life, now, TCPSCOPE_EVENT_STATE, from, to);
}

/* The same of a draft, which begins with it; if there is no room, that is counted, and told to nobody. */
static __always_inline void life_insert(struct tcpscope_life *life, __u64 now, __u8 from, __u8 to)
{
	struct tcpscope_totals *t = totals_get();
	int error;

	life->state = to;
	life_step(life, now, TCPSCOPE_EVENT_STATE, from, to);
	error = bpf_map_update_elem(&lives, &life->cookie, life, BPF_ANY);
	if (error) {
		count_no_life(error);
		return;
	}
	guard_push(life->cookie);
	if (t)
		t->transitions[from][to]++;
	if (heard)
		tell_step(life, now, TCPSCOPE_EVENT_STATE, from, to);
}

/* Who closed first, as far as a state alone tells. */
static __always_inline __u8 closer_in(__u8 state)
{
	switch (state) {
	case TCPSCOPE_FIN_WAIT1:
	case TCPSCOPE_FIN_WAIT2:
		return TCPSCOPE_CLOSER_LOCAL;
	case TCPSCOPE_CLOSE_WAIT:
	case TCPSCOPE_LAST_ACK:
		return TCPSCOPE_CLOSER_PEER;
	case TCPSCOPE_CLOSING:
		return TCPSCOPE_CLOSER_BOTH;
	}
	return TCPSCOPE_CLOSER_UNKNOWN;
}

static __always_inline void note_closer(struct tcpscope_life *life, __u8 state)
{
	if (!life->first_closer || state == TCPSCOPE_CLOSING)
		life->first_closer = closer_in(state);
}

/*
 * The state a socket really leaves is not the one that was recorded, for the
 * kernel skipped the hook between: how long it was in either is not known.
 */
static __always_inline void life_mend(struct tcpscope_life *life, __u8 state)
{
	if (life->state == state)
		return;
	life->state = state;
	life->since_ns = 0;
	life->flags |= TCPSCOPE_FLAG_GAP;
	note_closer(life, state);
}

/* How many there are in the small maps, about. */
extern __u32 generations_used, heirs_used, no_ports_used;

struct listener_init {
	__u64 cookie;
	struct tcpscope_owner owner;
};

static long listener_owner(__u32 cpu, struct listener_init *init)
{
	struct tcpscope_listener *counters;

	counters = bpf_map_lookup_percpu_elem(&listeners, &init->cookie, cpu);
	if (!counters)
		return 1;
	counters->owner = init->owner;
	return 0;
}

/* A listener counts its SYNs from here on, on each CPU beside a copy of its owner. */
static __noinline void listener_counts(struct tcpscope_life *life)
{
	static const struct tcpscope_listener blank;
	struct listener_init init = {};

	if (!life)
		return;
	init.cookie = life->cookie;
	init.owner = life->owner;
	if (bpf_map_update_elem(&listeners, &init.cookie, &blank, BPF_ANY))
		count_loss(TCPSCOPE_LOSS_NO_MEMORY);
	else
		bpf_loop(1 << 16, listener_owner, &init, 0);
}

/* How many ended lives are kept; the loader sets it with the map's length. */
extern const volatile __u32 keep_ended;

static __always_inline void keep(struct tcpscope_life *life, __u64 now)
{
	__u32 i = TCPSCOPE_CONTROL_RECORDER;
	struct tcpscope_control *c = bpf_map_lookup_elem(&control, &i);
	struct tcpscope_ended *slot;
	__u64 seq;

	if (!c || !keep_ended)
		return;
	seq = __sync_fetch_and_add(&c->ended, 1);
	i = seq % keep_ended;
	slot = bpf_map_lookup_elem(&ended, &i);
	if (!slot)
		return;
	__sync_lock_test_and_set(&slot->seq, 0); /* a reader sees it is being written */
	slot->ended_ns = now;
	__builtin_memcpy(&slot->life, life, sizeof(*life));
	slot->life.place = 0;
	if (!__sync_val_compare_and_swap(&slot->seq, 0, seq + 1))
		return;
	/* the ring has come round meanwhile, and two have written here */
	__sync_lock_test_and_set(&slot->seq, 0);
	count_loss(TCPSCOPE_LOSS_BUSY);
}

/* Whether data, or a FIN, still waits to be sent for the first time. */
static __always_inline bool has_unsent(struct sock *sk)
{
	struct tcp_sock *tp = TP(sk);

	return tp && tp->write_seq != tp->snd_nxt;
}

/* It goes without having sent all: what closed it may have been no FIN of ours. */
static __always_inline void note_unsent(struct tcpscope_life *life)
{
	life->hints |= HINT_UNSENT;
	if (life->state == TCPSCOPE_FIN_WAIT1 && life->first_closer == TCPSCOPE_CLOSER_LOCAL &&
	    !life->resets_sent)
		life->first_closer = TCPSCOPE_CLOSER_UNKNOWN;
}

/* What a full socket sent and received, when it goes. */
static __always_inline void note_traffic(struct tcpscope_life *life, struct sock *sk)
{
	struct tcpscope_traffic *traffic = &life->traffic;
	struct tcp_sock *tp = TP(sk);

	if (!tp || life->role == TCPSCOPE_ROLE_LISTENER)
		return;
	traffic->segs_in = tp->segs_in;
	traffic->segs_out = tp->segs_out;
	traffic->snd_una = tp->snd_una;
	traffic->snd_nxt = tp->snd_nxt;
	traffic->rcv_nxt = tp->rcv_nxt;
	if (tp->write_seq != tp->snd_nxt)
		note_unsent(life);
}

/*
 * Closed in FIN-WAIT-2, without a minisocket: the owner had no patience, or data came
 * after close(), as it may in any state after that. Either sends a RST, the latter when
 * the socket has been destroyed (tcp_rcv_state_process(), TCPABORTONDATA). If none is
 * seen to leave, the guard ends it.
 */
static __always_inline bool awaits_reset(const struct tcpscope_life *life)
{
	return life->hints & HINT_ENDING &&
	       (life->state == TCPSCOPE_FIN_WAIT2 || life->hints & HINT_RESETS);
}

/* A request whose handshake's ACK came, and which waits for data or for room. */
static __always_inline void note_half_acked(struct tcpscope_life *life, struct request_sock *req)
{
	if (life && BPF_CORE_READ_BITFIELD_PROBED((struct inet_request_sock *)req, acked))
		life->flags |= TCPSCOPE_FLAG_HALF_ACKED;
}

static __always_inline void note_reset(struct tcpscope_life *life, __u8 direction, __u8 reason)
{
	bool sent = direction == TCPSCOPE_RESET_SENT;

	if (!life)
		return;
	if (sent)
		life->resets_sent += life->resets_sent != 255;
	else
		life->resets_received += life->resets_received != 255;
	if (!life->first_closer)
		life->first_closer = sent ? TCPSCOPE_CLOSER_LOCAL : TCPSCOPE_CLOSER_PEER;
	life_tell(life, bpf_ktime_get_ns(), TCPSCOPE_EVENT_RESET, direction, reason);
}

static __always_inline void count_end(__u64 reason)
{
	struct tcpscope_totals *t = totals_get();

	asm volatile("" : "+r"(reason));
	if (t && reason < TCPSCOPE_REASON_MAX)
		t->ends[reason]++;
}

/*
 * The connection is over: into the ring of the ended, out of the living. Nothing
 * happens if that cookie's life is over already.
 */
static __noinline void life_end(struct tcpscope_life *life, __u64 cookie, __u64 now, __u8 reason)
{
	if (!life)
		return;
	if (__sync_val_compare_and_swap(&life->alive, cookie, 0) != cookie)
		return;
	leave_state(life, now, TCPSCOPE_CLOSE);
	life->reason = reason;
	life_step(life, now, TCPSCOPE_EVENT_END, 0, reason);
	tell_end(life, now);
	if (life->role == TCPSCOPE_ROLE_LISTENER) {
		bpf_map_delete_elem(&listeners, &cookie);
	} else {
		count_end(reason);
		keep(life, now);
	}
	if (bpf_map_delete_elem(&lives, &cookie))
		guard_push(cookie);	/* it is over for all to see, and deleted later */
}

#endif /* TCPSCOPE_LIFE_H */
