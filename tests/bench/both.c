// SPDX-License-Identifier: GPL-2.0
/*
 * usage: both N EVERY: N connections of which this process is both ends, each of which carries one byte
 * and back; the address connected to changes every EVERY of them. Prints the nanoseconds they took each.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT 7600

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int listener(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (fd < 0 || bind(fd, (void *)&any, sizeof(any)) || listen(fd, 16))
		die("listen");
	return fd;
}

/* A byte from one to the other; over loopback it is there when write() returns. */
static void pass(int from, int to)
{
	char byte = 1;

	if (write(from, &byte, 1) != 1 || read(to, &byte, 1) != 1)
		die("pass");
}

static void one(int listens, const struct sockaddr_in *to)
{
	int client = socket(AF_INET, SOCK_STREAM, 0), server;

	if (client < 0 || connect(client, (const void *)to, sizeof(*to)))
		die("connect");
	server = accept(listens, NULL, NULL);
	if (server < 0)
		die("accept");
	pass(client, server);
	pass(server, client);
	close(client);
	close(server);
}

/* 127.1.0.1 and those that follow. */
static struct sockaddr_in address(int number)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(0x7f010001 + number),
	};
}

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char **argv)
{
	int listens = listener(), n = argc == 3 ? atoi(argv[1]) : 0, every = n ? atoi(argv[2]) : 0;
	long long begin = now_ns();
	struct sockaddr_in to;

	if (n <= 0 || every <= 0)
		return 2;
	for (int i = 0; i < n; i++) {
		to = address(i / every);
		one(listens, &to);
	}
	printf("%lld\n", (now_ns() - begin) / n);
	return 0;
}
