/* SPDX-License-Identifier: GPL-2.0 */
/* The attached recorder's maps, opened: what recorder_maps.c, recorder_lives.c and recorder_memory.c share. */
#ifndef SOURCE_RECORDER_SOURCE_H
#define SOURCE_RECORDER_SOURCE_H

#include "source/source.h"

struct recorder_source {
	struct source source; /* the first member */
	int losses, lives, listeners; /* maps; negative: not opened */
};

static inline struct recorder_source *recorder_source(struct source *source)
{
	return (struct recorder_source *)source;
}

/* --- recorder_lives.c --- */

/* Opens the maps of lives. 0 or -errno. */
int recorder_lives_open(struct recorder_source *recorder);
void recorder_lives_close(struct recorder_source *recorder);

/* The operations of struct source_ops. */
int recorder_lives(struct source *source, source_life_fn fn, void *ctx);
int recorder_life(struct source *source, uint64_t cookie, struct tcpscope_life *life);

/* All lives the recorder holds, those too whose socket is gone. 0, what fn returned, or -errno. */
int recorder_lives_kept(struct source *source, source_life_fn fn, void *ctx);

/* --- recorder_memory.c --- */

int recorder_memory(struct source *source, struct source_memory *memory);

#endif
