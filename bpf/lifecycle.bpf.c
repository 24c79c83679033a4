// SPDX-License-Identifier: GPL-2.0
/*
 * From the first SYN to the end of TIME-WAIT. One cookie names the request
 * socket, the full socket and the timewait minisocket in turn; the kernel's
 * own tracepoint sees only the one in the middle:
 *
 *   passive:  request hashed ── SYN-RECV ── dropped | child created   (request.bpf.c)
 *   both:     inet_sock_set_state, until the full socket closes       (here)
 *   closer:   minisocket allocated ── TIME-WAIT ── restarted ── killed (timewait.bpf.c)
 */
#include "guard.h"
#include "ports.h"
#include "reason.h"

char LICENSE[] SEC("license") = "GPL";

const volatile __u32 keep_ended = 8192;
const volatile __u32 guard_cpus = 4;
const volatile __u32 guard_len = 65536;
volatile __u32 active, heard;
__u32 generations_used, heirs_used, no_ports_used, lives_full;

static __always_inline bool is_tcp(const struct sock *sk)
{
	return sk->sk_protocol == IPPROTO_TCP;
}

/* What follows with this cookie is the next generation. */
static __always_inline void next_generation(__u64 cookie, __u32 generation)
{
	generation++;
	if (!bpf_map_update_elem(&generations, &cookie, &generation, BPF_EXIST))
		return;
	if (!bpf_map_update_elem(&generations, &cookie, &generation, BPF_ANY))
		small_map_takes(&generations_used);
	else
		count_loss(TCPSCOPE_LOSS_NO_MEMORY);
}

/*
 * The socket connects or listens again. What is left of its last connection is
 * a minisocket, as a rule, which nobody follows from here on.
 */
static __always_inline void take_back(__u64 cookie, __u64 now)
{
	struct tcpscope_life *life = life_find(cookie);

	if (!life)
		return;
	next_generation(cookie, life->generation);
	life_end(life, cookie, now, TCPSCOPE_REASON_DISCONNECTED);
}

/*
 * Whether this is a child that was born dead, to which nothing has happened: its
 * request outlives it. One whose handshake was completed has had its SYN-ACK
 * delivered (tcp_rcv_state_process()), though every hook of that may have been missed.
 */
static __always_inline bool born_dead(struct tcpscope_life *life, struct sock *sk)
{
	return life->hints & HINT_REQUEST && !sk->sk_err && !READ_TP(sk, delivered);
}

static __always_inline void closed(struct tcpscope_life *life, struct sock *sk, __u64 now,
				   __u8 from)
{
	__u8 reason;

	if (life->hints & HINT_TIMEWAIT) {
		if (from == TCPSCOPE_SYN_SENT) /* not this life's: it is to be connected again */
			no_syn(sk);
		settle(life->cookie);
		return;
	}
	if (born_dead(life, sk))
		return;
	life_mend(life, from);
	note_traffic(life, sk);
	if (life->hints & (HINT_DISCONNECT | HINT_LINGER))
		return;	/* until disconnected() */
	reason = reason_of_close(life, sk);
	settle(reason ? life->cookie : 0);
	if (reason)
		life_end(life, life->cookie, now, reason);
	else
		life->hints |= HINT_ENDING; /* until destroyed() */
}

static __always_inline void listens(struct sock *sk, __u64 cookie, __u64 now)
{
	struct tcpscope_life *life;

	take_back(cookie, now);
	life = life_begin(cookie, now, TCPSCOPE_ROLE_LISTENER, sk);
	if (!life)
		return;
	life_follows(life);
	owner_is_current(&life->owner);
	listener_counts(life);
	life_set_tuple(life, &sk->__sk_common);
	life_enter_first(life, now, TCPSCOPE_CLOSE, TCPSCOPE_LISTEN);
}

static __always_inline void established(struct tcpscope_life *life, struct sock *sk)
{
	struct tcp_sock *tp = TP(sk);

	if (!tp)
		return;
	if (life->flags & TCPSCOPE_FLAG_ADOPTED) /* it may have had no port yet */
		life_set_tuple(life, &sk->__sk_common);
	else if (!life->peer_isn)
		life->peer_isn = tp->rcv_nxt - 1;
	if (tp->is_mptcp)
		life->flags |= TCPSCOPE_FLAG_MPTCP;
}

/*
 * Whether a socket nobody follows closes only because a minisocket has taken
 * over, or because connect() failed before a SYN left: that is no event. The
 * error may be of the last connection, until tcp_connect().
 */
static __always_inline bool is_no_end(struct sock *sk, __u64 cookie, int from)
{
	if (from == TCPSCOPE_SYN_SENT && (!sk->sk_err || !READ_TP(sk, segs_out)))
		return true;
	return is_settled(cookie);
}

static __always_inline void changed(struct tcpscope_life *life, struct sock *sk, __u64 now,
				    __u32 from, __u32 to)
{
	if (from == TCPSCOPE_SYN_SENT && to == TCPSCOPE_SYN_RECV)
		life->role = TCPSCOPE_ROLE_SIMULTANEOUS;
	if (life->hints & HINT_REQUEST) {
		life->hints &= ~HINT_REQUEST;
		life->place = (__u64)sk;
	}
	life_mend(life, from);
	if (to == TCPSCOPE_ESTABLISHED)
		established(life, sk);
	else if (to == TCPSCOPE_CLOSING && has_unsent(sk))
		life->first_closer = TCPSCOPE_CLOSER_PEER; /* our FIN waits behind data */
	else
		note_closer(life, to);
	life_enter(life, now, to);
}

/*
 * Fires before the store, with the old state still in the socket. connect()
 * enters SYN-SENT before it has chosen a source port: see connecting().
 */
SEC("tp_btf/inet_sock_set_state")
int HOOK(set_state, struct sock *sk, int from, int to)
{
	struct tcpscope_life *life;
	__u64 now, cookie;

	/* close() after shutdown() enters the state it is in. */
	if (!is_tcp(sk) || from == to)
		return 0;
	/* The clone still carries its listener's identity: wait for the child. */
	if (from == TCPSCOPE_LISTEN && to == TCPSCOPE_SYN_RECV)
		return 0;
	if (from == TCPSCOPE_CLOSE && to != TCPSCOPE_LISTEN)
		return 0;
	cookie = cookie_of(sk);
	if (to == TCPSCOPE_CLOSE && has_minisocket(cookie))
		return 0;
	now = bpf_ktime_get_ns();
	if (from == TCPSCOPE_CLOSE) {
		listens(sk, cookie, now);
		return 0;
	}
	life = life_find(cookie);
	if (!life) {
		if (to == TCPSCOPE_CLOSE && is_no_end(sk, cookie, from)) {
			if (from == TCPSCOPE_SYN_SENT)
				no_syn(sk);
			return 0;
		}
		life = life_get(&sk->__sk_common, cookie, from);
	}
	if (!life)
		return 0;
	if (to == TCPSCOPE_CLOSE)
		closed(life, sk, now, from);
	else
		changed(life, sk, now, from, to);
	return 0;
}

/* What came before a life whose socket had its cookie already. */
static __always_inline void recall(struct tcpscope_life *life)
{
	__u64 cookie = life->cookie;
	__u64 *predecessor = bpf_map_lookup_elem(&heirs, &cookie);

	life_follows(life);
	if (!predecessor)
		return;
	life->predecessor = *predecessor;
	if (!bpf_map_delete_elem(&heirs, &cookie))
		small_map_gives(&heirs_used);
}

/* An active life begins here: the source port is chosen, the SYN about to leave. */
SEC("fentry/tcp_connect")
int HOOK(connecting, struct sock *sk)
{
	__u64 known = cookie_there(sk), cookie = cookie_made(sk, known);
	__u64 now = bpf_ktime_get_ns();
	struct tcpscope_life *life;
	struct tcp_sock *tp;

	if (known)
		take_back(cookie, now);
	life = life_draft(DRAFT_ACTIVE, cookie, now, TCPSCOPE_ROLE_ACTIVE, sk);
	tp = TP(sk);
	if (!life || !tp)
		return 0;
	if (known)
		recall(life);
	owner_is_current(&life->owner);
	life_set_tuple(life, &sk->__sk_common);
	life->local_isn = tp->write_seq;
	life_insert(life, now, TCPSCOPE_CLOSE, TCPSCOPE_SYN_SENT);
	return 0;
}

/*
 * The state changes first and the RST follows, so the end waits for the return.
 * close() passes no flags, connect() and shutdown() those of the file. A socket
 * whose connection is over already may be used again, too.
 */
SEC("fentry/tcp_disconnect")
int HOOK(disconnecting, struct sock *sk, int flags)
{
	bool closing = !flags && sk->sk_shutdown == SHUTDOWN_MASK;
	__u64 cookie = cookie_of(sk);
	struct tcpscope_life *life = life_find(cookie);

	if (life && !(life->hints & HINT_TIMEWAIT))
		life->hints |= closing ? HINT_LINGER : HINT_DISCONNECT;
	else if (life)
		next_generation(cookie, life->generation);
	else if (sk->__sk_common.skc_state == TCPSCOPE_CLOSE)
		next_generation(cookie, generation_of(cookie));
	return 0;
}

SEC("fexit/tcp_disconnect")
int HOOK(disconnected, struct sock *sk)
{
	struct tcpscope_life *life = life_find(cookie_of(sk));

	if (!life || !(life->hints & (HINT_DISCONNECT | HINT_LINGER)))
		return 0;
	if (life->hints & HINT_DISCONNECT)
		next_generation(life->cookie, life->generation);
	life_end(life, life->cookie, bpf_ktime_get_ns(), reason_of_disconnect(life));
	return 0;
}

/* Its close may have been missed: then the socket tells what it still can. */
static __always_inline __u8 reason_of_destroyed(struct tcpscope_life *life, struct sock *sk)
{
	__u8 reason = TCPSCOPE_REASON_UNKNOWN;

	if (life->hints & HINT_ENDING)
		return reason_of_ending(life);
	if (life->hints & HINT_LINGER)
		reason = TCPSCOPE_REASON_RESET_SENT;
	if (!reason)
		reason = reason_of_close(life, sk);
	if (!reason && closed_second(sk))
		reason = TCPSCOPE_REASON_NORMAL;
	if (!reason)
		reason = reason_of_ending(life);
	life_mend(life, TCPSCOPE_CLOSE);
	return reason;
}

/*
 * The last that is seen of a full socket. Whoever closes with unread data, or
 * has no patience for FIN-WAIT-2, closes first and sends the RST after that.
 */
SEC("tp_btf/tcp_destroy_sock")
int HOOK(destroyed, struct sock *sk)
{
	__u64 cookie = cookie_of(sk);
	struct tcpscope_life *life = is_settled(cookie) ? NULL : life_find(cookie);

	if (!life || life->hints & HINT_TIMEWAIT || born_dead(life, sk))
		return 0;
	note_traffic(life, sk);
	if (awaits_reset(life) && !life->resets_sent)
		return 0;
	life_end(life, cookie, bpf_ktime_get_ns(), reason_of_destroyed(life, sk));
	return 0;
}

/* Takes a request or a minisocket as well. */
SEC("fentry/tcp_abort")
int HOOK(aborting, struct sock *sk)
{
	bool minisocket = sk->__sk_common.skc_state == TCPSCOPE_TIME_WAIT;
	struct tcpscope_life *life = minisocket ? timewait_find(&sk->__sk_common) :
						  life_find(cookie_of(sk));

	if (life)
		life->hints |= HINT_ABORT;
	return 0;
}
