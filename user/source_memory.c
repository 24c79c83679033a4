// SPDX-License-Identifier: GPL-2.0
/* What the attached recorder's maps take, as the kernel accounts them. */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "recorder.h"
#include "source.h"

/* The number after a word at the beginning of a line; 0 if there is none. */
static uint64_t number_after(FILE *file, const char *word)
{
	unsigned long long number = 0;
	char line[256];

	while (!number && fgets(line, sizeof(line), file))
		if (!strncmp(line, word, strlen(word)))
			sscanf(line + strlen(word), "%llu", &number);
	return number;
}

/* Before Linux 6.4 the kernel forgets the ring's data. */
static uint64_t ring_bytes(int map)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(map, &info, &len) || info.type != BPF_MAP_TYPE_RINGBUF)
		return 0;
	return info.max_entries;
}

static uint64_t bytes_of(int map)
{
	uint64_t bytes, ring = ring_bytes(map);
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", map);
	file = fopen(path, "re");
	if (!file)
		return 0;
	bytes = number_after(file, "memlock:");
	fclose(file);
	return bytes > ring ? bytes : ring;
}

/* Hooks and programs are pinned there too, and are no maps. */
static uint64_t bytes_of_pin(const char *name)
{
	char path[300];
	uint64_t bytes;
	int map;

	if (!strncmp(name, "hook_", 5) || !strncmp(name, "run_", 4))
		return 0;
	snprintf(path, sizeof(path), RECORDER_DIR "/%s", name);
	map = bpf_obj_get(path);
	if (map < 0)
		return 0;
	bytes = bytes_of(map);
	close(map);
	return bytes;
}

static int count_life(const struct tcpscope_life *life, void *ctx)
{
	struct source_memory *memory = ctx;

	memory->lives++;
	return 0;
}

static int read_lives_max(struct source_memory *memory)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int map = bpf_obj_get(RECORDER_DIR "/lives"), error = 0;

	if (map < 0)
		return -errno;
	if (bpf_obj_get_info_by_fd(map, &info, &len))
		error = -errno;
	memory->lives_max = info.max_entries;
	close(map);
	return error;
}

int source_bpf_memory(struct source_memory *memory)
{
	struct dirent *entry;
	int error;
	DIR *dir;

	*memory = (struct source_memory){};
	dir = opendir(RECORDER_DIR);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			memory->bytes += bytes_of_pin(entry->d_name);
	closedir(dir);
	error = read_lives_max(memory);
	return error ? error : source_bpf_each(count_life, memory);
}
