// SPDX-License-Identifier: GPL-2.0
#include "lib/error.h"
#include "snapshot/snapshot.h"

#include <string.h>

/* As ls does it, life by life; only for the sake of a filter. */
static bool is_asked_for(struct snapshot *snapshot, const struct tcpscope_conn *conn)
{
	struct tcpscope_row row;

	row_from_conn(&row, conn);
	if (selection_answer(snapshot->selection, &row) == FILTER_NO)
		return false;
	store_join(&snapshot->store, &row);
	return selection_answer(snapshot->selection, &row) == FILTER_YES;
}

static int take_conn(const struct tcpscope_conn *conn, void *ctx)
{
	struct snapshot *snapshot = ctx;
	bool all = selection_is_all(snapshot->selection) ||
		   (conn->state == TCPSCOPE_LISTEN && selection_in_netns(snapshot->selection, conn));

	if (all || is_asked_for(snapshot, conn))
		snapshot->conn(conn, life_index_find(&snapshot->whose, conn->cookie), snapshot->ctx);
	return 0;
}

static int take_ended(const struct tcpscope_ended *ended, void *ctx)
{
	struct snapshot *snapshot = ctx;
	struct tcpscope_row row;

	row_from_ended(&row, ended, snapshot->whose.now_ns);
	snapshot->covers_ms = row.ended_ago_ns / 1000000;
	if (snapshot->covers_ms >= SNAPSHOT_ENDED_MS || ended->seq == 1)
		snapshot->covers_ms = UINT64_MAX;
	if (row.ended_ago_ns / 1000000 >= SNAPSHOT_ENDED_MS)
		return 1;
	if (selection_answer(snapshot->selection, &row) == FILTER_YES)
		snapshot->ended(ended, snapshot->ctx);
	return 0;
}

/* To a filter it is a connection of which no more is known than that. */
static void take_no_port(const struct tcpscope_no_port_key *key,
			 const struct tcpscope_no_port *no_port, void *ctx)
{
	struct snapshot *snapshot = ctx;
	struct tcpscope_life life = {
		.owner = no_port->owner,
		.netns_cookie = key->netns_cookie,
		.netns = key->netns,
		.peer_port = key->peer_port,
		.family = key->family,
		.role = TCPSCOPE_ROLE_ACTIVE,
		.flags = TCPSCOPE_FLAG_ADOPTED,
	};
	struct tcpscope_row row;

	memcpy(life.local_addr, key->local_addr, sizeof(life.local_addr));
	memcpy(life.peer_addr, key->peer_addr, sizeof(life.peer_addr));
	row_from_life(&row, &life, snapshot->whose.now_ns);
	if (selection_answer(snapshot->selection, &row) == FILTER_YES)
		snapshot->no_port(key, no_port, snapshot->ctx);
}

int snapshot_run(struct snapshot *snapshot)
{
	int trouble, error = 0;

	snapshot->history = history_open();
	if (snapshot->history)
		snapshot->store.fetch = source_bpf_life;
	snapshot->whose.now_ns = now_ns();
	snapshot->covers_ms = UINT64_MAX;
	if (snapshot->history)
		error = source_bpf_each(life_index_add, &snapshot->whose);
	if (error)
		return error;
	trouble = source_debugfs_each(take_conn, snapshot);
	if (!snapshot->history)
		return trouble;
	error = source_bpf_each_ended(take_ended, snapshot);
	if (error >= 0)
		source_bpf_each_no_port(take_no_port, snapshot);
	return error < 0 ? error : trouble;
}

int snapshot_status(int trouble)
{
	if (trouble < 0)
		return fail("the recorder could not be read: %s", strerror(-trouble));
	return trouble ? fail("%s", source_trouble_text(trouble)) : EXIT_DONE;
}

void snapshot_free(struct snapshot *snapshot)
{
	history_close();
	life_index_free(&snapshot->whose);
	store_free(&snapshot->store);
}
