// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ipaddr.h"

const uint8_t *ipaddr_ipv4(unsigned int family, const uint8_t *address)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (family == AF_INET)
		return address;
	return memcmp(address, mapped, sizeof(mapped)) ?
		       NULL :
		       address + sizeof(mapped);
}

bool ipaddr_is_loopback(unsigned int family, const uint8_t *address)
{
	static const uint8_t loopback[16] = { [15] = 1 };
	const uint8_t *ipv4 = ipaddr_ipv4(family, address);

	return ipv4 ? *ipv4 == 127 : !memcmp(address, loopback, sizeof(loopback));
}

/* Up to four numbers with dots between; the bytes not given are zero. */
static bool ipv4_parse(uint8_t *address, const char *string)
{
	for (int i = 0; i < 4; i++) {
		char *end;
		unsigned long byte = strtoul(string, &end, 10);

		if (*string < '0' || *string > '9' || end - string > 3 ||
		    byte > 255)
			return false;
		address[i] = byte;
		if (!*end)
			return true;
		if (*end != '.')
			return false;
		string = end + 1;
	}
	return false;
}

static bool bits_parse(struct prefix *prefix, const char *string)
{
	unsigned int most = prefix->family == AF_INET ? 32 : 128;
	char *end;
	unsigned long bits;

	if (!string) {
		prefix->bits = most;
		return true;
	}
	bits = strtoul(string, &end, 10);
	if (*string < '0' || *string > '9' || *end || bits > most)
		return false;
	prefix->bits = bits;
	return true;
}

bool prefix_parse(struct prefix *prefix, const char *string, size_t len)
{
	char copy[64], *slash;

	if (!len || len >= sizeof(copy))
		return false;
	memcpy(copy, string, len);
	copy[len] = '\0';
	slash = strchr(copy, '/');
	if (slash)
		*slash++ = '\0';

	*prefix = (struct prefix){ .family = strchr(copy, ':') ? AF_INET6 :
								 AF_INET };
	if (prefix->family == AF_INET6 &&
	    inet_pton(AF_INET6, copy, prefix->address) != 1)
		return false;
	if (prefix->family == AF_INET && !ipv4_parse(prefix->address, copy))
		return false;
	/* 193.233 without a length is no address, but ss's 193.233/16 is a prefix. */
	if (prefix->family == AF_INET && !slash &&
	    inet_pton(AF_INET, copy, prefix->address) != 1)
		return false;
	return bits_parse(prefix, slash);
}

bool prefix_holds(const struct prefix *prefix, unsigned int family,
		  const uint8_t *address)
{
	unsigned int bytes = prefix->bits / 8, rest = prefix->bits % 8;

	if (prefix->family == AF_INET)
		address = ipaddr_ipv4(family, address);
	else if (family != AF_INET6)
		address = NULL;
	if (!address || memcmp(prefix->address, address, bytes))
		return false;
	return !rest ||
	       !((prefix->address[bytes] ^ address[bytes]) >> (8 - rest));
}
