// SPDX-License-Identifier: GPL-2.0
/*
 * Which segments something happens to.
 */
#include <linux/ktime.h>
#include <linux/module.h>

#include "internal.h"

static bool matches(const struct tcp_kunit_filter *filter,
		    const struct tcp_kunit_segment *segment)
{
	if (segment->at_ns < filter->from_ns ||
	    (filter->pair && !tcp_kunit_of_pair(filter->pair, segment)) ||
	    (filter->dir != TCP_KUNIT_ANY && filter->dir != segment->dir) ||
	    (segment->flags & filter->flags) != filter->flags ||
	    segment->flags & filter->without ||
	    segment->len < filter->min_len ||
	    (filter->max_len && segment->len > filter->max_len))
		return false;
	return !filter->match || filter->match(segment, filter->data);
}

const struct tcp_kunit_filter *
tcp_kunit_filter_for(struct tcp_kunit *tk,
		     const struct tcp_kunit_segment *segment)
{
	struct tcp_kunit_filter *filter;

	list_for_each_entry(filter, &tk->filters, node) {
		if ((filter->count && filter->hits >= filter->count) ||
		    !matches(filter, segment) || filter->seen++ < filter->skip)
			continue;
		filter->hits++;
		return filter;
	}
	return NULL;
}

/**
 * tcp_kunit_filter_add() - have something happen to segments from now on
 * @test: the case
 * @filter: which segments, and what; a copy is taken
 *
 * Return: the filter, until tcp_kunit_filter_del() or tcp_kunit_heal().
 */
struct tcp_kunit_filter *
tcp_kunit_filter_add(struct kunit *test, const struct tcp_kunit_filter *filter)
{
	struct tcp_kunit *tk = tcp_kunit_of(test);
	struct tcp_kunit_filter *copy = kmemdup(filter, sizeof(*copy),
						GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, copy);
	copy->from_ns = ktime_get_ns() - tk->born_ns +
			(s64)filter->after_ms * NSEC_PER_MSEC;
	spin_lock_bh(&tk->lock);
	list_add_tail(&copy->node, &tk->filters);
	spin_unlock_bh(&tk->lock);
	return copy;
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_filter_add);

/**
 * tcp_kunit_filter_del() - end a filter
 * @test: the case
 * @filter: the filter; what it has delayed still arrives
 */
void tcp_kunit_filter_del(struct kunit *test, struct tcp_kunit_filter *filter)
{
	struct tcp_kunit *tk = tcp_kunit_of(test);

	spin_lock_bh(&tk->lock);
	list_del(&filter->node);
	spin_unlock_bh(&tk->lock);
	kfree(filter);
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_filter_del);

/**
 * tcp_kunit_filter_hits() - how many segments a filter has acted on
 * @test: the case
 * @filter: the filter
 *
 * Return: how many.
 */
unsigned int tcp_kunit_filter_hits(struct kunit *test,
				   const struct tcp_kunit_filter *filter)
{
	return READ_ONCE(filter->hits);
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_filter_hits);

/**
 * tcp_kunit_heal() - end all filters
 * @test: the case
 */
void tcp_kunit_heal(struct kunit *test)
{
	struct tcp_kunit *tk = tcp_kunit_of(test);
	struct tcp_kunit_filter *filter, *next;
	LIST_HEAD(old);

	spin_lock_bh(&tk->lock);
	list_splice_init(&tk->filters, &old);
	spin_unlock_bh(&tk->lock);
	list_for_each_entry_safe(filter, next, &old, node)
		kfree(filter);
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_heal);
