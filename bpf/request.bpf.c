// SPDX-License-Identifier: GPL-2.0
/* The request socket: from the SYN to the child or the drop; and its listener's counters. */
#include "life.h"

static __always_inline bool is_hashed(struct request_sock *req)
{
	return req->__req_common.skc_nulls_node.pprev;
}

/* inet_csk_reqsk_queue_hash_add() says whether it did: not on every kernel. */
const volatile bool hash_add_returns_bool = true;

/* This CPU's counters of a listener with that cookie, if it is one and followed. */
static __always_inline struct tcpscope_listener *counters_of(struct sock *sk, __u64 cookie)
{
	return sk->__sk_common.skc_state == TCPSCOPE_LISTEN ?
		bpf_map_lookup_elem(&listeners, &cookie) : NULL;
}

/* The same of whom a SYN or a handshake's ACK has come to. */
static __always_inline struct tcpscope_listener *listener_of(struct sock *sk)
{
	return counters_of(sk, cookie_there(sk));
}

SEC("fentry/tcp_conn_request")
int HOOK(syn_arrives, void *rsk_ops, void *af_ops, struct sock *sk)
{
	struct tcpscope_listener *listener = listener_of(sk);

	if (!listener)
		return 0;
	listener->syns++;
	if (accept_queue_full(sk))
		listener->overflows++;
	return 0;
}

/* Until accept() a connection belongs to whoever listens. Gives this CPU's counters of the listener. */
static __always_inline struct tcpscope_listener *inherit(struct tcpscope_life *life,
							 struct sock *listener)
{
	struct tcpscope_listener *counters;

	life->listener = cookie_of(listener);
	counters = counters_of(listener, life->listener);
	if (counters)
		life->owner = counters->owner;
	return counters;
}

/* The SYN may be the one that took a TIME-WAIT over a moment ago. */
static __always_inline void link_predecessor(struct tcpscope_life *life)
{
	struct scratch *s = scratch_get();

	if (!s || !s->taken)
		return;
	if (s->local_port == life->local_port && s->peer_port == life->peer_port &&
	    s->netns_cookie == life->netns_cookie && same_addr(s->peer_addr, life->peer_addr))
		life->predecessor = s->taken;
	s->taken = 0;
}

static __always_inline void begin_passive(struct tcpscope_life *life, struct sock *listener,
					  struct request_sock *req, __u64 now)
{
	struct tcpscope_listener *counters = inherit(life, listener);
	struct tcp_request_sock *treq = TREQ(req);

	if (counters && life->hints & HINT_REQUEST)
		counters->requests++;
	life_set_tuple(life, &req->__req_common);
	life->local_isn = treq ? treq->snt_isn : READ_TREQ(req, snt_isn);
	life->peer_isn = treq ? treq->rcv_isn : READ_TREQ(req, rcv_isn);
	link_predecessor(life);
	life_insert(life, now, 0, TCPSCOPE_SYN_RECV);
}

/*
 * A SYN made a request socket. The number of arguments differs between
 * kernels, so the return value (was it hashed?) comes through the helper.
 */
SEC("fexit/inet_csk_reqsk_queue_hash_add")
int HOOK(request_hashed, struct sock *sk, struct request_sock *req)
{
	__u64 now = bpf_ktime_get_ns(), hashed = 0;
	struct tcpscope_life *life;

	if (hash_add_returns_bool && (bpf_get_func_ret(ctx, &hashed) || !(hashed & 0xff)))
		return 0;
	life = life_draft(DRAFT_REQUEST, cookie_of(req), now, TCPSCOPE_ROLE_PASSIVE, req);
	if (!life)
		return 0;
	life->hints = HINT_REQUEST;
	begin_passive(life, sk, req, now);
	return 0;
}

/* What made a child without a request in the hash table, 0 for any other child. */
static __always_inline __u32 born_of(struct request_sock *req)
{
	struct tcp_request_sock *treq;

	if (!req->__req_common.skc_listener)
		return TCPSCOPE_FLAG_SYNCOOKIE;
	treq = TREQ(req);
	return (treq ? treq->tfo_listener : READ_TREQ(req, tfo_listener)) ?
		TCPSCOPE_FLAG_FASTOPEN : 0;
}

/*
 * A child enters its listener's accept queue. One that had no request in the
 * hash table begins here, because a SYN cookie stood for it or because Fast
 * Open made it of the SYN itself. For the others, not every kernel comes by.
 */
SEC("fentry/inet_csk_reqsk_queue_add")
int HOOK(child_queued, struct sock *sk, struct request_sock *req, struct sock *child)
{
	__u32 flag = born_of(req);
	struct tcpscope_life *life;
	__u64 now, cookie;

	if (!flag)
		return 0;
	cookie = cookie_of(child);
	if (life_find(cookie))
		return 0;
	now = bpf_ktime_get_ns();
	life = life_draft(DRAFT_CHILD, cookie, now, TCPSCOPE_ROLE_PASSIVE, child);
	if (!life)
		return 0;
	life->flags |= flag;
	begin_passive(life, sk, req, now);
	return 0;
}

/*
 * A listener of an SO_REUSEPORT group is closed: another of the group takes
 * its request over, or the child nobody has accepted yet.
 */
SEC("fexit/reuseport_migrate_sock")
int HOOK(migrated, struct sock *from, struct sock *migrating, struct sk_buff *skb,
	 struct sock *to)
{
	struct tcpscope_life *life;

	if (!to)
		return 0;
	life = life_find(cookie_of(migrating));
	if (!life)
		return 0;
	inherit(life, to);
	if (life->hints & HINT_REQUEST)
		life->place = 0; /* a copy of it takes over, which no hook sees */
	return 0;
}

static __always_inline __u8 reason_of_drop(struct tcpscope_life *life, struct sock *listener,
					   struct request_sock *req, bool from_timer)
{
	if (life->hints & HINT_ABORT || netns_dying(&req->__req_common))
		return TCPSCOPE_REASON_ABORTED;
	if (listener->__sk_common.skc_state != TCPSCOPE_LISTEN)
		return TCPSCOPE_REASON_LISTENER_CLOSED;
	if (from_timer)
		return TCPSCOPE_REASON_SYNACK_TIMEOUT;
	if (life->hints & HINT_RST)
		return TCPSCOPE_REASON_RESET_RECEIVED;
	if (life->hints & HINT_ICMP)
		return TCPSCOPE_REASON_UNREACHABLE;
	return life->resets_sent ? TCPSCOPE_REASON_RESET_SENT : TCPSCOPE_REASON_UNKNOWN;
}

/* An ICMP error came for a request, which ends at once if that is of the SYN-ACK. */
SEC("fentry/tcp_req_err")
int HOOK(request_error, struct sock *req, __u32 seq, bool fatal)
{
	struct tcpscope_life *life = fatal ? life_find(cookie_of(req)) : NULL;

	if (life && life->local_isn == seq)
		life->hints |= HINT_ICMP;
	return 0;
}

/* Also called when the handshake succeeds: a drop only if still hashed. */
SEC("fentry/__inet_csk_reqsk_queue_drop")
int HOOK(request_dropped, struct sock *sk, struct request_sock *req, bool from_timer)
{
	struct tcpscope_listener *listener;
	struct tcpscope_life *life;
	__u64 now, cookie;
	__u8 reason;

	if (!is_hashed(req))
		return 0;
	now = bpf_ktime_get_ns();
	cookie = cookie_of(req);
	life = life_get(&req->__req_common, cookie, TCPSCOPE_SYN_RECV);
	if (!life)
		return 0;
	listener = listener_of(sk);
	if (listener)
		listener->drops++;
	note_half_acked(life, req);
	reason = reason_of_drop(life, sk, req, from_timer);
	if (!life->first_closer && reason == TCPSCOPE_REASON_RESET_RECEIVED)
		life->first_closer = TCPSCOPE_CLOSER_PEER;
	life_tell(life, now, TCPSCOPE_EVENT_REQUEST_DROP, 0, reason);
	life_end(life, cookie, now, reason);
	return 0;
}

static __always_inline void note_arrival(__u64 cookie, __u8 segment)
{
	struct tcpscope_life *life = life_find(cookie);

	if (life)
		life_tell(life, bpf_ktime_get_ns(), TCPSCOPE_EVENT_ARRIVAL, segment, 0);
}

/*
 * A segment for a request: its RST and the SYN that comes again are seen
 * nowhere else, and an ACK may find the accept queue full.
 */
SEC("fentry/tcp_check_req")
int HOOK(request_segment, struct sock *sk, struct sk_buff *skb, struct request_sock *req)
{
	__u8 flags = READ_CB(skb, tcp_flags);
	struct tcpscope_listener *listener;
	struct tcpscope_life *life;
	struct scratch *s;

	if (flags & TCP_RST) {
		life = life_find(cookie_of(req));
		if (life)
			life->hints |= HINT_RST;
		return 0;
	}
	if (flags & TCP_SYN)
		note_arrival(cookie_of(req), TCPSCOPE_SEGMENT_SYN);
	if (flags & TCP_SYN || !accept_queue_full(sk))
		return 0;
	s = scratch_get();
	if (s)
		s->request = cookie_of(req);
	note_arrival(cookie_of(req), TCPSCOPE_SEGMENT_ACK);
	listener = listener_of(sk);
	if (listener)
		listener->overflows++;
	return 0;
}
