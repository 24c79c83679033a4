// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/parse.h"
#include "lib/resolve.h"

#define CGROUP_ROOT "/sys/fs/cgroup"
#define CGROUP_HYBRID "/sys/fs/cgroup/unified" /* beside version 1 */
#define FILEID_KERNFS 0xfe /* of the kernel's enum fid_type */

/* The ports the kernel chooses from when nobody asks for one. */
static void ephemeral_range(unsigned int *first, unsigned int *last)
{
	FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");

	*first = 32768;
	*last = 60999;
	if (!file)
		return;
	if (fscanf(file, "%u %u", first, last) != 2)
		*first = *last = 0;
	fclose(file);
}

const char **services;

void services_load(void)
{
	static const char *names[UINT16_MAX + 1];
	unsigned int first, last;

	ephemeral_range(&first, &last);
	setservent(1);
	for (struct servent *service; (service = getservent());) {
		unsigned int number = ntohs(service->s_port);

		if (strcmp(service->s_proto, "tcp") || names[number])
			continue;
		if (number < first || number > last)
			names[number] = strdup(service->s_name);
	}
	endservent();
	services = names;
}

int service_port(const char *name)
{
	struct servent *service = getservbyname(name, "tcp");

	return service ? ntohs(service->s_port) : -1;
}

static int cgroup_mount(void)
{
	static int mount = -1;
	struct stat root;

	if (mount < 0) {
		bool hybrid = !stat(CGROUP_HYBRID "/cgroup.procs", &root);

		mount = open(hybrid ? CGROUP_HYBRID : CGROUP_ROOT,
			     O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	return mount;
}

/* Where a directory that is open lies, relative to the mount; to be freed. */
static char *path_below_mount(int directory)
{
	char link[64], path[4096], root[4096] = "";
	ssize_t len, root_len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", cgroup_mount());
	root_len = readlink(link, root, sizeof(root) - 1);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", directory);
	len = readlink(link, path, sizeof(path) - 1);
	if (root_len < 0 || len < root_len || memcmp(path, root, root_len))
		return NULL;
	path[len] = '\0';
	return strdup(len == root_len ? "/" : path + root_len);
}

/* The kernel's id of a cgroup is a file handle of its directory. */
static char *cgroup_look_up(uint64_t id)
{
	struct {
		struct file_handle handle;
		uint64_t id;
	} file = {
		.handle = { .handle_bytes = sizeof(id),
			    .handle_type = FILEID_KERNFS },
		.id = id,
	};
	int directory = open_by_handle_at(cgroup_mount(), &file.handle,
					  O_PATH | O_CLOEXEC);
	char *path;

	if (directory < 0)
		return NULL;
	path = path_below_mount(directory);
	close(directory);
	return path;
}

const char *cgroup_path(uint64_t id)
{
	/* A host has far fewer cgroups than connections; an unlucky pair looks up twice. */
	static struct {
		uint64_t id;
		char *path;
	} cache[1024];
	size_t i = id % (sizeof(cache) / sizeof(*cache));

	if (!id)
		return NULL;
	if (cache[i].id != id) {
		free(cache[i].path);
		cache[i].path = cgroup_look_up(id);
		cache[i].id = id;
	}
	return cache[i].path;
}

int cgroup_id(const char *path, uint64_t *id)
{
	struct stat directory;

	while (*path == '/')
		path++;
	if (fstatat(cgroup_mount(), *path ? path : ".", &directory, 0))
		return -errno;
	*id = directory.st_ino;
	return S_ISDIR(directory.st_mode) ? 0 : -ENOTDIR;
}
