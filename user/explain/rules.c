// SPDX-License-Identifier: GPL-2.0
/* Tests of the verdicts about what goes wrong, went wrong, is peculiar, and where it stands. */
#include <string.h>

#include "explain/acts.h"
#include "explain/rule_tests.h"

/* --- what is wrong now --- */

/* TIME-WAIT outlives the other end by design. */
HOLDS_IF(PEER_GONE_UNNOTICED, s->joined && end_is_over(&s->peer) && !over(s) && !is(s, TCPSCOPE_TIME_WAIT))

static bool is_listener(const struct exchange *s)
{
	return role(s, TCPSCOPE_ROLE_LISTENER) || was(s, TCPSCOPE_LISTEN);
}

TEST(BACKLOG_OVERFLOW)
{
	return is_listener(s) && s->self.row.has_life && life(s)->syns > life(s)->requests + life(s)->overflows;
}

static bool queue_is_full(const struct exchange *s)
{
	const struct tcpscope_row *row = &s->self.row;

	return is(s, TCPSCOPE_LISTEN) && row_knows(row, TCPSCOPE_KNOWN(RECV_Q)) &&
	       row->conn.recv_q > row->conn.send_q;
}

/* A handshake that its listener had no room for, though the third segment came. */
static bool has_no_room(const struct end *end)
{
	uint32_t flags = end->row.conn.flags;

	return end_state(end) == TCPSCOPE_SYN_RECV && flags & TCPSCOPE_FLAG_HALF_ACKED &&
	       !(flags & TCPSCOPE_FLAG_DEFER_ACCEPT);
}

TEST(ACCEPT_QUEUE_OVERFLOW)
{
	if (is_listener(s))
		return queue_is_full(s) || (s->self.row.has_life && life(s)->overflows);
	return s->listener && s->listener->overflows &&
	       (has_no_room(&s->self) ||
		(s->joined && !over(s) && !end_is_over(&s->peer) && has_no_room(&s->peer)));
}

/* SYNs for a full accept queue are dropped (tcp_conn_request()). */
TEST(LISTENER_FULL)
{
	return is(s, TCPSCOPE_SYN_SENT) && !s->joined && s->target && row_knows(s->target, TCPSCOPE_KNOWN(RECV_Q)) &&
	       s->target->conn.recv_q > s->target->conn.send_q;
}

/* --- which segment was lost --- */

/* The ACK of the first FIN, or the last one: that of the second. */
static bool lost_fin_ack(const struct exchange *s, bool last)
{
	for (size_t i = 0; i < s->n_segments; i++)
		if (s->segments[i].kind == SEGMENT_FIN_ACK && s->segments[i].fate == FATE_LOST &&
		    s->segments[i].is_last_ack == last)
			return true;
	return false;
}

/* clang-format off */
HOLDS_IF(SYN_LOST,           lost(s, SEGMENT_SYN))
HOLDS_IF(SYN_ACK_LOST,       lost(s, SEGMENT_SYNACK))
HOLDS_IF(HANDSHAKE_ACK_LOST, lost(s, SEGMENT_HANDSHAKE_ACK))
HOLDS_IF(DATA_LOST,          lost(s, SEGMENT_DATA))
HOLDS_IF(DATA_ACK_LOST,      lost(s, SEGMENT_DATA_ACK))
HOLDS_IF(FIN_LOST,           lost(s, SEGMENT_FIN))
HOLDS_IF(FIN_ACK_LOST,       lost_fin_ack(s, false))
HOLDS_IF(LAST_ACK_LOST,      lost_fin_ack(s, true))
/* clang-format on */

/* --- what is not answered yet --- */

TEST(SYN_UNANSWERED)
{
	return is(s, TCPSCOPE_SYN_SENT) &&
	       (again(s, TCPSCOPE_RETRANSMIT_SYN) || attempts(s, TCPSCOPE_TIMER_RETRANSMIT) > 0);
}

TEST(SYN_ACK_UNANSWERED)
{
	return is(s, TCPSCOPE_SYN_RECV) &&
	       (again(s, TCPSCOPE_RETRANSMIT_SYNACK) || attempts(s, TCPSCOPE_TIMER_SYNACK) > 0);
}

/* A SYN-ACK that comes again is challenged; nothing came but it, and nothing of ours was acknowledged but the SYN. */
TEST(HANDSHAKE_UNCONFIRMED)
{
	const struct tcpscope_life *l = life(s);
	uint32_t una, rcv_nxt;
	bool again = false;

	if (!is(s, TCPSCOPE_ESTABLISHED) || s->joined || !role(s, TCPSCOPE_ROLE_ACTIVE) ||
	    !end_snd_una(&s->self, &una) || !end_rcv_nxt(&s->self, &rcv_nxt))
		return false;
	for (size_t i = 0; i < s->self.n_told; i++)
		again |= s->self.told[i].event.kind == TCPSCOPE_EVENT_ARRIVAL &&
			 !s->self.told[i].event.detail;
	return again && una == l->local_isn + 1 && rcv_nxt == l->peer_isn + 1;
}

TEST(FIN_UNACKNOWLEDGED)
{
	return !over(s) && fin_is_out(s) &&
	       (exchange_fins_again(s) || attempts(s, TCPSCOPE_TIMER_RETRANSMIT) > 0);
}

/* clang-format off */
HOLDS_IF(FIN_WAITS,         !over(s) && end_fin_unsent(&s->self))
HOLDS_IF(ZERO_WINDOW,       timer(s, TCPSCOPE_TIMER_PROBE0))
HOLDS_IF(KEEPALIVE_PROBING, attempts(s, TCPSCOPE_TIMER_KEEPALIVE) > 0)
/* clang-format on */

TEST(DATA_UNACKNOWLEDGED)
{
	return (is(s, TCPSCOPE_ESTABLISHED) || is(s, TCPSCOPE_CLOSE_WAIT) || holds_FIN_WAITS(s)) &&
	       attempts(s, TCPSCOPE_TIMER_RETRANSMIT) > 0;
}

TEST(RECEIVER_STALLED)
{
	const struct tcpscope_row *row = &s->self.row;

	return !over(s) && row_knows(row, TCPSCOPE_KNOWN(RCV_WND)) && !row->conn.rcv_wnd &&
	       row->conn.recv_q && !is(s, TCPSCOPE_LISTEN);
}

/* --- what needed repeating and came through --- */

TEST(SYN_RETRANSMITTED)
{
	return again(s, TCPSCOPE_RETRANSMIT_SYN) && passed(s, TCPSCOPE_SYN_SENT) && !was(s, TCPSCOPE_SYN_SENT);
}

/* clang-format off */
HOLDS_IF(SYN_ACK_RETRANSMITTED, again(s, TCPSCOPE_RETRANSMIT_SYNACK) && !was(s, TCPSCOPE_SYN_RECV))
HOLDS_IF(DATA_RETRANSMITTED,    exchange_data_again(s) && !holds_DATA_UNACKNOWLEDGED(s) && !holds_DATA_TIMED_OUT(s))
HOLDS_IF(FIN_RETRANSMITTED,     exchange_fins_again(s) && (!waits_for_fin_ack(s) || ended(s, TCPSCOPE_REASON_NORMAL)))
/* clang-format on */

/* --- what is peculiar --- */

static bool is_own_peer(const struct tcpscope_conn *conn)
{
	return conn->local_port && conn->local_port == conn->peer_port &&
	       !memcmp(conn->local_addr, conn->peer_addr, sizeof(conn->local_addr));
}

/* clang-format off */
HOLDS_IF(CONNECTED_TO_ITSELF,      is_own_peer(&s->self.row.conn))
HOLDS_IF(SIMULTANEOUS_OPEN,        role(s, TCPSCOPE_ROLE_SIMULTANEOUS) && !is_own_peer(&s->self.row.conn))
HOLDS_IF(SIMULTANEOUS_CLOSE,       s->self.row.has_life && life(s)->first_closer == TCPSCOPE_CLOSER_BOTH)
HOLDS_IF(SYN_COOKIE,               has_flag(s, TCPSCOPE_FLAG_SYNCOOKIE))
HOLDS_IF(TIME_WAIT_RESTARTED,      exchange_restarts(s, true))
HOLDS_IF(OLD_SEGMENT_IN_TIME_WAIT, exchange_restarts(s, false))
HOLDS_IF(TIME_WAIT_RESET_IGNORED,  resets_in_time_wait(s) > (holds_TIME_WAIT_ASSASSINATED(s) ? 1 : 0))
/* clang-format on */

/* --- where it stands --- */

/* clang-format off */
HOLDS_IF(CONNECTING,        is(s, TCPSCOPE_SYN_SENT) && !holds_SYN_UNANSWERED(s))
HOLDS_IF(HANDSHAKE_PENDING, is(s, TCPSCOPE_SYN_RECV) && !holds_SYN_ACK_UNANSWERED(s))
HOLDS_IF(ESTABLISHED,       is(s, TCPSCOPE_ESTABLISHED))
HOLDS_IF(HALF_CLOSED,       is(s, TCPSCOPE_FIN_WAIT2) && !has_flag(s, TCPSCOPE_FLAG_ORPHAN | TCPSCOPE_FLAG_MINISOCKET))
HOLDS_IF(FIN_WAIT2_ORPHAN,  is(s, TCPSCOPE_FIN_WAIT2) && !holds_HALF_CLOSED(s))
HOLDS_IF(CLOSE_WAIT,        is(s, TCPSCOPE_CLOSE_WAIT))
HOLDS_IF(CLOSING,           !over(s) && fin_is_out(s) && !holds_FIN_UNACKNOWLEDGED(s))
HOLDS_IF(TIME_WAIT,         is(s, TCPSCOPE_TIME_WAIT))
HOLDS_IF(CLOSED_IN_ORDER,   ended(s, TCPSCOPE_REASON_NORMAL) || ended(s, TCPSCOPE_REASON_TIMEWAIT_EXPIRED))
HOLDS_IF(LISTENING,         is(s, TCPSCOPE_LISTEN) && !holds_BACKLOG_OVERFLOW(s) && !holds_ACCEPT_QUEUE_OVERFLOW(s))
HOLDS_IF(ENDED_UNEXPLAINED, ended(s, TCPSCOPE_REASON_UNKNOWN))
HOLDS_IF(UNKNOWN_BEGINNING, !s->self.row.has_life || !life(s)->born_ns || has_flag(s, TCPSCOPE_FLAG_ADOPTED))
/* clang-format on */
