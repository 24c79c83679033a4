/* SPDX-License-Identifier: GPL-2.0 */
/* What hooks read from the kernel: identity, tuple, flags, owner. No state of our own. */
#ifndef TCPSCOPE_FACTS_H
#define TCPSCOPE_FACTS_H

#include "maps.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>

/* Set once every hook is attached: before that none does anything. */
extern volatile __u32 active;

/*
 * A hook, with the arguments it is called with. Whoever takes over the CPU in the
 * middle of one finds it busy and is skipped; newer kernels preempt a task there. So
 * any hook may be missed: life_mend() and the guard make up for that.
 */
#define HOOK(name, args...) \
name(unsigned long long *ctx); \
static __always_inline int hook_##name(unsigned long long *ctx, ##args); \
int name(unsigned long long *ctx) \
{ \
	if (!active) \
		return 0; \
	_Pragma("GCC diagnostic push") \
	_Pragma("GCC diagnostic ignored \"-Wint-conversion\"") \
	return hook_##name(___bpf_ctx_cast(args)); \
	_Pragma("GCC diagnostic pop") \
} \
static __always_inline int hook_##name(unsigned long long *ctx, ##args)

#define READ_TP(sk, field) BPF_CORE_READ((struct tcp_sock *)(sk), field)

/* Since Linux 6.2 a type can be given to a pointer without asking the kernel each time. */
extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym __weak;

/* A full socket of TCP as what it is, or NULL: its fields need no READ_TP() then. */
static __always_inline struct tcp_sock *TP(const struct sock *sk)
{
	if (bpf_rdonly_cast)
		return bpf_rdonly_cast(sk, bpf_core_type_id_kernel(struct tcp_sock));
	return (struct tcp_sock *)bpf_skc_to_tcp_sock((void *)sk);
}

/* The same of a request; the kernel does not take those of MPTCP for TCP's. */
#define TREQ(req) ((struct tcp_request_sock *)bpf_skc_to_tcp_request_sock(req))
#define READ_TREQ(req, field) BPF_CORE_READ((struct tcp_request_sock *)(req), field)
#define READ_ICSK(sk, field) BPF_CORE_READ((struct inet_connection_sock *)(sk), field)

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

/* What TCP notes of a segment beside it. */
#define READ_CB(skb, field) (((struct tcp_skb_cb *)(skb)->cb)->field)

/* enum tcpscope_segment of a received segment. */
static __always_inline __u8 segment_of(struct sk_buff *skb)
{
	__u8 flags = READ_CB(skb, tcp_flags);

	if (flags & TCP_RST)
		return TCPSCOPE_SEGMENT_RST;
	if (flags & TCP_SYN)
		return flags & TCP_ACK ? TCPSCOPE_SEGMENT_SYNACK : TCPSCOPE_SEGMENT_SYN;
	if (flags & TCP_FIN)
		return TCPSCOPE_SEGMENT_FIN;
	return READ_CB(skb, seq) == READ_CB(skb, end_seq) ? TCPSCOPE_SEGMENT_ACK :
							    TCPSCOPE_SEGMENT_DATA;
}

/* sk_acceptq_is_full(), include/net/sock.h */
static __always_inline bool accept_queue_full(struct sock *sk)
{
	return sk->sk_ack_backlog > sk->sk_max_ack_backlog;
}

static __always_inline void count_loss(__u32 loss)
{
	__u64 *n = bpf_map_lookup_elem(&losses, &loss);

	if (n)	/* a CPU's own, but a hook may interrupt another here */
		__sync_fetch_and_add(n, 1);
}

/* The connection's identity, 0 as long as nobody has asked for it. Every kind of socket has it. */
static __always_inline __u64 cookie_there(void *sk)
{
	return ((struct sock_common *)sk)->skc_cookie.counter;
}

/* The same of a socket whose cookie that is, or 0: then it is generated. */
static __always_inline __u64 cookie_made(void *sk, __u64 cookie)
{
	if (!cookie)
		cookie = bpf_get_socket_cookie(sk);
	if (!cookie)
		count_loss(TCPSCOPE_LOSS_NO_COOKIE);
	return cookie;
}

/* The connection's identity, generated at the first hook that asks. */
static __always_inline __u64 cookie_of(void *sk)
{
	return cookie_made(sk, cookie_there(sk));
}

static __always_inline struct tcpscope_control *control_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&control, &zero);
}

static __always_inline struct tcpscope_totals *totals_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&totals, &zero);
}

static __always_inline struct scratch *scratch_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&scratch, &zero);
}

/* A full socket is about to close and to go, and no hook on that way needs to ask about it. */
static __always_inline void settle(__u64 cookie)
{
	struct scratch *s = scratch_get();

	if (s)
		s->settled = cookie;
}

static __always_inline bool is_settled(__u64 cookie)
{
	struct scratch *s = scratch_get();

	return s && s->settled == cookie;
}

/* A minisocket takes over from a full socket, which closes next: no end, and no news. */
static __always_inline void minisocket_begins(__u64 cookie)
{
	struct scratch *s = scratch_get();

	if (s)
		s->minisocket = s->settled = cookie;
}

static __always_inline bool has_minisocket(__u64 cookie)
{
	struct scratch *s = scratch_get();

	if (!s || s->minisocket != cookie)
		return false;
	s->minisocket = 0;
	return true;
}

static __always_inline bool v4_mapped(const __u8 *addr)
{
	const __u32 *word = (const void *)addr;

	return !word[0] && !word[1] && word[2] == bpf_htonl(0xffff);
}

static __always_inline bool same_addr(const __u8 *a, const __u8 *b)
{
	const __u32 *x = (const void *)a, *y = (const void *)b;

	return x[0] == y[0] && x[1] == y[1] && x[2] == y[2] && x[3] == y[3];
}

/* What the kernel keeps in pairs is read at once: each read of a socket is checked when it is made. */
union addresses {
	__u64 pair;
	struct {
		__be32 peer, local;
	};
};

union ports {
	__u32 pair;
	struct {
		__be16 peer;
		__u16 local;
	};
};

/* Both addresses of a socket of that family; of IPv4 the first four bytes are written. */
static __always_inline void read_addresses(struct sock_common *skc, __u16 family, __u8 *local,
					   __u8 *peer)
{
	union addresses addresses;

	if (family == AF_INET6) {
		bpf_core_read(local, 16, &skc->skc_v6_rcv_saddr);
		bpf_core_read(peer, 16, &skc->skc_v6_daddr);
		return;
	}
	addresses.pair = skc->skc_addrpair;
	*(__u32 *)local = addresses.local;
	*(__u32 *)peer = addresses.peer;
}

/* Addresses, ports, family and namespace of any kind of socket. */
static __always_inline void life_set_tuple(struct tcpscope_life *life, struct sock_common *skc)
{
	union ports ports = { .pair = skc->skc_portpair };
	const struct net *net = skc->skc_net.net;
	__u16 family = skc->skc_family;

	life->family = family;
	life->netns = net->ns.inum;
	life->netns_cookie = net->net_cookie;
	life->local_port = ports.local;
	life->peer_port = bpf_ntohs(ports.peer);
	read_addresses(skc, family, life->local_addr, life->peer_addr);
	if (family == AF_INET6 && v4_mapped(life->peer_addr))
		life->flags |= TCPSCOPE_FLAG_V4MAPPED;
}

/* Whether that socket has the addresses and ports of this life. */
static __noinline bool life_has_tuple(struct tcpscope_life *life, struct sock_common *skc)
{
	__u8 local[16] = {}, peer[16] = {};

	if (!life || life->local_port != skc->skc_num ||
	    life->peer_port != bpf_ntohs(skc->skc_dport))
		return false;
	read_addresses(skc, skc->skc_family, local, peer);
	return same_addr(life->local_addr, local) && same_addr(life->peer_addr, peer);
}

/* check_net(), include/net/net_namespace.h: nobody holds the namespace any more. */
static __always_inline bool netns_dying(struct sock_common *skc)
{
	struct ns_common *ns = &skc->skc_net.net->ns;
	struct ns_common___ref *newer = (void *)ns;

	if (bpf_core_field_exists(newer->__ns_ref))
		return !newer->__ns_ref.refs.counter;
	return !ns->count.refs.counter;
}

/* Read where they stand, pid, uid and name cost a fifth of what the helpers for them do. */
static __always_inline void owner_is_task(struct tcpscope_owner *owner, struct task_struct *task)
{
	owner->pid = task->tgid;
	owner->uid = task->cred->uid.val;
	__builtin_memcpy(owner->comm, task->comm, sizeof(owner->comm));
}

/*
 * current is the owner only in process context: connect, listen, accept. A
 * kernel thread works for somebody else.
 */
static __always_inline void owner_is_current(struct tcpscope_owner *owner)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (task->flags & PF_KTHREAD)
		return;
	owner->cgroup_id = bpf_get_current_cgroup_id();
	owner_is_task(owner, task);
}

/*
 * A small map is about to take one more, of those counted in used. What it forgets for
 * that, the least recently used, is counted.
 */
static __always_inline void small_map_takes(__u32 *used)
{
	if (*used < SMALL_KEPT)
		__sync_fetch_and_add(used, 1);
	else
		count_loss(TCPSCOPE_LOSS_EVICTED);
}

/* And one was taken out. */
static __always_inline void small_map_gives(__u32 *used)
{
	if (*used)
		__sync_fetch_and_sub(used, 1);
}

#endif /* TCPSCOPE_FACTS_H */
