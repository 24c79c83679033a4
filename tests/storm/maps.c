// SPDX-License-Identifier: GPL-2.0
/* The pinned maps of the recorder, read without tcpscope. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tcpscope/abi.h>

#include "storm.h"

#define BATCH 4096

int pinned_map(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/fs/bpf/tcpscope/%s", name);
	return bpf_obj_get(path);
}

static struct bpf_map_info info_of(int map)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(map, &info, &len))
		die("map info");
	return info;
}

/* Calls for each element of a map; elements that come and go meanwhile may be left out or told twice. */
static void each_element(int map, size_t key_size, size_t value_size,
			 void (*call)(const void *key, const void *value, void *ctx), void *ctx)
{
	char *keys = calloc(BATCH, key_size), *values = calloc(BATCH, value_size), at[64];
	void *from = NULL;
	__u32 n = BATCH;
	int error;

	if (!keys || !values || info_of(map).value_size != value_size) {
		fprintf(stderr, "storm: a map's records are not of this tree: build it again\n");
		exit(2);
	}
	do {
		n = BATCH;
		error = bpf_map_lookup_batch(map, from, at, keys, values, &n, NULL);
		if (error && errno != ENOENT)
			die("map lookup");
		for (__u32 i = 0; i < n; i++)
			call(keys + i * key_size, values + i * value_size, ctx);
		from = at;
	} while (!error);
	free(keys);
	free(values);
}

struct lives_walk {
	void (*call)(uint64_t cookie, const struct tcpscope_life *life, void *ctx);
	void *ctx;
	long over;
};

static void one_life(const void *key, const void *value, void *ctx)
{
	const struct tcpscope_life *life = value;
	struct lives_walk *walk = ctx;
	__u64 cookie = *(const __u64 *)key;

	if (life->alive != cookie)
		walk->over++;
	else
		walk->call(cookie, life, walk->ctx);
}

long each_life(void (*call)(uint64_t cookie, const struct tcpscope_life *life, void *ctx), void *ctx)
{
	struct lives_walk walk = { .call = call, .ctx = ctx };
	int map = pinned_map("lives");

	if (map < 0)
		return -1;
	each_element(map, sizeof(__u64), sizeof(struct tcpscope_life), one_life, &walk);
	close(map);
	return walk.over;
}

/* Of all CPUs. */
static void read_ends(__u64 *ends)
{
	int cpus = libbpf_num_possible_cpus(), map = pinned_map("totals");
	struct tcpscope_totals *totals = calloc(cpus, sizeof(*totals));
	__u32 zero = 0;

	if (map < 0 || !totals || bpf_map_lookup_elem(map, &zero, totals))
		die("totals");
	for (int cpu = 0; cpu < cpus; cpu++)
		for (int reason = 0; reason < TCPSCOPE_REASON_MAX; reason++)
			ends[reason] += totals[cpu].ends[reason];
	free(totals);
	close(map);
}

/* How often the kernel skipped one of the hooks that there are, for they interrupted themselves. */
static __u64 count_skips(void)
{
	__u64 skips = 0;
	__u32 id = 0;

	while (!bpf_prog_get_next_id(id, &id)) {
		struct bpf_prog_info info = {};
		__u32 len = sizeof(info);
		int prog = bpf_prog_get_fd_by_id(id);

		if (prog >= 0 && !bpf_obj_get_info_by_fd(prog, &info, &len))
			skips += info.recursion_misses;
		close(prog);
	}
	return skips;
}

int cmd_ends(int argc, char **argv)
{
	__u64 ends[TCPSCOPE_REASON_MAX] = {}, sum = 0;

	read_ends(ends);
	for (int reason = 0; reason < TCPSCOPE_REASON_MAX; reason++)
		sum += ends[reason];
	printf("%llu %llu %llu %llu\n", sum, ends[TCPSCOPE_REASON_UNKNOWN], ends[TCPSCOPE_REASON_RECONCILED],
	       count_skips());
	for (int reason = 0; argc && reason < TCPSCOPE_REASON_MAX; reason++)
		if (ends[reason])
			printf("%s %llu\n", tcpscope_reason_name(reason), ends[reason]);
	return 0;
}

static void claim(uint64_t cookie, const struct tcpscope_life *life)
{
	if (life->cookie == cookie)
		printf("%llu %u %.16s\n", (unsigned long long)cookie, life->owner.pid, life->owner.comm);
}

static void claim_of_life(uint64_t cookie, const struct tcpscope_life *life, void *ctx)
{
	claim(cookie, life);
}

static void claim_of_ended(const void *key, const void *value, void *ctx)
{
	const struct tcpscope_ended *ended = value;
	__u64 *newest = ctx;

	if (ended->seq <= newest[0])
		return;
	claim(ended->life.cookie, &ended->life);
	if (ended->seq > newest[1])
		newest[1] = ended->seq;
}

/* newest[0]: what was read before; of the map with that id. */
static void read_ended(__u64 newest[2], __u32 *id)
{
	int map = pinned_map("ended");
	__u32 now;

	if (map < 0)
		return;
	now = info_of(map).id;
	if (*id != now)
		newest[0] = newest[1] = 0;
	*id = now;
	each_element(map, sizeof(__u32), sizeof(struct tcpscope_ended), claim_of_ended, newest);
	newest[0] = newest[1];
	close(map);
}

int cmd_claims(int argc, char **argv)
{
	int64_t until = now_ms() + (argc ? atoi(argv[0]) : 0) * 1000;
	__u64 newest[2] = {};
	__u32 id = 0;

	while (now_ms() < until) {
		read_ended(newest, &id);
		each_life(claim_of_life, NULL);
		sleep(2);
	}
	return 0;
}
