/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Connections counted by what they have in common. A table is bounded: what is
 * too much for it is counted in one group of its own, and said to be.
 */
#ifndef CONN_GROUP_H
#define CONN_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tcpscope/abi.h>

#include "lib/hash.h"

/* What the members have in common; what they don't is zero. No padding: it is compared as bytes. */
struct group_key {
	struct tcpscope_owner owner;
	uint8_t local_addr[16];
	uint8_t peer_addr[16];
	uint64_t cookie; /* of a listener */
	uint64_t netns_cookie;
	uint32_t netns;
	uint16_t port; /* local or peer's, as the table has it */
	uint8_t family;
	uint8_t kind; /* reason, or whatever else the table tells apart */
};
_Static_assert(sizeof(struct group_key) == 88, "no padding");

/*
 * Fills in the family and, unless they are NULL, the addresses of 16 bytes.
 * A v4-mapped one becomes the IPv4 it stands for, with which it shares its ports.
 */
void group_key_address(struct group_key *key, uint8_t family, bool v4mapped, const uint8_t *local,
		       const uint8_t *peer);

/* The windows of time in which events are counted. */
#define WINDOWS 3
extern const unsigned int window_sec[WINDOWS]; /* 1, 10, 60 */
#define WINDOW_1S 0
#define WINDOW_10S 1
#define WINDOW_60S 2

/* Owners are counted one by one; a group of more than so many is nobody's in particular. */
#define OWNERS_COUNTED 16

struct group_owner {
	uint32_t owner; /* whose.owner, 0: not known */
	uint32_t n;
};

struct group {
	struct group_key key;
	uint64_t n;
	uint64_t merged; /* groups that went into it, see group_merge() */
	uint64_t finwait2; /* minisockets that stand for FIN-WAIT-2, beside n */
	uint64_t live; /* not in TIME-WAIT, with a port that connect() chose, beside n */
	uint64_t ports; /* of n, those with such a port */
	uint64_t began[WINDOWS]; /* members, by how long ago */
	uint64_t first_ms; /* the earliest of those of the last 10 s, ago */
	uint64_t gone[WINDOWS]; /* members that ended early, in that window */
	uint64_t closers[TCPSCOPE_CLOSER_MAX]; /* who closed first */
	uint64_t life_ms; /* sum of what the lives lasted, of n_lives of them */
	uint64_t n_lives;
	uint64_t oldest_ms; /* longest in its state */
	uint64_t amount; /* sum of what the table adds up */
	uint64_t stamped; /* members with TCP timestamps */
	struct group_owner *owners; /* whose members are, in the order they came; OWNERS_COUNTED of them at most */
	size_t n_owners;
	uint64_t of_others; /* members of the owners beyond these */
	int64_t grown; /* live ones: now, less 10 s ago */
	uint32_t *expiring; /* forecast.h; NULL unless the table has it */
};

struct groups {
	struct group *all; /* [0]: what the table had no room for; its key is zero */
	size_t n, size;
	struct hash index; /* of all, by key */
	size_t max; /* groups at most; set before the first use */
	bool expiring; /* its groups have that */
};

/* A table is made by zeroing it and setting max; this gives back the memory. */
void groups_free(struct groups *groups);

/* The group of a key, made if need be; valid until the next call. */
struct group *groups_get(struct groups *groups, const struct group_key *key);

/* The group of a key if there is one, or NULL. */
struct group *groups_find(const struct groups *groups, const struct group_key *key);

/* Counts that something began so long ago. */
void group_began(struct group *group, uint64_t ago_ms);

/* Counts that something that began so long ago is over already. */
void group_gone(struct group *group, uint64_t began_ago_ms, uint64_t ended_ago_ms);

/* Counts a member of that owner. */
void group_count_owner(struct group *group, uint32_t owner);

/* Sorts the owners that were counted, the greatest first. */
void group_sort_owners(const struct group *group);

/* The one all members have; 0: it is not known, or they have several. */
uint32_t group_sole_owner(const struct group *group);

/* The present rate at which members begin, a second; 0 for a burst, of which nothing follows. */
double group_rate(const struct group *group);

/*
 * The groups, greatest first by what weight() gives; those of weight 0 are left
 * out. A list of pointers that ends with NULL, to be freed.
 */
const struct group **groups_sorted(const struct groups *groups,
				   uint64_t (*weight)(const struct group *group));

/* What all groups weigh together, and the heaviest one alone. */
uint64_t groups_sum(const struct groups *groups, uint64_t (*weight)(const struct group *group));
uint64_t groups_most(const struct groups *groups, uint64_t (*weight)(const struct group *group));

/* Adds up what was counted of minisockets; the key of to stays. */
void group_merge(struct group *to, const struct group *from);

/* Weights. */
uint64_t group_n(const struct group *group);
uint64_t group_amount(const struct group *group);

#endif
