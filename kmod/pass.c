// SPDX-License-Identifier: GPL-2.0
/*
 * A chain that is too long for one hold of its lock: a namespace can have a table
 * of a single bucket, and a port any number of sockets. It is passed in rounds:
 *
 *	head -> new -> new -> first -> seen -> cursor -> ... -> mark -> seen
 *
 * Between two holds there is a reference on the cursor, the socket to go on
 * behind; one that has no count is never chosen. If it has left the chain, a new
 * round begins at the head. What joins a chain, or changes its shape, does so at
 * the head, behind the walk's back, or in place. So at the end of a round another
 * begins, which goes as far as the first socket of the last one, its mark: behind
 * that nothing new can be. The chain is done when a round takes a single hold.
 * As later rounds come across the same connections, each that was copied is noted.
 *
 * No reference outlives the call, as a reader may never come back: the next one
 * begins a round. The notes take some 10 bytes a socket of a long chain, and
 * nothing for others. If there is no memory for them, the walk goes on, and a
 * connection may be shown twice: better than no connection at all.
 */
#include <linux/mm.h>
#include <linux/refcount.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>
#include <linux/timex.h>
#include <linux/xarray.h>
#include <net/inet_hashtables.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include <tcpscope/abi.h>

#include "chain.h"
#include "conn.h"
#include "copy.h"
#include "longest.h"
#include "pass.h"
#include "walk.h"

/* So that a walk comes to an end even if a chain is turned over all the time. */
#define ROUNDS_MAX 1000

#define PASS_DONE 0
#define PASS_FULL TCPSCOPE_WALK_FULL
#define PASS_GOES_ON 2		/* behind the cursor */
#define PASS_ROUND 3		/* from the head to the mark */

struct pass {
	struct tcpscope_walk *walk;
	const struct tcpscope_chain *chain;
	/* Sockets with a reference, or NULL. */
	struct sock *cursor;
	struct sock *first;
	struct sock *mark;
};

static void replace(struct sock **held, struct sock *by)
{
	if (*held)
		sock_gen_put(*held);
	*held = by;
}

/* --- what was copied of a long chain --- */

/* A cookie may serve two connections, one after the other: not with the same ports. */
static void *seen_as(u16 local_port, u16 peer_port)
{
	return xa_mk_value((u32)local_port << 15 ^ peer_port);
}

static bool was_seen(struct tcpscope_walk *walk, struct sock *sk)
{
	u64 cookie = atomic64_read(&sk->sk_cookie);

	return cookie && xa_load(&walk->seen, cookie) ==
			 seen_as(READ_ONCE(sk->sk_num), ntohs(sk->sk_dport));
}

static void note_seen(struct tcpscope_walk *walk, size_t from)
{
	const struct tcpscope_facts *facts;
	const struct tcpscope_conn *conn;

	for (; from < walk->len; from += tcpscope_facts_size(facts)) {
		facts = walk->batch + from;
		conn = &facts->conn;
		xa_store(&walk->seen, conn->cookie,
			 seen_as(conn->local_port, conn->peer_port),
			 GFP_KERNEL_ACCOUNT);
	}
}

void tcpscope_pass_forget(struct tcpscope_walk *walk)
{
	if (!xa_empty(&walk->seen))
		xa_destroy(&walk->seen);
	walk->rounds = 0;
}

/* --- one hold --- */

/* Where a hold stands: at a socket, the batch with those before it. */
struct place {
	struct sock *sk;
	unsigned int n;
	size_t len;
};

struct hold {
	struct place at;
	struct place safe;	/* at the last socket that can be held, the batch with it */
	struct sock *holdable;	/* the first that can */
	unsigned int cost;
	bool from_head;
	/* For the next hold, with references. */
	struct sock *cursor;
	struct sock *first;
};

/* Copies a socket, if it is one to be shown. Gives what that cost. */
static unsigned int take(const struct pass *pass, struct place *at)
{
	struct tcpscope_walk *walk = pass->walk;
	struct tcpscope_facts *facts = walk->batch + at->len;

	if (!tcpscope_walk_wants(pass->chain, at->sk))
		return TCPSCOPE_COST_OF_LOOK;
	if (walk->rounds > 1 && was_seen(walk, at->sk))
		return TCPSCOPE_COST_OF_SEEN;
	tcpscope_facts_fill(facts, at->sk, &walk->now);
	at->len += tcpscope_facts_size(facts);
	at->n++;
	return TCPSCOPE_COST_OF_COPY;
}

static void hold_begin(const struct pass *pass, struct hold *hold)
{
	struct tcpscope_walk *walk = pass->walk;

	hold->at.n = walk->n;
	hold->at.len = walk->len;
	hold->from_head = !pass->cursor ||
			  !tcpscope_chain_has(pass->chain, pass->cursor);
	if (hold->from_head) {
		walk->rounds++;
		hold->at.sk = tcpscope_chain_first(pass->chain);
	} else {
		hold->at.sk = tcpscope_chain_after(pass->chain, pass->cursor);
	}
}

/* Takes one socket after the other until a round ends or the hold has to. */
static int hold_take(const struct pass *pass, struct hold *hold)
{
	const struct tcpscope_walk *walk = pass->walk;
	struct place *at = &hold->at;

	while (at->sk && at->sk != pass->mark) {
		if (!tcpscope_walk_has_room(walk, at->len))
			return PASS_FULL;
		if (hold->safe.sk && hold->cost >= TCPSCOPE_COST_OF_HOLD)
			return PASS_GOES_ON;
		hold->cost += take(pass, at);
		if (refcount_read(&at->sk->sk_refcnt)) {
			hold->safe = *at;
			hold->holdable = hold->holdable ?: at->sk;
		}
		at->sk = tcpscope_chain_after(pass->chain, at->sk);
	}
	/* What is bound and closed does not change places. */
	return hold->from_head || pass->chain->table == TCPSCOPE_BOUND ?
		PASS_DONE : PASS_ROUND;
}

/* A socket in a chain whose lock is held keeps a count that it has. */
static struct sock *hold_socket(struct sock *sk)
{
	return sk && refcount_inc_not_zero(&sk->sk_refcnt) ? sk : NULL;
}

/* Makes up from where the next hold goes on; what it needs must not go away. */
static void hold_end(struct hold *hold)
{
	hold->cursor = hold_socket(hold->safe.sk);
	if (hold->from_head)
		hold->first = hold_socket(hold->holdable);
}

/* The chain goes on: behind the cursor, or at the head if this round is over. */
static int pass_on(struct pass *pass, const struct hold *hold, int ret)
{
	if (ret == PASS_ROUND) {
		replace(&pass->mark, pass->first);
		pass->first = NULL;
	} else if (hold->from_head) {
		replace(&pass->first, hold->first);
	}
	replace(&pass->cursor, hold->cursor);
	return ret == PASS_ROUND && pass->walk->rounds > ROUNDS_MAX ?
		PASS_DONE : ret;
}

/* Copies what fits into one hold. */
static int pass_hold(struct pass *pass)
{
	struct tcpscope_walk *walk = pass->walk;
	struct hold hold = { };
	size_t from = walk->len;
	u64 since, held;
	int ret;

	tcpscope_walk_clocks(walk);
	since = get_cycles();
	tcpscope_chain_lock(pass->chain);
	held = get_cycles();
	hold_begin(pass, &hold);
	ret = hold_take(pass, &hold);
	if (ret == PASS_GOES_ON || ret == PASS_FULL)
		hold_end(&hold);
	tcpscope_longest_note(since, held, get_cycles());
	tcpscope_chain_unlock(pass->chain);

	if (ret == PASS_FULL && !hold.cursor)
		return ret;	/* not a step further */
	walk->n = hold.cursor ? hold.safe.n : hold.at.n;
	walk->len = hold.cursor ? hold.safe.len : hold.at.len;
	if (ret == PASS_DONE)
		return ret;
	note_seen(walk, from);
	return pass_on(pass, &hold, ret);
}

/* --- the chain --- */

static int make_room(struct tcpscope_walk *walk)
{
	size_t size = min(4 * walk->size, walk->most);
	void *batch;

	if (walk->size >= walk->most)
		return TCPSCOPE_WALK_FULL;
	batch = kvmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!batch)
		return walk->n ? TCPSCOPE_WALK_FULL : -ENOMEM;
	memcpy(batch, walk->batch, walk->len);
	kvfree(walk->batch);
	walk->batch = batch;
	walk->size = size;
	return 0;
}

/* Whether and how to go on after a hold that was not the last. */
static int pass_next(struct pass *pass, int ret)
{
	int err = 0;

	if (ret == PASS_FULL)
		err = make_room(pass->walk);
	if (err)
		return err;
	cond_resched();
	return fatal_signal_pending(current) ? -EINTR : 0;
}

int tcpscope_pass(struct tcpscope_walk *walk,
		  const struct tcpscope_chain *chain)
{
	struct pass pass = {
		.walk = walk,
		.chain = chain,
	};
	int ret, err = 0;

	while (!err && (ret = pass_hold(&pass)) != PASS_DONE)
		err = pass_next(&pass, ret);
	replace(&pass.cursor, NULL);
	replace(&pass.first, NULL);
	replace(&pass.mark, NULL);
	if (!err)
		tcpscope_pass_forget(walk);
	return err;
}
