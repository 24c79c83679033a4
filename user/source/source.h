/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where records come from: the module's files, the recorder's maps; and what a
 * network namespace is set to. The recorder's life cycle is here too (recorder*.c).
 *
 * Sources know neither rows, filters nor views: they hand out the records of
 * kmod/uapi/ as they are. Only this folder does I/O on behalf of the data.
 */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tcpscope/abi.h>

/* Why a source has nothing to give: X(SYMBOL, what is so and what to do). */
/* clang-format off */
#define SOURCE_TROUBLES(X) \
	X(NO_DEBUGFS, "debugfs is not mounted: mount -t debugfs none /sys/kernel/debug") \
	X(NOT_ROOT,   "/sys/kernel/debug/tcpscope is readable by root only: run it with sudo") \
	X(LOCKED,     "the kernel is locked down and refuses /sys/kernel/debug/tcpscope, even to root") \
	X(NO_MODULE,  "the module is not loaded: modprobe tcpscope") \
	X(NO_FILES,   "the module is loaded but shows nothing in debugfs: modprobe -r tcpscope && modprobe tcpscope") \
	X(NOT_OURS,   "connections.bin does not begin as the module writes it: reload the module") \
	X(OLDER,      "the module is older than this command: install and load the one of the same release") \
	X(NEWER,      "this command is older than the module: install the one of the same release") \
	X(CUT_SHORT,  "connections.bin ends within a record: the list is not complete") \
	X(DAMAGED,    "connections.bin is not as the module writes it: the list is not complete") \
	X(READ,       "connections.bin could not be read")
/* clang-format on */

enum source_trouble {
	SOURCE_OK,
#define SOURCE_X(symbol, text) SOURCE_##symbol,
	SOURCE_TROUBLES(SOURCE_X)
#undef SOURCE_X
};

/* The line for the user; never NULL. */
const char *source_trouble_text(enum source_trouble trouble);

/*
 * Takes one record, which ends behind its last timer; anything but 0 ends the
 * reading. Negative: -errno.
 */
typedef int (*source_conn_fn)(const struct tcpscope_conn *conn, void *ctx);

/*
 * Gives every connection the module sees to fn, in the order of the kernel's
 * tables, holding a few hundred at a time. 0, what fn returned (negative), or
 * an enum source_trouble (positive). The directory is
 * /sys/kernel/debug/tcpscope, or that of $TCPSCOPE_DEBUGFS.
 */
int source_debugfs_each(source_conn_fn fn, void *ctx);

/* Steps of the kernel's timer wheel a second, as the list read last says; 0: unknown. */
uint32_t source_debugfs_hz(void);

/* The same of the sockets that have a port and neither listen nor connect: closed.bin. */
int source_debugfs_each_closed(source_conn_fn fn, void *ctx);

/* Whether that would work: SOURCE_OK or the trouble. */
enum source_trouble source_debugfs_probe(void);

/* What the recorder could not record, by enum tcpscope_loss. */
struct source_losses {
	uint64_t count[TCPSCOPE_LOSS_MAX];
};

/*
 * recorder_maps.c. Opens the attached recorder's maps. 0; -ENOENT: it is not
 * attached; -EPERM: root only; another -errno. Closing is safe at any time.
 */
int source_bpf_open(void);
void source_bpf_close(void);

/* The life of a cookie: a store_fetch_fn. 0, or -errno (-ENOENT: none). */
int source_bpf_life(uint64_t cookie, struct tcpscope_life *life, void *unused);

/* Takes one life; anything but 0 ends the reading. */
typedef int (*source_life_fn)(const struct tcpscope_life *life, void *ctx);

/*
 * recorder_lives.c. Gives every life to fn, but those whose socket is gone unseen, as
 * far as that can be told: how many these were is source_bpf_hidden(). 0, what fn
 * returned, or -errno.
 */
int source_bpf_each(source_life_fn fn, void *ctx);
uint64_t source_bpf_hidden(void);

/* The same of all the recorder holds, these too. */
int source_bpf_each_kept(source_life_fn fn, void *ctx);

/* Their maps alone; for source_bpf_open() and source_bpf_close(). */
int source_lives_open(void);
void source_lives_close(void);

/* Takes one connection that has ended; anything but 0 ends the reading. */
typedef int (*source_ended_fn)(const struct tcpscope_ended *ended, void *ctx);

/* Gives those that are remembered to fn, latest first. 0, what fn returned, or -errno. */
int source_bpf_each_ended(source_ended_fn fn, void *ctx);

/* Takes the connect()s of one process to one destination that found no port. */
typedef void (*source_no_port_fn)(const struct tcpscope_no_port_key *key,
				  const struct tcpscope_no_port *no_port, void *ctx);

/* Gives those the recorder remembers to fn. 0, or -errno (-ENOENT: it has none of that). */
int source_bpf_each_no_port(source_no_port_fn fn, void *ctx);

/* Sums up the attached recorder's counters. 0 or -errno. */
int source_bpf_totals(struct tcpscope_totals *totals);

/* What the attached recorder's maps take. */
struct source_memory {
	uint64_t lives, lives_max; /* connections followed, and how many can be */
	uint64_t bytes; /* of all maps together, with what is in them */
	uint64_t bytes_each; /* that one more connection followed takes */
};

/* Fills that in. 0 or -errno. */
int source_bpf_memory(struct source_memory *memory);

/* When the recorder was attached, by now_ns(). 0 or -errno. */
int source_bpf_attached(uint64_t *attached_ns);

/* Fills in the attached recorder's losses. 0 or -errno. */
int source_bpf_losses(struct source_losses *losses);

/* The same from the "losses" map of any recorder, by its file descriptor. */
int source_bpf_losses_of(int map, struct source_losses *losses);

#endif
