// SPDX-License-Identifier: GPL-2.0
/*
 * How the kernel's timer wheel keeps its appointments: spans of 63 jiffies and
 * more go by steps of 8, of 504 and more by steps of 64 and so on.
 */
#include "wheel.h"

#define LEVEL_SPAN 63UL		/* LVL_START(1) */
#define LEVEL_SHIFT 3		/* LVL_CLK_SHIFT */
#define LEVELS 8		/* above the first, LVL_DEPTH - 1 */

unsigned long tcpscope_wheel_fires(unsigned long expires, unsigned long clk)
{
	unsigned long delta = expires - clk;
	unsigned int shift = 0;

	if ((long)delta < 0)
		return clk;
	while (shift < LEVELS * LEVEL_SHIFT && delta >= LEVEL_SPAN << shift)
		shift += LEVEL_SHIFT;
	return ((expires >> shift) + 1) << shift;
}

unsigned long tcpscope_wheel_again(unsigned long at, unsigned long delay)
{
	return tcpscope_wheel_fires(at + delay, at + 1);
}

unsigned long tcpscope_wheel_leap(unsigned long at, unsigned long delay,
				  unsigned long left)
{
	unsigned long step = tcpscope_wheel_again(at, delay) - at;

	return left / step > 2 ? (left / step - 2) * step : 0;
}
