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
#include "source/source.h"

#define BATCH 256

static int lives = -1, listeners = -1;
static uint64_t hidden;

static void close_map(int *map)
{
	if (*map >= 0)
		close(*map);
	*map = -1;
}

int source_lives_open(void)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int error = 0;

	lives = recorder_get("lives");
	listeners = recorder_get("listeners");
	if (lives < 0)
		error = lives;
	else if (bpf_obj_get_info_by_fd(lives, &info, &len))
		error = -errno;
	else if (info.value_size != sizeof(struct tcpscope_life))
		error = -EPROTO;
	if (error)
		source_lives_close();
	return error;
}

void source_lives_close(void)
{
	close_map(&lives);
	close_map(&listeners);
}

/* Each CPU has counted a part of what a listener's SYNs and handshakes met. */
static void add_counters(struct tcpscope_life *life)
{
	int cpus = libbpf_num_possible_cpus();
	struct tcpscope_listener *counts;

	if (life->role != TCPSCOPE_ROLE_LISTENER || listeners < 0 || cpus < 1)
		return;
	counts = need(NULL, cpus * sizeof(*counts));
	if (!bpf_map_lookup_elem(listeners, &life->cookie, counts)) {
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

int source_bpf_life(uint64_t cookie, struct tcpscope_life *life, void *unused)
{
	if (bpf_map_lookup_elem(lives, &cookie, life))
		return -errno;
	if (!is_alive(life))
		return -ENOENT;
	add_counters(life);
	return 0;
}

static int give(struct tcpscope_life *batch, size_t n, source_life_fn fn, void *ctx)
{
	for (size_t i = 0; i < n; i++) {
		int error;

		if (!is_alive(&batch[i])) {
			hidden++;
			continue;
		}
		add_counters(&batch[i]);
		error = fn(&batch[i], ctx);
		if (error)
			return error;
	}
	return 0;
}

int source_bpf_each_kept(source_life_fn fn, void *ctx)
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

/* The recorder's program that looks at each life's socket. A file to read them from, or -errno. */
static int open_iterator(void)
{
	union bpf_iter_link_info which = { .map.map_fd = lives };
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
static int each_from(int iterator, source_life_fn fn, void *ctx)
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
		error = give(batch, n, fn, ctx);
		have %= sizeof(*batch);
		if (have)
			batch[0] = batch[n];
	} while (!error && (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR))));
	free(batch);
	return error || !got ? error : -errno;
}

int source_bpf_each(source_life_fn fn, void *ctx)
{
	int iterator = open_iterator(), error;

	hidden = 0;
	if (iterator < 0)
		return source_bpf_each_kept(fn, ctx);
	error = each_from(iterator, fn, ctx);
	close(iterator);
	return error;
}

uint64_t source_bpf_hidden(void)
{
	return hidden;
}
