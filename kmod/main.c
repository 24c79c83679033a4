// SPDX-License-Identifier: GPL-2.0
/*
 * tcpscope: every TCP connection and all its timers, in debugfs.
 *
 * The module only reads, and only while somebody reads its files.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "debugfs.h"
#include "longest.h"

static int __init tcpscope_init(void)
{
	tcpscope_longest_init();
	return tcpscope_debugfs_init();
}

static void __exit tcpscope_exit(void)
{
	tcpscope_debugfs_exit();
}

module_init(tcpscope_init);
module_exit(tcpscope_exit);

MODULE_DESCRIPTION("Shows every TCP connection and all its timers in debugfs");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
