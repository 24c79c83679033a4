// SPDX-License-Identifier: GPL-2.0
/*
 * Reads a socket's state and timers from the kernel itself.
 */
#include <linux/hrtimer.h>
#include <linux/module.h>
#include <net/inet_timewait_sock.h>
#include <net/request_sock.h>
#include <net/tcp.h>

#include "internal.h"

#define BIT_OF(timer) (ilog2(TCP_KUNIT_TIMERS(timer)))

static const char *const timer_names[] = {
	"RETRANS", "LOSS_PROBE", "REORDER", "PROBE0", "DELACK", "KEEPALIVE",
	"PACING", "COMPACK", "SYNACK", "TIMEWAIT", "FINWAIT2",
};

const char *tcp_kunit_timer_name(unsigned int bit)
{
	return bit < ARRAY_SIZE(timer_names) ? timer_names[bit] : "?";
}

static void armed(struct tcp_kunit_look *look, u32 timer, s64 due_ms)
{
	look->armed |= timer;
	look->due_ms[ilog2(timer)] = due_ms;
}

static void armed_until(struct tcp_kunit_look *look, u32 timer,
			unsigned long expires)
{
	long left = expires - jiffies;

	armed(look, timer, div_s64((s64)left * MSEC_PER_SEC, HZ));
}

static void look_at_hrtimer(struct tcp_kunit_look *look, u32 timer,
			    struct hrtimer *hrtimer)
{
	if (hrtimer_is_queued(hrtimer))
		armed(look, timer, ktime_to_ms(hrtimer_get_remaining(hrtimer)));
}

/* The write timer is one for four purposes. */
static void look_at_write_timer(struct sock *sk, struct tcp_kunit_look *look)
{
	unsigned long expires = tcp_kunit_write_expires(sk);

	switch (READ_ONCE(inet_csk(sk)->icsk_pending)) {
	case ICSK_TIME_RETRANS:
		armed_until(look, TCP_KUNIT_TIMERS(RETRANS), expires);
		break;
	case ICSK_TIME_LOSS_PROBE:
		armed_until(look, TCP_KUNIT_TIMERS(LOSS_PROBE), expires);
		break;
	case ICSK_TIME_REO_TIMEOUT:
		armed_until(look, TCP_KUNIT_TIMERS(REORDER), expires);
		break;
	case ICSK_TIME_PROBE0:
		armed_until(look, TCP_KUNIT_TIMERS(PROBE0), expires);
		break;
	}
}

static void look_at_full(struct sock *sk, struct tcp_kunit_look *look)
{
	const struct timer_list *keepalive = tcp_kunit_keepalive_timer(sk);

	look_at_write_timer(sk, look);
	if (READ_ONCE(inet_csk(sk)->icsk_ack.pending) & ICSK_ACK_TIMER)
		armed_until(look, TCP_KUNIT_TIMERS(DELACK),
			    tcp_kunit_delack_expires(sk));
	if (timer_pending(keepalive))
		armed_until(look, TCP_KUNIT_TIMERS(KEEPALIVE),
			    READ_ONCE(keepalive->expires));
	look_at_hrtimer(look, TCP_KUNIT_TIMERS(PACING),
			&tcp_sk(sk)->pacing_timer);
	look_at_hrtimer(look, TCP_KUNIT_TIMERS(COMPACK),
			&tcp_sk(sk)->compressed_ack_timer);
}

static void look_at_timewait(struct sock *sk, struct tcp_kunit_look *look)
{
	const struct inet_timewait_sock *tw = inet_twsk(sk);
	int substate = READ_ONCE(tw->tw_substate);

	look->substate = tcp_kunit_state_name(substate);
	if (timer_pending(&tw->tw_timer))
		armed_until(look, substate == TCP_FIN_WAIT2 ?
				  TCP_KUNIT_TIMERS(FINWAIT2) :
				  TCP_KUNIT_TIMERS(TIMEWAIT),
			    READ_ONCE(tw->tw_timer.expires));
}

static void look_at_request(struct sock *sk, struct tcp_kunit_look *look)
{
	const struct timer_list *timer = &inet_reqsk(sk)->rsk_timer;

	look->substate = tcp_kunit_state_name(TCP_NEW_SYN_RECV);
	if (timer_pending(timer))
		armed_until(look, TCP_KUNIT_TIMERS(SYNACK),
			    READ_ONCE(timer->expires));
}

void tcp_kunit_look_at(struct sock *sk, struct tcp_kunit_look *look)
{
	int state = READ_ONCE(sk->sk_state);

	memset(look, 0, sizeof(*look));
	look->state = tcp_kunit_state_name(state);
	look->mini = !sk_fullsock(sk);
	if (state == TCP_TIME_WAIT) {
		look_at_timewait(sk, look);
	} else if (state == TCP_NEW_SYN_RECV) {
		look_at_request(sk, look);
	} else {
		/* Not lock_sock(): the case itself may be the owner. */
		spin_lock_bh(&sk->sk_lock.slock);
		look_at_full(sk, look);
		spin_unlock_bh(&sk->sk_lock.slock);
	}
}
