/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What counting needs of many lives, 24 bytes each: a life has 400, and a host
 * may have a million. By cookie, in the order in which nobody asks.
 */
#ifndef WHOSE_H
#define WHOSE_H

#include "tcpscope.h"

#define WHOSE_UNKNOWN_MS UINT32_MAX

struct whose {
	uint64_t cookie; /* 0: free */
	uint32_t born_ms; /* ago; or WHOSE_UNKNOWN_MS */
	uint32_t since_ms; /* in its state; or WHOSE_UNKNOWN_MS */
	uint32_t owner; /* index for whose_owner(); 0: not known */
	uint8_t role; /* enum tcpscope_role */
	uint8_t closer; /* enum tcpscope_closer */
	uint8_t state; /* enum tcpscope_state, by the recorder */
	uint8_t pad;
};
_Static_assert(sizeof(struct whose) == 24, "no padding");

struct whose_index {
	struct whose *all; /* open addressing */
	size_t n, size; /* size: a power of two, or 0 */
	struct tcpscope_owner *owners; /* [0] is the unknown one */
	size_t n_owners, owners_size;
	uint32_t *owner_slots; /* open addressing: index into owners, 0: free */
	size_t n_owner_slots;
	uint64_t now_ns; /* to which the spans refer; CLOCK_MONOTONIC, set first */
};

/* An index is made by zeroing it and setting now_ns; this gives back the memory. */
void whose_free(struct whose_index *index);

/* Condenses a life, remembering its owner. */
void whose_from_life(struct whose_index *index, struct whose *whose,
		     const struct tcpscope_life *life);

/* Adds a life; a source_life_fn. */
int whose_add(const struct tcpscope_life *life, void *index);

/* What was added with that cookie, or NULL. */
const struct whose *whose_find(const struct whose_index *index, uint64_t cookie);

/* Never NULL. */
const struct tcpscope_owner *whose_owner(const struct whose_index *index,
					 const struct whose *whose);

#endif
