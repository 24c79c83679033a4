/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What others had to wait for, at most, since the module was loaded.
 */
#ifndef TCPSCOPE_LONGEST_H
#define TCPSCOPE_LONGEST_H

#include <linux/compiler.h>
#include <linux/types.h>

struct tcpscope_longest {
	unsigned long hold_ns;		/* a bucket's lock held */
	unsigned long gap_ns;		/* no cond_resched(), the wait for the lock included */
};

/* Notes the time to which that refers; once, before the first walk. */
void tcpscope_longest_init(void);

/* The module's own: in processor cycles. */
extern u64 tcpscope_longest_hold, tcpscope_longest_gap;

/*
 * Notes a lock that was waited for since one moment and held since another until
 * a third, all of get_cycles(). Any context. Two that write at once may lose the
 * lesser of two new records.
 */
static inline void tcpscope_longest_note(u64 since, u64 held, u64 end)
{
	if ((s64)(end - held) > (s64)READ_ONCE(tcpscope_longest_hold))
		WRITE_ONCE(tcpscope_longest_hold, end - held);
	if ((s64)(end - since) > (s64)READ_ONCE(tcpscope_longest_gap))
		WRITE_ONCE(tcpscope_longest_gap, end - since);
}

/* 0 where the processor counts no cycles. Any context. */
struct tcpscope_longest tcpscope_longest_read(void);

#endif /* TCPSCOPE_LONGEST_H */
