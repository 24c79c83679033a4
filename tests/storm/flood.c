// SPDX-License-Identifier: GPL-2.0
/* SYNs from addresses nobody has; and connections that end by RST, as many as there are cycles for. */
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "storm.h"

struct packet {
	struct iphdr ip;
	struct tcphdr tcp;
};

static uint16_t fold(uint32_t sum)
{
	sum = (sum >> 16) + (sum & 0xffff);
	return ~(sum + (sum >> 16));
}

static uint32_t add_up(const void *data, size_t len)
{
	const uint16_t *word = data;
	uint32_t sum = 0;

	for (size_t i = 0; i < len / 2; i++)
		sum += word[i];
	return sum;
}

/* The kernel fills in the sum of the IP header. */
static void make_packet(struct packet *packet, uint32_t from, const struct sockaddr_in *to)
{
	*packet = (struct packet){
		.ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP,
			.tot_len = htons(sizeof(*packet)), .saddr = from, .daddr = to->sin_addr.s_addr },
		.tcp = { .source = htons(1024 + below(60000)), .dest = to->sin_port, .doff = 5,
			 .seq = below(1U << 31), .window = htons(65535), .syn = 1 },
	};
}

static void send_packet(int fd, struct packet *packet, const struct sockaddr_in *to)
{
	uint32_t sum = add_up(&packet->ip.saddr, 8) + htons(IPPROTO_TCP) + htons(sizeof(packet->tcp));

	packet->tcp.check = 0;
	packet->tcp.check = fold(sum + add_up(&packet->tcp, sizeof(packet->tcp)));
	sendto(fd, packet, sizeof(*packet), 0, (const void *)to, sizeof(*to));
}

/* A SYN from 198.18.0.0/15; of one in three its sender thinks better of it at once. */
static void one_syn(int fd, const struct sockaddr_in *to)
{
	struct packet packet;

	make_packet(&packet, htonl(0xc6120000 | below(1 << 17)), to);
	send_packet(fd, &packet, to);
	if (below(3))
		return;
	packet.tcp.seq = htonl(ntohl(packet.tcp.seq) + 1);
	packet.tcp.syn = 0;
	packet.tcp.rst = 1;
	send_packet(fd, &packet, to);
}

int cmd_flood(int argc, char **argv)
{
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW), rate;
	struct sockaddr_storage to;
	int64_t until;

	if (argc < 4)
		return 2;
	if (fd < 0)
		die("raw socket");
	be_named();
	address_of(argv[1], atoi(argv[2]), &to);
	rate = atoi(argv[3]);
	until = now_ms() + atoi(argv[0]) * 1000;
	while (now_ms() < until) {
		for (int i = 0; i < rate / 20; i++)
			one_syn(fd, (void *)&to);
		usleep(50000);
	}
	return 0;
}

static int listen_everywhere(uint16_t port)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes));
	if (fd < 0 || bind(fd, (void *)&any, sizeof(any)) || listen(fd, 16))
		die("listen");
	return fd;
}

enum closing { CLIENT_RST, SERVER_RST, CLIENT_FIN, SERVER_FIN };

static void close_pair(int client, int server, enum closing how)
{
	int first = how == CLIENT_RST || how == CLIENT_FIN ? client : server;

	if (how == CLIENT_RST || how == SERVER_RST)
		close_by_rst(first);
	else
		close(first);
	close(first == client ? server : client);
}

/* A connection of which this process is both ends; they are told whose they are. */
static void one_pair(int listener, const struct sockaddr_in *to, enum closing how, bool told)
{
	int client = socket(AF_INET, SOCK_STREAM, 0), server;

	if (client < 0 || connect(client, (const void *)to, sizeof(*to)))
		die("connect");
	server = accept(listener, NULL, NULL);
	if (server < 0)
		die("accept");
	if (told) {
		truth_note(cookie_of(client), getpid());
		truth_note(cookie_of(server), getpid());
	}
	close_pair(client, server, how);
}

/* Both ends of all this makes are preempted together: what the recorder is kept from seeing, it sees none of. */
int cmd_selves(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int64_t until;
	int listener;

	if (argc < 2)
		return 2;
	be_named();
	truth_open();
	to.sin_port = htons(atoi(argv[1]));
	listener = listen_everywhere(atoi(argv[1]));
	truth_note(cookie_of(listener), getpid());
	until = now_ms() + atoi(argv[0]) * 1000;
	for (int i = 0; now_ms() < until; i++) {
		to.sin_addr.s_addr = htonl(0x7f040000 | (1 + below(4000)));
		one_pair(listener, &to, below(4), i % 8 == 0);
	}
	return 0;
}

/* A RST leaves nothing behind at either end, so that a port can be taken at once again. */
int cmd_resets(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int n = argc > 1 ? atoi(argv[0]) : 0, every = n ? atoi(argv[1]) : 0, listener;
	uint16_t port = argc > 2 ? atoi(argv[2]) : 7900;
	int64_t begin = now_ms();

	if (n <= 0 || every <= 0)
		return 2;
	be_named();
	listener = listen_everywhere(port);
	to.sin_port = htons(port);
	for (int i = 0; i < n; i++) {
		to.sin_addr.s_addr = htonl(0x7f020001 + i / every % 65000);
		one_pair(listener, &to, CLIENT_RST, false);
	}
	printf("%lld\n", n * 1000LL / (now_ms() - begin + 1));
	return 0;
}
