// SPDX-License-Identifier: GPL-2.0
/*
 * Counts of connections: for each network namespace, a table of states by
 * armed timers. All states are there, those without a connection too, so that
 * a reader need not tell zero from missing.
 */
#include <linux/err.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include <tcpscope/abi.h>

#include "copy.h"
#include "longest.h"
#include "summary.h"
#include "text.h"
#include "walk.h"

/* timers[s][TCPSCOPE_TIMER_NONE] counts the connections in state s. */
struct summary_net {
	u32 timers[TCPSCOPE_STATE_MAX][TCPSCOPE_TIMER_MAX];
};

struct tcpscope_summary {
	struct xarray nets;	/* of struct summary_net, by namespace */
};

static struct summary_net *summary_net(struct tcpscope_summary *summary,
				       u32 netns)
{
	struct summary_net *net = xa_load(&summary->nets, netns);

	if (net)
		return net;
	net = kzalloc(sizeof(*net), GFP_KERNEL_ACCOUNT);
	if (!net)
		return ERR_PTR(-ENOMEM);
	if (xa_err(xa_store(&summary->nets, netns, net, GFP_KERNEL_ACCOUNT))) {
		kfree(net);
		return ERR_PTR(-ENOMEM);
	}
	return net;
}

static int summary_add(struct tcpscope_summary *summary,
		       const struct tcpscope_conn *rec)
{
	struct summary_net *net = summary_net(summary, rec->netns);
	u32 *timers;
	int i;

	if (IS_ERR(net))
		return PTR_ERR(net);
	timers = net->timers[tcpscope_shown_state(rec)];
	timers[TCPSCOPE_TIMER_NONE]++;
	for (i = 0; i < rec->n_timers; i++)
		timers[rec->timers[i].kind]++;
	return 0;
}

static int summary_walk(struct tcpscope_summary *summary)
{
	const struct tcpscope_facts *facts = NULL;
	struct tcpscope_walk walk;
	struct tcpscope_conn rec;
	int ret;

	ret = tcpscope_walk_init(&walk, TCPSCOPE_WALK_BATCH);
	if (ret)
		return ret;
	while ((ret = tcpscope_walk_next(&walk)) > 0)
		while ((facts = tcpscope_walk_after(&walk, facts))) {
			tcpscope_facts_decode(&rec, facts);
			ret = summary_add(summary, &rec);
			if (ret)
				goto out_destroy_walk;
		}
out_destroy_walk:
	tcpscope_walk_destroy(&walk);
	return ret;
}

struct tcpscope_summary *tcpscope_summary_take(void)
{
	struct tcpscope_summary *summary;
	int ret;

	summary = kzalloc(sizeof(*summary), GFP_KERNEL);
	if (!summary)
		return ERR_PTR(-ENOMEM);
	xa_init(&summary->nets);
	ret = summary_walk(summary);
	if (!ret)
		return summary;
	tcpscope_summary_free(summary);
	return ERR_PTR(ret);
}

static void print_name(struct seq_file *m, const char *name)
{
	seq_printf(m, " %*s", (int)max_t(size_t, strlen(name), 6), name);
}

static void print_counts(struct seq_file *m, const u32 *timers)
{
	unsigned int kind;
	const char *name;

	for (kind = TCPSCOPE_TIMER_NONE + 1; kind < TCPSCOPE_TIMER_MAX; kind++) {
		name = tcpscope_timer_name(kind);
		seq_printf(m, " %*u", (int)max_t(size_t, strlen(name), 6),
			   timers[kind]);
	}
	seq_putc(m, '\n');
}

static void print_net(struct seq_file *m, unsigned long netns,
		      const struct summary_net *net)
{
	unsigned int state;

	for (state = TCPSCOPE_ESTABLISHED; state < TCPSCOPE_STATE_MAX; state++) {
		seq_printf(m, "%-10lu %-10s %11u", netns,
			   tcpscope_state_name(state),
			   net->timers[state][TCPSCOPE_TIMER_NONE]);
		print_counts(m, net->timers[state]);
	}
}

/* What reading this module's files costs others, at worst. */
static void print_longest(struct seq_file *m)
{
	struct tcpscope_longest longest = tcpscope_longest_read();

	seq_printf(m, "# longest hold of a bucket's lock: %lu ns\n",
		   longest.hold_ns);
	seq_printf(m, "# longest time without cond_resched: %lu ns\n",
		   longest.gap_ns);
}

void tcpscope_summary_print(struct seq_file *m,
			    const struct tcpscope_summary *summary)
{
	struct summary_net *net;
	unsigned long netns;
	unsigned int kind;

	seq_printf(m, "%-10s %-10s %11s", "NETNS", "STATE", "CONNECTIONS");
	for (kind = TCPSCOPE_TIMER_NONE + 1; kind < TCPSCOPE_TIMER_MAX; kind++)
		print_name(m, tcpscope_timer_name(kind));
	seq_putc(m, '\n');
	xa_for_each(&((struct tcpscope_summary *)summary)->nets, netns, net)
		print_net(m, netns, net);
	print_longest(m);
}

void tcpscope_summary_free(struct tcpscope_summary *summary)
{
	struct summary_net *net;
	unsigned long netns;

	xa_for_each(&summary->nets, netns, net)
		kfree(net);
	xa_destroy(&summary->nets);
	kfree(summary);
}
