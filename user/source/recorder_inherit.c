// SPDX-License-Identifier: GPL-2.0
/*
 * What a recorder takes over of the one it replaces. Most maps are simply used on;
 * the record of who listens and of how many connections ended is copied, and the
 * ring of the ended if the new one has another length.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/error.h"
#include "source/recorder_dir.h"
#include "source/recorder_object.h"

/* Lives go with what looks after them, and with what listeners among them count. */
static const char *const lives[] = { "lives", "listeners", "guards", "guard_rings" };

static const char *const others[] = {
	"totals", "losses", "generations", "heirs", "no_ports",
};

#define N(list) (sizeof(list) / sizeof(*(list)))

/* A pinned map and what it is like; the file descriptor, or negative. */
static int get(int dir, const char *name, struct bpf_map_info *info)
{
	int fd = bpf_obj_get(pin_path(dir, "", name).text);
	__u32 len = sizeof(*info);

	if (fd < 0 || !bpf_obj_get_info_by_fd(fd, info, &len))
		return fd;
	close(fd);
	return -1;
}

static void put(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void inherit_size(int old, const char *name, uint32_t *size)
{
	struct bpf_map_info info = {};
	int fd = get(old, name, &info);

	if (fd >= 0 && !*size)
		*size = info.max_entries;
	put(fd);
}

void recorder_inherit_sizes(int old, struct recorder_options *options)
{
	if (!recorder_abi_fits(old))
		return;
	inherit_size(old, "lives", &options->max_connections);
	inherit_size(old, "ended", &options->keep_ended);
	inherit_size(old, "events", &options->ring_bytes);
}

/* Whether the map that would be made is like that one. */
static bool is_like(const struct bpf_map *map, const struct bpf_map_info *info)
{
	return info->type == bpf_map__type(map) && info->key_size == bpf_map__key_size(map) &&
	       info->value_size == bpf_map__value_size(map) &&
	       info->max_entries == bpf_map__max_entries(map) &&
	       info->map_flags == bpf_map__map_flags(map);
}

/* Whether each of those maps that the object has is like the other one's; if so, and if asked to, uses these. */
static bool share(int old, struct recorder_bpf *skeleton, const char *const names[], size_t n, bool use)
{
	bool all = true;

	for (size_t i = 0; all && i < n; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(skeleton->obj, names[i]);
		struct bpf_map_info info = {};
		int fd = map ? get(old, names[i], &info) : -1;

		if (map)
			all = fd >= 0 && is_like(map, &info) && (!use || !bpf_map__reuse_fd(map, fd));
		put(fd);
	}
	return all;
}

static bool share_all(int old, struct recorder_bpf *skeleton, const char *const names[], size_t n)
{
	return share(old, skeleton, names, n, false) && share(old, skeleton, names, n, true);
}

static bool share_one(int old, struct recorder_bpf *skeleton, const char *name)
{
	return share(old, skeleton, &name, 1, true);
}

struct inheritance recorder_inherit_maps(int old, struct recorder_bpf *skeleton)
{
	struct inheritance kept = { .abi = recorder_abi_fits(old) };

	if (!kept.abi)
		return kept;
	kept.lives = share_all(old, skeleton, lives, N(lives));
	kept.ended = share_one(old, skeleton, "ended");
	kept.ring = share_one(old, skeleton, "events");
	for (size_t i = 0; i < N(others); i++)
		share_one(old, skeleton, others[i]);
	return kept;
}

/* --- once the other one is stopped --- */

static bool read_control(int old, enum tcpscope_control_of whose, struct tcpscope_control *control)
{
	struct bpf_map_info info = {};
	int fd = get(old, "control", &info);
	__u32 key = whose;
	bool read = fd >= 0 && !bpf_map_lookup_elem(fd, &key, control);

	put(fd);
	return read;
}

static void copy_control(struct recorder *recorder, int old, enum tcpscope_control_of whose)
{
	struct tcpscope_control control;
	__u32 key = whose;

	if (read_control(old, whose, &control))
		bpf_map_update_elem(bpf_map__fd(recorder->skeleton->maps.control), &key, &control, BPF_ANY);
}

static void *map_slots(int fd, uint32_t n)
{
	void *slots = mmap(NULL, (size_t)n * sizeof(struct tcpscope_ended), PROT_READ | PROT_WRITE,
			   MAP_SHARED, fd, 0);

	return slots == MAP_FAILED ? NULL : slots;
}

/* The last that ended, each into the place of its number. */
static void copy_slots(struct tcpscope_ended *to, uint32_t n_to, const struct tcpscope_ended *from,
		       uint32_t n_from, uint64_t last)
{
	uint32_t n = n_to < n_from ? n_to : n_from;

	for (uint64_t seq = last; seq && last - seq < n; seq--)
		if (from[(seq - 1) % n_from].seq == seq)
			to[(seq - 1) % n_to] = from[(seq - 1) % n_from];
}

static void copy_ended(struct recorder *recorder, int old)
{
	struct bpf_map *map = recorder->skeleton->maps.ended;
	struct tcpscope_ended *to = NULL, *from = NULL;
	uint32_t n = bpf_map__max_entries(map);
	struct bpf_map_info info = {};
	int fd = get(old, "ended", &info);
	struct tcpscope_control counter;

	if (fd >= 0 && info.value_size == sizeof(*from))
		from = map_slots(fd, info.max_entries);
	if (from)
		to = map_slots(bpf_map__fd(map), n);
	if (to && read_control(old, TCPSCOPE_CONTROL_RECORDER, &counter))
		copy_slots(to, n, from, info.max_entries, counter.ended);
	if (to)
		munmap(to, (size_t)n * sizeof(*to));
	if (from)
		munmap(from, (size_t)info.max_entries * sizeof(*from));
	put(fd);
}

/* A reader of the other one may listen, which does not know of this one yet. If none does, the guard finds out. */
static void hear(struct recorder *recorder)
{
	__u32 *heard = recorder_variable(recorder->skeleton, ".bss", "heard");

	if (heard)
		__atomic_store_n(heard, 1, __ATOMIC_SEQ_CST);
}

void recorder_take_over(struct recorder *recorder, int old)
{
	struct tcpscope_control loader;

	if (!recorder->kept.abi)
		return;
	copy_control(recorder, old, TCPSCOPE_CONTROL_COMMAND);
	hear(recorder);
	copy_control(recorder, old, TCPSCOPE_CONTROL_RECORDER);
	if (!recorder->kept.ended)
		copy_ended(recorder, old);
	if (recorder->kept.lives && read_control(old, TCPSCOPE_CONTROL_LOADER, &loader))
		recorder->attached_ns = loader.attached_ns;
}

void recorder_tell_inheritance(const struct recorder *recorder)
{
	if (recorder->old < 0)
		return;
	if (!recorder->kept.abi)
		fail("the recorder that was attached is of another release: nothing of what it recorded is kept");
	else if (!recorder->kept.lives)
		fail("the histories of connections that exist are not kept, "
		     "for the table has another size: they are adopted anew");
}
