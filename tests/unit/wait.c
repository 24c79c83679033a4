// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include <tcpscope/abi.h>

#include "wait.h"

/* kernel/time/timer.c, calc_wheel_index(): level n begins at 63 << 3 * (n - 1) and goes by steps of 8^n. */
static u64 wheel(u64 expires, u64 clk)
{
	u64 granularity = 1, level_ends = 63;

	if ((s64)(expires - clk) < 0)
		return clk;
	while (expires - clk >= level_ends && granularity < 1 << 24) {
		level_ends *= 8;
		granularity *= 8;
	}
	return (expires / granularity + 1) * granularity;
}

static void arm(struct wait *wait, u64 delay)
{
	wait->expires = wait->now + delay;
	wait->fires = wheel(wait->expires, wait->now + 1);
}

static u64 jiffies_of(const struct wait *wait, u64 ms)
{
	return (ms * wait->hz + 999) / 1000;
}

static u32 time_stamp(const struct wait *wait)
{
	return wait->now * 1000 / wait->hz;
}

void wait_begin(struct wait *wait, u64 start)
{
	wait->now = wait->start = start;
	wait->rto = jiffies_of(wait, wait->rto_ms);
	wait->rcv_tstamp = wait->lsndtime = start;
	arm(wait, wait->what == WAIT_KEEPALIVE ? wait->idle_sec * wait->hz : wait->rto);
}

/* The segment leaves, and an answer comes at once. */
static void send_one(struct wait *wait, bool data)
{
	if (data)
		wait->lsndtime = wait->now;
	if (!wait->answers)
		return;
	if (wait->silent_from_sec && wait->now - wait->start >= (u64)wait->silent_from_sec * wait->hz)
		return;
	wait->rcv_tstamp = wait->now;
	wait->probes_out = 0;
}

/* tcp_model_timeout(), for 200 ms doubled up to the ceiling, added up one by one. */
static u32 model_ms(const struct wait *wait, u32 retries)
{
	u64 sum = 0, rto = 200;
	u32 doublings = 0;

	while ((200u << (doublings + 1)) <= wait->rto_max_ms)
		doublings++;
	for (u32 i = 0; i <= retries; i++) {
		sum += i <= doublings ? rto : wait->rto_max_ms;
		rto *= 2;
	}
	return sum;
}

/* The end of tcp_retransmit_timer(). */
static void out_reset_timer(struct wait *wait)
{
	u64 max = jiffies_of(wait, wait->rto_max_ms), when;
	s32 remaining = wait->user_timeout_ms - (time_stamp(wait) - wait->retrans_stamp);

	if (wait->thin && wait->retransmits <= 6)
		wait->rto = jiffies_of(wait, wait->rto_min_ms);
	else
		wait->rto = wait->rto * 2 < max ? wait->rto * 2 : max;
	when = wait->rto;
	if (wait->user_timeout_ms && remaining <= 0)
		when = 1;
	else if (wait->user_timeout_ms && jiffies_of(wait, remaining) < when)
		when = jiffies_of(wait, remaining);
	arm(wait, when);
}

/* tcp_retransmit_timer(), tcp_write_timeout(), retransmits_timed_out() */
static bool fire_data(struct wait *wait)
{
	u32 timeout = wait->user_timeout_ms ? wait->user_timeout_ms : model_ms(wait, wait->retries2);

	if (wait->retransmits && (s32)(time_stamp(wait) - wait->retrans_stamp - timeout) >= 0)
		return false;
	if (wait->retransmits < 255)
		wait->retransmits++;
	send_one(wait, true);
	if (!wait->retrans_stamp)
		wait->retrans_stamp = time_stamp(wait);
	out_reset_timer(wait);
	return true;
}

/* tcp_retransmit_timer() with a window of zero, tcp_rtx_probe0_timed_out() */
static bool fire_shut(struct wait *wait)
{
	u32 rtx_delta = wait->retrans_stamp ? time_stamp(wait) - wait->retrans_stamp : wait->rto_ms;
	s32 rcv_delta = (u32)wait->expires - wait->rcv_tstamp;
	s32 timeout = 2 * jiffies_of(wait, wait->rto_max_ms);

	if (wait->user_timeout_ms) {
		if ((wait->in_jiffies ? jiffies_of(wait, rtx_delta) : rtx_delta) > wait->user_timeout_ms)
			return false;
		if ((u64)timeout > jiffies_of(wait, wait->user_timeout_ms))
			timeout = jiffies_of(wait, wait->user_timeout_ms);
	}
	if (rcv_delta > timeout && jiffies_of(wait, rtx_delta) > (u64)timeout)
		return false;
	send_one(wait, true);
	if (!wait->retrans_stamp)
		wait->retrans_stamp = time_stamp(wait);
	out_reset_timer(wait);
	return true;
}

/* tcp_probe_timer(), tcp_send_probe0(), tcp_probe0_when(), tcp_clamp_probe0_to_user_timeout() */
static bool fire_probe0(struct wait *wait)
{
	u64 base = jiffies_of(wait, wait->rto_ms < 200 ? 200 : wait->rto_ms);
	u64 limit = jiffies_of(wait, wait->user_timeout_ms), max = jiffies_of(wait, wait->rto_max_ms), when;
	u32 elapsed;

	if (!wait->probes_tstamp)
		wait->probes_tstamp = wait->now;
	else if (wait->user_timeout_ms && (u32)wait->now - wait->probes_tstamp >= limit)
		return false;
	if (wait->probes_out >= wait->retries2)
		return false;
	wait->probes_out++;
	if (wait->backoff < wait->retries2)
		wait->backoff++;
	send_one(wait, false);
	when = base << (wait->backoff < 10 ? wait->backoff : 10); /* ilog2(120 / 0.2) + 1 */
	when = when < max ? when : max;
	elapsed = (u32)wait->now - wait->probes_tstamp;
	if (wait->user_timeout_ms && elapsed + 2 >= limit)
		when = when < 2 ? when : 2;
	else if (wait->user_timeout_ms && limit - elapsed < when)
		when = limit - elapsed;
	arm(wait, when);
	return true;
}

/* tcp_keepalive_timer() */
static bool fire_keepalive(struct wait *wait)
{
	u32 elapsed = (u32)wait->now - wait->rcv_tstamp, idle = wait->idle_sec * wait->hz;

	if (elapsed < idle) {
		arm(wait, idle - elapsed);
		return true;
	}
	if (wait->user_timeout_ms ? elapsed >= jiffies_of(wait, wait->user_timeout_ms) && wait->probes_out
				  : wait->probes_out >= wait->keepalive_probes)
		return false;
	wait->probes_out++;
	send_one(wait, false);
	arm(wait, wait->interval_sec * wait->hz);
	return true;
}

bool wait_fire(struct wait *wait)
{
	static bool (*const handlers[])(struct wait *) = {
		[WAIT_DATA] = fire_data,
		[WAIT_SHUT] = fire_shut,
		[WAIT_PROBE0] = fire_probe0,
		[WAIT_KEEPALIVE] = fire_keepalive,
	};

	wait->now = wait->fires;
	return handlers[wait->what](wait);
}

static struct tcpscope_alarm alarm_of(const struct wait *wait, u64 at)
{
	return (struct tcpscope_alarm){
		.armed = true,
		.expires_ns = tcpscope_jiffies_to_ns((s64)(wait->expires - at), wait->hz),
		.fires = wait->fires,
	};
}

struct tcpscope_timer_facts wait_facts(const struct wait *wait, u64 at)
{
	u32 ms = at * 1000 / wait->hz;
	struct tcpscope_timer_facts facts = {
		.hz = wait->hz,
		.jiffies = at,
		.state = TCPSCOPE_ESTABLISHED,
		.pending = wait->what == WAIT_PROBE0 ? TCPSCOPE_PENDING_PROBE0 : TCPSCOPE_PENDING_RETRANS,
		.retransmits = wait->retransmits,
		.backoff = wait->backoff,
		.probes_out = wait->probes_out,
		.keepopen = wait->what == WAIT_KEEPALIVE,
		.keepalive_probes = wait->keepalive_probes,
		.keepalive_time = wait->idle_sec * wait->hz,
		.keepalive_intvl = wait->interval_sec * wait->hz,
		.zero_window = wait->what == WAIT_SHUT || wait->what == WAIT_PROBE0,
		.in_flight = wait->what != WAIT_KEEPALIVE,
		.shut_in_jiffies = wait->in_jiffies,
		.user_timeout_ms = wait->user_timeout_ms,
		.rto_ns = tcpscope_jiffies_to_ns(wait->rto, wait->hz),
		.rto_max_ns = wait->rto_max_ms * 1000000ll,
		.thin_rto_ns = wait->thin ? wait->rto_min_ms * 1000000ll : 0,
		.retransmitting = wait->retrans_stamp,
		.probing = wait->probes_tstamp,
		.sent_age = tcpscope_age(at, wait->lsndtime, wait->hz),
		.ack_age = tcpscope_age(at, wait->rcv_tstamp, wait->hz),
	};

	facts.silence = facts.ack_age;
	if (facts.retransmitting)
		facts.retrans_age = tcpscope_age_jiffies(tcpscope_age(ms, wait->retrans_stamp, 1000), wait->hz);
	if (facts.probing)
		facts.probing_age = tcpscope_age(at, wait->probes_tstamp, wait->hz);
	*(wait->what == WAIT_KEEPALIVE ? &facts.keepalive : &facts.write) = alarm_of(wait, at);
	return facts;
}
