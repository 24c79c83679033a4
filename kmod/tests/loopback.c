// SPDX-License-Identifier: GPL-2.0
/*
 * Real TCP connections over lo, made in the kernel, for the KUnit suites.
 *
 * The sockets are made as a process's are (not with sock_create_kern): TCP
 * stops the timers of the kernel's own sockets when they are closed, and
 * orphans are what tcpscope is about.
 */
#include <linux/delay.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/ktime.h>
#include <linux/netdevice.h>
#include <linux/netfilter_ipv4.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/user_namespace.h>
#include <net/inet_sock.h>
#include <net/net_namespace.h>
#include <net/tcp.h>

#include "loopback.h"

const struct loopback_family loopback_families[LOOPBACK_FAMILIES] = {
	{ "v4", AF_INET, false, IPPROTO_TCP },
	{ "v6", AF_INET6, false, IPPROTO_TCP },
	{ "v4mapped", AF_INET6, true, IPPROTO_TCP },
};

const struct loopback_family loopback_mptcp = {
	"mptcp", AF_INET, false, IPPROTO_MPTCP
};

/* --- losing segments --- */

bool loopback_lose_all(const struct loopback *lb, const struct tcphdr *th,
		       unsigned int payload)
{
	return true;
}

bool loopback_lose_synack(const struct loopback *lb, const struct tcphdr *th,
			  unsigned int payload)
{
	return th->syn && th->ack;
}

bool loopback_lose_data(const struct loopback *lb, const struct tcphdr *th,
			unsigned int payload)
{
	return payload > 0;
}

bool loopback_lose_fin(const struct loopback *lb, const struct tcphdr *th,
		       unsigned int payload)
{
	return th->fin;
}

bool loopback_lose_client_fin(const struct loopback *lb,
			      const struct tcphdr *th, unsigned int payload)
{
	return th->fin && ntohs(th->dest) == lb->port;
}

bool loopback_lose_to_client(const struct loopback *lb,
			     const struct tcphdr *th, unsigned int payload)
{
	return ntohs(th->source) == lb->port;
}

bool loopback_lose_to_server(const struct loopback *lb,
			     const struct tcphdr *th, unsigned int payload)
{
	return ntohs(th->dest) == lb->port;
}

bool loopback_lose_same(const struct loopback *lb, const struct tcphdr *th,
			unsigned int payload)
{
	return payload > 0 && ntohl(th->seq) == lb->lost_seq;
}

/* Not what IPv6 tells its neighbours. */
static bool is_tcp(const struct sk_buff *skb)
{
	return skb->protocol == htons(ETH_P_IP) ?
	       ip_hdr(skb)->protocol == IPPROTO_TCP :
	       ipv6_hdr(skb)->nexthdr == IPPROTO_TCP;
}

/* Drops at LOCAL_IN, so that to the sender it is a loss and not an error. */
static unsigned int lose(void *priv, struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	struct loopback *lb = priv;
	loopback_loser *loser = READ_ONCE(lb->loser);
	int at = skb_transport_offset(skb);
	struct tcphdr buffer, *th;

	if (!is_tcp(skb))
		return NF_ACCEPT;
	th = skb_header_pointer(skb, at, sizeof(buffer), &buffer);
	if (th && !th->rst && !lb->segments++)
		lb->first_ns = ktime_get_ns();
	if (!loser || !th || !loser(lb, th, skb->len - at - th->doff * 4))
		return NF_ACCEPT;
	lb->lost++;
	lb->lost_seq = ntohl(th->seq);
	lb->lost_ack = ntohl(th->ack_seq);
	return NF_DROP;
}

/* --- the namespace --- */

struct net *loopback_new_net(struct kunit *test)
{
	struct net *net = copy_net_ns(CLONE_NEWNET, &init_user_ns, &init_net);
	int err;

	KUNIT_ASSERT_FALSE(test, IS_ERR(net));
	rtnl_lock();
	err = dev_open(net->loopback_dev, NULL);
	rtnl_unlock();
	KUNIT_ASSERT_EQ(test, err, 0);
	return net;
}

int loopback_init(struct kunit *test)
{
	struct loopback *lb = kunit_kzalloc(test, sizeof(*lb), GFP_KERNEL);

	if (!lb)
		return -ENOMEM;
	lb->home = loopback_new_net(test);
	lb->net = lb->home;
	lb->hook = (struct nf_hook_ops){
		.hook = lose,
		.priv = lb,
		.pf = NFPROTO_INET,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_FIRST,
	};
	test->priv = lb;
	return nf_register_net_hook(lb->home, &lb->hook);
}

void loopback_close_all(struct kunit *test)
{
	struct loopback *lb = test->priv;

	loopback_close(&lb->client);
	loopback_close(&lb->server);
	loopback_close(&lb->listener);
	while (lb->n_kept)
		loopback_close(&lb->kept[--lb->n_kept]);
	if (lb->found)
		sock_gen_put(lb->found);
	lb->found = NULL;
}

void loopback_exit(struct kunit *test)
{
	struct loopback *lb = test->priv;

	if (!lb)
		return;
	loopback_close_all(test);
	nf_unregister_net_hook(lb->home, &lb->hook);
	if (lb->net != lb->home)
		put_net(lb->net);
	put_net(lb->home);
	/* Whatever goes wrong when sockets go, goes wrong here. */
	msleep(MSEC_PER_SEC);
}

/* --- sockets --- */

/* Fills the address of lo as the family writes it; returns its size. */
static int address(const struct loopback_family *family, u16 port,
		   struct sockaddr_storage *to)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)to;
	struct sockaddr_in *four = (struct sockaddr_in *)to;

	memset(to, 0, sizeof(*to));
	to->ss_family = family->family;
	if (family->family == AF_INET) {
		four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		four->sin_port = htons(port);
		return sizeof(*four);
	}
	six->sin6_port = htons(port);
	if (family->mapped)
		ipv6_addr_set_v4mapped(htonl(INADDR_LOOPBACK), &six->sin6_addr);
	else
		six->sin6_addr = in6addr_loopback;
	return sizeof(*six);
}

static struct socket *new_socket(struct kunit *test)
{
	struct loopback *lb = test->priv;
	struct socket *sock;

	KUNIT_ASSERT_EQ(test, 0, __sock_create(lb->net, lb->family->family,
					       SOCK_STREAM,
					       lb->family->protocol, &sock, 0));
	return sock;
}

static struct socket *listen_on(struct kunit *test, u16 port)
{
	struct loopback *lb = test->priv;
	struct socket *sock = new_socket(test);
	struct sockaddr_storage to;
	int size = address(lb->family, port, &to), err;

	sock->sk->sk_reuseport = 1;
	err = kernel_bind(sock, (void *)&to, size) ?:
	      kernel_listen(sock, LOOPBACK_BACKLOG);
	if (err) {
		sock_release(sock);
		KUNIT_ASSERT_EQ(test, err, 0);
	}
	return sock;
}

void loopback_listen(struct kunit *test, const struct loopback_family *family)
{
	struct loopback *lb = test->priv;

	loopback_close(&lb->listener);
	lb->family = family;
	lb->listener = listen_on(test, 0);
	lb->port = inet_sk(lb->listener->sk)->inet_num;
}

struct socket *loopback_listen_too(struct kunit *test)
{
	struct loopback *lb = test->priv;

	return listen_on(test, lb->port);
}

struct socket *loopback_another(struct kunit *test)
{
	struct loopback *lb = test->priv;
	struct socket *sock = new_socket(test);
	struct sockaddr_storage to;
	int size = address(lb->family, lb->port, &to), err;

	err = kernel_connect(sock, (void *)&to, size, O_NONBLOCK);
	if (err != -EINPROGRESS) {
		sock_release(sock);
		KUNIT_ASSERT_EQ(test, err, -EINPROGRESS);
	}
	return sock;
}

void loopback_connect(struct kunit *test)
{
	struct loopback *lb = test->priv;

	loopback_close(&lb->client);
	lb->client = loopback_another(test);
	lb->client_port = inet_sk(lb->client->sk)->inet_num;
}

struct socket *loopback_accept(struct kunit *test)
{
	struct loopback *lb = test->priv;
	struct socket *sock;

	KUNIT_ASSERT_EQ(test, 0, kernel_accept(lb->listener, &sock,
					       O_NONBLOCK));
	return sock;
}

void loopback_keep(struct kunit *test, struct socket *sock)
{
	struct loopback *lb = test->priv;

	KUNIT_ASSERT_LT(test, lb->n_kept, LOOPBACK_KEPT);
	lb->kept[lb->n_kept++] = sock;
}

void loopback_establish(struct kunit *test,
			const struct loopback_family *family)
{
	struct loopback *lb = test->priv;

	loopback_listen(test, family);
	loopback_connect(test);
	loopback_close(&lb->server);
	lb->server = loopback_accept(test);
}

int loopback_send(struct kunit *test, struct socket *sock, size_t size)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	struct kvec vec = { .iov_len = size };

	vec.iov_base = kunit_kzalloc(test, size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, vec.iov_base);
	return kernel_sendmsg(sock, &msg, &vec, 1, size);
}

int loopback_receive(struct kunit *test, struct socket *sock, size_t size)
{
	struct msghdr msg = {};
	struct kvec vec = { .iov_len = size };

	vec.iov_base = kunit_kzalloc(test, size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, vec.iov_base);
	return kernel_recvmsg(sock, &msg, &vec, 1, size, MSG_DONTWAIT);
}

void loopback_shutdown(struct kunit *test, struct socket *sock)
{
	KUNIT_ASSERT_EQ(test, 0, kernel_sock_shutdown(sock, SHUT_WR));
}

void loopback_close(struct socket **sock)
{
	if (*sock)
		sock_release(*sock);
	*sock = NULL;
}

void loopback_set(struct kunit *test, struct socket *sock, int option,
		  int value)
{
	KUNIT_ASSERT_EQ(test, 0,
			sock->ops->setsockopt(sock, SOL_TCP, option,
					      KERNEL_SOCKPTR(&value),
					      sizeof(value)));
}

void loopback_watch(struct kunit *test)
{
	struct loopback *lb = test->priv;

	lb->segments = 0;
}
