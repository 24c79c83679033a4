/* SPDX-License-Identifier: GPL-2.0 */
/* What a network namespace is set to, and what the kernel counts in it. */
#ifndef SOURCE_NETNS_H
#define SOURCE_NETNS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Settings: X(SYMBOL, file below /proc/sys/net/ipv4). Those of the whole host
 * (tcp_max_orphans, tcp_mem) are shown in the initial namespace only.
 */
#define NETNS_SETTINGS(X) \
	X(TW_BUCKETS,  "tcp_max_tw_buckets") \
	X(TW_REUSE,    "tcp_tw_reuse") \
	X(TW_REUSE_MS, "tcp_tw_reuse_delay") \
	X(TIMESTAMPS,  "tcp_timestamps") \
	X(FIN_TIMEOUT, "tcp_fin_timeout") \
	X(MAX_ORPHANS, "tcp_max_orphans") \
	X(SYNCOOKIES,  "tcp_syncookies")

enum netns_setting {
#define NETNS_X(symbol, file) NETNS_##symbol,
	NETNS_SETTINGS(NETNS_X)
#undef NETNS_X
	NETNS_SETTINGS_MAX,
};

/* Counters: X(SYMBOL, file below /proc/net, its line, name there). */
#define NETNS_COUNTERS(X) \
	X(COOKIES_SENT,     "netstat",  "TcpExt", "SyncookiesSent") \
	X(LISTEN_OVERFLOWS, "netstat",  "TcpExt", "ListenOverflows") \
	X(LISTEN_DROPS,     "netstat",  "TcpExt", "ListenDrops") \
	X(REQUEST_DROPS,    "netstat",  "TcpExt", "TCPReqQFullDrop") \
	X(TW_OVERFLOWS,     "netstat",  "TcpExt", "TCPTimeWaitOverflow") \
	X(MEMORY_ABORTS,    "netstat",  "TcpExt", "TCPAbortOnMemory") \
	X(PRESSURES,        "netstat",  "TcpExt", "TCPMemoryPressures") \
	X(RESETS_OUT,       "snmp",     "Tcp",    "OutRsts") \
	X(SEGMENTS_OUT,     "snmp",     "Tcp",    "OutSegs") \
	X(RETRANSMITTED,    "snmp",     "Tcp",    "RetransSegs") \
	X(ORPHANS,          "sockstat", "TCP",    "orphan") \
	X(TIMEWAITS,        "sockstat", "TCP",    "tw") \
	X(MEMORY_PAGES,     "sockstat", "TCP",    "mem")

enum netns_counter {
#define NETNS_X(symbol, file, line, name) NETNS_##symbol,
	NETNS_COUNTERS(NETNS_X)
#undef NETNS_X
	NETNS_COUNTERS_MAX,
};

#define NETNS_UNKNOWN (-1)

/*
 * Which namespace. The number is what people see of it, and another's soon after
 * it is gone; the cookie is nobody else's until the next boot.
 */
struct netns_id {
	uint64_t cookie; /* 0: not known */
	uint32_t number; /* inode */
};

/* That of a connection, a life, an event, failed connects or a group's key. */
#define NETNS_OF(record) ((struct netns_id){ (record)->netns_cookie, (record)->netns })

/* Whether these are the same one; if a cookie is not known, whether the numbers are. */
static inline bool netns_same(struct netns_id a, struct netns_id b)
{
	return a.cookie && b.cookie ? a.cookie == b.cookie : a.number == b.number;
}

struct netns_counters {
	int64_t count[NETNS_COUNTERS_MAX]; /* or NETNS_UNKNOWN */
};

struct netns {
	struct netns_id id;
	bool gone; /* another has its number now */
	char name[64]; /* below /run/netns; empty: it has none there */
	char path[64]; /* by which it can be entered; empty: none was found */
	int64_t setting[NETNS_SETTINGS_MAX]; /* or NETNS_UNKNOWN */
	int64_t memory[3]; /* tcp_mem: low, pressure, high, in pages; or NETNS_UNKNOWN */
	int32_t port_low, port_high; /* ip_local_port_range; low > high: unknown */
	uint8_t reserved[65536 / 8]; /* ip_local_reserved_ports, a bit each */
	struct netns_counters counters;
};

/*
 * netns_read.c. Reads all that of a namespace; what can't be read is unknown.
 * Root may enter every namespace that a process is in or that has a name.
 */
void netns_read(struct netns *netns, struct netns_id id);

/* Reads the counters of such a namespace again. */
void netns_read_counters(const struct netns *netns, struct netns_counters *counters);

/*
 * Fills in the number, and the cookie unless it can't be entered, of the namespace
 * whose file that is. 0 or -errno.
 */
int netns_identify_path(const char *path, struct netns_id *id);

/* Fills in the cookie of the namespace that has the number now, 0 if none can be found and entered. */
void netns_identify_number(struct netns_id *id);

/*
 * netns_resolve.c. The network namespace given as a name below /run/netns, a path,
 * or a number: of all that ever had that number the one that has it now, if it can
 * be found. 0 or -errno.
 */
int netns_resolve(const char *name, struct netns_id *id);

/* Bytes that one timewait minisocket takes (tw_sock_TCP in /proc/slabinfo); 0: unknown. */
uint64_t timewait_bytes(void);

/* Everything below does no I/O. */

/* Sets everything to unknown. */
void netns_clear(struct netns *netns, struct netns_id id);

/*
 * Takes the text of one of the three files below /proc/net: lines "Tcp: NAME
 * NAME…" followed by "Tcp: VALUE VALUE…", or "TCP: NAME VALUE NAME VALUE…".
 */
void netns_parse_counters(struct netns_counters *counters, const char *file, const char *text);

/* Takes "LOW HIGH" and "8080,9000-9010"; what is no such text changes nothing. */
void netns_parse_range(struct netns *netns, const char *text);
void netns_parse_reserved(struct netns *netns, const char *text);

/* Whether connect() chooses that port by itself. */
bool netns_is_ephemeral(const struct netns *netns, uint16_t port);

/* How many of these there are; 0: unknown. */
uint32_t netns_ephemeral_ports(const struct netns *netns);

/*
 * Whether connect() may take a TIME-WAIT's port over between those addresses,
 * and once it is how old, in milliseconds (tcp_twsk_unique(), net/ipv4/tcp_ipv4.c).
 */
bool netns_reuses(const struct netns *netns, bool loopback, uint32_t *after_ms);

#endif
