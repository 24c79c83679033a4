// SPDX-License-Identifier: GPL-2.0
#include "conn/group.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "conn/forecast.h"
#include "lib/error.h"

const unsigned int window_sec[WINDOWS] = { 1, 10, 60 };

void groups_free(struct groups *groups)
{
	for (size_t i = 0; i < groups->n; i++)
		free(groups->all[i].expiring);
	free(groups->all);
	free(groups->slots);
	*groups = (struct groups){ .max = groups->max, .expiring = groups->expiring };
}

static size_t hash(const struct group_key *key)
{
	const uint64_t *word = (const void *)key;
	uint64_t h = 0;

	for (size_t i = 0; i < sizeof(*key) / sizeof(*word); i++)
		h = (h ^ word[i]) * 0x9e3779b97f4a7c15ull;
	return h >> 32;
}

/* The slot of a key: its own, or the free one where it belongs. */
static uint32_t *slot_of(const struct groups *groups, const struct group_key *key)
{
	for (size_t i = hash(key);; i++) {
		uint32_t *slot = &groups->slots[i & (groups->n_slots - 1)];

		if (!*slot || !memcmp(&groups->all[*slot].key, key, sizeof(*key)))
			return slot;
	}
}

static struct group *add(struct groups *groups, const struct group_key *key)
{
	struct group *group;

	if (groups->n == groups->size) {
		groups->size = groups->size ? groups->size * 2 : 16;
		groups->all = need(groups->all, groups->size * sizeof(*groups->all));
	}
	group = &groups->all[groups->n++];
	*group = (struct group){ .key = *key };
	if (groups->expiring)
		group->expiring = need_zeros(FORECAST_SECONDS, sizeof(uint32_t));
	return group;
}

static void grow(struct groups *groups)
{
	static const struct group_key none;

	if (!groups->n)
		add(groups, &none);
	groups->n_slots = groups->n_slots ? groups->n_slots * 2 : 32;
	groups->slots = need(groups->slots, groups->n_slots * sizeof(*groups->slots));
	memset(groups->slots, 0, groups->n_slots * sizeof(*groups->slots));
	for (size_t i = 1; i < groups->n; i++)
		*slot_of(groups, &groups->all[i].key) = i;
}

void group_key_address(struct group_key *key, uint8_t family, bool v4mapped, const uint8_t *local,
		       const uint8_t *peer)
{
	size_t skip = v4mapped ? 12 : 0, len = sizeof(key->local_addr) - skip;

	key->family = v4mapped ? AF_INET : family;
	if (local)
		memcpy(key->local_addr, local + skip, len);
	if (peer)
		memcpy(key->peer_addr, peer + skip, len);
}

struct group *groups_get(struct groups *groups, const struct group_key *key)
{
	uint32_t *slot;

	if (groups->n * 2 >= groups->n_slots)
		grow(groups);
	slot = slot_of(groups, key);
	if (!*slot && groups->n > groups->max)
		return &groups->all[0];
	if (!*slot) {
		*slot = groups->n;
		add(groups, key);
	}
	return &groups->all[*slot];
}

struct group *groups_find(const struct groups *groups, const struct group_key *key)
{
	uint32_t *slot = groups->n_slots ? slot_of(groups, key) : NULL;

	return slot && *slot ? &groups->all[*slot] : NULL;
}

void group_began(struct group *group, uint64_t ago_ms)
{
	for (size_t i = WINDOWS; i-- && ago_ms < window_sec[i] * 1000ull;)
		group->began[i]++;
	if (ago_ms < window_sec[WINDOW_10S] * 1000ull && ago_ms > group->first_ms)
		group->first_ms = ago_ms;
}

void group_gone(struct group *group, uint64_t began_ago_ms, uint64_t ended_ago_ms)
{
	group_began(group, began_ago_ms);
	for (size_t i = WINDOWS; i-- && ended_ago_ms < window_sec[i] * 1000ull;)
		group->gone[i]++;
}

void group_merge(struct group *to, const struct group *from)
{
	to->merged++;
	to->n += from->n;
	to->finwait2 += from->finwait2;
	to->n_lives += from->n_lives;
	to->life_ms += from->life_ms;
	to->stamped += from->stamped;
	for (size_t i = 0; i < WINDOWS; i++) {
		to->began[i] += from->began[i];
		to->gone[i] += from->gone[i];
	}
	for (size_t i = 0; i < TCPSCOPE_CLOSER_MAX; i++)
		to->closers[i] += from->closers[i];
	if (from->first_ms > to->first_ms)
		to->first_ms = from->first_ms;
}

double group_rate(const struct group *group)
{
	return forecast_rate(group->began[WINDOW_10S], group->first_ms * 1000000,
			     window_sec[WINDOW_10S] * NSEC_PER_SEC);
}

uint64_t group_n(const struct group *group)
{
	return group->n;
}

uint64_t group_amount(const struct group *group)
{
	return group->amount;
}

uint64_t groups_sum(const struct groups *groups, uint64_t (*weight)(const struct group *group))
{
	uint64_t sum = 0;

	for (size_t i = 0; i < groups->n; i++)
		sum += weight(&groups->all[i]);
	return sum;
}

uint64_t groups_most(const struct groups *groups, uint64_t (*weight)(const struct group *group))
{
	uint64_t most = 0;

	for (size_t i = 0; i < groups->n; i++)
		if (weight(&groups->all[i]) > most)
			most = weight(&groups->all[i]);
	return most;
}

struct weighed {
	uint64_t weight;
	const struct group *group;
};

/* The heavier first; equals in the order they came. */
static int heavier(const void *a, const void *b)
{
	const struct weighed *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->group < y->group ? -1 : x->group > y->group;
}

const struct group **groups_sorted(const struct groups *groups,
				   uint64_t (*weight)(const struct group *group))
{
	struct weighed *list = need(NULL, (groups->n + 1) * sizeof(*list));
	const struct group **sorted;
	size_t n = 0;

	for (size_t i = 0; i < groups->n; i++) {
		list[n] = (struct weighed){ weight(&groups->all[i]), &groups->all[i] };
		n += !!list[n].weight;
	}
	qsort(list, n, sizeof(*list), heavier);
	sorted = need(NULL, (n + 1) * sizeof(*sorted));
	for (size_t i = 0; i < n; i++)
		sorted[i] = list[i].group;
	sorted[n] = NULL;
	free(list);
	return sorted;
}
