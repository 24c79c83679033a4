// SPDX-License-Identifier: GPL-2.0
/*
 * Sends one TCP segment that no connection of this host would send:
 *
 *	segment 10.0.0.2:80 10.0.0.1:4711 R 12345 0
 *
 * from, to, flags (any of F S R P A), sequence and acknowledgment number, and if
 * wanted how many bytes of data, all zero. IPv4, through a raw socket; the kernel
 * makes the IP header.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the checksum covers before the segment itself (RFC 9293, 3.1). */
struct pseudo_header {
	in_addr_t from, to;
	uint8_t zero, protocol;
	uint16_t length;
};

static struct sockaddr_in parse(const char *word)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	const char *colon = strchr(word, ':');
	char host[32];

	if (!colon || colon - word >= (long)sizeof(host)) {
		fprintf(stderr, "segment: '%s' is no address:port\n", word);
		exit(2);
	}
	snprintf(host, sizeof(host), "%.*s", (int)(colon - word), word);
	if (inet_pton(AF_INET, host, &addr.sin_addr) != 1) {
		fprintf(stderr, "segment: '%s' is no IPv4 address\n", host);
		exit(2);
	}
	addr.sin_port = htons(atoi(colon + 1));
	return addr;
}

static uint32_t add(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *byte = data;

	for (size_t i = 0; i < len; i += 2)
		sum += byte[i] << 8 | byte[i + 1];
	return sum;
}

static uint16_t checksum(const struct sockaddr_in *from, const struct sockaddr_in *to,
			 const struct tcphdr *tcp, size_t size)
{
	struct pseudo_header pseudo = { from->sin_addr.s_addr, to->sin_addr.s_addr, 0, IPPROTO_TCP,
					htons(size) };
	uint32_t sum = add(add(0, &pseudo, sizeof(pseudo)), tcp, sizeof(*tcp));

	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

int main(int argc, char **argv)
{
	struct sockaddr_in from, to;
	struct {
		struct tcphdr tcp;
		char data[1400];
	} segment = { .tcp.doff = 5 };
	struct tcphdr *tcp = &segment.tcp;
	size_t size = sizeof(*tcp) + (argc > 6 ? strtoul(argv[6], NULL, 10) : 0);
	int fd;

	if (argc < 6 || argc > 7 || size > sizeof(segment)) {
		fprintf(stderr, "usage: segment FROM TO FLAGS SEQ ACK [BYTES]\n");
		return 2;
	}
	from = parse(argv[1]);
	to = parse(argv[2]);
	tcp->source = from.sin_port;
	tcp->dest = to.sin_port;
	tcp->seq = htonl(strtoul(argv[4], NULL, 10));
	tcp->ack_seq = htonl(strtoul(argv[5], NULL, 10));
	tcp->fin = !!strchr(argv[3], 'F');
	tcp->syn = !!strchr(argv[3], 'S');
	tcp->rst = !!strchr(argv[3], 'R');
	tcp->psh = !!strchr(argv[3], 'P');
	tcp->ack = !!strchr(argv[3], 'A');
	tcp->check = checksum(&from, &to, tcp, size);
	fd = socket(AF_INET, SOCK_RAW, IPPROTO_TCP);
	if (fd < 0 || bind(fd, (void *)&from, sizeof(from)) ||
	    sendto(fd, &segment, size, 0, (void *)&to, sizeof(to)) != (ssize_t)size) {
		perror("segment");
		return 1;
	}
	return close(fd) != 0;
}
