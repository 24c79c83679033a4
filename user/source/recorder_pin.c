// SPDX-License-Identifier: GPL-2.0
/*
 * Pinning as a whole or not at all. A recorder is pinned in a directory beside the
 * one it shall have, then renamed; and taken off by renaming it away, then removed.
 * That is done by a child in a session of its own, which a signal to the command
 * does not reach. If even the child is killed, the directory beside is left; whoever
 * comes next removes it, holding the same lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/error.h"
#include "source/recorder_dir.h"
#include "source/recorder_object.h"

/* --- one recorder's pins, in an opened directory --- */

static int pin(int fd, int dir, const char *prefix, const char *name)
{
	return bpf_obj_pin(fd, pin_path(dir, prefix, name).text) ? -errno : 0;
}

/* The gate is one of the program's own variables; whoever replaces this recorder shuts it. */
static int pin_maps(struct recorder *recorder, int dir)
{
	struct bpf_map *map, *gate = recorder_gate_map(recorder);
	int error = gate ? pin(bpf_map__fd(gate), dir, "", RECORDER_GATE) : 0;

	bpf_object__for_each_map(map, recorder->skeleton->obj)
		if (!error && !bpf_map__is_internal(map))
			error = pin(bpf_map__fd(map), dir, "", bpf_map__name(map));
	return error;
}

static int pin_programs(struct recorder *recorder, int dir)
{
	struct bpf_program *program;
	int error = 0;
	size_t i;

	for_each_program(i, program, recorder->skeleton) {
		const char *name = bpf_program__name(program);

		if (error)
			break;
		if (recorder->links[i])
			error = pin(bpf_link__fd(recorder->links[i]), dir, RECORDER_HOOK, name);
		else if (!recorder_is_hook(program) && bpf_program__fd(program) >= 0)
			error = pin(bpf_program__fd(program), dir, RECORDER_RUN, name);
	}
	return error;
}

/* --- what the child does, under the lock; each gives 0 or -errno --- */

struct job {
	struct recorder *recorder; /* NULL: none is to be there */
	int root; /* of the bpf filesystem */
	int old; /* directory of the recorder that is there, or -1 */
};

/* Out of the way, told that it is over, and removed. */
static int take_off(const struct job *job)
{
	char name[32];
	int dir = pins_make(job->root, name), error = 0;

	if (dir < 0)
		return dir;
	close(dir);
	/* over an empty directory */
	if (renameat(job->root, RECORDER_NAME, job->root, name)) {
		error = -errno;
	} else {
		recorder_stop(job->old);
		recorder_mark_gone(job->old, TCPSCOPE_GONE_DETACHED);
	}
	pins_remove(job->root, name);
	return error;
}

static int pin_all(struct recorder *recorder, int dir)
{
	int error = pin_maps(recorder, dir);

	return error ? error : pin_programs(recorder, dir);
}

/* Records from before it is in its place: whoever kills us leaves none there that does not. */
static int put_first(const struct job *job, const char *name)
{
	recorder_start(job->recorder);
	if (!renameat2(job->root, name, job->root, RECORDER_NAME, RENAME_NOREPLACE))
		return 0;
	/* we have the lock: it is not ours that is there */
	return errno == EEXIST ? -ENOTUNIQ : -errno;
}

/* Each is in the other's place then; at no time do both record. */
static int put_instead(const struct job *job, const char *name)
{
	if (renameat2(job->root, name, job->root, RECORDER_NAME, RENAME_EXCHANGE))
		return -errno;
	recorder_stop(job->old);
	recorder_take_over(job->recorder, job->old);
	recorder_start(job->recorder);
	recorder_mark_gone(job->old, TCPSCOPE_GONE_REPLACED);
	return 0;
}

static int put_on(const struct job *job)
{
	bool replaces = job->old >= 0;
	char name[32];
	int dir = pins_make(job->root, name), error;

	if (dir < 0)
		return dir;
	error = pin_all(job->recorder, dir);
	close(dir);
	if (!error)
		error = (replaces ? put_instead : put_first)(job, name);
	if (error || replaces)
		pins_remove(job->root, name);
	if (!error)
		recorder_sweep(job->recorder);
	return error;
}

static int unreachably(int (*work)(const struct job *job), const struct job *job)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		return -errno;
	if (!child) {
		setsid();
		signal(SIGINT, SIG_IGN);
		signal(SIGTERM, SIG_IGN);
		signal(SIGHUP, SIG_IGN);
		_exit(-work(job));
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

/* The recorder that is there, if one is. 0 or -errno. */
static int open_job(struct job *job)
{
	job->root = pins_root();
	if (job->root < 0)
		return job->root;
	pins_remove_left(job->root);
	job->old = pins_open(job->root, RECORDER_NAME);
	return job->old < 0 && job->old != -ENOENT ? job->old : 0;
}

int recorder_pin(struct recorder *recorder)
{
	struct job job = { .recorder = recorder };
	int error = open_job(&job);

	return error ? error : unreachably(put_on, &job);
}

int recorder_unpin(void)
{
	struct job job = {};
	int error = open_job(&job);

	if (!error && job.old < 0)
		error = -ENOENT;
	return error ? error : unreachably(take_off, &job);
}

/* --- for readers --- */

int recorder_pinned(void)
{
	int fd = recorder_get("lives");

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}
