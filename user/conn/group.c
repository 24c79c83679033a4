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
	for (size_t i = 0; i < groups->n; i++) {
		free(groups->all[i].expiring);
		free(groups->all[i].owners);
	}
	free(groups->all);
	hash_free(&groups->index);
	*groups = (struct groups){ .max = groups->max, .expiring = groups->expiring };
}

/* --- the index --- */

static uint64_t hash_of_key(const struct group_key *key)
{
	return hash_numbers((const void *)key, sizeof(*key) / sizeof(uint64_t));
}

static uint64_t hash_of(const void *all, uint32_t i)
{
	return hash_of_key(&((const struct group *)all)[i].key);
}

static bool is_of_key(const void *all, uint32_t i, const void *key)
{
	return !memcmp(&((const struct group *)all)[i].key, key, sizeof(struct group_key));
}

static const struct hash_kind by_key = { hash_of, is_of_key };

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

void group_key_address(struct group_key *key, uint8_t family, bool v4mapped, const uint8_t *local,
		       const uint8_t *peer)
{
	/* each copy of a size that the compiler sees */
	key->family = v4mapped ? AF_INET : family;
	if (local && v4mapped)
		memcpy(key->local_addr, local + 12, 4);
	else if (local)
		memcpy(key->local_addr, local, sizeof(key->local_addr));
	if (peer && v4mapped)
		memcpy(key->peer_addr, peer + 12, 4);
	else if (peer)
		memcpy(key->peer_addr, peer, sizeof(key->peer_addr));
}

struct group *groups_get(struct groups *groups, const struct group_key *key)
{
	static const struct group_key none;
	uint32_t *slot;

	if (!groups->n)
		add(groups, &none);
	hash_reserve(&groups->index, &by_key, groups->all, groups->n - 1);
	slot = hash_slot(&groups->index, &by_key, groups->all, hash_of_key(key), key);
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
	uint32_t i = hash_find(&groups->index, &by_key, groups->all, hash_of_key(key), key);

	return i ? &groups->all[i] : NULL;
}

void group_count_owner(struct group *group, uint32_t owner)
{
	for (size_t i = 0; i < group->n_owners; i++)
		if (group->owners[i].owner == owner) {
			group->owners[i].n++;
			return;
		}
	if (group->n_owners == OWNERS_COUNTED) {
		group->of_others++;
		return;
	}
	/* room for one, for most groups have one, and then for all */
	if (group->n_owners < 2)
		group->owners = need(group->owners, (group->n_owners ? OWNERS_COUNTED : 1) * sizeof(*group->owners));
	group->owners[group->n_owners++] = (struct group_owner){ owner, 1 };
}

static int greater(const void *a, const void *b)
{
	const struct group_owner *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return x->owner < y->owner ? -1 : 1;
}

void group_sort_owners(const struct group *group)
{
	if (group->n_owners > 1)
		qsort(group->owners, group->n_owners, sizeof(*group->owners), greater);
}

uint32_t group_sole_owner(const struct group *group)
{
	return group->n_owners == 1 && !group->of_others ? group->owners[0].owner : 0;
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

#define BURST 10 /* fewer are no burst */

/*
 * A burst is no rate: members that began all at once, just now or some seconds ago, do
 * not say that more will. Of most within the last second the time before tells the rate;
 * and if hardly any began within it, then it has fallen to as many.
 */
double group_rate(const struct group *group)
{
	uint64_t n = group->began[WINDOW_10S], latest = group->began[WINDOW_1S];
	double rate = forecast_rate(n, group->first_ms * 1000000, window_sec[WINDOW_10S] * NSEC_PER_SEC);

	if (n < BURST)
		return rate;
	if (2 * latest > n)
		rate = group->first_ms > 2000 ? (n - latest) * 1000.0 / (group->first_ms - 1000) : 0;
	return rate < 4.0 * latest ? rate : 4.0 * latest;
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
