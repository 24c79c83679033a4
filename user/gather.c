// SPDX-License-Identifier: GPL-2.0
#include "gather.h"

#include <string.h>

/* As ls does it, life by life; only for the sake of a filter. */
static bool is_asked_for(struct gather *gather, const struct tcpscope_conn *conn)
{
	struct tcpscope_row row;

	row_from_conn(&row, conn);
	if (options_verdict(gather->options, &row) == VERDICT_NO)
		return false;
	store_join(&gather->store, &row);
	return options_verdict(gather->options, &row) == VERDICT_YES;
}

static int take_conn(const struct tcpscope_conn *conn, void *ctx)
{
	struct gather *gather = ctx;
	bool all = options_show_all(gather->options) ||
		   (conn->state == TCPSCOPE_LISTEN && options_in_netns(gather->options, conn));

	if (all || is_asked_for(gather, conn))
		gather->conn(conn, whose_find(&gather->whose, conn->cookie), gather->ctx);
	return 0;
}

static int take_ended(const struct tcpscope_ended *ended, void *ctx)
{
	struct gather *gather = ctx;
	struct tcpscope_row row;

	row_from_ended(&row, ended, gather->whose.now_ns);
	gather->covers_ms = row.ended_ago_ns / 1000000;
	if (gather->covers_ms >= GATHER_ENDED_MS || ended->seq == 1)
		gather->covers_ms = UINT64_MAX;
	if (row.ended_ago_ns / 1000000 >= GATHER_ENDED_MS)
		return 1;
	if (options_verdict(gather->options, &row) == VERDICT_YES)
		gather->ended(ended, gather->ctx);
	return 0;
}

/* To a filter it is a connection of which no more is known than that. */
static void take_no_port(const struct tcpscope_no_port_key *key,
			 const struct tcpscope_no_port *no_port, void *ctx)
{
	struct gather *gather = ctx;
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
	row_from_life(&row, &life, gather->whose.now_ns);
	if (options_verdict(gather->options, &row) == VERDICT_YES)
		gather->no_port(key, no_port, gather->ctx);
}

int gather_run(struct gather *gather)
{
	int trouble, error = 0;

	gather->history = history_open(&gather->store);
	gather->whose.now_ns = now_ns();
	gather->covers_ms = UINT64_MAX;
	if (gather->history)
		error = source_bpf_each(whose_add, &gather->whose);
	if (error)
		return error;
	trouble = source_debugfs_each(take_conn, gather);
	if (!gather->history)
		return trouble;
	error = source_bpf_each_ended(take_ended, gather);
	if (error >= 0)
		source_bpf_each_no_port(take_no_port, gather);
	return error < 0 ? error : trouble;
}

int gather_status(int trouble)
{
	if (trouble < 0)
		return fail("the recorder could not be read: %s", strerror(-trouble));
	return trouble ? fail("%s", source_trouble_text(trouble)) : EXIT_DONE;
}

void gather_free(struct gather *gather)
{
	history_close();
	whose_free(&gather->whose);
	store_free(&gather->store);
}
