/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Facts of which the moment of death was worked out by hand from the kernel's
 * rules: the value the rules give if every timer fires when it is asked to. The
 * wheel rounds up by an eighth at most, so the prognosis may be as much later
 * and never earlier.
 *
 * Included once for each HZ the tables are wanted for, with PROGNOSIS_TABLE and
 * REQUEST_TABLE as their names: KUnit has the kernel's, the unit tests have several.
 */
#ifndef TCPSCOPE_TESTS_PROGNOSIS_TABLE_H
#define TCPSCOPE_TESTS_PROGNOSIS_TABLE_H

#include <tcpscope/abi.h>

#include "../facts.h"
#include "../prognosis.h"

#define MS 1000000LL
#define NEVER (-1)

enum by { BY_RTO, BY_PROBE0, BY_KEEPALIVE };

/* Facts, what is not usual of the limits, and the moment of death. */
struct prognosis_param {
	const char *name;
	enum by by;
	struct tcpscope_timer_facts facts;
	struct tcpscope_limits limits;
	int ms;
};

/* A socket whose write timer was just set, for the timeout it has: due_in(). */
#define SENDS(in_state, purpose, rto_ms) \
	.hz = HZ, .state = TCPSCOPE_##in_state, \
	.pending = TCPSCOPE_PENDING_##purpose, \
	.rto_ns = (rto_ms) * MS, .rto_max_ns = 120000 * MS
#define SYN SENDS(SYN_SENT, RETRANS, 1000), .retransmitting = true
#define DATA SENDS(ESTABLISHED, RETRANS, 210)
#define FIN SENDS(LAST_ACK, RETRANS, 210), .orphan = true
#define PROBE SENDS(ESTABLISHED, PROBE0, 210)
/* 30 s of silence, then a probe every 10 s, 4 times. */
#define KEEP .hz = HZ, .state = TCPSCOPE_ESTABLISHED, .keepopen = true, \
	.keepalive_time = 30 * HZ, .keepalive_intvl = 10 * HZ, \
	.keepalive_probes = 4, .keepalive = { .armed = true, .fires = 30 * HZ }

/* The same of a request. */
struct request_param {
	struct tcpscope_request_facts facts;
	int ms;
};

#define REQUEST .hz = HZ, .timeout = HZ, .rto_max = 120 * HZ, \
	.synack = { true, 0, HZ }

/* What a fresh namespace has, where the table has no other. */
static inline struct tcpscope_limits with_defaults(const struct tcpscope_limits *some)
{
	struct tcpscope_limits limits = *some;

	limits.syn_retries = 6;
	limits.synack_retries = 5;
	limits.keepalive_probes = 9;
	limits.retries2 = limits.retries2 ?: 15;
	return limits;
}

/* The jiffy at which a timer fires, if now is start and it was just set. */
static inline u64 due_in(const struct tcpscope_timer_facts *facts, u64 start)
{
	return start + tcpscope_ns_to_jiffies(facts->rto_ns, facts->hz);
}

static inline s64 prognosis_by(enum by by,
			       const struct tcpscope_timer_facts *facts,
			       const struct tcpscope_limits *limits)
{
	switch (by) {
	case BY_RTO:
		return tcpscope_prognosis_retransmit(facts, limits);
	case BY_PROBE0:
		return tcpscope_prognosis_probe0(facts, limits);
	default:
		return tcpscope_prognosis_keepalive(facts, limits);
	}
}

/*
 * When the wheel comes to a timer set at clk for expires: by steps of 1 below
 * 63, of 8 below 504, of 64 below 4032 jiffies.
 */
static const struct { u64 expires, clk, fires; } wheel_cases[] = {
	{ 0, 0, 1 }, { 10, 0, 11 }, { 62, 0, 63 }, { 63, 0, 64 }, { 64, 0, 72 },
	{ 100, 0, 104 }, { 503, 0, 504 }, { 504, 0, 512 }, { 512, 0, 576 },
	{ 4031, 0, 4032 }, { 4032, 0, 4096 }, { 12000, 0, 12288 },
	{ 100, 50, 101 }, { 5, -5ULL, 6 }, { 9, 10, 10 },
};

#endif /* TCPSCOPE_TESTS_PROGNOSIS_TABLE_H */

static const struct prognosis_param PROGNOSIS_TABLE[] = {
	/* 1 + 2 + 4 + 8 + 16 + 32 + 64 */
	{ "syn", BY_RTO, { SYN }, {}, 127000 },
	/* 1 + 1 + 1 + 1 + 1 + 2 + 4 + 8 + 16 + 32 + 64 */
	{ "syn, linear", BY_RTO, { SYN }, { .syn_linear_timeouts = 4 }, 131000 },
	{ "syn after 7 s", BY_RTO,
	  { SENDS(SYN_SENT, RETRANS, 8000), .retransmitting = true,
	    .retrans_age = 7 * HZ, .retransmits = 3 }, {}, 120000 },
	{ "TCP_SYNCNT", BY_RTO, { SYN, .syn_retries = 2 }, {}, 7000 },
	/* At 7 s the time of two doublings is over, though not their number. */
	{ "TCP_SYNCNT, linear", BY_RTO, { SYN, .syn_retries = 2 },
	  { .syn_linear_timeouts = 4 }, 7000 },
	{ "syn, user timeout", BY_RTO, { SYN, .user_timeout_ms = 10000 }, {},
	  10000 },
	{ "crossing syns", BY_RTO,
	  { SENDS(SYN_RECV, RETRANS, 1000), .retransmitting = true },
	  { .syn_linear_timeouts = 4 }, 127000 },
	{ "fast open child", BY_RTO,
	  { SENDS(SYN_RECV, RETRANS, 1000), .fastopen_child = true }, {},
	  127000 },
	/*
	 * The model: 924.6 s after the first retransmission. The expiries come
	 * 0.42, 1.26, 2.94 … 214.62 and then 334.62 … 814.62, 934.62 s after it.
	 */
	{ "data", BY_RTO, { DATA }, {}, 934830 },
	{ "data at the ceiling", BY_RTO,
	  { SENDS(ESTABLISHED, RETRANS, 120000), .retransmits = 12,
	    .retransmitting = true, .retrans_age = 690 * HZ }, {}, 240000 },
	/* 12.6 s: 0.42, 1.26, 2.94, 6.3, 13.02 */
	{ "data, tcp_retries2", BY_RTO, { DATA }, { .retries2 = 5 }, 13230 },
	{ "data, user timeout", BY_RTO, { DATA, .user_timeout_ms = 20000 }, {},
	  20210 },
	{ "data, user timeout over", BY_RTO,
	  { DATA, .user_timeout_ms = 1000, .retransmits = 5,
	    .retransmitting = true, .retrans_age = 7 * HZ }, {}, 210 },
	/* The first six do not double: 1.26 s, then 1.68, 2.52, 4.2, 7.56, 14.28 */
	{ "data, thin stream", BY_RTO, { DATA, .thin_rto_ns = 210 * MS },
	  { .retries2 = 5 }, 14490 },
	/* A day's worth of timeouts at the ceiling. */
	{ "data, long user timeout", BY_RTO,
	  { DATA, .user_timeout_ms = 86400000 }, {}, 86400210 },
	/* 4 h and 24 days, most of it over. */
	{ "data, after 2.4 h of 4", BY_RTO,
	  { SENDS(ESTABLISHED, RETRANS, 120000), .retransmits = 80,
	    .retransmitting = true, .retrans_age = 8640 * HZ,
	    .user_timeout_ms = 14400000 }, {}, 5760000 },
	{ "data, after 23 days of 24", BY_RTO,
	  { SENDS(ESTABLISHED, RETRANS, 120000), .retransmits = 255,
	    .retransmitting = true, .retrans_age = 23 * 86400U * HZ,
	    .user_timeout_ms = 24 * 86400000U }, {}, 86400000 },
	{ "data, 30 days old", BY_RTO,
	  { SENDS(ESTABLISHED, RETRANS, 120000), .retransmits = 255,
	    .retransmitting = true, .retrans_age = 30 * 86400U * HZ,
	    .user_timeout_ms = 24 * 86400000U }, {}, 120000 },
	/* A low ceiling, TCP_RTO_MAX_MS: 1 s, then 0.2 + 0.4 + 0.8 and 13 times 1. */
	{ "data, rto_max 1 s", BY_RTO,
	  { .hz = HZ, .state = TCPSCOPE_ESTABLISHED, .pending = TCPSCOPE_PENDING_RETRANS,
	    .rto_ns = 1000 * MS, .rto_max_ns = 1000 * MS }, {},
	  15400 },
	/* Eight retries, 102.2 s: 0.42 … 50.82 (no), 107.1 s after the first */
	{ "orphan", BY_RTO, { FIN }, {}, 107310 },
	/* 6.2 s: 0.42, 1.26, 2.94, 6.3 */
	{ "orphan, 4 retries", BY_RTO, { FIN, .soft_error = EHOSTUNREACH },
	  { .orphan_retries = 4 }, 6510 },
	{ "orphan at the ceiling", BY_RTO,
	  { SENDS(FIN_WAIT1, RETRANS, 120000), .orphan = true, .retransmits = 1,
	    .retransmitting = true }, {}, 120000 },
	/* Silent for more than 240 s: 1, 3, 7 … 127, 247 s */
	{ "window shut meanwhile", BY_RTO,
	  { SENDS(ESTABLISHED, RETRANS, 1000), .zero_window = true }, {},
	  247000 },
	{ "window shut, user timeout", BY_RTO,
	  { SENDS(ESTABLISHED, RETRANS, 1000), .zero_window = true,
	    .user_timeout_ms = 30000 }, {}, 31000 },
	/* The peer answers each: 25 + 32 + 3 s, or for ever without a user timeout. */
	{ "window shut, answered", BY_RTO,
	  { SENDS(ESTABLISHED, RETRANS, 32000), .zero_window = true,
	    .retransmitting = true, .retrans_age = 25 * HZ }, {}, NEVER },
	{ "window shut, answered, user timeout", BY_RTO,
	  { SENDS(ESTABLISHED, RETRANS, 32000), .zero_window = true,
	    .retransmitting = true, .retrans_age = 25 * HZ,
	    .user_timeout_ms = 60000 }, {}, 35000 },
	/* 60,000 jiffies */
	{ "window shut, answered, user timeout in jiffies", BY_RTO,
	  { SENDS(ESTABLISHED, RETRANS, 32000), .zero_window = true,
	    .retransmitting = true, .retrans_age = 25 * HZ,
	    .user_timeout_ms = 60000, .shut_in_jiffies = true }, {},
	  60000 / HZ * 1000 - 25000 },
	/* Answered until 10 s ago, but not since the last was sent. */
	{ "window shut, silent for 10 s", BY_RTO,
	  { SENDS(ESTABLISHED, RETRANS, 32000), .zero_window = true,
	    .retransmitting = true, .retrans_age = 70 * HZ, .ack_age = 10 * HZ,
	    .user_timeout_ms = 60000, .shut_in_jiffies = HZ < 1000 }, {},
	  HZ < 1000 ? 50000 : 32000 },
	/* A low ceiling: thousands of expiries until a limit. */
	{ "window shut, answered, rto_max 1 s", BY_RTO,
	  { .hz = HZ, .state = TCPSCOPE_ESTABLISHED,
	    .pending = TCPSCOPE_PENDING_RETRANS,
	    .rto_ns = 1000 * MS, .rto_max_ns = 1000 * MS,
	    .zero_window = true, .retransmitting = true,
	    .user_timeout_ms = 86400000 }, {}, 86400000 },
	{ "window shut, orphan", BY_RTO, { FIN, .zero_window = true }, {},
	  107310 },
	{ "tlp", BY_RTO,
	  { SENDS(ESTABLISHED, LOSS_PROBE, 210) }, { .retries2 = 5 }, 13440 },
	/* Its retransmission is the first: 0.21, 0.63, 1.47 … 13.23 after it. */
	{ "reorder", BY_RTO,
	  { SENDS(ESTABLISHED, REO_TIMEOUT, 210) }, { .retries2 = 5 }, 13440 },

	/* 0.21 + 0.42 + 0.84 + 1.68 + 3.36 */
	{ "probe0", BY_PROBE0, { PROBE }, { .retries2 = 4 }, 6510 },
	{ "probe0, one left", BY_PROBE0,
	  { SENDS(ESTABLISHED, PROBE0, 210), .probes_out = 4, .backoff = 4 },
	  { .retries2 = 4 }, 210 },
	{ "probe0, orphan", BY_PROBE0, { PROBE, .orphan = true }, {}, 107310 },
	{ "probe0, user timeout", BY_PROBE0,
	  { PROBE, .user_timeout_ms = 10000 }, {}, 10210 },
	{ "probe0, answered", BY_PROBE0, { PROBE, .backoff = 3 }, {}, NEVER },
	{ "probe0, answered, user timeout", BY_PROBE0,
	  { SENDS(ESTABLISHED, PROBE0, 210), .backoff = 10, .probing = true,
	    .probing_age = 100 * HZ, .user_timeout_ms = 86400000 }, {},
	  86300000 },
	/* The timeout reaches the ceiling one probe later: then none is left. */
	{ "probe0, answered, orphan", BY_PROBE0,
	  { PROBE, .backoff = 9, .orphan = true }, {}, 120210 },

	/* 30 + 4 * 10 */
	{ "keepalive", BY_KEEPALIVE, { KEEP }, {}, 70000 },
	{ "keepalive, heard of 10 s ago", BY_KEEPALIVE,
	  { .hz = HZ, .state = TCPSCOPE_ESTABLISHED, .keepopen = true,
	    .keepalive_time = 30 * HZ, .keepalive_intvl = 10 * HZ,
	    .keepalive_probes = 4, .silence = 10 * HZ,
	    .keepalive = { true, 0, 5 * HZ } }, {}, 60000 },
	/* 7200 + 9 * 75 */
	{ "keepalive, as usual", BY_KEEPALIVE,
	  { .hz = HZ, .state = TCPSCOPE_ESTABLISHED, .keepopen = true,
	    .keepalive_time = 7200 * HZ, .keepalive_intvl = 75 * HZ,
	    .keepalive = { true, 0, 7200 * HZ } }, {}, 7875000 },
	{ "keepalive, user timeout", BY_KEEPALIVE,
	  { KEEP, .user_timeout_ms = 45000 }, {}, 50000 },
	/* At least one probe must be out. */
	{ "keepalive, short user timeout", BY_KEEPALIVE,
	  { KEEP, .user_timeout_ms = 5000 }, {}, 40000 },
	{ "keepalive, long user timeout", BY_KEEPALIVE,
	  { KEEP, .user_timeout_ms = 86400000 }, {}, 86400000 },
	{ "keepalive, data in flight", BY_KEEPALIVE,
	  { KEEP, .in_flight = true }, {}, NEVER },
};

static const struct request_param REQUEST_TABLE[] = {
	{ { REQUEST, .listening = true }, 63000 },
	{ { REQUEST, .listening = true, .timeouts = 5 }, 1000 },
	/* TCP_DEFER_ACCEPT: 1 + 2 + 4 + … + 64 + 120 */
	{ { REQUEST, .listening = true, .acked = true,
	    .defer_accept = 7 }, 247000 },
	{ { REQUEST, .listening = true, .defer_accept = 7 }, 63000 },
	/* The queue is over half full of old ones. */
	{ { REQUEST, .listening = true, .requests = 9, .backlog = 16 },
	  7000 },
	{ { REQUEST, .listening = true, .syn_retries = 1 }, 3000 },
	{ { REQUEST }, 1000 },
	{ { REQUEST, .migrates = true }, NEVER },
	{ { .hz = HZ, .listening = true, .timeout = HZ }, NEVER },
};
