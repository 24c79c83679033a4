// SPDX-License-Identifier: GPL-2.0
/*
 * When a connection dies if nothing changes.
 *
 * TCP looks at its limits only when a timer fires, and a timer of the kernel
 * fires up to an eighth later than asked. So a prognosis goes through the
 * expiries to come one by one, as the handlers would, and ends at the first
 * that gives up. Time is in jiffies here, as in the handlers; user timeouts
 * and the model of retransmission are in ms, as there.
 */
#include <tcpscope/abi.h>

#include "facts.h"
#include "prognosis.h"
#include "wheel.h"

/* --- zero window probes --- */

bool tcpscope_probe0_answered(const struct tcpscope_timer_facts *facts,
			      const struct tcpscope_limits *limits)
{
	return facts->backoff && !facts->probes_out && limits->retries2;
}

/* A zero window probe to come. */
struct probing {
	u64 at;
	u64 elapsed;		/* since the first probe */
	u64 rto;
	u64 rto_max;
	u64 user_timeout;	/* 0: none */
	unsigned int probes_out;
	unsigned int backoff;
	bool stamped;		/* elapsed is known */
};

/* Whether tcp_probe_timer() ends the connection. */
static bool probing_ends(const struct probing *probing,
			 const struct tcpscope_timer_facts *facts,
			 const struct tcpscope_limits *limits)
{
	unsigned int limit = limits->retries2;
	bool alive;

	if (probing->stamped && probing->user_timeout &&
	    probing->elapsed >= probing->user_timeout)
		return true;
	if (facts->orphan) {
		alive = tcpscope_backed_off(probing->rto, probing->backoff,
					    probing->rto_max) < probing->rto_max;
		limit = tcpscope_orphan_retries(limits->orphan_retries,
						facts->soft_error, alive);
		if (!alive && probing->backoff >= limit)
			return true;
	}
	return probing->probes_out >= limit;
}

/* tcp_clamp_probe0_to_user_timeout() */
static u64 clamped_probe0(const struct probing *probing, u64 delay)
{
	if (!probing->user_timeout)
		return delay;
	if (probing->elapsed + TCPSCOPE_TIMEOUT_MIN >= probing->user_timeout)
		return TCPSCOPE_TIMEOUT_MIN;
	return min_t(u64, delay, probing->user_timeout - probing->elapsed);
}

/* What tcp_probe0_when() gives. */
static u64 probe0_when(const struct probing *probing,
		       const struct tcpscope_timer_facts *facts)
{
	u32 rto_min = tcpscope_rto_min_const(facts->hz);
	u32 most = ilog2(tcpscope_rto_max_const(facts->hz) / rto_min) + 1;

	return tcpscope_backed_off(max_t(u64, probing->rto, rto_min),
				   min_t(u32, probing->backoff, most),
				   probing->rto_max);
}

static void probing_go(struct probing *probing, u64 jiffies)
{
	probing->at += jiffies;
	probing->elapsed += jiffies;
}

/* tcp_send_probe0(), and tcp_ack_probe() if the probe is answered. */
static void probing_next(struct probing *probing,
			 const struct tcpscope_timer_facts *facts,
			 const struct tcpscope_limits *limits, bool answered)
{
	u64 limit = probing->user_timeout, delay;

	if (!probing->stamped)
		probing->elapsed = 0;
	probing->stamped = true;
	if (!answered)
		probing->probes_out++;
	if (probing->backoff < limits->retries2)
		probing->backoff++;
	delay = clamped_probe0(probing, probe0_when(probing, facts));
	probing_go(probing,
		   tcpscope_wheel_again(probing->at, delay) - probing->at);
	if (answered && delay == probing->rto_max && probing->elapsed < limit)
		probing_go(probing,
			   tcpscope_wheel_leap(probing->at, delay,
					       limit - probing->elapsed));
}

s64 tcpscope_prognosis_probe0(const struct tcpscope_timer_facts *facts,
			      const struct tcpscope_limits *limits)
{
	bool answered = tcpscope_probe0_answered(facts, limits);
	struct probing probing = {
		.at = facts->write.fires,
		.elapsed = facts->probing_age +
			   (facts->write.fires - facts->jiffies),
		.rto = tcpscope_facts_jiffies(facts, facts->rto_ns),
		.rto_max = tcpscope_facts_jiffies(facts, facts->rto_max_ns),
		.user_timeout = tcpscope_facts_user_timeout(facts),
		.probes_out = facts->probes_out,
		.backoff = facts->backoff,
		.stamped = facts->probing,
	};
	int i;

	if (answered && !facts->orphan && !facts->user_timeout_ms)
		return TCPSCOPE_UNKNOWN_NS;
	for (i = 0; i < TCPSCOPE_EXPIRIES_MAX; i++) {
		if (probing_ends(&probing, facts, limits))
			return tcpscope_facts_until_ns(facts, probing.at);
		probing_next(&probing, facts, limits, answered);
	}
	return TCPSCOPE_UNKNOWN_NS;
}

/* --- keepalive --- */

/* Whether tcp_keepalive_timer() ends a connection that is silent for so long. */
static bool silence_ends(const struct tcpscope_timer_facts *facts,
			 const struct tcpscope_limits *limits, u64 silence,
			 unsigned int probes)
{
	if (facts->user_timeout_ms)
		return silence >= tcpscope_facts_user_timeout(facts) && probes;
	return probes >= (facts->keepalive_probes ?: limits->keepalive_probes);
}

s64 tcpscope_prognosis_keepalive(const struct tcpscope_timer_facts *facts,
				 const struct tcpscope_limits *limits)
{
	u64 limit = tcpscope_facts_user_timeout(facts);
	u64 at = facts->keepalive.fires, silence, left, delay;
	unsigned int probes = facts->probes_out;
	int i;

	if (facts->in_flight)
		return TCPSCOPE_UNKNOWN_NS;
	for (i = 0; i < TCPSCOPE_EXPIRIES_MAX; i++) {
		silence = facts->silence + (at - facts->jiffies);
		if (silence < facts->keepalive_time) {
			left = facts->keepalive_time - silence;
			at = tcpscope_wheel_again(at, left);
			continue;
		}
		if (silence_ends(facts, limits, silence, probes))
			return tcpscope_facts_until_ns(facts, at);
		delay = facts->keepalive_intvl;
		at = tcpscope_wheel_again(at, delay);
		silence = facts->silence + (at - facts->jiffies);
		if (limit > silence)
			at += tcpscope_wheel_leap(at, delay, limit - silence);
		probes++;
	}
	return TCPSCOPE_UNKNOWN_NS;
}

/* --- closing --- */

s64 tcpscope_prognosis_finwait2(const struct tcpscope_timer_facts *facts)
{
	u32 hz = facts->hz;
	s64 more_ns = facts->finwait2_ns -
		      tcpscope_jiffies_to_ns(tcpscope_timewait_len(hz), hz);
	u64 at = facts->keepalive.fires;

	if (facts->finwait2_ns >= 0 && more_ns > 0) {
		more_ns = max_t(s64, more_ns, div_s64(facts->rto_ns * 7, 2));
		at = tcpscope_wheel_again(at,
					  tcpscope_ns_to_jiffies(more_ns, hz));
	}
	return tcpscope_facts_until_ns(facts, at);
}

/* --- requests --- */

s16 tcpscope_synack_limit(const struct tcpscope_request_facts *facts,
			  const struct tcpscope_limits *limits)
{
	s16 limit = facts->syn_retries ?: limits->synack_retries;
	u64 young = (u64)facts->young << 1;

	if ((u64)facts->requests << 1 > max_t(u32, 8, facts->backlog))
		for (; limit > 2 && facts->requests >= young; limit--)
			young <<= 1;
	if (facts->acked)
		limit = max_t(s16, limit, facts->defer_accept);
	return limit;
}

/* reqsk_timeout() */
static u64 request_timeout(const struct tcpscope_request_facts *facts,
			   unsigned int timeouts)
{
	return tcpscope_backed_off(facts->timeout, timeouts, facts->rto_max);
}

s64 tcpscope_prognosis_synack(const struct tcpscope_request_facts *facts,
			      const struct tcpscope_limits *limits)
{
	int i, limit = tcpscope_synack_limit(facts, limits);
	u64 at = facts->synack.fires, delay;

	if (!facts->synack.armed || (!facts->listening && facts->migrates))
		return TCPSCOPE_UNKNOWN_NS;
	if (facts->listening)
		for (i = facts->timeouts; i < limit; i++) {
			delay = request_timeout(facts, i + 1);
			at = tcpscope_wheel_again(at, delay);
		}
	return tcpscope_jiffies_to_ns(at - facts->jiffies, facts->hz);
}
