// SPDX-License-Identifier: GPL-2.0
/* What the attached recorder's maps take. */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "source/map_bytes.h"
#include "source/recorder.h"
#include "source/recorder_dir.h"
#include "source/recorder_source.h"

/* Hooks and programs are pinned there too, and are no maps. */
static uint64_t bytes_of_pin(int dir, const char *name)
{
	uint64_t bytes;
	int map;

	if (!strncmp(name, "hook_", 5) || !strncmp(name, "run_", 4))
		return 0;
	map = bpf_obj_get(pin_path(dir, "", name).text);
	if (map < 0)
		return 0;
	bytes = map_bytes(map);
	close(map);
	return bytes;
}

static int add_pins(int dir, struct source_memory *memory)
{
	int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = again < 0 ? NULL : fdopendir(again);
	struct dirent *entry;

	if (!entries)
		return -errno;
	while ((entry = readdir(entries)))
		if (entry->d_name[0] != '.')
			memory->bytes += bytes_of_pin(dir, entry->d_name);
	closedir(entries);
	return 0;
}

static int count_life(const struct tcpscope_life *life, void *ctx)
{
	struct source_memory *memory = ctx;

	memory->lives++;
	return 0;
}

static int read_lives(struct source *source, struct source_memory *memory)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int map = recorder_get("lives"), error = 0;

	if (map < 0)
		return map;
	if (bpf_obj_get_info_by_fd(map, &info, &len))
		error = -errno;
	close(map);
	memory->lives_max = info.max_entries;
	memory->bytes_each = map_bytes_element(&info);
	if (!memory->bytes_each && info.max_entries)
		memory->bytes_each = map_bytes_fixed(&info) / info.max_entries;
	return error ? error : recorder_lives_kept(source, count_life, memory);
}

int recorder_memory(struct source *source, struct source_memory *memory)
{
	int dir = recorder_dir(), error;

	*memory = (struct source_memory){};
	if (dir < 0)
		return dir;
	error = add_pins(dir, memory);
	close(dir);
	return error ? error : read_lives(source, memory);
}
