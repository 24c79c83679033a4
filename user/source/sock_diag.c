// SPDX-License-Identifier: GPL-2.0
#include "source/sock_diag.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define BATCH 512

struct dump {
	sock_diag_fn fn;
	void *ctx;
	uint64_t cookies[BATCH];
	size_t n;
	bool done;
};

static int flush(struct dump *dump)
{
	int error = dump->n ? dump->fn(dump->cookies, dump->n, dump->ctx) : 0;

	dump->n = 0;
	return error;
}

static int take_socket(struct dump *dump, const struct nlmsghdr *message)
{
	const struct inet_diag_msg *socket = NLMSG_DATA(message);

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*socket)))
		return -EPROTO;
	dump->cookies[dump->n++] = (uint64_t)socket->id.idiag_cookie[1] << 32 | socket->id.idiag_cookie[0];
	return dump->n == BATCH ? flush(dump) : 0;
}

static int take_error(const struct nlmsghdr *message)
{
	const struct nlmsgerr *error = NLMSG_DATA(message);

	return message->nlmsg_len < NLMSG_LENGTH(sizeof(*error)) || !error->error ? -EPROTO : error->error;
}

/* What one recv() brought. 0 or -errno. */
static int take(struct dump *dump, const struct nlmsghdr *message, int len)
{
	int error = 0;

	for (; !error && NLMSG_OK(message, len); message = NLMSG_NEXT(message, len)) {
		if (message->nlmsg_flags & NLM_F_DUMP_INTR)
			return -EAGAIN;
		if (message->nlmsg_type == NLMSG_DONE)
			dump->done = true;
		else if (message->nlmsg_type == NLMSG_ERROR)
			error = take_error(message);
		else
			error = take_socket(dump, message);
	}
	return error;
}

static int ask(int fd, int family)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 request;
	} message = {
		.head = { .nlmsg_len = sizeof(message), .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.request = { .sdiag_family = family, .sdiag_protocol = IPPROTO_TCP, .idiag_states = -1 },
	};

	return send(fd, &message, sizeof(message), 0) < 0 ? -errno : 0;
}

static int dump_family(int fd, int family, struct dump *dump)
{
	static char buffer[65536] __attribute__((aligned(NLMSG_ALIGNTO)));
	int error = ask(fd, family);

	dump->done = false;
	while (!error && !dump->done) {
		ssize_t len = recv(fd, buffer, sizeof(buffer), MSG_TRUNC);

		if (len < 0)
			error = errno == EINTR ? 0 : -errno;
		else if ((size_t)len > sizeof(buffer))
			error = -EMSGSIZE;
		else
			error = take(dump, (const void *)buffer, len);
	}
	return error;
}

int sock_diag_each(sock_diag_fn fn, void *ctx)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG), error;
	struct dump dump = { .fn = fn, .ctx = ctx };

	if (fd < 0)
		return -errno;
	error = dump_family(fd, AF_INET, &dump);
	if (!error)
		error = dump_family(fd, AF_INET6, &dump);
	if (!error)
		error = flush(&dump);
	close(fd);
	return error;
}
