// SPDX-License-Identifier: GPL-2.0
/*
 * The timewait minisocket: it replaces the full socket when TIME-WAIT begins,
 * or already in FIN-WAIT-2 when the owner is gone, and keeps its cookie.
 */
#include "life.h"

/* No minisocket to be had: too many of them, or no memory. */
SEC("fexit/inet_twsk_alloc")
int HOOK(timewait_begins, struct sock *sk, void *row, int state, struct inet_timewait_sock *tw)
{
	__u64 now = bpf_ktime_get_ns(), cookie;
	struct tcpscope_life *life;

	cookie = cookie_of(sk);
	life = life_find(cookie);
	if (!life && sk->sk_protocol != IPPROTO_TCP)
		return 0;
	if (!life && tw)
		settle(cookie);	/* nobody follows it, and this is no end */
	if (!life && (!tw || state == TCPSCOPE_TIME_WAIT))
		life = life_get(&sk->__sk_common, cookie, sk->__sk_common.skc_state);
	if (!life)
		return 0;
	life_mend(life, sk->__sk_common.skc_state);
	life->hints |= tw ? HINT_TIMEWAIT : HINT_OVERFLOW;
	if (!tw)
		return 0;
	life->place = (__u64)tw;
	minisocket_begins(cookie);
	life->flags |= TCPSCOPE_FLAG_MINISOCKET;
	note_traffic(life, sk);
	if (state == TCPSCOPE_TIME_WAIT)
		life_enter(life, now, TCPSCOPE_TIME_WAIT);
	return 0;
}

/* rearm: not the first start. The substate is already the new one. */
SEC("fentry/__inet_twsk_schedule")
int HOOK(timewait_restarts, struct inet_timewait_sock *tw, int timeo, bool rearm)
{
	struct tcpscope_life *life;
	struct scratch *s;
	__u64 now;

	if (!rearm)
		return 0;
	now = bpf_ktime_get_ns();
	s = scratch_get();
	if (!s)
		return 0;
	/* of a life adopted here, nobody knows the state before */
	life = timewait_get(&tw->__tw_common, 0);
	if (!life)
		return 0;
	if (life->state != tw->tw_substate) {
		life_enter(life, now, tw->tw_substate);
		life->traffic.rcv_nxt++; /* the FIN, all that is taken in FIN-WAIT-2 */
	} else {
		life_tell(life, now, TCPSCOPE_EVENT_TIMEWAIT_RESTART, s->segment, 0);
	}
	still_alive(life, cookie_there(tw));
	return 0;
}

/* A minisocket in FIN-WAIT-2 answers data with a RST and goes; one in TIME-WAIT does not. */
static __always_inline __u8 reason_of_kill(struct tcpscope_life *life,
					   struct inet_timewait_sock *tw)
{
	bool finwait2 = tw->tw_substate == TCPSCOPE_FIN_WAIT2;

	if (life->hints & HINT_REUSED)
		return TCPSCOPE_REASON_TIMEWAIT_REUSED;
	if ((long)(bpf_jiffies64() - tw->tw_timer.expires) >= 0)
		return finwait2 ? TCPSCOPE_REASON_FINWAIT2_TIMEOUT :
				  TCPSCOPE_REASON_TIMEWAIT_EXPIRED;
	if (life->hints & HINT_ABORT || netns_dying(&tw->__tw_common))
		return TCPSCOPE_REASON_ABORTED;
	if (life->hints & HINT_RST)
		return finwait2 ? TCPSCOPE_REASON_RESET_RECEIVED :
				  TCPSCOPE_REASON_TIMEWAIT_KILLED_RST;
	return finwait2 ? TCPSCOPE_REASON_RESET_SENT : TCPSCOPE_REASON_UNKNOWN;
}

SEC("fentry/inet_twsk_kill")
int HOOK(timewait_ends, struct inet_timewait_sock *tw)
{
	struct tcpscope_life *life = timewait_get(&tw->__tw_common, tw->tw_substate);

	if (life)
		life_end(life, cookie_there(tw), bpf_ktime_get_ns(), reason_of_kill(life, tw));
	return 0;
}

/* What neither restarts the minisocket nor moves it on leaves no other trace. */
static __always_inline void note_segment(struct tcpscope_life *life, __u8 substate, __u8 segment)
{
	__u64 now = bpf_ktime_get_ns();

	life->traffic.segs_in++;
	if (segment == TCPSCOPE_SEGMENT_RST) {
		life->hints |= HINT_RST;
		life->resets_received += life->resets_received != 255;
		life_tell(life, now, TCPSCOPE_EVENT_RESET, TCPSCOPE_RESET_RECEIVED, 0);
	} else if (segment == TCPSCOPE_SEGMENT_SYN ||
		   (substate == TCPSCOPE_FIN_WAIT2 && segment != TCPSCOPE_SEGMENT_FIN)) {
		life_tell(life, now, TCPSCOPE_EVENT_ARRIVAL, segment, 0);
	}
}

/* Noted before the kernel decides: it may kill the minisocket inside. */
SEC("fentry/tcp_timewait_state_process")
int HOOK(timewait_segment, struct inet_timewait_sock *tw, struct sk_buff *skb)
{
	struct tcpscope_life *life = timewait_find(&tw->__tw_common);
	struct scratch *s = scratch_get();

	if (!s)
		return 0;
	s->segment = segment_of(skb);
	if (!life)
		return 0;
	note_segment(life, tw->tw_substate, s->segment);
	still_alive(life, cookie_there(tw));
	return 0;
}

static __always_inline struct tcpscope_life *taken_over(struct inet_timewait_sock *tw)
{
	struct tcpscope_life *life = timewait_get(&tw->__tw_common, TCPSCOPE_TIME_WAIT);

	if (!life)
		return NULL;
	life->hints |= HINT_REUSED;
	life_tell(life, bpf_ktime_get_ns(), TCPSCOPE_EVENT_TIMEWAIT_REUSE, 0, 0);
	return life;
}

/* What tcp_timewait_state_process() returns when an ACK is sent (6.14 has two of these), */
#define TCP_TW_ACK 2
#define TCP_TW_RST 1	/* or a RST */
#define TCP_TW_ACK_OOW 4
/* and when a SYN may take over. */
#define TCP_TW_SYN 3

static __always_inline void note_answer(struct inet_timewait_sock *tw)
{
	struct tcpscope_life *life = timewait_find(&tw->__tw_common);

	if (life)
		life->traffic.segs_out++;
}

/* Until Linux 6.10 no tracepoint tells of a RST that a minisocket sends. */
extern const volatile bool reset_has_reason;

static __always_inline void note_reset_sent(struct inet_timewait_sock *tw)
{
	if (!reset_has_reason)
		note_reset(timewait_find(&tw->__tw_common), TCPSCOPE_RESET_SENT, 0);
}

/* The request socket for that SYN, if there will be one, is made in the same softirq. */
SEC("fexit/tcp_timewait_state_process")
int HOOK(timewait_taken_over, struct inet_timewait_sock *tw)
{
	struct scratch *s = scratch_get();
	struct tcpscope_life *life;
	__u64 verdict = 0;

	if (bpf_get_func_ret(ctx, &verdict))
		return 0;
	if ((__u32)verdict == TCP_TW_ACK || (__u32)verdict == TCP_TW_ACK_OOW)
		note_answer(tw);
	if ((__u32)verdict == TCP_TW_RST)
		note_reset_sent(tw);
	if ((__u32)verdict != TCP_TW_SYN)
		return 0;
	life = taken_over(tw);
	if (!life || !s)
		return 0;
	s->taken = life->cookie;
	s->local_port = life->local_port;
	s->peer_port = life->peer_port;
	s->netns_cookie = life->netns_cookie;
	__builtin_memcpy(s->peer_addr, life->peer_addr, 16);
	return 0;
}

/* connect() takes the port of a TIME-WAIT over; its own life begins with its SYN. */
SEC("fexit/tcp_twsk_unique")
int HOOK(timewait_port_reused, struct sock *sk, struct inet_timewait_sock *tw, void *twp,
	     int unique)
{
	__u64 heir = cookie_of(sk), old = cookie_of(tw);
	struct tcpscope_life *life;

	if (unique != 1)
		return 0;
	life = taken_over(tw);
	if (life)
		life->heir = heir;
	if (!bpf_map_update_elem(&heirs, &heir, &old, BPF_NOEXIST))
		small_map_takes(&heirs_used);
	else if (bpf_map_update_elem(&heirs, &heir, &old, BPF_EXIST))
		count_loss(TCPSCOPE_LOSS_NO_MEMORY);
	return 0;
}
