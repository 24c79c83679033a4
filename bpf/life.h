/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What hooks do to a life: begin it, take a step, end it. Each step goes into
 * the life's flight recorder and, while somebody listens, into the ring.
 *
 * The hooks of one connection run under its socket lock or its bucket lock,
 * so a life has one writer at a time.
 */
#ifndef TCPSCOPE_LIFE_H
#define TCPSCOPE_LIFE_H

#include "maps.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>

/* tcpscope_life.hints: seen now, needed when the reason of the end is asked. */
enum hint {
	HINT_REQUEST = 1 << 0,	/* only a request socket so far */
	HINT_TIMEWAIT = 1 << 1,	/* a minisocket has taken over */
	HINT_OVERFLOW = 1 << 2,	/* no minisocket was to be had */
	HINT_REUSED = 1 << 3,	/* its TIME-WAIT was handed to a new connection */
	HINT_RST = 1 << 4,	/* a minisocket or request met a RST */
	HINT_TLP = 1 << 5,	/* inside tcp_send_loss_probe() */
	HINT_DISCONNECT = 1 << 6, /* inside tcp_disconnect() */
	HINT_TIMEOUT = 1 << 7,	/* inside the retransmission timer */
};

#define READ_TP(sk, field) BPF_CORE_READ((struct tcp_sock *)(sk), field)
#define READ_ICSK(sk, field) BPF_CORE_READ((struct inet_connection_sock *)(sk), field)

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04

/* The flags of a received segment, from its header (RFC 9293, 3.1). */
static __always_inline __u8 tcp_flags_of(struct sk_buff *skb)
{
	__u8 *header = BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, transport_header);
	__u8 flags = 0;

	bpf_probe_read_kernel(&flags, 1, header + 13);
	return flags;
}

static __always_inline void count_loss(__u32 loss)
{
	__u64 *n = bpf_map_lookup_elem(&losses, &loss);

	if (n)
		(*n)++;
}

/* The connection's identity, generated at the first hook that asks. */
static __always_inline __u64 cookie_of(void *sk)
{
	__u64 cookie = bpf_get_socket_cookie(sk);

	if (!cookie)
		count_loss(TCPSCOPE_LOSS_NO_COOKIE);
	return cookie;
}

static __always_inline struct tcpscope_life *life_find(__u64 cookie)
{
	return bpf_map_lookup_elem(&lives, &cookie);
}

static __always_inline struct tcpscope_control *control_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&control, &zero);
}

static __always_inline bool v4_mapped(const __u8 *addr)
{
	const __u32 *word = (const void *)addr;

	return !word[0] && !word[1] && word[2] == bpf_htonl(0xffff);
}

/* Addresses, ports, family and namespace of any kind of socket. */
static __always_inline void life_set_tuple(struct tcpscope_life *life, struct sock_common *skc)
{
	life->family = skc->skc_family;
	life->netns = skc->skc_net.net->ns.inum;
	life->local_port = skc->skc_num;
	life->peer_port = bpf_ntohs(skc->skc_dport);
	if (life->family == AF_INET6) {
		bpf_core_read(life->local_addr, 16, &skc->skc_v6_rcv_saddr);
		bpf_core_read(life->peer_addr, 16, &skc->skc_v6_daddr);
		if (v4_mapped(life->peer_addr))
			life->flags |= TCPSCOPE_FLAG_V4MAPPED;
	} else {
		*(__u32 *)life->local_addr = skc->skc_rcv_saddr;
		*(__u32 *)life->peer_addr = skc->skc_daddr;
	}
}

/* current is the owner only in process context: connect, listen, accept. */
static __always_inline void owner_is_current(struct tcpscope_owner *owner)
{
	owner->cgroup_id = bpf_get_current_cgroup_id();
	owner->pid = bpf_get_current_pid_tgid() >> 32;
	owner->uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(owner->comm, sizeof(owner->comm));
}

/* A blank life, or NULL when the table is full. */
static __noinline struct tcpscope_life *life_begin(__u64 cookie, __u64 now, __u8 role)
{
	static const struct tcpscope_life blank;
	struct tcpscope_life *life;
	__u32 *generation;

	if (bpf_map_update_elem(&lives, &cookie, &blank, BPF_ANY)) {
		count_loss(TCPSCOPE_LOSS_LIVES_FULL);
		return NULL;
	}
	life = life_find(cookie);
	if (!life)
		return NULL;
	life->cookie = cookie;
	life->born_ns = now;
	life->since_ns = now;
	life->role = role;
	generation = bpf_map_lookup_elem(&generations, &cookie);
	if (generation)
		life->generation = *generation;
	return life;
}

/* A life whose beginning nobody saw. */
static __always_inline struct tcpscope_life *life_adopt(struct sock *sk, __u64 cookie, __u8 state)
{
	struct tcpscope_life *life = life_begin(cookie, 0, TCPSCOPE_ROLE_UNKNOWN);

	if (!life)
		return NULL;
	life->flags |= TCPSCOPE_FLAG_ADOPTED;
	life->state = state;
	life_set_tuple(life, &sk->__sk_common);
	return life;
}

/* For the verifier, the remainder must be one of unsigned numbers. */
static __always_inline struct tcpscope_step *step_at(struct tcpscope_life *life, __u32 n)
{
	return &life->steps[n % TCPSCOPE_STEPS];
}

static __always_inline void life_step(struct tcpscope_life *life, __u64 now, __u8 kind,
				      __u8 detail, __u8 arg)
{
	struct tcpscope_step *step = step_at(life, life->n_steps);
	__u64 us = now / 1000;

	step->time_lo = us;
	step->time_hi = us >> 32;
	step->kind_detail = kind << 4 | (detail & 0xf);
	step->arg = arg;
	if (!++life->n_steps)
		life->n_steps = 256 - TCPSCOPE_STEPS;
}

/* Readers look into the ring twenty times a second: nobody is woken from here. */
static __always_inline bool listening(__u64 now)
{
	struct tcpscope_control *c = control_get();

	return c && c->listen_until_ns > now;
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
	e->generation = life->generation;
	e->flags = life->flags;
	e->kind = kind;
	e->family = life->family;
	e->role = life->role;
	e->first_closer = life->first_closer;
}

/*
 * Remembers a step and tells it to whoever listens. detail and arg are those
 * of struct tcpscope_step.
 */
static __noinline void life_tell(struct tcpscope_life *life, __u64 now, __u8 kind, __u8 detail,
				 __u8 arg)
{
	bool state = kind == TCPSCOPE_EVENT_STATE;
	struct tcpscope_event *e;

	if (!life)
		return;
	life_step(life, now, kind, detail, arg);
	if (!listening(now))
		return;
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e) {
		count_loss(TCPSCOPE_LOSS_RING_FULL);
		return;
	}
	event_fill(e, life, now, kind);
	e->from = state ? detail : life->state;
	e->to = state ? arg : life->state;
	e->detail = state ? 0 : detail;
	e->attempt = state ? 0 : arg;
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}

/* Books the time spent in the state that is left. */
static __always_inline void life_leave_state(struct tcpscope_life *life, __u64 now)
{
	__u64 state = life->state;

	/* keeps the check and the use in one register, as the verifier wants */
	asm volatile("" : "+r"(state));
	if (life->since_ns && state < TCPSCOPE_STATE_MAX)
		life->state_ns[state] += now - life->since_ns;
	life->since_ns = now;
}

static __always_inline void life_enter(struct tcpscope_life *life, __u64 now, __u8 to)
{
	__u8 from = life->state;

	life_leave_state(life, now);
	life->state = to;
	life_tell(life, now, TCPSCOPE_EVENT_STATE, from, to);
}

static __always_inline void tell_end(struct tcpscope_life *life, __u64 now)
{
	struct tcpscope_end_event *e;

	if (!listening(now))
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

/* Keeps a finished life in the ring of the ended; the loader sets its length. */
extern const volatile __u32 keep_ended;

static __always_inline void keep(struct tcpscope_life *life, __u64 now)
{
	struct tcpscope_control *c = control_get();
	struct tcpscope_ended *slot;
	__u64 seq;
	__u32 i;

	if (!c || !keep_ended)
		return;
	seq = __sync_fetch_and_add(&c->ended, 1);
	i = seq % keep_ended;
	slot = bpf_map_lookup_elem(&ended, &i);
	if (!slot)
		return;
	slot->seq = 0;	/* a reader sees it is being written */
	slot->ended_ns = now;
	__builtin_memcpy(&slot->life, life, sizeof(*life));
	slot->seq = seq + 1;
}

/* The connection is over: into the ring of the ended, out of the living. */
static __noinline void life_end(struct tcpscope_life *life, __u64 now, __u8 reason)
{
	__u64 cookie;

	if (!life)
		return;
	cookie = life->cookie;
	life_leave_state(life, now);
	life->reason = reason;
	life_step(life, now, TCPSCOPE_EVENT_END, 0, reason);
	tell_end(life, now);
	if (life->role != TCPSCOPE_ROLE_LISTENER)
		keep(life, now);
	bpf_map_delete_elem(&lives, &cookie);
}

#endif /* TCPSCOPE_LIFE_H */
