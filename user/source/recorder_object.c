// SPDX-License-Identifier: GPL-2.0
/* What the files of the recorder share: its programs, its variables, what libbpf says. */
#include "source/recorder_object.h"

#include <stdio.h>
#include <stdlib.h>

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

int recorder_program(const struct recorder *recorder, const char *name)
{
	struct bpf_program *program = bpf_object__find_program_by_name(recorder->skeleton->obj, name);

	return program ? bpf_program__fd(program) : -ENOENT;
}
