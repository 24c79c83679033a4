/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Errors, exit statuses, memory and the clock: what every file may use.
 *
 * lib/ knows nothing of TCP, of the records in kmod/uapi/ or of any folder beside
 * it: strings, JSON, tables, numbers, addresses, names, the terminal.
 */
#ifndef LIB_ERROR_H
#define LIB_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1, /* could not be done, or not wholly */
	EXIT_USAGE = 2, /* a usage error */
};

/* Prints one line, "tcpscope: …", on stderr. Gives EXIT_FAILED. */
int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for a mistake in what was typed. Gives EXIT_USAGE. */
int misuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * The end of a command that wrote to stdout: error is 0, or the -errno of a
 * failed write. Flushes stdout and gives EXIT_DONE, or says what went wrong
 * (nothing if the reader of a pipe has gone: it knows) and gives EXIT_FAILED.
 */
int output_end(int error);

#define NSEC_PER_MSEC 1000000ull
#define NSEC_PER_SEC 1000000000ull

/* Now, in nanoseconds of CLOCK_MONOTONIC, by which the recorder and the module date everything. */
uint64_t now_ns(void);

/* How long before a moment another one was, in whole milliseconds; 0 for one that came later. */
static inline uint64_t ms_between(uint64_t then_ns, uint64_t now_ns)
{
	return then_ns < now_ns ? (now_ns - then_ns) / NSEC_PER_MSEC : 0;
}

/* realloc() that ends the program, with a line that says so, for want of memory. */
void *need(void *old, size_t size);

/* The same for calloc(): what is never touched takes no memory. */
void *need_zeros(size_t n, size_t size);

#endif
