/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What others had to wait for, at most, since the module was loaded.
 */
#ifndef TCPSCOPE_LONGEST_H
#define TCPSCOPE_LONGEST_H

#include <linux/types.h>

struct tcpscope_longest {
	unsigned long hold_ns;		/* a bucket's lock held */
	unsigned long gap_ns;		/* no cond_resched(), the wait for the lock included */
};

/* Notes the time to which that refers; once, before the first walk. */
void tcpscope_longest_init(void);

/*
 * Notes a lock that was waited for since one moment and held since another until
 * a third, all of get_cycles(). Any context.
 */
void tcpscope_longest_note(u64 since, u64 held, u64 end);

/* 0 where the processor counts no cycles. Any context. */
struct tcpscope_longest tcpscope_longest_read(void);

#endif /* TCPSCOPE_LONGEST_H */
