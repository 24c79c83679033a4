// SPDX-License-Identifier: GPL-2.0
/*
 * Segments that came in vain: what the peer sent again although it had come.
 * Only what is out of order passes here, no segment of a healthy stream.
 */
#include "life.h"

static __always_inline struct tcpscope_life *life_known(struct sock *sk)
{
	return life_find(cookie_of(sk));
}

static __always_inline void arrived(struct sock *sk, __u8 segment)
{
	struct tcpscope_life *life = life_known(sk);

	if (life)
		life_tell(life, bpf_ktime_get_ns(), TCPSCOPE_EVENT_ARRIVAL, segment, 0);
}

/*
 * Out of order: old, as a whole or up to where it goes on, which may be a FIN;
 * or a FIN ahead of data that is still missing, which no state shows.
 */
static __always_inline void data_arrives(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = (struct tcp_skb_cb *)skb->cb;
	struct tcp_sock *tp = TP(sk);
	__u32 next, end;
	__s32 ahead;

	if (!tp)
		return;
	next = tp->rcv_nxt;
	ahead = cb->seq - next;
	if (!ahead)
		return;
	end = cb->end_seq;
	if (next + ahead == end)
		return;
	if (ahead < 0 && (__s32)(end - next) > 0)
		arrived(sk, TCPSCOPE_SEGMENT_DATA);
	else if (ahead < 0 || cb->tcp_flags & TCP_FIN)
		arrived(sk, segment_of(skb));
}

/*
 * Where the kernel asks for memory for all it is going to queue, the loader attaches
 * this to tcp_try_rmem_schedule(), by which ACKs do not pass, nor what is queued in
 * order on the fast path. What is not queued, data_dropped() sees then.
 */
SEC("fentry/tcp_data_queue")
int HOOK(data_out_of_order, struct sock *sk, struct sk_buff *skb)
{
	data_arrives(sk, skb);
	return 0;
}

/* Set if the above asks that of data_dropped(): the tracepoint names the socket then. */
const volatile bool sees_drops = false;

static __always_inline bool is_data_dropped(__u32 reason)
{
	return reason == bpf_core_enum_value(enum skb_drop_reason, SKB_DROP_REASON_TCP_OLD_DATA) ||
	       reason == bpf_core_enum_value(enum skb_drop_reason, SKB_DROP_REASON_TCP_ZEROWINDOW) ||
	       reason == bpf_core_enum_value(enum skb_drop_reason, SKB_DROP_REASON_TCP_OVERWINDOW);
}

/* A segment for a request may be outside of its window, too: the socket is the listener. */
SEC("tp_btf/kfree_skb")
int HOOK(data_dropped, struct sk_buff *skb, void *location, int reason)
{
	struct sock *sk;

	if (!sees_drops || !is_data_dropped(reason))
		return 0;
	sk = (void *)ctx[3];
	if (sk && sk->__sk_common.skc_state != TCPSCOPE_LISTEN)
		data_arrives(sk, skb);
	return 0;
}

/* Older, or outside of the window. Without length it is a probe, and often one of many. */
SEC("fentry/tcp_send_dupack")
int HOOK(out_of_window, struct sock *sk, struct sk_buff *skb)
{
	if (READ_CB(skb, seq) != READ_CB(skb, end_seq))
		arrived(sk, segment_of(skb));
	return 0;
}

/*
 * A SYN or a RST that has to be challenged (RFC 5961): a SYN-ACK that was sent
 * again, as a rule. The segment itself is not to be had here.
 */
SEC("fentry/tcp_send_challenge_ack")
int HOOK(challenged, struct sock *sk)
{
	struct tcpscope_life *life = life_known(sk);

	if (life)
		life_tell(life, bpf_ktime_get_ns(), TCPSCOPE_EVENT_ARRIVAL, TCPSCOPE_SEGMENT_NONE, 0);
	return 0;
}
