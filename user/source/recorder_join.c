// SPDX-License-Identifier: GPL-2.0
/*
 * Lives by their cookies, many a system call: questions go into an array of our own,
 * which the recorder's program goes through and answers in place (bpf/join.bpf.c).
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "source/recorder.h"
#include "source/recorder_source.h"

#define QUESTIONS 512 /* at a time: few enough to stay in a cache */
#define GROUP_BYTES (TCPSCOPE_JOIN_GROUP * TCPSCOPE_JOIN_STRIDE)
#define GROUPS (QUESTIONS / TCPSCOPE_JOIN_GROUP)

/* The recorder's program, bound to that array. A link, or -errno (-ENOENT: it has none). */
static int link_program(int map)
{
	union bpf_iter_link_info which = { .map.map_fd = map };
	LIBBPF_OPTS(bpf_link_create_opts, options, .iter_info = &which, .iter_info_len = sizeof(which));
	int program = recorder_get("run_join_lives"), link;

	if (program < 0)
		return program;
	link = bpf_link_create(program, 0, BPF_TRACE_ITER, &options);
	close(program);
	return link < 0 ? -errno : link;
}

/* Link and mapping keep the array. */
static void open_join(struct recorder_join *join)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "tcpscope_join", sizeof(__u32), GROUP_BYTES, GROUPS, &options);
	void *questions = MAP_FAILED;

	if (map < 0)
		return;
	join->link = link_program(map);
	if (join->link >= 0)
		questions = mmap(NULL, GROUPS * GROUP_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	if (questions != MAP_FAILED)
		join->questions = questions;
	close(map);
}

void recorder_join_close(struct recorder_join *join)
{
	if (join->questions)
		munmap(join->questions, GROUPS * GROUP_BYTES);
	if (join->link >= 0)
		close(join->link);
	*join = (struct recorder_join){ .link = -1 };
}

size_t recorder_questions(struct source *source, void **first)
{
	struct recorder_join *join = &recorder_source(source)->join;

	if (!join->tried)
		open_join(join);
	join->tried = true;
	*first = join->questions;
	return join->questions ? QUESTIONS : 0;
}

/* The program tells nothing but in the array: what is read is that it has come to the end. */
int recorder_answer(struct source *source)
{
	int iterator = bpf_iter_create(recorder_source(source)->join.link), error = 0;
	char nothing;

	if (iterator < 0)
		return -errno;
	while (read(iterator, &nothing, sizeof(nothing)) < 0 && !error)
		error = errno == EINTR || errno == EAGAIN ? 0 : -errno;
	close(iterator);
	return error;
}
