// SPDX-License-Identifier: GPL-2.0
/*
 * Every timer a TCP connection can have armed, who arms it and who stops it.
 * Functions named without a file are in net/ipv4/tcp_timer.c.
 *
 * A full socket has five timers, of which three are shared by several kinds.
 *
 * The write timer serves one purpose at a time, icsk_pending says which; the
 * timer itself may stay queued after that is cleared:
 *
 *   retransmit  Armed by every segment sent while none was in flight, and again
 *               by every ACK that leaves some (tcp_rearm_rto). Stopped when all
 *               is acknowledged. tcp_retransmit_timer() doubles it each time
 *               and gives up after a count (in SYN_SENT and SYN_RECV) or a time
 *               (tcp_write_timeout).
 *   synack      The same timer on a Fast Open child: it was accepted before
 *               the handshake ended, and sends its own SYN-ACKs again until the
 *               ACK comes (tcp_fastopen_synack_timer).
 *   reorder     RACK (RFC 8985) holds a segment to be late, not lost, for a
 *               fraction of a round trip (tcp_rack_detect_loss). The retransmit
 *               timer takes over once it fired.
 *   tlp         A tail loss probe (RFC 8985) is due about two round trips after
 *               the last segment sent (tcp_schedule_loss_probe). The retransmit
 *               timer takes over once it fired.
 *   probe0      The peer's window is shut, there is data to send and none in
 *               flight (tcp_check_probe_timer). Stopped when the window opens
 *               (tcp_ack_probe). The peer's answers reset the count.
 *
 * The other timers of a full socket:
 *
 *   delack      An ACK is held back in the hope of data to go with it
 *               (tcp_send_delayed_ack), or memory was short. Stopped by any
 *               segment sent.
 *   keepalive   SO_KEEPALIVE, from the end of the handshake on. Each time it
 *               fires it looks how long the peer was silent. Stopped by
 *               close(), and without effect while data is in flight.
 *   finwait2    The keepalive timer of a socket whose owner has closed it:
 *               how long to wait for the peer's FIN. What remains beyond
 *               TCP_TIMEWAIT_LEN is waited for here, then a minisocket of kind
 *               finwait2 takes over for as long again (tcp_rcv_state_process).
 *   pacing      The next segment may not leave before (tcp_pace_kick); used
 *               when no fq qdisc does the pacing.
 *   compack     ACKs that would carry SACK blocks are held back for a fraction
 *               of the round trip (__tcp_ack_snd_check). Stopped by any ACK.
 *
 * A minisocket has one timer:
 *
 *   synack      Of a request: sends the SYN-ACK again (reqsk_timer_handler in
 *               inet_connection_sock.c), until the count is reached; armed when
 *               the SYN came, stopped when the handshake ends.
 *   timewait    2MSL, TCP_TIMEWAIT_LEN. Armed on entry and again whenever the
 *               peer sends its FIN once more (tcp_minisocks.c). Stopped when a
 *               new connection takes the port over, or by a RST.
 *   finwait2    The same timer while the minisocket stands for FIN_WAIT2.
 *
 * TCP_USER_TIMEOUT has no timer of its own: retransmit, probe0 and keepalive
 * look at it when they fire.
 *
 * A timer that reached its expiry fires at the next tick or later: the timer
 * wheel rounds up, by at most an eighth of the time it was set for
 * (kernel/time/timer.c), and a handler that finds the socket in use by its
 * owner puts its work off.
 */
#include <tcpscope/abi.h>

#include "prognosis.h"
#include "timers.h"

/* The error a timer leaves to the socket's owner when it gives up. */
static u8 facts_error(const struct tcpscope_timer_facts *facts)
{
	if (facts->orphan)
		return 0;
	return facts->soft_error ?: ETIMEDOUT;
}

/* tcp_write_timeout(), tcp_fastopen_synack_timer(), tcp_rtx_probe0_timed_out() */
static void decode_retransmit(struct tcpscope_timer *timer,
			      const struct tcpscope_timer_facts *facts,
			      const struct tcpscope_limits *limits)
{
	bool alive = facts->rto_ns < facts->rto_max_ns;

	timer->attempt = facts->retransmits;
	timer->error = facts_error(facts);
	timer->gives_up_ns = tcpscope_prognosis_retransmit(facts, limits);
	if (facts->fastopen_child) {
		timer->kind = TCPSCOPE_TIMER_SYNACK;
		timer->limit = tcpscope_syn_limit(facts, limits);
		return;
	}
	if (facts->user_timeout_ms)
		timer->flags |= TCPSCOPE_TIMER_F_USER_TIMEOUT;
	if (facts->state == TCPSCOPE_SYN_SENT || facts->state == TCPSCOPE_SYN_RECV) {
		timer->limit = tcpscope_syn_limit(facts, limits);
		/* Linear ones are granted on top; the time may be over before. */
		if (facts->state == TCPSCOPE_SYN_SENT && limits->syn_linear_timeouts)
			timer->flags |= TCPSCOPE_TIMER_F_BY_TIME;
		return;
	}
	timer->flags |= TCPSCOPE_TIMER_F_BY_TIME;
	if (tcpscope_shut_answered(facts))
		timer->flags |= TCPSCOPE_TIMER_F_ANSWERED;
	if (facts->user_timeout_ms || (facts->zero_window && !facts->orphan))
		return;
	timer->limit = facts->orphan ?
		tcpscope_orphan_retries(limits->orphan_retries,
					facts->soft_error, alive) :
		limits->retries2;
}

/* tcp_probe_timer() */
static void decode_probe0(struct tcpscope_timer *timer,
			  const struct tcpscope_timer_facts *facts,
			  const struct tcpscope_limits *limits)
{
	bool alive = facts->backoff < 32 &&
		     facts->rto_ns << facts->backoff < facts->rto_max_ns;

	timer->attempt = facts->probes_out;
	timer->limit = facts->orphan ?
		tcpscope_orphan_retries(limits->orphan_retries,
					facts->soft_error, alive) :
		limits->retries2;
	timer->error = facts_error(facts);
	timer->gives_up_ns = tcpscope_prognosis_probe0(facts, limits);
	if (facts->user_timeout_ms)
		timer->flags |= TCPSCOPE_TIMER_F_USER_TIMEOUT;
	if (tcpscope_probe0_answered(facts, limits))
		timer->flags |= TCPSCOPE_TIMER_F_ANSWERED;
}

/*
 * Both leave the connection to the retransmit timer once they fired.
 * tcp_send_loss_probe(), tcp_rack_reo_timeout()
 */
static void decode_forerunner(struct tcpscope_timer *timer,
			      const struct tcpscope_timer_facts *facts,
			      const struct tcpscope_limits *limits)
{
	if (timer->kind == TCPSCOPE_TIMER_TLP)
		timer->attempt = facts->tlp_out;
	timer->error = facts_error(facts);
	timer->gives_up_ns = tcpscope_prognosis_retransmit(facts, limits);
	timer->flags |= TCPSCOPE_TIMER_F_BY_TIME;
	if (facts->user_timeout_ms)
		timer->flags |= TCPSCOPE_TIMER_F_USER_TIMEOUT;
}

/* tcp_write_timer_handler() */
static void decode_write(struct tcpscope_conn *rec,
			 const struct tcpscope_timer_facts *facts,
			 const struct tcpscope_limits *limits)
{
	static const u8 kinds[] = {
		[TCPSCOPE_PENDING_RETRANS] = TCPSCOPE_TIMER_RETRANSMIT,
		[TCPSCOPE_PENDING_PROBE0] = TCPSCOPE_TIMER_PROBE0,
		[TCPSCOPE_PENDING_LOSS_PROBE] = TCPSCOPE_TIMER_TLP,
		[TCPSCOPE_PENDING_REO_TIMEOUT] = TCPSCOPE_TIMER_REORDER,
	};
	struct tcpscope_timer *timer;

	if (facts->pending >= ARRAY_SIZE(kinds) || !kinds[facts->pending])
		return;
	timer = tcpscope_timer_add(rec, kinds[facts->pending],
				   facts->write.expires_ns);
	if (!timer)
		return;

	timer->backoff = facts->backoff;
	switch (timer->kind) {
	case TCPSCOPE_TIMER_RETRANSMIT:
		decode_retransmit(timer, facts, limits);
		break;
	case TCPSCOPE_TIMER_PROBE0:
		decode_probe0(timer, facts, limits);
		break;
	default:
		decode_forerunner(timer, facts, limits);
	}
}

/* tcp_keepalive_timer() */
static void decode_keepalive(struct tcpscope_conn *rec,
			     const struct tcpscope_timer_facts *facts,
			     const struct tcpscope_limits *limits)
{
	struct tcpscope_timer *timer;

	timer = tcpscope_timer_add(rec, TCPSCOPE_TIMER_KEEPALIVE,
				   facts->keepalive.expires_ns);
	if (!timer)
		return;
	if (facts->orphan && facts->state == TCPSCOPE_FIN_WAIT2) {
		timer->kind = TCPSCOPE_TIMER_FINWAIT2;
		timer->gives_up_ns = tcpscope_prognosis_finwait2(facts);
		return;
	}
	if (!facts->keepopen || facts->state == TCPSCOPE_SYN_SENT) {
		timer->flags |= TCPSCOPE_TIMER_F_NEVER;
		return;
	}
	timer->attempt = facts->probes_out;
	timer->error = facts_error(facts);
	timer->gives_up_ns = tcpscope_prognosis_keepalive(facts, limits);
	if (facts->in_flight)
		timer->flags |= TCPSCOPE_TIMER_F_SUPPRESSED;
	if (facts->user_timeout_ms)
		timer->flags |= TCPSCOPE_TIMER_F_USER_TIMEOUT |
				TCPSCOPE_TIMER_F_BY_TIME;
	else
		timer->limit = facts->keepalive_probes ?:
			       limits->keepalive_probes;
}

/* A timer that only sends something, and then is done. */
static void decode_plain(struct tcpscope_conn *rec, u8 kind,
			 const struct tcpscope_alarm *alarm)
{
	struct tcpscope_timer *timer;

	if (!alarm->armed)
		return;
	timer = tcpscope_timer_add(rec, kind, alarm->expires_ns);
	if (timer)
		timer->flags |= TCPSCOPE_TIMER_F_NEVER;
}

void tcpscope_timers_decode(struct tcpscope_conn *rec,
			    const struct tcpscope_timer_facts *facts,
			    const struct tcpscope_limits *limits)
{
	if (facts->write.armed)
		decode_write(rec, facts, limits);
	if (facts->keepalive.armed)
		decode_keepalive(rec, facts, limits);
	decode_plain(rec, TCPSCOPE_TIMER_DELACK, &facts->delack);
	decode_plain(rec, TCPSCOPE_TIMER_PACING, &facts->pacing);
	decode_plain(rec, TCPSCOPE_TIMER_COMPACK, &facts->compack);
}

void tcpscope_request_decode(struct tcpscope_conn *rec,
			     const struct tcpscope_request_facts *facts,
			     const struct tcpscope_limits *limits)
{
	struct tcpscope_timer *timer;

	timer = tcpscope_timer_add(rec, TCPSCOPE_TIMER_SYNACK,
				   facts->synack.armed ?
				   facts->synack.expires_ns :
				   TCPSCOPE_UNKNOWN_NS);
	if (!timer)
		return;
	timer->attempt = facts->timeouts;
	timer->backoff = facts->timeouts;
	timer->limit = tcpscope_synack_limit(facts, limits);
	timer->gives_up_ns = tcpscope_prognosis_synack(facts, limits);
	if (!facts->synack.armed)
		timer->flags |= TCPSCOPE_TIMER_F_UNARMED_YET;
	if (!facts->listening)
		timer->flags |= TCPSCOPE_TIMER_F_NO_LISTENER;
}
