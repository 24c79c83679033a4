/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Every name tcpscope prints, each from one list: the list makes the enum and
 * the lookup, so that a name and its number cannot drift apart.
 *
 * The lookups are total: a number that is in no list gives NULL, and the
 * caller prints the number.
 */
#ifndef TCPSCOPE_NAMES_H
#define TCPSCOPE_NAMES_H

/*
 * Connection states: X(SYMBOL, number, as ss prints it, as a filter spells
 * it, as node_exporter and our JSON spell it). The numbers are the kernel's
 * (include/net/tcp_states.h); conn.c asserts that they agree.
 */
#define TCPSCOPE_STATES(X) \
	X(ESTABLISHED,   1, "ESTAB",      "established", "established") \
	X(SYN_SENT,      2, "SYN-SENT",   "syn-sent",    "syn_sent") \
	X(SYN_RECV,      3, "SYN-RECV",   "syn-recv",    "syn_recv") \
	X(FIN_WAIT1,     4, "FIN-WAIT-1", "fin-wait-1",  "fin_wait1") \
	X(FIN_WAIT2,     5, "FIN-WAIT-2", "fin-wait-2",  "fin_wait2") \
	X(TIME_WAIT,     6, "TIME-WAIT",  "time-wait",   "time_wait") \
	X(CLOSE,         7, "UNCONN",     "closed",      "close") \
	X(CLOSE_WAIT,    8, "CLOSE-WAIT", "close-wait",  "close_wait") \
	X(LAST_ACK,      9, "LAST-ACK",   "last-ack",    "last_ack") \
	X(LISTEN,       10, "LISTEN",     "listening",   "listen") \
	X(CLOSING,      11, "CLOSING",    "closing",     "closing")

enum tcpscope_state {
#define TCPSCOPE_X(sym, num, ss, filter, json) TCPSCOPE_##sym = num,
	TCPSCOPE_STATES(TCPSCOPE_X)
#undef TCPSCOPE_X
	TCPSCOPE_STATE_MAX = 12,	/* one past the last state */
};

/*
 * Timers: X(SYMBOL, name). What each waits for and who arms it stands at the
 * top of timers.c.
 */
#define TCPSCOPE_TIMERS(X) \
	X(RETRANSMIT, "retransmit") \
	X(REORDER,    "reorder") \
	X(TLP,        "tlp") \
	X(PROBE0,     "probe0") \
	X(DELACK,     "delack") \
	X(KEEPALIVE,  "keepalive") \
	X(FINWAIT2,   "finwait2") \
	X(TIMEWAIT,   "timewait") \
	X(SYNACK,     "synack") \
	X(PACING,     "pacing") \
	X(COMPACK,    "compack")

enum tcpscope_timer_kind {
	TCPSCOPE_TIMER_NONE,
#define TCPSCOPE_X(sym, name) TCPSCOPE_TIMER_##sym,
	TCPSCOPE_TIMERS(TCPSCOPE_X)
#undef TCPSCOPE_X
	TCPSCOPE_TIMER_MAX,
};

/* What is true of a connection: X(SYMBOL, bit, name, help). */
#define TCPSCOPE_FLAGS(X) \
	X(ORPHAN,        0, "orphan",        "no process holds the socket any more") \
	X(SHUT_RD,       1, "shut_rd",       "receiving was shut down") \
	X(SHUT_WR,       2, "shut_wr",       "sending was shut down") \
	X(V4MAPPED,      3, "v4mapped",      "IPv4 traffic on an IPv6 socket") \
	X(V6ONLY,        4, "v6only",        "IPv6 socket that refuses IPv4") \
	X(KEEPALIVE,     5, "keepalive",     "SO_KEEPALIVE is set") \
	X(DEFER_ACCEPT,  6, "defer_accept",  "TCP_DEFER_ACCEPT is set") \
	X(USER_TIMEOUT,  7, "user_timeout",  "TCP_USER_TIMEOUT is set") \
	X(FASTOPEN,      8, "fastopen",      "TCP Fast Open was used") \
	X(MPTCP,         9, "mptcp_subflow", "a subflow of an MPTCP connection") \
	X(SYNCOOKIE,    10, "syncookie",     "the handshake was rebuilt from a SYN cookie") \
	X(ACCEPTED,     11, "accepted",      "accept() has returned the connection") \
	X(ADOPTED,      12, "adopted",       "older than the recorder: its beginning is unknown") \
	X(NONAGLE,      13, "nodelay",       "TCP_NODELAY is set") \
	X(CORK,         14, "cork",          "TCP_CORK is set") \
	X(TRANSPARENT,  15, "transparent",   "IP_TRANSPARENT is set") \
	X(MINISOCKET,   16, "minisocket",    "a timewait minisocket, not a full socket") \
	X(REQUEST,      17, "request",       "a request socket, not a full socket") \
	X(HALF_ACKED,   18, "acked",         "the handshake's ACK came, the request still waits for data or for room") \
	X(TIMESTAMPS,   19, "timestamps",    "TCP timestamps are in use") \
	X(GAP,          20, "gap",           "the kernel skipped a hook: a step of its life is missing")

enum tcpscope_flag {
#define TCPSCOPE_X(sym, bit, name, help) TCPSCOPE_FLAG_##sym = 1 << (bit),
	TCPSCOPE_FLAGS(TCPSCOPE_X)
#undef TCPSCOPE_X
};

/*
 * Why a timer's end can't be foretold, or what modifies it:
 * X(SYMBOL, bit, name, help).
 */
#define TCPSCOPE_TIMER_FLAGS(X) \
	X(OVERDUE,       0, "overdue",       "the time has come, the handler has not run yet") \
	X(UNARMED_YET,   1, "unarmed_yet",   "just hashed: the timer is not set up yet") \
	X(BY_TIME,       2, "by_time",       "the limit is a time, not a count of attempts") \
	X(USER_TIMEOUT,  3, "user_timeout",  "TCP_USER_TIMEOUT decides") \
	X(NEVER,         4, "never",         "never gives up by itself") \
	X(NO_LISTENER,   5, "no_listener",   "the listener is gone") \
	X(SUPPRESSED,    6, "suppressed",    "fires without effect while data is in flight") \
	X(ANSWERED,      7, "answered",      "the peer answers the probes: goes on as long as it does")

enum tcpscope_timer_flag {
#define TCPSCOPE_X(sym, bit, name, help) TCPSCOPE_TIMER_F_##sym = 1 << (bit),
	TCPSCOPE_TIMER_FLAGS(TCPSCOPE_X)
#undef TCPSCOPE_X
};

/* How a connection came to be, seen from this end: X(SYMBOL, name). */
#define TCPSCOPE_ROLES(X) \
	X(ACTIVE,       "active") \
	X(PASSIVE,      "passive") \
	X(SIMULTANEOUS, "simultaneous") \
	X(LISTENER,     "listener")

enum tcpscope_role {
	TCPSCOPE_ROLE_UNKNOWN,
#define TCPSCOPE_X(sym, name) TCPSCOPE_ROLE_##sym,
	TCPSCOPE_ROLES(TCPSCOPE_X)
#undef TCPSCOPE_X
	TCPSCOPE_ROLE_MAX,
};

/* Who sent the first FIN or RST: X(SYMBOL, name). */
#define TCPSCOPE_CLOSERS(X) \
	X(LOCAL, "local") \
	X(PEER,  "peer") \
	X(BOTH,  "both")

enum tcpscope_closer {
	TCPSCOPE_CLOSER_UNKNOWN,
#define TCPSCOPE_X(sym, name) TCPSCOPE_CLOSER_##sym,
	TCPSCOPE_CLOSERS(TCPSCOPE_X)
#undef TCPSCOPE_X
	TCPSCOPE_CLOSER_MAX,
};

/* What the recorder tells: X(SYMBOL, name). */
#define TCPSCOPE_EVENTS(X) \
	X(STATE,            "state") \
	X(RETRANSMIT,       "retransmit") \
	X(RESET,            "reset") \
	X(TIMEWAIT_RESTART, "timewait_restart") \
	X(TIMEWAIT_REUSE,   "timewait_reuse") \
	X(REQUEST_DROP,     "request_drop") \
	X(END,              "end") \
	X(LOST,             "lost") \
	X(ARRIVAL,          "arrival")

enum tcpscope_event_kind {
	TCPSCOPE_EVENT_NONE,
#define TCPSCOPE_X(sym, name) TCPSCOPE_EVENT_##sym,
	TCPSCOPE_EVENTS(TCPSCOPE_X)
#undef TCPSCOPE_X
	TCPSCOPE_EVENT_MAX,
};

/* What was sent again, or sent to probe: X(SYMBOL, name). */
#define TCPSCOPE_RETRANSMITS(X) \
	X(SYN,       "syn") \
	X(SYNACK,    "synack") \
	X(FIN,       "fin") \
	X(RTO,       "rto") \
	X(FAST,      "fast") \
	X(TLP,       "tlp") \
	X(PROBE,     "probe") \
	X(KEEPALIVE, "keepalive")

enum tcpscope_retransmit {
#define TCPSCOPE_X(sym, name) TCPSCOPE_RETRANSMIT_##sym,
	TCPSCOPE_RETRANSMITS(TCPSCOPE_X)
#undef TCPSCOPE_X
	TCPSCOPE_RETRANSMIT_MAX,
};

/*
 * What came though it changed no state, because it had come before, was not
 * wanted or found no room: X(SYMBOL, name).
 */
#define TCPSCOPE_SEGMENTS(X) \
	X(SYN,    "syn") \
	X(SYNACK, "synack") \
	X(ACK,    "ack") \
	X(DATA,   "data") \
	X(FIN,    "fin") \
	X(RST,    "rst")

enum tcpscope_segment {
	TCPSCOPE_SEGMENT_NONE,
#define TCPSCOPE_X(sym, name) TCPSCOPE_SEGMENT_##sym,
	TCPSCOPE_SEGMENTS(TCPSCOPE_X)
#undef TCPSCOPE_X
	TCPSCOPE_SEGMENT_MAX,
};

/* The direction of a reset: X(SYMBOL, name). */
#define TCPSCOPE_RESETS(X) \
	X(SENT,     "sent") \
	X(RECEIVED, "received")

enum tcpscope_reset {
	TCPSCOPE_RESET_NONE,
#define TCPSCOPE_X(sym, name) TCPSCOPE_RESET_##sym,
	TCPSCOPE_RESETS(TCPSCOPE_X)
#undef TCPSCOPE_X
	TCPSCOPE_RESET_MAX,
};

/* Why a connection ended: X(SYMBOL, name). UNKNOWN is said, never guessed. */
#define TCPSCOPE_REASONS(X) \
	X(UNKNOWN,             "unknown") \
	X(NORMAL,              "normal") \
	X(TIMEWAIT_EXPIRED,    "timewait_expired") \
	X(TIMEWAIT_REUSED,     "timewait_reused") \
	X(TIMEWAIT_KILLED_RST, "timewait_killed_rst") \
	X(TIMEWAIT_OVERFLOW,   "timewait_overflow") \
	X(RESET_RECEIVED,      "reset_received") \
	X(RESET_SENT,          "reset_sent") \
	X(SYN_TIMEOUT,         "syn_timeout") \
	X(SYNACK_TIMEOUT,      "synack_timeout") \
	X(RETRANSMIT_TIMEOUT,  "retransmit_timeout") \
	X(PROBE_TIMEOUT,       "probe_timeout") \
	X(KEEPALIVE_TIMEOUT,   "keepalive_timeout") \
	X(USER_TIMEOUT,        "user_timeout") \
	X(FINWAIT2_TIMEOUT,    "finwait2_timeout") \
	X(REFUSED,             "refused") \
	X(ABORTED,             "aborted") \
	X(LISTENER_CLOSED,     "listener_closed") \
	X(DISCONNECTED,        "disconnected") \
	X(UNREACHABLE,         "unreachable") \
	X(RECONCILED,          "reconciled")

enum tcpscope_reason {
#define TCPSCOPE_X(sym, name) TCPSCOPE_REASON_##sym,
	TCPSCOPE_REASONS(TCPSCOPE_X)
#undef TCPSCOPE_X
	TCPSCOPE_REASON_MAX,
};

/* What the recorder could not record: X(SYMBOL, name, help). */
#define TCPSCOPE_LOSSES(X) \
	X(RING_FULL,   "ring_full",   "events dropped because the reader was too slow") \
	X(LIVES_FULL,  "lives_full",  "events of connections not followed because the table was full") \
	X(NO_COOKIE,   "no_cookie",   "sockets the kernel gave no cookie for") \
	X(MISSED,      "missed",      "hooks the kernel skipped, as they interrupted themselves") \
	X(RECONCILED,  "reconciled",  "connections whose end was not seen, ended since their socket was gone") \
	X(NO_MEMORY,   "no_memory",   "what could not be recorded because the kernel had no memory for it") \
	X(EVICTED,     "evicted",     "what was forgotten early to make room for newer: takeovers, failed connects, reused sockets") \
	X(UNGUARDED,   "unguarded",   "connections that will not be looked after should their end not be seen") \
	X(BUSY,        "busy",        "what could not be recorded because its place was being written at that moment")

enum tcpscope_loss {
#define TCPSCOPE_X(sym, name, help) TCPSCOPE_LOSS_##sym,
	TCPSCOPE_LOSSES(TCPSCOPE_X)
#undef TCPSCOPE_X
	TCPSCOPE_LOSS_MAX,
};

#ifndef __bpf__	/* programs print nothing */

#define TCPSCOPE_LOOKUP(function, LIST, ROW) \
static inline const char *function(unsigned int value) \
{ \
	switch (value) { \
	LIST(ROW) \
	} \
	return (const char *)0; \
}

#define TCPSCOPE_ROW(sym, num, ss, filter, json) case num: return ss;
/* The name ss prints for a state (misc/ss.c, sstate_name), or NULL. */
TCPSCOPE_LOOKUP(tcpscope_state_name, TCPSCOPE_STATES, TCPSCOPE_ROW)
#undef TCPSCOPE_ROW
#define TCPSCOPE_ROW(sym, num, ss, filter, json) case num: return json;
/* The name node_exporter gives a state (its tcpstat collector), or NULL. */
TCPSCOPE_LOOKUP(tcpscope_state_key, TCPSCOPE_STATES, TCPSCOPE_ROW)
#undef TCPSCOPE_ROW
#define TCPSCOPE_ROW(sym, name) case TCPSCOPE_TIMER_##sym: return name;
/* The name of a timer kind, or NULL. */
TCPSCOPE_LOOKUP(tcpscope_timer_name, TCPSCOPE_TIMERS, TCPSCOPE_ROW)
#undef TCPSCOPE_ROW
#define TCPSCOPE_ROW(sym, bit, name, help) case 1 << (bit): return name;
/* The name of one connection flag, or NULL. */
TCPSCOPE_LOOKUP(tcpscope_flag_name, TCPSCOPE_FLAGS, TCPSCOPE_ROW)
/* The name of one timer flag, or NULL. */
TCPSCOPE_LOOKUP(tcpscope_timer_flag_name, TCPSCOPE_TIMER_FLAGS, TCPSCOPE_ROW)
#undef TCPSCOPE_ROW
#define TCPSCOPE_ROW(sym, name) case TCPSCOPE_ROLE_##sym: return name;
/* The name of a role, or NULL (so for an unknown role). */
TCPSCOPE_LOOKUP(tcpscope_role_name, TCPSCOPE_ROLES, TCPSCOPE_ROW)
#undef TCPSCOPE_ROW
#define TCPSCOPE_ROW(sym, name) case TCPSCOPE_CLOSER_##sym: return name;
/* Who closed first, or NULL (so while it is unknown). */
TCPSCOPE_LOOKUP(tcpscope_closer_name, TCPSCOPE_CLOSERS, TCPSCOPE_ROW)
#undef TCPSCOPE_ROW
#define TCPSCOPE_ROW(sym, name) case TCPSCOPE_EVENT_##sym: return name;
/* The name of an event kind, or NULL. */
TCPSCOPE_LOOKUP(tcpscope_event_name, TCPSCOPE_EVENTS, TCPSCOPE_ROW)
#undef TCPSCOPE_ROW
#define TCPSCOPE_ROW(sym, name) case TCPSCOPE_RETRANSMIT_##sym: return name;
/* The name of a kind of retransmission, or NULL. */
TCPSCOPE_LOOKUP(tcpscope_retransmit_name, TCPSCOPE_RETRANSMITS, TCPSCOPE_ROW)
#undef TCPSCOPE_ROW
#define TCPSCOPE_ROW(sym, name) case TCPSCOPE_SEGMENT_##sym: return name;
/* The kind of a segment, or NULL. */
TCPSCOPE_LOOKUP(tcpscope_segment_name, TCPSCOPE_SEGMENTS, TCPSCOPE_ROW)
#undef TCPSCOPE_ROW
#define TCPSCOPE_ROW(sym, name) case TCPSCOPE_RESET_##sym: return name;
/* The direction of a reset, or NULL. */
TCPSCOPE_LOOKUP(tcpscope_reset_name, TCPSCOPE_RESETS, TCPSCOPE_ROW)
#undef TCPSCOPE_ROW
#define TCPSCOPE_ROW(sym, name) case TCPSCOPE_REASON_##sym: return name;
/* The name of an end reason, or NULL. */
TCPSCOPE_LOOKUP(tcpscope_reason_name, TCPSCOPE_REASONS, TCPSCOPE_ROW)
#undef TCPSCOPE_ROW
#define TCPSCOPE_ROW(sym, name, help) case TCPSCOPE_LOSS_##sym: return name;
/* The name of a loss, or NULL. */
TCPSCOPE_LOOKUP(tcpscope_loss_name, TCPSCOPE_LOSSES, TCPSCOPE_ROW)
#undef TCPSCOPE_ROW

#endif /* __bpf__ */

#endif /* TCPSCOPE_NAMES_H */
