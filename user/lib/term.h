/* SPDX-License-Identifier: GPL-2.0 */
/* --watch[=SEC]: the same again and again, until somebody ends it. */
#ifndef LIB_TERM_H
#define LIB_TERM_H

#include <stdint.h>

/* Reads the argument of --watch, NULL for none. 0, or an exit status after a line on stderr. */
int watch_parse(const char *argument, uint64_t *every_ns);

/*
 * Calls run() once, or every_ns apart until it gives anything but EXIT_DONE or
 * good; on a terminal each is drawn over the last. Gives run()'s exit status.
 */
int watch(uint64_t every_ns, int (*run)(void *ctx), void *ctx, int good);

#endif
