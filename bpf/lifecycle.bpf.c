// SPDX-License-Identifier: GPL-2.0
/*
 * From the first SYN to the end of TIME-WAIT. One cookie names the request
 * socket, the full socket and the timewait minisocket in turn; the kernel's
 * own tracepoint sees only the one in the middle:
 *
 *   passive:  request hashed ── SYN-RECV ── dropped | child created
 *   both:     inet_sock_set_state, until the full socket closes
 *   closer:   minisocket allocated ── TIME-WAIT ── restarted ── killed
 */
#define TCPSCOPE_DEFINE_MAPS
#include "life.h"

char LICENSE[] SEC("license") = "GPL";

const volatile __u32 keep_ended = 8192;

static __always_inline bool is_tcp(const struct sock *sk)
{
	return sk->sk_protocol == IPPROTO_TCP;
}

/* Who closed first shows in the first state that only a FIN leads to. */
static __always_inline void note_closer(struct tcpscope_life *life, __u8 from, __u8 to)
{
	if (from == TCPSCOPE_FIN_WAIT1 && to == TCPSCOPE_CLOSING)
		life->first_closer = TCPSCOPE_CLOSER_BOTH;
	if (life->first_closer)
		return;
	if (to == TCPSCOPE_FIN_WAIT1)
		life->first_closer = TCPSCOPE_CLOSER_LOCAL;
	else if (to == TCPSCOPE_CLOSE_WAIT)
		life->first_closer = TCPSCOPE_CLOSER_PEER;
}

/*
 * A connection that failed with an error: which timer gave up shows in what
 * was sent last without an answer (tcp_write_err(), net/ipv4/tcp_timer.c).
 */
static __always_inline __u8 reason_of_timeout(struct tcpscope_life *life, struct sock *sk)
{
	const struct tcpscope_step *last = step_at(life, life->n_steps - 1);
	__u8 probe = TCPSCOPE_EVENT_RETRANSMIT << 4 | TCPSCOPE_RETRANSMIT_PROBE;
	__u8 keepalive = TCPSCOPE_EVENT_RETRANSMIT << 4 | TCPSCOPE_RETRANSMIT_KEEPALIVE;

	if (life->state == TCPSCOPE_SYN_SENT)
		return TCPSCOPE_REASON_SYN_TIMEOUT;
	if (life->state == TCPSCOPE_SYN_RECV)
		return TCPSCOPE_REASON_SYNACK_TIMEOUT;
	if (life->hints & HINT_TIMEOUT)
		return TCPSCOPE_REASON_RETRANSMIT_TIMEOUT;
	if (last->kind_detail == probe)
		return TCPSCOPE_REASON_PROBE_TIMEOUT;
	if (last->kind_detail == keepalive)
		return TCPSCOPE_REASON_KEEPALIVE_TIMEOUT;
	return TCPSCOPE_REASON_UNKNOWN;
}

static __always_inline __u8 reason_of_close(struct tcpscope_life *life, struct sock *sk)
{
	if (life->hints & HINT_OVERFLOW)
		return TCPSCOPE_REASON_TIMEWAIT_OVERFLOW;
	if (life->hints & HINT_DISCONNECT)
		return TCPSCOPE_REASON_DISCONNECTED;
	if (sk->sk_err == ECONNABORTED)
		return TCPSCOPE_REASON_ABORTED;
	if (life->resets_received)
		return life->state == TCPSCOPE_SYN_SENT ? TCPSCOPE_REASON_REFUSED :
							  TCPSCOPE_REASON_RESET_RECEIVED;
	if (sk->sk_err == ETIMEDOUT || life->hints & HINT_TIMEOUT)
		return reason_of_timeout(life, sk);
	if (life->resets_sent)
		return TCPSCOPE_REASON_RESET_SENT;
	if (life->state == TCPSCOPE_LAST_ACK || life->state == TCPSCOPE_LISTEN)
		return TCPSCOPE_REASON_NORMAL;
	return TCPSCOPE_REASON_UNKNOWN;
}

/* tcp_disconnect() keeps the cookie: what follows is the next generation. */
static __always_inline void next_generation(const struct tcpscope_life *life)
{
	__u64 cookie = life->cookie;
	__u32 generation = life->generation + 1;

	bpf_map_update_elem(&generations, &cookie, &generation, BPF_ANY);
}

static __always_inline void closed(struct tcpscope_life *life, struct sock *sk, __u64 now)
{
	/* A minisocket lives on, or the request outlives a stillborn child. */
	if (life->hints & (HINT_TIMEWAIT | HINT_REQUEST))
		return;
	if (life->hints & HINT_DISCONNECT)
		next_generation(life);
	life_end(life, now, reason_of_close(life, sk));
}

/* socket() … listen() or connect(): the first state of a life. */
static __always_inline void born(struct sock *sk, __u64 cookie, __u64 now, __u8 state)
{
	bool listener = state == TCPSCOPE_LISTEN;
	struct tcpscope_life *life;

	life = life_begin(cookie, now,
			  listener ? TCPSCOPE_ROLE_LISTENER : TCPSCOPE_ROLE_ACTIVE);
	if (!life)
		return;
	life->state = TCPSCOPE_CLOSE;
	owner_is_current(&life->owner);
	life_set_tuple(life, &sk->__sk_common);
	if (listener)
		life_enter(life, now, state);
}

static __always_inline void established(struct tcpscope_life *life, struct sock *sk)
{
	life->hints &= ~HINT_REQUEST;
	life_set_tuple(life, &sk->__sk_common);
	if (!life->peer_isn && !(life->flags & TCPSCOPE_FLAG_ADOPTED))
		life->peer_isn = READ_TP(sk, rcv_nxt) - 1;
	if (READ_TP(sk, is_mptcp))
		life->flags |= TCPSCOPE_FLAG_MPTCP;
}

/* Fires before the store, with the old state still in the socket. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(set_state, struct sock *sk, int from, int to)
{
	__u64 now = bpf_ktime_get_ns(), cookie;
	struct tcpscope_life *life;

	/* The clone still carries its listener's identity: wait for the child. */
	if (!is_tcp(sk) || (from == TCPSCOPE_LISTEN && to == TCPSCOPE_SYN_RECV))
		return 0;
	cookie = cookie_of(sk);
	if (from == TCPSCOPE_CLOSE) {
		if (to == TCPSCOPE_LISTEN || to == TCPSCOPE_SYN_SENT)
			born(sk, cookie, now, to);
		return 0;
	}
	life = life_find(cookie);
	if (!life)
		life = life_adopt(sk, cookie, from);
	if (!life)
		return 0;
	if (to == TCPSCOPE_CLOSE) {
		closed(life, sk, now);
		return 0;
	}
	if (from == TCPSCOPE_SYN_SENT && to == TCPSCOPE_SYN_RECV)
		life->role = TCPSCOPE_ROLE_SIMULTANEOUS;
	if (to == TCPSCOPE_ESTABLISHED)
		established(life, sk);
	note_closer(life, from, to);
	life_enter(life, now, to);
	return 0;
}

/* The source port is chosen by now, and the SYN about to leave. */
SEC("fentry/tcp_connect")
int BPF_PROG(connect, struct sock *sk)
{
	struct tcpscope_life *life = life_find(cookie_of(sk));

	if (!life || life->state != TCPSCOPE_CLOSE)
		return 0;
	life_set_tuple(life, &sk->__sk_common);
	life->local_isn = READ_TP(sk, write_seq);
	life_enter(life, bpf_ktime_get_ns(), TCPSCOPE_SYN_SENT);
	return 0;
}

/* Until accept() a connection belongs to whoever listens. */
static __always_inline void inherit(struct tcpscope_life *life, __u64 listener)
{
	struct tcpscope_life *from = life_find(listener);

	life->listener = listener;
	if (from)
		life->owner = from->owner;
}

/*
 * A SYN made a request socket. The number of arguments differs between
 * kernels, so the return value (was it hashed?) comes through the helper.
 */
SEC("fexit/inet_csk_reqsk_queue_hash_add")
int BPF_PROG(request_hashed, struct sock *sk, struct request_sock *req)
{
	__u64 now = bpf_ktime_get_ns(), cookie, hashed = 0;
	struct tcpscope_life *life;

	if (bpf_get_func_ret(ctx, &hashed) || !(hashed & 0xff))
		return 0;
	cookie = cookie_of(req);
	life = life_begin(cookie, now, TCPSCOPE_ROLE_PASSIVE);
	if (!life)
		return 0;
	life->hints = HINT_REQUEST;
	inherit(life, cookie_of(sk));
	life_set_tuple(life, &req->__req_common);
	life->local_isn = BPF_CORE_READ((struct tcp_request_sock *)req, snt_isn);
	life->peer_isn = BPF_CORE_READ((struct tcp_request_sock *)req, rcv_isn);
	life_enter(life, now, TCPSCOPE_SYN_RECV);
	return 0;
}

/*
 * A child without a life before it: its request never was in the hash table,
 * because a SYN cookie stood for it or because Fast Open made the child of
 * the SYN itself.
 */
SEC("fexit/tcp_create_openreq_child")
int BPF_PROG(child_created, struct sock *sk, struct request_sock *req, struct sk_buff *skb,
	     struct sock *child)
{
	__u64 now = bpf_ktime_get_ns(), cookie;
	struct tcpscope_life *life;

	if (!child)
		return 0;
	cookie = cookie_of(child);
	if (life_find(cookie))
		return 0;
	life = life_begin(cookie, now, TCPSCOPE_ROLE_PASSIVE);
	if (!life)
		return 0;
	inherit(life, cookie_of(sk));
	life_set_tuple(life, &req->__req_common);
	life->local_isn = BPF_CORE_READ((struct tcp_request_sock *)req, snt_isn);
	life->peer_isn = BPF_CORE_READ((struct tcp_request_sock *)req, rcv_isn);
	life->flags |= tcp_flags_of(skb) & TCP_SYN ? TCPSCOPE_FLAG_FASTOPEN : TCPSCOPE_FLAG_SYNCOOKIE;
	life_enter(life, now, TCPSCOPE_SYN_RECV);
	return 0;
}

SEC("fentry/inet_csk_complete_hashdance")
int BPF_PROG(handshake_done, struct sock *sk, struct sock *child, struct request_sock *req,
	     bool own_req)
{
	struct tcpscope_life *life = own_req ? life_find(cookie_of(child)) : NULL;

	if (life)
		life->hints &= ~HINT_REQUEST;
	return 0;
}

/* Also called when the handshake succeeds: a drop only if still hashed. */
SEC("fentry/__inet_csk_reqsk_queue_drop")
int BPF_PROG(request_dropped, struct sock *sk, struct request_sock *req, bool from_timer)
{
	__u64 now = bpf_ktime_get_ns();
	struct tcpscope_life *life;
	__u8 reason = TCPSCOPE_REASON_UNKNOWN;

	if (!req->__req_common.skc_nulls_node.pprev)
		return 0;
	life = life_find(cookie_of(req));
	if (!life)
		return 0;
	if (from_timer)
		reason = sk->__sk_common.skc_state == TCPSCOPE_LISTEN ?
				 TCPSCOPE_REASON_SYNACK_TIMEOUT :
				 TCPSCOPE_REASON_LISTENER_CLOSED;
	else if (life->hints & HINT_RST)
		reason = TCPSCOPE_REASON_RESET_RECEIVED;
	life_tell(life, now, TCPSCOPE_EVENT_REQUEST_DROP, 0, reason);
	life_end(life, now, reason);
	return 0;
}

/* A RST for a request is seen nowhere but here. */
SEC("fentry/tcp_check_req")
int BPF_PROG(request_segment, struct sock *sk, struct sk_buff *skb, struct request_sock *req)
{
	struct tcpscope_life *life;

	if (!(tcp_flags_of(skb) & TCP_RST))
		return 0;
	life = life_find(cookie_of(req));
	if (!life)
		return 0;
	life->hints |= HINT_RST;
	return 0;
}

SEC("fentry/tcp_disconnect")
int BPF_PROG(disconnect, struct sock *sk)
{
	struct tcpscope_life *life = life_find(cookie_of(sk));

	if (life)
		life->hints |= HINT_DISCONNECT;
	return 0;
}
