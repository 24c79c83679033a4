// SPDX-License-Identifier: GPL-2.0
#include "timewait/timewait.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "conn/row.h"
#include "lib/error.h"

#define MAX_GROUPS 16384
#define WINDOW_MS 10000 /* in which the growth of live connections is counted */

void timewait_init(struct timewait *timewait, struct life_index *whose, struct source *host)
{
	*timewait = (struct timewait){
		.whose = whose,
		.host = host,
		.owners.max = MAX_GROUPS,
		.destinations.max = MAX_GROUPS,
		.listeners.max = MAX_GROUPS,
		.ports = { .max = MAX_GROUPS, .expiring = true },
		.refused.max = MAX_GROUPS,
	};
}

void timewait_free(struct timewait *timewait)
{
	for (size_t i = 0; i < timewait->n_places; i++)
		free(timewait->places[i]);
	free(timewait->places);
	free(timewait->owner_groups);
	groups_free(&timewait->owners);
	groups_free(&timewait->destinations);
	groups_free(&timewait->listeners);
	groups_free(&timewait->ports);
	groups_free(&timewait->refused);
}

/* --- namespaces --- */

const struct timewait_place *timewait_place(const struct timewait *timewait, struct netns_id id)
{
	if (timewait->last && netns_same(timewait->last->netns.id, id))
		return timewait->last;
	for (size_t i = 0; i < timewait->n_places; i++)
		if (netns_same(timewait->places[i]->netns.id, id))
			return timewait->places[i];
	return NULL;
}

struct timewait_place *timewait_place_get(struct timewait *timewait, struct netns_id id)
{
	struct timewait_place *place = (void *)timewait_place(timewait, id);

	if (!place) {
		place = need_zeros(1, sizeof(*place));
		source_netns(timewait->host, &place->netns, id);
		place->ephemeral = netns_ephemeral_ports(&place->netns);
		timewait->places = need(timewait->places,
					(timewait->n_places + 1) * sizeof(*timewait->places));
		timewait->places[timewait->n_places++] = place;
	}
	timewait->last = place;
	return place;
}

static bool listens(const struct timewait_place *place, uint16_t port)
{
	return place->listening[port / 8] & 1 << port % 8;
}

static void add_listener(struct timewait_place *place, uint16_t port)
{
	if (!listens(place, port) && netns_is_ephemeral(&place->netns, port))
		place->taken++;
	place->listening[port / 8] |= 1 << port % 8;
}

/* --- keys --- */

/* What a connection and a life have in common. */
struct tuple {
	const uint8_t *local_addr, *peer_addr;
	uint16_t local_port, peer_port;
	uint64_t netns_cookie;
	uint32_t netns;
	uint8_t family;
	bool v4mapped;
};

#define TUPLE_OF(record)                                                    \
	(struct tuple)                                                      \
	{                                                                   \
		(record)->local_addr, (record)->peer_addr,                  \
			(record)->local_port, (record)->peer_port,          \
			(record)->netns_cookie, (record)->netns, (record)->family, \
			(record)->flags & TCPSCOPE_FLAG_V4MAPPED            \
	}

static struct group_key key_of(const struct tuple *tuple, bool local, bool peer)
{
	struct group_key key = {
		.netns_cookie = tuple->netns_cookie,
		.netns = tuple->netns,
		.port = peer ? tuple->peer_port : tuple->local_port,
	};

	group_key_address(&key, tuple->family, tuple->v4mapped, local ? tuple->local_addr : NULL,
			  peer ? tuple->peer_addr : NULL);
	return key;
}

/* Whether this end accepted the connection: by the recorder, or because its port listens. */
static bool is_server(const struct timewait_place *place, const struct tuple *tuple, uint8_t role)
{
	if (role == TCPSCOPE_ROLE_PASSIVE)
		return true;
	return !role && listens(place, tuple->local_port);
}

/* The group of its listener; or of its destination, from one of our addresses. */
static struct group *find_side(struct timewait *timewait, const struct tuple *tuple, bool server)
{
	struct group_key key = key_of(tuple, true, !server);

	return groups_get(server ? &timewait->listeners : &timewait->ports, &key);
}

/* What makes the key of a connection's side; what is not of it was zero before. */
static inline void side_fill(struct timewait_side *side, const struct tuple *tuple, bool server)
{
	memcpy(side->local_addr, tuple->local_addr, sizeof(side->local_addr));
	if (!server)
		memcpy(side->peer_addr, tuple->peer_addr, sizeof(side->peer_addr));
	side->netns_cookie = tuple->netns_cookie;
	side->netns = tuple->netns;
	side->port = server ? tuple->local_port : tuple->peer_port;
	side->family = tuple->family;
	side->flags = server << 1 | tuple->v4mapped;
}

/* Mostly it is one of those that were asked for of late. */
static struct group *side_group(struct timewait *timewait, const struct tuple *tuple, bool server)
{
	struct groups *groups = server ? &timewait->listeners : &timewait->ports;
	struct timewait_side side = {};
	uint32_t *index;
	size_t place;

	side_fill(&side, tuple, server);
	place = (side.peer_addr[3] ^ side.peer_addr[15] ^ side.port) % TIMEWAIT_RECENT;
	index = &timewait->recent_group[place];
	if (*index && !memcmp(&timewait->recent[place], &side, sizeof(side)))
		return &groups->all[*index];
	*index = find_side(timewait, tuple, server) - groups->all;
	timewait->recent[place] = side;
	return &groups->all[*index];
}

static void grow_owner_groups(struct timewait *timewait, size_t n)
{
	size_t size = timewait->n_owner_groups * 2 > n ? timewait->n_owner_groups * 2 : n;

	timewait->owner_groups =
		need(timewait->owner_groups, size * sizeof(*timewait->owner_groups));
	memset(timewait->owner_groups + timewait->n_owner_groups, 0,
	       (size - timewait->n_owner_groups) * sizeof(*timewait->owner_groups));
	timewait->n_owner_groups = size;
}

/* The group of the owner, by its number: no key is looked for. */
static struct group *owner_group(struct timewait *timewait, const struct life_brief *whose)
{
	uint32_t i = whose ? whose->owner : 0;

	if (i >= timewait->n_owner_groups)
		grow_owner_groups(timewait, i + 1);
	if (!timewait->owner_groups[i]) {
		struct group_key key = { .owner = *life_index_owner(timewait->whose, whose) };

		timewait->owner_groups[i] =
			groups_get(&timewait->owners, &key) - timewait->owners.all;
	}
	return &timewait->owners.all[timewait->owner_groups[i]];
}

/* --- what exists --- */

static void count(struct group *group, const struct tcpscope_conn *conn, const struct life_brief *whose)
{
	if (conn->substate == TCPSCOPE_FIN_WAIT2) {
		group->finwait2++;
		return;
	}
	group->n++;
	group->stamped += !!(conn->flags & TCPSCOPE_FLAG_TIMESTAMPS);
	if (!whose) {
		group->closers[TCPSCOPE_CLOSER_UNKNOWN]++;
		return;
	}
	group->closers[whose->closer < TCPSCOPE_CLOSER_MAX ? whose->closer : 0]++;
	if (whose->since_ms == LIFE_UNKNOWN_MS || whose->state != TCPSCOPE_TIME_WAIT)
		return;
	group_began(group, whose->since_ms);
	if (whose->born_ms == LIFE_UNKNOWN_MS)
		return;
	group->n_lives++;
	group->life_ms += whose->born_ms - whose->since_ms;
}

/* Of a minisocket that only the recorder knows: by when it was last begun. */
static int64_t left_ns(const struct life_brief *whose)
{
	uint64_t lasts_ns = forecast_timewait_ns(0);

	if (!whose || whose->since_ms == LIFE_UNKNOWN_MS)
		return lasts_ns;
	return (int64_t)lasts_ns - whose->since_ms * (int64_t)NSEC_PER_MSEC;
}

/* In which second from now a minisocket goes. */
static unsigned int expires_sec(const struct timewait *timewait, const struct tcpscope_conn *conn,
				const struct life_brief *whose)
{
	const struct tcpscope_timer *timer = conn_timer(conn, TCPSCOPE_TIMER_TIMEWAIT);
	int64_t sec = timer ? timer->expires_ns / (int64_t)NSEC_PER_SEC : 0;

	if (timewait->from_lives)
		sec = left_ns(whose) / (int64_t)NSEC_PER_SEC;
	return sec < 0 ? 0 : sec < FORECAST_SECONDS ? sec : FORECAST_SECONDS - 1;
}

static void grow(struct group *ports, const struct life_brief *whose)
{
	if (whose->born_ms < WINDOW_MS)
		ports->grown++;
	if (whose->born_ms < WINDOW_MS && whose->born_ms > ports->oldest_ms)
		ports->oldest_ms = whose->born_ms;
}

static bool is_timewait(const struct tcpscope_conn *conn)
{
	return conn->state == TCPSCOPE_TIME_WAIT && conn->substate != TCPSCOPE_FIN_WAIT2;
}

static void count_port(const struct timewait *timewait, struct group *ports, const struct tcpscope_conn *conn,
		       const struct life_brief *whose)
{
	if (is_timewait(conn)) {
		ports->ports++;
		ports->expiring[expires_sec(timewait, conn, whose)]++;
		/* it was a live one, at the beginning of the window */
		if (whose && whose->since_ms < WINDOW_MS && whose->born_ms >= WINDOW_MS)
			ports->grown--;
		return;
	}
	ports->live++;
	if (whose)
		grow(ports, whose);
}

static void count_minisocket(struct timewait *timewait, struct timewait_place *place,
			     const struct tcpscope_conn *conn, const struct life_brief *whose)
{
	if (is_timewait(conn))
		place->n++;
	else
		place->finwait2++;
	timewait->recorded += !!whose;
	count(owner_group(timewait, whose), conn, whose);
}

void timewait_add(struct timewait *timewait, const struct tcpscope_conn *conn,
		  const struct life_brief *whose)
{
	struct timewait_place *place = timewait->last; /* mostly */
	bool minisocket = conn->state == TCPSCOPE_TIME_WAIT, server, chosen;
	struct tuple tuple = TUPLE_OF(conn);
	struct group *side;

	if (!place || !netns_same(place->netns.id, NETNS_OF(conn)))
		place = timewait_place_get(timewait, NETNS_OF(conn));
	place->seen = true;
	if (conn->state == TCPSCOPE_LISTEN || conn->state == TCPSCOPE_CLOSE) {
		if (conn->state == TCPSCOPE_LISTEN)
			add_listener(place, conn->local_port);
		return;
	}
	if (minisocket)
		count_minisocket(timewait, place, conn, whose);
	server = is_server(place, &tuple, whose ? whose->role : TCPSCOPE_ROLE_UNKNOWN);
	timewait->server_side += server && minisocket;
	chosen = !server && netns_is_ephemeral(&place->netns, conn->local_port);
	if (!minisocket && !chosen)
		return;
	side = side_group(timewait, &tuple, server);
	if (minisocket)
		count(side, conn, whose);
	if (!chosen)
		return;
	count_port(timewait, side, conn, whose);
	group_count_owner(side, whose ? whose->owner : 0);
}

/* --- what is over --- */

/* A TIME-WAIT that ended before its time: reused, or killed. */
static void add_gone(struct timewait *timewait, const struct timewait_place *place,
		     const struct tcpscope_life *life, uint64_t ago_ms)
{
	uint64_t began_ms = ago_ms + life->state_ns[TCPSCOPE_TIME_WAIT] / NSEC_PER_MSEC;
	struct group_key owner = { .owner = life->owner };
	struct tuple tuple = TUPLE_OF(life);
	bool server = is_server(place, &tuple, life->role);

	group_gone(groups_get(&timewait->owners, &owner), began_ms, ago_ms);
	group_gone(side_group(timewait, &tuple, server), began_ms, ago_ms);
}

/* One that gave its port back without a TIME-WAIT. */
static void add_returned(struct timewait *timewait, const struct timewait_place *place,
			 const struct tcpscope_life *life, uint64_t ago_ms)
{
	uint64_t born_ago_ns = timewait->whose->now_ns - life->born_ns;
	struct tuple tuple = TUPLE_OF(life);

	if (ago_ms >= WINDOW_MS || (life->born_ns && born_ago_ns < WINDOW_MS * NSEC_PER_MSEC))
		return;
	if (!is_server(place, &tuple, life->role) &&
	    netns_is_ephemeral(&place->netns, tuple.local_port))
		side_group(timewait, &tuple, false)->grown--;
}

void timewait_add_ended(struct timewait *timewait, const struct tcpscope_ended *ended)
{
	const struct tcpscope_life *life = &ended->life;
	const struct timewait_place *place = timewait_place(timewait, NETNS_OF(life));
	uint64_t ago_ms = ms_between(ended->ended_ns, timewait->whose->now_ns);

	if (!place || life->reason == TCPSCOPE_REASON_TIMEWAIT_EXPIRED)
		return;
	if (life->state == TCPSCOPE_TIME_WAIT)
		add_gone(timewait, place, life, ago_ms);
	else
		add_returned(timewait, place, life, ago_ms);
}

void timewait_add_refused(struct timewait *timewait, const struct tcpscope_no_port_key *key,
			  const struct tcpscope_no_port *no_port)
{
	struct timewait_place *place = timewait_place_get(timewait, NETNS_OF(key));
	struct group_key group_key = {
		.owner = no_port->owner,
		.netns_cookie = key->netns_cookie,
		.netns = key->netns,
		.port = key->peer_port,
	};
	struct group *group;
	uint64_t now_ns = timewait->whose->now_ns;

	group_key_address(&group_key, key->family, false, key->local_addr, key->peer_addr);
	group = groups_get(&timewait->refused, &group_key);
	group->n += no_port->count;
	group->first_ms = ms_between(no_port->first_ns, now_ns);
	group->oldest_ms = ms_between(no_port->last_ns, now_ns);
	place->no_ports += no_port->count;
}

void timewait_finish(struct timewait *timewait)
{
	timewait->all = (struct group){};
	groups_free(&timewait->destinations);
	for (size_t i = 0; i < timewait->owners.n; i++)
		group_merge(&timewait->all, &timewait->owners.all[i]);
	for (size_t i = 0; i < timewait->ports.n; i++) {
		const struct group *group = &timewait->ports.all[i];
		struct group_key key = group->key;

		memset(key.local_addr, 0, sizeof(key.local_addr));
		if (group->n || group->finwait2)
			group_merge(groups_get(&timewait->destinations, &key), group);
	}
}

const char *timewait_netns(const struct timewait *timewait, struct netns_id id, char to[static 64])
{
	const struct timewait_place *place = timewait_place(timewait, id);

	if (place && *place->netns.name)
		snprintf(to, 64, "%s", place->netns.name);
	else
		snprintf(to, 64, "%" PRIu32 "%s", id.number, place && place->netns.gone ? " (gone)" : "");
	return to;
}
