/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's own list of TCP sockets, as ss reads it: one network namespace, no lock of a socket is taken. */
#ifndef SOURCE_SOCK_DIAG_H
#define SOURCE_SOCK_DIAG_H

#include <stddef.h>
#include <stdint.h>

/* Takes cookies, at most 512 at a time. 0 or -errno, which ends the reading. */
typedef int (*sock_diag_fn)(const uint64_t *cookies, size_t n, void *ctx);

/* Gives the cookie of every TCP socket of the namespace we are in. 0, or -errno: not all were given. */
int sock_diag_each(sock_diag_fn fn, void *ctx);

#endif
