// SPDX-License-Identifier: GPL-2.0
/* What became of each program of the recorder, for status and for whoever attaches. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/error.h"
#include "source/recorder_dir.h"
#include "source/recorder_object.h"

#define LONELY "left out, for it goes together with one that is missing"

const char *recorder_hook_state_name(enum recorder_hook_state state)
{
	static const char *const names[] = {
#define RECORDER_X(symbol, name) name,
		RECORDER_HOOK_STATES(RECORDER_X)
#undef RECORDER_X
	};

	return names[state];
}

/* Why a program is not at work; NULL: it is. */
static const char *why_lacking(const struct recorder *recorder, size_t i, const struct btf *btf,
			       const struct bpf_program *program)
{
	const char *why = recorder_why_missing(btf, program);

	if (why)
		return why;
	if (recorder->refused[i])
		return strerror(-recorder->refused[i]);
	if (recorder_is_hook(program) ? !recorder->links[i] : !bpf_program__autoload(program))
		return LONELY;
	return NULL;
}

void recorder_tell_lacks(const struct recorder *recorder)
{
	struct btf *btf = btf__load_vmlinux_btf();
	struct bpf_program *program;
	size_t i;

	for_each_program(i, program, recorder->skeleton) {
		const char *why = why_lacking(recorder, i, btf, program);
		const char *costs = recorder_costs(bpf_program__name(program));

		if (why)
			fail("without %s (%s): %s", bpf_program__section_name(program), why,
			     costs ? costs : "what that costs is not known");
	}
	btf__free(btf);
}

static bool is_pinned(int dir, const char *prefix, const char *name)
{
	return dir >= 0 && !access(pin_path(dir, prefix, name).text, F_OK);
}

/*
 * The recorder is attached without this program though the kernel has the place
 * for it: whether the kernel refuses it shows when it is tried.
 */
static void judge_absent(const struct btf *btf, struct recorder_hook *hook)
{
	int error = recorder_try(btf, hook->name);

	hook->state = error ? RECORDER_HOOK_REFUSED : RECORDER_HOOK_NOT_ATTACHED;
	hook->why = error ? strerror(-error) : "this kernel has it: tcpscope attach --replace";
}

/* dir: the attached recorder's, or negative. */
static void judge(const struct btf *btf, const struct bpf_program *program, int dir,
		  struct recorder_hook *hook)
{
	bool is_hook = recorder_is_hook(program);

	if (is_pinned(dir, is_hook ? RECORDER_HOOK : RECORDER_RUN, hook->name)) {
		hook->state = is_hook ? RECORDER_HOOK_ATTACHED : RECORDER_HOOK_READY;
		return;
	}
	hook->why = recorder_why_missing(btf, program);
	if (hook->why)
		hook->state = RECORDER_HOOK_MISSING;
	else if (dir >= 0)
		judge_absent(btf, hook);
	else
		hook->state = RECORDER_HOOK_PRESENT;
}

static void judge_each(struct recorder_bpf *skeleton, const struct btf *btf, int dir,
		       recorder_hook_fn fn, void *ctx)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, skeleton->obj) {
		struct recorder_hook hook = {
			.name = bpf_program__name(program),
			.section = bpf_program__section_name(program),
			.costs = recorder_costs(bpf_program__name(program)),
		};

		judge(btf, program, dir, &hook);
		fn(&hook, ctx);
	}
}

int recorder_each_hook(recorder_hook_fn fn, void *ctx)
{
	struct recorder_bpf *skeleton = NULL;
	int dir = recorder_dir(), error = 0;
	struct btf *btf;

	recorder_quiet();
	btf = btf__load_vmlinux_btf();
	if (btf)
		skeleton = recorder_bpf__open();
	if (skeleton)
		judge_each(skeleton, btf, dir, fn, ctx);
	else
		error = btf ? -ENOMEM : -ENOENT;
	recorder_bpf__destroy(skeleton);
	btf__free(btf);
	if (dir >= 0)
		close(dir);
	return error;
}
