// SPDX-License-Identifier: GPL-2.0
/*
 * How the kernel's timer wheel keeps its appointments: spans of 63 jiffies and
 * more go by steps of 8, of 504 and more by steps of 64 and so on.
 */
#include "wheel.h"

#define LEVEL_SPAN 63ULL	/* LVL_START(1) */
#define LEVEL_SHIFT 3		/* LVL_CLK_SHIFT */
#define LEVELS 8		/* above the first, LVL_DEPTH - 1 */

u64 tcpscope_wheel_fires(u64 expires, u64 clk)
{
	u64 delta = expires - clk;
	unsigned int shift = 0;

	if ((s64)delta < 0)
		return clk;
	while (shift < LEVELS * LEVEL_SHIFT && delta >= LEVEL_SPAN << shift)
		shift += LEVEL_SHIFT;
	return ((expires >> shift) + 1) << shift;
}

u64 tcpscope_wheel_again(u64 at, u64 delay)
{
	return tcpscope_wheel_fires(at + delay, at + 1);
}

u64 tcpscope_wheel_leap(u64 at, u64 delay, u64 left)
{
	u64 step = tcpscope_wheel_again(at, delay) - at;
	u64 steps = div64_u64(left, step);

	return steps > 2 ? (steps - 2) * step : 0;
}
