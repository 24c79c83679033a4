// SPDX-License-Identifier: GPL-2.0
/* The predicates of ports and addresses: [FAMILY:][ADDRESS][:PORT]. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "filter/tree.h"
#include "lib/parse.h"
#include "lib/resolve.h"

/* Takes "inet:" or "inet6:" off the front. */
static unsigned int family_take(const char **value)
{
	static const struct {
		const char *name;
		unsigned int family;
	} families[] = { { "inet:", AF_INET }, { "inet6:", AF_INET6 } };

	for (int i = 0; i < 2; i++) {
		size_t len = strlen(families[i].name);

		if (strncasecmp(*value, families[i].name, len))
			continue;
		*value += len;
		return families[i].family;
	}
	return AF_UNSPEC;
}

/* A number or a service; "*" and nothing are any port, -1. */
static bool port_read(const char *value, int *port)
{
	uint64_t number;

	*port = -1;
	if (!*value || !strcmp(value, "*"))
		return true;
	if (parse_number(value, &number))
		*port = number > UINT16_MAX ? -1 : (int)number;
	else
		*port = service_port(value);
	return *port >= 0;
}

bool port_parse(struct node *node, const char *value)
{
	int port;

	family_take(&value);
	if (*value == ':')
		value++;
	if (!port_read(value, &port) || port < 0)
		return false;
	node->number = port;
	return true;
}

/*
 * Where the address ends and ":PORT" begins. An IPv6 address without brackets
 * has no port, unless its prefix length is in between.
 */
static const char *address_end(const char *value)
{
	const char *slash = strchr(value, '/'), *first = strchr(value, ':');

	if (*value == '[') {
		value += strcspn(value, "]");
		return value + strcspn(value, ":");
	}
	if (first && strchr(first + 1, ':'))
		first = slash ? strchr(slash, ':') : NULL;
	return first ? first : value + strlen(value);
}

/* The address, its brackets and the prefix length in or after them. */
static bool host_prefix(struct prefix *prefix, const char *value, size_t len)
{
	const char *close = memchr(value, ']', len);
	char plain[64];

	if (!len || (len == 1 && *value == '*')) {
		*prefix = (struct prefix){ .family = AF_UNSPEC };
		return true;
	}
	if (*value != '[')
		return prefix_parse(prefix, value, len);
	if (!close || len >= sizeof(plain))
		return false;
	len = snprintf(plain, sizeof(plain), "%.*s%.*s",
		       (int)(close - value - 1), value + 1,
		       (int)(value + len - close - 1), close + 1);
	return prefix_parse(prefix, plain, len) && prefix->family == AF_INET6;
}

bool host_parse(struct node *node, const char *value)
{
	const char *end;

	node->number = family_take(&value);
	end = address_end(value);
	if (!host_prefix(&node->prefix, value, end - value))
		return false;
	return port_read(*end == ':' ? end + 1 : end, &node->port);
}

static enum filter_answer host_test(const struct node *node,
			      const struct tcpscope_row *row,
			      const uint8_t *address, uint16_t port)
{
	unsigned int family = row->conn.family;

	if (node->port >= 0 && node->port != port)
		return FILTER_NO;
	if (node->number && node->number != family)
		return FILTER_NO;
	if (node->prefix.family &&
	    !prefix_holds(&node->prefix, family, address))
		return FILTER_NO;
	return FILTER_YES;
}

enum filter_answer src_test(const struct node *node, const struct tcpscope_row *row)
{
	return host_test(node, row, row->conn.local_addr, row->conn.local_port);
}

enum filter_answer dst_test(const struct node *node, const struct tcpscope_row *row)
{
	return host_test(node, row, row->conn.peer_addr, row->conn.peer_port);
}

enum filter_answer sport_test(const struct node *node, const struct tcpscope_row *row)
{
	return compare(node, row->conn.local_port, node->number);
}

enum filter_answer dport_test(const struct node *node, const struct tcpscope_row *row)
{
	return compare(node, row->conn.peer_port, node->number);
}
