/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP connections for KUnit suites: made for real over lo, in a network
 * namespace of the case's own, taken to any state, their segments lost, delayed
 * or forged, and then held against what a case expects of states, timers,
 * segments and deaths. Documentation: tcp_kunit.rst.
 *
 *            listener
 *               | accept
 *   client ==== server        C>S and S>C are the two directions
 *        \      /
 *         filters             lose, delay, duplicate or hold back segments
 *
 * What the fixture cannot do ends the case with a message (KUNIT_ASSERT); what a
 * case expects in vain fails it and lets it go on (KUNIT_EXPECT).
 */
#ifndef TCP_KUNIT_H
#define TCP_KUNIT_H

#include <kunit/test.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/tcp.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp_states.h>

/**
 * enum tcp_kunit_family - what the sockets of a pair speak
 * @TCP_KUNIT_V4: IPv4
 * @TCP_KUNIT_V6: IPv6; the case is skipped where the kernel has none
 * @TCP_KUNIT_MAPPED: IPv4 on sockets of IPv6; skipped likewise
 */
enum tcp_kunit_family {
	TCP_KUNIT_V4,
	TCP_KUNIT_V6,
	TCP_KUNIT_MAPPED,
};

/**
 * enum tcp_kunit_dir - which way a segment goes
 * @TCP_KUNIT_ANY: either way
 * @TCP_KUNIT_C2S: from the client to the server
 * @TCP_KUNIT_S2C: from the server to the client
 */
enum tcp_kunit_dir {
	TCP_KUNIT_ANY,
	TCP_KUNIT_C2S,
	TCP_KUNIT_S2C,
};

/* Flags of a segment. */
#define TCP_KUNIT_FIN 0x01
#define TCP_KUNIT_SYN 0x02
#define TCP_KUNIT_RST 0x04
#define TCP_KUNIT_PSH 0x08
#define TCP_KUNIT_ACK 0x10

/**
 * struct tcp_kunit_end - one end of a connection
 * @sock: the socket, or NULL before there is one and once it is closed
 * @sk: the same for good: valid to the end of the case, an orphan's too
 * @port: its port, host order
 * @isn: its initial sequence number, once its SYN was seen
 */
struct tcp_kunit_end {
	struct socket *sock;
	struct sock *sk;
	u16 port;
	u32 isn;
};

/**
 * struct tcp_kunit_pair - a connection, both ends of which are here
 * @family: what it speaks
 * @listener: what the server was accepted from
 * @client: the end that connects
 * @server: the end that is accepted
 * @sk: the socket that tcp_kunit_reach() has taken to the state asked for
 */
struct tcp_kunit_pair {
	enum tcp_kunit_family family;
	struct tcp_kunit_end listener;
	struct tcp_kunit_end client;
	struct tcp_kunit_end server;
	struct sock *sk;
	/* private: */
	struct list_head node;
	s64 watched_ns;
	unsigned int watched_from;
};

/**
 * struct tcp_kunit_segment - a segment that arrived at lo, or would have
 * @at_ns: when, since the fixture was made: tcp_kunit_now_ns()
 * @sport: source port, host order
 * @dport: destination port
 * @dir: which way it goes
 * @flags: TCP_KUNIT_SYN and so on
 * @seq: sequence number, absolute
 * @ack: acknowledgment number, absolute
 * @window: window as in the header, not scaled
 * @len: bytes of payload
 * @fate: what became of it: "", "lost", "delayed", "duplicated", "injected"
 */
struct tcp_kunit_segment {
	s64 at_ns;
	u16 sport;
	u16 dport;
	enum tcp_kunit_dir dir;
	u8 flags;
	u32 seq;
	u32 ack;
	u16 window;
	unsigned int len;
	const char *fate;
};

/* --- the fixture --- */

int tcp_kunit_suite_init(struct kunit_suite *suite);
int tcp_kunit_init(struct kunit *test);
struct net *tcp_kunit_net(struct kunit *test);
void tcp_kunit_sysctl_save(struct kunit *test, void *field, size_t size);

/**
 * TCP_KUNIT_SYSCTL() - set a limit of the case's namespace, for this case
 * @test: the case
 * @name: its name, such as tcp_retries2
 * @value: its value, in the unit the kernel keeps it in (jiffies, mostly, for
 *         times: see struct netns_ipv4)
 */
#define TCP_KUNIT_SYSCTL(test, name, value) do {			\
	struct kunit *__test = (test);					\
	struct netns_ipv4 *__ipv4 = &tcp_kunit_net(__test)->ipv4;	\
									\
	tcp_kunit_sysctl_save(__test, (void *)&__ipv4->sysctl_##name,	\
			      sizeof(__ipv4->sysctl_##name));		\
	WRITE_ONCE(__ipv4->sysctl_##name, value);			\
} while (0)

void tcp_kunit_no_linear_syns(struct kunit *test);

/**
 * TCP_KUNIT_IMPORT() - what a suite that is a module says beside MODULE_LICENSE()
 *
 * The kit's functions are exported as EXPORT_SYMBOL_IF_KUNIT() does it.
 */
#define TCP_KUNIT_IMPORT() \
	MODULE_INFO(import_ns, "EXPORTED_FOR_KUNIT_TESTING")

/* --- connections --- */

struct tcp_kunit_pair *tcp_kunit_listen(struct kunit *test,
					enum tcp_kunit_family family);
void tcp_kunit_open(struct kunit *test, struct tcp_kunit_pair *pair);
void tcp_kunit_connect(struct kunit *test, struct tcp_kunit_pair *pair);
void tcp_kunit_accept(struct kunit *test, struct tcp_kunit_pair *pair);
struct tcp_kunit_pair *tcp_kunit_pair(struct kunit *test,
				      enum tcp_kunit_family family);
struct tcp_kunit_pair *tcp_kunit_half_open(struct kunit *test,
					   enum tcp_kunit_family family);
struct tcp_kunit_pair *tcp_kunit_reach(struct kunit *test,
				       enum tcp_kunit_family family, int state);

int tcp_kunit_send(struct kunit *test, struct tcp_kunit_end *end, size_t size);
int tcp_kunit_receive(struct kunit *test, struct tcp_kunit_end *end,
		      size_t size);
void tcp_kunit_shutdown(struct kunit *test, struct tcp_kunit_end *end);
void tcp_kunit_close(struct kunit *test, struct tcp_kunit_end *end);
void tcp_kunit_abort(struct kunit *test, struct tcp_kunit_end *end);
void tcp_kunit_setsockopt(struct kunit *test, struct tcp_kunit_end *end,
			  int level, int option, int value);
struct sock *tcp_kunit_find(struct kunit *test, u16 local_port, u16 peer_port);
int tcp_kunit_address(enum tcp_kunit_family family, u16 port,
		      struct sockaddr_storage *to);
const char *tcp_kunit_state_name(int state);
int tcp_kunit_state_by_name(const char *name);

/* --- segments --- */

/**
 * enum tcp_kunit_act - what a filter does to a segment
 * @TCP_KUNIT_ACT_LOSE: it never arrives
 * @TCP_KUNIT_ACT_DELAY: it arrives later
 * @TCP_KUNIT_ACT_DUPLICATE: it arrives, and once more later
 * @TCP_KUNIT_ACT_REORDER: it arrives after the next one of its direction
 */
enum tcp_kunit_act {
	TCP_KUNIT_ACT_LOSE,
	TCP_KUNIT_ACT_DELAY,
	TCP_KUNIT_ACT_DUPLICATE,
	TCP_KUNIT_ACT_REORDER,
};

/**
 * struct tcp_kunit_filter - which segments, and what happens to them
 * @act: what happens to them
 * @pair: those of this connection alone, or NULL
 * @dir: those that go this way
 * @flags: those that have all of these flags
 * @without: and none of these
 * @min_len: with so many bytes of payload at least
 * @max_len: and at most, if not 0
 * @skip: so many that match pass first: 1 for the second SYN
 * @count: after so many the filter has done its work; 0: never
 * @after_ms: so many milliseconds from now it begins
 * @delay_ms: how late, for DELAY and DUPLICATE
 * @match: if set, asked last; under a spin lock, in softirq context
 * @data: for @match
 *
 * Of several filters that match, the one added first acts.
 */
struct tcp_kunit_filter {
	enum tcp_kunit_act act;
	const struct tcp_kunit_pair *pair;
	enum tcp_kunit_dir dir;
	u8 flags;
	u8 without;
	unsigned int min_len;
	unsigned int max_len;
	unsigned int skip;
	unsigned int count;
	unsigned int after_ms;
	unsigned int delay_ms;
	bool (*match)(const struct tcp_kunit_segment *segment, void *data);
	void *data;
	/* private: */
	struct list_head node;
	s64 from_ns;
	unsigned int seen;
	unsigned int hits;
};

struct tcp_kunit_filter *
tcp_kunit_filter_add(struct kunit *test, const struct tcp_kunit_filter *filter);
void tcp_kunit_filter_del(struct kunit *test, struct tcp_kunit_filter *filter);
unsigned int tcp_kunit_filter_hits(struct kunit *test,
				   const struct tcp_kunit_filter *filter);
void tcp_kunit_heal(struct kunit *test);

/**
 * TCP_KUNIT_LOSE() - lose segments from now on
 * @test: the case
 * @...: members of struct tcp_kunit_filter: ``.flags = TCP_KUNIT_SYN, .count = 1``
 *
 * TCP_KUNIT_DELAY(), TCP_KUNIT_DUPLICATE() and TCP_KUNIT_REORDER() likewise.
 *
 * Return: the filter, for tcp_kunit_filter_del() and tcp_kunit_filter_hits().
 */
#define TCP_KUNIT_LOSE(test, ...) \
	TCP_KUNIT_FILTER(test, TCP_KUNIT_ACT_LOSE, ##__VA_ARGS__)
#define TCP_KUNIT_DELAY(test, ...) \
	TCP_KUNIT_FILTER(test, TCP_KUNIT_ACT_DELAY, ##__VA_ARGS__)
#define TCP_KUNIT_DUPLICATE(test, ...) \
	TCP_KUNIT_FILTER(test, TCP_KUNIT_ACT_DUPLICATE, ##__VA_ARGS__)
#define TCP_KUNIT_REORDER(test, ...) \
	TCP_KUNIT_FILTER(test, TCP_KUNIT_ACT_REORDER, ##__VA_ARGS__)

/* private: */
#define TCP_KUNIT_FILTER(test, action, ...)				\
	tcp_kunit_filter_add(test, &(const struct tcp_kunit_filter){	\
		.act = (action), ##__VA_ARGS__ })

/* public: */
/**
 * struct tcp_kunit_forged - a segment made by hand
 * @to_client: it goes to the client; else to the server
 * @flags: TCP_KUNIT_SYN and so on; a segment with an acknowledgment needs
 *         TCP_KUNIT_ACK
 * @seq: sequence number, counted from what the receiver expects next
 * @ack: acknowledgment number, counted from what the receiver will send next
 * @len: bytes of payload, 0 to 1000
 * @window: as in the header; 0 means 65535
 */
struct tcp_kunit_forged {
	bool to_client;
	u8 flags;
	s32 seq;
	s32 ack;
	unsigned int len;
	u16 window;
};

void tcp_kunit_inject(struct kunit *test, struct tcp_kunit_pair *pair,
		      const struct tcp_kunit_forged *forged);
void tcp_kunit_watch(struct kunit *test, struct tcp_kunit_pair *pair);
unsigned int tcp_kunit_segments(struct kunit *test, struct tcp_kunit_pair *pair,
				struct tcp_kunit_segment *to, unsigned int max);

/* --- time --- */

bool tcp_kunit_time_travels(void);
void tcp_kunit_needs(struct kunit *test, unsigned int ms);
void tcp_kunit_advance(struct kunit *test, unsigned int ms);
s64 tcp_kunit_now_ms(struct kunit *test);
s64 tcp_kunit_now_ns(struct kunit *test);

#include "tcp_kunit_expect.h"

#endif /* TCP_KUNIT_H */
