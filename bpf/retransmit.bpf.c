// SPDX-License-Identifier: GPL-2.0
/* What was sent again, what was sent to probe, and resets both ways. */
#include "life.h"

/* tp_btf/tcp_retransmit_skb has a third argument, the result of sending. */
const volatile bool retransmit_has_err = false;
/* tp_btf/tcp_send_reset has a third argument, enum sk_rst_reason. */
const volatile bool reset_has_reason = false;

#define TCP_CA_LOSS 4

static __always_inline void tell_retransmit(struct tcpscope_life *life, __u32 kind, __u8 attempt)
{
	struct tcpscope_totals *t = totals_get();

	if (!life || kind >= TCPSCOPE_RETRANSMIT_MAX)
		return;
	if (life->retransmits[kind] != 0xffff)
		life->retransmits[kind]++;
	if (t)
		t->retransmits[kind]++;
	life_tell(life, bpf_ktime_get_ns(), TCPSCOPE_EVENT_RETRANSMIT, kind, attempt);
}

static __always_inline struct tcpscope_life *life_of(struct sock *sk)
{
	return life_get(&sk->__sk_common, cookie_of(sk), sk->__sk_common.skc_state);
}

/*
 * Whether the timer began this: the kernel enters the same state of loss, and sends
 * again, when an ICMP message says that segments are too large, or when a Fast Open SYN
 * came without its data. What follows the timer's first is sent as ACKs come in.
 */
static __always_inline bool by_timer(struct tcpscope_life *life, struct sock *sk)
{
	if (BPF_CORE_READ_BITFIELD_PROBED((struct inet_connection_sock *)sk, icsk_ca_state) !=
	    TCP_CA_LOSS)
		life->hints &= ~HINT_FIRED;
	else if (life->hints & HINT_TIMEOUT || READ_ICSK(sk, icsk_retransmits))
		life->hints |= HINT_FIRED;
	return life->hints & HINT_FIRED;
}

static __always_inline __u8 kind_of(struct tcpscope_life *life, struct sock *sk,
				    struct sk_buff *skb)
{
	__u8 flags = READ_CB(skb, tcp_flags);

	if (flags & TCP_SYN)
		return life->state == TCPSCOPE_SYN_SENT ? TCPSCOPE_RETRANSMIT_SYN :
							  TCPSCOPE_RETRANSMIT_SYNACK;
	if (life->hints & HINT_TLP)
		return TCPSCOPE_RETRANSMIT_TLP;
	if (flags & TCP_FIN && READ_CB(skb, end_seq) - READ_CB(skb, seq) == 1)
		return TCPSCOPE_RETRANSMIT_FIN;
	return by_timer(life, sk) ? TCPSCOPE_RETRANSMIT_RTO : TCPSCOPE_RETRANSMIT_FAST;
}

/* The number of the one just counted tells its place: each kind with data counts. */
static __always_inline void note_resent(struct tcpscope_life *life, __u8 kind, __u32 seq)
{
	const __u16 *n = life->retransmits;
	__u32 i = n[TCPSCOPE_RETRANSMIT_RTO] + n[TCPSCOPE_RETRANSMIT_FAST] + n[TCPSCOPE_RETRANSMIT_TLP];

	if (kind == TCPSCOPE_RETRANSMIT_RTO || kind == TCPSCOPE_RETRANSMIT_FAST ||
	    kind == TCPSCOPE_RETRANSMIT_TLP)
		life->resent[i % TCPSCOPE_RESENT] = seq;
}

SEC("tp_btf/tcp_retransmit_skb")
int HOOK(retransmitted, struct sock *sk, struct sk_buff *skb)
{
	struct tcpscope_life *life;
	__u8 kind;

	if (retransmit_has_err && (int)ctx[2])
		return 0;
	life = life_of(sk);
	if (!life)
		return 0;
	kind = kind_of(life, sk, skb);
	tell_retransmit(life, kind, READ_ICSK(sk, icsk_retransmits));
	note_resent(life, kind, READ_CB(skb, seq));
	if (READ_CB(skb, tcp_flags) & TCP_FIN)
		step_at(life, life->n_steps - 1)->kind_detail |= TCPSCOPE_WITH_FIN;
	return 0;
}

/* sk is the listener, or with Fast Open the child, which has a cookie of its own. */
SEC("tp_btf/tcp_retransmit_synack")
int HOOK(synack_retransmitted, struct sock *sk, struct request_sock *req)
{
	__u8 attempt = BPF_CORE_READ_BITFIELD_PROBED(req, num_retrans) + 1;
	struct tcpscope_life *life;

	if (sk->__sk_common.skc_state == TCPSCOPE_LISTEN)
		life = life_get(&req->__req_common, cookie_of(req), TCPSCOPE_SYN_RECV);
	else
		life = life_of(sk);
	note_half_acked(life, req);
	tell_retransmit(life, TCPSCOPE_RETRANSMIT_SYNACK, attempt);
	return 0;
}

/*
 * A tail loss probe may be new data, which is no retransmission; when it is
 * one, tcp_retransmit_skb fires inside.
 */
SEC("fentry/tcp_send_loss_probe")
int HOOK(loss_probe, struct sock *sk)
{
	struct tcpscope_life *life = life_of(sk);

	if (life)
		life->hints |= HINT_TLP;
	return 0;
}

SEC("fexit/tcp_send_loss_probe")
int HOOK(loss_probe_done, struct sock *sk)
{
	struct tcpscope_life *life = life_find(cookie_of(sk));

	if (life)
		life->hints &= ~HINT_TLP;
	return 0;
}

/*
 * Both the zero-window probe and the keepalive are sent here. A keepalive is
 * sent only with nothing left to send, a window probe only with something
 * (tcp_keepalive_timer() and tcp_probe_timer(), net/ipv4/tcp_timer.c). Where the window
 * has room, as for MSG_MORE, data is sent, for the first time.
 */
SEC("fentry/tcp_write_wakeup")
int HOOK(probed, struct sock *sk)
{
	__u32 next = READ_TP(sk, snd_nxt);
	bool idle = READ_TP(sk, write_seq) == next;

	if (!idle && (__s32)(READ_TP(sk, snd_una) + READ_TP(sk, snd_wnd) - next) > 0)
		return 0;
	tell_retransmit(life_of(sk),
			idle ? TCPSCOPE_RETRANSMIT_KEEPALIVE : TCPSCOPE_RETRANSMIT_PROBE,
			READ_ICSK(sk, icsk_probes_out) + 1);
	return 0;
}

SEC("fentry/tcp_retransmit_timer")
int HOOK(retransmit_timer, struct sock *sk)
{
	struct tcpscope_life *life = life_find(cookie_of(sk));

	if (life)
		life->hints |= HINT_TIMEOUT;
	return 0;
}

SEC("fexit/tcp_retransmit_timer")
int HOOK(retransmit_timer_done, struct sock *sk)
{
	struct tcpscope_life *life = life_find(cookie_of(sk));

	if (life)
		life->hints &= ~HINT_TIMEOUT;
	return 0;
}

static __always_inline void count_reset(__u32 direction)
{
	struct tcpscope_totals *t = totals_get();

	if (t && direction < TCPSCOPE_RESET_MAX)
		t->resets[direction]++;
}

/*
 * Data that comes after close() the kernel takes for a RST, and answers with one
 * (tcp_rcv_state_process(), TCPABORTONDATA): it is this end that resets.
 */
SEC("fentry/tcp_reset")
int HOOK(resetting, struct sock *sk, struct sk_buff *skb)
{
	struct tcpscope_life *life;

	if (READ_CB(skb, tcp_flags) & TCP_RST)
		return 0;
	life = life_of(sk);
	if (life)
		life->hints |= HINT_RESETS;
	return 0;
}

/* A FIN that was not sent yet has closed nothing. */
static __always_inline void reopen(struct tcpscope_life *life, struct sock *sk)
{
	if (life->first_closer == TCPSCOPE_CLOSER_LOCAL && life->state == TCPSCOPE_FIN_WAIT1 &&
	    has_unsent(sk))
		life->first_closer = TCPSCOPE_CLOSER_UNKNOWN;
}

SEC("tp_btf/tcp_receive_reset")
int HOOK(reset_received, struct sock *sk)
{
	struct tcpscope_life *life = life_of(sk);

	if (life && life->hints & HINT_RESETS)
		return 0;
	count_reset(TCPSCOPE_RESET_RECEIVED);
	if (!life)
		return 0;
	reopen(life, sk);
	note_reset(life, TCPSCOPE_RESET_RECEIVED, 0);
	return 0;
}

/* The request that this segment was for found its listener's accept queue full, a moment ago. */
static __always_inline struct tcpscope_life *life_of_request(struct sk_buff *skb)
{
	struct scratch *s = scratch_get();
	struct tcpscope_life *life;
	struct tcphdr *th;

	if (!s || !s->request || !skb)
		return NULL;
	life = life_find(s->request);
	s->request = 0;
	th = (void *)(BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, transport_header));
	return life && life->peer_port == bpf_ntohs(BPF_CORE_READ(th, source)) ? life : NULL;
}

/*
 * sk is missing when the reset answers a segment that met no socket; a
 * listener that resets a stranger is not reset itself. It may reset one of its
 * requests, though, for want of room (tcp_abort_on_overflow).
 */
SEC("tp_btf/tcp_send_reset")
int HOOK(reset_sent, struct sock *sk, struct sk_buff *skb)
{
	__u8 reason = reset_has_reason ? (__u8)ctx[2] : 0;
	struct tcpscope_life *life;
	__u64 cookie;

	count_reset(TCPSCOPE_RESET_SENT);
	if (!sk)
		return 0;
	if (sk->__sk_common.skc_state == TCPSCOPE_LISTEN) {
		note_reset(life_of_request(skb), TCPSCOPE_RESET_SENT, reason);
		return 0;
	}
	cookie = cookie_of(sk);
	life = life_find(cookie);
	note_reset(life, TCPSCOPE_RESET_SENT, reason);
	if (life && awaits_reset(life))
		life_end(life, cookie, bpf_ktime_get_ns(), TCPSCOPE_REASON_RESET_SENT);
	return 0;
}
