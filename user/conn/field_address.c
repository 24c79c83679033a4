// SPDX-License-Identifier: GPL-2.0
/* Addresses, alone and with their port. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "conn/field_type.h"
#include "lib/ipaddr.h"
#include "lib/resolve.h"

static bool address_known(const struct tcpscope_row *row)
{
	return row->conn.family == AF_INET || row->conn.family == AF_INET6;
}

/* Bare, without brackets; an IPv4-mapped one as the IPv4 address it carries. */
static void address_text(struct strbuf *text, const struct tcpscope_row *row,
			 const uint8_t *address)
{
	const uint8_t *ipv4 = ipaddr_ipv4(row->conn.family, address);

	if (ipv4)
		strbuf_ipv4(text, ipv4);
	else
		strbuf_ipv6(text, address);
}

static const uint8_t *address_member(const struct field *field,
				     const struct tcpscope_row *row)
{
	return (const uint8_t *)row + field->offset;
}

static void addr_text(const struct field *field, const struct tcpscope_row *row,
		      struct strbuf *text, bool names)
{
	if (field_known(field, row) && address_known(row))
		address_text(text, row, address_member(field, row));
	else
		strbuf_char(text, '-');
}

static void addr_json(const struct field *field, const struct tcpscope_row *row,
		      struct json *json)
{
	if (!field_known(field, row) || !address_known(row)) {
		json_null(json, field->key);
		return;
	}
	json_quote(json, field->key);
	address_text(json->to, row, address_member(field, row));
	json_end_quote(json);
}

/* Of an address that is shown, and what is shown beside it. */
static inline struct field_identity identity_of(const struct tcpscope_row *row, const uint8_t *address, uint64_t more)
{
	struct field_identity identity;

	memcpy(identity.word, address, 16);
	identity.word[2] = more << 8 | row->conn.family;
	return identity;
}

static struct field_identity addr_identity(const struct field *field, const struct tcpscope_row *row)
{
	return identity_of(row, address_member(field, row), field_known(field, row));
}

/* An address as text, with the colon and the brackets that IPv6 needs before it: lists have few of them. */
struct memo {
	unsigned int family; /* 0: none yet */
	uint8_t address[16];
	size_t len;
	uint32_t port; /* that stands behind it, and whether by name; NO_PORT: none */
	size_t len_with; /* that */
	char text[PUT_BLOCK];
};

#define NO_PORT UINT32_MAX
#define PORT_LEN 8 /* a longer one, by name, is not kept */
_Static_assert(INET6_ADDRSTRLEN + 3 + PORT_LEN <= PUT_BLOCK, "an address and a port have room");

static void memo_fill(struct memo *memo, unsigned int family, const uint8_t *address)
{
	const uint8_t *ipv4 = ipaddr_ipv4(family, address);
	char string[INET6_ADDRSTRLEN];

	memo->family = family;
	memo->port = NO_PORT;
	memcpy(memo->address, address, sizeof(memo->address));
	if (ipv4)
		memo->len = put_char(put_ipv4(memo->text, ipv4), ':') - memo->text;
	else
		memo->len = sprintf(memo->text, "[%s]:", inet_ntop(AF_INET6, address, string, sizeof(string)));
}

/* What a terminal would obey becomes '?'; no name is that long. */
static char *put_service(char *to, const char *name)
{
	for (size_t i = 0; name[i] && i < 64; i++)
		to = put_char(to, name[i] < ' ' || name[i] > '~' ? '?' : name[i]);
	return to;
}

/* Behind the address; what is there now is kept for the next row, if the port may well be the same. */
static inline __attribute__((always_inline)) char *put_port(char *to, struct memo *memo, uint16_t port, bool names, bool keep)
{
	char *begin = to;

	if (names && services[port])
		to = put_service(to, services[port]);
	else
		to = port ? put_u64(to, port) : put_char(to, '*');
	if (keep && to - begin <= PORT_LEN) {
		memcpy(memo->text + memo->len, begin, PORT_LEN);
		memo->port = port | names << 16;
		memo->len_with = memo->len + (to - begin);
	}
	return to;
}

/* An address not seen for a while, or the first of all. */
static __attribute__((noinline)) char *put_new_endpoint(char *to, struct memo *memo, const struct tcpscope_row *row,
							 const uint8_t *address, uint16_t port, bool names)
{
	if (!address_known(row))
		return put_char(to, '-');
	if (names && !services)
		services_load();
	memo_fill(memo, row->conn.family, address);
	return put_port(put_blocks(to, memo->text, memo->len), memo, port, names, false);
}

/* Hardly anything is called here, so little has to be saved. */
static inline __attribute__((always_inline)) char *put_endpoint(char *to, struct memo memos[256], const struct tcpscope_row *row,
								 const uint8_t *address, uint16_t port, bool names, bool keep)
{
	struct memo *memo;
	uint32_t words[4];

	memcpy(words, address, sizeof(words));
	memo = &memos[(words[0] ^ words[2] ^ words[3]) * 0x9e3779b1u >> 24];
	if (memo->family != row->conn.family || memcmp(memo->address, address, sizeof(memo->address)) ||
	    (names && !services))
		return put_new_endpoint(to, memo, row, address, port, names);
	memcpy(to, memo->text, PUT_BLOCK);
	if (keep && memo->port == (port | (uint32_t)names << 16))
		return to + memo->len_with;
	return put_port(to + memo->len, memo, port, names, keep);
}

static char *put_local(const struct field *field, const struct tcpscope_row *row, char *to, bool names)
{
	static struct memo memos[256];

	return put_endpoint(to, memos, row, row->conn.local_addr, row->conn.local_port, names, false);
}

static char *put_peer(const struct field *field, const struct tcpscope_row *row, char *to, bool names)
{
	static struct memo memos[256];

	return put_endpoint(to, memos, row, row->conn.peer_addr, row->conn.peer_port, names, true);
}

const struct field_type field_ADDR = { .text = addr_text, .json = addr_json, .identity = addr_identity };
const struct field_type field_LOCAL = { .put = put_local };
const struct field_type field_PEER = { .put = put_peer };
