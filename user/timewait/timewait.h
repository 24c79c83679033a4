/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TIME-WAIT counted: how many, who makes them, where they lead. Connections
 * stream past; what is kept grows with the groups, not with the connections.
 *
 * timewait/: counting and advice (timewait.c, ports.c, advice.c) are pure; text.c
 * and json.c show them. A new advice is a function of advice.c's table.
 */
#ifndef TIMEWAIT_TIMEWAIT_H
#define TIMEWAIT_TIMEWAIT_H

#include "conn/forecast.h"
#include "conn/group.h"
#include "conn/life_index.h"
#include "source/source.h"

/* A namespace, and what of it has been seen. */
struct timewait_place {
	struct netns netns;
	bool seen; /* a connection or a listener of it exists */
	uint64_t n, finwait2; /* minisockets */
	uint64_t no_ports; /* connect()s that found no port */
	uint8_t listening[65536 / 8]; /* local ports, a bit each */
	uint32_t ephemeral; /* ports connect() may choose */
	uint32_t taken; /* of these, what listeners hold */
};

/* What a side's group is found by. No padding: it is compared as bytes. */
struct timewait_side {
	uint8_t local_addr[16];
	uint8_t peer_addr[16];
	uint64_t netns_cookie;
	uint32_t netns;
	uint16_t port;
	uint8_t family, flags;
};
_Static_assert(sizeof(struct timewait_side) == 48, "no padding");

#define TIMEWAIT_RECENT 64

struct timewait {
	struct life_index *whose; /* of the recorder; empty without one */
	struct source *host; /* what namespaces are set to */
	bool from_lives; /* the connections are the recorder's: their timestamps and timers are not known */
	uint32_t hz; /* of the timer wheel; 0: unknown */

	struct timewait_place **places;
	size_t n_places;
	struct timewait_place *last; /* asked for */

	uint64_t recorded; /* minisockets the recorder knows of */
	uint64_t server_side; /* and those whose connection this end had accepted */
	struct groups owners; /* by owner */
	uint32_t *owner_groups; /* index into owners.all, by whose.owner; 0: none yet */
	size_t n_owner_groups;
	struct groups listeners; /* netns, local address and port: this end had accepted */
	struct groups ports; /* netns, both addresses, peer's port: this end had connected */
	/* Sides that were asked for of late, and where in listeners or ports their group is; 0: none yet. */
	struct timewait_side recent[TIMEWAIT_RECENT];
	uint32_t recent_group[TIMEWAIT_RECENT];
	/* From timewait_finish() on: */
	struct group all;
	struct groups destinations; /* netns, peer's address and port */
	struct groups refused; /* netns, both addresses, peer's port, owner: no port was left */
};

/* whose is filled before the first connection is added, and outlives this, as host does. */
void timewait_init(struct timewait *timewait, struct life_index *whose, struct source *host);
void timewait_free(struct timewait *timewait);

/* Counts a connection, listeners before all others, with what the recorder knows of it or NULL. */
void timewait_add(struct timewait *timewait, const struct tcpscope_conn *conn,
		  const struct life_brief *whose);

/* Counts one that has ended: it may have ended its TIME-WAIT early, or given a port back. */
void timewait_add_ended(struct timewait *timewait, const struct tcpscope_ended *ended);

/* Counts connect()s that found no port. */
void timewait_add_refused(struct timewait *timewait, const struct tcpscope_no_port_key *key,
			  const struct tcpscope_no_port *no_port);

/* Adds up, once everything is added. */
void timewait_finish(struct timewait *timewait);

/* The namespace; NULL if no connection of it was added. */
const struct timewait_place *timewait_place(const struct timewait *timewait, struct netns_id id);

/* The same, made known if need be. */
struct timewait_place *timewait_place_get(struct timewait *timewait, struct netns_id id);

/* The namespace's name, else its number, "(gone)" if another has that now; in to[]. */
const char *timewait_netns(const struct timewait *timewait, struct netns_id id, char to[static 64]);

/* How many TIME-WAITs the present rate leads to. */
double timewait_level(const struct timewait *timewait, const struct group *group);

/* What a group of ports leads to. */
struct timewait_ports {
	const struct timewait_place *place;
	struct port_use use; /* of forecast.h */
	uint64_t used; /* ports that no further connection can have */
	bool loopback;
	bool reuses; /* connect() takes TIME-WAITs over */
	uint32_t reuse_after_ms; /* which are that old */
	int64_t left_ns; /* until none is left; FORECAST_NEVER */
	double level; /* ports in use at this rate in the end */
};
void timewait_ports(const struct timewait *timewait, const struct group *group,
		    struct timewait_ports *ports);

/* Weights of groups for groups_sorted(): ports in use; and of any, TIME-WAITs and FIN-WAIT-2s. */
uint64_t timewait_ports_used(const struct group *group);
uint64_t timewait_minisockets(const struct group *group);

#endif
