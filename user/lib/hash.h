/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one hash table: open addressing of numbers. The entries are the caller's, in
 * an array that grows as it likes; entry 0 is none.
 */
#ifndef LIB_HASH_H
#define LIB_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A table is made by zeroing it. */
struct hash {
	uint32_t *slots; /* numbers of entries, 0: free */
	size_t size; /* a power of two, or 0 */
};

/* What a table needs to know of its entries. */
struct hash_kind {
	uint64_t (*hash)(const void *entries, uint32_t i);
	bool (*same)(const void *entries, uint32_t i, const void *key); /* whether that is the i-th's */
};

/* Of a number; and of so many, which may be a record without padding. */
static inline uint64_t hash_number(uint64_t number)
{
	return number * 0x9e3779b97f4a7c15ull >> 32;
}

static inline uint64_t hash_numbers(const uint64_t *number, size_t n)
{
	uint64_t h = 0;

	for (size_t i = 0; i < n; i++)
		h = (h ^ number[i]) * 0x9e3779b97f4a7c15ull;
	return h >> 32;
}

void hash_free(struct hash *hash);

/*
 * Makes room for one entry beside the n there are, so that half of the slots stay
 * free; to be called before hash_slot() for a key that may be new.
 */
void hash_reserve(struct hash *hash, const struct hash_kind *kind, const void *entries, size_t n);

/*
 * The slot of a key whose hash is h: the one with its entry's number, or the free
 * one where that belongs. Inline: a kind that the compiler sees costs no call.
 */
static inline uint32_t *hash_slot(const struct hash *hash, const struct hash_kind *kind,
				  const void *entries, uint64_t h, const void *key)
{
	for (;; h++) {
		uint32_t *slot = &hash->slots[h & (hash->size - 1)];

		if (!*slot || kind->same(entries, *slot, key))
			return slot;
	}
}

/* The number of the entry with that key; 0: there is none. */
static inline uint32_t hash_find(const struct hash *hash, const struct hash_kind *kind,
				 const void *entries, uint64_t h, const void *key)
{
	return hash->size ? *hash_slot(hash, kind, entries, h, key) : 0;
}

#endif
