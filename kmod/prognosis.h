/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When a connection dies if nothing changes: the peer says nothing from now
 * on, the owner does nothing, no setting is changed.
 *
 * Nothing here touches a socket: numbers in, numbers out.
 */
#ifndef TCPSCOPE_PROGNOSIS_H
#define TCPSCOPE_PROGNOSIS_H

#include "pure.h"

/* More expiries than any setting asks for; a bound, not a limit. */
#define TCPSCOPE_EXPIRIES_MAX 1024

struct tcpscope_limits;
struct tcpscope_request_facts;
struct tcpscope_timer_facts;

/*
 * The time in ms that so many retransmissions may take, if the first timeout
 * is base and each doubles up to rto_max (both in jiffies, hz of them a second).
 * tcp_timer.c, tcp_model_timeout().
 */
u64 tcpscope_model_timeout(unsigned int retries, u32 base, u32 rto_max, u32 hz);

/*
 * How often a socket without owner sends again before it is given up: the
 * sysctl tcp_orphan_retries, where 0 stands for 8 while its timeout has not
 * reached the ceiling (alive), and a soft error ends it once it has.
 * tcp_timer.c, tcp_orphan_retries().
 */
s16 tcpscope_orphan_retries(u8 sysctl, bool soft_error, bool alive);

/*
 * After how many unanswered SYNs or SYN-ACKs of a full socket in SYN_SENT or
 * SYN_RECV the attempt ends. tcp_timer.c, tcp_write_timeout().
 */
s16 tcpscope_syn_limit(const struct tcpscope_timer_facts *facts,
		       const struct tcpscope_limits *limits);

/*
 * After how many unanswered SYN-ACKs a request is dropped, as things are: the
 * older go first when the listener's queue is more than half full, and one
 * that waits for data stays until TCP_DEFER_ACCEPT is over.
 * inet_connection_sock.c, reqsk_timer_handler() and syn_ack_recalc().
 */
s16 tcpscope_synack_limit(const struct tcpscope_request_facts *facts,
			  const struct tcpscope_limits *limits);

/*
 * Whether the peer has answered the last zero window probe, so that it may go
 * on so for ever. tcp_output.c, tcp_send_probe0(); tcp_input.c, tcp_ack().
 */
bool tcpscope_probe0_answered(const struct tcpscope_timer_facts *facts,
			      const struct tcpscope_limits *limits);

/*
 * Whether the peer answers what is sent again while its window is shut, so that
 * it may go on so, as long as TCP_USER_TIMEOUT lets it.
 * tcp_timer.c, tcp_rtx_probe0_timed_out().
 */
bool tcpscope_shut_answered(const struct tcpscope_timer_facts *facts);

/*
 * The prognoses: the time from now, in nanoseconds, at which the connection
 * dies if nothing changes, or TCPSCOPE_UNKNOWN_NS.
 */

/*
 * By the write timer, when it is for retransmission, for a loss probe or for
 * reordering; the latter two leave the timer to retransmission once they fired.
 * A peer that answers with its window shut keeps the connection, unless
 * TCP_USER_TIMEOUT ends it.
 * tcp_timer.c, tcp_retransmit_timer(), tcp_write_timeout(),
 * retransmits_timed_out(), tcp_clamp_rto_to_user_timeout(),
 * tcp_rtx_probe0_timed_out(), tcp_fastopen_synack_timer(); tcp_output.c,
 * tcp_send_loss_probe(); tcp_recovery.c, tcp_rack_reo_timeout().
 */
s64 tcpscope_prognosis_retransmit(const struct tcpscope_timer_facts *facts,
				  const struct tcpscope_limits *limits);

/*
 * By the write timer, when it is for zero window probes. A peer that answers
 * keeps the connection, unless TCP_USER_TIMEOUT or the lack of an owner ends it.
 * tcp_timer.c, tcp_probe_timer(), tcp_clamp_probe0_to_user_timeout();
 * tcp_output.c, tcp_send_probe0(); tcp_input.c, tcp_ack_probe().
 */
s64 tcpscope_prognosis_probe0(const struct tcpscope_timer_facts *facts,
			      const struct tcpscope_limits *limits);

/*
 * By the keepalive timer; unknown while data is in flight.
 * tcp_timer.c, tcp_keepalive_timer().
 */
s64 tcpscope_prognosis_keepalive(const struct tcpscope_timer_facts *facts,
				 const struct tcpscope_limits *limits);

/*
 * By the keepalive timer of an orphan in FIN_WAIT2: a reset ends it, unless
 * the wait is longer than TCP_TIMEWAIT_LEN; then comes a minisocket that lasts
 * for what is beyond, but 3.5 timeouts at least.
 * tcp_timer.c, tcp_keepalive_timer(); tcp_minisocks.c, tcp_time_wait().
 */
s64 tcpscope_prognosis_finwait2(const struct tcpscope_timer_facts *facts);

/*
 * By the timer of a request; it ends with its next expiry when the listener is
 * gone, and is unknown when another listener may take it over.
 * inet_connection_sock.c, reqsk_timer_handler(), reqsk_timeout().
 */
s64 tcpscope_prognosis_synack(const struct tcpscope_request_facts *facts,
			      const struct tcpscope_limits *limits);

#endif /* TCPSCOPE_PROGNOSIS_H */
