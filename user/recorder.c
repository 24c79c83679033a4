// SPDX-License-Identifier: GPL-2.0
#include "recorder.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "number.h"
#include "recorder.skel.h"
#include "tcpscope.h"

#define MAX_HOOKS 64

struct recorder {
	struct recorder_bpf *skeleton;
	struct bpf_link *links[MAX_HOOKS];
	const char *names[MAX_HOOKS];
	size_t n_links;
};

/* libbpf speaks in many lines; what a user can act on we say ourselves. */
static int libbpf_print(enum libbpf_print_level level, const char *format, va_list args)
{
	if (!getenv("TCPSCOPE_DEBUG"))
		return 0;
	return vfprintf(stderr, format, args);
}

/* The BTF type a hook needs, as the kernel's loader will look it up. */
static const char *why_missing(const struct btf *btf, const char *section)
{
	const char *target = strchr(section, '/');
	char name[128];

	if (!target)
		return "it names no place to attach to";
	target++;
	if (!strncmp(section, "tp_btf/", 7)) {
		snprintf(name, sizeof(name), "btf_trace_%s", target);
		if (btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF) < 0)
			return "this kernel has no such tracepoint";
		return NULL;
	}
	if (btf__find_by_name_kind(btf, target, BTF_KIND_FUNC) < 0)
		return "this kernel has no such function, or has it inlined";
	return NULL;
}

/* How many arguments a tracepoint passes, or -1. */
static int tracepoint_arguments(const struct btf *btf, const char *tracepoint)
{
	const struct btf_type *type;
	char name[128];
	int id;

	snprintf(name, sizeof(name), "btf_trace_%s", tracepoint);
	id = btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);
	if (id < 0)
		return -1;
	type = btf__type_by_id(btf, btf__type_by_id(btf, id)->type);
	type = btf__type_by_id(btf, type->type);
	/* the first one is the tracepoint's own data */
	return btf_is_func_proto(type) ? btf_vlen(type) - 1 : -1;
}

static void adapt(struct recorder_bpf *skeleton, const struct btf *btf)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, skeleton->obj)
		if (why_missing(btf, bpf_program__section_name(program)))
			bpf_program__set_autoload(program, false);
	skeleton->rodata->retransmit_has_err =
		tracepoint_arguments(btf, "tcp_retransmit_skb") == 3;
	skeleton->rodata->reset_has_reason = tracepoint_arguments(btf, "tcp_send_reset") == 3;
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

static int explain_load(int error)
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

static int load(const struct recorder_options *options, struct recorder_bpf *skeleton)
{
	struct btf *btf = btf__load_vmlinux_btf();
	int error = -errno;

	if (!btf)
		return error;
	adapt(skeleton, btf);
	btf__free(btf);
	resize(skeleton, options);
	return recorder_bpf__load(skeleton);
}

/* One hook that can't be attached costs its feature, never the recorder. */
static void attach_each(struct recorder *recorder)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, recorder->skeleton->obj) {
		struct bpf_link *link;

		if (!bpf_program__autoload(program) || recorder->n_links == MAX_HOOKS)
			continue;
		link = bpf_program__attach(program);
		if (!link)
			continue;
		recorder->names[recorder->n_links] = bpf_program__name(program);
		recorder->links[recorder->n_links++] = link;
	}
}

/* What has been in its state without an event since then has been there for longer. */
static void note_attached(struct recorder *recorder)
{
	struct tcpscope_control control = { .attached_ns = now_ns() };
	__u32 loader = TCPSCOPE_CONTROL_LOADER;

	bpf_map_update_elem(bpf_map__fd(recorder->skeleton->maps.control), &loader, &control, BPF_ANY);
}

int recorder_load(const struct recorder_options *options, struct recorder **recorder)
{
	struct recorder *r = need(NULL, sizeof(*r));
	int error;

	*recorder = NULL;
	memset(r, 0, sizeof(*r));
	libbpf_set_print(libbpf_print);
	r->skeleton = recorder_bpf__open();
	error = r->skeleton ? load(options, r->skeleton) : -errno;
	if (!error) {
		attach_each(r);
		note_attached(r);
		if (!r->n_links)
			error = -EPERM;
	}
	if (error) {
		recorder_free(r);
		return explain_load(error);
	}
	*recorder = r;
	return 0;
}

void recorder_free(struct recorder *recorder)
{
	if (!recorder)
		return;
	for (size_t i = 0; i < recorder->n_links; i++)
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
	for (size_t i = 0; i < recorder->n_links; i++)
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
	char path[256];

	for (size_t i = 0; i < recorder->n_links; i++) {
		int error;

		in_dir(path, sizeof(path), dir, "hook_", recorder->names[i]);
		error = bpf_link__pin(recorder->links[i], path);
		if (error)
			return error;
	}
	return 0;
}

int recorder_pin_into(struct recorder *recorder, const char *dir)
{
	int error = pin_maps(recorder, dir);

	return error ? error : pin_links(recorder, dir);
}

int recorder_each_hook(recorder_hook_fn fn, void *ctx)
{
	struct btf *btf = btf__load_vmlinux_btf();
	struct recorder_bpf *skeleton;
	struct bpf_program *program;

	if (!btf)
		return -ENOENT;
	libbpf_set_print(libbpf_print);
	skeleton = recorder_bpf__open();
	if (!skeleton) {
		btf__free(btf);
		return -errno;
	}
	bpf_object__for_each_program(program, skeleton->obj) {
		struct recorder_hook hook = {
			.name = bpf_program__name(program),
			.section = bpf_program__section_name(program),
		};
		char path[256];

		in_dir(path, sizeof(path), RECORDER_DIR, "hook_", hook.name);
		hook.attached = !access(path, F_OK);
		hook.why = why_missing(btf, hook.section);
		fn(&hook, ctx);
	}
	recorder_bpf__destroy(skeleton);
	btf__free(btf);
	return 0;
}
