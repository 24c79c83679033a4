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

static struct {
	u64 hold, gap;
	u64 first_ns, first_cycles;	/* one moment on both clocks */
} longest;

void tcpscope_longest_init(void)
{
	longest.first_ns = ktime_get_ns();
	longest.first_cycles = get_cycles();
}

/* Two walks that write at once may lose the lesser of two new records. */
static inline void note(u64 *longest_cycles, s64 cycles)
{
	if (cycles > (s64)READ_ONCE(*longest_cycles))
		WRITE_ONCE(*longest_cycles, cycles);
}

void tcpscope_longest_note(u64 since, u64 held, u64 end)
{
	note(&longest.hold, end - held);
	note(&longest.gap, end - since);
}

struct tcpscope_longest tcpscope_longest_read(void)
{
	u64 ns = ktime_get_ns() - longest.first_ns;
	u64 cycles = max(get_cycles() - longest.first_cycles, 1ULL);
	u64 hold = READ_ONCE(longest.hold);
	u64 gap = max(READ_ONCE(longest.gap), hold);

	return (struct tcpscope_longest) {
		.hold_ns = mul_u64_u64_div_u64(hold, ns, cycles),
		.gap_ns = mul_u64_u64_div_u64(gap, ns, cycles),
	};
}
