// SPDX-License-Identifier: GPL-2.0
/* Owners that end early: children that are killed, namespaces that end with connections inside; and one that stays. */
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storm.h"

/* Connections to a server that stays; one in three is left in the middle of its handshake or of its end. */
static void open_some(const struct sockaddr_storage *to, socklen_t len, int n)
{
	while (n-- > 0) {
		int how = below(3), fd = socket(to->ss_family, SOCK_STREAM | (how ? 0 : SOCK_NONBLOCK), 0);
		struct hello hello = { .magic = HELLO_MAGIC, .pid = getpid(), .act = ACT_STAY };

		if (fd < 0 || connect(fd, (const void *)to, len))
			continue;
		hello.cookie = cookie_of(fd);
		truth_note(hello.cookie, hello.pid);
		if (write(fd, &hello, sizeof(hello)) > 0 && how == 2)
			shutdown(fd, SHUT_WR);
	}
}

static void listen_somewhere(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd >= 0 && !listen(fd, 8))
		truth_note(cookie_of(fd), getpid());
}

static pid_t begin_child(void)
{
	pid_t parent = getpid(), child = fork();

	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	be_named();
	truth_open();
	return 0;
}

static void live_and_be_killed(const struct sockaddr_storage *to, socklen_t len)
{
	pid_t child = begin_child();

	if (!child) {
		listen_somewhere();
		for (;;) {
			open_some(to, len, 5);
			usleep(5000);
		}
	}
	usleep(10000 + below(150000));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

int cmd_mortals(int argc, char **argv)
{
	struct sockaddr_storage to;
	int64_t until;
	socklen_t len;

	if (argc < 3)
		return 2;
	be_named();
	len = address_of(argv[1], atoi(argv[2]), &to);
	until = now_ms() + atoi(argv[0]) * 1000;
	while (now_ms() < until)
		live_and_be_killed(&to, len);
	return 0;
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (ioctl(fd, SIOCSIFFLAGS, &request))
		die("lo");
	close(fd);
}

/* Both ends, in states of every kind: to a listener that takes in only some of them. */
static void open_both(int n)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_storage to;
	socklen_t len = address_of("127.0.0.1", 7000, &to);

	if (bind(listener, (void *)&to, len) || listen(listener, n / 2))
		return;
	truth_note(cookie_of(listener), getpid());
	while (n-- > 0) {
		open_some(&to, len, 1);
		if (below(2))
			continue;
		int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

		if (fd < 0)
			continue;
		truth_note(cookie_of(fd), getpid());
		if (below(3) == 0)
			close_by_rst(fd);
		else if (below(2))
			close(fd);
	}
}

static void live_in_a_space(void)
{
	pid_t child = begin_child();

	if (!child) {
		if (unshare(CLONE_NEWNET))
			die("unshare");
		loopback_up();
		alarm(2); /* a full listener answers nobody */
		open_both(20);
		if (below(2))
			pause();
		_exit(0);
	}
	usleep(50000 + below(150000));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

int cmd_spaces(int argc, char **argv)
{
	int64_t until;

	if (argc < 1)
		return 2;
	be_named();
	until = now_ms() + atoi(argv[0]) * 1000;
	while (now_ms() < until)
		live_in_a_space();
	return 0;
}

int cmd_hold(int argc, char **argv)
{
	struct rlimit files = { 20000, 20000 };
	struct sockaddr_storage to;
	int listener, fd, n;
	socklen_t len;

	if (argc < 3)
		return 2;
	setrlimit(RLIMIT_NOFILE, &files);
	be_named();
	truth_open();
	len = address_of(argv[0], atoi(argv[1]), &to);
	listener = socket(to.ss_family, SOCK_STREAM, 0);
	if (bind(listener, (void *)&to, len) || listen(listener, 16))
		die("hold");
	truth_note(cookie_of(listener), getpid());
	for (n = atoi(argv[2]); n > 0; n--) {
		fd = socket(to.ss_family, SOCK_STREAM, 0);
		if (connect(fd, (void *)&to, len))
			die("hold");
		truth_note(cookie_of(fd), getpid());
		truth_note(cookie_of(accept(listener, NULL, NULL)), getpid());
	}
	pause();
	return 0;
}
