// SPDX-License-Identifier: GPL-2.0
/*
 * Real TCP connections over lo: how to get one into each state, and to find
 * what is in the table of connections.
 */
#include <linux/delay.h>
#include <linux/rcupdate.h>
#include <net/inet_hashtables.h>
#include <net/net_namespace.h>
#include <net/tcp.h>

#include "loopback.h"

/* Takes a reference on the entry of a chain that has these ports. */
static struct sock *find_in(struct inet_ehash_bucket *bucket,
			    const struct net *net, u16 local_port,
			    u16 peer_port)
{
	struct hlist_nulls_node *node;
	struct sock *sk;

	sk_nulls_for_each_rcu(sk, node, &bucket->chain) {
		if (sock_net(sk) == net && sk->sk_num == local_port &&
		    sk->sk_dport == htons(peer_port) &&
		    refcount_inc_not_zero(&sk->sk_refcnt))
			return sk;
	}
	return NULL;
}

struct sock *loopback_find(struct kunit *test, u16 local_port, u16 peer_port)
{
	struct loopback *lb = test->priv;
	struct inet_hashinfo *table = lb->net->ipv4.tcp_death_row.hashinfo;
	struct sock *sk = NULL;
	unsigned int i;

	if (lb->found)
		sock_gen_put(lb->found);
	rcu_read_lock();
	for (i = 0; i <= table->ehash_mask && !sk; i++)
		sk = find_in(&table->ehash[i], lb->net, local_port, peer_port);
	rcu_read_unlock();
	lb->found = sk;
	return sk;
}

/* The FIN's acknowledgment may be a delayed one. */
static void wait_for(struct kunit *test, const struct sock *sk, int state)
{
	int tries;

	for (tries = 0; tries < 50 && READ_ONCE(sk->sk_state) != state; tries++)
		msleep(20);
	KUNIT_ASSERT_EQ(test, sk->sk_state, state);
}

/* Takes a fresh connection to a state; the losses that need be, stay on. */
static struct sock *take_to(struct kunit *test, int state)
{
	struct loopback *lb = test->priv;

	switch (state) {
	case TCP_FIN_WAIT1:
		WRITE_ONCE(lb->loser, loopback_lose_fin);
		loopback_shutdown(test, lb->client);
		return lb->client->sk;
	case TCP_FIN_WAIT2:
		loopback_shutdown(test, lb->client);
		wait_for(test, lb->client->sk, TCP_FIN_WAIT2);
		return lb->client->sk;
	case TCP_CLOSE_WAIT:
		loopback_shutdown(test, lb->client);
		return lb->server->sk;
	case TCP_LAST_ACK:
		loopback_shutdown(test, lb->client);
		WRITE_ONCE(lb->loser, loopback_lose_fin);
		loopback_shutdown(test, lb->server);
		return lb->server->sk;
	case TCP_CLOSING:
		WRITE_ONCE(lb->loser, loopback_lose_client_fin);
		fallthrough;
	case TCP_TIME_WAIT:
		loopback_shutdown(test, lb->client);
		loopback_shutdown(test, lb->server);
	}
	return state == TCP_TIME_WAIT ?
	       loopback_find(test, lb->client_port, lb->port) :
	       lb->client->sk;
}

struct sock *loopback_reach(struct kunit *test,
			    const struct loopback_family *family, int state)
{
	struct loopback *lb = test->priv;
	struct sock *sk;

	WRITE_ONCE(lb->loser, state == TCP_SYN_SENT ? loopback_lose_all :
			      state == TCP_SYN_RECV ? loopback_lose_synack :
			      NULL);
	loopback_listen(test, family);
	if (state == TCP_LISTEN)
		return lb->listener->sk;
	loopback_connect(test);
	if (state == TCP_SYN_SENT)
		return lb->client->sk;
	if (state == TCP_SYN_RECV) {
		sk = loopback_find(test, lb->port, lb->client_port);
	} else {
		loopback_close(&lb->server);
		lb->server = loopback_accept(test);
		sk = take_to(test, state);
	}
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, sk);
	return sk;
}
