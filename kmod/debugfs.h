/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files in debugfs/tcpscope.
 */
#ifndef TCPSCOPE_DEBUGFS_H
#define TCPSCOPE_DEBUGFS_H

/*
 * Makes the directory and its files. Gives 0 or a negative errno: -EEXIST if
 * the directory is there already, -ENODEV if the kernel has no debugfs, -EPERM
 * if it was started with debugfs=off. Sleeps.
 */
int tcpscope_debugfs_init(void);

/* Removes them; waits for reads under way. Sleeps. */
void tcpscope_debugfs_exit(void);

#endif /* TCPSCOPE_DEBUGFS_H */
