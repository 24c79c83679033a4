/* SPDX-License-Identifier: GPL-2.0 */
/* The attached recorder's maps, opened: what recorder_maps.c, recorder_lives.c, recorder_join.c and recorder_memory.c share. */
#ifndef SOURCE_RECORDER_SOURCE_H
#define SOURCE_RECORDER_SOURCE_H

#include "source/source.h"

/* Where the recorder's program answers many questions at once; nobody else has that memory. */
struct recorder_join {
	int link; /* of the program and the array; negative: there is none */
	void *questions; /* NULL: not opened yet, or in vain */
	bool tried;
};

struct recorder_source {
	struct source source; /* the first member */
	int losses, lives, listeners; /* maps; negative: not opened */
	struct recorder_join join;
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

/* --- recorder_join.c --- */

/* The operations of struct source_ops. */
size_t recorder_questions(struct source *source, void **first);
int recorder_answer(struct source *source);

/* Gives back what the first of them took. */
void recorder_join_close(struct recorder_join *join);

/* --- recorder_memory.c --- */

int recorder_memory(struct source *source, struct source_memory *memory);

#endif
