// SPDX-License-Identifier: GPL-2.0
/*
 * Puts TCP sockets into states, step by step:
 *
 *	tcp listen 127.0.0.1:7000 connect 127.0.0.1:7000 accept use 1 fin wait 5
 *
 * Each socket opened gets the next slot, from 0; a step acts on the slot
 * opened or chosen last, accept on the listener opened last. The steps are
 * in the table below. Exit status 0, 1 when a step failed, 2 for a word that
 * is no step.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tcp.h"

#define MAX_SLOTS 65536

static int slots[MAX_SLOTS];
static int n_slots, slot = -1, listener = -1, backlog = 4096, protocol, reuseport;
static struct sockaddr_storage bind_to;
static socklen_t bind_len;

void die(const char *step)
{
	fprintf(stderr, "tcp: %s: %s\n", step, strerror(errno));
	exit(1);
}

socklen_t parse(const char *word, struct sockaddr_storage *to)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST }, *found;
	const char *colon = strrchr(word, ':');
	char host[64];
	socklen_t len;

	if (!colon || colon - word >= (long)sizeof(host))
		goto bad;
	snprintf(host, sizeof(host), "%.*s", (int)(colon - word), word);
	if (*host == '[')
		memmove(host, host + 1, strlen(host)), host[strcspn(host, "]")] = 0;
	if (getaddrinfo(host, colon + 1, &hints, &found))
		goto bad;
	len = found->ai_addrlen;
	memcpy(to, found->ai_addr, len);
	freeaddrinfo(found);
	return len;
bad:
	fprintf(stderr, "tcp: '%s' is no address:port\n", word);
	exit(2);
}

static int put(int fd, const char *step)
{
	if (fd < 0)
		die(step);
	if (n_slots == MAX_SLOTS)
		errno = EMFILE, die(step);
	slots[n_slots] = fd;
	slot = n_slots++;
	return fd;
}

int now(void)
{
	if (slot < 0) {
		fprintf(stderr, "tcp: no socket is open yet\n");
		exit(2);
	}
	return slots[slot];
}

static void set(int fd, int level, int option, int value, const char *step)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		die(step);
}

static void do_listen(char **arg)
{
	struct sockaddr_storage addr;
	socklen_t len = parse(arg[0], &addr);
	int fd = put(socket(addr.ss_family, SOCK_STREAM, protocol), "socket");

	set(fd, SOL_SOCKET, SO_REUSEADDR, 1, "reuseaddr");
	set(fd, SOL_SOCKET, SO_REUSEPORT, reuseport, "reuseport");
	if (bind(fd, (void *)&addr, len))
		die("bind");
	if (listen(fd, backlog))
		die("listen");
	listener = slot;
}

static void do_relisten(char **arg)
{
	if (listen(now(), backlog))
		die("relisten");
	listener = slot;
}

/* As a process inherits it from the one that ran it. */
static void do_take(char **arg)
{
	put(atoi(arg[0]), "take");
	listener = slot;
}

static void do_backlog(char **arg)
{
	backlog = atoi(arg[0]);
}

static void do_reuseport(char **arg)
{
	reuseport = atoi(arg[0]);
}

static void do_protocol(char **arg)
{
	protocol = atoi(arg[0]);
}

static void do_bind(char **arg)
{
	bind_len = parse(arg[0], &bind_to);
}

static int open_to(const char *word, struct sockaddr_storage *addr, socklen_t *len, int flags)
{
	int fd;

	*len = parse(word, addr);
	fd = put(socket(addr->ss_family, SOCK_STREAM | flags, protocol), "socket");
	if (bind_len) {
		set(fd, SOL_SOCKET, SO_REUSEADDR, 1, "reuseaddr");
		if (bind(fd, (void *)&bind_to, bind_len))
			die("bind");
		bind_len = 0;
	}
	return fd;
}

static void do_open(char **arg)
{
	struct sockaddr_storage addr;
	socklen_t len;

	open_to(arg[0], &addr, &len, 0);
}

static void do_connect(char **arg)
{
	struct sockaddr_storage addr;
	socklen_t len;
	int fd = open_to(arg[0], &addr, &len, 0);

	if (connect(fd, (void *)&addr, len))
		die("connect");
}

static void do_start(char **arg)
{
	struct sockaddr_storage addr;
	socklen_t len;
	int fd = open_to(arg[0], &addr, &len, SOCK_NONBLOCK);

	if (connect(fd, (void *)&addr, len) && errno != EINPROGRESS)
		die("connect");
}

/* On the socket of the slot, as it is: a second connect, or one after options. */
static void do_reconnect(char **arg)
{
	struct sockaddr_storage addr;
	socklen_t len = parse(arg[0], &addr);

	if (connect(now(), (void *)&addr, len))
		die("connect");
}

/* The same, and tells the errno's name. */
static void do_try(char **arg)
{
	struct sockaddr_storage addr;
	socklen_t len = parse(arg[0], &addr);

	puts(connect(now(), (void *)&addr, len) ? strerrorname_np(errno) : "connected");
}

static void do_disconnect(char **arg)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	if (connect(now(), &none, sizeof(none)))
		die("disconnect");
}

int accept_one(void)
{
	if (listener < 0) {
		fprintf(stderr, "tcp: nothing listens yet\n");
		exit(2);
	}
	return accept(slots[listener], NULL, NULL);
}

static void do_accept(char **arg)
{
	put(accept_one(), "accept");
}

/* Waits until the socket has an error, and tells its name. */
static void do_error(char **arg)
{
	struct pollfd wait = { .fd = now(), .events = POLLIN };
	socklen_t len = sizeof(int);
	int error = 0;

	poll(&wait, 1, -1);
	if (getsockopt(now(), SOL_SOCKET, SO_ERROR, &error, &len))
		die("error");
	printf("%s\n", error ? strerrorname_np(error) : "none");
}

static void do_fin(char **arg)
{
	if (shutdown(now(), SHUT_WR))
		die("fin");
}

static void do_close(char **arg)
{
	close(now());
}

static void do_rst(char **arg)
{
	struct linger linger = { .l_onoff = 1 };

	if (setsockopt(now(), SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)))
		die("linger");
	close(now());
}

static void do_use(char **arg)
{
	int n = atoi(arg[0]);

	if (n < 0 || n >= n_slots) {
		fprintf(stderr, "tcp: there is no slot %d yet\n", n);
		exit(2);
	}
	slot = n;
}

static void do_wait(char **arg)
{
	double seconds = atof(arg[0]);
	struct timespec span = { .tv_sec = seconds, .tv_nsec = (seconds - (long)seconds) * 1e9 };

	while (nanosleep(&span, &span) && errno == EINTR)
		;
}

/* What the command prints and leaves behind is the caller's business. */
static void do_run(char **arg)
{
	if (system(arg[0])) {
		fprintf(stderr, "tcp: run: '%s' failed\n", arg[0]);
		exit(1);
	}
}

static void do_say(char **arg)
{
	puts(arg[0]);
}

static const struct {
	const char *name;
	int level, option;
} options[] = {
	{ "keepalive", SOL_SOCKET, SO_KEEPALIVE },
	{ "rcvbuf", SOL_SOCKET, SO_RCVBUF },
	{ "sndbuf", SOL_SOCKET, SO_SNDBUF },
	{ "mark", SOL_SOCKET, SO_MARK },
	{ "pacing", SOL_SOCKET, SO_MAX_PACING_RATE },
	{ "keepidle", IPPROTO_TCP, TCP_KEEPIDLE },
	{ "keepintvl", IPPROTO_TCP, TCP_KEEPINTVL },
	{ "keepcnt", IPPROTO_TCP, TCP_KEEPCNT },
	{ "user_timeout", IPPROTO_TCP, TCP_USER_TIMEOUT },
	{ "syncnt", IPPROTO_TCP, TCP_SYNCNT },
	{ "linger2", IPPROTO_TCP, TCP_LINGER2 },
	{ "defer_accept", IPPROTO_TCP, TCP_DEFER_ACCEPT },
	{ "nodelay", IPPROTO_TCP, TCP_NODELAY },
	{ "cork", IPPROTO_TCP, TCP_CORK },
	{ "quickack", IPPROTO_TCP, TCP_QUICKACK },
	{ "fastopen", IPPROTO_TCP, TCP_FASTOPEN },
	{ "fastopen_connect", IPPROTO_TCP, TCP_FASTOPEN_CONNECT },
};

static void do_set(char **arg)
{
	for (size_t i = 0; i < LENGTH(options); i++) {
		if (strcmp(arg[0], options[i].name))
			continue;
		set(now(), options[i].level, options[i].option, atoi(arg[1]), arg[0]);
		return;
	}
	fprintf(stderr, "tcp: '%s' is no option\n", arg[0]);
	exit(2);
}

static const struct step {
	const char *name;
	int args;
	void (*run)(char **arg);
	const char *help;
} steps[] = {
	{ "backlog", 1, do_backlog, "N: of listeners opened from here on" },
	{ "reuseport", 1, do_reuseport, "0 or 1: of listeners opened from here on" },
	{ "protocol", 1, do_protocol, "N: of sockets opened from here on; 262 is MPTCP" },
	{ "listen", 1, do_listen, "ADDR:PORT" },
	{ "relisten", 0, do_relisten, "with the socket there is" },
	{ "take", 1, do_take, "FD: a listener that is open already" },
	{ "accept", 0, do_accept, "a connection of the last listener" },
	{ "bind", 1, do_bind, "ADDR:PORT: of the next socket that connects" },
	{ "open", 1, do_open, "ADDR:PORT: a socket for reconnect, of that family" },
	{ "connect", 1, do_connect, "ADDR:PORT, and wait" },
	{ "start", 1, do_start, "ADDR:PORT: connect without waiting" },
	{ "reconnect", 1, do_reconnect, "ADDR:PORT: connect the socket there is" },
	{ "try", 1, do_try, "ADDR:PORT: the same, and print how it went" },
	{ "disconnect", 0, do_disconnect, "connect to AF_UNSPEC" },
	{ "send", 1, do_send, "BYTES" },
	{ "fill", 0, do_fill, "send until the buffers are full" },
	{ "recv", 1, do_recv, "BYTES" },
	{ "eof", 0, do_eof, "receive until the peer's FIN" },
	{ "error", 0, do_error, "wait for the end, print the errno's name" },
	{ "fin", 0, do_fin, "shut down sending" },
	{ "close", 0, do_close, "" },
	{ "rst", 0, do_rst, "close with a reset" },
	{ "use", 1, do_use, "SLOT: act on that socket" },
	{ "set", 2, do_set, "OPTION VALUE" },
	{ "wait", 1, do_wait, "SECONDS" },
	{ "run", 1, do_run, "COMMAND: by the shell; must succeed" },
	{ "say", 1, do_say, "TEXT: on standard output" },
	{ "serve", 1, do_serve, "N: echo a byte on each of N connections" },
	{ "cycle", 2, do_cycle, "N ADDR:PORT: N echo connections in a row" },
	{ "answer", 1, do_answer, "N: as serve, but close first" },
	{ "ask", 2, do_ask, "N ADDR:PORT: as cycle, but let the peer close first" },
};

static const struct step *find(const char *name)
{
	for (size_t i = 0; i < LENGTH(steps); i++)
		if (!strcmp(name, steps[i].name))
			return &steps[i];
	return NULL;
}

static int usage(int status)
{
	FILE *to = status ? stderr : stdout;

	fprintf(to, "usage: tcp STEP…\n");
	for (size_t i = 0; i < LENGTH(steps); i++)
		fprintf(to, "  %-11s %s\n", steps[i].name, steps[i].help);
	return status;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return usage(2);
	if (!strcmp(argv[1], "--help"))
		return usage(0);
	setlinebuf(stdout);
	for (int i = 1; i < argc;) {
		const struct step *step = find(argv[i]);

		if (!step || i + step->args >= argc) {
			fprintf(stderr, "tcp: '%s' is no step, or lacks its arguments\n", argv[i]);
			return 2;
		}
		step->run(argv + i + 1);
		i += 1 + step->args;
	}
	return 0;
}
