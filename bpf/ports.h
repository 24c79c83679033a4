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
	key->netns_cookie = skc->skc_net.net->net_cookie;
	key->pid = bpf_get_current_pid_tgid() >> 32;
	key->peer_port = bpf_ntohs(skc->skc_dport);
	read_addresses(skc, key->family, key->local_addr, key->peer_addr);
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
	if (!bpf_map_update_elem(&no_ports, key, &fresh, BPF_NOEXIST))
		small_map_takes(&no_ports_used);
	else
		count_loss(TCPSCOPE_LOSS_NO_MEMORY);
}

/* A connect() failed before a SYN left: counted if that was for want of a port. */
static __always_inline void no_syn(struct sock *sk)
{
	struct tcpscope_no_port_key key = {};

	if (sk->__sk_common.skc_num)
		return;
	no_port_key(&key, &sk->__sk_common);
	no_port_count(&key);
}

#endif /* TCPSCOPE_PORTS_H */
