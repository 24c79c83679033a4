// SPDX-License-Identifier: GPL-2.0
/* The sockets there are, as raw sock_diag tells them: independent of the module, the recorder and the command. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storm.h"

#define MAX_SPACES 256

static void add(struct sockets *sockets, const struct inet_diag_msg *msg)
{
	if (sockets->n == sockets->room) {
		sockets->room = sockets->room ? 2 * sockets->room : 4096;
		sockets->list = realloc(sockets->list, sockets->room * sizeof(*sockets->list));
		if (!sockets->list)
			die("sockets");
	}
	sockets->list[sockets->n++] = (struct socket){
		.cookie = msg->id.idiag_cookie[0] | (uint64_t)msg->id.idiag_cookie[1] << 32,
		.state = msg->idiag_state,
		.local_port = ntohs(msg->id.idiag_sport),
		.peer_port = ntohs(msg->id.idiag_dport),
	};
}

static void ask(int fd, int family)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 request;
	} ask = {
		.header = { .nlmsg_len = sizeof(ask), .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		/* Every state from ESTABLISHED to CLOSING but CLOSE; requests are SYN-RECV here. */
		.request = { .sdiag_family = family, .sdiag_protocol = IPPROTO_TCP, .idiag_states = 0xf7e },
	};

	if (send(fd, &ask, sizeof(ask), 0) != sizeof(ask))
		die("sock_diag");
}

/* Whether there is more to come. */
static bool take_answer(struct sockets *sockets, const char *buffer, ssize_t len)
{
	const struct nlmsghdr *header;

	for (header = (const void *)buffer; NLMSG_OK(header, len); header = NLMSG_NEXT(header, len)) {
		if (header->nlmsg_type == NLMSG_DONE)
			return false;
		if (header->nlmsg_type == NLMSG_ERROR) {
			errno = -((const struct nlmsgerr *)NLMSG_DATA(header))->error;
			die("sock_diag");
		}
		add(sockets, NLMSG_DATA(header));
	}
	return true;
}

static void dump(struct sockets *sockets, int family)
{
	static char buffer[1 << 16];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	ssize_t got;

	if (fd < 0)
		die("netlink");
	ask(fd, family);
	do {
		got = recv(fd, buffer, sizeof(buffer), 0);
		if (got <= 0)
			die("sock_diag");
	} while (take_answer(sockets, buffer, got));
	close(fd);
}

/* --- namespaces --- */

struct spaces {
	ino_t seen[MAX_SPACES];
	int n;
};

static bool is_new(struct spaces *spaces, int fd)
{
	struct stat stat;

	if (fstat(fd, &stat) || spaces->n == MAX_SPACES)
		return false;
	for (int i = 0; i < spaces->n; i++)
		if (spaces->seen[i] == stat.st_ino)
			return false;
	spaces->seen[spaces->n++] = stat.st_ino;
	return true;
}

static void take_space(struct sockets *sockets, struct spaces *spaces, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (is_new(spaces, fd) && !setns(fd, CLONE_NEWNET)) {
		dump(sockets, AF_INET);
		dump(sockets, AF_INET6);
	}
	close(fd);
}

/* Of each name in a directory, the namespace at the path that the format makes of it. */
static void take_spaces(struct sockets *sockets, struct spaces *spaces, const char *dir, const char *format)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	char path[300];

	while (d && (entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), format, dir, entry->d_name);
		take_space(sockets, spaces, path);
	}
	if (d)
		closedir(d);
}

static int order(const void *one, const void *two)
{
	uint64_t a = ((const struct socket *)one)->cookie, b = ((const struct socket *)two)->cookie;

	return a < b ? -1 : a > b;
}

void sockets_read(struct sockets *sockets)
{
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct spaces spaces = {};

	take_spaces(sockets, &spaces, "/proc", "%s/%s/ns/net");
	take_spaces(sockets, &spaces, "/run/netns", "%s/%s");
	if (own < 0 || setns(own, CLONE_NEWNET))
		die("setns");
	close(own);
	qsort(sockets->list, sockets->n, sizeof(*sockets->list), order);
}

const struct socket *sockets_find(const struct sockets *sockets, uint64_t cookie)
{
	struct socket key = { .cookie = cookie };

	if (!sockets->n)
		return NULL;
	return bsearch(&key, sockets->list, sockets->n, sizeof(key), order);
}
