// SPDX-License-Identifier: GPL-2.0
/* The table of subcommands, and what all of them use. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "storm.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage;
} commands[] = {
	{ "serve", cmd_serve, "SECONDS ADDR PORT BACKLOG [BLINK-MS]: does what clients ask" },
	{ "client", cmd_client, "SECONDS ADDR PORT [REFUSING-PORT]: connects, in every way there is" },
	{ "mortals", cmd_mortals, "SECONDS ADDR PORT: children that connect and listen, and are killed" },
	{ "spaces", cmd_spaces, "SECONDS: network namespaces that end with connections inside" },
	{ "hold", cmd_hold, "ADDR PORT N: N connections of which this process is both ends, until it is killed" },
	{ "flood", cmd_flood, "SECONDS ADDR PORT RATE: SYNs from addresses that never answer, a third take it back" },
	{ "selves", cmd_selves, "SECONDS PORT: connections of which this process is both ends" },
	{ "resets", cmd_resets, "N EVERY [PORT]: N connections that end by RST, to a new address every EVERY" },
	{ "ends", cmd_ends, "[all]: how many connections ended, unknown, reconciled; skipped hooks; all: a line a reason" },
	{ "claims", cmd_claims, "SECONDS: what the recorder's maps say about owners, once a second" },
	{ "compare", cmd_compare, ": the recorder's lives beside the sockets there are" },
	{ "owners", cmd_owners, ": judges claims on standard input, 'COOKIE PID COMM' a line, by the truth" },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

void die(const char *what)
{
	fprintf(stderr, "storm: %s: %s\n", what, strerror(errno));
	exit(2);
}

int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static uint64_t random_state;

uint32_t below(uint32_t n)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (random_state >> 33) % n;
}

void be_named(void)
{
	char name[16];

	snprintf(name, sizeof(name), "s%d", (int)getpid());
	prctl(PR_SET_NAME, name);
	random_state = getpid() * 0x9e3779b97f4a7c15ULL;
}

socklen_t address_of(const char *text, uint16_t port, struct sockaddr_storage *to)
{
	struct sockaddr_in6 *to6 = (void *)to;
	struct sockaddr_in *to4 = (void *)to;

	memset(to, 0, sizeof(*to));
	to4->sin_port = htons(port);
	if (inet_pton(AF_INET, text, &to4->sin_addr)) {
		to->ss_family = AF_INET;
		return sizeof(*to4);
	}
	if (!inet_pton(AF_INET6, text, &to6->sin6_addr))
		die(text);
	to->ss_family = AF_INET6;
	return sizeof(*to6);
}

uint64_t cookie_of(int fd)
{
	socklen_t len = sizeof(uint64_t);
	uint64_t cookie = 0;

	getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len);
	return cookie;
}

void close_by_rst(int fd)
{
	struct linger none = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(fd);
}

static int truth_fd = -1;

void truth_open(void)
{
	const char *dir = getenv("STORM_DIR");
	char path[128];

	snprintf(path, sizeof(path), "%s/%d.truth", dir ? dir : "/tmp/storm", (int)getpid());
	truth_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (truth_fd < 0)
		die(path);
}

void truth_note(uint64_t cookie, uint32_t pid)
{
	struct truth truth = { .cookie = cookie, .pid = pid };

	if (truth_fd >= 0 && write(truth_fd, &truth, sizeof(truth)) != sizeof(truth))
		die("truth");
}

static int usage(void)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(stderr, "storm %s %s\n", commands[i].name, commands[i].usage);
	return 2;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	for (size_t i = 0; argc > 1 && i < N_COMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 2, argv + 2);
	return usage();
}
