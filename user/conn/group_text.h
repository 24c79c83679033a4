/* SPDX-License-Identifier: GPL-2.0 */
/* What the members of a group have in common, in words. */
#ifndef CONN_GROUP_TEXT_H
#define CONN_GROUP_TEXT_H

#include "conn/group.h"

/* "10.0.0.1", "[::1]:80" with a port of 0 or above; in to[]. */
const char *group_address(const struct group_key *key, const uint8_t addr[16], int port,
			  char to[static 64]);

/* "curl/123", "curl (12 processes)" for folded ones, "-" for the unknown; in to[]. */
const char *group_owner(const struct group *group, char to[static 48]);

#endif
