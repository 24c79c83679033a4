// SPDX-License-Identifier: GPL-2.0
/*
 * Segments made by hand.
 */
#include <linux/module.h>
#include <linux/skbuff.h>
#include <net/inet_timewait_sock.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "internal.h"

#define HEADROOM (MAX_HEADER + sizeof(struct ipv6hdr) + sizeof(struct tcphdr))
#define PAYLOAD_MAX 1000

/* The next sequence numbers of a receiver: of what it gets, of what it sends. */
static void expects(struct sock *sk, u32 *rcv_nxt, u32 *snd_nxt)
{
	*rcv_nxt = 0;
	*snd_nxt = 0;
	if (sk->sk_state == TCP_TIME_WAIT) {
		const struct tcp_timewait_sock *tw = tcp_twsk(sk);

		*rcv_nxt = tw->tw_rcv_nxt;
		*snd_nxt = tw->tw_snd_nxt;
	} else if (sk->sk_state == TCP_NEW_SYN_RECV) {
		const struct tcp_request_sock *req = tcp_rsk(inet_reqsk(sk));

		*rcv_nxt = req->rcv_nxt;
		*snd_nxt = req->snt_isn + 1;
	} else if (sk->sk_state != TCP_LISTEN) {
		*rcv_nxt = tcp_sk(sk)->rcv_nxt;
		*snd_nxt = tcp_sk(sk)->snd_nxt;
	}
}

static void fill(struct sk_buff *skb, const struct tcp_kunit_forged *forged,
		 u16 sport, u16 dport, struct sock *receiver)
{
	struct tcphdr *th = skb_push(skb, sizeof(*th));
	u32 rcv_nxt, snd_nxt;

	expects(receiver, &rcv_nxt, &snd_nxt);
	memset(th, 0, sizeof(*th));
	th->source = htons(sport);
	th->dest = htons(dport);
	th->seq = htonl(rcv_nxt + forged->seq);
	th->doff = sizeof(*th) / 4;
	th->fin = !!(forged->flags & TCP_KUNIT_FIN);
	th->syn = !!(forged->flags & TCP_KUNIT_SYN);
	th->rst = !!(forged->flags & TCP_KUNIT_RST);
	th->psh = !!(forged->flags & TCP_KUNIT_PSH);
	th->ack = !!(forged->flags & TCP_KUNIT_ACK);
	if (th->ack)
		th->ack_seq = htonl(snd_nxt + forged->ack);
	th->window = htons(forged->window ?: 0xffff);
	skb_reset_transport_header(skb);
	/* What comes over lo has its checksum taken for right. */
	skb->ip_summed = CHECKSUM_UNNECESSARY;
}

static int send4(struct net *net, struct sk_buff *skb)
{
	struct flowi4 flow = {
		.daddr = htonl(INADDR_LOOPBACK),
		.saddr = htonl(INADDR_LOOPBACK),
		.flowi4_proto = IPPROTO_TCP,
	};
	struct rtable *rt = ip_route_output_key(net, &flow);
	struct iphdr *ip;

	if (IS_ERR(rt)) {
		kfree_skb(skb);
		return PTR_ERR(rt);
	}
	skb_dst_set(skb, &rt->dst);
	ip = skb_push(skb, sizeof(*ip));
	*ip = (struct iphdr){
		.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP,
		.saddr = flow.saddr, .daddr = flow.daddr,
	};
	skb_reset_network_header(skb);
	skb->protocol = htons(ETH_P_IP);
	return ip_local_out(net, NULL, skb);
}

#if IS_ENABLED(CONFIG_IPV6)
static int send6(struct net *net, struct sk_buff *skb)
{
	struct flowi6 flow = {
		.daddr = IN6ADDR_LOOPBACK_INIT,
		.saddr = IN6ADDR_LOOPBACK_INIT,
		.flowi6_proto = IPPROTO_TCP,
	};
	struct dst_entry *dst = ip6_route_output(net, NULL, &flow);
	struct ipv6hdr *ip;
	int len = skb->len;

	if (dst->error) {
		dst_release(dst);
		kfree_skb(skb);
		return -ENETUNREACH;
	}
	skb_dst_set(skb, dst);
	ip = skb_push(skb, sizeof(*ip));
	*ip = (struct ipv6hdr){
		.version = 6, .payload_len = htons(len),
		.nexthdr = IPPROTO_TCP, .hop_limit = 64,
		.saddr = flow.saddr, .daddr = flow.daddr,
	};
	skb_reset_network_header(skb);
	skb->protocol = htons(ETH_P_IPV6);
	return ip6_local_out(net, NULL, skb);
}
#else
static int send6(struct net *net, struct sk_buff *skb)
{
	kfree_skb(skb);
	return -EAFNOSUPPORT;
}
#endif

/**
 * tcp_kunit_inject() - let an end receive a segment that its peer never sent
 * @test: the case
 * @pair: the connection
 * @forged: the segment: an old duplicate, a RST in the window, a second SYN
 *
 * Numbers are counted from what the receiver's socket, request or minisocket expects.
 * The segment has no options; no filter acts on it.
 */
void tcp_kunit_inject(struct kunit *test, struct tcp_kunit_pair *pair,
		      const struct tcp_kunit_forged *forged)
{
	bool to_client = forged->to_client;
	struct tcp_kunit_end *to = to_client ? &pair->client : &pair->server;
	struct tcp_kunit_end *from = to_client ? &pair->server : &pair->client;
	struct net *net = tcp_kunit_net(test);
	struct sock *receiver = tcp_kunit_find(test, to->port, from->port);
	struct sk_buff *skb;

	if (!receiver)
		receiver = pair->listener.sk;
	KUNIT_ASSERT_NOT_ERR_OR_NULL_MSG(test, receiver, "nobody receives it");
	KUNIT_ASSERT_LE(test, forged->len, (unsigned int)PAYLOAD_MAX);
	skb = alloc_skb(HEADROOM + forged->len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, skb);
	skb_reserve(skb, HEADROOM);
	skb_put_zero(skb, forged->len);
	skb->mark = TCP_KUNIT_MARK;
	fill(skb, forged, from->port, to->port, receiver);
	KUNIT_ASSERT_EQ(test, 0, pair->family == TCP_KUNIT_V6 ?
				 send6(net, skb) : send4(net, skb));
	tcp_kunit_settle();
}
EXPORT_SYMBOL_IF_KUNIT(tcp_kunit_inject);
