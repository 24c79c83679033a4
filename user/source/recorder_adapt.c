// SPDX-License-Identifier: GPL-2.0
/* What this kernel has of what the recorder wants, by its BTF; versions are never asked for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source/recorder_object.h"

/* For tests: programs to be left out as if the kernel lacked their place. */
#define WITHOUT "TCPSCOPE_WITHOUT_HOOKS"

bool recorder_is_hook(const struct bpf_program *program)
{
	return bpf_program__type(program) == BPF_PROG_TYPE_TRACING &&
	       bpf_program__expected_attach_type(program) != BPF_TRACE_ITER;
}

static bool is_left_out(const char *name)
{
	const char *list = getenv(WITHOUT);
	size_t len = strlen(name);

	while (list && *list) {
		if (!strncmp(list, name, len) && (!list[len] || list[len] == ','))
			return true;
		list += strcspn(list, ",");
		list += *list == ',';
	}
	return false;
}

/* The BTF type a program needs, as the kernel's loader will look it up. */
static bool has_place(const struct btf *btf, const char *section, const char *target)
{
	char name[128];

	if (!strncmp(section, "tp_btf/", 7)) {
		snprintf(name, sizeof(name), "btf_trace_%s", target);
		return btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF) >= 0;
	}
	snprintf(name, sizeof(name), "%s%s", strncmp(section, "iter", 4) ? "" : "bpf_iter_", target);
	return btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) >= 0;
}

const char *recorder_why_missing(const struct btf *btf, const struct bpf_program *program)
{
	const char *section = bpf_program__section_name(program);
	const char *target = strchr(section, '/');

	if (is_left_out(bpf_program__name(program)))
		return "left out by " WITHOUT;
	if (!target || has_place(btf, section, target + 1))
		return NULL;
	if (!strncmp(section, "tp_btf/", 7))
		return "this kernel has no such tracepoint";
	if (!strncmp(section, "iter", 4))
		return "this kernel has no such iterator";
	return "this kernel has no such function, or has it inlined";
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

/* Whether a function returns something; what it left in the register is no answer if it does not. */
static bool returns(const struct btf *btf, const char *function)
{
	int id = btf__find_by_name_kind(btf, function, BTF_KIND_FUNC);
	const struct btf_type *type;

	if (id < 0)
		return false;
	type = btf__type_by_id(btf, btf__type_by_id(btf, id)->type);
	return btf_is_func_proto(type) && type->type;
}

/* How many arguments a function has, or -1. */
static int function_arguments(const struct btf *btf, const char *function)
{
	int id = btf__find_by_name_kind(btf, function, BTF_KIND_FUNC);
	const struct btf_type *type;

	if (id < 0)
		return -1;
	type = btf__type_by_id(btf, btf__type_by_id(btf, id)->type);
	return btf_is_func_proto(type) ? btf_vlen(type) : -1;
}

long recorder_variable_offset(const struct btf *btf, const char *section, const char *name)
{
	int id = btf__find_by_name_kind(btf, section, BTF_KIND_DATASEC);
	const struct btf_type *type = id < 0 ? NULL : btf__type_by_id(btf, id);
	const struct btf_var_secinfo *var = type ? btf_var_secinfos(type) : NULL;

	for (int i = 0; type && i < btf_vlen(type); i++, var++)
		if (!strcmp(btf__name_by_offset(btf, btf__type_by_id(btf, var->type)->name_off), name))
			return var->offset;
	return -1;
}

void *recorder_variable(struct recorder_bpf *skeleton, const char *section, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(skeleton->obj, section);
	long offset = recorder_variable_offset(bpf_object__btf(skeleton->obj), section, name);
	char *values;
	size_t size;

	/* mapped for reading and writing, whatever its type says */
	values = map ? (char *)bpf_map__initial_value(map, &size) : NULL;
	return values && offset >= 0 ? values + offset : NULL;
}

/* Data that had come is looked for where nothing else passes, if the kernel has not inlined that function. */
static void choose_data_place(struct recorder_bpf *skeleton, const struct btf *btf)
{
	static const char place[] = "tcp_rcv_spurious_retrans";

	if (has_place(btf, "fentry/", place) && function_arguments(btf, place) == 2)
		skeleton->rodata->sees_spurious =
			!bpf_program__set_attach_target(skeleton->progs.data_again, 0, place);
}

void recorder_leave_out_lonely(struct recorder_bpf *skeleton)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, skeleton->obj) {
		const char *name = recorder_needs(bpf_program__name(program));
		struct bpf_program *other;

		other = name ? bpf_object__find_program_by_name(skeleton->obj, name) : NULL;
		if (other && !bpf_program__autoload(other))
			bpf_program__set_autoload(program, false);
	}
}

void recorder_adapt(struct recorder_bpf *skeleton, const struct btf *btf)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, skeleton->obj)
		if (recorder_why_missing(btf, program))
			bpf_program__set_autoload(program, false);
	recorder_leave_out_lonely(skeleton);
	skeleton->rodata->retransmit_has_err =
		tracepoint_arguments(btf, "tcp_retransmit_skb") == 3;
	skeleton->rodata->reset_has_reason = tracepoint_arguments(btf, "tcp_send_reset") == 3;
	choose_data_place(skeleton, btf);
	skeleton->rodata->accept_arguments = function_arguments(btf, "inet_csk_accept");
	skeleton->rodata->hash_add_returns_bool = returns(btf, "inet_csk_reqsk_queue_hash_add");
}
