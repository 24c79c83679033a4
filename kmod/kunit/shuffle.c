// SPDX-License-Identifier: GPL-2.0
/*
 * Another order of the cases, and another moment for each, to find those that hold by
 * chance.
 */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/prandom.h>

#include "internal.h"

static unsigned int shuffle;
module_param(shuffle, uint, 0400);
MODULE_PARM_DESC(shuffle, "seed of the order of cases; 0: as written");

static struct rnd_state dice;

static u32 below(u32 limit)
{
	return prandom_u32_state(&dice) % limit;
}

/**
 * tcp_kunit_suite_init() - let a suite's cases be shuffled
 * @suite: the suite
 *
 * To be the .suite_init of a suite. With tcp_kunit.shuffle=SEED on the kernel's command
 * line the cases run in an order of chance, and begin at any part of a tick.
 *
 * Return: 0.
 */
int tcp_kunit_suite_init(struct kunit_suite *suite)
{
	struct kunit_case *cases = suite->test_cases;
	u32 n = 0, i, other;

	if (!shuffle)
		return 0;
	prandom_seed_state(&dice, shuffle);
	while (cases[n].run_case)
		n++;
	for (i = n; i > 1; i--) {
		other = below(i);
		swap(cases[i - 1], cases[other]);
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_suite_init);

void tcp_kunit_jitter(void)
{
	if (shuffle)
		fsleep(1 + below(20 * USEC_PER_MSEC));
}
