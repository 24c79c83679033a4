/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses as the records hold them, and prefixes of them. */
#ifndef LIB_IPADDR_H
#define LIB_IPADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct prefix {
	uint8_t address[16]; /* IPv4 in the first 4 */
	uint8_t family; /* AF_INET or AF_INET6 */
	uint8_t bits;
};

/*
 * The 4 bytes of the IPv4 address that an address is or, by being IPv4-mapped,
 * carries; NULL for any other.
 */
const uint8_t *ipaddr_ipv4(unsigned int family, const uint8_t *address);

/* Whether it is a loopback address, of which each namespace has its own. */
bool ipaddr_is_loopback(unsigned int family, const uint8_t *address);

/*
 * Reads "10.0.0.1", "10/8", "2001:db8::/32" of len bytes. IPv4 may be cut short
 * at a dot, as ss takes it. Whether it is one.
 */
bool prefix_parse(struct prefix *prefix, const char *string, size_t len);

/* Whether the address is in the prefix; an IPv4-mapped one is in IPv4 ones. */
bool prefix_holds(const struct prefix *prefix, unsigned int family,
		  const uint8_t *address);

#endif
