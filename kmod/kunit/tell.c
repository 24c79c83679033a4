// SPDX-License-Identifier: GPL-2.0
/*
 * What a failure shows: sockets, timers, segments.
 */
#include <linux/module.h>
#include <net/inet_sock.h>
#include <net/tcp.h>

#include "internal.h"

#define LINE 256
#define SHOWN 4		/* segments in a message */
#define DUMPED 48	/* segments in a dump */

int tcp_kunit_tell_timers(const struct tcp_kunit_look *look, char *to,
			  size_t size)
{
	unsigned int bit;
	int n = 0;

	if (!look->armed)
		return scnprintf(to, size, "no timer");
	for (bit = 0; bit < ARRAY_SIZE(look->due_ms); bit++)
		if (look->armed & (1U << bit))
			n += scnprintf(to + n, size - n, "%s%s in %lld ms",
				       n ? ", " : "", tcp_kunit_timer_name(bit),
				       look->due_ms[bit]);
	return n;
}

static bool is_end(const struct tcp_kunit_end *end, const struct sock *sk)
{
	return end->sk == sk || (end->port && end->port == sk->sk_num);
}

static const char *role_of(struct tcp_kunit *tk, const struct sock *sk)
{
	struct tcp_kunit_pair *pair;

	if (!tk)
		return "socket";
	list_for_each_entry(pair, &tk->pairs, node) {
		if (is_end(&pair->client, sk))
			return "client";
		if (is_end(&pair->server, sk))
			return "server";
	}
	return "socket";
}

int tcp_kunit_tell_sock(struct tcp_kunit *tk, struct sock *sk, char *to,
			size_t size)
{
	struct sock *now = tcp_kunit_now(tk, sk);
	struct tcp_kunit_look look;
	int n;

	if (!now) {
		return scnprintf(to, size, "%s is gone: CLOSED, error %d",
				 role_of(tk, sk),
				 sk_fullsock(sk) ? READ_ONCE(sk->sk_err) : 0);
	}
	tcp_kunit_look_at(now, &look);
	n = scnprintf(to, size, "%s :%u > :%u %s%s%s: ",
		      role_of(tk, now), now->sk_num,
		      ntohs(now->sk_dport), look.state,
		      look.substate ? "/" : "",
		      look.substate ? look.substate : "");
	n += tcp_kunit_tell_timers(&look, to + n, size - n);
	if (sk_fullsock(now))
		n += scnprintf(to + n, size - n,
			       "; rto %u ms, backoff %u, error %d%s",
			       jiffies_to_msecs(inet_csk(now)->icsk_rto),
			       inet_csk(now)->icsk_backoff,
			       READ_ONCE(now->sk_err),
			       sock_flag(now, SOCK_DEAD) ? ", orphan" : "");
	sock_gen_put(now);
	return n;
}

int tcp_kunit_tell_segment(const struct tcp_kunit_segment *segment, u32 seq0,
			   u32 ack0, char *to, size_t size)
{
	static const char *const names[] = { "FIN", "SYN", "RST", "PSH", "ACK" };
	int n, i;

	n = scnprintf(to, size, "%6lld ms %s",
		      div_s64(segment->at_ns, NSEC_PER_MSEC),
		      segment->dir == TCP_KUNIT_C2S ? "C>S" :
		      segment->dir == TCP_KUNIT_S2C ? "S>C" : "?>?");
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (segment->flags & (1 << i))
			n += scnprintf(to + n, size - n, " %s", names[i]);
	n += scnprintf(to + n, size - n, " seq %u", segment->seq - seq0);
	if (segment->flags & TCP_KUNIT_ACK)
		n += scnprintf(to + n, size - n, " ack %u",
			       segment->ack - ack0);
	if (segment->len)
		n += scnprintf(to + n, size - n, " len %u", segment->len);
	n += scnprintf(to + n, size - n, " win %u", segment->window);
	if (*segment->fate)
		n += scnprintf(to + n, size - n, " %s", segment->fate);
	return n;
}

/* Numbers are told as Wireshark does, from the SYN of each direction on. */
static int tell_logged(struct tcp_kunit *tk, unsigned int at, char *to,
		       size_t size)
{
	struct tcp_kunit_segment segment;
	struct tcp_kunit_pair *pair;
	u32 client = 0, server = 0;

	spin_lock_bh(&tk->lock);
	segment = tk->log[at % TCP_KUNIT_LOG];
	spin_unlock_bh(&tk->lock);
	list_for_each_entry(pair, &tk->pairs, node) {
		if (!tcp_kunit_of_pair(pair, &segment))
			continue;
		client = pair->client.isn;
		server = pair->server.isn;
	}
	if (segment.dir == TCP_KUNIT_C2S)
		return tcp_kunit_tell_segment(&segment, client, server, to, size);
	return tcp_kunit_tell_segment(&segment, server, client, to, size);
}

static unsigned int first_of_last(const struct tcp_kunit *tk, unsigned int n)
{
	return tk->logged > n ? tk->logged - n : 0;
}

static void dump_sock(struct kunit *test, struct tcp_kunit *tk,
		      struct sock *sk)
{
	char line[LINE];

	tcp_kunit_tell_sock(tk, sk, line, sizeof(line));
	kunit_info(test, "  %s\n", line);
}

static void dump_pair(struct kunit *test, struct tcp_kunit *tk,
		      struct tcp_kunit_pair *pair)
{
	if (pair->client.sk)
		dump_sock(test, tk, pair->client.sk);
	if (pair->server.sk)
		dump_sock(test, tk, pair->server.sk);
	else if (pair->listener.sk)
		dump_sock(test, tk, pair->listener.sk);
}

/**
 * tcp_kunit_dump() - log the sockets, their timers and the last segments
 * @test: the case
 *
 * Each check that fails does it. Numbers of segments are relative to the SYN of their
 * direction, times to the making of the fixture.
 */
void tcp_kunit_dump(struct kunit *test)
{
	struct tcp_kunit *tk = tcp_kunit_of_or_null(test);
	struct tcp_kunit_pair *pair;
	char line[LINE];
	unsigned int i;

	if (!tk)
		return;
	kunit_info(test, "connections after %lld ms:\n",
		   tcp_kunit_now_ms(test));
	list_for_each_entry(pair, &tk->pairs, node)
		dump_pair(test, tk, pair);
	kunit_info(test, "segments, the last of %u:\n", tk->logged);
	for (i = first_of_last(tk, DUMPED); i < tk->logged; i++) {
		tell_logged(tk, i, line, sizeof(line));
		kunit_info(test, "  %s\n", line);
	}
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_dump);

/* The first line of a failure stands for itself; the others show what there is. */
static void tell_rest(struct tcp_kunit *tk, struct sock *sk, char *to,
		      size_t size)
{
	unsigned int i;
	int n = scnprintf(to, size, "\n  ");

	n += tcp_kunit_tell_sock(tk, sk, to + n, size - n);
	if (!tk)
		return;
	for (i = first_of_last(tk, SHOWN); i < tk->logged; i++) {
		n += scnprintf(to + n, size - n, "\n  ");
		n += tell_logged(tk, i, to + n, size - n);
	}
}

const char *tcp_kunit_fail(struct kunit *test, struct sock *sk,
			   const char *format, ...)
{
	struct tcp_kunit *tk = tcp_kunit_of_or_null(test);
	char *text = tk ? tk->failure : kunit_kzalloc(test, TCP_KUNIT_TEXT,
						      GFP_KERNEL);
	va_list args;
	int n;

	if (!text)
		return "no memory to say what failed";
	va_start(args, format);
	n = vscnprintf(text, TCP_KUNIT_TEXT, format, args);
	va_end(args);
	if (sk)
		tell_rest(tk, sk, text + n, TCP_KUNIT_TEXT - n);
	tcp_kunit_dump(test);
	return text;
}

/**
 * tcp_kunit_last_failure() - the message of the last check that failed
 * @test: the case
 *
 * Return: its text, "" if none has.
 */
const char *tcp_kunit_last_failure(struct kunit *test)
{
	return tcp_kunit_of(test)->failure;
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_last_failure);
