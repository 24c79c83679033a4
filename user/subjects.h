/* SPDX-License-Identifier: GPL-2.0 */
/* The connections to be explained, and for each what may be its other end. No I/O. */
#ifndef SUBJECTS_H
#define SUBJECTS_H

#include "story.h"

struct subjects {
	struct tcpscope_row *row;
	size_t n, size;
	struct tcpscope_row *other; /* rows of other ends */
	size_t n_others, size_others;
	/* Lists, each link a number + 1, or 0 at the end: of subjects by their ports, */
	size_t *bucket, *next;
	/* and of the other ends of a subject. */
	size_t *first_other, *next_other;
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
