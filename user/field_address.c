// SPDX-License-Identifier: GPL-2.0
/* Addresses, alone and with their port. */
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "field_type.h"
#include "resolve.h"

static bool address_known(const struct tcpscope_row *row)
{
	return row->conn.family == AF_INET || row->conn.family == AF_INET6;
}

/* Bare, without brackets; an IPv4-mapped one as the IPv4 address it carries. */
static void address_text(struct text *text, const struct tcpscope_row *row,
			 const uint8_t *address)
{
	const uint8_t *ipv4 = address_ipv4(row->conn.family, address);

	if (ipv4)
		text_ipv4(text, ipv4);
	else
		text_ipv6(text, address);
}

static const uint8_t *address_member(const struct field *field,
				     const struct tcpscope_row *row)
{
	return (const uint8_t *)row + field->offset;
}

static void addr_text(const struct field *field, const struct tcpscope_row *row,
		      struct text *text, bool names)
{
	if (field_known(field, row) && address_known(row))
		address_text(text, row, address_member(field, row));
	else
		text_char(text, '-');
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

/* Lists have the same address in row after row: the last one is kept as text. */
struct memo {
	unsigned int family;
	uint8_t address[16];
	size_t len; /* 0: none yet */
	char text[56];
};

/* With the colon, and the brackets that IPv6 needs before it. */
static void memo_fill(struct memo *memo, const struct tcpscope_row *row,
		      const uint8_t *address)
{
	static struct text text; /* kept for the next */
	bool bracket = !address_ipv4(row->conn.family, address);

	text.len = 0;
	text_string(&text, bracket ? "[" : "");
	address_text(&text, row, address);
	text_string(&text, bracket ? "]:" : ":");
	memo->family = row->conn.family;
	memcpy(memo->address, address, sizeof(memo->address));
	memo->len = text.len;
	memcpy(memo->text, text.data, text.len);
}

static void endpoint_text(struct text *text, const struct tcpscope_row *row,
			  struct memo *memo, const uint8_t *address,
			  uint16_t port, bool names)
{
	const char *service = names ? service_name(port) : NULL;

	if (!address_known(row)) {
		text_char(text, '-');
		return;
	}
	if (!memo->len || memo->family != row->conn.family ||
	    memcmp(memo->address, address, sizeof(memo->address)))
		memo_fill(memo, row, address);
	text_bytes(text, memo->text, memo->len);
	if (!port)
		text_char(text, '*');
	else if (service)
		text_printable(text, service, strlen(service));
	else
		text_u64(text, port);
}

static void local_text(const struct field *field,
		       const struct tcpscope_row *row, struct text *text,
		       bool names)
{
	static struct memo memo;

	endpoint_text(text, row, &memo, row->conn.local_addr,
		      row->conn.local_port, names);
}

static void peer_text(const struct field *field, const struct tcpscope_row *row,
		      struct text *text, bool names)
{
	static struct memo memo;

	endpoint_text(text, row, &memo, row->conn.peer_addr,
		      row->conn.peer_port, names);
}

const struct field_type field_ADDR = { .text = addr_text, .json = addr_json };
const struct field_type field_LOCAL = { .text = local_text };
const struct field_type field_PEER = { .text = peer_text };
