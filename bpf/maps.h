/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The recorder's memory. lifecycle.bpf.c defines the maps, the other files
 * name them; bpftool's linker joins them.
 *
 *   lives     cookie → the life of each connection that exists; allocated as
 *             a whole, so that no life is lost for want of memory in a storm
 *   ended     a ring of the last lives that ended
 *   generations  cookie → how many connections of its socket tcp_disconnect() ended
 *   heirs     cookie of a socket that connects → that of the TIME-WAIT it took over
 *   no_ports  process and destination → connect()s that found no port left
 *   events    ring buffer, filled only while a reader listens
 *   losses    per CPU, what could not be recorded
 *   control   what the command says: who listens and to what; and in records of
 *             their own how many lives ended, and when the recorder was attached
 *   totals    per CPU, counters of everything since the beginning
 *   scratch   per CPU, what one hook leaves for the next in the same call
 */
#ifndef TCPSCOPE_MAPS_H
#define TCPSCOPE_MAPS_H

#include "ktypes.h"
#include <bpf/bpf_helpers.h>
#include <tcpscope/abi.h>

#ifdef TCPSCOPE_DEFINE_MAPS
#define MAP
#else
#define MAP extern
#endif

/* Sizes are defaults: the loader sets them before it creates the maps. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 262144);
	__type(key, __u64);
	__type(value, struct tcpscope_life);
} lives SEC(".maps");

MAP struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE); /* thousands of them are read at a time */
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, struct tcpscope_ended);
} ended SEC(".maps");

MAP struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, __u32);
} generations SEC(".maps");

MAP struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, __u64);
} heirs SEC(".maps");

MAP struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct tcpscope_no_port_key);
	__type(value, struct tcpscope_no_port);
} no_ports SEC(".maps");

MAP struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1024 * 1024);
} events SEC(".maps");

MAP struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TCPSCOPE_LOSS_MAX);
	__type(key, __u32);
	__type(value, __u64);
} losses SEC(".maps");

MAP struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TCPSCOPE_CONTROL_MAX);
	__type(key, __u32);
	__type(value, struct tcpscope_control);
} control SEC(".maps");

MAP struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tcpscope_totals);
} totals SEC(".maps");

struct scratch {
	__u64 settled;	/* cookie of a full socket whose end or minisocket is known of */
	__u64 taken;	/* cookie of a TIME-WAIT that a SYN may take over, and its tuple */
	__u8 peer_addr[16];
	__u16 local_port, peer_port;
	__u64 netns_cookie;
	__u8 segment;	/* what a minisocket met last */
};

MAP struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

#endif /* TCPSCOPE_MAPS_H */
