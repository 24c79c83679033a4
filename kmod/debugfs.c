// SPDX-License-Identifier: GPL-2.0
/*
 * The files in debugfs/tcpscope. Each is of mode 0400 and has neither ioctl nor
 * mmap, so that it can be read under lockdown (debugfs_locked_down()).
 *
 * Every open file is a walk of its own. It holds no lock and no reference
 * between two reads. While one is open the module can't be unloaded.
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

#include <tcpscope/abi.h>

#include "copy.h"
#include "debugfs.h"
#include "summary.h"
#include "text.h"
#include "walk.h"

/* --- connections, timers: text, a record at a time --- */

struct text_file {
	struct tcpscope_walk walk;
	const struct tcpscope_facts *facts;	/* in the batch, of what to show next */
	struct tcpscope_conn rec;
};

/* The record at hand, after fetching more if need be; NULL at the end. */
static void *text_record(struct text_file *file)
{
	int ret;

	if (!file->facts) {
		ret = tcpscope_walk_next(&file->walk);
		if (ret <= 0)
			return ERR_PTR(ret);
		file->facts = tcpscope_walk_after(&file->walk, NULL);
	}
	tcpscope_facts_decode(&file->rec, file->facts);
	return &file->rec;
}

/*
 * seq_file comes back with the position it left at, or with 0 to begin again.
 * Position 0 is the header.
 */
static void *text_start(struct seq_file *m, loff_t *pos)
{
	struct text_file *file = m->private;

	if (*pos)
		return text_record(file);
	tcpscope_walk_rewind(&file->walk);
	file->facts = NULL;
	return SEQ_START_TOKEN;
}

static void *text_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct text_file *file = m->private;

	++*pos;
	if (v != SEQ_START_TOKEN)
		file->facts = tcpscope_walk_after(&file->walk, file->facts);
	return text_record(file);
}

static void text_stop(struct seq_file *m, void *v)
{
}

static int connections_show(struct seq_file *m, void *v)
{
	if (v == SEQ_START_TOKEN)
		tcpscope_text_conn_header(m);
	else
		tcpscope_text_conn(m, v);
	return 0;
}

static int timers_show(struct seq_file *m, void *v)
{
	if (v == SEQ_START_TOKEN)
		tcpscope_text_timer_header(m);
	else
		tcpscope_text_timers(m, v);
	return 0;
}

static const struct seq_operations connections_seq_ops = {
	.start = text_start,
	.next = text_next,
	.stop = text_stop,
	.show = connections_show,
};

static const struct seq_operations timers_seq_ops = {
	.start = text_start,
	.next = text_next,
	.stop = text_stop,
	.show = timers_show,
};

static int text_open(struct file *file, const struct seq_operations *ops)
{
	struct text_file *text = __seq_open_private(file, ops, sizeof(*text));
	int ret;

	if (!text)
		return -ENOMEM;
	ret = tcpscope_walk_init(&text->walk, TCPSCOPE_WALK_BATCH);
	if (ret)
		seq_release_private(file_inode(file), file);
	return ret;
}

static int connections_open(struct inode *inode, struct file *file)
{
	return text_open(file, &connections_seq_ops);
}

static int timers_open(struct inode *inode, struct file *file)
{
	return text_open(file, &timers_seq_ops);
}

static int text_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;
	struct text_file *text = m->private;

	tcpscope_walk_destroy(&text->walk);
	return seq_release_private(inode, file);
}

static const struct file_operations connections_fops = {
	.owner = THIS_MODULE,
	.open = connections_open,
	.read = seq_read,
	.release = text_release,
};

static const struct file_operations timers_fops = {
	.owner = THIS_MODULE,
	.open = timers_open,
	.read = seq_read,
	.release = text_release,
};

/* --- summary: text, all of it counted when the file is opened --- */

static int summary_show(struct seq_file *m, void *v)
{
	tcpscope_summary_print(m, m->private);
	return 0;
}

static int summary_open(struct inode *inode, struct file *file)
{
	struct tcpscope_summary *summary = tcpscope_summary_take();
	int ret;

	if (IS_ERR(summary))
		return PTR_ERR(summary);
	ret = single_open(file, summary_show, summary);
	if (ret)
		tcpscope_summary_free(summary);
	return ret;
}

static int summary_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	tcpscope_summary_free(m->private);
	return single_release(inode, file);
}

static const struct file_operations summary_fops = {
	.owner = THIS_MODULE,
	.open = summary_open,
	.read = seq_read,
	.release = summary_release,
};

/* --- connections.bin, closed.bin: a header, then records --- */

/*
 * A stream of bytes: a reader may ask for any number of them, and gets as many
 * as there are. So one large read can be all connections.
 */
struct bin_file {
	struct mutex lock;		/* one reader at a time */
	struct tcpscope_walk walk;
	const struct tcpscope_facts *facts;	/* the next to work out, or NULL */
	const void *at;			/* what is to be delivered next */
	size_t left;
	union {
		struct tcpscope_header header;
		u8 ready[SZ_16K];	/* records without a gap */
	};
};

/* Copied at a stretch; a batch may be megabytes. */
#define BIN_CHUNK ((size_t)SZ_256K)

/* Delivers from the batch what is a record already. */
static void bin_deliver(struct bin_file *bin)
{
	const struct tcpscope_facts *facts = bin->facts, *from = facts;
	size_t len = 0;

	while (facts && tcpscope_facts_are_record(facts)) {
		len += tcpscope_facts_size(facts);
		facts = tcpscope_walk_after(&bin->walk, facts);
	}
	bin->facts = facts;
	bin->at = from;
	bin->left = len;
}

/* Works out as many records as there is room for; what is one is copied. */
static void bin_decode(struct bin_file *bin)
{
	const struct tcpscope_facts *facts = bin->facts;
	struct tcpscope_conn *rec;
	size_t len = 0;

	while (facts && len + sizeof(*rec) <= sizeof(bin->ready)) {
		rec = (void *)bin->ready + len;
		tcpscope_facts_decode(rec, facts);
		len += tcpscope_conn_size(rec);
		facts = tcpscope_walk_after(&bin->walk, facts);
	}
	bin->facts = facts;
	bin->at = bin->ready;
	bin->left = len;
}

/* Makes up what to deliver next. Returns 1, 0 at the end, or an error. */
static int bin_refill(struct bin_file *bin)
{
	int ret;

	if (!bin->facts) {
		ret = tcpscope_walk_next(&bin->walk);
		if (ret <= 0)
			return ret;
		bin->facts = tcpscope_walk_after(&bin->walk, NULL);
	}
	if (tcpscope_facts_are_record(bin->facts))
		bin_deliver(bin);
	else
		bin_decode(bin);
	return 1;
}

/* Gives how much was copied; an error only if nothing was. */
static ssize_t bin_copy(struct bin_file *bin, char __user *buf, size_t count)
{
	size_t done = 0, chunk;
	int ret;

	while (done < count) {
		ret = bin->left ? 1 : bin_refill(bin);
		if (ret <= 0)
			return done ?: ret;
		chunk = min3(bin->left, count - done, BIN_CHUNK);
		if (copy_to_user(buf + done, bin->at, chunk))
			return done ?: -EFAULT;
		bin->at += chunk;
		bin->left -= chunk;
		done += chunk;
		cond_resched();
	}
	return done;
}

static ssize_t bin_read(struct file *file, char __user *buf, size_t count,
			loff_t *pos)
{
	struct bin_file *bin = file->private_data;
	ssize_t ret;

	if (mutex_lock_interruptible(&bin->lock))
		return -ERESTARTSYS;
	ret = bin_copy(bin, buf, count);
	mutex_unlock(&bin->lock);
	return ret;
}

static int bin_open_walk(struct inode *inode, struct file *file, bool closed)
{
	struct bin_file *bin = kzalloc(sizeof(*bin), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!bin)
		return -ENOMEM;
	ret = tcpscope_walk_init(&bin->walk, TCPSCOPE_WALK_BATCH);
	if (ret) {
		kfree(bin);
		return ret;
	}
	if (closed)
		tcpscope_walk_closed(&bin->walk);
	mutex_init(&bin->lock);
	memcpy(bin->header.magic, TCPSCOPE_MAGIC, sizeof(bin->header.magic));
	bin->header.version = TCPSCOPE_ABI_VERSION;
	bin->header.header_size = sizeof(struct tcpscope_header);
	bin->header.record_size = TCPSCOPE_CONN_SIZE;
	bin->header.timer_size = sizeof(struct tcpscope_timer);
	bin->header.hz = HZ;
	bin->header.time_ns = ktime_get_ns();
	bin->at = bin->ready;
	bin->left = sizeof(bin->header);
	file->private_data = bin;
	return nonseekable_open(inode, file);
}

static int bin_open(struct inode *inode, struct file *file)
{
	return bin_open_walk(inode, file, false);
}

static int closed_open(struct inode *inode, struct file *file)
{
	return bin_open_walk(inode, file, true);
}

static int bin_release(struct inode *inode, struct file *file)
{
	struct bin_file *bin = file->private_data;

	tcpscope_walk_destroy(&bin->walk);
	kfree(bin);
	return 0;
}

static const struct file_operations bin_fops = {
	.owner = THIS_MODULE,
	.open = bin_open,
	.read = bin_read,
	.release = bin_release,
};

static const struct file_operations closed_fops = {
	.owner = THIS_MODULE,
	.open = closed_open,
	.read = bin_read,
	.release = bin_release,
};

/* --- the directory --- */

static struct dentry *tcpscope_dir;

int tcpscope_debugfs_init(void)
{
	static const struct {
		const char *name;
		const struct file_operations *fops;
	} files[] = {
		{ "connections", &connections_fops },
		{ "connections.bin", &bin_fops },
		{ "closed.bin", &closed_fops },
		{ "timers", &timers_fops },
		{ "summary", &summary_fops },
	};
	unsigned int i;

	tcpscope_dir = debugfs_create_dir("tcpscope", NULL);
	if (IS_ERR(tcpscope_dir))
		return PTR_ERR(tcpscope_dir);
	for (i = 0; i < ARRAY_SIZE(files); i++)
		debugfs_create_file(files[i].name, 0400, tcpscope_dir, NULL,
				    files[i].fops);
	return 0;
}

void tcpscope_debugfs_exit(void)
{
	debugfs_remove(tcpscope_dir);
}
