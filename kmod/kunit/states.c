// SPDX-License-Identifier: GPL-2.0
/*
 * Taking a connection to any state, and what the states are called.
 */
#include <linux/module.h>
#include <linux/string.h>
#include <net/tcp.h>

#include "internal.h"

/* As RFC 9293 writes them; a request is what Linux keeps of SYN-RECEIVED. */
static const struct {
	int state;
	const char *name;
} names[] = {
	{ TCP_ESTABLISHED, "ESTABLISHED" },
	{ TCP_SYN_SENT, "SYN-SENT" },
	{ TCP_SYN_RECV, "SYN-RECEIVED" },
	{ TCP_FIN_WAIT1, "FIN-WAIT-1" },
	{ TCP_FIN_WAIT2, "FIN-WAIT-2" },
	{ TCP_TIME_WAIT, "TIME-WAIT" },
	{ TCP_CLOSE, "CLOSED" },
	{ TCP_CLOSE_WAIT, "CLOSE-WAIT" },
	{ TCP_LAST_ACK, "LAST-ACK" },
	{ TCP_LISTEN, "LISTEN" },
	{ TCP_CLOSING, "CLOSING" },
	{ TCP_NEW_SYN_RECV, "SYN-RECEIVED (request)" },
};

/**
 * tcp_kunit_state_name() - what RFC 9293 calls a state
 * @state: TCP_ESTABLISHED and so on
 *
 * Return: its name, "?" if there is none.
 */
const char *tcp_kunit_state_name(int state)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].state == state)
			return names[i].name;
	return "?";
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_state_name);

/**
 * tcp_kunit_state_by_name() - the number of a state
 * @name: as RFC 9293 writes it: "FIN-WAIT-2"
 *
 * Return: TCP_FIN_WAIT2 and so on, or -EINVAL.
 */
int tcp_kunit_state_by_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i].name, name))
			return names[i].state;
	return -EINVAL;
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_state_by_name);

/* An ACK may be held back for up to 200 ms. */
static void wait_for(struct kunit *test, const struct sock *sk, int state)
{
	int tries;

	for (tries = 0; tries < 50 && READ_ONCE(sk->sk_state) != state; tries++)
		tcp_kunit_advance(test, 10);
}

static struct sock *to_time_wait(struct kunit *test,
				 struct tcp_kunit_pair *pair)
{
	tcp_kunit_shutdown(test, &pair->client);
	tcp_kunit_shutdown(test, &pair->server);
	return tcp_kunit_find(test, pair->client.port, pair->server.port);
}

/* Takes an established connection on; the losses that need be, stay on. */
static struct sock *take_to(struct kunit *test, struct tcp_kunit_pair *pair,
			    int state)
{
	switch (state) {
	case TCP_FIN_WAIT1:
		TCP_KUNIT_LOSE(test, .pair = pair, .flags = TCP_KUNIT_FIN);
		fallthrough;
	case TCP_FIN_WAIT2:
		tcp_kunit_shutdown(test, &pair->client);
		wait_for(test, pair->client.sk, state);
		return pair->client.sk;
	case TCP_CLOSE_WAIT:
		tcp_kunit_shutdown(test, &pair->client);
		return pair->server.sk;
	case TCP_LAST_ACK:
		tcp_kunit_shutdown(test, &pair->client);
		TCP_KUNIT_LOSE(test, .pair = pair, .dir = TCP_KUNIT_S2C,
			       .flags = TCP_KUNIT_FIN);
		tcp_kunit_shutdown(test, &pair->server);
		return pair->server.sk;
	case TCP_CLOSING:
		TCP_KUNIT_LOSE(test, .pair = pair, .dir = TCP_KUNIT_C2S,
			       .flags = TCP_KUNIT_FIN);
		tcp_kunit_shutdown(test, &pair->client);
		tcp_kunit_shutdown(test, &pair->server);
		return pair->client.sk;
	case TCP_TIME_WAIT:
		return to_time_wait(test, pair);
	}
	return pair->client.sk;
}

static struct tcp_kunit_pair *request(struct kunit *test,
				      enum tcp_kunit_family family)
{
	struct tcp_kunit_pair *pair = tcp_kunit_listen(test, family);

	TCP_KUNIT_LOSE(test, .pair = pair, .dir = TCP_KUNIT_S2C,
		       .flags = TCP_KUNIT_SYN);
	tcp_kunit_connect(test, pair);
	pair->server.sk = tcp_kunit_find(test, pair->server.port,
					 pair->client.port);
	pair->sk = pair->server.sk;
	return pair;
}

static struct tcp_kunit_pair *syn_sent(struct kunit *test,
				       enum tcp_kunit_family family)
{
	struct tcp_kunit_pair *pair = tcp_kunit_listen(test, family);

	TCP_KUNIT_LOSE(test, .pair = pair);
	tcp_kunit_connect(test, pair);
	pair->sk = pair->client.sk;
	return pair;
}

/* Brings about the state in whatever way it takes. */
static struct tcp_kunit_pair *arrange(struct kunit *test,
				      enum tcp_kunit_family family, int state)
{
	struct tcp_kunit_pair *pair;

	switch (state) {
	case TCP_LISTEN:
		pair = tcp_kunit_listen(test, family);
		pair->sk = pair->listener.sk;
		return pair;
	case TCP_SYN_SENT:
		return syn_sent(test, family);
	case TCP_NEW_SYN_RECV:
		return request(test, family);
	case TCP_SYN_RECV:
		pair = tcp_kunit_cross(test, family);
		pair->sk = pair->client.sk;
		return pair;
	}
	pair = tcp_kunit_pair(test, family);
	if (state == TCP_CLOSE) {
		tcp_kunit_abort(test, &pair->server);
		pair->sk = pair->client.sk;
	} else {
		pair->sk = take_to(test, pair, state);
	}
	return pair;
}

/**
 * tcp_kunit_reach() - make a connection and take it to a state
 * @test: the case
 * @family: what it speaks
 * @state: TCP_ESTABLISHED and so on, or tcp_kunit_state_by_name(). TCP_NEW_SYN_RECV is
 *         a listener's request, TCP_SYN_RECV a socket after a simultaneous open,
 *         TCP_TIME_WAIT a minisocket, TCP_CLOSE a client that got a RST
 *
 * The segments whose loss keeps it in that state stay lost: tcp_kunit_heal() ends
 * that.
 *
 * Return: the pair; its sk is the socket in that state.
 */
struct tcp_kunit_pair *tcp_kunit_reach(struct kunit *test,
				       enum tcp_kunit_family family, int state)
{
	struct tcp_kunit_pair *pair = arrange(test, family, state);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pair->sk);
	KUNIT_ASSERT_EQ_MSG(test, (int)READ_ONCE(pair->sk->sk_state), state,
			    "%s was not reached", tcp_kunit_state_name(state));
	return pair;
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_reach);

/**
 * tcp_kunit_half_open() - make a connection to a server that has gone unseen
 * @test: the case
 * @family: what it speaks
 *
 * As after a crash: the server's RST was lost, nothing is lost any more.
 *
 * Return: the pair; client and sk are established, and nobody is at the other end.
 */
struct tcp_kunit_pair *tcp_kunit_half_open(struct kunit *test,
					   enum tcp_kunit_family family)
{
	struct tcp_kunit_pair *pair = tcp_kunit_pair(test, family);
	struct tcp_kunit_filter *rst;

	rst = TCP_KUNIT_LOSE(test, .pair = pair, .flags = TCP_KUNIT_RST);
	tcp_kunit_abort(test, &pair->server);
	tcp_kunit_filter_del(test, rst);
	pair->sk = pair->client.sk;
	return pair;
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_half_open);
