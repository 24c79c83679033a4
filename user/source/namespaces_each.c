// SPDX-License-Identifier: GPL-2.0
/*
 * Does something in each network namespace. A child goes in, so that this process
 * never has to come back; it tells through a pipe what it found. A socket whose
 * owner holds its lock may keep the child waiting: it is left there then, and
 * another child goes on with the next namespace.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "source/namespaces.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

/* Without a word for so long, a child is given up; and after so many of them, the rest. */
#define PATIENCE_MS 5000
#define MAX_STUCK 3
#define MAX_NUMBERS 512

/* What is sent begins with this; the numbers follow, or for DONE nothing. */
struct head {
	enum { NUMBERS, DONE, FAILED } kind;
	uint32_t n;
	uint64_t netns_cookie; /* of DONE; 0: it was gone */
};

/* --- in the child --- */

static int send_all(int out, const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t sent = write(out, at, len);

		if (sent < 0)
			return -errno;
		at += sent;
		len -= sent;
	}
	return 0;
}

int namespaces_send(int out, const uint64_t *numbers, size_t n)
{
	const struct head head = { .kind = NUMBERS, .n = n };
	int error = send_all(out, &head, sizeof(head));

	return error ? error : send_all(out, numbers, n * sizeof(*numbers));
}

/* Goes in. 0, -ENOENT: it has gone, or another -errno. */
static int enter(const struct namespace *namespace)
{
	int fd = open(namespace->path, O_RDONLY | O_CLOEXEC), error = 0;
	struct stat file;

	if (fd < 0)
		return errno == ESRCH ? -ENOENT : -errno;
	if (fstat(fd, &file) || file.st_dev != namespace->dev || file.st_ino != namespace->inode)
		error = -ENOENT;
	else if (setns(fd, CLONE_NEWNET))
		error = -errno;
	close(fd);
	return error;
}

/* The cookie of the namespace we are in; 0: not known. */
static uint64_t our_cookie(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len))
		cookie = 0;
	if (fd >= 0)
		close(fd);
	return cookie;
}

static void do_one(const struct namespace *namespace, const struct namespaces_job *job, int out)
{
	struct head head = { .kind = DONE };
	int error = enter(namespace);

	if (!error) {
		head.netns_cookie = our_cookie();
		error = job->inside(out, job->ctx);
	}
	if (error && error != -ENOENT)
		head.kind = FAILED;
	send_all(out, &head, sizeof(head));
}

/* The child: from one of them on to the last. */
static void do_all(const struct namespaces *namespaces, size_t from,
		   const struct namespaces_job *job, int out)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = from; i < namespaces->n; i++)
		do_one(namespaces->all[i], job, out);
	_exit(0);
}

/* --- here --- */

/* Whether that much came in time. */
static bool receive(int in, void *data, size_t len)
{
	struct pollfd pollfd = { .fd = in, .events = POLLIN };
	char *at = data;

	while (len) {
		ssize_t got = 0;

		if (poll(&pollfd, 1, PATIENCE_MS) > 0)
			got = read(in, at, len);
		if (got <= 0)
			return false;
		at += got;
		len -= got;
	}
	return true;
}

/* Takes what the child tells of one namespace. False: it fell silent. */
static bool take_one(int in, const struct namespaces_job *job, size_t *failed)
{
	uint64_t numbers[MAX_NUMBERS];
	struct head head;

	while (receive(in, &head, sizeof(head))) {
		if (head.kind != NUMBERS) {
			*failed += head.kind == FAILED;
			if (head.kind == DONE && head.netns_cookie && job->done)
				job->done(head.netns_cookie, job->ctx);
			return true;
		}
		if (head.n > MAX_NUMBERS || !receive(in, numbers, head.n * sizeof(*numbers)))
			return false;
		if (job->take)
			job->take(numbers, head.n, job->ctx);
	}
	return false;
}

/* A child from one namespace on. Gives the first that is not done, because the child fell silent there. */
static size_t run_child(const struct namespaces *namespaces, size_t from,
			const struct namespaces_job *job, size_t *failed)
{
	pid_t child;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return from;
	child = fork();
	if (!child)
		do_all(namespaces, from, job, ends[1]);
	close(ends[1]);
	while (child > 0 && from < namespaces->n && take_one(ends[0], job, failed))
		from++;
	close(ends[0]);
	if (child <= 0)
		return from;
	/* one that waits in the kernel ends once what it waits for comes */
	if (from < namespaces->n)
		kill(child, SIGKILL);
	waitpid(child, NULL, from < namespaces->n ? WNOHANG : 0);
	return from;
}

size_t namespaces_each(const struct namespaces *namespaces, const struct namespaces_job *job)
{
	size_t at = 0, failed = 0;

	for (int stuck = 0; at < namespaces->n; stuck++) {
		if (stuck == MAX_STUCK)
			return failed + namespaces->n - at;
		at = run_child(namespaces, at, job, &failed);
		if (at < namespaces->n) {
			failed++;
			at++;
		}
	}
	return failed;
}
