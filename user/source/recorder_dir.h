/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The directory of pins, and its neighbours, on the bpf filesystem. Whoever may
 * write there may have left anything under our names; nothing is followed, opened
 * or removed but a directory on that filesystem that is root's alone.
 */
#ifndef SOURCE_RECORDER_DIR_H
#define SOURCE_RECORDER_DIR_H

#include <stdbool.h>
#include <stddef.h>

#define RECORDER_NAME "tcpscope" /* of RECORDER_DIR, in its directory */

/*
 * The directory in which the recorder's is. Its file descriptor, or -errno:
 * -ENODEV no bpf filesystem, -EPERM root only, -EXDEV: others may take our
 * directory away there.
 */
int pins_root(void);

/*
 * Opens a directory there, by name. Its file descriptor, or -errno: -ENOENT,
 * -EPERM root only, -ENOTUNIQ: what has that name is not ours.
 */
int pins_open(int root, const char *name);

/* Makes a directory there that nobody else can have foretold, in name[]. Opens it. Fd or -errno. */
int pins_make(int root, char name[static 32]);

/* Removes such a directory with all pins in it. 0 or -errno. */
int pins_remove(int root, const char *name);

/* Removes those that pins_make() made and nobody will ever use; the caller has the lock. */
void pins_remove_left(int root);

/*
 * The name of a pin in an opened directory, as bpf(2) takes it: it knows no
 * directories but the current one.
 */
struct pin_path {
	char text[96];
};
struct pin_path pin_path(int directory, const char *prefix, const char *name);

/*
 * One command at a time changes what is pinned; waits for the others. A lock, to be
 * closed, or -errno. A child that inherits it has it too.
 */
int pins_lock(void);

/* Says in a line why one of these failed and what to do. Gives EXIT_FAILED. */
int pins_fail(int error);

#endif
