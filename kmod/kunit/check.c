// SPDX-License-Identifier: GPL-2.0
/*
 * What TCP_EXPECT_STATE() and the others hold against what there is.
 */
#include <linux/module.h>
#include <net/inet_timewait_sock.h>
#include <net/tcp.h>

#include "internal.h"

static int state_now(struct tcp_kunit *tk, struct sock *sk, int *substate)
{
	struct sock *now = tcp_kunit_now(tk, sk);
	int state;

	*substate = 0;
	if (!now)
		return TCP_CLOSE;
	state = READ_ONCE(now->sk_state);
	if (state == TCP_TIME_WAIT)
		*substate = READ_ONCE(inet_twsk(now)->tw_substate);
	else if (state == TCP_NEW_SYN_RECV)
		*substate = state;
	sock_gen_put(now);
	return state;
}

const char *tcp_kunit_check_state(struct kunit *test, struct sock *sk,
				  int state)
{
	int substate;
	int is = state_now(tcp_kunit_of_or_null(test), sk, &substate);

	if (is == state)
		return NULL;
	return tcp_kunit_fail(test, sk, "state: expected %s, is %s",
			      tcp_kunit_state_name(state),
			      tcp_kunit_state_name(is));
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_check_state);

const char *tcp_kunit_check_substate(struct kunit *test, struct sock *sk,
				     int substate)
{
	int is_sub;
	int is = state_now(tcp_kunit_of_or_null(test), sk, &is_sub);

	if (is == TCP_TIME_WAIT && is_sub == substate)
		return NULL;
	return tcp_kunit_fail(test, sk, "substate: expected %s, is %s%s",
			      tcp_kunit_state_name(substate),
			      is == TCP_TIME_WAIT ? "" : "none, and the state ",
			      tcp_kunit_state_name(is_sub ?: is));
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_check_substate);

const char *tcp_kunit_check_minisocket(struct kunit *test, struct sock *sk,
				       int substate)
{
	int is_sub;
	int is = state_now(tcp_kunit_of_or_null(test), sk, &is_sub);

	if (is_sub == substate)
		return NULL;
	return tcp_kunit_fail(test, sk, "minisocket: expected %s, %s %s",
			      tcp_kunit_state_name(substate),
			      is_sub ? "is" : "there is none, but a socket in",
			      tcp_kunit_state_name(is_sub ?: is));
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_check_minisocket);

/* What is armed now; nothing if nothing is left. */
static void look_now(struct kunit *test, struct sock *sk,
		     struct tcp_kunit_look *look)
{
	struct sock *now = tcp_kunit_now(tcp_kunit_of_or_null(test), sk);

	memset(look, 0, sizeof(*look));
	look->state = tcp_kunit_state_name(TCP_CLOSE);
	if (!now)
		return;
	tcp_kunit_look_at(now, look);
	sock_gen_put(now);
}

static int tell_mask(u32 timers, char *to, size_t size)
{
	int n = 0;
	unsigned int bit;

	if (!timers)
		return scnprintf(to, size, "none");
	for (bit = 0; bit < 32; bit++)
		if (timers & (1U << bit))
			n += scnprintf(to + n, size - n, "%s%s", n ? " | " : "",
				       tcp_kunit_timer_name(bit));
	return n;
}

const char *tcp_kunit_check_timer(struct kunit *test, struct sock *sk,
				  u32 timer, s64 min_ms, s64 max_ms)
{
	struct tcp_kunit_look look;
	char is[128], name[32];
	s64 due_ms;

	if (hweight32(timer) != 1)
		return tcp_kunit_fail(test, sk, "timer: one is expected");
	look_now(test, sk, &look);
	due_ms = look.due_ms[ilog2(timer)];
	if (look.armed & timer && due_ms >= min_ms - tcp_kunit_slack_ms() &&
	    due_ms <= max_ms + tcp_kunit_slack_ms())
		return NULL;
	tcp_kunit_tell_timers(&look, is, sizeof(is));
	tell_mask(timer, name, sizeof(name));
	return tcp_kunit_fail(test, sk,
			      "timer: expected %s in %lld to %lld ms in %s, is: %s",
			      name, min_ms, max_ms, look.state, is);
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_check_timer);

const char *tcp_kunit_check_only_timers(struct kunit *test, struct sock *sk,
					u32 timers)
{
	struct tcp_kunit_look look;
	char is[128], names[128];

	look_now(test, sk, &look);
	if (look.armed == timers)
		return NULL;
	tcp_kunit_tell_timers(&look, is, sizeof(is));
	tell_mask(timers, names, sizeof(names));
	return tcp_kunit_fail(test, sk,
			      "timers: expected only %s in %s, is: %s",
			      names, look.state, is);
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_check_only_timers);

const char *tcp_kunit_check_no_timer(struct kunit *test, struct sock *sk,
				     u32 timers)
{
	struct tcp_kunit_look look;
	char is[128], names[128];

	look_now(test, sk, &look);
	if (!(look.armed & timers))
		return NULL;
	tcp_kunit_tell_timers(&look, is, sizeof(is));
	tell_mask(timers, names, sizeof(names));
	return tcp_kunit_fail(test, sk,
			      "timers: expected no %s in %s, is: %s",
			      names, look.state, is);
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_check_no_timer);

static bool is_gone(struct tcp_kunit *tk, struct sock *sk)
{
	struct sock *now = tcp_kunit_now(tk, sk);

	if (now)
		sock_gen_put(now);
	return !now;
}

/* Lets time pass until nothing is left; tells how long that took, -1: too long. */
static s64 wait_for_death(struct kunit *test, struct sock *sk, s64 max_ms,
			  s64 step_ms)
{
	struct tcp_kunit *tk = tcp_kunit_of(test);
	s64 began = tcp_kunit_now_ms(test), took;

	for (took = 0; took <= max_ms; took = tcp_kunit_now_ms(test) - began) {
		if (is_gone(tk, sk))
			return took;
		tcp_kunit_advance(test, step_ms);
	}
	return is_gone(tk, sk) ? took : -1;
}

const char *tcp_kunit_check_death(struct kunit *test, struct sock *sk,
				  int error, s64 at_ms, s64 tolerance_ms)
{
	s64 step_ms = clamp_t(s64, tolerance_ms / 8, 1, MSEC_PER_SEC), took;
	int is;

	tolerance_ms += tcp_kunit_slack_ms();
	tcp_kunit_needs(test, at_ms + tolerance_ms);
	took = wait_for_death(test, sk, at_ms + tolerance_ms, step_ms);
	if (took < 0)
		return tcp_kunit_fail(test, sk,
				      "death: expected after %lld ms, lives on after %lld",
				      at_ms, at_ms + tolerance_ms);
	if (took < at_ms - tolerance_ms || took > at_ms + tolerance_ms)
		return tcp_kunit_fail(test, sk,
				      "death: expected after %lld ms (~%lld), came after %lld",
				      at_ms, tolerance_ms, took);
	is = sk_fullsock(sk) ? READ_ONCE(sk->sk_err) : 0;
	if (is != error)
		return tcp_kunit_fail(test, sk,
				      "death: expected error %d, is %d, after %lld ms",
				      error, is, took);
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_check_death);
