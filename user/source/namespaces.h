/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The network namespaces of the host, as far as there is a way in: those that a
 * task is in, that are mounted somewhere (/run/netns), or that a process holds
 * open. One that only a socket keeps alive has no way in.
 */
#ifndef SOURCE_NAMESPACES_H
#define SOURCE_NAMESPACES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct namespace {
	dev_t dev;
	ino_t inode;
	char path[80]; /* by which it can be entered, unless it has gone */
};

struct namespaces {
	struct namespace **all;
	size_t n, room;
	void *tree; /* the same by number, for tsearch() */
};

/* Finds them; each is there once. */
void namespaces_collect(struct namespaces *namespaces);
void namespaces_free(struct namespaces *namespaces);

/* What is to be done in each of them. */
struct namespaces_job {
	/*
	 * Runs inside, in another process; what it sends with namespaces_send()
	 * reaches take() here. 0 or -errno.
	 */
	int (*inside)(int out, void *ctx);
	/* Takes such numbers; NULL if nothing is sent. */
	void (*take)(const uint64_t *numbers, size_t n, void *ctx);
	/* A namespace is done, as a whole; by its cookie. NULL: does not matter. */
	void (*done)(uint64_t netns_cookie, void *ctx);
	void *ctx;
};

/*
 * Does it in each namespace, one after the other. One that is gone meanwhile
 * counts as done; one that takes longer than some seconds is left to itself.
 * Gives how many could not be done.
 */
size_t namespaces_each(const struct namespaces *namespaces, const struct namespaces_job *job);

/* From inside: sends at most 512 numbers. 0 or -errno. */
int namespaces_send(int out, const uint64_t *numbers, size_t n);

#endif
