/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sockets of a chain that is too long for one hold of its lock, copied into
 * the batch of a walk under as many as it takes.
 */
#ifndef TCPSCOPE_PASS_H
#define TCPSCOPE_PASS_H

#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "chain.h"
#include "conn.h"
#include "walk.h"

/*
 * What one hold may cost, in units of about 16 instructions: to look at a socket,
 * to look whether it was seen, to copy it.
 */
#define TCPSCOPE_COST_OF_HOLD 2560
#define TCPSCOPE_COST_OF_LOOK 4
#define TCPSCOPE_COST_OF_SEEN 10
#define TCPSCOPE_COST_OF_COPY 44

#define TCPSCOPE_WALK_FULL 1	/* the batch has no room for what comes next */

/* Whether a socket is to be shown: most that have a port are in another table too. */
static inline bool tcpscope_walk_wants(const struct tcpscope_chain *chain,
				       const struct sock *sk)
{
	return tcpscope_conn_wanted(sk) && (chain->table != TCPSCOPE_BOUND ||
		inet_sk_state_load(sk) == TCP_CLOSE);
}

/* Whether a batch of which so many bytes are used has room for any socket. */
static inline bool tcpscope_walk_has_room(const struct tcpscope_walk *walk,
					  size_t len)
{
	return walk->size - len >= sizeof(struct tcpscope_facts);
}

/*
 * The time. Timers are not told finer than in jiffies: the clock is read once
 * in each.
 */
static inline void tcpscope_walk_clocks(struct tcpscope_walk *walk)
{
	struct tcpscope_now *at = &walk->now;
	unsigned long now = jiffies;

	if (!at->ns || time_before(at->jiffies, now)) {
		at->jiffies = now;
		at->ns = ktime_get_ns();
	}
}

/*
 * Copies the facts of a chain's sockets behind what is in the batch. Returns 0 if
 * all of it is there; TCPSCOPE_WALK_FULL if it is to be called again with an
 * empty batch; -EINTR if the caller is being killed, -ENOMEM if there is no room
 * for a single socket. The same chain can be gone on with after any of these, or
 * left with tcpscope_pass_forget(). Sleeps; holds nothing when it returns.
 */
int tcpscope_pass(struct tcpscope_walk *walk,
		  const struct tcpscope_chain *chain);

/* The next chain is to be passed from its beginning. */
void tcpscope_pass_forget(struct tcpscope_walk *walk);

#endif /* TCPSCOPE_PASS_H */
