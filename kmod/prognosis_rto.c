// SPDX-License-Identifier: GPL-2.0
/*
 * When a connection dies if nothing changes: by retransmission, of a SYN, of
 * data or of a FIN.
 */
#include <tcpscope/abi.h>

#include "facts.h"
#include "prognosis.h"
#include "wheel.h"

/* An expiry to come. */
struct course {
	u64 at;				/* in jiffies */
	u64 expires;			/* when it was asked for: the wheel is later */
	u64 rto;			/* what the timer was set for */
	u64 rto_max;
	u64 elapsed;			/* since the first retransmission */
	int retransmits;
	bool stamped;			/* elapsed is known */
};

u64 tcpscope_model_timeout(unsigned int retries, u32 base, u32 rto_max, u32 hz)
{
	u32 doublings = ilog2(max_t(u32, rto_max / base, 1));
	u64 timeout;

	if (retries <= doublings)
		timeout = ((2ULL << retries) - 1) * base;
	else
		timeout = ((2ULL << doublings) - 1) * base +
			  (u64)(retries - doublings) * rto_max;
	return tcpscope_jiffies_to_ms(timeout, hz);
}

s16 tcpscope_orphan_retries(u8 sysctl, bool soft_error, bool alive)
{
	if (soft_error && !alive)
		return 0;
	return !sysctl && alive ? 8 : sysctl;
}

s16 tcpscope_syn_limit(const struct tcpscope_timer_facts *facts,
		       const struct tcpscope_limits *limits)
{
	s16 limit = facts->syn_retries ?: limits->syn_retries;

	if (facts->fastopen_child)
		return facts->syn_retries ?: limits->synack_retries + 1;
	if (facts->state == TCPSCOPE_SYN_SENT)
		limit += limits->syn_linear_timeouts;
	return limit;
}

static bool in_syn_state(const struct tcpscope_timer_facts *facts)
{
	return facts->state == TCPSCOPE_SYN_SENT ||
	       facts->state == TCPSCOPE_SYN_RECV;
}

/* The time in ms that retransmitting may take, as retransmits_timed_out(). */
static u64 time_limit(const struct tcpscope_timer_facts *facts,
		      const struct tcpscope_limits *limits,
		      const struct course *course)
{
	unsigned int retries = limits->retries2;
	u32 hz = facts->hz;

	if (facts->user_timeout_ms)
		return facts->user_timeout_ms;
	if (in_syn_state(facts))
		return tcpscope_model_timeout(facts->syn_retries ?:
					      limits->syn_retries,
					      tcpscope_timeout_init(hz),
					      course->rto_max, hz);
	if (facts->orphan)
		retries = tcpscope_orphan_retries(limits->orphan_retries,
						  facts->soft_error,
						  course->rto < course->rto_max);
	return tcpscope_model_timeout(retries, tcpscope_rto_min_const(hz),
				      course->rto_max, hz);
}

/* The peer has shut its window since: tcp_retransmit_timer() looks at that. */
static bool window_shut(const struct tcpscope_timer_facts *facts)
{
	return facts->zero_window && !facts->orphan && !in_syn_state(facts);
}

bool tcpscope_shut_answered(const struct tcpscope_timer_facts *facts)
{
	return window_shut(facts) && facts->retransmitting &&
	       facts->ack_age <= facts->sent_age;
}

/* The limits of tcp_rtx_probe0_timed_out(), in jiffies; one beyond is too many. */
struct shut_limits {
	u64 answered;		/* the peer may answer for so long, 0: for ever */
	u64 silent;		/* or be silent */
};

static struct shut_limits
shut_limits(const struct tcpscope_timer_facts *facts, const struct course *course)
{
	u64 user_timeout = tcpscope_facts_user_timeout(facts);
	u64 silent = 2 * course->rto_max;

	if (!user_timeout)
		return (struct shut_limits) { .silent = silent };
	return (struct shut_limits) {
		.answered = facts->shut_in_jiffies ? facts->user_timeout_ms :
						     user_timeout,
		.silent = min_t(u64, silent, user_timeout),
	};
}

/* For how long the peer will have been silent when the timer is due. */
static u64 silent_for(const struct tcpscope_timer_facts *facts,
		      const struct course *course)
{
	s64 silent = facts->ack_age + (s64)(course->expires - facts->jiffies);

	return max_t(s64, silent, 0);
}

/* Since when data was sent in vain: the first retransmission, or the first try. */
static u64 in_vain_for(const struct course *course)
{
	return course->stamped ? course->elapsed : course->rto;
}

/* tcp_rtx_probe0_timed_out() */
static bool shut_out(const struct tcpscope_timer_facts *facts,
		     const struct course *course)
{
	struct shut_limits limits = shut_limits(facts, course);
	u64 in_vain = in_vain_for(course);

	if (limits.answered && in_vain > limits.answered)
		return true;
	return !tcpscope_shut_answered(facts) && in_vain > limits.silent &&
	       silent_for(facts, course) > limits.silent;
}

/* Whether the expiry at hand is the last, as tcp_write_timeout(). */
static bool gives_up(const struct tcpscope_timer_facts *facts,
		     const struct tcpscope_limits *limits,
		     const struct course *course)
{
	if (window_shut(facts))
		return shut_out(facts, course);
	if (in_syn_state(facts) &&
	    course->retransmits >= tcpscope_syn_limit(facts, limits))
		return true;
	return course->retransmits && course->stamped &&
	       tcpscope_jiffies_to_ms(course->elapsed, facts->hz) >=
		       time_limit(facts, limits, course);
}

/* The timeout after the next, as the end of tcp_retransmit_timer(). */
static u64 next_rto(const struct tcpscope_timer_facts *facts,
		    const struct tcpscope_limits *limits,
		    const struct course *course)
{
	if (facts->state == TCPSCOPE_ESTABLISHED && facts->thin_rto_ns &&
	    course->retransmits <= TCPSCOPE_THIN_LINEAR_RETRIES)
		return min_t(u64,
			     tcpscope_facts_jiffies(facts, facts->thin_rto_ns),
			     course->rto_max);
	if (facts->state == TCPSCOPE_SYN_SENT &&
	    course->retransmits <= limits->syn_linear_timeouts)
		return course->rto;
	return min_t(u64, course->rto * 2, course->rto_max);
}

/* tcp_clamp_rto_to_user_timeout() */
static u64 clamped_rto(const struct tcpscope_timer_facts *facts,
		       const struct course *course)
{
	u64 elapsed_ms = tcpscope_jiffies_to_ms(course->elapsed, facts->hz);

	if (!facts->user_timeout_ms)
		return course->rto;
	if (elapsed_ms >= facts->user_timeout_ms)
		return 1;
	return min_t(u64, course->rto,
		     tcpscope_ms_to_jiffies(facts->user_timeout_ms - elapsed_ms,
					    facts->hz));
}

static void course_go(struct course *course, u64 jiffies)
{
	course->at += jiffies;
	course->expires += jiffies;
	course->elapsed += jiffies;
}

/* Sets the timer at one expiry and goes on to the next. */
static void course_wait(struct course *course, u64 delay)
{
	u64 expires = course->at + delay;

	course_go(course, tcpscope_wheel_again(course->at, delay) - course->at);
	course->expires = expires;
}

/* Sends again and goes on to the next expiry. */
static void course_next(struct course *course,
			const struct tcpscope_timer_facts *facts,
			const struct tcpscope_limits *limits)
{
	if (!window_shut(facts))
		course->retransmits++;
	if (!course->stamped)
		course->elapsed = 0;
	course->stamped = true;
	course->rto = next_rto(facts, limits, course);
	course_wait(course, clamped_rto(facts, course));
}

/* Whether every timeout to come is as long as the last. */
static bool steady(const struct tcpscope_timer_facts *facts,
		   const struct tcpscope_limits *limits,
		   const struct course *course)
{
	if (in_syn_state(facts))
		return false;
	if (window_shut(facts)) /* retransmissions are not counted */
		return course->rto == next_rto(facts, limits, course);
	return course->rto == course->rto_max;
}

/* How long it takes to reach a limit; not at all if it was reached already. */
static u64 until(u64 limit, u64 passed)
{
	return limit > passed ? limit - passed : (u64)-1;
}

/* How long it takes at least until something changes; (u64)-1: for ever. */
static u64 undecided_for(const struct tcpscope_timer_facts *facts,
			 const struct tcpscope_limits *limits,
			 const struct course *course)
{
	u64 user_timeout = tcpscope_facts_user_timeout(facts), left;
	struct shut_limits shut = shut_limits(facts, course);
	u64 elapsed = course->elapsed;

	if (!window_shut(facts))
		return until(tcpscope_ms_to_jiffies(time_limit(facts, limits, course),
						    facts->hz), elapsed);
	left = min_t(u64, until(user_timeout, elapsed),
		     until(shut.answered + 1, elapsed));
	if (tcpscope_shut_answered(facts))
		return left;
	left = min_t(u64, left, until(shut.silent + 1, elapsed));
	return min_t(u64, left, until(shut.silent + 1, silent_for(facts, course)));
}

/* Leaps over the expiries of which it is clear that they decide nothing. */
static void course_leap(struct course *course,
			const struct tcpscope_timer_facts *facts,
			const struct tcpscope_limits *limits)
{
	u64 left = undecided_for(facts, limits, course);

	if (steady(facts, limits, course) && left != (u64)-1 &&
	    !gives_up(facts, limits, course))
		course_go(course, tcpscope_wheel_leap(course->at,
						      clamped_rto(facts, course),
						      left));
}

/* The first expiry that may retransmit. */
static void course_begin(struct course *course,
			 const struct tcpscope_timer_facts *facts)
{
	*course = (struct course) {
		.at = facts->write.fires,
		.expires = tcpscope_facts_expires(facts, &facts->write),
		.rto = tcpscope_facts_jiffies(facts, facts->rto_ns),
		.rto_max = tcpscope_facts_jiffies(facts, facts->rto_max_ns),
		.retransmits = facts->retransmits,
		.stamped = facts->retransmitting,
		.elapsed = facts->retrans_age +
			   (facts->write.fires - facts->jiffies),
	};
	if (facts->pending == TCPSCOPE_PENDING_RETRANS)
		return;
	if (facts->pending == TCPSCOPE_PENDING_REO_TIMEOUT &&
	    !course->stamped) {
		course->stamped = true;
		course->elapsed = 0;
	}
	course_wait(course, course->rto);
}

/* tcp_fastopen_synack_timer() */
static s64 fastopen_child(const struct tcpscope_timer_facts *facts,
			  const struct tcpscope_limits *limits)
{
	u64 max = tcpscope_facts_jiffies(facts, facts->rto_max_ns), delay;
	int i, limit = tcpscope_syn_limit(facts, limits);
	u64 at = facts->write.fires;

	for (i = facts->retransmits; i < limit; i++) {
		delay = tcpscope_backed_off(tcpscope_timeout_init(facts->hz),
					    i + 1, max);
		at = tcpscope_wheel_again(at, delay);
	}
	return tcpscope_facts_until_ns(facts, at);
}

s64 tcpscope_prognosis_retransmit(const struct tcpscope_timer_facts *facts,
				  const struct tcpscope_limits *limits)
{
	struct course course;
	int i;

	if (facts->fastopen_child)
		return fastopen_child(facts, limits);
	if (tcpscope_shut_answered(facts) && !facts->user_timeout_ms)
		return TCPSCOPE_UNKNOWN_NS;
	course_begin(&course, facts);
	for (i = 0; i < TCPSCOPE_EXPIRIES_MAX; i++) {
		if (gives_up(facts, limits, &course))
			return tcpscope_facts_until_ns(facts, course.at);
		course_next(&course, facts, limits);
		course_leap(&course, facts, limits);
	}
	return TCPSCOPE_UNKNOWN_NS;
}
