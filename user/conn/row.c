// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include <sys/socket.h>

#include "conn/row.h"

void row_from_conn(struct tcpscope_row *row, const struct tcpscope_conn *conn)
{
	memcpy(&row->conn, conn, TCPSCOPE_CONN_SIZE);
	for (int i = 0; i < conn->n_timers; i++)
		row->conn.timers[i] = conn->timers[i];
	row->has_life = row->from_life = row->has_ended = false;
}

const struct tcpscope_timer *conn_timer(const struct tcpscope_conn *conn, enum tcpscope_timer_kind kind)
{
	for (int i = 0; i < conn->n_timers; i++)
		if (conn->timers[i].kind == kind)
			return &conn->timers[i];
	return NULL;
}

/* The last four bytes: an IPv4 address, in IPv6's clothes or not, or the most telling part of an IPv6 one. */
static const uint8_t *tail_of(const uint8_t address[16], uint8_t family)
{
	return address + (family == AF_INET ? 0 : 12);
}

/*
 * tcp_disconnect() keeps the cookie: neither a socket connected again before
 * the recorder heard of it, nor the minisocket it left behind, has the life of
 * the other connection. A port of 0 is one not chosen yet.
 */
static inline bool same_connection(const struct tcpscope_conn *conn,
			    const struct tcpscope_life *life)
{
	bool local = !life->local_port || life->local_port == conn->local_port;
	bool peer = !life->peer_port ||
		    (life->peer_port == conn->peer_port &&
		     !memcmp(tail_of(life->peer_addr, life->family), tail_of(conn->peer_addr, conn->family), 4));

	return life->cookie == conn->cookie && local && peer;
}

/* Minisockets have no owner of their own; the recorder remembers it. */
static inline void row_inherit(struct tcpscope_row *row)
{
	const struct tcpscope_owner *owner = &row->life.owner;
	struct tcpscope_conn *conn = &row->conn;

	conn->flags |= row->life.flags & ROW_HISTORY_FLAGS;
	/* a FIN that was not sent yet has closed nothing */
	if (conn->state == TCPSCOPE_FIN_WAIT1 && row_has_unsent(row))
		row->life.first_closer = TCPSCOPE_CLOSER_UNKNOWN;
	if (!row_knows(row, TCPSCOPE_KNOWN(UID)) && owner->pid) {
		conn->uid = owner->uid;
		conn->known |= TCPSCOPE_KNOWN(UID);
	}
	if (!row_knows(row, TCPSCOPE_KNOWN(CGROUP_ID)) && owner->cgroup_id) {
		conn->cgroup_id = owner->cgroup_id;
		conn->known |= TCPSCOPE_KNOWN(CGROUP_ID);
	}
}

/* Whether it is this connection's, the life that is there shows. */
static inline void join(struct tcpscope_row *row)
{
	row->has_life = same_connection(&row->conn, &row->life);
	if (row->has_life)
		row_inherit(row);
}

void row_join(struct tcpscope_row *row, life_fetch_fn fetch, void *ctx)
{
	if (row->conn.cookie && !fetch(row->conn.cookie, &row->life, ctx))
		join(row);
}

void row_join_answer(struct tcpscope_row *row)
{
	if (row->conn.cookie && row->life.alive == row->conn.cookie)
		join(row);
}

#define IDENTITY                                                      \
	(TCPSCOPE_KNOWN(NETNS) | TCPSCOPE_KNOWN(FAMILY) |             \
	 TCPSCOPE_KNOWN(LOCAL_ADDRESS) | TCPSCOPE_KNOWN(LOCAL_PORT) | \
	 TCPSCOPE_KNOWN(PEER_ADDRESS) | TCPSCOPE_KNOWN(PEER_PORT) |   \
	 TCPSCOPE_KNOWN(COOKIE))

void row_from_life(struct tcpscope_row *row, const struct tcpscope_life *life,
		   uint64_t now_ns)
{
	struct tcpscope_conn *conn = &row->conn;

	*conn = (struct tcpscope_conn){
		.cookie = life->cookie,
		.time_ns = now_ns,
		.known = IDENTITY | (life->state ? TCPSCOPE_KNOWN(STATE) : 0) |
			 (life->flags ? TCPSCOPE_KNOWN(FLAGS) : 0) |
			 (life->netns_cookie ? TCPSCOPE_KNOWN(NETNS_COOKIE) : 0),
		.netns_cookie = life->netns_cookie,
		.netns = life->netns,
		.flags = life->flags,
		.local_port = life->local_port,
		.peer_port = life->peer_port,
		.family = life->family,
		.state = life->state,
	};
	memcpy(conn->local_addr, life->local_addr, sizeof(conn->local_addr));
	memcpy(conn->peer_addr, life->peer_addr, sizeof(conn->peer_addr));
	row->life = *life;
	row->has_life = true;
	row->from_life = row->has_ended = false;
	row_inherit(row);
}

void row_from_ended(struct tcpscope_row *row,
		    const struct tcpscope_ended *ended, uint64_t now_ns)
{
	row_from_life(row, &ended->life, ended->ended_ns);
	row->has_ended = true;
	row->ended_ago_ns =
		now_ns > ended->ended_ns ? now_ns - ended->ended_ns : 0;
}

void row_from_event(struct tcpscope_row *row,
		    const struct tcpscope_event *event)
{
	struct tcpscope_life life = {
		.cookie = event->cookie,
		.owner = event->owner,
		.local_port = event->local_port,
		.peer_port = event->peer_port,
		.netns_cookie = event->netns_cookie,
		.netns = event->netns,
		.generation = event->generation,
		/* An event tells nothing of the past: as if just met. */
		.flags = event->flags | TCPSCOPE_FLAG_ADOPTED,
		.family = event->family,
		.role = event->role,
		.state = event->to,
		.first_closer = event->first_closer,
	};

	memcpy(life.local_addr, event->local_addr, sizeof(life.local_addr));
	memcpy(life.peer_addr, event->peer_addr, sizeof(life.peer_addr));
	row_from_life(row, &life, event->time_ns);
}
