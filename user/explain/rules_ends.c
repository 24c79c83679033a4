// SPDX-License-Identifier: GPL-2.0
/* Tests of the verdicts about an end. */
#include "explain/rule_tests.h"

static bool timed_out(const struct exchange *s)
{
	return ended(s, TCPSCOPE_REASON_RETRANSMIT_TIMEOUT);
}

static bool reset_came(const struct exchange *s)
{
	return ended(s, TCPSCOPE_REASON_RESET_RECEIVED);
}

/* clang-format off */
HOLDS_IF(CONNECT_REFUSED,     ended(s, TCPSCOPE_REASON_REFUSED))
HOLDS_IF(CONNECT_UNREACHABLE, ended(s, TCPSCOPE_REASON_UNREACHABLE) && !was(s, TCPSCOPE_SYN_RECV))
HOLDS_IF(CONNECT_TIMED_OUT,   ended(s, TCPSCOPE_REASON_SYN_TIMEOUT))
HOLDS_IF(CONNECT_ABANDONED,   ended(s, TCPSCOPE_REASON_DISCONNECTED) && was(s, TCPSCOPE_SYN_SENT))
HOLDS_IF(SYN_DISOWNED,        reset_came(s) && was(s, TCPSCOPE_SYN_RECV))
HOLDS_IF(HANDSHAKE_ABANDONED, ended(s, TCPSCOPE_REASON_SYNACK_TIMEOUT))
HOLDS_IF(LISTENER_CLOSED,     ended(s, TCPSCOPE_REASON_LISTENER_CLOSED))
HOLDS_IF(NETNS_DESTROYED,     ended(s, TCPSCOPE_REASON_ABORTED) && !hint(s, HINT_ABORT))
HOLDS_IF(ABORTED_BY_ADMIN,    ended(s, TCPSCOPE_REASON_ABORTED) && hint(s, HINT_ABORT))
/* clang-format on */

TEST(RESET_UNREAD_DATA)
{
	return ended(s, TCPSCOPE_REASON_RESET_SENT) && hint(s, HINT_ENDING) &&
	       (was(s, TCPSCOPE_ESTABLISHED) || was(s, TCPSCOPE_CLOSE_WAIT));
}

/* All but the FIN, which went out more than once, had been acknowledged. */
TEST(LATE_FIN_REFUSED)
{
	uint32_t una, nxt;

	return reset_came(s) && was(s, TCPSCOPE_LAST_ACK) && fin_is_out(s) && exchange_fins_again(s) &&
	       end_snd_una(&s->self, &una) && end_snd_nxt(&s->self, &nxt) && una + 1 == nxt;
}

/* The last RST that came here is of nobody on this host. */
static bool came_from_elsewhere(const struct exchange *s)
{
	bool foreign = false;

	for (size_t i = 0; i < s->n_segments; i++)
		if (s->segments[i].kind == SEGMENT_RST && s->segments[i].from_peer)
			foreign = s->segments[i].is_foreign;
	return foreign;
}

/* The count of probes begins anew with each answer; the last was the first since one, so there were answers. */
TEST(ZERO_WINDOW_ORPHANED)
{
	unsigned int last = 0;

	if (!ended(s, TCPSCOPE_REASON_PROBE_TIMEOUT) || again(s, TCPSCOPE_RETRANSMIT_PROBE) < 2)
		return false;
	for (size_t i = 0; i < s->self.n_told; i++)
		if (s->self.told[i].event.kind == TCPSCOPE_EVENT_RETRANSMIT &&
		    s->self.told[i].event.detail == TCPSCOPE_RETRANSMIT_PROBE)
			last = s->self.told[i].event.attempt;
	return last == 1;
}

/* clang-format off */
HOLDS_IF(ABORTED_ON_OVERFLOW,    ended(s, TCPSCOPE_REASON_RESET_SENT) && was(s, TCPSCOPE_SYN_RECV))
HOLDS_IF(HANDSHAKE_UNREACHABLE,  ended(s, TCPSCOPE_REASON_UNREACHABLE) && was(s, TCPSCOPE_SYN_RECV))
HOLDS_IF(RESET_BY_US,            ended(s, TCPSCOPE_REASON_RESET_SENT) && !holds_RESET_UNREAD_DATA(s) && !holds_ABORTED_ON_OVERFLOW(s))
HOLDS_IF(RESET_ON_THE_WAY,       reset_came(s) && came_from_elsewhere(s))
HOLDS_IF(RESET_BY_PEER,          reset_came(s) && !holds_LATE_FIN_REFUSED(s) && !holds_RESET_ON_THE_WAY(s) && !was(s, TCPSCOPE_SYN_RECV))
HOLDS_IF(LAST_ACK_TIMED_OUT,     timed_out(s) && was(s, TCPSCOPE_LAST_ACK) && fin_is_out(s))
HOLDS_IF(FIN_TIMED_OUT,          timed_out(s) && !was(s, TCPSCOPE_LAST_ACK) && fin_is_out(s))
HOLDS_IF(ZERO_WINDOW_TIMED_OUT,  ended(s, TCPSCOPE_REASON_PROBE_TIMEOUT) && !holds_ZERO_WINDOW_ORPHANED(s))
HOLDS_IF(KEEPALIVE_TIMED_OUT,    ended(s, TCPSCOPE_REASON_KEEPALIVE_TIMEOUT))
HOLDS_IF(USER_TIMEOUT,           ended(s, TCPSCOPE_REASON_USER_TIMEOUT))
HOLDS_IF(DATA_TIMED_OUT,         timed_out(s) && !fin_is_out(s))
HOLDS_IF(FIN_WAIT2_EXPIRED,      ended(s, TCPSCOPE_REASON_FINWAIT2_TIMEOUT))
HOLDS_IF(TIME_WAIT_ASSASSINATED, ended(s, TCPSCOPE_REASON_TIMEWAIT_KILLED_RST))
HOLDS_IF(TIME_WAIT_OVERFLOW,     ended(s, TCPSCOPE_REASON_TIMEWAIT_OVERFLOW))
HOLDS_IF(TIME_WAIT_TAKEN_OVER,   ended(s, TCPSCOPE_REASON_TIMEWAIT_REUSED) && !life(s)->heir)
HOLDS_IF(TIME_WAIT_REUSED,       ended(s, TCPSCOPE_REASON_TIMEWAIT_REUSED) && life(s)->heir)
HOLDS_IF(DISCONNECTED,           ended(s, TCPSCOPE_REASON_DISCONNECTED) && !was(s, TCPSCOPE_SYN_SENT))
/* clang-format on */
