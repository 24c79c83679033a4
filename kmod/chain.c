// SPDX-License-Identifier: GPL-2.0
/*
 * The sockets of one bucket, as a list: a chain of lhash2 or of an ehash, or the
 * owners of all the addresses and ports in a bucket of bhash2, one behind the
 * other.
 */
#include <net/inet_hashtables.h>
#include <net/inet_timewait_sock.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "chain.h"
#include "compat.h"

/* --- lhash2 and ehash: one list --- */

static u32 listener_hash(const struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		return ipv6_portaddr_hash(sock_net(sk), &sk->sk_v6_rcv_saddr,
					  sk->sk_num);
#endif
	return ipv4_portaddr_hash(sock_net(sk), sk->sk_rcv_saddr, sk->sk_num);
}

/* Whether that is its place, if it has one. A listener may keep an old sk_hash. */
static bool belongs_here(const struct tcpscope_chain *chain,
			 const struct sock *sk)
{
	bool listens = inet_sk_state_load(sk) == TCP_LISTEN;

	if (chain->table == TCPSCOPE_LISTENERS)
		return listens && chain->slot ==
			(listener_hash(sk) & chain->hashinfo->lhash2_mask);
	return !listens &&
		chain->slot == (sk->sk_hash & chain->hashinfo->ehash_mask);
}

/*
 * A socket that enters another chain meanwhile may show itself in it before it
 * shows its new hash, but what it points to there does not belong here.
 */
static bool list_has(const struct tcpscope_chain *chain, struct sock *sk)
{
	struct sock *next;

	if (sk_unhashed(sk) || !belongs_here(chain, sk))
		return false;
	next = tcpscope_socket_of(READ_ONCE(sk->sk_nulls_node.next));
	return !next || belongs_here(chain, next);
}

/* --- bhash2: a list of lists --- */

struct sock *tcpscope_first_owner(const struct hlist_node *node)
{
	const struct inet_bind2_bucket *port;

	for (; node; node = node->next) {
		port = hlist_entry(node, struct inet_bind2_bucket, node);
		if (!hlist_empty(&port->owners))
			return tcpscope_bound_entry(port->owners.first);
	}
	return NULL;
}

struct sock *tcpscope_next_owner(const struct sock *sk)
{
	const struct hlist_node *next = tcpscope_bound_node(sk)->next;

	return next ? tcpscope_bound_entry(next) :
		      tcpscope_first_owner(tcpscope_bound_to(sk)->node.next);
}

/*
 * A socket that changes its address is in no list for a moment, and still points
 * to the address it had; but nothing in a list points to it then.
 */
static bool ports_have(const struct tcpscope_chain *chain,
		       const struct sock *sk)
{
	const struct inet_bind2_bucket *port, *its = tcpscope_bound_to(sk);
	const struct hlist_node *node = tcpscope_bound_node(sk);

	inet_bind_bucket_for_each(port, chain->ports)
		if (port == its)
			return READ_ONCE(*node->pprev) == node;
	return false;
}

bool tcpscope_chain_has(const struct tcpscope_chain *chain, struct sock *sk)
{
	lockdep_assert_held(chain->lock);
	return chain->table == TCPSCOPE_BOUND ?
		ports_have(chain, sk) : list_has(chain, sk);
}
