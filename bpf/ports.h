/* SPDX-License-Identifier: GPL-2.0 */
/*
 * connect() that finds no local port: EADDRNOTAVAIL. No SYN leaves, and the
 * socket goes from SYN-SENT back to CLOSE without a port. It still has both
 * addresses and the peer's port then; tcp_v4_connect() wipes them out right
 * after that.
 */
#ifndef TCPSCOPE_PORTS_H
#define TCPSCOPE_PORTS_H

#include "life.h"

static __always_inline void no_port_key(struct tcpscope_no_port_key *key, struct sock_common *skc)
{
	key->family = skc->skc_family;
	key->netns = skc->skc_net.net->ns.inum;
	key->pid = bpf_get_current_pid_tgid() >> 32;
	key->peer_port = bpf_ntohs(skc->skc_dport);
	if (key->family == AF_INET6) {
		bpf_core_read(key->local_addr, 16, &skc->skc_v6_rcv_saddr);
		bpf_core_read(key->peer_addr, 16, &skc->skc_v6_daddr);
	} else {
		*(__u32 *)key->local_addr = skc->skc_rcv_saddr;
		*(__u32 *)key->peer_addr = skc->skc_daddr;
	}
}

static __noinline void no_port_count(const struct tcpscope_no_port_key *key)
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

static __always_inline void no_port(struct sock *sk)
{
	struct tcpscope_no_port_key key = {};

	no_port_key(&key, &sk->__sk_common);
	no_port_count(&key);
}

#endif /* TCPSCOPE_PORTS_H */
