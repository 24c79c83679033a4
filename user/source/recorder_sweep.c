// SPDX-License-Identifier: GPL-2.0
/*
 * The sweep: adopts the sockets that exist, with their owners, once every hook is
 * at work. The kernel shows an iterator over sockets those of one namespace, that of
 * whoever opens it.
 */
#include <errno.h>
#include <sys/types.h>
#include <unistd.h>

#include "lib/error.h"
#include "source/namespaces.h"
#include "source/recorder_object.h"

/* A link to an iterator, by its program. Its file descriptor, or -errno. */
static int link_iterator(int program)
{
	int link = bpf_link_create(program, 0, BPF_TRACE_ITER, NULL);

	return link < 0 ? -errno : link;
}

/* Lets an iterator go through all there is; what it prints is for nobody. 0 or -errno. */
static int run_iterator(int link)
{
	int iterator = bpf_iter_create(link), error = 0;
	char nothing[4096];
	ssize_t got;

	if (iterator < 0)
		return -errno;
	/* EAGAIN: a million went by since the last word; it goes on from there */
	do {
		got = read(iterator, nothing, sizeof(nothing));
	} while (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)));
	if (got < 0)
		error = -errno;
	close(iterator);
	return error;
}

static int sweep_here(int out, void *ctx)
{
	return run_iterator(*(int *)ctx);
}

/* Gives how many namespaces could not be swept. */
static size_t sweep_sockets(int program)
{
	struct namespaces namespaces;
	int link = link_iterator(program);
	const struct namespaces_job job = { .inside = sweep_here, .ctx = &link };
	size_t failed;

	namespaces_collect(&namespaces);
	failed = link < 0 ? namespaces.n : namespaces_each(&namespaces, &job);
	namespaces_free(&namespaces);
	if (link >= 0)
		close(link);
	return failed;
}

static int sweep_owners(int program)
{
	int link = link_iterator(program), error;

	if (link < 0)
		return link;
	error = run_iterator(link);
	close(link);
	return error;
}

/* By their programs; negative: there is none. */
static void sweep(int sockets, int owners)
{
	size_t failed = sockets < 0 ? 0 : sweep_sockets(sockets);

	if (failed)
		fail("the sockets of %zu network namespaces could not be swept: "
		     "those older than the recorder are followed from their next event on", failed);
	if (owners >= 0 && sweep_owners(owners))
		fail("the owners of connections older than the recorder could not be found");
}

void recorder_sweep(const struct recorder *recorder)
{
	sweep(recorder_program(recorder, "sweep_sockets"), recorder_program(recorder, "sweep_owners"));
}

int recorder_sweep_pinned(void)
{
	int sockets = recorder_get(RECORDER_RUN "sweep_sockets");
	int owners = recorder_get(RECORDER_RUN "sweep_owners");

	sweep(sockets, owners);
	if (owners >= 0)
		close(owners);
	if (sockets < 0)
		return sockets;
	close(sockets);
	return 0;
}
