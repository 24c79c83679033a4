// SPDX-License-Identifier: GPL-2.0
/* The lives that the attached recorder holds. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/error.h"
#include "source/recorder.h"
#include "source/recorder_source.h"

#define BATCH 256

static void close_map(int *map)
{
	if (*map >= 0)
		close(*map);
	*map = -1;
}

int recorder_lives_open(struct recorder_source *recorder)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int error = 0;

	recorder->lives = recorder_get("lives");
	recorder->listeners = recorder_get("listeners");
	if (recorder->lives < 0)
		error = recorder->lives;
	else if (bpf_obj_get_info_by_fd(recorder->lives, &info, &len))
		error = -errno;
	else if (info.value_size != sizeof(struct tcpscope_life))
		error = -EPROTO;
	if (error)
		recorder_lives_close(recorder);
	return error;
}

void recorder_lives_close(struct recorder_source *recorder)
{
	close_map(&recorder->lives);
	close_map(&recorder->listeners);
}

/* Each CPU has counted a part of what a listener's SYNs and handshakes met. */
static void add_counters(const struct recorder_source *recorder, struct tcpscope_life *life)
{
	int cpus = libbpf_num_possible_cpus();
	struct tcpscope_listener *counts;

	if (life->role != TCPSCOPE_ROLE_LISTENER || recorder->listeners < 0 || cpus < 1)
		return;
	counts = need(NULL, cpus * sizeof(*counts));
	if (!bpf_map_lookup_elem(recorder->listeners, &life->cookie, counts)) {
		for (int i = 0; i < cpus; i++) {
			life->syns += counts[i].syns;
			life->drops += counts[i].drops;
			life->overflows += counts[i].overflows;
			life->requests += counts[i].requests;
		}
	}
	free(counts);
}

/* One that has just begun or is over may still be in the table. */
static bool is_alive(const struct tcpscope_life *life)
{
	return life->alive == life->cookie;
}

int recorder_life(struct source *source, uint64_t cookie, struct tcpscope_life *life)
{
	struct recorder_source *recorder = recorder_source(source);

	if (bpf_map_lookup_elem(recorder->lives, &cookie, life))
		return -errno;
	if (!is_alive(life))
		return -ENOENT;
	add_counters(recorder, life);
	return 0;
}

static int give(struct recorder_source *recorder, struct tcpscope_life *batch, size_t n, source_life_fn fn, void *ctx)
{
	for (size_t i = 0; i < n; i++) {
		int error;

		if (!is_alive(&batch[i])) {
			recorder->source.hidden++;
			continue;
		}
		add_counters(recorder, &batch[i]);
		error = fn(&batch[i], ctx);
		if (error)
			return error;
	}
	return 0;
}

int recorder_lives_kept(struct source *source, source_life_fn fn, void *ctx)
{
	struct recorder_source *recorder = recorder_source(source);
	struct tcpscope_life *batch = need(NULL, BATCH * sizeof(*batch));
	__u64 keys[BATCH];
	__u64 position = 0;
	bool first = true, last;
	int error;

	do {
		__u32 n = BATCH;

		/* ENOENT: this batch reached the end; ENOSPC: a bucket is larger */
		error = bpf_map_lookup_batch(recorder->lives, first ? NULL : &position, &position, keys, batch,
					     &n, NULL);
		last = error && errno == ENOENT;
		error = error && !last ? -errno : give(recorder, batch, n, fn, ctx);
		first = false;
	} while (!error && !last);
	free(batch);
	return error;
}

/* The recorder's program that looks at each life's socket. A file to read them from, or -errno. */
static int open_iterator(const struct recorder_source *recorder)
{
	union bpf_iter_link_info which = { .map.map_fd = recorder->lives };
	LIBBPF_OPTS(bpf_link_create_opts, options, .iter_info = &which, .iter_info_len = sizeof(which));
	int program = recorder_get("run_read_lives"), link, iterator;

	if (program < 0)
		return program;
	link = bpf_link_create(program, 0, BPF_TRACE_ITER, &options);
	close(program);
	if (link < 0)
		return -errno;
	iterator = bpf_iter_create(link);
	close(link);
	return iterator < 0 ? -errno : iterator;
}

/* A read may end within a life: what is left of it comes with the next. */
static int each_from(struct recorder_source *recorder, int iterator, source_life_fn fn, void *ctx)
{
	struct tcpscope_life *batch = need(NULL, BATCH * sizeof(*batch));
	size_t have = 0, size = BATCH * sizeof(*batch);
	int error = 0;
	ssize_t got;

	do {
		size_t n;

		got = read(iterator, (char *)batch + have, size - have);
		if (got <= 0)
			continue;
		have += got;
		n = have / sizeof(*batch);
		error = give(recorder, batch, n, fn, ctx);
		have %= sizeof(*batch);
		if (have)
			batch[0] = batch[n];
	} while (!error && (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR))));
	free(batch);
	return error || !got ? error : -errno;
}

int recorder_lives(struct source *source, source_life_fn fn, void *ctx)
{
	struct recorder_source *recorder = recorder_source(source);
	int iterator = open_iterator(recorder), error;

	source->hidden = 0;
	if (iterator < 0)
		return recorder_lives_kept(source, fn, ctx);
	error = each_from(recorder, iterator, fn, ctx);
	close(iterator);
	return error;
}
