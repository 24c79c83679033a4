// SPDX-License-Identifier: GPL-2.0
/*
 * Making connections, and what is done at their ends.
 *
 * The sockets are made as a process's are (not with sock_create_kern()): TCP
 * stops the timers of the kernel's own sockets when they are closed.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/module.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "internal.h"

#define BACKLOG 100

/**
 * tcp_kunit_address() - an address of lo
 * @family: whose: as this family writes it
 * @port: the port, host order
 * @to: is filled in
 *
 * For sockets that a case makes itself.
 *
 * Return: its size.
 */
int tcp_kunit_address(enum tcp_kunit_family family, u16 port,
		      struct sockaddr_storage *to)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)to;
	struct sockaddr_in *four = (struct sockaddr_in *)to;

	memset(to, 0, sizeof(*to));
	if (family == TCP_KUNIT_V4) {
		four->sin_family = AF_INET;
		four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		four->sin_port = htons(port);
		return sizeof(*four);
	}
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(port);
	six->sin6_addr = (struct in6_addr)IN6ADDR_LOOPBACK_INIT;
	if (family == TCP_KUNIT_MAPPED)
		ipv6_addr_set_v4mapped(htonl(INADDR_LOOPBACK), &six->sin6_addr);
	return sizeof(*six);
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_address);

/* A socket that is bound to a port of the kernel's choice. */
static void open_end(struct kunit *test, enum tcp_kunit_family family,
		     struct tcp_kunit_end *end)
{
	struct tcp_kunit *tk = tcp_kunit_of(test);
	struct sockaddr_storage to;
	int size = tcp_kunit_address(family, 0, &to);

	KUNIT_ASSERT_EQ(test, 0,
			__sock_create(tk->net, to.ss_family, SOCK_STREAM,
				      IPPROTO_TCP, &end->sock, 0));
	end->sk = end->sock->sk;
	KUNIT_ASSERT_EQ(test, 0, kernel_bind(end->sock, (void *)&to, size));
	end->port = inet_sk(end->sk)->inet_num;
	tcp_kunit_own_port(tk, end->port);
}

static struct tcp_kunit_pair *new_pair(struct kunit *test,
				       enum tcp_kunit_family family)
{
	struct tcp_kunit *tk = tcp_kunit_of(test);
	struct tcp_kunit_pair *pair;

	if (family != TCP_KUNIT_V4 && !IS_ENABLED(CONFIG_IPV6))
		kunit_skip(test, "this kernel has no IPv6");
	pair = kzalloc(sizeof(*pair), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pair);
	pair->family = family;
	spin_lock_bh(&tk->lock);
	list_add_tail(&pair->node, &tk->pairs);
	spin_unlock_bh(&tk->lock);
	return pair;
}

/**
 * tcp_kunit_listen() - make a listener on lo
 * @test: the case
 * @family: what it speaks
 *
 * Return: a pair with nothing in it but the listener.
 */
struct tcp_kunit_pair *tcp_kunit_listen(struct kunit *test,
					enum tcp_kunit_family family)
{
	struct tcp_kunit_pair *pair = new_pair(test, family);

	open_end(test, family, &pair->listener);
	KUNIT_ASSERT_EQ(test, 0, kernel_listen(pair->listener.sock, BACKLOG));
	tcp_kunit_pin(tcp_kunit_of(test), pair->listener.sk,
		      pair->listener.port, 0);
	pair->server.port = pair->listener.port;
	return pair;
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_listen);

/* Connects one end to a port; tells its initial sequence number. */
static void connect_end(struct kunit *test, enum tcp_kunit_family family,
			struct tcp_kunit_end *end, u16 port)
{
	struct tcp_kunit *tk = tcp_kunit_of(test);
	struct sockaddr_storage to;
	int size = tcp_kunit_address(family, port, &to), err;

	if (!end->sock)
		open_end(test, family, end);
	tcp_kunit_pin(tk, end->sk, end->port, port);
	err = kernel_connect(end->sock, (void *)&to, size, O_NONBLOCK);
	if (err)
		KUNIT_ASSERT_EQ(test, err, -EINPROGRESS);
	tcp_kunit_settle();
	end->isn = tcp_kunit_isn(tk, end->port, port);
}

/**
 * tcp_kunit_open() - make the client's socket, bound to a port, to be connected later
 * @test: the case
 * @pair: the pair; options can now be set at its client
 */
void tcp_kunit_open(struct kunit *test, struct tcp_kunit_pair *pair)
{
	open_end(test, pair->family, &pair->client);
	tcp_kunit_pin(tcp_kunit_of(test), pair->client.sk, pair->client.port,
		      pair->listener.port);
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_open);

/**
 * tcp_kunit_connect() - begin a connection to the listener of a pair
 * @test: the case
 * @pair: the pair; without tcp_kunit_open() its client is made here
 *
 * Returns without waiting for the handshake; where nothing is lost, lo has carried
 * it through by then.
 */
void tcp_kunit_connect(struct kunit *test, struct tcp_kunit_pair *pair)
{
	connect_end(test, pair->family, &pair->client, pair->listener.port);
	pair->server.isn = tcp_kunit_isn(tcp_kunit_of(test), pair->server.port,
					 pair->client.port);
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_connect);

/**
 * tcp_kunit_accept() - accept the connection as the pair's server
 * @test: the case
 * @pair: the pair
 */
void tcp_kunit_accept(struct kunit *test, struct tcp_kunit_pair *pair)
{
	struct tcp_kunit *tk = tcp_kunit_of(test);
	struct tcp_kunit_end *server = &pair->server;

	KUNIT_ASSERT_EQ(test, 0, kernel_accept(pair->listener.sock,
					       &server->sock, O_NONBLOCK));
	server->sk = server->sock->sk;
	tcp_kunit_pin(tk, server->sk, server->port, pair->client.port);
	server->isn = tcp_kunit_isn(tk, server->port, pair->client.port);
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_accept);

/**
 * tcp_kunit_pair() - make an established connection
 * @test: the case
 * @family: what it speaks
 *
 * Return: a pair with its listener, client and server.
 */
struct tcp_kunit_pair *tcp_kunit_pair(struct kunit *test,
				      enum tcp_kunit_family family)
{
	struct tcp_kunit_pair *pair = tcp_kunit_listen(test, family);

	tcp_kunit_connect(test, pair);
	tcp_kunit_accept(test, pair);
	return pair;
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_pair);

/* Two sockets that connect to each other: simultaneous open, up to SYN-RECEIVED. */
struct tcp_kunit_pair *tcp_kunit_cross(struct kunit *test,
				       enum tcp_kunit_family family)
{
	struct tcp_kunit_pair *pair = new_pair(test, family);
	struct tcp_kunit_filter *first;

	open_end(test, family, &pair->client);
	open_end(test, family, &pair->server);
	first = TCP_KUNIT_LOSE(test, .pair = pair, .count = 1);
	connect_end(test, family, &pair->client, pair->server.port);
	tcp_kunit_filter_del(test, first);
	TCP_KUNIT_LOSE(test, .pair = pair, .flags = TCP_KUNIT_ACK);
	connect_end(test, family, &pair->server, pair->client.port);
	return pair;
}

/**
 * tcp_kunit_send() - send as much as fits without waiting
 * @test: the case
 * @end: who sends
 * @size: bytes, zeros
 *
 * Return: how many were taken, or -errno.
 */
int tcp_kunit_send(struct kunit *test, struct tcp_kunit_end *end, size_t size)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	struct kvec vec = { .iov_len = size };
	int sent;

	KUNIT_ASSERT_NOT_ERR_OR_NULL_MSG(test, end->sock, "it is closed");
	vec.iov_base = kunit_kzalloc(test, size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, vec.iov_base);
	sent = kernel_sendmsg(end->sock, &msg, &vec, 1, size);
	tcp_kunit_settle();
	return sent;
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_send);

/**
 * tcp_kunit_receive() - read what there is without waiting
 * @test: the case
 * @end: who reads
 * @size: bytes, at most
 *
 * Return: how many were read, or -errno; -EAGAIN if there is nothing.
 */
int tcp_kunit_receive(struct kunit *test, struct tcp_kunit_end *end,
		      size_t size)
{
	struct msghdr msg = {};
	struct kvec vec = { .iov_len = size };

	KUNIT_ASSERT_NOT_ERR_OR_NULL_MSG(test, end->sock, "it is closed");
	vec.iov_base = kunit_kzalloc(test, size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, vec.iov_base);
	return kernel_recvmsg(end->sock, &msg, &vec, 1, size, MSG_DONTWAIT);
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_receive);

/**
 * tcp_kunit_shutdown() - send a FIN, keep the socket
 * @test: the case
 * @end: who has said all
 */
void tcp_kunit_shutdown(struct kunit *test, struct tcp_kunit_end *end)
{
	KUNIT_ASSERT_NOT_ERR_OR_NULL_MSG(test, end->sock, "it is closed");
	KUNIT_ASSERT_EQ(test, 0, kernel_sock_shutdown(end->sock, SHUT_WR));
	tcp_kunit_settle();
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_shutdown);

/**
 * tcp_kunit_close() - close a socket as a process does
 * @test: the case
 * @end: whose; its sk stays valid: what is left of it is an orphan
 */
void tcp_kunit_close(struct kunit *test, struct tcp_kunit_end *end)
{
	if (!end->sock)
		return;
	sock_release(end->sock);
	end->sock = NULL;
	tcp_kunit_settle();
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_close);

/**
 * tcp_kunit_abort() - close a socket with a RST
 * @test: the case
 * @end: whose
 */
void tcp_kunit_abort(struct kunit *test, struct tcp_kunit_end *end)
{
	KUNIT_ASSERT_NOT_ERR_OR_NULL_MSG(test, end->sock, "it is closed");
	sock_no_linger(end->sk);
	tcp_kunit_close(test, end);
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_abort);

/**
 * tcp_kunit_setsockopt() - set an option that is an int
 * @test: the case
 * @end: whose
 * @level: SOL_SOCKET, SOL_TCP, ...
 * @option: SO_KEEPALIVE, TCP_KEEPIDLE, ...
 * @value: the value
 */
void tcp_kunit_setsockopt(struct kunit *test, struct tcp_kunit_end *end,
			  int level, int option, int value)
{
	sockptr_t from = KERNEL_SOCKPTR(&value);
	int err;

	KUNIT_ASSERT_NOT_ERR_OR_NULL_MSG(test, end->sock, "it is closed");
	if (level == SOL_SOCKET)
		err = sock_setsockopt(end->sock, level, option, from,
				      sizeof(value));
	else
		err = end->sock->ops->setsockopt(end->sock, level, option, from,
						 sizeof(value));
	KUNIT_ASSERT_EQ(test, 0, err);
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_setsockopt);
