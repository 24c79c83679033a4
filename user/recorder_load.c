// SPDX-License-Identifier: GPL-2.0
/*
 * From the object file into the kernel. All programs at once, as a rule. If the
 * kernel refuses one, libbpf takes back all: then halves of them are tried, and
 * halves of these, until those refused are known, and the rest is loaded.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recorder_object.h"
#include "tcpscope.h"

/* libbpf speaks in many lines; what a user can act on we say ourselves. */
static int libbpf_print(enum libbpf_print_level level, const char *format, va_list args)
{
	if (!getenv("TCPSCOPE_DEBUG"))
		return 0;
	return vfprintf(stderr, format, args);
}

void recorder_quiet(void)
{
	libbpf_set_print(libbpf_print);
}

static void resize(struct recorder_bpf *skeleton, const struct recorder_options *options)
{
	if (options->max_connections)
		bpf_map__set_max_entries(skeleton->maps.lives, options->max_connections);
	if (options->ring_bytes)
		bpf_map__set_max_entries(skeleton->maps.events, options->ring_bytes);
	if (options->keep_ended) {
		bpf_map__set_max_entries(skeleton->maps.ended, options->keep_ended);
		skeleton->rodata->keep_ended = options->keep_ended;
	}
}

/* What a trial needs is no more than that there are maps. */
static const struct recorder_options smallest = {
	.max_connections = 1,
	.keep_ended = 1,
	.ring_bytes = 4096,
};

/* Opens the object, fit for this kernel; NULL for want of memory. */
static struct recorder_bpf *open_object(const struct btf *btf, const struct recorder_options *options)
{
	struct recorder_bpf *skeleton = recorder_bpf__open();

	if (!skeleton)
		return NULL;
	recorder_adapt(skeleton, btf);
	resize(skeleton, options);
	return skeleton;
}

/* Whether the programs from one place to another load. 0 or -errno. */
static int try_some(const struct btf *btf, size_t from, size_t to)
{
	struct recorder_bpf *skeleton = open_object(btf, &smallest);
	struct bpf_program *program;
	int error = -ENOMEM;
	size_t i;

	if (!skeleton)
		return error;
	for_each_program(i, program, skeleton)
		if (i < from || i >= to)
			bpf_program__set_autoload(program, false);
	error = recorder_bpf__load(skeleton);
	recorder_bpf__destroy(skeleton);
	return error;
}

static void find_refused(const struct btf *btf, size_t from, size_t to, int refused[])
{
	size_t middle = (from + to) / 2;
	int error = try_some(btf, from, to);

	if (!error)
		return;
	if (to - from == 1) {
		refused[from] = error;
		return;
	}
	find_refused(btf, from, middle, refused);
	find_refused(btf, middle, to, refused);
}

static size_t count_programs(struct recorder_bpf *skeleton)
{
	struct bpf_program *program;
	size_t i;

	for_each_program(i, program, skeleton)
		;
	return i;
}

/* Loads it without what is known to be refused. 0 or -errno. */
static int load_rest(struct recorder *recorder, const struct btf *btf,
		     const struct recorder_options *options)
{
	struct bpf_program *program;
	size_t i;

	recorder_bpf__destroy(recorder->skeleton);
	recorder->skeleton = open_object(btf, options);
	if (!recorder->skeleton)
		return -ENOMEM;
	for_each_program(i, program, recorder->skeleton)
		if (recorder->refused[i])
			bpf_program__set_autoload(program, false);
	recorder_leave_out_lonely(recorder->skeleton);
	return recorder_bpf__load(recorder->skeleton);
}

/* Whether an error is of the whole, not of one program: who may not load loads none. */
static bool is_of_all(const struct btf *btf, int error)
{
	return error == -EPERM || error == -ENOMEM || try_some(btf, 0, 0);
}

static int load(struct recorder *recorder, const struct btf *btf,
		const struct recorder_options *options)
{
	int error = load_rest(recorder, btf, options);

	if (!error || !recorder->skeleton || is_of_all(btf, error))
		return error;
	find_refused(btf, 0, count_programs(recorder->skeleton), recorder->refused);
	return load_rest(recorder, btf, options);
}

static int explain(int error)
{
	if (error == -EPERM || error == -EACCES)
		fail("the recorder needs root (CAP_BPF and CAP_PERFMON): run it with sudo");
	else if (error == -ENOENT || error == -ESRCH)
		fail("the kernel has no BTF in /sys/kernel/btf/vmlinux: it needs CONFIG_DEBUG_INFO_BTF");
	else
		fail("the recorder could not be loaded (%s): TCPSCOPE_DEBUG=1 shows the details",
		     strerror(-error));
	return error;
}

int recorder_load_object(struct recorder *recorder, const struct recorder_options *options)
{
	struct btf *btf = btf__load_vmlinux_btf();
	int error = btf ? 0 : -errno;

	if (!error)
		error = load(recorder, btf, options);
	btf__free(btf);
	return error ? explain(error) : 0;
}

static int try_attach(struct bpf_program *program)
{
	struct bpf_link *link = bpf_program__attach(program);
	int error = link ? 0 : -errno;

	bpf_link__destroy(link);
	return error;
}

int recorder_try(const struct btf *btf, const char *name)
{
	struct recorder_bpf *skeleton = open_object(btf, &smallest);
	struct bpf_program *program, *chosen;
	int error = -ENOMEM;

	if (!skeleton)
		return error;
	chosen = bpf_object__find_program_by_name(skeleton->obj, name);
	bpf_object__for_each_program(program, skeleton->obj)
		bpf_program__set_autoload(program, program == chosen);
	error = recorder_bpf__load(skeleton);
	if (!error && chosen && recorder_is_hook(chosen))
		error = try_attach(chosen);
	recorder_bpf__destroy(skeleton);
	return error;
}
