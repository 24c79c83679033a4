// SPDX-License-Identifier: GPL-2.0
/*
 * Watches the segments that arrive at lo, and has the filters act on them.
 *
 * It sits at LOCAL_IN, so that to the sender a loss is a loss and not an error.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/netfilter_ipv4.h>
#include <net/dst.h>
#include <net/tcp.h>

#include "internal.h"

/* A segment that arrives later. */
struct held {
	struct list_head node;	/* of tk->held; empty: wire_end() has taken it */
	struct tcp_kunit *tk;
	struct delayed_work work;
	struct sk_buff *skb;
	struct nf_hook_state state;
	enum tcp_kunit_dir dir;
	bool waits;		/* for the next one of its direction */
};

void tcp_kunit_own_port(struct tcp_kunit *tk, u16 port)
{
	KUNIT_ASSERT_LT(tk->test, tk->n_ports, (unsigned int)TCP_KUNIT_PINS);
	spin_lock_bh(&tk->lock);
	tk->ports[tk->n_ports++] = port;
	spin_unlock_bh(&tk->lock);
}

bool tcp_kunit_owns_port(const struct tcp_kunit *tk, u16 port)
{
	unsigned int i;

	for (i = 0; i < tk->n_ports; i++)
		if (tk->ports[i] == port)
			return true;
	return false;
}

bool tcp_kunit_of_pair(const struct tcp_kunit_pair *pair,
		       const struct tcp_kunit_segment *segment)
{
	u16 client = pair->client.port, server = pair->server.port;

	return (segment->sport == client && segment->dport == server) ||
	       (segment->sport == server && segment->dport == client);
}

/* Not what IPv6 tells its neighbours. */
static bool is_tcp(const struct sk_buff *skb)
{
	return skb->protocol == htons(ETH_P_IP) ?
	       ip_hdr(skb)->protocol == IPPROTO_TCP :
	       ipv6_hdr(skb)->nexthdr == IPPROTO_TCP;
}

static bool parse(const struct tcp_kunit *tk, const struct sk_buff *skb,
		  struct tcp_kunit_segment *segment)
{
	int at = skb_transport_offset(skb);
	struct tcphdr buffer;
	const struct tcphdr *th;

	if (!is_tcp(skb))
		return false;
	th = skb_header_pointer(skb, at, sizeof(buffer), &buffer);
	if (!th)
		return false;
	*segment = (struct tcp_kunit_segment){
		.at_ns = ktime_get_ns() - tk->born_ns,
		.sport = ntohs(th->source),
		.dport = ntohs(th->dest),
		.flags = tcp_flag_byte(th) & 0x1f,
		.seq = ntohl(th->seq),
		.ack = th->ack ? ntohl(th->ack_seq) : 0,
		.window = ntohs(th->window),
		.len = skb->len - at - th->doff * 4,
		.fate = "",
	};
	return tk->own_net || tcp_kunit_owns_port(tk, segment->sport) ||
	       tcp_kunit_owns_port(tk, segment->dport);
}

static enum tcp_kunit_dir direction(const struct tcp_kunit *tk,
				    const struct tcp_kunit_segment *segment)
{
	const struct tcp_kunit_pair *pair;

	list_for_each_entry(pair, &tk->pairs, node)
		if (tcp_kunit_of_pair(pair, segment))
			return segment->sport == pair->client.port ?
			       TCP_KUNIT_C2S : TCP_KUNIT_S2C;
	return TCP_KUNIT_ANY;
}

/* Gives a held segment to the stack, as if it had just passed the hook. */
static void deliver(struct work_struct *work)
{
	struct held *held = container_of(work, struct held, work.work);
	struct tcp_kunit *tk = held->tk;
	bool taken;

	spin_lock_bh(&tk->lock);
	taken = list_empty(&held->node);
	list_del_init(&held->node);
	spin_unlock_bh(&tk->lock);
	if (taken)
		return;
	local_bh_disable();
	rcu_read_lock();
	held->state.okfn(held->state.net, NULL, held->skb);
	rcu_read_unlock();
	local_bh_enable();
	kfree(held);
}

/* Takes a segment over; false if there is no memory for it. */
static bool hold(struct tcp_kunit *tk, struct sk_buff *skb,
		 const struct nf_hook_state *state,
		 const struct tcp_kunit_filter *filter, enum tcp_kunit_dir dir)
{
	struct held *held = kzalloc(sizeof(*held), GFP_ATOMIC);

	if (!held)
		return false;
	skb_orphan(skb);
	skb_dst_force(skb);
	held->tk = tk;
	held->skb = skb;
	held->state = *state;
	held->dir = dir;
	held->waits = filter->act == TCP_KUNIT_ACT_REORDER;
	INIT_DELAYED_WORK(&held->work, deliver);
	list_add_tail(&held->node, &tk->held);
	if (!held->waits)
		queue_delayed_work(tk->carrier, &held->work,
				   msecs_to_jiffies(filter->delay_ms));
	return true;
}

/* What waited for a segment of this direction goes right after it. */
static void release(struct tcp_kunit *tk, enum tcp_kunit_dir dir)
{
	struct held *held;

	list_for_each_entry(held, &tk->held, node) {
		if (!held->waits || held->dir != dir)
			continue;
		held->waits = false;
		queue_delayed_work(tk->carrier, &held->work, 0);
	}
}

/* Does what a filter says; tells the segment's fate. */
static unsigned int act(struct tcp_kunit *tk, struct sk_buff *skb,
			const struct nf_hook_state *state,
			const struct tcp_kunit_filter *filter,
			struct tcp_kunit_segment *segment)
{
	struct sk_buff *copy;

	switch (filter->act) {
	case TCP_KUNIT_ACT_LOSE:
		segment->fate = "lost";
		return NF_DROP;
	case TCP_KUNIT_ACT_DUPLICATE:
		segment->fate = "duplicated";
		copy = skb_copy(skb, GFP_ATOMIC);
		if (copy && !hold(tk, copy, state, filter, segment->dir))
			kfree_skb(copy);
		return NF_ACCEPT;
	case TCP_KUNIT_ACT_DELAY:
	case TCP_KUNIT_ACT_REORDER:
		segment->fate = "delayed";
		return hold(tk, skb, state, filter, segment->dir) ?
		       NF_STOLEN : NF_DROP;
	}
	return NF_ACCEPT;
}

static unsigned int watch(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	const struct tcp_kunit_filter *filter;
	struct tcp_kunit_segment segment;
	unsigned int verdict = NF_ACCEPT;
	struct tcp_kunit *tk = priv;

	spin_lock_bh(&tk->lock);
	if (!parse(tk, skb, &segment))
		goto unlock;
	segment.dir = direction(tk, &segment);
	if (skb->mark == TCP_KUNIT_MARK) {
		segment.fate = "injected";
	} else {
		filter = tcp_kunit_filter_for(tk, &segment);
		if (filter)
			verdict = act(tk, skb, state, filter, &segment);
	}
	if (verdict == NF_ACCEPT)
		release(tk, segment.dir);
	tk->log[tk->logged++ % TCP_KUNIT_LOG] = segment;
unlock:
	spin_unlock_bh(&tk->lock);
	return verdict;
}

u32 tcp_kunit_isn(struct tcp_kunit *tk, u16 sport, u16 dport)
{
	unsigned int i = tk->logged, oldest = 0;
	u32 isn = 0;

	spin_lock_bh(&tk->lock);
	if (i > TCP_KUNIT_LOG)
		oldest = i - TCP_KUNIT_LOG;
	while (i-- > oldest && !isn) {
		const struct tcp_kunit_segment *segment =
			&tk->log[i % TCP_KUNIT_LOG];

		if (segment->flags & TCP_KUNIT_SYN && segment->sport == sport &&
		    segment->dport == dport)
			isn = segment->seq;
	}
	spin_unlock_bh(&tk->lock);
	return isn;
}

int tcp_kunit_wire_begin(struct tcp_kunit *tk)
{
	int err;

	tk->carrier = alloc_ordered_workqueue("tcp_kunit", 0);
	if (!tk->carrier)
		return -ENOMEM;
	tk->hook = (struct nf_hook_ops){
		.hook = watch,
		.priv = tk,
		.pf = NFPROTO_INET,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_FIRST,
	};
	err = nf_register_net_hook(tk->net, &tk->hook);
	if (err)
		destroy_workqueue(tk->carrier);
	return err;
}

static struct held *take_held(struct tcp_kunit *tk)
{
	struct held *held;

	spin_lock_bh(&tk->lock);
	held = list_first_entry_or_null(&tk->held, struct held, node);
	if (held)
		list_del_init(&held->node);
	spin_unlock_bh(&tk->lock);
	return held;
}

void tcp_kunit_wire_end(struct tcp_kunit *tk)
{
	struct held *held;

	nf_unregister_net_hook(tk->net, &tk->hook);
	while ((held = take_held(tk))) {
		cancel_delayed_work_sync(&held->work);
		kfree_skb(held->skb);
		kfree(held);
	}
	destroy_workqueue(tk->carrier);
}

/**
 * tcp_kunit_watch() - begin to count a connection's segments anew
 * @test: the case
 * @pair: the connection
 *
 * TCP_EXPECT_SEGMENTS() looks at those that came since, and counts time from here.
 */
void tcp_kunit_watch(struct kunit *test, struct tcp_kunit_pair *pair)
{
	struct tcp_kunit *tk = tcp_kunit_of(test);

	pair->watched_from = READ_ONCE(tk->logged);
	pair->watched_ns = ktime_get_ns() - tk->born_ns;
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_watch);
