// SPDX-License-Identifier: GPL-2.0
#include "source/recorder_object.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/parse.h"
#include "source/recorder_dir.h"

/* As the kernel wants it: whole pages, a power of two of them. */
int ring_bytes_parse(const char *argument, uint32_t *bytes)
{
	uint64_t n;

	if (!parse_number(argument, &n) || n < 4096 || n > 1 << 30 || n & (n - 1))
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

int recorder_map(const struct recorder *recorder, const char *name)
{
	return bpf_object__find_map_fd_by_name(recorder->skeleton->obj, name);
}
