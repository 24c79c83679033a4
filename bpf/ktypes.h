/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel fields the recorder reads, and no others. libbpf relocates each
 * access by name when it loads the programs (CO-RE), so neither offsets nor
 * the order matter here, and the build needs no vmlinux.h.
 *
 * Where kernels differ, a flavor (name___what) describes the other form and
 * bpf_core_field_exists() chooses.
 */
#ifndef TCPSCOPE_KTYPES_H
#define TCPSCOPE_KTYPES_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6
#define ECONNRESET 104
#define ECONNREFUSED 111
#define ETIMEDOUT 110
#define SHUTDOWN_MASK 3
#define SOCK_DONE 1	/* of enum sock_flags: the peer's FIN came */
#define PF_KTHREAD 0x00200000

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	atomic_t refs;
} refcount_t;

struct ns_common {
	unsigned int inum;
	refcount_t count;
};

/* 6.19 renamed the count. */
struct ns_common___ref {
	refcount_t __ns_ref;
};

struct netns_ipv4 {
	__u8 sysctl_tcp_dsack;
};

struct net {
	struct ns_common ns;
	struct netns_ipv4 ipv4;
	__u64 net_cookie;
};

typedef struct {
	struct net *net;
} possible_net_t;

typedef struct {
	__s64 counter;
} atomic64_t;

struct hlist_nulls_node {
	struct hlist_nulls_node **pprev;
};

struct in6_addr {
	__u8 s6_addr[16];
};

struct sock_common {
	refcount_t skc_refcnt;
	__u64 skc_addrpair;		/* both of IPv4's addresses, and both ports: facts.h */
	__u32 skc_portpair;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
	unsigned long skc_flags;
	struct hlist_nulls_node skc_nulls_node;
	struct sock *skc_listener;	/* of a request */
};

struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
	int sk_err;
	__u8 sk_shutdown;
	__u32 sk_ack_backlog;
	__u32 sk_max_ack_backlog;
};

typedef struct {
	unsigned int val;
} kuid_t;

struct cred {
	kuid_t uid;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct task_struct {
	unsigned int flags;
	int pid;
	int tgid;
	char comm[16];
	const struct cred *cred;
	struct css_set *cgroups;
};

struct socket {
	struct sock *sk;
};

struct file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__tcp {
	struct bpf_iter_meta *meta;
	struct sock_common *sk_common;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	void *key;
	void *value;
};

struct inet_connection_sock {
	__u8 icsk_ca_state : 5;
	__u8 icsk_retransmits;
	__u8 icsk_probes_out;
	__u32 icsk_user_timeout;
};

struct tcp_options_received {
	__u16 sack_ok : 3;
};

struct tcp_sock {
	struct tcp_options_received rx_opt;
	__u32 rcv_nxt;
	__u32 snd_nxt;
	__u32 snd_una;
	__u32 snd_wnd;
	__u32 write_seq;
	__u32 segs_in;
	__u32 segs_out;
	__u32 delivered;
	bool is_mptcp;
};

struct request_sock {
	struct sock_common __req_common;
	__u8 num_retrans : 7;
	struct sock *sk; /* the child it has become */
};

struct inet_request_sock {
	__u16 acked : 1;
};

struct tcp_request_sock {
	__u32 rcv_isn;
	__u32 snt_isn;
	bool tfo_listener;
	bool is_mptcp;
};

struct timer_list {
	unsigned long expires;
};

struct inet_timewait_sock {
	struct sock_common __tw_common;
	volatile unsigned char tw_substate;
	struct timer_list tw_timer;
};

struct sk_buff {
	unsigned char *head;
	__u16 transport_header;
	char cb[48];
};

struct tcphdr {
	__be16 source;
};

struct tcp_skb_cb {
	__u32 seq;
	__u32 end_seq;
	__u8 tcp_flags;
};

#pragma clang attribute pop

#endif /* TCPSCOPE_KTYPES_H */
