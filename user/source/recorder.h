/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The recorder's life cycle: load the programs, attach them to the hooks this
 * kernel has, and pin them so that they outlive the command.
 */
#ifndef SOURCE_RECORDER_H
#define SOURCE_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

/* Where an attached recorder is pinned. */
#define RECORDER_DIR "/sys/fs/bpf/tcpscope"

struct recorder;

struct recorder_options {
	uint32_t max_connections; /* lives kept, 0: the default */
	uint32_t keep_ended; /* ended lives kept, 0: the default */
	uint32_t ring_bytes; /* of the ring buffer, a power of two; 0: the default */
	bool replace; /* use the maps of the pinned one, if there is one and they fit */
};

/* Reads --ring-bytes. 0, or an exit status after one line on stderr. */
int ring_bytes_parse(const char *argument, uint32_t *bytes);

/*
 * Loads the recorder and attaches it for the lifetime of this process; it records
 * nothing yet. A hook the kernel lacks is left out, and told in a line on stderr.
 * 0, or -errno after one line on stderr.
 */
int recorder_load(const struct recorder_options *options, struct recorder **recorder);

/* From now on it records, if it is not to be pinned. */
void recorder_start(struct recorder *recorder);

/*
 * recorder_sweep.c. Once it records: adopts the sockets that exist already, with
 * their owners. What could not be swept is told on stderr.
 */
void recorder_sweep(const struct recorder *recorder);

/* The same through the pinned recorder's programs. 0, or -errno (-ENOENT: it has none). */
int recorder_sweep_pinned(void);

/* What recorder_reconcile() found and did. */
struct recorder_reconciled {
	uint64_t lives; /* that the recorder holds, */
	uint64_t sockets; /* that there are, */
	uint64_t ended; /* lives whose socket exists no more, */
	uint64_t uncovered; /* and those of namespaces that can't be looked into */
};

/*
 * recorder_reconcile.c. Ends each life of the pinned recorder whose socket is gone.
 * 0, or -errno (-ENOENT: this kernel lets it end none).
 */
int recorder_reconcile(struct recorder_reconciled *result);

/* Takes it off again, unless it was pinned. NULL is allowed. */
void recorder_free(struct recorder *recorder);

/*
 * recorder_pin.c. Pins a loaded recorder under RECORDER_DIR: as a whole or not
 * at all, even if this process is killed meanwhile; starts it and sweeps. One that
 * is there is replaced. The caller has the lock (recorder_dir.h). 0 or -errno.
 */
int recorder_pin(struct recorder *recorder);

/* Takes the pinned recorder off, as a whole; under the lock. 0, -ENOENT if there is none, or -errno. */
int recorder_unpin(void);

/* Whether a recorder is pinned; 0, -ENOENT, or -errno (-EPERM: not root). */
int recorder_pinned(void);

/* Whether it records nothing, for whoever was to start it was killed. */
bool recorder_stopped(void);

/* Its directory, and one of the maps pinned there. A file descriptor, or -errno as above. */
int recorder_dir(void);
int recorder_get(const char *map);

/*
 * How often the kernel skipped a hook because it was running on that CPU
 * already (recursion_misses of its programs): of a loaded recorder, or for
 * NULL of the pinned one.
 */
uint64_t recorder_misses(const struct recorder *recorder);

/* recorder_maps.c. What a recorder lost, by the file descriptor of its "losses" map. 0 or -errno. */
struct source_losses;
int recorder_losses_of(int map, struct source_losses *losses);

/* recorder_gate.c. By which hooks know that a reader listens: one of the programs' variables, mapped. */
struct recorder_heard {
	uint32_t *heard; /* NULL: not mapped */
	void *values;
	size_t size;
};

/* Of a loaded recorder, or for NULL of the pinned one. 0 or -errno. */
int recorder_heard_map(const struct recorder *recorder, struct recorder_heard *heard);

/* Unmaps it, if it is mapped. */
void recorder_heard_unmap(struct recorder_heard *heard);

/* File descriptor of a loaded recorder's map, or -1. */
int recorder_map(const struct recorder *recorder, const char *name);

/* What became of one of the recorder's programs: X(SYMBOL, as status prints it). */
/* clang-format off */
#define RECORDER_HOOK_STATES(X) \
	X(PRESENT,      "present") \
	X(ATTACHED,     "attached") \
	X(READY,        "ready") \
	X(MISSING,      "missing") \
	X(REFUSED,      "refused") \
	X(NOT_ATTACHED, "not attached")
/* clang-format on */

enum recorder_hook_state {
#define RECORDER_X(symbol, name) RECORDER_HOOK_##symbol,
	RECORDER_HOOK_STATES(RECORDER_X)
#undef RECORDER_X
};

/* A hook, as `tcpscope status` shows it. */
struct recorder_hook {
	const char *name; /* of the program */
	const char *section; /* how it attaches, and where */
	/*
	 * PRESENT: no recorder is attached, and this kernel has the place. Of an
	 * attached one: READY is a program that runs when it is asked to, and
	 * NOT_ATTACHED one that could have been.
	 */
	enum recorder_hook_state state;
	const char *why; /* why it is MISSING, REFUSED or NOT_ATTACHED, else NULL */
	const char *costs; /* what is lost without it; NULL: not known */
};
typedef void (*recorder_hook_fn)(const struct recorder_hook *hook, void *ctx);

/* The word for a state. */
const char *recorder_hook_state_name(enum recorder_hook_state state);

/* Gives every hook to fn. 0, or -errno (-ENOENT: the kernel has no BTF). */
int recorder_each_hook(recorder_hook_fn fn, void *ctx);

#endif
