/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One chain's sockets into the batch of a walk, under holds of its lock that are
 * bounded whatever its length.
 */
#ifndef TCPSCOPE_PASS_H
#define TCPSCOPE_PASS_H

struct tcpscope_chain;
struct tcpscope_walk;

#define TCPSCOPE_WALK_FULL 1	/* the batch has no room for what comes next */

/*
 * Copies the facts of a chain's sockets behind what is in the batch; of BOUND,
 * of those in TCP_CLOSE, as most others are in another table as well. Returns 0
 * if all of it is there; TCPSCOPE_WALK_FULL if it is to be called again with an
 * empty batch; -EINTR if the caller is being killed, -ENOMEM if there is no room
 * for a single socket. The same chain can be gone on with after any of these, or
 * left with tcpscope_pass_forget(). Sleeps; holds nothing when it returns.
 */
int tcpscope_pass(struct tcpscope_walk *walk,
		  const struct tcpscope_chain *chain);

/* The next chain is to be passed from its beginning. */
void tcpscope_pass_forget(struct tcpscope_walk *walk);

#endif /* TCPSCOPE_PASS_H */
