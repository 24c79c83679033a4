// SPDX-License-Identifier: GPL-2.0
/* Finds the host's network namespaces. */
#include "source/namespaces.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/error.h"

/* To read every open file of a large host takes seconds, and namespaces found only there are rare. */
#define FILES_NS (2 * NSEC_PER_SEC)

static int compare(const void *a, const void *b)
{
	const struct namespace *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return (x->inode > y->inode) - (x->inode < y->inode);
}

static void add(struct namespaces *namespaces, dev_t dev, ino_t inode, const char *path)
{
	const struct namespace key = { .dev = dev, .inode = inode };
	struct namespace *new;

	if (strlen(path) >= sizeof(new->path) || tfind(&key, &namespaces->tree, compare))
		return;
	new = need_zeros(1, sizeof(*new));
	*new = key;
	strcpy(new->path, path);
	if (namespaces->n == namespaces->room) {
		namespaces->room = namespaces->room * 2 + 16;
		namespaces->all = need(namespaces->all, namespaces->room * sizeof(new));
	}
	namespaces->all[namespaces->n++] = new;
	if (!tsearch(new, &namespaces->tree, compare))
		exit(fail("there is not enough memory"));
}

/* Adds what a path below a directory leads to. */
static void add_at(struct namespaces *namespaces, const char *directory, const char *name)
{
	char path[PATH_MAX];
	struct stat file;

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= PATH_MAX)
		return;
	if (!stat(path, &file))
		add(namespaces, file.st_dev, file.st_ino, path);
}

typedef void (*entry_fn)(struct namespaces *namespaces, const char *directory, const char *name);

/* Gives each entry of a directory that has a number for a name. */
static void each_number(struct namespaces *namespaces, const char *directory, entry_fn fn)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			fn(namespaces, directory, entry->d_name);
	if (dir)
		closedir(dir);
}

static void add_task(struct namespaces *namespaces, const char *directory, const char *name)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s/ns", directory, name) >= PATH_MAX)
		return;
	add_at(namespaces, path, "net");
}

static void add_tasks(struct namespaces *namespaces, const char *directory, const char *name)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s/task", directory, name) >= PATH_MAX)
		return;
	each_number(namespaces, path, add_task);
}

static void add_file(struct namespaces *namespaces, const char *directory, const char *name)
{
	char path[PATH_MAX], target[16];
	ssize_t len;

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= PATH_MAX)
		return;
	len = readlink(path, target, sizeof(target));
	if (len > 5 && !strncmp(target, "net:[", 5))
		add_at(namespaces, directory, name);
}

static void add_files(struct namespaces *namespaces, const char *directory, const char *name)
{
	static uint64_t until_ns;
	char path[PATH_MAX];

	if (!until_ns)
		until_ns = now_ns() + FILES_NS;
	if (now_ns() > until_ns)
		return;
	if (snprintf(path, sizeof(path), "%s/%s/fd", directory, name) >= PATH_MAX)
		return;
	each_number(namespaces, path, add_file);
}

/* A line of mountinfo: ID PARENT MAJOR:MINOR ROOT PLACE …; the root of a mounted namespace is "net:[NUMBER]". */
static void add_mount(struct namespaces *namespaces, char *line)
{
	char *root = line, *place;

	for (int i = 0; root && i < 3; i++)
		root = strchr(root + 1, ' ');
	if (!root || strncmp(root, " net:[", 6))
		return;
	place = strchr(root + 1, ' ');
	if (!place)
		return;
	place[1 + strcspn(place + 1, " ")] = '\0';
	add_at(namespaces, "", place + 2);
}

static void add_mounts(struct namespaces *namespaces)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t room = 0;

	while (file && getline(&line, &room, file) > 0)
		add_mount(namespaces, line);
	free(line);
	if (file)
		fclose(file);
}

void namespaces_collect(struct namespaces *namespaces)
{
	*namespaces = (struct namespaces){};
	add_at(namespaces, "/proc/self/ns", "net");
	add_mounts(namespaces);
	each_number(namespaces, "/proc", add_tasks);
	each_number(namespaces, "/proc", add_files);
}

static void keep_key(void *key)
{
}

void namespaces_free(struct namespaces *namespaces)
{
	tdestroy(namespaces->tree, keep_key);
	for (size_t i = 0; i < namespaces->n; i++)
		free(namespaces->all[i]);
	free(namespaces->all);
}
