// SPDX-License-Identifier: GPL-2.0
/*
 * connect() that finds no local port: EADDRNOTAVAIL. No SYN leaves and no state
 * changes, so nothing else tells of it. The socket still has both addresses and
 * the peer's port here; tcp_v4_connect() wipes them out on its way back.
 */
#include "life.h"

#define EADDRNOTAVAIL 99

static __always_inline void no_port_key(struct tcpscope_no_port_key *key, struct sock_common *skc)
{
	key->netns = skc->skc_net.net->ns.inum;
	key->pid = bpf_get_current_pid_tgid() >> 32;
	key->peer_port = bpf_ntohs(skc->skc_dport);
}

static __noinline void no_port(const struct tcpscope_no_port_key *key)
{
	struct tcpscope_no_port fresh = {}, *known;
	__u64 now = bpf_ktime_get_ns();

	if (!key)
		return;
	known = bpf_map_lookup_elem(&no_ports, key);
	if (known) {
		__sync_fetch_and_add(&known->count, 1);
		known->last_ns = now;
		return;
	}
	fresh.count = 1;
	fresh.first_ns = now;
	fresh.last_ns = now;
	owner_is_current(&fresh.owner);
	bpf_map_update_elem(&no_ports, key, &fresh, BPF_NOEXIST);
}

/* Also of an IPv6 socket that connects to an IPv4 address. */
SEC("fexit/inet_hash_connect")
int HOOK(port_chosen, void *death_row, struct sock *sk, int error)
{
	struct tcpscope_no_port_key key = { .family = AF_INET };

	if (error != -EADDRNOTAVAIL || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	no_port_key(&key, &sk->__sk_common);
	*(__u32 *)key.local_addr = sk->__sk_common.skc_rcv_saddr;
	*(__u32 *)key.peer_addr = sk->__sk_common.skc_daddr;
	no_port(&key);
	return 0;
}

SEC("fexit/inet6_hash_connect")
int HOOK(port6_chosen, void *death_row, struct sock *sk, int error)
{
	struct tcpscope_no_port_key key = { .family = AF_INET6 };

	if (error != -EADDRNOTAVAIL || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	no_port_key(&key, &sk->__sk_common);
	bpf_core_read(key.local_addr, 16, &sk->__sk_common.skc_v6_rcv_saddr);
	bpf_core_read(key.peer_addr, 16, &sk->__sk_common.skc_v6_daddr);
	no_port(&key);
	return 0;
}
