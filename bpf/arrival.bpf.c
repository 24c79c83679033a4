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
SEC("fentry/tcp_data_queue")
int HOOK(data_out_of_order, struct sock *sk, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = (struct tcp_skb_cb *)skb->cb;
	struct tcp_sock *tp;
	__s32 ahead;

	if (cb->seq == cb->end_seq)
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp || cb->seq == tp->rcv_nxt)
		return 0;
	ahead = cb->seq - tp->rcv_nxt;
	if (ahead < 0 && (__s32)(cb->end_seq - tp->rcv_nxt) > 0)
		arrived(sk, TCPSCOPE_SEGMENT_DATA);
	else if (ahead < 0 || cb->tcp_flags & TCP_FIN)
		arrived(sk, segment_of(skb));
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
