/* SPDX-License-Identifier: GPL-2.0 */
/* What every part of the command shares: exit statuses, commands, errors. */
#ifndef TCPSCOPE_H
#define TCPSCOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tcpscope/abi.h>

enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1, /* could not be done, or not wholly */
	EXIT_USAGE = 2, /* asked for in a way that means nothing */
};

/* A subcommand. Dispatch, --help and completion come from the table of these. */
struct command {
	const char *name;
	int (*run)(int argc,
		   char **argv); /* argv[0] is the name; gives an exit status */
	const char *summary;
	const char *synopsis; /* its arguments */
};

/* The row of the command table with this name, or NULL. */
const struct command *command_find(const char *name);

/* `tcpscope` alone; it is no row of the table and has no name of its own. */
extern const struct command overview;

/* Prints the table of commands, for people and for completion. */
void commands_help(void);
void commands_list(void);

int cmd_overview(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_attach(int argc, char **argv);
int cmd_detach(int argc, char **argv);
int cmd_ls(int argc, char **argv);
int cmd_trace(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_timewait(int argc, char **argv);
int cmd_doctor(int argc, char **argv);

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
