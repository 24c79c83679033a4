// SPDX-License-Identifier: GPL-2.0
/*
 * Many sockets in one place:
 *
 *	crowd KIND N ADDR:PORT [DEVICE]
 *
 * Makes N of a kind from the table below, says "ready" on standard output, and
 * keeps them until it is killed. With DEVICE they are bound to that. It raises
 * its own limit of open files as far as it may. Exit status 1 if one can't be
 * made, 2 for a wrong command line.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* As many as connect() finds even ports for; then the next local address. */
#define PER_ADDRESS 10000

static const char *device;

static void die(const char *what)
{
	fprintf(stderr, "crowd: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void set(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		die("setsockopt");
}

static int new_socket(int flags)
{
	int fd = socket(AF_INET, SOCK_STREAM | flags, 0);

	if (fd < 0)
		die("socket");
	if (device && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, strlen(device)))
		die(device);
	return fd;
}

static int bound_socket(const struct sockaddr_in *to)
{
	int fd = new_socket(0);

	set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (bind(fd, (const void *)to, sizeof(*to)))
		die("bind");
	return fd;
}

static void say_ready(void)
{
	puts("ready");
	fflush(stdout);
}

static void make_bound(int n, const struct sockaddr_in *to)
{
	while (n--)
		bound_socket(to);
}

static int new_listener(const struct sockaddr_in *to)
{
	int fd = bound_socket(to);

	if (listen(fd, 128))
		die("listen");
	return fd;
}

static void make_listeners(int n, const struct sockaddr_in *to)
{
	while (n--)
		new_listener(to);
}

/* From 127.1.0.1 on, each with a range of ports of its own. */
static int client_of(int i)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	int fd = new_socket(0);

	from.sin_addr.s_addr = htonl(0x7f010001 + i / PER_ADDRESS);
	set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	if (bind(fd, (void *)&from, sizeof(from)))
		die("bind");
	return fd;
}

/* The i-th connection; gives the client's end, and the accepted one. */
static int new_pair(int i, int listener, const struct sockaddr_in *to, int *server)
{
	int client = client_of(i);

	if (connect(client, (const void *)to, sizeof(*to)))
		die("connect");
	*server = accept(listener, NULL, NULL);
	if (*server < 0)
		die("accept");
	return client;
}

static void make_pairs(int n, const struct sockaddr_in *to)
{
	int listener = new_listener(to), server;

	for (int i = 0; i < n; i++) {
		int fd = new_pair(i, listener, to, &server);

		set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
		set(fd, IPPROTO_TCP, TCP_KEEPCNT, 127);
	}
}

static void make_accepted(int n, const struct sockaddr_in *to)
{
	int listener = new_listener(to), server;

	for (int i = 0; i < n; i++)
		close(new_pair(i, listener, to, &server));
}

/* One closes every 2 ms from when all are there. */
static void make_fading(int n, const struct sockaddr_in *to)
{
	int listener = new_listener(to), server, *clients = calloc(n, sizeof(int));

	if (!clients)
		die("calloc");
	for (int i = 0; i < n; i++)
		clients[i] = new_pair(i, listener, to, &server);
	say_ready();
	for (int i = 0; i < n; i++) {
		usleep(2000);
		close(clients[i]);
	}
}

static void make_timewaits(int n, const struct sockaddr_in *to)
{
	int listener = new_listener(to), server;

	for (int i = 0; i < n; i++) {
		close(new_pair(i, listener, to, &server));
		close(server);
	}
}

static void make_syns(int n, const struct sockaddr_in *to)
{
	struct sockaddr_in next = *to;

	for (int i = 0; i < n; i++) {
		int fd = new_socket(SOCK_NONBLOCK);

		next.sin_addr.s_addr = htonl(ntohl(to->sin_addr.s_addr) + i / PER_ADDRESS);
		if (connect(fd, (void *)&next, sizeof(next)) && errno != EINPROGRESS)
			die("connect");
	}
}

static const struct {
	const char *name;
	void (*make)(int n, const struct sockaddr_in *to);
	const char *help;
} kinds[] = {
	{ "bound", make_bound, "bound there with SO_REUSEPORT, nothing more" },
	{ "listeners", make_listeners, "listening there with SO_REUSEPORT" },
	{ "pairs", make_pairs, "connections to there, client with SO_KEEPALIVE and TCP_KEEPCNT 127" },
	{ "accepted", make_accepted, "accepted there, the client has closed" },
	{ "fading", make_fading, "connections to there; says ready, and then the clients close one by one" },
	{ "timewaits", make_timewaits, "connections to there that the client closed first" },
	{ "syns", make_syns, "waiting for an answer from there, and from the next addresses" },
};

static int usage(void)
{
	fprintf(stderr, "usage: crowd KIND N ADDR:PORT [DEVICE]\n");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		fprintf(stderr, "  %-10s %s\n", kinds[i].name, kinds[i].help);
	return 2;
}

static void raise_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	char *colon = argc > 3 ? strchr(argv[3], ':') : NULL;

	if (!colon || argc > 5)
		return usage();
	*colon = 0;
	to.sin_port = htons(atoi(colon + 1));
	if (!inet_pton(AF_INET, argv[3], &to.sin_addr))
		return usage();
	device = argv[4];
	raise_limit();
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(argv[1], kinds[i].name))
			continue;
		kinds[i].make(atoi(argv[2]), &to);
		say_ready();
		for (;;)
			pause();
	}
	return usage();
}
