// SPDX-License-Identifier: GPL-2.0
/*
 * Segments that came in vain: what the peer sent again although it had come.
 * Only these pass here, no segment of a healthy stream.
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
 * Old as a whole. Where the kernel has a function for just that, which tcp_data_queue()
 * and tcp_send_dupack() call, the loader attaches this to it: all data that is not
 * taken by the fast path goes by here.
 */
SEC("fentry/tcp_data_queue")
int HOOK(data_again, struct sock *sk, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = (struct tcp_skb_cb *)skb->cb;
	__u32 end = cb->end_seq;

	if (cb->seq != end && (__s32)(end - READ_TP(sk, rcv_nxt)) <= 0)
		arrived(sk, segment_of(skb));
	return 0;
}

/* Set if data_again() is attached to tcp_rcv_spurious_retrans(). */
const volatile bool sees_spurious = false;

/* Whether tcp_send_dupack() comes by there: what is old, if it is to be answered with a DSACK. */
static __always_inline bool seen_again(struct sock *sk, struct sk_buff *skb)
{
	return sees_spurious && (__s32)(READ_CB(skb, seq) - READ_TP(sk, rcv_nxt)) < 0 &&
	       BPF_CORE_READ_BITFIELD_PROBED(&((struct tcp_sock *)sk)->rx_opt, sack_ok) &&
	       sk->__sk_common.skc_net.net->ipv4.sysctl_tcp_dsack;
}

/* Older, or outside of the window. Without length it is a probe, and often one of many. */
SEC("fentry/tcp_send_dupack")
int HOOK(out_of_window, struct sock *sk, struct sk_buff *skb)
{
	if (READ_CB(skb, seq) != READ_CB(skb, end_seq) && !seen_again(sk, skb))
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
