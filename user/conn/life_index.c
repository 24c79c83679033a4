// SPDX-License-Identifier: GPL-2.0
#include "conn/life_index.h"
#include "lib/error.h"

#include <stdlib.h>
#include <string.h>

void life_index_free(struct life_index *index)
{
	free(index->owners);
	hash_free(&index->by_owner);
	*index = (struct life_index){ .now_ns = index->now_ns };
}

/* --- owners --- */

static const struct tcpscope_owner nobody;

static uint64_t hash_of_owner(const struct tcpscope_owner *owner)
{
	uint64_t number[4] = { owner->pid, owner->cgroup_id };

	memcpy(&number[2], owner->comm, 2 * sizeof(*number));
	return hash_numbers(number, 4);
}

static uint64_t owner_hash(const void *owners, uint32_t i)
{
	return hash_of_owner(&((const struct tcpscope_owner *)owners)[i]);
}

static bool owner_is(const void *owners, uint32_t i, const void *owner)
{
	return !memcmp(&((const struct tcpscope_owner *)owners)[i], owner, sizeof(nobody));
}

static const struct hash_kind owner_kind = { owner_hash, owner_is };

static uint32_t owner_add(struct life_index *index, const struct tcpscope_owner *owner)
{
	uint32_t *slot;

	if (index->n_owners + 1 >= index->owners_size) {
		index->owners_size = index->owners_size ? index->owners_size * 2 : 16;
		index->owners = need(index->owners, index->owners_size * sizeof(*index->owners));
		index->owners[0] = nobody;
	}
	hash_reserve(&index->by_owner, &owner_kind, index->owners, index->n_owners);
	slot = hash_slot(&index->by_owner, &owner_kind, index->owners, hash_of_owner(owner), owner);
	if (!*slot) {
		*slot = ++index->n_owners;
		index->owners[*slot] = *owner;
	}
	return *slot;
}

/* Mostly it is one that was seen of late. */
static uint32_t owner_index(struct life_index *index, const struct tcpscope_owner *owner)
{
	uint32_t *recent = &index->recent[owner->pid % LIFE_RECENT];

	if (!owner->pid)
		return 0;
	if (!*recent || memcmp(&index->owners[*recent], owner, sizeof(*owner)))
		*recent = owner_add(index, owner);
	return *recent;
}

const struct tcpscope_owner *life_index_owner(const struct life_index *index,
					 const struct life_brief *whose)
{
	return whose && whose->owner ? &index->owners[whose->owner] : &nobody;
}

/* --- lives --- */

static uint32_t ago_ms(const struct life_index *index, uint64_t time_ns)
{
	uint64_t ms;

	if (!time_ns)
		return LIFE_UNKNOWN_MS;
	ms = ms_between(time_ns, index->now_ns);
	return ms < LIFE_UNKNOWN_MS ? ms : LIFE_UNKNOWN_MS - 1;
}

void life_index_from_life(struct life_index *index, struct life_brief *whose,
		     const struct tcpscope_life *life)
{
	*whose = (struct life_brief){
		.cookie = life->cookie,
		.born_ms = ago_ms(index, life->born_ns),
		.since_ms = ago_ms(index, life->since_ns),
		.owner = owner_index(index, &life->owner),
		.role = life->role,
		.closer = life->first_closer,
		.state = life->state,
	};
}
