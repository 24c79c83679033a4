/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records as text for people.
 */
#ifndef TCPSCOPE_TEXT_H
#define TCPSCOPE_TEXT_H

#include <linux/types.h>

struct seq_file;
struct tcpscope_conn;

/*
 * The state a connection is in, enum tcpscope_state: for a timewait
 * minisocket, the one it stands for. As ss has it (inet_twsk_diag_fill).
 */
u8 tcpscope_shown_state(const struct tcpscope_conn *rec);

/* The header line of the connections, one column for each field (fields.h). */
void tcpscope_text_conn_header(struct seq_file *m);

/* One connection, on one line; "-" where a field is not known. */
void tcpscope_text_conn(struct seq_file *m, const struct tcpscope_conn *rec);

/* The header line of the timers. */
void tcpscope_text_timer_header(struct seq_file *m);

/* The armed timers of one connection, each on a line: none, no line. */
void tcpscope_text_timers(struct seq_file *m, const struct tcpscope_conn *rec);

#endif /* TCPSCOPE_TEXT_H */
