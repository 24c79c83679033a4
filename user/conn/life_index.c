// SPDX-License-Identifier: GPL-2.0
#include "conn/life_index.h"
#include "lib/error.h"

#include <stdlib.h>
#include <string.h>

void life_index_free(struct life_index *index)
{
	free(index->all);
	free(index->owners);
	free(index->owner_slots);
	*index = (struct life_index){ .now_ns = index->now_ns };
}

static size_t hash(uint64_t number)
{
	return number * 0x9e3779b97f4a7c15ull >> 32;
}

/* --- owners --- */

static const struct tcpscope_owner nobody;

static uint32_t *owner_slot(const struct life_index *index, const struct tcpscope_owner *owner)
{
	uint64_t comm[2];
	size_t i;

	memcpy(comm, owner->comm, sizeof(comm));
	i = hash(owner->pid ^ owner->cgroup_id << 20 ^ comm[0] ^ comm[1]);
	for (;; i++) {
		uint32_t *slot = &index->owner_slots[i & (index->n_owner_slots - 1)];

		if (!*slot || !memcmp(&index->owners[*slot], owner, sizeof(*owner)))
			return slot;
	}
}

static void grow_owners(struct life_index *index)
{
	index->owners_size = index->owners_size ? index->owners_size * 2 : 16;
	index->owners = need(index->owners, index->owners_size * sizeof(*index->owners));
	index->owners[0] = nobody;
	if (!index->n_owners)
		index->n_owners = 1;
	index->n_owner_slots = index->owners_size * 2;
	index->owner_slots =
		need(index->owner_slots, index->n_owner_slots * sizeof(*index->owner_slots));
	memset(index->owner_slots, 0, index->n_owner_slots * sizeof(*index->owner_slots));
	for (size_t i = 1; i < index->n_owners; i++)
		*owner_slot(index, &index->owners[i]) = i;
}

static uint32_t owner_index(struct life_index *index, const struct tcpscope_owner *owner)
{
	uint32_t *slot;

	if (!owner->pid)
		return 0;
	if (index->n_owners == index->owners_size)
		grow_owners(index);
	slot = owner_slot(index, owner);
	if (!*slot) {
		*slot = index->n_owners;
		index->owners[index->n_owners++] = *owner;
	}
	return *slot;
}

const struct tcpscope_owner *life_index_owner(const struct life_index *index,
					 const struct life_brief *whose)
{
	return whose && whose->owner ? &index->owners[whose->owner] : &nobody;
}

/* --- lives --- */

/* The place of a cookie: what has it, or the free place where it belongs. */
static struct life_brief *place_of(const struct life_index *index, uint64_t cookie)
{
	for (size_t i = hash(cookie);; i++) {
		struct life_brief *place = &index->all[i & (index->size - 1)];

		if (!place->cookie || place->cookie == cookie)
			return place;
	}
}

static void grow(struct life_index *index)
{
	struct life_index larger = *index;

	larger.size = index->size ? index->size * 2 : 1024;
	larger.all = need_zeros(larger.size, sizeof(*larger.all));
	for (size_t i = 0; i < index->size; i++)
		if (index->all[i].cookie)
			*place_of(&larger, index->all[i].cookie) = index->all[i];
	free(index->all);
	*index = larger;
}

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

int life_index_add(const struct tcpscope_life *life, void *ctx)
{
	struct life_index *index = ctx;
	struct life_brief *place;

	if (!life->cookie)
		return 0;
	if (index->n >= index->size / 4 * 3)
		grow(index);
	place = place_of(index, life->cookie);
	index->n += !place->cookie;
	life_index_from_life(index, place, life);
	return 0;
}

const struct life_brief *life_index_find(const struct life_index *index, uint64_t cookie)
{
	const struct life_brief *place;

	if (!index->size || !cookie)
		return NULL;
	place = place_of(index, cookie);
	return place->cookie ? place : NULL;
}
