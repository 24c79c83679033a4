// SPDX-License-Identifier: GPL-2.0
#include "conn/group_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/strbuf.h"

const char *group_address(const struct group_key *key, const uint8_t addr[16], int port,
			     char to[static 64])
{
	struct strbuf text = {};
	bool v6 = key->family == AF_INET6;

	if (v6 && port >= 0)
		strbuf_char(&text, '[');
	if (v6)
		strbuf_ipv6(&text, addr);
	else
		strbuf_ipv4(&text, addr);
	if (v6 && port >= 0)
		strbuf_char(&text, ']');
	if (port >= 0) {
		strbuf_char(&text, ':');
		strbuf_u64(&text, port);
	}
	snprintf(to, 64, "%.*s", (int)text.len, text.data);
	strbuf_free(&text);
	return to;
}

const char *group_owner(const struct group *group, char to[static 48])
{
	const struct tcpscope_owner *owner = &group->key.owner;
	struct strbuf text = {};

	if (!*owner->comm)
		return strcpy(to, "-");
	strbuf_printable(&text, owner->comm, sizeof(owner->comm));
	strbuf_string(&text, owner->pid ? "/" : " (");
	strbuf_u64(&text, owner->pid ? owner->pid : group->merged);
	strbuf_string(&text, owner->pid ? "" : " processes)");
	snprintf(to, 48, "%.*s", (int)text.len, text.data);
	strbuf_free(&text);
	return to;
}
