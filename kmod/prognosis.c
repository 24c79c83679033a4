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
#include <linux/log2.h>
#include <linux/math64.h>
#include <net/tcp.h>

#include <tcpscope/abi.h>

#include "prognosis.h"
#include "timers.h"
#include "wheel.h"

/* More expiries than any setting asks for; a bound, not a limit. */
#define EXPIRIES_MAX 1024

static s64 until_ns(unsigned long at, unsigned long now)
{
	return tcpscope_jiffies_to_ns((long)(at - now));
}

/* --- zero window probes --- */

bool tcpscope_probe0_answered(const struct tcpscope_timer_facts *facts,
			      const struct tcpscope_limits *limits)
{
	return facts->backoff && !facts->probes_out && limits->retries2;
}

/* A zero window probe to come. */
struct probing {
	unsigned long at;
	unsigned long elapsed;		/* since the first probe */
	unsigned long rto_max;
	unsigned int probes_out;
	unsigned int backoff;
	bool stamped;			/* elapsed is known */
};

static unsigned long probe0_base(const struct tcpscope_timer_facts *facts)
{
	return max_t(unsigned long, tcpscope_ns_to_jiffies(facts->rto_ns),
		     TCP_RTO_MIN);
}

/* Whether tcp_probe_timer() ends the connection. */
static bool probing_ends(const struct probing *probing,
			 const struct tcpscope_timer_facts *facts,
			 const struct tcpscope_limits *limits)
{
	unsigned long rto = tcpscope_ns_to_jiffies(facts->rto_ns);
	unsigned int limit = limits->retries2;
	bool alive;

	if (probing->stamped && facts->user_timeout_ms &&
	    probing->elapsed >= msecs_to_jiffies(facts->user_timeout_ms))
		return true;
	if (facts->orphan) {
		alive = tcpscope_backed_off(rto, probing->backoff,
					    probing->rto_max) < probing->rto_max;
		limit = tcpscope_orphan_retries(limits->orphan_retries,
						facts->soft_error, alive);
		if (!alive && probing->backoff >= limit)
			return true;
	}
	return probing->probes_out >= limit;
}

/* tcp_clamp_probe0_to_user_timeout() */
static unsigned long clamped_probe0(const struct probing *probing,
				    const struct tcpscope_timer_facts *facts,
				    unsigned long delay)
{
	unsigned long limit;

	if (!facts->user_timeout_ms)
		return delay;
	limit = msecs_to_jiffies(facts->user_timeout_ms);
	if (probing->elapsed + TCP_TIMEOUT_MIN >= limit)
		return TCP_TIMEOUT_MIN;
	return min(delay, limit - probing->elapsed);
}

/* What tcp_probe0_when() gives. */
static unsigned long probe0_when(const struct probing *probing,
				 const struct tcpscope_timer_facts *facts)
{
	unsigned int times = min_t(unsigned int, probing->backoff,
				   ilog2(TCP_RTO_MAX / TCP_RTO_MIN) + 1);

	return tcpscope_backed_off(probe0_base(facts), times, probing->rto_max);
}

static void probing_go(struct probing *probing, unsigned long jiffies)
{
	probing->at += jiffies;
	probing->elapsed += jiffies;
}

/* tcp_send_probe0(), and tcp_ack_probe() if the probe is answered. */
static void probing_next(struct probing *probing,
			 const struct tcpscope_timer_facts *facts,
			 const struct tcpscope_limits *limits, bool answered)
{
	unsigned long limit = msecs_to_jiffies(facts->user_timeout_ms), delay;

	if (!probing->stamped)
		probing->elapsed = 0;
	probing->stamped = true;
	if (!answered)
		probing->probes_out++;
	if (probing->backoff < limits->retries2)
		probing->backoff++;
	delay = clamped_probe0(probing, facts, probe0_when(probing, facts));
	probing_go(probing, tcpscope_wheel_again(probing->at, delay) -
			    probing->at);
	if (answered && delay == probing->rto_max && probing->elapsed < limit)
		probing_go(probing, tcpscope_wheel_leap(probing->at, delay,
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
		.rto_max = tcpscope_ns_to_jiffies(facts->rto_max_ns),
		.probes_out = facts->probes_out,
		.backoff = facts->backoff,
		.stamped = facts->probing,
	};
	int i;

	if (answered && !facts->orphan && !facts->user_timeout_ms)
		return TCPSCOPE_UNKNOWN_NS;
	for (i = 0; i < EXPIRIES_MAX; i++) {
		if (probing_ends(&probing, facts, limits))
			return until_ns(probing.at, facts->jiffies);
		probing_next(&probing, facts, limits, answered);
	}
	return TCPSCOPE_UNKNOWN_NS;
}

/* --- keepalive --- */

/* Whether tcp_keepalive_timer() ends a connection that is silent for so long. */
static bool silence_ends(const struct tcpscope_timer_facts *facts,
			 const struct tcpscope_limits *limits,
			 unsigned long silence, unsigned int probes)
{
	if (facts->user_timeout_ms)
		return silence >= msecs_to_jiffies(facts->user_timeout_ms) &&
		       probes;
	return probes >= (facts->keepalive_probes ?: limits->keepalive_probes);
}

s64 tcpscope_prognosis_keepalive(const struct tcpscope_timer_facts *facts,
				 const struct tcpscope_limits *limits)
{
	unsigned long at = facts->keepalive.fires, silence, limit, delay;
	unsigned int probes = facts->probes_out;
	int i;

	if (facts->in_flight)
		return TCPSCOPE_UNKNOWN_NS;
	limit = msecs_to_jiffies(facts->user_timeout_ms);
	for (i = 0; i < EXPIRIES_MAX; i++) {
		silence = facts->silence + (at - facts->jiffies);
		if (silence < facts->keepalive_time) {
			at = tcpscope_wheel_again(at, facts->keepalive_time - silence);
			continue;
		}
		if (silence_ends(facts, limits, silence, probes))
			return until_ns(at, facts->jiffies);
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
	s64 more_ns = facts->finwait2_ns -
		      tcpscope_jiffies_to_ns(TCP_TIMEWAIT_LEN);
	unsigned long at = facts->keepalive.fires, delay;

	if (facts->finwait2_ns >= 0 && more_ns > 0) {
		delay = tcpscope_ns_to_jiffies(max(more_ns, facts->rto_ns * 7 / 2));
		at = tcpscope_wheel_again(at, delay);
	}
	return until_ns(at, facts->jiffies);
}

/* --- requests --- */

s16 tcpscope_synack_limit(const struct tcpscope_request_facts *facts,
			  const struct tcpscope_limits *limits)
{
	s16 limit = facts->syn_retries ?: limits->synack_retries;
	u64 young = (u64)facts->young << 1;

	if ((u64)facts->requests << 1 > max(8U, facts->backlog))
		for (; limit > 2 && facts->requests >= young; limit--)
			young <<= 1;
	if (facts->acked)
		limit = max_t(s16, limit, facts->defer_accept);
	return limit;
}

/* reqsk_timeout() */
static unsigned long request_timeout(const struct tcpscope_request_facts *facts,
				     unsigned int timeouts)
{
	return tcpscope_backed_off(facts->timeout, timeouts, facts->rto_max);
}

s64 tcpscope_prognosis_synack(const struct tcpscope_request_facts *facts,
			      const struct tcpscope_limits *limits)
{
	int i, limit = tcpscope_synack_limit(facts, limits);
	unsigned long at = facts->synack.fires;

	if (!facts->synack.armed || (!facts->listening && facts->migrates))
		return TCPSCOPE_UNKNOWN_NS;
	if (facts->listening)
		for (i = facts->timeouts; i < limit; i++)
			at = tcpscope_wheel_again(at, request_timeout(facts, i + 1));
	return until_ns(at, facts->jiffies);
}
