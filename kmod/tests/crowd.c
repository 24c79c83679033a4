// SPDX-License-Identifier: GPL-2.0
/*
 * Many sockets at once.
 */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/user_namespace.h>
#include <net/inet_sock.h>
#include <net/net_namespace.h>

#include "crowd.h"

#define BACKLOG 100

int crowd_init(struct kunit *test)
{
	struct crowd *crowd;
	int err;

	if (!IS_ENABLED(CONFIG_NET_NS))
		kunit_skip(test, "counts sockets, for which it needs a namespace");
	err = tcp_kunit_init(test);
	if (err)
		return err;
	crowd = kunit_kzalloc(test, sizeof(*crowd), GFP_KERNEL);
	if (!crowd)
		return -ENOMEM;
	crowd->net = tcp_kunit_net(test);
	test->priv = crowd;
	return 0;
}

void crowd_exit(struct kunit *test)
{
	struct crowd *crowd = test->priv;

	if (!crowd)
		return;
	crowd_close_all(test);
	if (crowd->net != tcp_kunit_net(test))
		put_net(crowd->net);
}

struct net *crowd_new_net(struct kunit *test, unsigned int buckets)
{
	struct net *net;
	int err;

	init_net.ipv4.sysctl_tcp_child_ehash_entries = buckets;
	net = copy_net_ns(CLONE_NEWNET, &init_user_ns, &init_net);
	init_net.ipv4.sysctl_tcp_child_ehash_entries = 0;
	KUNIT_ASSERT_FALSE(test, IS_ERR(net));
	rtnl_lock();
	err = dev_open(net->loopback_dev, NULL);
	rtnl_unlock();
	KUNIT_ASSERT_EQ(test, err, 0);
	return net;
}

void crowd_enter_net(struct kunit *test, struct net *net)
{
	struct crowd *crowd = test->priv;

	crowd->net = net;
}

void crowd_leave_net(struct kunit *test)
{
	struct crowd *crowd = test->priv;

	crowd_close_all(test);
	put_net(crowd->net);
	crowd->net = tcp_kunit_net(test);
}

static struct socket *new_socket(struct kunit *test)
{
	struct crowd *crowd = test->priv;
	int family = crowd->family == TCP_KUNIT_V4 ? AF_INET : AF_INET6;
	struct socket *sock;

	KUNIT_ASSERT_EQ(test, 0, __sock_create(crowd->net, family, SOCK_STREAM,
					       crowd->protocol, &sock, 0));
	return sock;
}

static struct socket *listen_on(struct kunit *test, u16 port)
{
	struct crowd *crowd = test->priv;
	struct socket *sock = new_socket(test);
	struct sockaddr_storage to;
	int size = tcp_kunit_address(crowd->family, port, &to), err;

	sock->sk->sk_reuseport = 1;
	err = kernel_bind(sock, (void *)&to, size) ?:
	      kernel_listen(sock, BACKLOG);
	if (err) {
		sock_release(sock);
		KUNIT_ASSERT_EQ(test, err, 0);
	}
	return sock;
}

void crowd_listen(struct kunit *test, enum tcp_kunit_family family,
		  int protocol)
{
	struct crowd *crowd = test->priv;

	if (family != TCP_KUNIT_V4 && !IS_ENABLED(CONFIG_IPV6))
		family = TCP_KUNIT_V4;
	crowd->family = family;
	crowd->protocol = protocol;
	crowd->listener = listen_on(test, 0);
	crowd->port = inet_sk(crowd->listener->sk)->inet_num;
}

struct socket *crowd_listen_too(struct kunit *test)
{
	struct crowd *crowd = test->priv;

	return listen_on(test, crowd->port);
}

struct socket *crowd_connect(struct kunit *test)
{
	struct crowd *crowd = test->priv;
	struct socket *sock = new_socket(test);
	struct sockaddr_storage to;
	int size = tcp_kunit_address(crowd->family, crowd->port, &to), err;

	err = kernel_connect(sock, (void *)&to, size, O_NONBLOCK);
	if (err != -EINPROGRESS) {
		sock_release(sock);
		KUNIT_ASSERT_EQ(test, err, -EINPROGRESS);
	}
	return sock;
}

struct socket *crowd_accept(struct kunit *test)
{
	struct crowd *crowd = test->priv;
	struct socket *sock;

	KUNIT_ASSERT_EQ(test, 0, kernel_accept(crowd->listener, &sock,
					       O_NONBLOCK));
	return sock;
}

void crowd_keep(struct kunit *test, struct socket *sock)
{
	struct crowd *crowd = test->priv;

	KUNIT_ASSERT_LT(test, crowd->n_kept, CROWD_KEPT);
	crowd->kept[crowd->n_kept++] = sock;
}

void crowd_close_all(struct kunit *test)
{
	struct crowd *crowd = test->priv;

	while (crowd->n_kept)
		sock_release(crowd->kept[--crowd->n_kept]);
	if (crowd->listener)
		sock_release(crowd->listener);
	crowd->listener = NULL;
}
