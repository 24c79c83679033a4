/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Connections with a certain timer armed. Each of these makes one, with the kit,
 * and gives the pair, whose sk is the socket; from then on every segment is lost,
 * where not said otherwise.
 */
#ifndef TCPSCOPE_TESTS_ARRANGE_H
#define TCPSCOPE_TESTS_ARRANGE_H

#include "../kunit/tcp_kunit.h"

/*
 * One of these functions, after limits of the namespace were changed, and
 * with an option of the client's socket set afterwards; 0: as they are.
 */
struct arrangement {
	struct tcp_kunit_pair *(*by)(struct kunit *test);
	u8 retries2;		/* tcp_retries2 */
	u8 orphan_retries;	/* tcp_orphan_retries */
	int option;		/* of level IPPROTO_TCP */
	int value;
};

struct tcp_kunit_pair *arrange(struct kunit *test,
			       const struct arrangement *how);

/* One SYN was sent, or two. */
struct tcp_kunit_pair *arrange_syn(struct kunit *test);
struct tcp_kunit_pair *arrange_second_syn(struct kunit *test);

/* A request sent one SYN-ACK, or two; the client is gone. */
struct tcp_kunit_pair *arrange_request(struct kunit *test);
struct tcp_kunit_pair *arrange_second_synack(struct kunit *test);

/* Data was sent: the loss probe is due; or it was sent too. */
struct tcp_kunit_pair *arrange_data(struct kunit *test);
struct tcp_kunit_pair *arrange_rto(struct kunit *test);

/*
 * A FIN is lost (and nothing else): the second closer's, and an orphan's, after two
 * seconds or at once.
 */
struct tcp_kunit_pair *arrange_fin(struct kunit *test);
struct tcp_kunit_pair *arrange_orphan(struct kunit *test);
struct tcp_kunit_pair *arrange_orphan_at_once(struct kunit *test);

/* Keepalive after 30 s, every 10 s, 4 times; or the first of these is sent. */
struct tcp_kunit_pair *arrange_keepalive(struct kunit *test);
struct tcp_kunit_pair *arrange_keepalive_probe(struct kunit *test);

/* The peer's window is shut. */
struct tcp_kunit_pair *arrange_probe0(struct kunit *test);

/* An ACK is held back. Nothing is lost. */
struct tcp_kunit_pair *arrange_delack(struct kunit *test);
/* A segment is missing: late, or gone? And: its duplicate ACKs are held back. */
struct tcp_kunit_pair *arrange_reorder(struct kunit *test);
struct tcp_kunit_pair *arrange_compack(struct kunit *test);
/* The next segment has to wait for its time. Nothing is lost. */
struct tcp_kunit_pair *arrange_pacing(struct kunit *test);

/* A minisocket in TIME_WAIT. Nothing is lost. */
struct tcp_kunit_pair *arrange_timewait(struct kunit *test);
/* An orphan that waits for a FIN for 25 s, or as long as told. Likewise. */
struct tcp_kunit_pair *arrange_finwait2(struct kunit *test);
struct tcp_kunit_pair *arrange_finwait2_of(struct kunit *test, int seconds);

#endif /* TCPSCOPE_TESTS_ARRANGE_H */
