// SPDX-License-Identifier: GPL-2.0
/* Clients: each act of the list, and the loop that mixes them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "storm.h"

#define REBIND_PORT 9000
#define REBIND_PORTS 200

/* How often each act is taken, of 100. */
static const uint8_t weights[ACT_MAX] = {
	[ACT_CLIENT_FIN] = 22, [ACT_SERVER_FIN] = 12, [ACT_CLIENT_RST] = 18, [ACT_SERVER_RST] = 10,
	[ACT_HALF] = 6, [ACT_UNREAD] = 6, [ACT_BOTH] = 6, [ACT_AGAIN] = 6, [ACT_REFUSED] = 5,
	[ACT_ABANDON] = 4, [ACT_REBIND] = 5,
};

/* A server that is gone answers nobody: no call waits longer than two seconds. */
static int new_socket(int family, int flags)
{
	struct timeval patience = { .tv_sec = 2 };
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return fd;
}

static bool say_hello(int fd, enum act act)
{
	struct hello hello = { .magic = HELLO_MAGIC, .pid = getpid(), .cookie = cookie_of(fd), .act = act };

	truth_note(hello.cookie, hello.pid);
	return write(fd, &hello, sizeof(hello)) == sizeof(hello);
}

static bool hear_hello(int fd)
{
	struct hello hello;

	return read(fd, &hello, sizeof(hello)) == sizeof(hello);
}

static void read_to_end(int fd)
{
	char buffer[64];

	while (read(fd, buffer, sizeof(buffer)) > 0)
		;
}

static bool again(int fd, const struct sockaddr_storage *to, socklen_t len)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };

	return !connect(fd, &unspec, sizeof(unspec)) && !connect(fd, (const void *)to, len) &&
	       say_hello(fd, ACT_CLIENT_FIN) && hear_hello(fd);
}

/* After the hello: what this end does. Takes the socket. */
static bool play(int fd, enum act act, const struct sockaddr_storage *to, socklen_t len)
{
	bool good = true;

	if (act == ACT_HALF)
		shutdown(fd, SHUT_WR);
	else if (act != ACT_UNREAD)
		good = hear_hello(fd);
	if (good && act == ACT_AGAIN)
		good = again(fd, to, len);
	if (act == ACT_SERVER_FIN || act == ACT_SERVER_RST || act == ACT_HALF)
		read_to_end(fd);
	if (act == ACT_CLIENT_RST)
		close_by_rst(fd);
	else
		close(fd);
	return good;
}

static bool bind_to_one_of_few(int fd, int family)
{
	struct sockaddr_storage any = { .ss_family = family };
	int yes = 1;

	((struct sockaddr_in *)&any)->sin_port = htons(REBIND_PORT + below(REBIND_PORTS));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	return !bind(fd, (void *)&any, family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
}

bool act_once(enum act act, const struct sockaddr_storage *to, socklen_t len)
{
	int fd = new_socket(to->ss_family, act == ACT_ABANDON ? SOCK_NONBLOCK : 0);

	if (act == ACT_REBIND && !bind_to_one_of_few(fd, to->ss_family)) {
		close(fd);
		return false;
	}
	if (connect(fd, (const void *)to, len)) {
		close(fd);
		return act == ACT_REFUSED || act == ACT_ABANDON;
	}
	if (act >= ACT_ASKED)
		act = ACT_CLIENT_FIN;
	if (!say_hello(fd, act)) {
		close(fd);
		return false;
	}
	return play(fd, act, to, len);
}

static enum act any_act(void)
{
	uint32_t n = below(100);

	for (int act = 0; act < ACT_MAX; act++) {
		if (n < weights[act])
			return act;
		n -= weights[act];
	}
	return ACT_CLIENT_FIN;
}

/* Of IPv4, one of 64 neighbours, so that ports suffice. */
static void vary(struct sockaddr_storage *to)
{
	struct sockaddr_in *to4 = (void *)to;

	if (to->ss_family == AF_INET && (ntohl(to4->sin_addr.s_addr) >> 24) == 127)
		to4->sin_addr.s_addr = htonl((ntohl(to4->sin_addr.s_addr) & ~63) | below(64));
}

int cmd_client(int argc, char **argv)
{
	struct sockaddr_storage to, refusing;
	int64_t until;
	socklen_t len;

	if (argc < 3)
		return 2;
	be_named();
	truth_open();
	len = address_of(argv[1], atoi(argv[2]), &to);
	address_of(argv[1], argc > 3 ? atoi(argv[3]) : 1, &refusing);
	until = now_ms() + atoi(argv[0]) * 1000;
	while (now_ms() < until) {
		enum act act = any_act();

		vary(&to);
		if (!act_once(act, act == ACT_REFUSED ? &refusing : &to, len))
			usleep(500);
	}
	return 0;
}
