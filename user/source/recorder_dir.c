// SPDX-License-Identifier: GPL-2.0
#include "source/recorder_dir.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/error.h"
#include "source/recorder.h"

#define BPFFS "/sys/fs/bpf"
#define BESIDE "tcpscope_" /* and a number */
#define LOCK "/run/tcpscope.lock"

#define HERE (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int open_error(void)
{
	return errno == EACCES ? -EPERM : -errno;
}

/* Others may write into it, and take away what is not theirs. */
static bool is_open_to_all(const struct stat *directory)
{
	return directory->st_mode & 022 && !(directory->st_mode & S_ISVTX);
}

int pins_root(void)
{
	int fd = open(BPFFS, HERE), error = 0;
	struct stat file;
	struct statfs fs;

	if (fd < 0)
		return errno == ENOENT ? -ENODEV : open_error();
	if (fstatfs(fd, &fs) || fs.f_type != BPF_FS_MAGIC)
		error = -ENODEV;
	else if (fstat(fd, &file) || file.st_uid || is_open_to_all(&file))
		error = -EXDEV;
	if (!error)
		return fd;
	close(fd);
	return error;
}

/* On the same filesystem, root's, and written to by nobody else. */
static bool is_ours(int root, int directory)
{
	struct stat above, file;

	return !fstat(root, &above) && !fstat(directory, &file) && file.st_dev == above.st_dev &&
	       !file.st_uid && !(file.st_mode & 022);
}

int pins_open(int root, const char *name)
{
	int fd = openat(root, name, HERE);

	if (fd < 0)
		return errno == ELOOP || errno == ENOTDIR ? -ENOTUNIQ : open_error();
	if (is_ours(root, fd))
		return fd;
	close(fd);
	return -ENOTUNIQ;
}

int pins_make(int root, char name[static 32])
{
	uint32_t number;

	do {
		if (getrandom(&number, sizeof(number), 0) != sizeof(number))
			return -errno;
		snprintf(name, 32, BESIDE "%" PRIu32, number);
		if (!mkdirat(root, name, 0700))
			return pins_open(root, name);
	} while (errno == EEXIST);
	return open_error();
}

int pins_remove(int root, const char *name)
{
	int fd = pins_open(root, name);
	struct dirent *entry;
	DIR *dir;

	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(fd, entry->d_name, 0);
	closedir(dir);
	return unlinkat(root, name, AT_REMOVEDIR) ? -errno : 0;
}

static bool is_beside(const char *name)
{
	size_t len = strlen(BESIDE);

	return !strncmp(name, BESIDE, len) && name[len] &&
	       !name[len + strspn(name + len, "0123456789")];
}

void pins_remove_left(int root)
{
	int fd = openat(root, ".", HERE);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (is_beside(entry->d_name))
			pins_remove(root, entry->d_name);
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
}

struct pin_path pin_path(int directory, const char *prefix, const char *name)
{
	struct pin_path path;

	snprintf(path.text, sizeof(path.text), "/proc/self/fd/%d/%s%s", directory, prefix, name);
	return path;
}

/* Not in the bpf filesystem: there everybody who may read its root could keep it for ever. */
int pins_lock(void)
{
	int fd = open(LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600), error;

	if (fd < 0)
		return open_error();
	while (flock(fd, LOCK_EX)) {
		error = -errno;
		if (error == -EINTR)
			continue;
		close(fd);
		return error;
	}
	return fd;
}

/* Names who sits on our name. */
static int fail_squatter(void)
{
	struct stat file;

	if (lstat(RECORDER_DIR, &file))
		return fail("%s could not be opened: try again", RECORDER_DIR);
	return fail("%s is not a directory of root's alone but %s of user %u, mode %04o: "
		    "remove it, and chmod 700 " BPFFS, RECORDER_DIR,
		    S_ISLNK(file.st_mode) ? "a link" :
		    S_ISDIR(file.st_mode) ? "a directory" : "a file",
		    (unsigned int)file.st_uid, (unsigned int)file.st_mode & 07777);
}

int pins_fail(int error)
{
	switch (error) {
	case -EPERM:
		if (geteuid())
			return fail("%s is readable by root only: run it with sudo", RECORDER_DIR);
		break;
	case -ENODEV:
		return fail("there is no bpf filesystem at " BPFFS ": mount -t bpf -o mode=700 none " BPFFS);
	case -EXDEV:
		return fail(BPFFS " belongs to others than root, who could take the recorder away: "
			    "chown root " BPFFS " && chmod 700 " BPFFS);
	case -ENOTUNIQ:
		return fail_squatter();
	}
	return fail("%s could not be changed (%s)", RECORDER_DIR, strerror(-error));
}

int recorder_dir(void)
{
	int root = pins_root(), dir;

	if (root < 0)
		return root;
	dir = pins_open(root, RECORDER_NAME);
	close(root);
	return dir;
}

int recorder_get(const char *name)
{
	int dir = recorder_dir(), fd;

	if (dir < 0)
		return dir;
	fd = bpf_obj_get(pin_path(dir, "", name).text);
	if (fd < 0)
		fd = errno == EACCES ? -EPERM : -errno;
	close(dir);
	return fd;
}
