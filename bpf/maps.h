/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The recorder's memory. lifecycle.bpf.c defines the maps, the other files
 * name them; bpftool's linker joins them.
 *
 *   lives     cookie → the life of each connection that exists; takes memory as
 *             there are lives, from reserves the kernel keeps for each CPU
 *   ended     a ring of the last lives that ended
 *   listeners cookie → per CPU, what a listener's SYNs and handshakes met
 *   guards    for each CPU a ring of cookies to look after: guard.h
 *   generations  cookie → how many connections of its socket tcp_disconnect() ended
 *   heirs     cookie of a socket that connects → that of the TIME-WAIT it took over
 *   no_ports  process and destination → connect()s that found no port left
 *   events    ring buffer, filled only while a reader listens
 *   losses    per CPU, what could not be recorded
 *   control   what the command says: who listens and to what; and in records of
 *             their own how many lives ended, and when the recorder was attached
 *   totals    per CPU, counters of everything since the beginning
 *   scratch   per CPU, what one hook leaves for the next in the same call
 *   drafts    per CPU, a life that is about to begin, one for each hook that begins many
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

/*
 * Small maps forget what was used least recently. That they begin to do so
 * when a CPU's share of free places, 128 of them, is used up elsewhere, so a
 * map is larger by these than what is counted on: SMALL_CPUS of them.
 */
#define SMALL_KEPT 1024
#define SMALL_CPUS 8
#define SMALL_MAP (SMALL_KEPT + 128 * SMALL_CPUS)

/* Sizes are defaults: the loader sets them before it creates the maps. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144);
	__type(key, __u64);
	__type(value, struct tcpscope_life);
} lives SEC(".maps");

MAP struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct tcpscope_listener);
} listeners SEC(".maps");

#define GUARD_MARKS 64

/* One CPU's part of guards. The numbers run on; each modulo the length is a place. */
struct guard_ring {
	__u32 head;		/* where the next cookie goes */
	__u32 tail;		/* the oldest one */
	__u32 n_marks;
	__u32 marks[GUARD_MARKS]; /* head at each of the last ticks */
};

/* The loader makes as many as there are CPUs; the bound is for the verifier. */
MAP struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct guard_ring);
} guard_rings SEC(".maps");

MAP struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 262144);
	__type(key, __u32);
	__type(value, __u64);
} guards SEC(".maps");

struct guard_clock {
	struct bpf_timer timer;
};

MAP struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct guard_clock);
} guard_clock SEC(".maps");

MAP struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE); /* thousands of them are read at a time */
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, struct tcpscope_ended);
} ended SEC(".maps");

MAP struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SMALL_MAP);
	__type(key, __u64);
	__type(value, __u32);
} generations SEC(".maps");

MAP struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SMALL_MAP);
	__type(key, __u64);
	__type(value, __u64);
} heirs SEC(".maps");

MAP struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SMALL_MAP);
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
	__u64 minisocket; /* cookie of a full socket that closes since it has one */
	__u64 request;	/* cookie of one whose ACK met a full accept queue */
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

/* A hook is not entered again on a CPU before it has returned there: each has its draft for itself. */
enum draft {
	DRAFT_ACTIVE,
	DRAFT_REQUEST,
	DRAFT_CHILD,
	DRAFT_MAX,
};

MAP struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DRAFT_MAX);
	__type(key, __u32);
	__type(value, struct tcpscope_life);
} drafts SEC(".maps");

#endif /* TCPSCOPE_MAPS_H */
