// SPDX-License-Identifier: GPL-2.0
/* What the module shows: a header, then records, in /sys/kernel/debug/tcpscope/connections.bin. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/error.h"
#include "source/source.h"

#define DEBUGFS "/sys/kernel/debug"
#define BUFFER_SIZE (512 * sizeof(struct tcpscope_conn))

/* What of the file has been read and not been given yet. */
struct reader {
	int fd;
	bool at_end;
	size_t begin, end;
	char *buffer;
};

static bool exists(const char *path)
{
	return !access(path, F_OK);
}

/* Whether this process sees other mounts than the host's first one does; if it can be known. */
static bool has_own_mounts(void)
{
	struct stat ours, first;

	return !stat("/proc/self/ns/mnt", &ours) && !stat("/proc/1/ns/mnt", &first) && ours.st_ino != first.st_ino;
}

/* Why the file could not be opened: what is missing, outermost first. */
static enum source_trouble open_trouble(int error)
{
	struct statfs debugfs;

	if (getenv("TCPSCOPE_DEBUGFS") && !exists(getenv("TCPSCOPE_DEBUGFS")))
		return SOURCE_NOT_THERE;
	if (statfs(DEBUGFS, &debugfs) || debugfs.f_type != DEBUGFS_MAGIC)
		return has_own_mounts() ? SOURCE_HIDDEN_DEBUGFS : SOURCE_NO_DEBUGFS;
	if (error == EACCES || error == EPERM)
		return geteuid() ? SOURCE_NOT_ROOT : SOURCE_LOCKED;
	if (error != ENOENT)
		return SOURCE_READ;
	return exists("/sys/module/tcpscope") ? SOURCE_NO_FILES :
						SOURCE_NO_MODULE;
}

static enum source_trouble reader_open(struct reader *reader, const char *name)
{
	const char *directory = getenv("TCPSCOPE_DEBUGFS");
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", directory ? directory : DEBUGFS "/tcpscope", name);
	*reader = (struct reader){ .fd = open(path, O_RDONLY | O_CLOEXEC) };
	if (reader->fd < 0)
		return open_trouble(errno);
	reader->buffer = need(NULL, BUFFER_SIZE);
	return SOURCE_OK;
}

static void reader_close(struct reader *reader)
{
	close(reader->fd);
	free(reader->buffer);
}

/* Moves what is left to the front and reads after it, once. 0 or -errno. */
static int reader_fill(struct reader *reader)
{
	ssize_t got;

	reader->end -= reader->begin;
	memmove(reader->buffer, reader->buffer + reader->begin, reader->end);
	reader->begin = 0;
	do
		got = read(reader->fd, reader->buffer + reader->end,
			   BUFFER_SIZE - reader->end);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	reader->at_end = !got;
	reader->end += got;
	return 0;
}

/* Reads until that many bytes are at hand. Whether they are; if not, with the trouble set. */
static bool reader_get(struct reader *reader, size_t size, enum source_trouble *trouble)
{
	while (reader->end - reader->begin < size && !reader->at_end) {
		if (!reader_fill(reader))
			continue;
		*trouble = SOURCE_READ;
		return false;
	}
	if (reader->end - reader->begin >= size)
		return true;
	*trouble = reader->end == reader->begin ? SOURCE_OK : SOURCE_CUT_SHORT;
	return false;
}

static inline bool reader_has(struct reader *reader, size_t size, enum source_trouble *trouble)
{
	return reader->end - reader->begin >= size || reader_get(reader, size, trouble);
}

/* The next record, valid until the next call; NULL at the end of the file or with the trouble set. */
static const struct tcpscope_conn *reader_conn(struct reader *reader, enum source_trouble *trouble)
{
	const struct tcpscope_conn *conn;
	size_t size;

	if (!reader_has(reader, TCPSCOPE_CONN_SIZE, trouble))
		return NULL;
	conn = (const void *)(reader->buffer + reader->begin);
	size = tcpscope_conn_size(conn);
	if (conn->n_timers > TCPSCOPE_TIMERS_PER_CONN) {
		*trouble = SOURCE_DAMAGED;
		return NULL;
	}
	if (!reader_has(reader, size, trouble))
		return NULL;
	conn = (const void *)(reader->buffer + reader->begin);
	reader->begin += size;
	return conn;
}

static enum source_trouble header_trouble(const struct tcpscope_header *header)
{
	if (memcmp(header->magic, TCPSCOPE_MAGIC, sizeof(header->magic)))
		return SOURCE_NOT_OURS;
	if (header->version != TCPSCOPE_ABI_VERSION)
		return header->version < TCPSCOPE_ABI_VERSION ? SOURCE_OLDER :
								SOURCE_NEWER;
	if (header->header_size != sizeof(*header) ||
	    header->record_size != TCPSCOPE_CONN_SIZE || header->timer_size != sizeof(struct tcpscope_timer))
		return SOURCE_NOT_OURS;
	return SOURCE_OK;
}

/* Checks the header, and takes from it how fast the wheel turns. */
static enum source_trouble reader_check(struct reader *reader, struct source *source)
{
	enum source_trouble trouble = SOURCE_OK;
	const struct tcpscope_header *header;

	if (!reader_has(reader, sizeof(struct tcpscope_header), &trouble))
		return trouble == SOURCE_READ ? SOURCE_READ : SOURCE_NOT_OURS;
	header = (const void *)(reader->buffer + reader->begin);
	reader->begin += sizeof(struct tcpscope_header);
	source->hz = header->hz;
	return header_trouble(header);
}

static int each(struct source *source, const char *name, source_conn_fn fn, void *ctx)
{
	struct reader reader;
	enum source_trouble trouble = reader_open(&reader, name);
	const struct tcpscope_conn *conn;
	int result = 0;

	if (trouble)
		return trouble;
	trouble = reader_check(&reader, source);
	while (!trouble && !result && (conn = reader_conn(&reader, &trouble)))
		result = fn(conn, ctx);
	reader_close(&reader);
	return result ? result : (int)trouble;
}

static int module_connections(struct source *source, source_conn_fn fn, void *ctx)
{
	return each(source, "connections.bin", fn, ctx);
}

static int module_closed(struct source *source, source_conn_fn fn, void *ctx)
{
	return each(source, "closed.bin", fn, ctx);
}

static enum source_trouble module_probe(struct source *source)
{
	struct reader reader;
	enum source_trouble trouble = reader_open(&reader, "connections.bin");

	if (trouble)
		return trouble;
	trouble = reader_check(&reader, source);
	reader_close(&reader);
	return trouble;
}

static void module_close(struct source *source)
{
	free(source);
}

static const struct source_ops module_ops = {
	.probe = module_probe,
	.connections = module_connections,
	.closed = module_closed,
	.close = module_close,
};

/* Files are opened when they are read: the module may come and go. */
struct source *source_module_open(void)
{
	struct source *source = need_zeros(1, sizeof(*source));

	source->ops = &module_ops;
	return source;
}
