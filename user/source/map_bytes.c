// SPDX-License-Identifier: GPL-2.0
#include "source/map_bytes.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/error.h"

#define BUCKET 16 /* struct bucket, kernel/bpf/hashtab.c */
#define ELEMENT 48 /* struct htab_elem, without key and value */
#define LIST_NODE 8 /* the allocator's, with each element */
#define BATCH 256

static uint64_t round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

static uint64_t power_of_two(uint64_t n)
{
	uint64_t power = 1;

	while (power < n)
		power *= 2;
	return power;
}

/* What kmalloc() makes of a size. */
static uint64_t allocated(uint64_t size)
{
	if (size > 64 && size <= 96)
		return 96;
	if (size > 128 && size <= 192)
		return 192;
	return size > 4096 ? round_up(size, 4096) : power_of_two(size < 8 ? 8 : size);
}

static bool is_per_cpu(const struct bpf_map_info *map)
{
	return map->type == BPF_MAP_TYPE_PERCPU_HASH || map->type == BPF_MAP_TYPE_PERCPU_ARRAY ||
	       map->type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static bool is_table(const struct bpf_map_info *map)
{
	return map->type == BPF_MAP_TYPE_HASH || map->type == BPF_MAP_TYPE_PERCPU_HASH ||
	       map->type == BPF_MAP_TYPE_LRU_HASH || map->type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static uint64_t cpus(void)
{
	int n = libbpf_num_possible_cpus();

	return n > 0 ? n : 1;
}

/* Of the element itself, and of what it points to on each CPU. */
static uint64_t element(const struct bpf_map_info *map)
{
	uint64_t value = is_per_cpu(map) ? sizeof(void *) : round_up(map->value_size, 8);

	return ELEMENT + round_up(map->key_size, 8) + value;
}

static uint64_t values(const struct bpf_map_info *map)
{
	return is_per_cpu(map) ? cpus() * round_up(map->value_size, 8) : 0;
}

uint64_t map_bytes_element(const struct bpf_map_info *map)
{
	if (!is_table(map) || !(map->map_flags & BPF_F_NO_PREALLOC))
		return 0;
	return allocated(element(map) + LIST_NODE) + values(map);
}

static uint64_t array_bytes(const struct bpf_map_info *map)
{
	if (is_per_cpu(map))
		return map->max_entries * (sizeof(void *) + values(map));
	return round_up(map->max_entries * round_up(map->value_size, 8), 4096);
}

uint64_t map_bytes_fixed(const struct bpf_map_info *map)
{
	uint64_t buckets = power_of_two(map->max_entries) * BUCKET;

	if (map->type == BPF_MAP_TYPE_RINGBUF)
		return map->max_entries;
	if (!is_table(map))
		return array_bytes(map);
	if (map->map_flags & BPF_F_NO_PREALLOC)
		return buckets;
	return buckets + map->max_entries * (element(map) + values(map));
}

/* How many elements a table has. */
static uint64_t count(int fd, const struct bpf_map_info *map)
{
	uint64_t value = is_per_cpu(map) ? values(map) : map->value_size, elements = 0;
	char *keys = need(NULL, BATCH * map->key_size), *data = need(NULL, BATCH * value);
	uint32_t position = 0;
	bool first = true;
	int error;

	do {
		__u32 n = BATCH;

		error = bpf_map_lookup_batch(fd, first ? NULL : &position, &position, keys, data, &n, NULL);
		if (!error || errno == ENOENT)
			elements += n;
		first = false;
	} while (!error);
	free(keys);
	free(data);
	return elements;
}

uint64_t map_bytes(int fd)
{
	struct bpf_map_info map = {};
	__u32 len = sizeof(map);
	uint64_t each;

	if (bpf_obj_get_info_by_fd(fd, &map, &len))
		return 0;
	each = map_bytes_element(&map);
	return map_bytes_fixed(&map) + (each ? each * count(fd, &map) : 0);
}
