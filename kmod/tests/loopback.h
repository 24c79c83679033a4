/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Real TCP connections over lo, made in the kernel, for the KUnit suites.
 *
 *            listener
 *               |accept
 *   client ==== server        every test has a network namespace of its own,
 *        \      /             with nothing in it but lo, so that it may count
 *      the loser drops        what is there and lose the segments it likes
 *
 * Use loopback_init() and loopback_exit() as init and exit of a suite. What
 * goes wrong here ends the test at once.
 */
#ifndef TCPSCOPE_LOOPBACK_H
#define TCPSCOPE_LOOPBACK_H

#include <kunit/test.h>
#include <linux/net.h>
#include <linux/netfilter.h>
#include <linux/tcp.h>
#include <net/sock.h>

#define LOOPBACK_BACKLOG 100
#define LOOPBACK_KEPT 256

struct loopback;

/* Says whether a segment is lost on its way. */
typedef bool loopback_loser(const struct loopback *lb,
			    const struct tcphdr *th, unsigned int payload);

/* What a connection speaks. */
struct loopback_family {
	const char *name;
	sa_family_t family;
	bool mapped;			/* IPv4 on an IPv6 socket */
	int protocol;			/* IPPROTO_TCP or above it */
};

#define LOOPBACK_FAMILIES 3
extern const struct loopback_family loopback_families[LOOPBACK_FAMILIES];
#define LOOPBACK_V4 (&loopback_families[0])
#define LOOPBACK_V6 (&loopback_families[1])
#define LOOPBACK_MAPPED (&loopback_families[2])
/* Not one of these, and not in every kernel. */
extern const struct loopback_family loopback_mptcp;

/* What a test has in its namespace; it is test->priv. */
struct loopback {
	struct net *home;		/* where segments are watched and lost */
	struct net *net;		/* where new sockets go, mostly home */
	struct nf_hook_ops hook;
	loopback_loser *loser;		/* NULL: nothing is lost */
	unsigned int segments;		/* seen, lost or not, but no RST */
	u64 first_ns;			/* when the first of these came */
	unsigned int lost;		/* segments lost so far */
	u32 lost_seq;			/* numbers of the last one */
	u32 lost_ack;
	const struct loopback_family *family;
	struct socket *listener;
	struct socket *client;
	struct socket *server;
	struct socket *kept[LOOPBACK_KEPT];
	unsigned int n_kept;
	struct sock *found;		/* by loopback_find(), with a reference */
	u16 port;			/* of the listener, host order */
	u16 client_port;
};

int loopback_init(struct kunit *test);
void loopback_exit(struct kunit *test);

/* Makes one more namespace with lo up; put_net() gives it back. */
struct net *loopback_new_net(struct kunit *test);
/* Closes all sockets of the fixture. */
void loopback_close_all(struct kunit *test);

/* A socket that listens, on a port of the kernel's choice. */
void loopback_listen(struct kunit *test, const struct loopback_family *family);
/* One more listener on the same port, the caller's to release or keep. */
struct socket *loopback_listen_too(struct kunit *test);
/* Begins a connection, returns without waiting for its end. */
void loopback_connect(struct kunit *test);
/* Listens, connects and accepts: client and server are established. */
void loopback_establish(struct kunit *test,
			const struct loopback_family *family);
/* Makes and connects one more client, the caller's to release or keep. */
struct socket *loopback_another(struct kunit *test);
/* Accepts a connection, the caller's to release or keep. */
struct socket *loopback_accept(struct kunit *test);
/* Leaves a socket to loopback_exit() to release. */
void loopback_keep(struct kunit *test, struct socket *sock);
/* Sends so many bytes as fit without waiting; returns how many. */
int loopback_send(struct kunit *test, struct socket *sock, size_t size);
/* Reads so many bytes as there are without waiting; returns how many. */
int loopback_receive(struct kunit *test, struct socket *sock, size_t size);
/* Sends a FIN, keeps the socket. */
void loopback_shutdown(struct kunit *test, struct socket *sock);
/* Closes a socket of the fixture: what is left of it is an orphan. */
void loopback_close(struct socket **sock);
/* setsockopt(fd, IPPROTO_TCP, option, &value, sizeof(value)) */
void loopback_set(struct kunit *test, struct socket *sock, int option,
		  int value);

/* Begins to count segments anew. */
void loopback_watch(struct kunit *test);

/*
 * Finds the socket with these ports in the table of connections: a request, a
 * timewait or a full socket. NULL if there is none. Valid until the next one.
 */
struct sock *loopback_find(struct kunit *test, u16 local_port, u16 peer_port);

/*
 * Takes a fresh connection to a state and returns the socket that is in it.
 * SYN_RECV is a request, TIME_WAIT a minisocket.
 */
struct sock *loopback_reach(struct kunit *test,
			    const struct loopback_family *family, int state);

/* Losers. */
loopback_loser loopback_lose_all;
loopback_loser loopback_lose_synack;
loopback_loser loopback_lose_data;
loopback_loser loopback_lose_fin;
loopback_loser loopback_lose_client_fin;
loopback_loser loopback_lose_to_client;
loopback_loser loopback_lose_to_server;
/* Loses again what was lost last. */
loopback_loser loopback_lose_same;

#endif /* TCPSCOPE_LOOPBACK_H */
