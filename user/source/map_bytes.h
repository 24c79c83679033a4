/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a BPF map takes, worked out as the kernel allocates it: before 6.4 it accounts
 * a table that grows as if it were full, and a ring as if it were empty.
 */
#ifndef SOURCE_MAP_BYTES_H
#define SOURCE_MAP_BYTES_H

#include <linux/bpf.h>
#include <stdint.h>

/* What is allocated with the map: all of an array, of a table that grows its buckets. */
uint64_t map_bytes_fixed(const struct bpf_map_info *map);

/* What each element of a table that grows takes beyond that; 0 if it does not grow. */
uint64_t map_bytes_element(const struct bpf_map_info *map);

/* Of a map by its file descriptor: both, for the elements that are there. 0 if it can't be read. */
uint64_t map_bytes(int fd);

#endif
