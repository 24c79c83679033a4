// SPDX-License-Identifier: GPL-2.0
/*
 * From the object file into the kernel. All programs at once, as a rule. If the
 * kernel refuses one, libbpf takes back all: then halves of them are tried, and
 * halves of these, until those refused are known, and the rest is loaded.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/error.h"
#include "source/map_bytes.h"
#include "source/recorder_object.h"

/* Cookies that a CPU's ring holds at least. */
#define MIN_GUARDS 4096

/* The largest power of two that is not above n. */
static uint32_t power_of_two(uint32_t n)
{
	uint32_t power = 1;

	while (power <= n / 2)
		power *= 2;
	return power;
}

/* A ring of cookies for each CPU, for half as many cookies in all as there may be lives: most are over soon. */
static void resize_guards(struct recorder_bpf *skeleton)
{
	uint32_t most = bpf_map__max_entries(skeleton->maps.guard_rings);
	uint32_t places = bpf_map__max_entries(skeleton->maps.lives), ring;
	int cpus = libbpf_num_possible_cpus();
	uint32_t rings = power_of_two(cpus < 1 ? 1 : (uint32_t)cpus < most ? (uint32_t)cpus : most);

	/* what has ended stays in its ring for a while */
	places /= 2 * rings;
	ring = power_of_two(places < MIN_GUARDS ? MIN_GUARDS : places);
	skeleton->rodata->guard_cpus = rings;
	skeleton->rodata->guard_len = ring;
	bpf_map__set_max_entries(skeleton->maps.guard_rings, rings);
	bpf_map__set_max_entries(skeleton->maps.guards, rings * ring);
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
	resize_guards(skeleton);
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
	if (recorder->old >= 0)
		recorder->kept = recorder_inherit_maps(recorder->old, recorder->skeleton);
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

static uint64_t mib_available(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long long kib = 0;
	char line[128];

	while (file && !kib && fgets(line, sizeof(line), file))
		sscanf(line, "MemAvailable: %llu", &kib);
	if (file)
		fclose(file);
	return kib >> 10;
}

/* What a map would take before anything is in it, in MiB. */
static uint64_t mib_of(const struct bpf_map *map)
{
	const struct bpf_map_info info = {
		.type = bpf_map__type(map),
		.key_size = bpf_map__key_size(map),
		.value_size = bpf_map__value_size(map),
		.max_entries = bpf_map__max_entries(map),
		.map_flags = bpf_map__map_flags(map),
	};

	return map_bytes_fixed(&info) >> 20;
}

/* Which option takes most of it. */
static void explain_memory(const struct recorder *recorder)
{
	const struct bpf_map *lives = recorder->skeleton->maps.lives;
	uint64_t table = mib_of(lives) + mib_of(recorder->skeleton->maps.guards);
	uint64_t ended = mib_of(recorder->skeleton->maps.ended);
	uint64_t ring = mib_of(recorder->skeleton->maps.events);
	const char *option = table >= ended && table >= ring ? "--max-connections" :
			     ended >= ring		     ? "--keep-ended" :
							       "--ring-bytes";

	fail("the recorder's tables take %" PRIu64 " MiB from the beginning, more than the kernel gives "
	     "(%" PRIu64 " MiB are available): attach with a smaller %s", table + ended + ring,
	     mib_available(), option);
}

static int explain(const struct recorder *recorder, int error)
{
	if ((error == -ENOMEM || error == -E2BIG) && recorder->skeleton)
		explain_memory(recorder);
	else if (error == -EPERM || error == -EACCES)
		fail("the recorder needs root (CAP_BPF and CAP_PERFMON): run it with sudo");
	else if (error == -ENOENT || error == -ESRCH)
		fail("the kernel has no BTF in /sys/kernel/btf/vmlinux: it needs CONFIG_DEBUG_INFO_BTF");
	else
		fail("the recorder could not be loaded (%s): TCPSCOPE_DEBUG=1 shows the details",
		     strerror(-error));
	return error;
}

int recorder_load_object(struct recorder *recorder, const struct recorder_options *asked)
{
	struct recorder_options options = *asked;
	struct btf *btf = btf__load_vmlinux_btf();
	int error = btf ? 0 : -errno;

	if (recorder->old >= 0)
		recorder_inherit_sizes(recorder->old, &options);
	if (!error)
		error = load(recorder, btf, &options);
	btf__free(btf);
	return error ? explain(recorder, error) : 0;
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
