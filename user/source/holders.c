// SPDX-License-Identifier: GPL-2.0
#include "source/holders.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/error.h"

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int by_socket(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static void add(struct holders *holders, uint64_t inode, uint32_t pid)
{
	char path[64];
	struct holder *holder;
	FILE *file;

	for (size_t i = holders->n; i-- && holders->all[i].pid == pid;)
		if (holders->all[i].inode == inode) /* a descriptor of it more */
			return;
	if (holders->n == holders->size) {
		holders->size = holders->size ? 2 * holders->size : 16;
		holders->all = need(holders->all, holders->size * sizeof(*holders->all));
	}
	holder = &holders->all[holders->n++];
	*holder = (struct holder){ .inode = inode, .pid = pid };
	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(holder->comm, sizeof(holder->comm), file))
		holder->comm[strcspn(holder->comm, "\n")] = '\0';
	fclose(file);
}

/* The inode of a link such as "socket:[4711]", 0 if it is none. */
static uint64_t socket_of(int dir, const char *name)
{
	char target[64];
	ssize_t len = readlinkat(dir, name, target, sizeof(target) - 1);

	if (len < 0)
		return 0;
	target[len] = '\0';
	return strncmp(target, "socket:[", 8) ? 0 : strtoull(target + 8, NULL, 10);
}

static void look_into(struct holders *holders, uint32_t pid, const uint64_t *inodes, size_t n)
{
	struct dirent *entry;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%u/fd", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		uint64_t inode = socket_of(dirfd(dir), entry->d_name);

		if (inode && bsearch(&inode, inodes, n, sizeof(*inodes), by_number))
			add(holders, inode, pid);
	}
	if (dir)
		closedir(dir);
}

void holders_find(struct holders *holders, const uint64_t *inodes, size_t n)
{
	DIR *proc = n ? opendir("/proc") : NULL;
	struct dirent *entry;

	while (proc && (entry = readdir(proc)))
		if (isdigit((unsigned char)*entry->d_name))
			look_into(holders, strtoul(entry->d_name, NULL, 10), inodes, n);
	if (proc)
		closedir(proc);
	if (holders->n)
		qsort(holders->all, holders->n, sizeof(*holders->all), by_socket);
}

void holders_free(struct holders *holders)
{
	free(holders->all);
	*holders = (struct holders){ 0 };
}

const struct holder *holders_of(const struct holders *holders, uint64_t inode, size_t *n)
{
	const struct holder *first = NULL;

	*n = 0;
	for (size_t i = 0; inode && i < holders->n; i++) {
		if (holders->all[i].inode != inode)
			continue;
		first = first ? first : &holders->all[i];
		++*n;
	}
	return first;
}

bool process_has_ended(uint32_t pid)
{
	return kill(pid, 0) && errno == ESRCH;
}
