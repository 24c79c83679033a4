// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sys/socket.h>

#include "rows.h"

#define K(id) TCPSCOPE_KNOWN(id)
#define IDENTITY \
	(K(NETNS) | K(NETNS_COOKIE) | K(FAMILY) | K(LOCAL_ADDRESS) | K(LOCAL_PORT) | K(PEER_ADDRESS) | K(PEER_PORT) | \
	 K(STATE) | K(COOKIE) | K(TIMERS) | K(FLAGS))
#define OWNED (K(INODE) | K(UID) | K(CGROUP_ID) | K(MARK) | K(IFINDEX))
#define FULL \
	(OWNED | K(RECV_Q) | K(SEND_Q) | K(RTO) | K(RTT) | K(RTTVAR) | K(SND_UNA) | K(SND_NXT) | K(RCV_NXT) | \
	 K(SND_WND) | K(RCV_WND) | K(CWND) | K(MSS) | K(RETRANS) | K(RETRANS_OUT) | K(RETRANSMITS) | \
	 K(BACKOFF) | K(PROBES_OUT) | K(CA_STATE))

#define MS 1000000ll
#define SEC 1000000000ll
#define NONE TCPSCOPE_UNKNOWN_COUNT
#define NO_END TCPSCOPE_UNKNOWN_NS
#define TIMER(of_kind, expires, n, of, end, because) \
	{ .kind = TCPSCOPE_TIMER_##of_kind, .expires_ns = expires, .attempt = n, .limit = of, \
	  .gives_up_ns = end, .error = because }
#define MAPPED(last) { [10] = 0xff, 0xff, 10, 0, 0, last }

const struct tcpscope_conn conns[N_CONNS] = {
	{ .cookie = 1, .time_ns = NOW_NS, .known = IDENTITY | OWNED | K(RECV_Q) | K(SEND_Q) | K(SYN_Q),
	  .netns = NETNS_A, .netns_cookie = NETNS_A_COOKIE, .family = AF_INET, .state = TCPSCOPE_LISTEN, .local_port = 80,
	  .inode = 1001, .recv_q = 3, .send_q = 2, .syn_q = 1 },
	{ .cookie = 2, .time_ns = NOW_NS, .known = IDENTITY | FULL,
	  .netns = NETNS_A, .netns_cookie = NETNS_A_COOKIE, .family = AF_INET, .state = TCPSCOPE_ESTABLISHED,
	  .local_addr = { 10, 0, 0, 2 }, .local_port = 80, .peer_addr = { 10, 0, 0, 1 }, .peer_port = 40000,
	  .inode = 1002, .uid = 33, .mark = 0x11, .send_q = 1448, .rto_us = 1600000, .rtt_us = 412,
	  .rttvar_us = 55, .snd_una = 7000, .snd_nxt = 8448, .rcv_nxt = 99, .snd_wnd = 64240,
	  .rcv_wnd = 65535, .cwnd = 1, .mss = 1448, .total_retrans = 5, .retrans_out = 1, .retransmits = 3,
	  .backoff = 3, .ca_state = 4, .flags = TCPSCOPE_FLAG_KEEPALIVE | TCPSCOPE_FLAG_TIMESTAMPS,
	  .n_timers = 2,
	  .timers = { TIMER(RETRANSMIT, 1234 * MS, 3, 15, 750 * SEC, ETIMEDOUT),
		      TIMER(KEEPALIVE, 83 * SEC, 0, 9, 758 * SEC, ETIMEDOUT) } },
	{ .cookie = 3, .time_ns = NOW_NS, .known = IDENTITY | K(RETRANSMITS),
	  .netns = NETNS_A, .netns_cookie = NETNS_A_COOKIE, .family = AF_INET, .state = TCPSCOPE_SYN_RECV,
	  .local_addr = { 10, 0, 0, 2 }, .local_port = 80, .peer_addr = { 10, 0, 0, 9 }, .peer_port = 40001,
	  .retransmits = 1, .flags = TCPSCOPE_FLAG_REQUEST, .n_timers = 1,
	  .timers = { TIMER(SYNACK, 200 * MS, 1, 5, 61 * SEC, 0) } },
	{ .cookie = 4, .time_ns = NOW_NS, .known = IDENTITY | K(SUBSTATE),
	  .netns = NETNS_A, .netns_cookie = NETNS_A_COOKIE, .family = AF_INET, .state = TCPSCOPE_TIME_WAIT, .substate = TCPSCOPE_TIME_WAIT,
	  .local_addr = { 192, 168, 7, 1 }, .local_port = 50000, .peer_addr = { 93, 184, 216, 34 }, .peer_port = 443,
	  .flags = TCPSCOPE_FLAG_MINISOCKET, .n_timers = 1,
	  .timers = { TIMER(TIMEWAIT, 42 * SEC, NONE, NONE, 42 * SEC, 0) } },
	{ .cookie = 5, .time_ns = NOW_NS, .known = IDENTITY | K(SUBSTATE),
	  .netns = NETNS_B, .netns_cookie = NETNS_OLD_COOKIE, .family = AF_INET6, .state = TCPSCOPE_TIME_WAIT, .substate = TCPSCOPE_FIN_WAIT2,
	  .local_addr = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }, .local_port = 50001,
	  .peer_addr = { 0x20, 0x01, 0x0d, 0xb8, [15] = 2 }, .peer_port = 22,
	  .flags = TCPSCOPE_FLAG_MINISOCKET, .n_timers = 1,
	  .timers = { { .kind = TCPSCOPE_TIMER_FINWAIT2, .expires_ns = -5 * MS, .attempt = NONE, .limit = NONE,
			.gives_up_ns = NO_END, .flags = TCPSCOPE_TIMER_F_OVERDUE } } },
	{ .cookie = 6, .time_ns = NOW_NS, .known = IDENTITY | FULL,
	  .netns = NETNS_B, .netns_cookie = NETNS_B_COOKIE, .family = AF_INET6, .state = TCPSCOPE_ESTABLISHED,
	  .local_addr = MAPPED(3), .local_port = 8080, .peer_addr = MAPPED(4), .peer_port = 40002,
	  .inode = 1006, .uid = 1000, .mark = 0x21, .recv_q = 70000, .rto_us = 204000,
	  .rtt_us = 4000, .flags = TCPSCOPE_FLAG_V4MAPPED },
	{ .cookie = 7, .time_ns = NOW_NS, .known = IDENTITY | FULL,
	  .netns = NETNS_B, .netns_cookie = NETNS_B_COOKIE, .family = AF_INET6, .state = TCPSCOPE_CLOSE_WAIT,
	  .local_addr = { 0xfe, 0x80, [15] = 1 }, .local_port = 443,
	  .peer_addr = { 0xfe, 0x80, [15] = 2 }, .peer_port = 60000, .ifindex = 2,
	  .inode = 1007, .uid = 33, .rto_us = 200500, .rtt_us = 90000, .flags = TCPSCOPE_FLAG_ORPHAN,
	  .n_timers = 3,
	  .timers = { TIMER(PROBE0, 400 * MS, 2, 15, NO_END, 0),
		      TIMER(DELACK, 350000, 0, NONE, NO_END, 0),
		      { .kind = TCPSCOPE_TIMER_KEEPALIVE, .expires_ns = 7200 * SEC, .attempt = 0, .limit = 9,
			.gives_up_ns = NO_END, .flags = TCPSCOPE_TIMER_F_SUPPRESSED } } },
	{ .cookie = 8, .time_ns = NOW_NS, .known = IDENTITY & ~K(NETNS_COOKIE),
	  .netns = NETNS_B, .family = 77, .state = 99, .local_port = 1, .peer_port = 2, .flags = 1u << 30,
	  .n_timers = TCPSCOPE_TIMERS_PER_CONN,
	  .timers = { { .kind = 222, .expires_ns = NO_END, .attempt = NONE, .limit = NONE,
			.gives_up_ns = NO_END, .flags = 0x80, .error = 255 } } },
	{ .cookie = 9, .time_ns = NOW_NS, .known = IDENTITY & ~(K(TIMERS) | K(FLAGS)),
	  .netns = NETNS_A, .netns_cookie = NETNS_A_COOKIE, .family = AF_INET, .state = TCPSCOPE_SYN_SENT,
	  .local_addr = { 10, 0, 0, 2 }, .local_port = 50002, .peer_addr = { 10, 9, 9, 9 }, .peer_port = 5432 },
};

#define STEP(ago_ns, of_kind, detail, other) \
	{ .time = (NOW_NS - (ago_ns)) / 1000, \
	  .kind_detail = TCPSCOPE_EVENT_##of_kind << 4 | (detail), .arg = other }

const struct tcpscope_life lives[N_LIVES] = {
	{ .cookie = 1, .born_ns = NOW_NS - 900 * SEC, .since_ns = NOW_NS - 900 * SEC,
	  .state = TCPSCOPE_LISTEN, .role = TCPSCOPE_ROLE_LISTENER, .local_port = 80,
	  .syns = 12, .drops = 2, .overflows = 1, .owner = { .pid = 100, .comm = "nginx" } },
	{ .cookie = 2, .state = TCPSCOPE_ESTABLISHED, .since_ns = NOW_NS - 61 * SEC,
	  .family = AF_INET, .local_port = 80, .peer_addr = { 10, 0, 0, 1 }, .peer_port = 40000,
	  .role = TCPSCOPE_ROLE_PASSIVE, .flags = TCPSCOPE_FLAG_ADOPTED | TCPSCOPE_FLAG_ORPHAN,
	  .retransmits = { [TCPSCOPE_RETRANSMIT_RTO] = 3 },
	  .owner = { .pid = 101, .uid = 34, .comm = "nginx" } },
	{ .cookie = 4, .born_ns = NOW_NS - 20 * SEC, .since_ns = NOW_NS - 18 * SEC, .state = TCPSCOPE_TIME_WAIT,
	  .family = AF_INET, .local_port = 50000, .peer_addr = { 93, 184, 216, 34 }, .peer_port = 443, .role = TCPSCOPE_ROLE_ACTIVE,
	  .first_closer = TCPSCOPE_CLOSER_LOCAL, .generation = 1,
	  .retransmits = { [TCPSCOPE_RETRANSMIT_SYN] = 1, [TCPSCOPE_RETRANSMIT_FIN] = 2 },
	  .resets_received = 1, .reason = TCPSCOPE_REASON_TIMEWAIT_REUSED, .heir = 9,
	  .state_ns = { [TCPSCOPE_SYN_SENT] = 120000, [TCPSCOPE_ESTABLISHED] = 2 * SEC - 120000 },
	  .n_steps = 5,
	  .steps = { STEP(20 * SEC, STATE, 0, TCPSCOPE_SYN_SENT),
		     STEP(19 * SEC, RETRANSMIT, TCPSCOPE_RETRANSMIT_SYN, 1),
		     STEP(18 * SEC + 500 * MS, RESET, TCPSCOPE_RESET_RECEIVED, 0),
		     STEP(18 * SEC, STATE, TCPSCOPE_ESTABLISHED, TCPSCOPE_TIME_WAIT),
		     STEP(0, END, 0, TCPSCOPE_REASON_TIMEWAIT_REUSED) },
	  .owner = { .pid = 200, .uid = 1000, .cgroup_id = 0xffffffffff, .comm = "curl" } },
	/* Of the connection the socket was before it was disconnected. */
	{ .cookie = 6, .state = TCPSCOPE_ESTABLISHED, .local_port = 8080, .peer_port = 1,
	  .owner = { .pid = 666, .comm = "stale" } },
	{ .cookie = 7, .born_ns = NOW_NS - 5 * SEC, .since_ns = NOW_NS - 1 * SEC, .state = TCPSCOPE_CLOSE_WAIT,
	  .family = AF_INET6, .local_port = 443, .peer_addr = { 0xfe, 0x80, [15] = 2 }, .peer_port = 60000, .role = 200, .first_closer = TCPSCOPE_CLOSER_PEER,
	  .owner = { .pid = 300, .uid = 33, .comm = { 'a', '"', '\\', '\n', 0x1b, '[', '1', 'm', 0xff, 0xc3, 0xa9,
						       'b', 'c', 'd', 'e', 'f' /* and no NUL */ } } },
	{ .cookie = 9, .born_ns = NOW_NS + 1, .since_ns = NOW_NS - 1 * SEC, .state = TCPSCOPE_CLOSE,
	  .role = TCPSCOPE_ROLE_ACTIVE, .owner = { .pid = 201, .uid = 1000, .comm = "psql" } },
};

const struct tcpscope_header conns_header = {
	.magic = TCPSCOPE_MAGIC,
	.version = TCPSCOPE_ABI_VERSION,
	.header_size = sizeof(conns_header),
	.record_size = TCPSCOPE_CONN_SIZE,
	.timer_size = sizeof(struct tcpscope_timer),
	.hz = 250,
	.time_ns = NOW_NS,
};

void rows_write(FILE *file)
{
	for (int i = 0; i < N_CONNS; i++)
		fwrite(&conns[i], tcpscope_conn_size(&conns[i]), 1, file);
}

struct tcpscope_row rows[N_CONNS];

static int fetch(uint64_t cookie, struct tcpscope_life *life, void *ctx)
{
	for (int i = 0; i < N_LIVES; i++) {
		if (lives[i].cookie != cookie)
			continue;
		*life = lives[i];
		return 0;
	}
	return -ENOENT;
}

int rows_join(void **state)
{
	for (int i = 0; i < N_CONNS; i++) {
		row_from_conn(&rows[i], &conns[i]);
		row_join(&rows[i], fetch, NULL);
	}
	return 0;
}
