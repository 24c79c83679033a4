/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the kit share.
 */
#ifndef TCP_KUNIT_INTERNAL_H
#define TCP_KUNIT_INTERNAL_H

#include <linux/netfilter.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "tcp_kunit.h"
#include "tcp_kunit_compat.h"

#define TCP_KUNIT_LOG 512	/* segments remembered */
#define TCP_KUNIT_PINS 1024	/* sockets kept to the end of the case */
#define TCP_KUNIT_SAVED 32	/* limits to be restored */
#define TCP_KUNIT_TEXT 800	/* of a failure: printk() cuts at 1024 */
#define TCP_KUNIT_MARK 0x7cb0	/* of what is injected */

/* Ports to find by what has taken the place of a socket. */
struct tcp_kunit_pin {
	struct sock *sk;
	u16 local_port;
	u16 peer_port;
};

struct tcp_kunit_saved {
	void *field;
	size_t size;
	u8 value[16];
};

/* The fixture of a case. */
struct tcp_kunit {
	struct kunit *test;
	struct net *net;
	bool own_net;		/* or init_net, whose other segments are none of ours */
	s64 born_ns;
	u64 slept_ms;		/* in real time */
	struct nf_hook_ops hook;
	struct workqueue_struct *carrier;	/* of segments that arrive later */

	spinlock_t lock;	/* what follows, to the blank line; taken in softirq */
	struct list_head pairs;
	struct list_head filters;
	struct list_head held;	/* segments on their way */
	struct tcp_kunit_segment log[TCP_KUNIT_LOG];
	unsigned int logged;
	u16 ports[TCP_KUNIT_PINS];
	unsigned int n_ports;

	struct tcp_kunit_pin pins[TCP_KUNIT_PINS];
	unsigned int n_pins;
	struct tcp_kunit_saved saved[TCP_KUNIT_SAVED];
	unsigned int n_saved;
	char failure[TCP_KUNIT_TEXT];
};

/* Returns the fixture of a case; ends the case if it has none. */
struct tcp_kunit *tcp_kunit_of(struct kunit *test);
/* Returns it, or NULL. */
struct tcp_kunit *tcp_kunit_of_or_null(struct kunit *test);
/* Lets another case, made by hand, use a fixture too; 0 or -errno. */
int tcp_kunit_share(struct kunit *other, struct tcp_kunit *tk);

/* Keeps a socket to the end of the case: takes a reference. */
void tcp_kunit_pin(struct tcp_kunit *tk, struct sock *sk, u16 local_port,
		   u16 peer_port);
/* Two sockets that open a connection to each other; the first is in SYN-RECEIVED. */
struct tcp_kunit_pair *tcp_kunit_cross(struct kunit *test,
				       enum tcp_kunit_family family);
/* Has segments from and to this port watched. */
void tcp_kunit_own_port(struct tcp_kunit *tk, u16 port);
bool tcp_kunit_owns_port(const struct tcp_kunit *tk, u16 port);
/* Finds what has these ports, with a reference; NULL if nothing has. */
struct sock *tcp_kunit_lookup(const struct net *net, u16 local_port,
			      u16 peer_port);
/*
 * What stands for the same end of the connection now: the socket, or what has
 * taken its place, with a reference; NULL if nothing is left.
 */
struct sock *tcp_kunit_now(struct tcp_kunit *tk, struct sock *sk);
/* Ends what a case has left in the table of connections; process context. */
void tcp_kunit_bury(struct tcp_kunit *tk);

/*
 * Where time does not travel, softirqs may be left to ksoftirqd: lets what was sent
 * arrive. And what comes so much earlier or later there is as good.
 */
void tcp_kunit_settle(void);
s64 tcp_kunit_slack_ms(void);
/* Lets a moment pass, if the cases are shuffled. */
void tcp_kunit_jitter(void);
int tcp_kunit_wire_begin(struct tcp_kunit *tk);
void tcp_kunit_wire_end(struct tcp_kunit *tk);
/* Returns the filter that acts on a segment, or NULL; counts it. Under tk->lock. */
const struct tcp_kunit_filter *
tcp_kunit_filter_for(struct tcp_kunit *tk,
		     const struct tcp_kunit_segment *segment);
/* The initial sequence number seen from one port to the other, or 0. */
u32 tcp_kunit_isn(struct tcp_kunit *tk, u16 sport, u16 dport);
bool tcp_kunit_of_pair(const struct tcp_kunit_pair *pair,
		       const struct tcp_kunit_segment *segment);

/* What is known of a socket's timers, read under its spin lock. */
struct tcp_kunit_look {
	const char *state;
	const char *substate;	/* of a minisocket, or NULL */
	bool mini;
	u32 armed;
	s64 due_ms[16];		/* by bit of TCP_KUNIT_TIMERS() */
};

void tcp_kunit_look_at(struct sock *sk, struct tcp_kunit_look *look);
const char *tcp_kunit_timer_name(unsigned int bit);
int tcp_kunit_tell_timers(const struct tcp_kunit_look *look, char *to,
			  size_t size);
/* One line each, without the newline; returns what scnprintf() does. */
int tcp_kunit_tell_sock(struct tcp_kunit *tk, struct sock *sk, char *to,
			size_t size);
int tcp_kunit_tell_segment(const struct tcp_kunit_segment *segment, u32 seq0,
			   u32 ack0, char *to, size_t size);
/* Logs a failure with all that is known; returns its text. */
const char *tcp_kunit_fail(struct kunit *test, struct sock *sk,
			   const char *format, ...) __printf(3, 4);

#endif /* TCP_KUNIT_INTERNAL_H */
