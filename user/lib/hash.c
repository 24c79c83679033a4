// SPDX-License-Identifier: GPL-2.0
#include "lib/hash.h"

#include <stdlib.h>

#include "lib/error.h"

void hash_free(struct hash *hash)
{
	free(hash->slots);
	*hash = (struct hash){};
}

/* The first free slot for an entry that no other is the same as. */
static void put(struct hash *hash, uint64_t h, uint32_t i)
{
	while (hash->slots[h & (hash->size - 1)])
		h++;
	hash->slots[h & (hash->size - 1)] = i;
}

void hash_reserve(struct hash *hash, const struct hash_kind *kind, const void *entries, size_t n)
{
	if ((n + 1) * 2 <= hash->size)
		return;
	free(hash->slots);
	hash->size = hash->size ? hash->size * 2 : 64;
	hash->slots = need_zeros(hash->size, sizeof(*hash->slots));
	for (size_t i = 1; i <= n; i++)
		put(hash, kind->hash(entries, i), i);
}
