// SPDX-License-Identifier: GPL-2.0
/* The attached recorder's memory, through the maps it pinned. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/error.h"
#include "source/recorder.h"
#include "source/recorder_source.h"

/* A recorder of another release has records of another size. */
static int check_size(int map, size_t size)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(map, &info, &len))
		return -errno;
	return info.value_size == size ? 0 : -EPROTO;
}

static void close_map(int map)
{
	if (map >= 0)
		close(map);
}

static int read_control(__u32 whose, struct tcpscope_control *control)
{
	int map = recorder_get("control"), error = map;

	if (map >= 0)
		error = check_size(map, sizeof(*control));
	if (!error)
		error = bpf_map_lookup_elem(map, &whose, control) ? -errno : 0;
	close_map(map);
	return error;
}

/* Whether the attached recorder writes what this release reads. 0 or -errno. */
static int check_abi(void)
{
	struct tcpscope_control loader;
	int error = read_control(TCPSCOPE_CONTROL_LOADER, &loader);

	return !error && loader.abi != TCPSCOPE_RECORDER_ABI ? -EPROTO : error;
}

/* --- the ended --- */

/*
 * Whether the slot holds that number, before and after it was copied: a new one
 * may be written there at any time.
 */
static bool copy_ended(const struct tcpscope_ended *slot, __u64 seq, struct tcpscope_ended *to)
{
	if (__atomic_load_n(&slot->seq, __ATOMIC_ACQUIRE) != seq)
		return false;
	*to = *slot;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&slot->seq, __ATOMIC_RELAXED) == seq;
}

static int each_ended(const struct tcpscope_ended *slots, __u64 last, __u32 n, source_ended_fn fn,
		      void *ctx)
{
	struct tcpscope_ended one;
	int error = 0;

	for (__u64 seq = last; !error && seq && last - seq < n; seq--)
		if (copy_ended(&slots[(seq - 1) % n], seq, &one))
			error = fn(&one, ctx);
	return error;
}

/* The recorder lets its ring be mapped: two system calls for each would take longer than all else. */
static int map_ended(int map, __u64 last, source_ended_fn fn, void *ctx)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	size_t size;
	void *slots;
	int error;

	if (bpf_obj_get_info_by_fd(map, &info, &len))
		return -errno;
	if (info.value_size != sizeof(struct tcpscope_ended))
		return -EPROTO;
	size = (size_t)info.max_entries * info.value_size;
	slots = mmap(NULL, size, PROT_READ, MAP_SHARED, map, 0);
	if (slots == MAP_FAILED)
		return -errno;
	error = each_ended(slots, last, info.max_entries, fn, ctx);
	munmap(slots, size);
	return error;
}

static int recorder_attached(struct source *source, uint64_t *attached_ns)
{
	struct tcpscope_control control;
	int error = read_control(TCPSCOPE_CONTROL_LOADER, &control);

	if (!error)
		*attached_ns = control.attached_ns;
	return error;
}

static int recorder_ended(struct source *source, source_ended_fn fn, void *ctx)
{
	struct tcpscope_control control;
	int map = recorder_get("ended");
	int error = map < 0 ? map : read_control(TCPSCOPE_CONTROL_RECORDER, &control);

	if (!error)
		error = map_ended(map, control.ended, fn, ctx);
	close_map(map);
	return error;
}

static int recorder_no_ports(struct source *source, source_no_port_fn fn, void *ctx)
{
	struct tcpscope_no_port_key key, *previous = NULL;
	struct tcpscope_no_port one;
	int map = recorder_get("no_ports");
	int error = map < 0 ? map : check_size(map, sizeof(one));

	/* One that goes meanwhile may begin the walk anew, so it is bounded. */
	for (int i = 0; !error && i < 4096 && !bpf_map_get_next_key(map, previous, &key); i++) {
		if (!bpf_map_lookup_elem(map, &key, &one))
			fn(&key, &one, ctx);
		previous = &key;
	}
	close_map(map);
	return error;
}

/* --- counters --- */

/* Adds up one entry of a per-CPU map, which is made of numbers only. 0 or -errno. */
static int sum(int map, __u32 key, __u64 *total, size_t numbers)
{
	int cpus = libbpf_num_possible_cpus(), error = 0;
	__u64 *values;

	if (cpus < 0)
		return cpus;
	values = need(NULL, cpus * numbers * sizeof(*values));
	memset(total, 0, numbers * sizeof(*total));
	if (bpf_map_lookup_elem(map, &key, values))
		error = -errno;
	for (size_t i = 0; !error && i < cpus * numbers; i++)
		total[i % numbers] += values[i];
	free(values);
	return error;
}

static int recorder_totals(struct source *source, struct tcpscope_totals *totals)
{
	int map = recorder_get("totals"), error;

	if (map < 0)
		return map;
	error = check_size(map, sizeof(*totals));
	if (!error)
		error = sum(map, 0, (__u64 *)totals, sizeof(*totals) / sizeof(__u64));
	close_map(map);
	return error;
}

int recorder_losses_of(int map, struct source_losses *to)
{
	for (__u32 i = 0; i < TCPSCOPE_LOSS_MAX; i++) {
		__u64 count = 0;
		int error = sum(map, i, &count, 1);

		to->count[i] = count;

		if (error)
			return error;
	}
	return 0;
}

static int recorder_losses(struct source *source, struct source_losses *to)
{
	int error = recorder_losses_of(recorder_source(source)->losses, to);

	to->count[TCPSCOPE_LOSS_MISSED] += recorder_misses(NULL);
	return error;
}

/* --- the source --- */

static void recorder_close(struct source *source)
{
	struct recorder_source *recorder = recorder_source(source);

	recorder_join_close(&recorder->join);
	recorder_lives_close(recorder);
	close_map(recorder->losses);
	free(recorder);
}

static const struct source_ops recorder_ops = {
	.lives = recorder_lives,
	.life = recorder_life,
	.questions = recorder_questions,
	.answer = recorder_answer,
	.ended = recorder_ended,
	.no_ports = recorder_no_ports,
	.totals = recorder_totals,
	.losses = recorder_losses,
	.memory = recorder_memory,
	.attached = recorder_attached,
	.close = recorder_close,
};

static int open_maps(struct recorder_source *recorder)
{
	int error;

	recorder->losses = recorder_get("losses");
	if (recorder->losses < 0)
		return recorder->losses;
	error = check_abi();
	return error ? error : recorder_lives_open(recorder);
}

static enum source_trouble trouble_of(int error)
{
	switch (error) {
	case 0:
		return SOURCE_OK;
	case -EPERM:
		return SOURCE_RECORDER_NOT_ROOT;
	case -EPROTO:
		return SOURCE_RECORDER_OTHER;
	default:
		return SOURCE_NO_RECORDER;
	}
}

struct source *source_recorder_open(void)
{
	struct recorder_source *recorder = need_zeros(1, sizeof(*recorder));

	recorder->source.ops = &recorder_ops;
	recorder->losses = recorder->lives = recorder->listeners = recorder->join.link = -1;
	recorder->source.trouble = trouble_of(open_maps(recorder));
	return &recorder->source;
}
