// SPDX-License-Identifier: GPL-2.0
/* A server that does what each client asks of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "storm.h"

#define MAX_FDS 4096
#define EVENTS 64

/* What is asked of this server over each of its descriptors; -1: no hello yet. */
static int8_t asked[MAX_FDS];

static int epoll;

static void watch(int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		die("epoll_ctl");
}

static int open_listener(const struct sockaddr_storage *at, socklen_t len, int backlog)
{
	int fd = socket(at->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes));
	if (fd < 0 || bind(fd, (const void *)at, len) || listen(fd, backlog))
		die("listen");
	truth_note(cookie_of(fd), getpid());
	watch(fd);
	return fd;
}

static void take_in(int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		if (fd >= MAX_FDS) {
			close(fd);
			continue;
		}
		asked[fd] = -1;
		truth_note(cookie_of(fd), getpid());
		watch(fd);
	}
}

static void greet(int fd, const struct hello *hello)
{
	truth_note(hello->cookie, hello->pid);
	asked[fd] = hello->act;
	if (hello->act != ACT_HALF && write(fd, hello, sizeof(*hello)) < 0) {
		close(fd);
		return;
	}
	if (hello->act == ACT_SERVER_RST)
		close_by_rst(fd);
	else if (hello->act == ACT_SERVER_FIN || hello->act == ACT_BOTH)
		close(fd);
}

/* A client that goes on reading gets its answer only now. */
static void finish(int fd)
{
	if (asked[fd] == ACT_HALF && write(fd, "late", 4) < 0)
		asked[fd] = -1;
	close(fd);
}

static void hear(int fd)
{
	struct hello hello;
	ssize_t got = read(fd, &hello, sizeof(hello));

	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0)
		finish(fd);
	else if (asked[fd] < 0 && got == sizeof(hello) && hello.magic == HELLO_MAGIC)
		greet(fd, &hello);
}

static int64_t next_blink(int blink_ms)
{
	return blink_ms ? now_ms() + blink_ms / 2 + below(blink_ms) : INT64_MAX;
}

void serve(const struct sockaddr_storage *at, socklen_t len, int backlog, int64_t until_ms, int blink_ms)
{
	int64_t blink = next_blink(blink_ms);
	struct epoll_event events[EVENTS];
	int listener;

	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ MAX_FDS, MAX_FDS });
	epoll = epoll_create1(EPOLL_CLOEXEC);
	listener = open_listener(at, len, backlog);
	while (now_ms() < until_ms) {
		int n = epoll_wait(epoll, events, EVENTS, 50);

		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == listener)
				take_in(listener);
			else
				hear(events[i].data.fd);
		}
		if (now_ms() < blink)
			continue;
		close(listener);
		listener = open_listener(at, len, backlog);
		blink = next_blink(blink_ms);
	}
}

int cmd_serve(int argc, char **argv)
{
	struct sockaddr_storage at;
	socklen_t len;

	if (argc < 4)
		return 2;
	be_named();
	truth_open();
	len = address_of(argv[1], atoi(argv[2]), &at);
	serve(&at, len, atoi(argv[3]), now_ms() + atoi(argv[0]) * 1000, argc > 4 ? atoi(argv[4]) : 0);
	return 0;
}
