// SPDX-License-Identifier: GPL-2.0
/*
 * The steps that send and receive.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include "tcp.h"

static void send_bytes(int fd, long n)
{
	static char zeros[65536];

	while (n > 0) {
		ssize_t sent = send(fd, zeros, n < (long)sizeof(zeros) ? n : (long)sizeof(zeros),
				    MSG_NOSIGNAL);

		if (sent < 0)
			die("send");
		n -= sent;
	}
}

void do_send(char **arg)
{
	send_bytes(now(), atol(arg[0]));
}

/* As much as fits without blocking. */
void do_fill(char **arg)
{
	static char zeros[65536];

	while (send(now(), zeros, sizeof(zeros), MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
		;
	if (errno != EAGAIN)
		die("fill");
}

static void recv_bytes(int fd, long n)
{
	static char buffer[65536];

	while (n > 0) {
		ssize_t got = recv(fd, buffer, n < (long)sizeof(buffer) ? n : (long)sizeof(buffer), 0);

		if (got <= 0) {
			if (!got)
				errno = EPIPE;
			die("recv");
		}
		n -= got;
	}
}

void do_recv(char **arg)
{
	recv_bytes(now(), atol(arg[0]));
}

static void recv_end(int fd)
{
	char buffer[4096];
	ssize_t got;

	while ((got = recv(fd, buffer, sizeof(buffer), 0)) > 0)
		;
	if (got < 0)
		die("eof");
}

void do_eof(char **arg)
{
	recv_end(now());
}

/* N connections: accept, echo one byte, close after the peer has closed. */
void do_serve(char **arg)
{
	for (int n = atoi(arg[0]); n > 0; n--) {
		int fd = accept_one();

		if (fd < 0)
			die("serve");
		recv_bytes(fd, 1);
		send_bytes(fd, 1);
		recv_end(fd);
		close(fd);
	}
}

/* N connections, one after the other: one byte there and back, close. */
void do_cycle(char **arg)
{
	struct sockaddr_storage addr;
	socklen_t len = parse(arg[1], &addr);

	for (int n = atoi(arg[0]); n > 0; n--) {
		int fd = socket(addr.ss_family, SOCK_STREAM, 0);

		if (fd < 0 || connect(fd, (void *)&addr, len))
			die("cycle");
		send_bytes(fd, 1);
		recv_bytes(fd, 1);
		close(fd);
	}
}

/* N connections: accept, take a byte and give one back, and close first. */
void do_answer(char **arg)
{
	for (int n = atoi(arg[0]); n > 0; n--) {
		int fd = accept_one();

		if (fd < 0)
			die("answer");
		recv_bytes(fd, 1);
		send_bytes(fd, 1);
		close(fd);
	}
}

/* N connections, one after the other: one byte there, and close after the peer has closed. */
void do_ask(char **arg)
{
	struct sockaddr_storage addr;
	socklen_t len = parse(arg[1], &addr);

	for (int n = atoi(arg[0]); n > 0; n--) {
		int fd = socket(addr.ss_family, SOCK_STREAM, 0);

		if (fd < 0 || connect(fd, (void *)&addr, len))
			die("ask");
		send_bytes(fd, 1);
		recv_end(fd);
		close(fd);
	}
}
