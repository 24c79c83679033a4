// SPDX-License-Identifier: GPL-2.0
/*
 * Two readers that never stop, while connections and whole namespaces come and
 * go, for minutes of virtual time: KASAN and lockdep have the last word.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <net/net_namespace.h>

#include "../summary.h"
#include "../walk.h"
#include "crowd.h"

/* KUnit grants a test 300: stress_kunit.seconds=250 on the kernel's command line. */
static unsigned int seconds = 20;
module_param(seconds, uint, 0400);
MODULE_PARM_DESC(seconds, "how long connections come and go, in virtual time");

/* A thread that reads until it is told to stop. */
struct reader {
	int (*read)(void);
	struct task_struct *thread;
	unsigned long rounds;
	int error;
};

/* In the smallest steps, so that much happens in between. */
static int read_records(void)
{
	struct tcpscope_walk walk;
	int ret = tcpscope_walk_init(&walk, 1);

	if (ret)
		return ret;
	walk.most = walk.size;
	while ((ret = tcpscope_walk_next(&walk)) > 0)
		usleep_range(500, 1000);
	tcpscope_walk_destroy(&walk);
	return ret;
}

static int read_summary(void)
{
	struct tcpscope_summary *summary = tcpscope_summary_take();

	if (IS_ERR(summary))
		return PTR_ERR(summary);
	tcpscope_summary_free(summary);
	return 0;
}

static int run_reader(void *data)
{
	struct reader *reader = data;
	int err;

	while (!kthread_should_stop()) {
		err = reader->read();
		reader->error = err ?: reader->error;
		reader->rounds++;
		msleep(20);
	}
	return 0;
}

/* Where others want to run too, ksoftirqd finishes the handshake. */
static struct socket *accept_soon(struct kunit *test)
{
	struct crowd *crowd = test->priv;
	int tries;

	for (tries = 0; tries < 100; tries++) {
		usleep_range(1000, 2000);
		if (READ_ONCE(crowd->listener->sk->sk_ack_backlog))
			break;
	}
	return crowd_accept(test);
}

/* A connection closed by either end first, and a request nobody waits for. */
static void churn(struct kunit *test, unsigned int round)
{
	struct socket *client = crowd_connect(test);
	struct socket *server = accept_soon(test);

	sock_release(round & 1 ? client : server);
	usleep_range(1000, 2000);
	sock_release(round & 1 ? server : client);
	TCP_KUNIT_LOSE(test, .flags = TCP_KUNIT_SYN | TCP_KUNIT_ACK);
	client = crowd_connect(test);
	usleep_range(1000, 2000);
	sock_release(client);
	tcp_kunit_heal(test);
}

/* With a table of its own for two of three, and connections in it. */
static void churn_namespace(struct kunit *test, unsigned int round)
{
	struct crowd *crowd = test->priv;
	struct socket *listener = crowd->listener;
	u16 port = crowd->port;

	crowd_enter_net(test, crowd_new_net(test, round % 3));
	crowd_listen(test, TCP_KUNIT_V6, IPPROTO_TCP);
	churn(test, round);
	crowd_leave_net(test);
	crowd->listener = listener;
	crowd->family = TCP_KUNIT_V4;
	crowd->port = port;
}

static struct reader readers[] = {
	{ .read = read_records },
	{ .read = read_summary },
};

static int stress_init(struct kunit *test)
{
	int i, err = crowd_init(test);

	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(readers); i++)
		readers[i].thread = kthread_run(run_reader, &readers[i],
						"reader/%d", i);
	return 0;
}

static void stress_exit(struct kunit *test)
{
	int i;

	crowd_exit(test);
	for (i = 0; i < ARRAY_SIZE(readers); i++)
		if (!IS_ERR_OR_NULL(readers[i].thread))
			kthread_stop(readers[i].thread);
}

static void stress_readers(struct kunit *test)
{
	u64 end = ktime_get_ns() + seconds * (u64)NSEC_PER_SEC;
	unsigned int round;
	int i;

	crowd_listen(test, TCP_KUNIT_V4, IPPROTO_TCP);
	for (round = 0; ktime_get_ns() < end; round++) {
		churn(test, round);
		if (round % 8 == 0)
			churn_namespace(test, round / 8);
		msleep(100);
	}
	KUNIT_EXPECT_GT(test, round, seconds * 2);
	for (i = 0; i < ARRAY_SIZE(readers); i++) {
		KUNIT_EXPECT_EQ(test, readers[i].error, 0);
		KUNIT_EXPECT_GT(test, readers[i].rounds, seconds * 1UL);
	}
}

static struct kunit_case stress_cases[] = {
	KUNIT_CASE(stress_readers),
	{}
};

static struct kunit_suite stress_suite = {
	.name = "tcpscope_stress",
	.init = stress_init,
	.exit = stress_exit,
	.test_cases = stress_cases,
};

kunit_test_suite(stress_suite);
