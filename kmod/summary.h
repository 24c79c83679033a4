/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counts of connections by network namespace, state and armed timer.
 */
#ifndef TCPSCOPE_SUMMARY_H
#define TCPSCOPE_SUMMARY_H

struct seq_file;
struct tcpscope_summary;

/*
 * Walks all connections and counts them. Gives the counts, to be freed with
 * tcpscope_summary_free(), or an ERR_PTR: -ENOMEM, or -EINTR when the caller is
 * being killed. Its memory grows with the number of namespaces alone. Sleeps.
 */
struct tcpscope_summary *tcpscope_summary_take(void);

/*
 * Prints a header, and for each namespace with connections a line for each
 * state: how many are in it, and how many of these have each timer armed. Last,
 * behind a #, come the longest times any walk has kept others waiting.
 */
void tcpscope_summary_print(struct seq_file *m,
			    const struct tcpscope_summary *summary);

void tcpscope_summary_free(struct tcpscope_summary *summary);

#endif /* TCPSCOPE_SUMMARY_H */
