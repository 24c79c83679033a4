/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a case expects of connections that tcp_kunit.h makes, or any others; include
 * that one. A failure's message has the socket, its timers and the last segments;
 * all there is of these goes to the log in front of it.
 */
#ifndef TCP_KUNIT_EXPECT_H
#define TCP_KUNIT_EXPECT_H

#include <kunit/test.h>
#include <net/sock.h>

struct tcp_kunit_pair;

void tcp_kunit_dump(struct kunit *test);
const char *tcp_kunit_last_failure(struct kunit *test);

/* Each of these returns NULL, or says what is wrong, which it also logs. */
const char *tcp_kunit_check_state(struct kunit *test, struct sock *sk,
				  int state);
const char *tcp_kunit_check_substate(struct kunit *test, struct sock *sk,
				     int substate);
const char *tcp_kunit_check_timer(struct kunit *test, struct sock *sk,
				  u32 timer, s64 min_ms, s64 max_ms);
const char *tcp_kunit_check_only_timers(struct kunit *test, struct sock *sk,
					u32 timers);
const char *tcp_kunit_check_no_timer(struct kunit *test, struct sock *sk,
				     u32 timers);
const char *tcp_kunit_check_death(struct kunit *test, struct sock *sk,
				  int error, s64 at_ms, s64 tolerance_ms);
const char *tcp_kunit_check_segments(struct kunit *test,
				     struct tcp_kunit_pair *pair,
				     const char *const *patterns);
const char *tcp_kunit_check_minisocket(struct kunit *test, struct sock *sk,
				       int substate);

/* private: the timers as bits; what the names in TCP_EXPECT_TIMER() stand for */
#define TCP_KUNIT_TIMERS(expression) ({					\
	enum {								\
		RETRANS = 1 << 0, LOSS_PROBE = 1 << 1, REORDER = 1 << 2,\
		PROBE0 = 1 << 3, DELACK = 1 << 4, KEEPALIVE = 1 << 5,	\
		PACING = 1 << 6, COMPACK = 1 << 7, SYNACK = 1 << 8,	\
		TIMEWAIT = 1 << 9, FINWAIT2 = 1 << 10,			\
	};								\
	(u32)(expression);						\
})

#define TCP_KUNIT_EXPECT(test, check, ...) do {				\
	struct kunit *__test = (test);					\
	const char *__wrong = check(__test, __VA_ARGS__);		\
	if (__wrong)							\
		KUNIT_FAIL(__test, "%s", __wrong);			\
} while (0)

/* public: */
/**
 * TCP_EXPECT_STATE() - expect a connection's end to be in a state
 * @test: the case
 * @sk: its socket; where a minisocket has taken its place, that one is looked at
 * @state: TCP_ESTABLISHED and so on; TCP_NEW_SYN_RECV for a request, TCP_TIME_WAIT
 *         for a minisocket whatever its substate, TCP_CLOSE for what is over
 */
#define TCP_EXPECT_STATE(test, sk, state) \
	TCP_KUNIT_EXPECT(test, tcp_kunit_check_state, sk, state)

/**
 * TCP_EXPECT_SUBSTATE() - expect a minisocket to be in a substate
 * @test: the case
 * @sk: it, or the socket whose place it has taken
 * @substate: TCP_FIN_WAIT2 or TCP_TIME_WAIT
 */
#define TCP_EXPECT_SUBSTATE(test, sk, substate) \
	TCP_KUNIT_EXPECT(test, tcp_kunit_check_substate, sk, substate)

/**
 * TCP_EXPECT_TIMER() - expect a timer to be armed and due in a span of time
 * @test: the case
 * @sk: whose timer it is
 * @timer: RETRANS, LOSS_PROBE, REORDER, PROBE0, DELACK, KEEPALIVE, PACING, COMPACK,
 *         SYNACK (of a request), TIMEWAIT or FINWAIT2 (of a minisocket)
 * @min_ms: milliseconds from now, at least
 * @max_ms: and at most; a timer may be a tick (1000 / HZ ms) and an eighth late
 */
#define TCP_EXPECT_TIMER(test, sk, timer, min_ms, max_ms)		\
	TCP_KUNIT_EXPECT(test, tcp_kunit_check_timer, sk,		\
			 TCP_KUNIT_TIMERS(timer), min_ms, max_ms)

/**
 * TCP_EXPECT_ONLY_TIMERS() - expect just these timers to be armed
 * @test: the case
 * @sk: whose timers they are
 * @timers: as for TCP_EXPECT_TIMER(), joined by |; 0: none
 */
#define TCP_EXPECT_ONLY_TIMERS(test, sk, timers)			\
	TCP_KUNIT_EXPECT(test, tcp_kunit_check_only_timers, sk,		\
			 TCP_KUNIT_TIMERS(timers))

/**
 * TCP_EXPECT_NO_TIMER() - expect that none of these timers is armed
 * @test: the case
 * @sk: whose timers they are
 * @timers: as for TCP_EXPECT_ONLY_TIMERS()
 */
#define TCP_EXPECT_NO_TIMER(test, sk, timers)				\
	TCP_KUNIT_EXPECT(test, tcp_kunit_check_no_timer, sk,		\
			 TCP_KUNIT_TIMERS(timers))

/**
 * TCP_EXPECT_DEATH() - expect a connection's end to be gone at a time
 * @test: the case
 * @sk: its socket
 * @error: what it leaves in sk_err: ETIMEDOUT, ECONNRESET, 0
 * @at_ms: milliseconds from now
 * @tolerance_ms: so many sooner or later are as good
 *
 * Lets the time pass until it is gone, which is: no socket, request or minisocket
 * with its ports is left, or @at_ms + @tolerance_ms are over.
 */
#define TCP_EXPECT_DEATH(test, sk, error, at_ms, tolerance_ms)		\
	TCP_KUNIT_EXPECT(test, tcp_kunit_check_death, sk, error, at_ms,	\
			 tolerance_ms)

/**
 * TCP_EXPECT_SEGMENTS() - expect just these segments since tcp_kunit_watch()
 * @test: the case
 * @pair: the connection
 * @...: a pattern for each: ``"C>S SYN ACK len=100 @3000~50 lost"``. The way and the
 *       flags are a must (PSH is overlooked), the rest is not: bytes of payload,
 *       milliseconds since the watch began and how many more or less are as good
 *       (a tick if not said), its fate. ``"..."`` stands for any segments or none.
 */
#define TCP_EXPECT_SEGMENTS(test, pair, ...)				\
	TCP_KUNIT_EXPECT(test, tcp_kunit_check_segments, pair,		\
			 (const char *const[]){ __VA_ARGS__, NULL })

/**
 * TCP_EXPECT_MINISOCKET() - expect a request or timewait in a socket's place
 * @test: the case
 * @sk: the socket whose ports it has
 * @substate: TCP_TIME_WAIT, TCP_FIN_WAIT2, or TCP_NEW_SYN_RECV for a request
 */
#define TCP_EXPECT_MINISOCKET(test, sk, substate) \
	TCP_KUNIT_EXPECT(test, tcp_kunit_check_minisocket, sk, substate)

#endif /* TCP_KUNIT_EXPECT_H */
