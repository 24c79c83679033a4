/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Every record that crosses a boundary: module to command, recorder to
 * command. Each is written once, its size frozen and its padding named.
 *
 * Integers are in host order, ports too. Addresses are in network order: an
 * IPv4 address in the first 4 of the 16 bytes, and the rest zero. An IPv6
 * socket that carries IPv4 keeps family AF_INET6 and its ::ffff:a.b.c.d
 * address, and has TCPSCOPE_FLAG_V4MAPPED set.
 *
 * Times of day are CLOCK_MONOTONIC (ktime_get_ns, bpf_ktime_get_ns).
 */
#ifndef TCPSCOPE_ABI_H
#define TCPSCOPE_ABI_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/types.h>
#elif !defined(__bpf__)
#include <assert.h>
#include <linux/types.h>
#endif
#include <tcpscope/fields.h>
#include <tcpscope/names.h>

#define TCPSCOPE_ABI_VERSION 2
#define TCPSCOPE_MAGIC "tcpscope"	/* 8 bytes, without the NUL */

/* A span of time that is not known. */
#define TCPSCOPE_UNKNOWN_NS ((__s64)(1ULL << 63))
/* A count of attempts, or their limit, that is not known. */
#define TCPSCOPE_UNKNOWN_COUNT (-1)

#define TCPSCOPE_COMM_LEN 16
#define TCPSCOPE_TIMERS_PER_CONN 6	/* more can't be armed at once */
#define TCPSCOPE_STEPS 16		/* events a life remembers; a power of two */
#define TCPSCOPE_RESENT 4		/* sequence numbers a life remembers; a power of two */

/* connections.bin begins with this; records follow, each of tcpscope_conn_size(). */
struct tcpscope_header {
	char magic[8];
	__u32 version;
	__u32 header_size;
	__u16 record_size;		/* of a record without its timers, */
	__u16 timer_size;		/* and of each of these */
	__u32 hz;			/* timer wheel steps a second */
	__u64 time_ns;			/* when the file was opened */
};
_Static_assert(sizeof(struct tcpscope_header) == 32, "ABI");

struct tcpscope_timer {
	__s64 expires_ns;		/* from conn.time_ns; < 0: overdue */
	__s64 gives_up_ns;		/* from conn.time_ns, if nothing changes */
	__s16 attempt;			/* how often it fired in a row */
	__s16 limit;			/* attempts after which it gives up */
	__u8 kind;			/* enum tcpscope_timer_kind */
	__u8 flags;			/* enum tcpscope_timer_flag */
	__u8 error;			/* errno the owner gets, 0: none */
	__u8 backoff;
};
_Static_assert(sizeof(struct tcpscope_timer) == 24, "ABI");

/*
 * A connection. In memory there is room for every timer; in connections.bin and
 * in the module's batches a record ends behind the last one it has.
 */
struct tcpscope_conn {
	__u64 cookie;
	__u64 time_ns;			/* when this record was taken, at most a jiffy before */
	__u64 known;			/* TCPSCOPE_KNOWN(…) of what is filled */
	__u64 inode;
	__u64 cgroup_id;
	__u64 netns_cookie;		/* the namespace's identity over time; 0: not known */
	__u8 local_addr[16];
	__u8 peer_addr[16];
	__u32 netns;			/* its number, for display; another gets it after */
	__u32 flags;			/* enum tcpscope_flag */
	__u32 uid;
	__u32 mark;
	__u32 ifindex;
	__u32 recv_q;
	__u32 send_q;
	__u32 syn_q;
	__u32 rto_us;
	__u32 rtt_us;
	__u32 rttvar_us;
	__u32 snd_una;
	__u32 snd_nxt;
	__u32 rcv_nxt;
	__u32 snd_wnd;
	__u32 rcv_wnd;
	__u32 cwnd;
	__u32 mss;
	__u32 total_retrans;
	__u32 retrans_out;
	__u16 local_port;
	__u16 peer_port;
	__u8 family;			/* AF_INET or AF_INET6 */
	__u8 state;			/* enum tcpscope_state */
	__u8 substate;			/* of a minisocket: TIME_WAIT or FIN_WAIT2 */
	__u8 ca_state;
	__u8 retransmits;
	__u8 backoff;
	__u8 probes_out;
	__u8 n_timers;
	__u32 idle_ms;
	struct tcpscope_timer timers[TCPSCOPE_TIMERS_PER_CONN];
};
_Static_assert(sizeof(struct tcpscope_conn) == 320, "ABI");

#define TCPSCOPE_CONN_SIZE __builtin_offsetof(struct tcpscope_conn, timers)

/* What such a record takes, in bytes; n_timers is believed. */
static inline __u32 tcpscope_conn_size(const struct tcpscope_conn *conn)
{
	return TCPSCOPE_CONN_SIZE + conn->n_timers * sizeof(struct tcpscope_timer);
}

/* Who holds a connection; pid 0: not known. */
struct tcpscope_owner {
	__u64 cgroup_id;
	__u32 pid;			/* thread group id, initial namespace */
	__u32 uid;
	char comm[TCPSCOPE_COMM_LEN];
};
_Static_assert(sizeof(struct tcpscope_owner) == 32, "ABI");

/*
 * One entry of the flight recorder. detail and arg depend on the kind:
 * STATE: the state left (0: none) and the state entered; RETRANSMIT: enum
 * tcpscope_retransmit, with TCPSCOPE_WITH_FIN if a FIN was in it, and the
 * attempt (255: as many or more); RESET: enum tcpscope_reset and the kernel's
 * reason (0: none given); ARRIVAL and TIMEWAIT_RESTART: enum tcpscope_segment.
 */
struct tcpscope_step {
	__u64 time : 48,		/* microseconds */
	      kind_detail : 8,		/* kind << 4 | detail */
	      arg : 8;
};
_Static_assert(sizeof(struct tcpscope_step) == 8, "ABI");

#define TCPSCOPE_WITH_FIN 8

/*
 * What a full socket had sent and received when it went, and after that what
 * its minisocket received and answered. Of a passive connection the SYN is in
 * it; the SYN-ACKs, and what came to the request beside the SYN, are not. All
 * zero while it lives.
 */
struct tcpscope_traffic {
	__u32 segs_in;
	__u32 segs_out;
	__u32 snd_una;
	__u32 snd_nxt;
	__u32 rcv_nxt;
};
_Static_assert(sizeof(struct tcpscope_traffic) == 20, "ABI");

/* What the recorder notes of a connection while it lasts, and of its end. */
enum tcpscope_hint {
	HINT_REQUEST = 1 << 0,	/* only a request socket so far */
	HINT_TIMEWAIT = 1 << 1,	/* a minisocket has taken over */
	HINT_OVERFLOW = 1 << 2,	/* no minisocket was to be had */
	HINT_REUSED = 1 << 3,	/* its TIME-WAIT was handed to a new connection */
	HINT_RST = 1 << 4,	/* a minisocket or request met a RST */
	HINT_TLP = 1 << 5,	/* inside tcp_send_loss_probe() */
	HINT_DISCONNECT = 1 << 6, /* inside tcp_disconnect(), asked for by the owner */
	HINT_TIMEOUT = 1 << 7,	/* inside the retransmission timer */
	HINT_ABORT = 1 << 8,	/* inside tcp_abort(): ss -K, or a BPF iterator */
	HINT_LINGER = 1 << 9,	/* inside tcp_disconnect(), for close() with no linger time */
	HINT_ENDING = 1 << 10,	/* closed; the RST that will explain it is still to come */
	HINT_AGAIN = 1 << 11,	/* the socket may have left a minisocket with its cookie before */
	HINT_UNSENT = 1 << 12,	/* its full socket went with data, or a FIN, it had not sent */
	HINT_RESETS = 1 << 13,	/* data came after close(): a RST answers that */
	HINT_ICMP = 1 << 14,	/* a request met an ICMP error */
	HINT_FIRED = 1 << 15,	/* the retransmission timer began the loss that goes on */
};

/* What the recorder remembers of one connection. */
struct tcpscope_life {
	__u64 cookie;
	__u64 alive;			/* the cookie again; another number: not begun, or over */
	__u64 born_ns;			/* 0: began before the recorder */
	__u64 since_ns;			/* in the present state; 0: not known */
	__u64 listener;			/* cookie of the listener, 0: none */
	__u64 netns_cookie;		/* the namespace's identity over time */
	__u64 place;			/* the recorder's own: where its socket is; 0 once ended */
	struct tcpscope_owner owner;
	__u8 local_addr[16];
	__u8 peer_addr[16];
	__u16 local_port;
	__u16 peer_port;
	__u32 netns;
	__u32 generation;
	__u32 flags;			/* enum tcpscope_flag */
	__u32 local_isn;
	__u32 peer_isn;
	__u8 family;
	__u8 role;			/* enum tcpscope_role */
	__u8 state;			/* enum tcpscope_state */
	__u8 first_closer;		/* enum tcpscope_closer */
	__u8 reason;			/* enum tcpscope_reason, once ended */
	__u8 resets_sent;
	__u8 resets_received;
	__u8 n_steps;			/* steps taken; after 255 comes 240 */
	__u16 hints;			/* enum tcpscope_hint */
	__u16 pad;
	union {
		struct {
			__u32 syns;	/* of a listener, filled in from its counters: SYNs seen, */
			__u32 drops;	/* requests dropped, */
			__u32 overflows; /* SYNs and ACKs met by a full accept queue, */
			__u32 requests;	/* SYNs that found a place in the SYN queue */
		};
		struct tcpscope_traffic traffic; /* of any other */
	};
	__u32 resent[TCPSCOPE_RESENT];	/* sequence numbers of data sent again, a ring */
	__u16 retransmits[TCPSCOPE_RETRANSMIT_MAX];
	__u64 heir;			/* who connected over the TIME-WAIT, 0: nobody seen */
	union {				/* no state has the number 0 */
		__u64 predecessor;	/* whose TIME-WAIT this took over, 0: nobody's */
		__u64 state_ns[TCPSCOPE_STATE_MAX]; /* time in each state left */
	};
	struct tcpscope_step steps[TCPSCOPE_STEPS];
};
_Static_assert(sizeof(struct tcpscope_life) == 440, "ABI");

/*
 * A life as those get it who ask for many at once: down to its heir, what few look at is
 * left out. They ask in an array of their own, an element for some questions: each begins
 * with the cookie, is answered in place, and behind that is room for what is the reader's.
 */
#define TCPSCOPE_LIFE_HEAD __builtin_offsetof(struct tcpscope_life, heir)
#define TCPSCOPE_JOIN_STRIDE 1024	/* bytes from one question to the next */
#define TCPSCOPE_JOIN_GROUP 16		/* questions in an element */

/* A finished connection, in a ring of which seq is the running number. */
struct tcpscope_ended {
	__u64 seq;			/* from 1; 0: slot never used */
	__u64 ended_ns;
	struct tcpscope_life life;
};
_Static_assert(sizeof(struct tcpscope_ended) == 456, "ABI");

/* connect()s of a process that failed for want of a port: EADDRNOTAVAIL. */
struct tcpscope_no_port_key {
	__u64 netns_cookie;
	__u8 local_addr[16];
	__u8 peer_addr[16];
	__u32 netns;
	__u32 pid;
	__u16 peer_port;
	__u8 family;
	__u8 pad[5];
};
_Static_assert(sizeof(struct tcpscope_no_port_key) == 56, "ABI");

struct tcpscope_no_port {
	__u64 count;
	__u64 first_ns;
	__u64 last_ns;
	struct tcpscope_owner owner;
};
_Static_assert(sizeof(struct tcpscope_no_port) == 56, "ABI");

/*
 * What the command tells the recorder. The filter is a necessary condition,
 * judged in the kernel so that what nobody asked for never enters the ring;
 * the command judges the whole filter.
 */
struct tcpscope_control {
	__u64 listen_until_ns;		/* events go to the ring until then */
	union {
		__u64 ended;		/* connections ended so far */
		__u64 attached_ns;	/* when every hook was attached */
	};
	__u32 abi;			/* of the loader: TCPSCOPE_RECORDER_ABI */
	__u32 gone;			/* of the loader: enum tcpscope_gone */
	__u16 states;			/* bit n: state n may be entered or left */
	__u16 local_port_min, local_port_max;
	__u16 peer_port_min, peer_port_max;
	__u16 families;			/* TCPSCOPE_IPV4 | TCPSCOPE_IPV6 | TCPSCOPE_ANYTHING */
	__u16 port_min, port_max;	/* one of the two ports at least */
};
_Static_assert(sizeof(struct tcpscope_control) == 40, "ABI");

/* Whose record of the control map: each is written by one side only. */
enum tcpscope_control_of {
	TCPSCOPE_CONTROL_COMMAND,
	TCPSCOPE_CONTROL_RECORDER,	/* ended */
	TCPSCOPE_CONTROL_LOADER,	/* attached_ns, CLOCK_MONOTONIC; abi, gone */
	TCPSCOPE_CONTROL_MAX,
};

/* Of the records in the recorder's maps; changes with any of them. */
#define TCPSCOPE_RECORDER_ABI 3

/* What became of a recorder that somebody may still hold open. */
enum tcpscope_gone {
	TCPSCOPE_GONE_NOT,
	TCPSCOPE_GONE_REPLACED,	/* by another, pinned in its place */
	TCPSCOPE_GONE_DETACHED,
};

/* A life that two passes over the sockets did not find: ended if it is still that one. */
struct tcpscope_stale {
	__u64 cookie;
	__u64 before_ns;		/* its last event must be older than that */
	__u32 generation;
	__u32 ended;			/* the answer: 1 if it was ended */
};
_Static_assert(sizeof(struct tcpscope_stale) == 24, "ABI");

/* What a listener's SYNs and handshakes met, one record a CPU, by its cookie. */
struct tcpscope_listener {
	__u32 syns;
	__u32 drops;
	__u32 overflows;
	__u32 requests;
	struct tcpscope_owner owner;	/* the listener's, for those it will accept */
};
_Static_assert(sizeof(struct tcpscope_listener) == 48, "ABI");

#define TCPSCOPE_IPV4 1
#define TCPSCOPE_IPV6 2
#define TCPSCOPE_ANYTHING 4		/* of control.families: no bound keeps anything out */

/* Counters since the recorder was attached, one record a CPU. */
#define TCPSCOPE_SPANS 48		/* log2 of microseconds */

struct tcpscope_totals {
	__u64 transitions[TCPSCOPE_STATE_MAX][TCPSCOPE_STATE_MAX];
	__u64 retransmits[TCPSCOPE_RETRANSMIT_MAX];
	__u64 resets[TCPSCOPE_RESET_MAX];
	__u64 ends[TCPSCOPE_REASON_MAX];
	__u64 spans[TCPSCOPE_STATE_MAX][TCPSCOPE_SPANS]; /* time in a state left */
};

/* One event of the ring buffer. */
struct tcpscope_event {
	__u64 time_ns;
	__u64 cookie;
	__u64 netns_cookie;
	struct tcpscope_owner owner;
	__u8 local_addr[16];
	__u8 peer_addr[16];
	__u16 local_port;
	__u16 peer_port;
	__u32 netns;
	__u32 generation;
	__u32 flags;			/* enum tcpscope_flag */
	__u8 kind;			/* enum tcpscope_event_kind */
	__u8 detail;			/* retransmit kind, reset direction or end reason */
	__u8 from;			/* enum tcpscope_state */
	__u8 to;
	__u8 family;
	__u8 role;
	__u8 first_closer;
	__u8 attempt;
};
_Static_assert(sizeof(struct tcpscope_event) == 112, "ABI");

/* What an event of kind END carries beyond that. */
struct tcpscope_end_event {
	struct tcpscope_event event;
	__u64 born_ns;
	__u64 state_ns[TCPSCOPE_STATE_MAX];
};
_Static_assert(sizeof(struct tcpscope_end_event) == 216, "ABI");

#endif /* TCPSCOPE_ABI_H */
