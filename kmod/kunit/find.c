// SPDX-License-Identifier: GPL-2.0
/*
 * What is in the table of connections, and what stands for an end of one now: a
 * request becomes a socket, a socket a minisocket, and all have the same ports.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <net/inet_hashtables.h>
#include <net/inet_timewait_sock.h>
#include <net/tcp.h>

#include "internal.h"

/* Which entry is wanted; with both ports 0, any of the case's. */
struct wanted {
	const struct net *net;
	const struct tcp_kunit *tk;
	u16 local_port;
	u16 peer_port;
};

static bool is_wanted(const struct wanted *wanted, const struct sock *sk)
{
	if (sock_net(sk) != wanted->net)
		return false;
	if (wanted->tk)
		return wanted->tk->own_net ||
		       tcp_kunit_owns_port(wanted->tk, sk->sk_num) ||
		       tcp_kunit_owns_port(wanted->tk, ntohs(sk->sk_dport));
	return sk->sk_num == wanted->local_port &&
	       sk->sk_dport == htons(wanted->peer_port);
}

static struct sock *find_in(struct inet_ehash_bucket *bucket,
			    const struct wanted *wanted)
{
	struct hlist_nulls_node *node;
	struct sock *sk;

	sk_nulls_for_each_rcu(sk, node, &bucket->chain) {
		if (is_wanted(wanted, sk) &&
		    refcount_inc_not_zero(&sk->sk_refcnt))
			return sk;
	}
	return NULL;
}

static struct sock *find(const struct wanted *wanted)
{
	struct inet_hashinfo *table = wanted->net->ipv4.tcp_death_row.hashinfo;
	struct sock *sk = NULL;
	unsigned int i;

	rcu_read_lock();
	for (i = 0; i <= table->ehash_mask && !sk; i++)
		sk = find_in(&table->ehash[i], wanted);
	rcu_read_unlock();
	return sk;
}

struct sock *tcp_kunit_lookup(const struct net *net, u16 local_port,
			      u16 peer_port)
{
	struct wanted wanted = {
		.net = net, .local_port = local_port, .peer_port = peer_port,
	};

	return find(&wanted);
}

void tcp_kunit_bury(struct tcp_kunit *tk)
{
	struct wanted wanted = { .net = tk->net, .tk = tk };
	const struct sock *last = NULL;
	struct sock *sk;

	/* One that stays in the table whatever is done must not hold this up. */
	for (sk = find(&wanted); sk && sk != last; sk = find(&wanted)) {
		last = sk;
		if (sk->sk_state == TCP_TIME_WAIT) {
			local_bh_disable();
			inet_twsk_deschedule_put(inet_twsk(sk));
			local_bh_enable();
			continue;
		}
		tcp_abort(sk, ECONNABORTED);
		sock_gen_put(sk);
	}
	if (sk)
		sock_gen_put(sk);
}

void tcp_kunit_pin(struct tcp_kunit *tk, struct sock *sk, u16 local_port,
		   u16 peer_port)
{
	struct tcp_kunit_pin *pin;

	KUNIT_ASSERT_LT(tk->test, tk->n_pins, (unsigned int)TCP_KUNIT_PINS);
	pin = &tk->pins[tk->n_pins++];
	refcount_inc(&sk->sk_refcnt);
	pin->sk = sk;
	pin->local_port = local_port;
	pin->peer_port = peer_port;
}

/* The last one counts: a server is known by its ports after it was accepted. */
static const struct tcp_kunit_pin *pin_of(const struct tcp_kunit *tk,
					  const struct sock *sk)
{
	unsigned int i;

	for (i = tk->n_pins; i--; )
		if (tk->pins[i].sk == sk)
			return &tk->pins[i];
	return NULL;
}

static bool is_over(struct sock *sk)
{
	return sk->sk_state == TCP_CLOSE ||
	       (sk->sk_state != TCP_LISTEN && sk_unhashed(sk));
}

struct sock *tcp_kunit_now(struct tcp_kunit *tk, struct sock *sk)
{
	const struct tcp_kunit_pin *pin = tk ? pin_of(tk, sk) : NULL;

	if (!is_over(sk)) {
		refcount_inc(&sk->sk_refcnt);
		return sk;
	}
	if (pin)
		return tcp_kunit_lookup(tk->net, pin->local_port,
					pin->peer_port);
	if (!sk_fullsock(sk) || sk->sk_num)
		return tcp_kunit_lookup(sock_net(sk), sk->sk_num,
					ntohs(sk->sk_dport));
	return NULL;
}

/**
 * tcp_kunit_find() - find a socket, request or minisocket by its ports
 * @test: the case
 * @local_port: its own port, host order
 * @peer_port: the other end's
 *
 * Return: it, valid to the end of the case, or NULL.
 */
struct sock *tcp_kunit_find(struct kunit *test, u16 local_port, u16 peer_port)
{
	struct tcp_kunit *tk = tcp_kunit_of(test);
	struct sock *sk = tcp_kunit_lookup(tk->net, local_port, peer_port);

	if (!sk)
		return NULL;
	tcp_kunit_pin(tk, sk, local_port, peer_port);
	sock_gen_put(sk);
	return sk;
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_find);
