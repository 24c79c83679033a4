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
#include "recorder_dir.h"
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

/* Writes the record that says when, and in which form, the recorder began. */
static void note_attached(struct recorder *recorder)
{
	struct tcpscope_control control = { .attached_ns = recorder->attached_ns,
					    .abi = TCPSCOPE_RECORDER_ABI };
	__u32 loader = TCPSCOPE_CONTROL_LOADER;

	/* What has been in its state without an event since then has been there for longer. */
	if (!control.attached_ns)
		control.attached_ns = now_ns();
	bpf_map_update_elem(bpf_map__fd(recorder->skeleton->maps.control), &loader, &control, BPF_ANY);
}

int recorder_program(const struct recorder *recorder, const char *name)
{
	struct bpf_program *program = bpf_object__find_program_by_name(recorder->skeleton->obj, name);

	return program ? bpf_program__fd(program) : -ENOENT;
}

void recorder_start(struct recorder *recorder)
{
	int guard = recorder_program(recorder, "start_guard");
	LIBBPF_OPTS(bpf_test_run_opts, run);

	note_attached(recorder);
	recorder_open_gate(recorder);
	if (guard >= 0 && (bpf_prog_test_run_opts(guard, &run) || run.retval))
		fail("the recorder's guard could not be started: %s", recorder_costs("start_guard"));
}

int recorder_load(const struct recorder_options *options, struct recorder **recorder)
{
	struct recorder *r = need_zeros(1, sizeof(*r));
	int error;

	*recorder = NULL;
	recorder_quiet();
	r->old = options->replace ? recorder_dir() : -1;
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
	recorder_tell_inheritance(r);
	*recorder = r;
	return 0;
}

void recorder_free(struct recorder *recorder)
{
	if (!recorder)
		return;
	if (recorder->old >= 0)
		close(recorder->old);
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

uint64_t recorder_misses_in(int dir)
{
	int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = again < 0 ? NULL : fdopendir(again);
	struct dirent *entry;
	uint64_t misses = 0;

	while (entries && (entry = readdir(entries))) {
		int link;

		if (strncmp(entry->d_name, RECORDER_HOOK, strlen(RECORDER_HOOK)))
			continue;
		link = bpf_obj_get(pin_path(dir, "", entry->d_name).text);
		if (link < 0)
			continue;
		misses += misses_of(link);
		close(link);
	}
	if (entries)
		closedir(entries);
	else if (again >= 0)
		close(again);
	return misses;
}

static uint64_t misses_of_pinned(void)
{
	int dir = recorder_dir();
	uint64_t misses;

	if (dir < 0)
		return 0;
	misses = recorder_misses_in(dir);
	close(dir);
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
