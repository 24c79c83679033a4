/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which processes have a socket open now: not always the one that made it, for a child
 * inherits it, and others may be given it. By the links of /proc/PID/fd, so of processes
 * that this one can see and look into, in the PID namespace it is in.
 */
#ifndef SOURCE_HOLDERS_H
#define SOURCE_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tcpscope/abi.h>

struct holder {
	uint64_t inode; /* of the socket */
	uint32_t pid;
	char comm[TCPSCOPE_COMM_LEN + 1]; /* of the process: its first thread's name */
};

struct holders {
	struct holder *all; /* by inode, then by pid; one for each process that has it */
	size_t n, size;
};

/* Finds who has these sockets open; made by zeroing it. inodes are sorted. */
void holders_find(struct holders *holders, const uint64_t *inodes, size_t n);
void holders_free(struct holders *holders);

/* Those of one socket; *n is how many. NULL: nobody seen. */
const struct holder *holders_of(const struct holders *holders, uint64_t inode, size_t *n);

/* Whether there is no process of that number any more. */
bool process_has_ended(uint32_t pid);

#endif
