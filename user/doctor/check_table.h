/* SPDX-License-Identifier: GPL-2.0 */
/* The one list of checks, and their functions. */
#ifndef DOCTOR_CHECK_TABLE_H
#define DOCTOR_CHECK_TABLE_H

#include "doctor/check.h"

/* The i-th check, or NULL at the end. */
const struct check *check_at(size_t i);

/* Fills in what the i-th check finds. */
void check_run(const struct doctor_run *run, size_t i, struct finding *finding);

/* The checks themselves. */
#define CHECK_TAKE(name)                                                                    \
	void take_##name(struct doctor_run *run, struct groups *groups, const struct limits *limits, \
			 const struct tcpscope_conn *conn, const struct life_brief *whose)
#define CHECK_ENDED(name)                                        \
	void ended_##name(struct doctor_run *run, struct groups *groups, \
			  const struct tcpscope_ended *ended, uint64_t ago_ms)
#define CHECK_JUDGE(name)                                                      \
	void judge_##name(const struct doctor_run *run, const struct groups *groups, \
			  const struct limits *limits, struct finding *finding)

CHECK_JUDGE(time_wait);
CHECK_JUDGE(ports);
CHECK_TAKE(close_wait);
CHECK_TAKE(fin_wait2);
CHECK_JUDGE(aged);
CHECK_TAKE(syn_sent);
CHECK_JUDGE(syn_sent);
CHECK_TAKE(syn_recv);
CHECK_JUDGE(syn_recv);
CHECK_TAKE(accept_queue);
CHECK_JUDGE(accept_queue);
CHECK_TAKE(retransmits);
CHECK_JUDGE(retransmits);
CHECK_TAKE(zero_window);
CHECK_JUDGE(zero_window);
CHECK_TAKE(orphans);
CHECK_JUDGE(orphans);
CHECK_TAKE(unanswered);
CHECK_JUDGE(unanswered);
CHECK_TAKE(idle);
CHECK_JUDGE(idle);
CHECK_ENDED(resets);
CHECK_JUDGE(resets);
CHECK_ENDED(handshakes);
CHECK_JUDGE(handshakes);
CHECK_TAKE(memory);
CHECK_JUDGE(memory);
CHECK_JUDGE(losses);

#endif
