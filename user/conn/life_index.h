/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What counting needs of a life. It keeps the owners, which groups name by their
 * number; the lives, of which a host may have a million, it does not keep.
 */
#ifndef CONN_LIFE_INDEX_H
#define CONN_LIFE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tcpscope/abi.h>

#include "lib/hash.h"

#define LIFE_UNKNOWN_MS UINT32_MAX
#define LIFE_RECENT 64

struct life_brief {
	uint64_t cookie;
	uint32_t born_ms; /* ago; or LIFE_UNKNOWN_MS */
	uint32_t since_ms; /* in its state; or LIFE_UNKNOWN_MS */
	uint32_t owner; /* index for life_index_owner(); 0: not known */
	uint8_t role; /* enum tcpscope_role */
	uint8_t closer; /* enum tcpscope_closer */
	uint8_t state; /* enum tcpscope_state, by the recorder */
	uint8_t pad;
};
_Static_assert(sizeof(struct life_brief) == 24, "no padding");

struct life_index {
	struct tcpscope_owner *owners; /* [0] is the unknown one */
	size_t n_owners, owners_size; /* n_owners: beside that */
	struct hash by_owner;
	uint32_t recent[LIFE_RECENT]; /* owners, by pid; 0: none yet */
	uint64_t now_ns; /* to which the spans refer; CLOCK_MONOTONIC, set first */
};

/* An index is made by zeroing it and setting now_ns; this gives back the memory. */
void life_index_free(struct life_index *index);

/* Condenses a life, remembering its owner. */
void life_index_from_life(struct life_index *index, struct life_brief *whose,
		     const struct tcpscope_life *life);

/* Never NULL. */
const struct tcpscope_owner *life_index_owner(const struct life_index *index,
					 const struct life_brief *whose);

#endif
