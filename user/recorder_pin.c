// SPDX-License-Identifier: GPL-2.0
/*
 * Pinning as a whole or not at all. A recorder is pinned in a directory beside the
 * one it shall have, then renamed; and taken off by renaming it away, then removed.
 * That is done by a child in a session of its own, which a signal to the command
 * does not reach. If even the child is killed, the directory beside is left; whoever
 * comes next removes it, holding the same lock.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder.h"

#define BPFFS "/sys/fs/bpf"
#define BESIDE "tcpscope_" /* and the number of the process that made it */

/* Removes a directory of pins; bpffs has no deeper ones. */
static int remove_dir(const char *dir)
{
	struct dirent *entry;
	DIR *d = opendir(dir);

	if (!d)
		return -errno;
	while ((entry = readdir(d)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(d), entry->d_name, 0);
	closedir(d);
	return rmdir(dir) ? -errno : 0;
}

static bool is_beside(const char *name)
{
	size_t len = strlen(BESIDE);

	return !strncmp(name, BESIDE, len) && name[len] &&
	       !name[len + strspn(name + len, "0123456789")];
}

/* Under the lock nobody uses such a directory: it was left behind. */
static void sweep(void)
{
	DIR *d = opendir(BPFFS);
	struct dirent *entry;
	char path[300];

	while (d && (entry = readdir(d))) {
		if (!is_beside(entry->d_name))
			continue;
		snprintf(path, sizeof(path), BPFFS "/%s", entry->d_name);
		remove_dir(path);
	}
	if (d)
		closedir(d);
}

/* A name for what comes, and one for what goes. */
static void beside(char *path, size_t len, bool old)
{
	snprintf(path, len, BPFFS "/" BESIDE "%d%s", (int)getpid(), old ? "0" : "");
}

/* --- what the child does, under the lock; each gives 0 or -errno --- */

struct job {
	struct recorder *recorder;
	bool replace;
};

static int take_off(struct job *job)
{
	char dir[64];

	beside(dir, sizeof(dir), true);
	if (rename(RECORDER_DIR, dir))
		return -errno;
	return remove_dir(dir);
}

/* The old one goes first: bpffs renames over an empty directory only. */
static int move_in(const char *dir, bool replace)
{
	char old[64];
	int error = 0;

	beside(old, sizeof(old), true);
	if (replace && rename(RECORDER_DIR, old) && errno != ENOENT)
		return -errno;
	if (rename(dir, RECORDER_DIR)) {
		error = errno == ENOTEMPTY ? -EEXIST : -errno;
		rename(old, RECORDER_DIR);
	}
	remove_dir(old);
	return error;
}

static int put_on(struct job *job)
{
	char dir[64];
	int error;

	if (!job->replace && !recorder_pinned())
		return -EEXIST;
	beside(dir, sizeof(dir), false);
	if (mkdir(dir, 0700))
		return -errno;
	error = recorder_pin_into(job->recorder, dir);
	if (!error)
		error = move_in(dir, job->replace);
	if (error)
		remove_dir(dir);
	return error;
}

static int locked(int (*work)(struct job *job), struct job *job)
{
	int bpffs = open(BPFFS, O_RDONLY | O_DIRECTORY | O_CLOEXEC), error;

	if (bpffs < 0)
		return errno == EACCES ? -EPERM : -errno;
	if (flock(bpffs, LOCK_EX)) {
		error = -errno;
	} else {
		sweep();
		error = work(job);
	}
	close(bpffs);
	return error;
}

static int unreachably(int (*work)(struct job *job), struct job *job)
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
		_exit(-locked(work, job));
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

int recorder_pin(struct recorder *recorder, bool replace)
{
	struct job job = { recorder, replace };

	return unreachably(put_on, &job);
}

int recorder_unpin(void)
{
	struct job job = {};

	return unreachably(take_off, &job);
}

int recorder_pinned(void)
{
	return access(RECORDER_DIR "/lives", F_OK) ? (errno == EACCES ? -EPERM : -errno) : 0;
}
