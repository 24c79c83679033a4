/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Many sockets at once, in the namespace of a case or in one more: what the kit, which
 * makes connections one by one, has no word for.
 *
 * Use crowd_init() and crowd_exit() as init and exit of a suite. What goes wrong here
 * ends the case at once.
 */
#ifndef TCPSCOPE_TESTS_CROWD_H
#define TCPSCOPE_TESTS_CROWD_H

#include <linux/net.h>

#include "../kunit/tcp_kunit.h"

#define CROWD_KEPT 256

/* It is test->priv. */
struct crowd {
	struct net *net;	/* where new sockets go */
	enum tcp_kunit_family family;
	int protocol;		/* IPPROTO_TCP or above it */
	struct socket *listener;
	u16 port;		/* of the listener, host order */
	struct socket *kept[CROWD_KEPT];
	unsigned int n_kept;
};

/* Makes the kit's fixture too. Skips the case where there are no namespaces. */
int crowd_init(struct kunit *test);
void crowd_exit(struct kunit *test);

/* One more namespace, with a table of so many buckets of its own, if any. */
struct net *crowd_new_net(struct kunit *test, unsigned int buckets);
/* New sockets go there, until crowd_leave_net() closes all and gives it back. */
void crowd_enter_net(struct kunit *test, struct net *net);
void crowd_leave_net(struct kunit *test);

/* A socket that listens, on a port of the kernel's choice; one more on that port. */
void crowd_listen(struct kunit *test, enum tcp_kunit_family family,
		  int protocol);
struct socket *crowd_listen_too(struct kunit *test);
/* Begins a connection to the listener; the caller's to release or keep. */
struct socket *crowd_connect(struct kunit *test);
/* Accepts one, likewise. */
struct socket *crowd_accept(struct kunit *test);
/* Leaves a socket to crowd_exit() to release. */
void crowd_keep(struct kunit *test, struct socket *sock);
void crowd_close_all(struct kunit *test);

#endif /* TCPSCOPE_TESTS_CROWD_H */
