// SPDX-License-Identifier: GPL-2.0
/* How often the kernel skipped a hook. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "source/recorder_dir.h"
#include "source/recorder_object.h"

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
