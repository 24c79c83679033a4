// SPDX-License-Identifier: GPL-2.0
/*
 * TCP's timers while a connection is opened: of the SYN (RFC 6298, 5.7 and 2.1;
 * tcp_syn_retries), of the SYN-ACK (tcp_synack_retries), and which are not armed.
 */
#include <linux/module.h>
#include <net/tcp.h>

#include "tcp_kunit.h"

/* 1 + 2 + 4 + 8 s after the first SYN, an ETIMEDOUT. */
static void syn_backs_off(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_listen(test, TCP_KUNIT_V4);

	tcp_kunit_no_linear_syns(test);
	TCP_KUNIT_SYSCTL(test, tcp_syn_retries, 3);
	TCP_KUNIT_LOSE(test);
	tcp_kunit_watch(test, pair);
	tcp_kunit_connect(test, pair);
	TCP_EXPECT_TIMER(test, pair->client.sk, RETRANS, 980, 1000);
	tcp_kunit_advance(test, 1500);
	TCP_EXPECT_TIMER(test, pair->client.sk, RETRANS, 1400, 1550);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, RETRANS);
	TCP_EXPECT_DEATH(test, pair->client.sk, ETIMEDOUT, 14400, 1100);
	TCP_EXPECT_SEGMENTS(test, pair, "C>S SYN @0", "C>S SYN @1060~80",
			    "C>S SYN @3200~230", "C>S SYN @7450~480");
}

/* Of 6 repetitions, which take 127 s. */
static void syn_gives_up_by_default(struct kunit *test)
{
	struct tcp_kunit_pair *pair;

	tcp_kunit_no_linear_syns(test);
	pair = tcp_kunit_reach(test, TCP_KUNIT_V6, TCP_SYN_SENT);
	TCP_EXPECT_DEATH(test, pair->client.sk, ETIMEDOUT, 135000, 8500);
}

static void syn_count_of_a_socket(struct kunit *test)
{
	struct tcp_kunit_pair *pair;

	tcp_kunit_no_linear_syns(test);
	pair = tcp_kunit_reach(test, TCP_KUNIT_V4, TCP_SYN_SENT);
	tcp_kunit_setsockopt(test, &pair->client, SOL_TCP, TCP_SYNCNT, 1);
	TCP_EXPECT_DEATH(test, pair->client.sk, ETIMEDOUT, 3200, 250);
}

static void syn_user_timeout(struct kunit *test)
{
	struct tcp_kunit_pair *pair;

	tcp_kunit_no_linear_syns(test);
	pair = tcp_kunit_reach(test, TCP_KUNIT_V4, TCP_SYN_SENT);
	tcp_kunit_setsockopt(test, &pair->client, SOL_TCP, TCP_USER_TIMEOUT,
			     5000);
	TCP_EXPECT_DEATH(test, pair->client.sk, ETIMEDOUT, 5300, 450);
}

/* A SYN is lost, the next one answered: its timer goes, and no other comes. */
static void syn_lost(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_listen(test, TCP_KUNIT_V4);

	TCP_KUNIT_LOSE(test, .flags = TCP_KUNIT_SYN, .count = 1);
	tcp_kunit_watch(test, pair);
	tcp_kunit_connect(test, pair);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_SYN_SENT);
	tcp_kunit_advance(test, 1200);
	tcp_kunit_accept(test, pair);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_ESTABLISHED);
	TCP_EXPECT_STATE(test, pair->server.sk, TCP_ESTABLISHED);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, 0);
	TCP_EXPECT_ONLY_TIMERS(test, pair->server.sk, 0);
	TCP_EXPECT_SEGMENTS(test, pair, "C>S SYN lost", "C>S SYN @1060~80",
			    "S>C SYN ACK", "C>S ACK");
}

/* A SYN-ACK is lost: both ends repeat what they sent. */
static void synack_lost(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_listen(test, TCP_KUNIT_V6);

	TCP_KUNIT_LOSE(test, .dir = TCP_KUNIT_S2C, .count = 1);
	tcp_kunit_connect(test, pair);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_SYN_SENT);
	TCP_EXPECT_MINISOCKET(test, tcp_kunit_find(test, pair->server.port,
						   pair->client.port),
			      TCP_NEW_SYN_RECV);
	tcp_kunit_advance(test, 1200);
	tcp_kunit_accept(test, pair);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_ESTABLISHED);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, 0);
	TCP_EXPECT_ONLY_TIMERS(test, pair->server.sk, 0);
}

/* The last ACK is lost: the client is established, the server repeats itself. */
static void handshake_ack_lost(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_listen(test, TCP_KUNIT_V4);
	struct sock *request;

	TCP_KUNIT_LOSE(test, .dir = TCP_KUNIT_C2S, .flags = TCP_KUNIT_ACK,
		       .count = 1);
	tcp_kunit_watch(test, pair);
	tcp_kunit_connect(test, pair);
	request = tcp_kunit_find(test, pair->server.port, pair->client.port);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, request);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_ESTABLISHED);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, 0);
	TCP_EXPECT_STATE(test, request, TCP_NEW_SYN_RECV);
	TCP_EXPECT_TIMER(test, request, SYNACK, 980, 1010);
	tcp_kunit_advance(test, 1200);
	TCP_EXPECT_STATE(test, request, TCP_ESTABLISHED);
	TCP_EXPECT_ONLY_TIMERS(test, request, 0);
	TCP_EXPECT_SEGMENTS(test, pair, "C>S SYN", "S>C SYN ACK",
			    "C>S ACK lost", "S>C SYN ACK @1060~80", "C>S ACK");
}

/* 1 + 2 + 4 + 8 s after the first SYN-ACK the request is dropped. */
static void synack_backs_off(struct kunit *test)
{
	struct tcp_kunit_pair *pair;

	TCP_KUNIT_SYSCTL(test, tcp_synack_retries, 3);
	pair = tcp_kunit_reach(test, TCP_KUNIT_V4, TCP_NEW_SYN_RECV);
	TCP_KUNIT_LOSE(test);
	tcp_kunit_close(test, &pair->client);
	tcp_kunit_watch(test, pair);
	TCP_EXPECT_TIMER(test, pair->sk, SYNACK, 980, 1010);
	TCP_EXPECT_ONLY_TIMERS(test, pair->sk, SYNACK);
	tcp_kunit_advance(test, 1500);
	TCP_EXPECT_TIMER(test, pair->sk, SYNACK, 1400, 1600);
	TCP_EXPECT_DEATH(test, pair->sk, 0, 14400, 1100);
	TCP_EXPECT_SEGMENTS(test, pair, "S>C SYN ACK @1060~80",
			    "S>C SYN ACK @3200~230", "S>C SYN ACK @7450~480");
}

/* A SYN that nobody stands behind: its request goes by itself after 63 s. */
static void old_syn_is_forgotten(struct kunit *test)
{
	struct tcp_kunit_pair *pair;

	pair = tcp_kunit_reach(test, TCP_KUNIT_V4, TCP_NEW_SYN_RECV);
	TCP_KUNIT_LOSE(test);
	tcp_kunit_close(test, &pair->client);
	TCP_EXPECT_DEATH(test, pair->sk, 0, 67000, 4500);
	TCP_EXPECT_STATE(test, pair->listener.sk, TCP_LISTEN);
	TCP_EXPECT_ONLY_TIMERS(test, pair->listener.sk, 0);
}

/* Or at once, when the client that it asks knows nothing of it. */
static void old_syn_is_reset(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_listen(test, TCP_KUNIT_V4);

	tcp_kunit_connect(test, pair);
	tcp_kunit_accept(test, pair);
	tcp_kunit_abort(test, &pair->client);
	TCP_EXPECT_DEATH(test, pair->server.sk, ECONNRESET, 0, 20);
	tcp_kunit_watch(test, pair);
	tcp_kunit_inject(test, pair, &(struct tcp_kunit_forged){
		.flags = TCP_KUNIT_SYN, .seq = 12345 });
	TCP_EXPECT_SEGMENTS(test, pair, "C>S SYN injected", "S>C SYN ACK",
			    "C>S RST");
	KUNIT_EXPECT_NULL(test, tcp_kunit_find(test, pair->server.port,
					       pair->client.port));
}

/* SO_KEEPALIVE set beforehand: its timer begins with the connection. */
static void no_keepalive_in_syn_sent(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_listen(test, TCP_KUNIT_V4);

	tcp_kunit_open(test, pair);
	tcp_kunit_setsockopt(test, &pair->client, SOL_SOCKET, SO_KEEPALIVE, 1);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, 0);
	TCP_KUNIT_LOSE(test, .count = 1);
	tcp_kunit_connect(test, pair);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_SYN_SENT);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, RETRANS);
	tcp_kunit_advance(test, 1200);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_ESTABLISHED);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, KEEPALIVE);
	TCP_EXPECT_TIMER(test, pair->client.sk, KEEPALIVE, 7199000, 7200000);
}

/* Two SYNs that cross: RFC 9293, 3.5, figure 7. */
static void simultaneous_open(struct kunit *test)
{
	struct tcp_kunit_pair *pair = tcp_kunit_reach(test, TCP_KUNIT_V4,
						      TCP_SYN_RECV);

	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, RETRANS);
	TCP_EXPECT_ONLY_TIMERS(test, pair->server.sk, RETRANS);
	tcp_kunit_heal(test);
	tcp_kunit_advance(test, 2500);
	TCP_EXPECT_STATE(test, pair->client.sk, TCP_ESTABLISHED);
	TCP_EXPECT_STATE(test, pair->server.sk, TCP_ESTABLISHED);
	TCP_EXPECT_ONLY_TIMERS(test, pair->client.sk, 0);
	TCP_EXPECT_ONLY_TIMERS(test, pair->server.sk, 0);
}

static struct kunit_case open_cases[] = {
	KUNIT_CASE(syn_backs_off),
	KUNIT_CASE(syn_gives_up_by_default),
	KUNIT_CASE(syn_count_of_a_socket),
	KUNIT_CASE(syn_user_timeout),
	KUNIT_CASE(syn_lost),
	KUNIT_CASE(synack_lost),
	KUNIT_CASE(handshake_ack_lost),
	KUNIT_CASE(synack_backs_off),
	KUNIT_CASE(old_syn_is_forgotten),
	KUNIT_CASE(old_syn_is_reset),
	KUNIT_CASE(no_keepalive_in_syn_sent),
	KUNIT_CASE(simultaneous_open),
	{}
};

static struct kunit_suite open_suite = {
	.name = "tcp_timers_open",
	.suite_init = tcp_kunit_suite_init,
	.init = tcp_kunit_init,
	.test_cases = open_cases,
};

kunit_test_suite(open_suite);

MODULE_DESCRIPTION("KUnit tests of TCP's timers: opening");
TCP_KUNIT_IMPORT();
MODULE_LICENSE("GPL");
