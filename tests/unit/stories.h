/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stories from words, for the tests of explain. A exchange is an end, and after a
 * bar the other end; more bars are more lives of that. An end is its role
 * (active, passive, simultaneous, listener) and what happened, each with its
 * time in milliseconds:
 *
 *	0:syn_sent	the state entered
 *	1000:+syn	sent again (names.h); +tlp/fin if a FIN was in it, +rto/3: attempt 3
 *	1000:<data	came in vain; < alone: challenged
 *	1000:~fin	restarted TIME-WAIT
 *	1000:rst-in	a RST came; rst-out: was sent
 *	1000:end=normal	the end, and why
 *
 * and what is true of it: flag=orphan, hint=abort, closer=both, heir=7,
 * timer=keepalive/3 (armed, tries), wnd=0/0 (the peer's, ours), recv_q=5,
 * send_q=5, segs=IN/OUT, seq=UNA/NXT/RCV, live=UNA/NXT/RCV, resent=SEQ, adopted, no-life, itself,
 * syns=9, requests=9, overflows=9.
 */
#ifndef STORIES_H
#define STORIES_H

#include "explain/exchange.h"

/* The time at which all exchanges are told: 1,000 s. */
#define EXCHANGE_NOW_NS 1000000000000ull

/* Makes the exchange of these words and tells it. */
void exchange_of(struct exchange *exchange, const char *words);

#endif
