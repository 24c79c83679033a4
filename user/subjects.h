/* SPDX-License-Identifier: GPL-2.0 */
/* The connections to be explained, and for each what may be its other end. No I/O. */
#ifndef SUBJECTS_H
#define SUBJECTS_H

#include "story.h"

struct subjects {
	struct tcpscope_row *row;
	size_t n, size;
	/* rows of other ends, each with the number of the subject it belongs to */
	struct tcpscope_row *other;
	size_t *of;
	size_t n_others, size_others;
	/* by ports: the first subject of a bucket, and the next of each; 0: none, else number + 1 */
	size_t *bucket, *next;
};

/* Gives back the memory; subjects are made by zeroing them. */
void subjects_free(struct subjects *subjects);

/* Adds one; not after the first offer. */
void subjects_add(struct subjects *subjects, const struct tcpscope_row *row);

/* Keeps the row if it is the other end of any. */
void subjects_offer(struct subjects *subjects, const struct tcpscope_row *row);

/* Begins the story of one, with all the lives of its other end. */
void subjects_story(const struct subjects *subjects, size_t i, struct story *story, uint64_t now_ns);

#endif
