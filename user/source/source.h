/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where records come from, each a struct source: the module's files (module.c),
 * the recorder's maps (recorder_maps.c), the host's settings and counters (host.c).
 * What a source knows is in the object: two of a kind may be open at once.
 *
 * Sources know neither rows, filters nor views: they hand out the records of
 * kmod/uapi/ as they are. Only this folder does I/O on behalf of the data; the
 * recorder's life cycle is here too (recorder*.c). A new source is a file with a
 * struct source_ops, and what opens it.
 */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tcpscope/abi.h>

#include "source/netns.h"

/* Why a source has nothing to give: X(SYMBOL, what is so and what to do). */
/* clang-format off */
#define SOURCE_TROUBLES(X) \
	X(HIDDEN_DEBUGFS, "debugfs is not visible from this mount namespace (ip netns exec hides it): nsenter --net=/run/netns/NAME tcpscope does not") \
	X(NO_DEBUGFS, "debugfs is not mounted: mount -t debugfs none /sys/kernel/debug") \
	X(NOT_THERE,  "TCPSCOPE_DEBUGFS names no directory of the module's") \
	X(NOT_ROOT,   "/sys/kernel/debug/tcpscope is readable by root only: run it with sudo") \
	X(LOCKED,     "the kernel is locked down and refuses /sys/kernel/debug/tcpscope, even to root") \
	X(NO_MODULE,  "the module is not loaded: modprobe tcpscope") \
	X(NO_FILES,   "the module is loaded but shows nothing in debugfs: modprobe -r tcpscope && modprobe tcpscope") \
	X(NOT_OURS,   "connections.bin does not begin as the module writes it: reload the module") \
	X(OLDER,      "the module is older than this command: install and load the one of the same release") \
	X(NEWER,      "this command is older than the module: install the one of the same release") \
	X(CUT_SHORT,  "connections.bin ends within a record: the list is not complete") \
	X(DAMAGED,    "connections.bin is not as the module writes it: the list is not complete") \
	X(READ,       "connections.bin could not be read") \
	X(NO_RECORDER, "no recorder is attached, so nothing is remembered: tcpscope attach") \
	X(RECORDER_NOT_ROOT, "only root can ask the recorder: run it with sudo") \
	X(RECORDER_OTHER, "the attached recorder's memory can't be read by this release") \
	X(NOT_HERE,   "there are no such records here")
/* clang-format on */

enum source_trouble {
	SOURCE_OK,
#define SOURCE_X(symbol, text) SOURCE_##symbol,
	SOURCE_TROUBLES(SOURCE_X)
#undef SOURCE_X
};

/* The line for the user; never NULL. */
const char *source_trouble_text(enum source_trouble trouble);

/* Whether a source may have given some records before it met that trouble. */
bool source_trouble_is_partial(int trouble);

/*
 * Each takes one record; anything but 0 ends the reading. Negative: -errno. A
 * connection ends behind its last timer.
 */
typedef int (*source_conn_fn)(const struct tcpscope_conn *conn, void *ctx);
typedef int (*source_life_fn)(const struct tcpscope_life *life, void *ctx);
typedef int (*source_ended_fn)(const struct tcpscope_ended *ended, void *ctx);

/* Takes the connect()s of one process to one destination that found no port. */
typedef void (*source_no_port_fn)(const struct tcpscope_no_port_key *key,
				  const struct tcpscope_no_port *no_port, void *ctx);

/* What the recorder could not record, by enum tcpscope_loss. */
struct source_losses {
	uint64_t count[TCPSCOPE_LOSS_MAX];
};

/* What the attached recorder's maps take. */
struct source_memory {
	uint64_t lives, lives_max; /* connections followed, and how many can be */
	uint64_t bytes; /* of all maps together, with what is in them */
	uint64_t bytes_each; /* that one more connection followed takes */
};

struct source;

/* What a source can do. NULL: it has no such records. Returns are those of the functions below. */
struct source_ops {
	enum source_trouble (*probe)(struct source *source);
	int (*connections)(struct source *source, source_conn_fn fn, void *ctx);
	int (*closed)(struct source *source, source_conn_fn fn, void *ctx);
	int (*lives)(struct source *source, source_life_fn fn, void *ctx);
	int (*life)(struct source *source, uint64_t cookie, struct tcpscope_life *life);
	size_t (*questions)(struct source *source, void **first);
	int (*answer)(struct source *source);
	int (*ended)(struct source *source, source_ended_fn fn, void *ctx);
	int (*no_ports)(struct source *source, source_no_port_fn fn, void *ctx);
	int (*totals)(struct source *source, struct tcpscope_totals *totals);
	int (*losses)(struct source *source, struct source_losses *losses);
	int (*memory)(struct source *source, struct source_memory *memory);
	int (*attached)(struct source *source, uint64_t *attached_ns);
	void (*netns)(struct source *source, struct netns *netns, struct netns_id id);
	void (*counters)(struct source *source, const struct netns *netns, struct netns_counters *counters);
	uint64_t (*minisocket_bytes)(struct source *source);
	uint64_t (*now_ns)(struct source *source);
	void (*close)(struct source *source);
};

/* The first member of whatever a source has to keep. */
struct source {
	const struct source_ops *ops;
	enum source_trouble trouble; /* why nothing can be read from it; SOURCE_OK: it can */
	uint32_t hz; /* steps of the kernel's timer wheel a second, as the list read last says; 0: unknown */
	uint64_t hidden; /* lives that the last reading left out, for their socket is gone */
};

/* --- opening. The source is there even if nothing can be read from it: see its trouble --- */

/* The directory of the module's files is /sys/kernel/debug/tcpscope, or that of $TCPSCOPE_DEBUGFS. */
struct source *source_module_open(void);
struct source *source_recorder_open(void);
struct source *source_host_open(void);

/* Frees it, with all it has open. NULL is allowed. */
void source_close(struct source *source);

/* --- reading. 0, what fn returned (negative), or an enum source_trouble (positive) --- */

/* Whether its connections can be read. */
enum source_trouble source_probe(struct source *source);

/*
 * Every connection, in the order of the kernel's tables, of which a few hundred are held at a
 * time; and the sockets that have a port and neither listen nor connect.
 */
int source_connections(struct source *source, source_conn_fn fn, void *ctx);
int source_closed(struct source *source, source_conn_fn fn, void *ctx);

/* Every life, but those whose socket is gone unseen as far as that can be told: source->hidden. */
int source_lives(struct source *source, source_life_fn fn, void *ctx);

/* The life of a cookie. 0, or -errno (-ENOENT: none). */
int source_life(struct source *source, uint64_t cookie, struct tcpscope_life *life);

/*
 * The heads of many lives at once. Where to ask, the first of so many questions, each
 * TCPSCOPE_JOIN_STRIDE behind the one before and as abi.h has it: all are answered each
 * time, those of cookie 0 for nothing. 0: this source answers one at a time only.
 */
size_t source_questions(struct source *source, void **first);

/* Answers what is asked there, until the next time. 0, or -errno: nothing is answered. */
int source_answer(struct source *source);

/* Those that ended and are remembered, latest first; and the connect()s without a port. */
int source_ended(struct source *source, source_ended_fn fn, void *ctx);
int source_no_ports(struct source *source, source_no_port_fn fn, void *ctx);

/* --- what the recorder counts. 0, or not: then nothing is filled in --- */

int source_totals(struct source *source, struct tcpscope_totals *totals);
int source_losses(struct source *source, struct source_losses *losses);
int source_memory(struct source *source, struct source_memory *memory);

/* When it began to record, by source_now_ns(). */
int source_attached(struct source *source, uint64_t *attached_ns);

/* --- facts of the host; what can't be read is unknown --- */

/* Settings and counters of a namespace; and its counters again. */
void source_netns(struct source *source, struct netns *netns, struct netns_id id);
void source_counters(struct source *source, const struct netns *netns, struct netns_counters *counters);

/* Bytes that one timewait minisocket takes; 0: unknown. */
uint64_t source_minisocket_bytes(struct source *source);

/* The time to which its records refer, CLOCK_MONOTONIC. */
uint64_t source_now_ns(struct source *source);

#endif
