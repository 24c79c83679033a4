// SPDX-License-Identifier: GPL-2.0
/* The attached recorder's memory, through the maps it pinned. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "recorder.h"
#include "source.h"

static int lives = -1, losses = -1;

/* A recorder of another release has records of another size. */
static int check_size(int map, size_t size)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(map, &info, &len))
		return -errno;
	return info.value_size == size ? 0 : -EPROTO;
}

static int open_map(const char *path)
{
	int fd = bpf_obj_get(path);

	return fd < 0 && errno == EACCES ? -EPERM : fd < 0 ? -errno : fd;
}

int source_bpf_open(void)
{
	int error;

	if (lives >= 0)
		return 0;
	lives = open_map(RECORDER_DIR "/lives");
	if (lives < 0)
		return lives;
	losses = open_map(RECORDER_DIR "/losses");
	error = losses < 0 ? losses : check_size(lives, sizeof(struct tcpscope_life));
	if (error)
		source_bpf_close();
	return error;
}

void source_bpf_close(void)
{
	if (lives >= 0)
		close(lives);
	if (losses >= 0)
		close(losses);
	lives = losses = -1;
}

int source_bpf_life(uint64_t cookie, struct tcpscope_life *life, void *unused)
{
	return bpf_map_lookup_elem(lives, &cookie, life) ? -errno : 0;
}

#define BATCH 256

static int give(const struct tcpscope_life *batch, __u32 n, source_life_fn fn, void *ctx)
{
	for (__u32 i = 0; i < n; i++) {
		int error = fn(&batch[i], ctx);

		if (error)
			return error;
	}
	return 0;
}

int source_bpf_each(source_life_fn fn, void *ctx)
{
	struct tcpscope_life *batch = need(NULL, BATCH * sizeof(*batch));
	__u64 keys[BATCH];
	__u64 position = 0;
	bool first = true, last;
	int error;

	do {
		__u32 n = BATCH;

		/* ENOENT: this batch reached the end; ENOSPC: a bucket is larger */
		error = bpf_map_lookup_batch(lives, first ? NULL : &position, &position, keys, batch,
					     &n, NULL);
		last = error && errno == ENOENT;
		error = error && !last ? -errno : give(batch, n, fn, ctx);
		first = false;
	} while (!error && !last);
	free(batch);
	return error;
}

/* The sum over all CPUs of one entry of a per-CPU map. */
static int sum(int map, __u32 key, uint64_t *total)
{
	int n = libbpf_num_possible_cpus();
	__u64 *values;

	if (n < 0)
		return n;
	values = need(NULL, n * sizeof(*values));
	*total = 0;
	if (bpf_map_lookup_elem(map, &key, values)) {
		free(values);
		return -errno;
	}
	for (int i = 0; i < n; i++)
		*total += values[i];
	free(values);
	return 0;
}

int source_bpf_losses_of(int map, struct source_losses *to)
{
	for (__u32 i = 0; i < TCPSCOPE_LOSS_MAX; i++) {
		int error = sum(map, i, &to->count[i]);

		if (error)
			return error;
	}
	return 0;
}

int source_bpf_losses(struct source_losses *to)
{
	return source_bpf_losses_of(losses, to);
}
