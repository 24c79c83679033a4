// SPDX-License-Identifier: GPL-2.0
/*
 * The fixture: a namespace, what is made in it, and how all of it goes away.
 */
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/user_namespace.h>

#include "internal.h"

#define FIXTURE_NAME "tcp_kunit"
/* Of real time, that a case may sleep where time does not travel. */
#define PATIENCE_MS 10000
#define SETTLE_MS 5
#define SLACK_MS 300

struct tcp_kunit *tcp_kunit_of_or_null(struct kunit *test)
{
	struct kunit_resource *res = kunit_find_named_resource(test,
							       FIXTURE_NAME);
	struct tcp_kunit *tk;

	if (!res)
		return NULL;
	tk = res->data;
	kunit_put_resource(res);
	return tk;
}

struct tcp_kunit *tcp_kunit_of(struct kunit *test)
{
	struct tcp_kunit *tk = tcp_kunit_of_or_null(test);

	KUNIT_ASSERT_NOT_ERR_OR_NULL_MSG(test, tk,
					 "call tcp_kunit_init() first");
	return tk;
}

int tcp_kunit_share(struct kunit *other, struct tcp_kunit *tk)
{
	struct kunit_resource *res = kunit_kzalloc(other, sizeof(*res),
						   GFP_KERNEL);

	return res ? kunit_add_named_resource(other, NULL, NULL, res,
					      FIXTURE_NAME, tk) : -ENOMEM;
}

/*
 * A namespace of its own where that can be had: not without CONFIG_NET_NS, and
 * not from a module, to which copy_net_ns() is not exported.
 */
static int enter_net(struct tcp_kunit *tk)
{
	int err;

	tk->net = &init_net;
#if IS_ENABLED(CONFIG_NET_NS) && !defined(MODULE)
	tk->net = copy_net_ns(CLONE_NEWNET, &init_user_ns, &init_net);
	if (IS_ERR(tk->net))
		return PTR_ERR(tk->net);
	tk->own_net = true;
#endif
	rtnl_lock();
	err = dev_open(tk->net->loopback_dev, NULL);
	rtnl_unlock();
	return err;
}

static void leave_net(struct tcp_kunit *tk)
{
	if (tk->own_net)
		put_net(tk->net);
}

static void close_pairs(struct tcp_kunit *tk)
{
	struct tcp_kunit_pair *pair;

	list_for_each_entry(pair, &tk->pairs, node) {
		tcp_kunit_close(tk->test, &pair->client);
		tcp_kunit_close(tk->test, &pair->server);
		tcp_kunit_close(tk->test, &pair->listener);
	}
}

static void free_pairs(struct tcp_kunit *tk)
{
	struct tcp_kunit_pair *pair, *next;

	while (tk->n_pins)
		sock_gen_put(tk->pins[--tk->n_pins].sk);
	list_for_each_entry_safe(pair, next, &tk->pairs, node)
		kfree(pair);
}

static void restore_sysctls(struct tcp_kunit *tk)
{
	struct tcp_kunit_saved *saved;

	while (tk->n_saved) {
		saved = &tk->saved[--tk->n_saved];
		memcpy(saved->field, saved->value, saved->size);
	}
}

/* Runs when the case is over, however it ended. */
static void end(void *data)
{
	struct tcp_kunit *tk = data;

	tcp_kunit_heal(tk->test);
	close_pairs(tk);
	tcp_kunit_bury(tk);
	tcp_kunit_wire_end(tk);
	free_pairs(tk);
	restore_sysctls(tk);
	leave_net(tk);
	/* Whatever goes wrong when sockets go, goes wrong in this case. */
	if (tcp_kunit_travels())
		msleep(MSEC_PER_SEC);
	kfree(tk);
}

/**
 * tcp_kunit_init() - make the fixture of a case
 * @test: the case; its priv is left alone
 *
 * To be called first, or to be the .init of a suite. There is no exit: KUnit
 * takes the fixture away when the case is over.
 *
 * Return: 0 or -errno.
 */
int tcp_kunit_init(struct kunit *test)
{
	struct tcp_kunit *tk = kzalloc(sizeof(*tk), GFP_KERNEL);
	int err;

	if (!tk)
		return -ENOMEM;
	tcp_kunit_jitter();
	tk->test = test;
	tk->born_ns = ktime_get_ns();
	spin_lock_init(&tk->lock);
	INIT_LIST_HEAD(&tk->pairs);
	INIT_LIST_HEAD(&tk->filters);
	INIT_LIST_HEAD(&tk->held);
	err = enter_net(tk);
	if (err)
		goto err_free;
	err = tcp_kunit_wire_begin(tk);
	if (err)
		goto err_leave_net;
	err = tcp_kunit_share(test, tk);
	if (err)
		goto err_wire_end;
	err = tcp_kunit_at_end(test, end, tk);
	if (err)
		return err;
	/* What one connection has measured must not be another's first RTO. */
	TCP_KUNIT_SYSCTL(test, tcp_nometrics_save, 1);
	return 0;

err_wire_end:
	tcp_kunit_wire_end(tk);
err_leave_net:
	leave_net(tk);
err_free:
	kfree(tk);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_init);

/**
 * tcp_kunit_net() - the namespace that a case's sockets are in
 * @test: the case
 *
 * Return: it; init_net where namespaces are not to be had.
 */
struct net *tcp_kunit_net(struct kunit *test)
{
	return tcp_kunit_of(test)->net;
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_net);

/**
 * tcp_kunit_sysctl_save() - have something restored at the end of the case
 * @test: the case
 * @field: what is about to be changed
 * @size: its size, up to 16 bytes
 *
 * TCP_KUNIT_SYSCTL() calls it.
 */
void tcp_kunit_sysctl_save(struct kunit *test, void *field, size_t size)
{
	struct tcp_kunit *tk = tcp_kunit_of(test);
	struct tcp_kunit_saved *saved = &tk->saved[tk->n_saved];

	KUNIT_ASSERT_LT(test, tk->n_saved, (unsigned int)TCP_KUNIT_SAVED);
	KUNIT_ASSERT_LE(test, size, sizeof(saved->value));
	saved->field = field;
	saved->size = size;
	memcpy(saved->value, field, size);
	tk->n_saved++;
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_sysctl_save);

/**
 * tcp_kunit_no_linear_syns() - have the timeout double from the first SYN on
 * @test: the case
 *
 * As RFC 6298 has it: at 1, 3, 7, ... s. Since Linux 6.5 the first 4 repetitions (the
 * limit tcp_syn_linear_timeouts) come at a steady pace. Without effect before.
 */
void tcp_kunit_no_linear_syns(struct kunit *test)
{
#ifdef TCP_KUNIT_HAVE_SYN_LINEAR_TIMEOUTS
	TCP_KUNIT_SYSCTL(test, tcp_syn_linear_timeouts, 0);
#endif
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_no_linear_syns);

/**
 * tcp_kunit_time_travels() - whether to wait costs nothing here
 *
 * Return: true in user mode Linux with time-travel=inf-cpu.
 */
bool tcp_kunit_time_travels(void)
{
	return tcp_kunit_travels();
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_time_travels);

/**
 * tcp_kunit_needs() - say beforehand how long a case will wait
 * @test: the case
 * @ms: milliseconds
 *
 * Skips the case where time does not travel and @ms is more than 10 s.
 */
void tcp_kunit_needs(struct kunit *test, unsigned int ms)
{
	if (ms > PATIENCE_MS && !tcp_kunit_travels())
		kunit_skip(test, "waits for %u s: needs time-travel=inf-cpu",
			   ms / 1000);
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_needs);

void tcp_kunit_settle(void)
{
	if (!tcp_kunit_travels())
		msleep(SETTLE_MS);
}

s64 tcp_kunit_slack_ms(void)
{
	return tcp_kunit_travels() ? 0 : SLACK_MS;
}

/* msleep() may take an eighth longer. Idle: not what the watchdog of hung tasks seeks. */
static void sleep_exactly(unsigned int ms)
{
	ktime_t span = ms_to_ktime(ms);

	set_current_state(TASK_IDLE);
	schedule_hrtimeout(&span, HRTIMER_MODE_REL);
}

/**
 * tcp_kunit_advance() - let time pass
 * @test: the case
 * @ms: milliseconds
 *
 * At once where time travels. Elsewhere it sleeps, and skips a case that would
 * sleep for more than 10 s in all, unless that case has failed already.
 */
void tcp_kunit_advance(struct kunit *test, unsigned int ms)
{
	struct tcp_kunit *tk = tcp_kunit_of(test);

	if (!tcp_kunit_travels()) {
		tk->slept_ms += ms;
		if (tk->slept_ms > PATIENCE_MS &&
		    READ_ONCE(test->status) != KUNIT_FAILURE)
			tcp_kunit_needs(test, tk->slept_ms);
	}
	sleep_exactly(ms);
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_advance);

/**
 * tcp_kunit_now_ns() - the time since the fixture was made
 * @test: the case
 *
 * Return: nanoseconds, of the clock that a segment's at_ns is of.
 */
s64 tcp_kunit_now_ns(struct kunit *test)
{
	return ktime_get_ns() - tcp_kunit_of(test)->born_ns;
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_now_ns);

/**
 * tcp_kunit_now_ms() - the time since the fixture was made
 * @test: the case
 *
 * Return: milliseconds.
 */
s64 tcp_kunit_now_ms(struct kunit *test)
{
	return div_s64(tcp_kunit_now_ns(test), NSEC_PER_MSEC);
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_now_ms);

MODULE_DESCRIPTION("KUnit kit for TCP");
MODULE_LICENSE("GPL");
