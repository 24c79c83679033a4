// SPDX-License-Identifier: GPL-2.0
/* Enters network namespaces to read what the kernel shows only inside. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/error.h"
#include "source/netns.h"

#define OURS "/proc/self/ns/net"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71 /* since Linux 5.14 */
#endif

static bool is_it(const char *path, uint32_t inode)
{
	struct stat file;

	return !stat(path, &file) && file.st_ino == inode;
}

/* Looks in a directory for DIRECTORY/ENTRY/SUFFIX with that inode. */
static bool look_in(struct netns *netns, const char *directory, const char *suffix)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	char path[300];
	bool found = false;

	while (dir && !found && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s%s", directory, entry->d_name, suffix);
		found = strlen(path) < sizeof(netns->path) && is_it(path, netns->id.number);
		if (found)
			strcpy(netns->path, path);
		if (found && !*suffix)
			snprintf(netns->name, sizeof(netns->name), "%.63s", entry->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

static void find(struct netns *netns)
{
	if (look_in(netns, "/run/netns", ""))
		return;
	if (is_it(OURS, netns->id.number))
		strcpy(netns->path, OURS);
	else
		look_in(netns, "/proc", "/ns/net");
}

/* Goes into the namespace whose file that is; *ours is for leave(). 0 or -errno. */
static int enter(const char *path, int *ours)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error = fd < 0 ? -errno : 0;
	struct stat file;

	*ours = -1;
	if (error)
		return error;
	if (!fstat(fd, &file) && !is_it(OURS, file.st_ino)) {
		*ours = open(OURS, O_RDONLY | O_CLOEXEC);
		error = *ours < 0 || setns(fd, CLONE_NEWNET) ? -errno : 0;
	}
	close(fd);
	if (error && *ours >= 0)
		close(*ours);
	return error;
}

/* To be elsewhere than where we began is no state to go on in. */
static void leave(int ours)
{
	if (ours < 0)
		return;
	if (setns(ours, CLONE_NEWNET))
		exit(fail("the network namespace could not be left again"));
	close(ours);
}

/* Where we are now. */
static struct netns_id here(void)
{
	struct netns_id id = {};
	socklen_t len = sizeof(id.cookie);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct stat file;

	if (!stat(OURS, &file))
		id.number = file.st_ino;
	if (fd < 0)
		return id;
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &id.cookie, &len))
		id.cookie = 0;
	close(fd);
	return id;
}

/* Goes to where a namespace was found, unless that is another by now: -ESTALE. 0 or -errno. */
static int visit(const struct netns *netns, int *ours)
{
	int error = *netns->path ? enter(netns->path, ours) : -ENOENT;

	if (error || netns_same(netns->id, here()))
		return error;
	leave(*ours);
	return -ESTALE;
}

/* Whether that file is something else than a network namespace, as far as we may look. */
static bool is_else(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), type;

	if (fd < 0)
		return false;
	type = ioctl(fd, NS_GET_NSTYPE);
	close(fd);
	return type != CLONE_NEWNET;
}

int netns_identify_path(const char *path, struct netns_id *id)
{
	struct stat file;
	int ours;

	if (stat(path, &file))
		return -errno;
	if (is_else(path))
		return -EINVAL;
	*id = (struct netns_id){ .number = file.st_ino };
	if (enter(path, &ours))
		return 0;
	*id = here();
	leave(ours);
	return 0;
}

void netns_identify_number(struct netns_id *id)
{
	struct netns netns;
	int ours;

	netns_clear(&netns, *id);
	find(&netns);
	if (visit(&netns, &ours))
		return;
	*id = here();
	leave(ours);
}

/* The text of a small file, to be freed; NULL if it can't be read. */
static char *text_of(const char *directory, const char *name)
{
	char path[128], *text = NULL;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "re");
	if (!file)
		return NULL;
	if (getdelim(&text, &size, '\0', file) < 0) {
		free(text);
		text = NULL;
	}
	fclose(file);
	return text;
}

static void read_counters(struct netns_counters *counters)
{
	static const char *const files[] = { "netstat", "snmp", "sockstat" };

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char *text = text_of("/proc/self/net", files[i]);

		if (text)
			netns_parse_counters(counters, files[i], text);
		free(text);
	}
}

/* Gives the text of a setting to a function that takes it. */
static void read_text(struct netns *netns, const char *name,
		      void (*parse)(struct netns *netns, const char *text))
{
	char *text = text_of("/proc/sys/net/ipv4", name);

	if (text)
		parse(netns, text);
	free(text);
}

static void parse_memory(struct netns *netns, const char *text)
{
	long long low, pressure, high;

	if (sscanf(text, "%lld %lld %lld", &low, &pressure, &high) != 3)
		return;
	netns->memory[0] = low;
	netns->memory[1] = pressure;
	netns->memory[2] = high;
}

static void read_settings(struct netns *netns)
{
	static const char *const files[] = {
#define NETNS_X(symbol, file) file,
		NETNS_SETTINGS(NETNS_X)
#undef NETNS_X
	};

	for (int i = 0; i < NETNS_SETTINGS_MAX; i++) {
		char *text = text_of("/proc/sys/net/ipv4", files[i]);

		if (text)
			netns->setting[i] = strtoll(text, NULL, 10);
		free(text);
	}
	read_text(netns, "ip_local_port_range", netns_parse_range);
	read_text(netns, "ip_local_reserved_ports", netns_parse_reserved);
	read_text(netns, "tcp_mem", parse_memory);
}

/* What was found by the number is somebody else's. */
static void forget(struct netns *netns)
{
	*netns->path = *netns->name = '\0';
}

void netns_read(struct netns *netns, struct netns_id id)
{
	int ours, error;

	netns_clear(netns, id);
	find(netns);
	error = visit(netns, &ours);
	if (error) {
		netns->gone = error == -ESTALE;
		forget(netns);
		return;
	}
	read_settings(netns);
	read_counters(&netns->counters);
	leave(ours);
}

void netns_read_counters(const struct netns *netns, struct netns_counters *counters)
{
	int ours;

	*counters = netns->counters;
	if (visit(netns, &ours))
		return;
	read_counters(counters);
	leave(ours);
}

uint64_t timewait_bytes(void)
{
	unsigned long long size, found = 0;
	FILE *file = fopen("/proc/slabinfo", "re");
	char line[256];

	while (file && !found && fgets(line, sizeof(line), file))
		if (sscanf(line, "tw_sock_TCP %*u %*u %llu", &size) == 1)
			found = size;
	if (file)
		fclose(file);
	return found;
}
