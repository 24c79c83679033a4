/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What `tcpscope explain` may say of a connection: X(SYMBOL, name, meaning).
 *
 * The order is that of importance: how it failed, what goes wrong, what went
 * wrong, what is peculiar, where it stands. The first that holds is the chief
 * verdict. Those marked (both ends) need the two lives, joined on this host;
 * they take the place of what one end alone can say.
 */
#ifndef EXPLAIN_VERDICT_H
#define EXPLAIN_VERDICT_H

/* clang-format off */
#define VERDICTS(X) \
	/* how it failed, or ended otherwise than by two FINs */ \
	X(CONNECT_REFUSED,       "connect_refused",       "the SYN was answered with a RST, or with ICMP's word that nobody is there") \
	X(CONNECT_UNREACHABLE,   "connect_unreachable",   "an ICMP message ended the connect: no way there, no such host, or it is forbidden") \
	X(CONNECT_TIMED_OUT,     "connect_timed_out",     "every SYN went unanswered until the attempts were used up") \
	X(CONNECT_ABANDONED,     "connect_abandoned",     "the owner gave up before the handshake was done") \
	X(SYN_DISOWNED,          "syn_disowned",          "a RST answered our SYN-ACK: the peer knows of no such SYN (stale, forged, or a scan)") \
	X(HANDSHAKE_ABANDONED,   "handshake_abandoned",   "every SYN-ACK went unanswered until the attempts were used up; accept() never saw it") \
	X(LISTENER_CLOSED,       "listener_closed",       "the listener was closed before accept() took the connection") \
	X(NETNS_DESTROYED,       "netns_destroyed",       "the network namespace was destroyed under it") \
	X(ABORTED_BY_ADMIN,      "aborted_by_admin",      "the socket was destroyed from outside (ss -K)") \
	X(RESET_UNREAD_DATA,     "reset_unread_data",     "closed with data the owner had not read: a RST instead of a FIN") \
	X(RESET_BY_US,           "reset_by_us",           "this end sent a RST") \
	X(LATE_FIN_REFUSED,      "late_fin_refused",      "our last FIN, sent more than once, met no connection any more: a RST ended LAST-ACK") \
	X(ABORTED_ON_OVERFLOW,   "aborted_on_overflow",   "the handshake's ACK met a full accept queue, and a RST (tcp_abort_on_overflow)") \
	X(HANDSHAKE_UNREACHABLE, "handshake_unreachable", "an ICMP message answered our SYN-ACK: no way there, or no such host") \
	X(RESET_ON_THE_WAY,      "reset_on_the_way",      "(both ends) a RST came that the other end has not sent: a firewall's, or somebody's between") \
	X(RESET_BY_PEER,         "reset_by_peer",         "a RST came") \
	X(LAST_ACK_TIMED_OUT,    "last_ack_timed_out",    "the second FIN was never acknowledged, LAST-ACK gave up") \
	X(FIN_TIMED_OUT,         "fin_timed_out",         "the first FIN was never acknowledged, FIN-WAIT-1 or CLOSING gave up") \
	X(ZERO_WINDOW_TIMED_OUT, "zero_window_timed_out", "window probes went unanswered until the attempts were used up") \
	X(ZERO_WINDOW_ORPHANED,  "zero_window_orphaned",  "window probes were answered, the window stayed shut, and nobody held the socket any more: given up") \
	X(KEEPALIVE_TIMED_OUT,   "keepalive_timed_out",   "keepalive probes went unanswered until the attempts were used up") \
	X(USER_TIMEOUT,          "user_timeout",          "nothing was acknowledged for as long as TCP_USER_TIMEOUT allows") \
	X(DATA_TIMED_OUT,        "data_timed_out",        "data was never acknowledged until the attempts were used up") \
	X(FIN_WAIT2_EXPIRED,     "fin_wait2_expired",     "the peer's FIN never came, the orphan's FIN-WAIT-2 ran out") \
	X(TIME_WAIT_ASSASSINATED, "time_wait_assassinated", "a RST ended TIME-WAIT early") \
	X(TIME_WAIT_OVERFLOW,    "time_wait_overflow",    "no TIME-WAIT was had: tcp_max_tw_buckets was reached") \
	X(TIME_WAIT_TAKEN_OVER,  "time_wait_taken_over",  "a new SYN of the peer took the TIME-WAIT over") \
	X(TIME_WAIT_REUSED,      "time_wait_reused",      "connect() of this host reused the TIME-WAIT's port (tcp_tw_reuse)") \
	X(DISCONNECTED,          "disconnected",          "the owner took the socket back to be used again") \
	/* what is wrong now */ \
	X(PEER_GONE_UNNOTICED,   "peer_gone_unnoticed",   "(both ends) the other end is over, this one has not noticed") \
	X(BACKLOG_OVERFLOW,      "backlog_overflow",      "of a listener: SYNs met a full SYN queue") \
	X(ACCEPT_QUEUE_OVERFLOW, "accept_queue_overflow", "connections wait for accept(), there is no room for more") \
	X(LISTENER_FULL,         "listener_full",         "(both ends) the listener it connects to, on this host, has a full accept queue and drops SYNs") \
	/* which segment was lost: only both ends together know */ \
	X(SYN_LOST,              "syn_lost",              "(both ends) a SYN was lost") \
	X(SYN_ACK_LOST,          "syn_ack_lost",          "(both ends) a SYN-ACK was lost") \
	X(HANDSHAKE_ACK_LOST,    "handshake_ack_lost",    "(both ends) the handshake's third segment was lost: one end is ESTAB, the other SYN-RECV") \
	X(DATA_LOST,             "data_lost",             "(both ends) data was lost") \
	X(DATA_ACK_LOST,         "data_ack_lost",         "(both ends) data came, its acknowledgment was lost") \
	X(FIN_LOST,              "fin_lost",              "(both ends) a FIN was lost") \
	X(FIN_ACK_LOST,          "fin_ack_lost",          "(both ends) the acknowledgment of the first FIN was lost") \
	X(LAST_ACK_LOST,         "last_ack_lost",         "(both ends) the acknowledgment of the second FIN was lost") \
	/* what is not answered yet: this end cannot know why */ \
	X(SYN_UNANSWERED,        "syn_unanswered",        "SYN-SENT, the SYN was repeated at least once") \
	X(SYN_ACK_UNANSWERED,    "syn_ack_unanswered",    "SYN-RECV, the SYN-ACK was repeated at least once") \
	X(HANDSHAKE_UNCONFIRMED, "handshake_unconfirmed", "ESTAB, but the peer repeats its SYN-ACK and has said nothing else (ACK lost, or no room for accept())") \
	X(FIN_UNACKNOWLEDGED,    "fin_unacknowledged",    "FIN-WAIT-1, CLOSING or LAST-ACK, the FIN was repeated at least once") \
	X(ZERO_WINDOW,           "zero_window",           "the peer has no room: our window probes go on") \
	X(KEEPALIVE_PROBING,     "keepalive_probing",     "keepalive probes are out, unanswered so far") \
	X(DATA_UNACKNOWLEDGED,   "data_unacknowledged",   "data was repeated and is not acknowledged yet") \
	X(RECEIVER_STALLED,      "receiver_stalled",      "our owner does not read: the window we offer is closed") \
	X(FIN_WAITS,             "fin_waits",             "FIN-WAIT-1, CLOSING or LAST-ACK, our FIN waits behind data that is not sent yet") \
	/* what needed repeating and came through: one end cannot know what was lost */ \
	X(SYN_RETRANSMITTED,     "syn_retransmitted",     "the SYN was repeated before it was answered (SYN or SYN-ACK lost)") \
	X(SYN_ACK_RETRANSMITTED, "syn_ack_retransmitted", "the SYN-ACK was repeated before it was answered (SYN-ACK or ACK lost)") \
	X(DATA_RETRANSMITTED,    "data_retransmitted",    "data was repeated before it was acknowledged (data or ACK lost)") \
	X(FIN_RETRANSMITTED,     "fin_retransmitted",     "the FIN was repeated before it was acknowledged (FIN or ACK lost)") \
	/* what is peculiar */ \
	X(CONNECTED_TO_ITSELF,   "connected_to_itself",   "both ends are the same socket: a connect() to a free port that chose that port") \
	X(SIMULTANEOUS_OPEN,     "simultaneous_open",     "both ends sent a SYN before they saw the other's") \
	X(SIMULTANEOUS_CLOSE,    "simultaneous_close",    "both ends sent a FIN before they saw the other's") \
	X(SYN_COOKIE,            "syn_cookie",            "the handshake was rebuilt from a SYN cookie: the SYN queue was full") \
	X(TIME_WAIT_RESTARTED,   "time_wait_restarted",   "the peer's FIN came again in TIME-WAIT, which began anew") \
	X(OLD_SEGMENT_IN_TIME_WAIT, "old_segment_in_time_wait", "a segment without a FIN came in TIME-WAIT, which began anew") \
	X(TIME_WAIT_RESET_IGNORED, "time_wait_reset_ignored", "a RST came in TIME-WAIT and was ignored (tcp_rfc1337, or out of window)") \
	/* where it stands, when nothing above says more */ \
	X(CONNECTING,            "connecting",            "SYN-SENT, the first SYN is under way") \
	X(HANDSHAKE_PENDING,     "handshake_pending",     "SYN-RECV, the first SYN-ACK is under way") \
	X(ESTABLISHED,           "established",           "ESTAB, nothing is missing as far as this end can see") \
	X(HALF_CLOSED,           "half_closed",           "FIN-WAIT-2 with an owner: we have closed our direction, the peer may still send; no timer ends that") \
	X(FIN_WAIT2_ORPHAN,      "fin_wait2_orphan",      "FIN-WAIT-2 without an owner: waits for the peer's FIN until a timer ends it") \
	X(CLOSE_WAIT,            "close_wait",            "the peer has closed, our owner has not; no timer ends that") \
	X(CLOSING,               "closing",               "FIN-WAIT-1, CLOSING or LAST-ACK, the first FIN of ours is under way") \
	X(TIME_WAIT,             "time_wait",             "both FINs are acknowledged, old segments are waited out") \
	X(CLOSED_IN_ORDER,       "closed_in_order",       "over: both ends closed with a FIN") \
	X(LISTENING,             "listening",             "a listener, nothing overflows") \
	X(ENDED_UNEXPLAINED,     "ended_unexplained",     "over, and what was seen does not say why") \
	/* a note beside the others */ \
	X(UNKNOWN_BEGINNING,     "unknown_beginning",     "older than the recorder, or none is attached: how it began is not known")
/* clang-format on */

enum verdict_id {
#define VERDICT_X(symbol, name, meaning) V_##symbol,
	VERDICTS(VERDICT_X)
#undef VERDICT_X
	V_MAX,
};

#endif
