/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * One row for each field of a connection. From it come the columns of the
 * module's text file and of the command, the keys of the JSON, and --help.
 *
 * F(ID, column, JSON key, TYPE, member, help)
 *
 * The unit is in the JSON key. A field without a JSON key is for people only:
 * a joint column of fields that are keys of their own.
 */
#ifndef TCPSCOPE_FIELDS_H
#define TCPSCOPE_FIELDS_H

/* What the module knows; member is one of struct tcpscope_conn. */
#define TCPSCOPE_CONN_FIELDS(F) \
	F(NETNS,         "NETNS",   "netns",          U32,    netns,        "network namespace (inode number)") \
	F(NETNS_COOKIE,  "NETNS-COOKIE", "netns_cookie", U64, netns_cookie, "cookie of the network namespace: unlike the number it never becomes another's") \
	F(FAMILY,        "FAMILY",  "family",         FAMILY, family,       "address family of the socket") \
	F(LOCAL_ADDRESS, "LADDR",   "local_address",  ADDR,   local_addr,   "local address") \
	F(LOCAL_PORT,    "LPORT",   "local_port",     PORT,   local_port,   "local port") \
	F(PEER_ADDRESS,  "PADDR",   "peer_address",   ADDR,   peer_addr,    "peer address") \
	F(PEER_PORT,     "PPORT",   "peer_port",      PORT,   peer_port,    "peer port") \
	F(STATE,         "STATE",   "state",          STATE,  state,        "connection state") \
	F(SUBSTATE,      "SUB",     "substate",       STATE,  substate,     "state a timewait minisocket stands for") \
	F(COOKIE,        "COOKIE",  "cookie",         U64,    cookie,       "socket cookie, the connection's identity") \
	F(INODE,         "INODE",   "inode",          U64,    inode,        "inode number of the socket") \
	F(UID,           "UID",     "uid",            U32,    uid,          "user the socket belongs to") \
	F(CGROUP_ID,     "CGID",    "cgroup_id",      U64,    cgroup_id,    "cgroup v2 the socket was made in (id)") \
	F(MARK,          "MARK",    "mark",           HEX32,  mark,         "firewall mark") \
	F(IFINDEX,       "IF",      "ifindex",        U32,    ifindex,      "interface the socket is bound to") \
	F(RECV_Q,        "RECV-Q",  "recv_q",         U32,    recv_q,       "bytes not read yet; on a listener, connections not accepted yet") \
	F(SEND_Q,        "SEND-Q",  "send_q",         U32,    send_q,       "bytes not acknowledged yet; on a listener, the backlog's limit") \
	F(SYN_Q,         "SYN-Q",   "syn_q",          U32,    syn_q,        "requests of a listener whose handshake is not complete") \
	F(RTO,           "RTO",     "rto_ms",         US_MS,  rto_us,       "retransmission timeout") \
	F(RTT,           "RTT",     "rtt_us",         US,     rtt_us,       "smoothed round-trip time") \
	F(RTTVAR,        "RTTVAR",  "rttvar_us",      US,     rttvar_us,    "variation of the round-trip time") \
	F(SND_UNA,       "SND-UNA", "snd_una",        U32,    snd_una,      "oldest sequence number not acknowledged") \
	F(SND_NXT,       "SND-NXT", "snd_nxt",        U32,    snd_nxt,      "next sequence number to send") \
	F(RCV_NXT,       "RCV-NXT", "rcv_nxt",        U32,    rcv_nxt,      "next sequence number expected") \
	F(SND_WND,       "SND-WND", "snd_wnd",        U32,    snd_wnd,      "window the peer offers (bytes)") \
	F(RCV_WND,       "RCV-WND", "rcv_wnd",        U32,    rcv_wnd,      "window offered to the peer (bytes)") \
	F(CWND,          "CWND",    "cwnd",           U32,    cwnd,         "congestion window (segments)") \
	F(MSS,           "MSS",     "mss",            U32,    mss,          "maximum segment size in use (bytes)") \
	F(RETRANS,       "RETRANS", "retrans_total",  U32,    total_retrans, "segments sent again, in all") \
	F(RETRANS_OUT,   "REXMIT",  "retrans_out",    U32,    retrans_out,  "segments sent again and not acknowledged yet") \
	F(RETRANSMITS,   "TRIES",   "retransmits_unanswered", U8, retransmits, "timeouts in a row without an answer") \
	F(BACKOFF,       "BACKOFF", "backoff",        U8,     backoff,      "exponent of the timer's backoff") \
	F(PROBES_OUT,    "PROBES",  "probes_out",     U8,     probes_out,   "probes sent without an answer") \
	F(CA_STATE,      "CA",      "ca_state",       U8,     ca_state,     "congestion state (0 open, 1 disorder, 2 cwr, 3 recovery, 4 loss)") \
	F(IDLE,          "IDLE",    "idle_ms",        U32,    idle_ms,      "time since data went either way (ms)") \
	F(TIMERS,        "TIMERS",  "timers",         TIMERS, timers,       "every armed timer") \
	F(FLAGS,         "FLAGS",   "flags",          FLAGS,  flags,        "what else is true of it")

/* What the recorder knows; member is one of struct tcpscope_life. */
#define TCPSCOPE_LIFE_FIELDS(F) \
	F(ROLE,          "ROLE",    "role",           ROLE,   role,         "who opened: active, passive or simultaneous; or listener") \
	F(GENERATION,    "GEN",     "generation",     U32,    generation,   "how often the socket was disconnected and used again") \
	F(PID,           "PID",     "pid",            PID,    owner.pid,    "process that owns the connection") \
	F(COMM,          "COMM",    "comm",           COMM,   owner.comm,   "name of that process") \
	F(CLOSER,        "CLOSER",  "first_closer",   CLOSER, first_closer, "who sent the first FIN or RST") \
	F(BORN,          "BORN",    "born_ns",        SINCE,  born_ns,      "monotonic time of the beginning") \
	F(RETRANSMITTED, "RESENT",  "retransmits",    RESENT, retransmits,  "segments sent again, by kind") \
	F(RESETS_SENT,   "RSTS-OUT", "resets_sent",   SEEN,   resets_sent,  "resets sent") \
	F(RESETS_RECEIVED, "RSTS-IN", "resets_received", SEEN, resets_received, "resets received") \
	F(SYNS,          "SYNS",    "syns",           LISTENER, syns,       "of a listener: SYNs seen since the recorder was attached") \
	F(DROPS,         "DROPS",   "drops",          LISTENER, drops,      "of a listener: requests dropped since then") \
	F(OVERFLOWS,     "OVERFLOWS", "overflows",    LISTENER, overflows,  "of a listener: SYNs and ACKs that met a full accept queue") \
	F(REASON,        "REASON",  "reason",         REASON, reason,       "why it ended") \
	F(HEIR,          "HEIR",    "heir",           NONZERO, heir,        "cookie of the connection that took its TIME-WAIT over") \
	F(PREDECESSOR,   "PREDECESSOR", "predecessor", NONZERO, predecessor, "cookie of the connection whose TIME-WAIT it took over") \
	F(DURATIONS,     "DURATIONS", "durations_us", DURATIONS, state_ns,  "time in each state it has left") \
	F(EVENTS,        "EVENTS",  "events",         EVENTS, steps,        "the last events, and the time between them")

/* What follows from both; there is no member. */
#define TCPSCOPE_JOIN_FIELDS(F) \
	F(LOCAL,         "LOCAL",   "",               LOCAL,  none,         "local address and port") \
	F(PEER,          "PEER",    "",               PEER,   none,         "peer address and port") \
	F(OWNER,         "OWNER",   "",               OWNER,  none,         "process that owns the connection, name and pid") \
	F(TIMER,         "TIMER",   "",               TIMER,  none,         "the armed timer that fires next, as ss shows it") \
	F(EXPIRES,       "EXPIRES", "expires_ms",     EXPIRES, none,        "time until the next timer fires") \
	F(GIVES_UP,      "GIVES-UP", "gives_up_ms",   GIVES_UP, none,       "time until it is given up or ends, if nothing changes") \
	F(CGROUP,        "CGROUP",  "cgroup",         CGROUP, none,         "path of the cgroup") \
	F(AGE,           "AGE",     "age_ms",         AGE,    none,         "time since the first SYN") \
	F(STATE_AGE,     "IN-STATE", "state_age_ms",  STATE_AGE, none,      "time in the present state") \
	F(ENDED,         "ENDED",   "ended_ms_ago",   ENDED,  none,         "time since the end")

#define TCPSCOPE_FIELDS(F) \
	TCPSCOPE_CONN_FIELDS(F) TCPSCOPE_LIFE_FIELDS(F) TCPSCOPE_JOIN_FIELDS(F)

enum tcpscope_field {
#define TCPSCOPE_X(id, column, key, type, member, help) TCPSCOPE_FIELD_##id,
	TCPSCOPE_FIELDS(TCPSCOPE_X)
#undef TCPSCOPE_X
	TCPSCOPE_FIELD_MAX,
};

/* The bit of a field in tcpscope_conn.known. */
#define TCPSCOPE_KNOWN(id) (1ULL << TCPSCOPE_FIELD_##id)
_Static_assert(TCPSCOPE_FIELD_ROLE <= 64, "each field of a connection, they come first, has a bit");

#endif /* TCPSCOPE_FIELDS_H */
