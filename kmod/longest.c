// SPDX-License-Identifier: GPL-2.0
/*
 * The longest anybody had to wait. In processor cycles: to read the clock twice
 * would take as long as to copy a chain. 0 where there is no counter of cycles.
 */
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/ktime.h>
#include <linux/timex.h>

#include "longest.h"

u64 tcpscope_longest_hold, tcpscope_longest_gap;

static u64 first_ns, first_cycles;	/* one moment on both clocks */

void tcpscope_longest_init(void)
{
	first_ns = ktime_get_ns();
	first_cycles = get_cycles();
}

struct tcpscope_longest tcpscope_longest_read(void)
{
	u64 ns = ktime_get_ns() - first_ns;
	u64 cycles = max(get_cycles() - first_cycles, 1ULL);
	u64 hold = READ_ONCE(tcpscope_longest_hold);
	u64 gap = max(READ_ONCE(tcpscope_longest_gap), hold);

	return (struct tcpscope_longest) {
		.hold_ns = mul_u64_u64_div_u64(hold, ns, cycles),
		.gap_ns = mul_u64_u64_div_u64(gap, ns, cycles),
	};
}
