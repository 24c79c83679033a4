/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only place of the kit that knows kernels differ. Kbuild looks for features
 * in the headers at hand, because stable kernels take backports.
 */
#ifndef TCP_KUNIT_COMPAT_H
#define TCP_KUNIT_COMPAT_H

#include <kunit/resource.h>
#include <kunit/test.h>
#include <kunit/visibility.h>
#include <net/inet_connection_sock.h>
#include <net/inet_timewait_sock.h>
#include <net/request_sock.h>
#include <net/sock.h>

#ifdef CONFIG_UML_TIME_TRAVEL_SUPPORT
#include <timetravel.h>
#endif

#ifndef EXPORT_SYMBOL_IF_KUNIT
#define EXPORT_SYMBOL_IF_KUNIT(symbol) EXPORT_SYMBOL_GPL(symbol)
#endif

/* When the write timer is due: a field until 6.15, then helpers of two names. */
static inline unsigned long tcp_kunit_write_expires(const struct sock *sk)
{
#if defined(TCP_KUNIT_HAVE_TCP_TIMEOUT_EXPIRES)
	return tcp_timeout_expires(sk);
#elif defined(TCP_KUNIT_HAVE_ICSK_TIMEOUT_HELPER)
	return icsk_timeout(inet_csk(sk));
#else
	return READ_ONCE(inet_csk(sk)->icsk_timeout);
#endif
}

/* When the delayed ACK is due; likewise. */
static inline unsigned long tcp_kunit_delack_expires(const struct sock *sk)
{
#ifdef TCP_KUNIT_HAVE_ICSK_DELACK_TIMEOUT
	return icsk_delack_timeout(inet_csk(sk));
#else
	return READ_ONCE(inet_csk(sk)->icsk_ack.timeout);
#endif
}

/* The keepalive timer: sk_timer until 6.19, and until 6.1.y took the change. */
static inline const struct timer_list *
tcp_kunit_keepalive_timer(const struct sock *sk)
{
#ifdef TCP_KUNIT_HAVE_ICSK_KEEPALIVE_TIMER
	return &inet_csk(sk)->icsk_keepalive_timer;
#else
	return &sk->sk_timer;
#endif
}

/* Whether sleeping costs no real time: user mode's time travel. */
static inline bool tcp_kunit_travels(void)
{
#ifdef CONFIG_UML_TIME_TRAVEL_SUPPORT
	return time_travel_mode == TT_MODE_INFCPU ||
	       time_travel_mode == TT_MODE_BASIC;
#else
	return false;
#endif
}

#ifndef TCP_KUNIT_HAVE_ADD_ACTION
/* Carries what kunit_add_action_or_reset() has carried since 6.5. */
struct tcp_kunit_action {
	void (*func)(void *data);
	void *data;
};

static inline int tcp_kunit_action_init(struct kunit_resource *res, void *data)
{
	res->data = kmemdup(data, sizeof(struct tcp_kunit_action), GFP_KERNEL);
	return res->data ? 0 : -ENOMEM;
}

static inline void tcp_kunit_action_free(struct kunit_resource *res)
{
	struct tcp_kunit_action *action = res->data;

	action->func(action->data);
	kfree(action);
}
#endif

/* Has func(data) called when the case is over, however it ends, or now if it can't. */
static inline int tcp_kunit_at_end(struct kunit *test, void (*func)(void *),
				   void *data)
{
#ifdef TCP_KUNIT_HAVE_ADD_ACTION
	return kunit_add_action_or_reset(test, func, data);
#else
	struct tcp_kunit_action action = { func, data };

	if (kunit_alloc_resource(test, tcp_kunit_action_init,
				 tcp_kunit_action_free, GFP_KERNEL, &action))
		return 0;
	func(data);
	return -ENOMEM;
#endif
}

#endif /* TCP_KUNIT_COMPAT_H */
