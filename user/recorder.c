// SPDX-License-Identifier: GPL-2.0
#include "recorder_object.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "number.h"
#include "tcpscope.h"

/* As the kernel wants it: whole pages, a power of two of them. */
int ring_bytes_parse(const char *argument, uint32_t *bytes)
{
	uint64_t n;

	if (!number_parse(argument, &n) || n < 4096 || n > 1 << 30 || n & (n - 1))
		return misuse("--ring-bytes takes a power of two from 4096 to 1073741824, not '%s'",
			      argument);
	*bytes = n;
	return 0;
}

/* One hook that can't be attached costs its feature, never the recorder. How many there are. */
static unsigned int attach_each(struct recorder *recorder)
{
	struct bpf_program *program;
	unsigned int n = 0;
	size_t i;

	for_each_program(i, program, recorder->skeleton) {
		if (!bpf_program__autoload(program) || !recorder_is_hook(program))
			continue;
		recorder->links[i] = bpf_program__attach(program);
		if (recorder->links[i])
			n++;
		else
			recorder->refused[i] = -errno;
	}
	return n;
}

/* One of two that go together whose other was refused only now. */
static void take_off_lonely(struct recorder *recorder)
{
	struct bpf_program *program;
	size_t i;

	for_each_program(i, program, recorder->skeleton)
		if (recorder->refused[i])
			bpf_program__set_autoload(program, false);
	recorder_leave_out_lonely(recorder->skeleton);
	for_each_program(i, program, recorder->skeleton) {
		if (bpf_program__autoload(program) || !recorder->links[i])
			continue;
		bpf_link__destroy(recorder->links[i]);
		recorder->links[i] = NULL;
	}
}

/* What has been in its state without an event since then has been there for longer. */
static void note_attached(struct recorder *recorder)
{
	struct tcpscope_control control = { .attached_ns = now_ns(), .abi = TCPSCOPE_RECORDER_ABI };
	__u32 loader = TCPSCOPE_CONTROL_LOADER;

	bpf_map_update_elem(bpf_map__fd(recorder->skeleton->maps.control), &loader, &control, BPF_ANY);
}

/* bpf/guard.h. Where it can't be had, what ends unseen stays: see recorder_costs.c. */
static void start_guard(struct recorder *recorder)
{
	LIBBPF_OPTS(bpf_test_run_opts, run);
	int program = bpf_program__fd(recorder->skeleton->progs.start_guard);

	if (program >= 0)
		bpf_prog_test_run_opts(program, &run);
}

/* Until then every hook returns at once: none records what another does not see yet. */
static void open_gate(struct recorder *recorder)
{
	__u32 *active = recorder_variable(recorder->skeleton, ".bss", "active");

	note_attached(recorder);
	if (active)
		__atomic_store_n(active, 1, __ATOMIC_SEQ_CST);
	start_guard(recorder);
}

int recorder_load(const struct recorder_options *options, struct recorder **recorder)
{
	struct recorder *r = need_zeros(1, sizeof(*r));
	int error;

	*recorder = NULL;
	recorder_quiet();
	error = recorder_load_object(r, options);
	if (!error && !attach_each(r)) {
		fail("this kernel lets no hook of the recorder be attached: tcpscope status");
		error = -EPERM;
	}
	if (error) {
		recorder_free(r);
		return error;
	}
	take_off_lonely(r);
	recorder_tell_lacks(r);
	open_gate(r);
	*recorder = r;
	return 0;
}

void recorder_free(struct recorder *recorder)
{
	if (!recorder)
		return;
	for (size_t i = 0; i < MAX_PROGRAMS; i++)
		bpf_link__destroy(recorder->links[i]);
	recorder_bpf__destroy(recorder->skeleton);
	free(recorder);
}

static uint64_t misses_of(int link)
{
	struct bpf_prog_info program = {};
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);
	int fd;

	if (bpf_obj_get_info_by_fd(link, &info, &len))
		return 0;
	fd = bpf_prog_get_fd_by_id(info.prog_id);
	if (fd < 0)
		return 0;
	len = sizeof(program);
	if (bpf_obj_get_info_by_fd(fd, &program, &len))
		program.recursion_misses = 0;
	close(fd);
	return program.recursion_misses;
}

static uint64_t misses_of_pinned(void)
{
	DIR *dir = opendir(RECORDER_DIR);
	struct dirent *entry;
	uint64_t misses = 0;

	while (dir && (entry = readdir(dir))) {
		char path[sizeof(RECORDER_DIR) + sizeof(entry->d_name) + 1];
		int link;

		if (strncmp(entry->d_name, "hook_", 5))
			continue;
		snprintf(path, sizeof(path), "%s/%s", RECORDER_DIR, entry->d_name);
		link = bpf_obj_get(path);
		if (link < 0)
			continue;
		misses += misses_of(link);
		close(link);
	}
	if (dir)
		closedir(dir);
	return misses;
}

uint64_t recorder_misses(const struct recorder *recorder)
{
	uint64_t misses = 0;

	if (!recorder)
		return misses_of_pinned();
	for (size_t i = 0; i < MAX_PROGRAMS; i++)
		if (recorder->links[i])
			misses += misses_of(bpf_link__fd(recorder->links[i]));
	return misses;
}

int recorder_map(const struct recorder *recorder, const char *name)
{
	return bpf_object__find_map_fd_by_name(recorder->skeleton->obj, name);
}

/* --- pinning --- */

static void in_dir(char *path, size_t len, const char *dir, const char *prefix, const char *name)
{
	snprintf(path, len, "%s/%s%s", dir, prefix, name);
}

static int pin_maps(struct recorder *recorder, const char *dir)
{
	struct bpf_map *map;
	char path[256];
	int error;

	bpf_object__for_each_map(map, recorder->skeleton->obj) {
		if (bpf_map__is_internal(map))
			continue;
		in_dir(path, sizeof(path), dir, "", bpf_map__name(map));
		error = bpf_map__pin(map, path);
		if (error)
			return error;
	}
	return 0;
}

static int pin_links(struct recorder *recorder, const char *dir)
{
	struct bpf_program *program;
	char path[256];
	size_t i;

	for_each_program(i, program, recorder->skeleton) {
		int error;

		if (!recorder->links[i])
			continue;
		in_dir(path, sizeof(path), dir, "hook_", bpf_program__name(program));
		error = bpf_link__pin(recorder->links[i], path);
		if (error)
			return error;
	}
	return 0;
}

/* Those that run when they are asked to, for whoever asks later. */
static int pin_programs(struct recorder *recorder, const char *dir)
{
	struct bpf_program *program;
	char path[256];
	size_t i;

	for_each_program(i, program, recorder->skeleton) {
		int error;

		if (recorder_is_hook(program) || bpf_program__fd(program) < 0)
			continue;
		in_dir(path, sizeof(path), dir, "run_", bpf_program__name(program));
		error = bpf_obj_pin(bpf_program__fd(program), path) ? -errno : 0;
		if (error)
			return error;
	}
	return 0;
}

int recorder_pin_into(struct recorder *recorder, const char *dir)
{
	int error = pin_maps(recorder, dir);

	if (!error)
		error = pin_links(recorder, dir);
	return error ? error : pin_programs(recorder, dir);
}
