// SPDX-License-Identifier: GPL-2.0
#include "snapshot/snapshot.h"

#include <string.h>

#include "lib/error.h"

void snapshot_init(struct snapshot *snapshot)
{
	struct source *recorder = snapshot->sources->recorder;

	snapshot->now_ns = snapshot->lives.now_ns = source_now_ns(snapshot->sources->host);
	snapshot->covers_ms = UINT64_MAX;
	snapshot->recorder = recorder ? recorder->trouble : SOURCE_NO_RECORDER;
}

void snapshot_free(struct snapshot *snapshot)
{
	life_index_free(&snapshot->lives);
}

/* --- rows --- */

static bool answers(const struct snapshot *snapshot, const struct tcpscope_row *row, enum filter_answer answer)
{
	return selection_answer(snapshot->selection, row) == answer;
}

static inline int give(struct snapshot *snapshot, const struct tcpscope_row *row)
{
	struct life_brief brief;

	if (snapshot->row)
		return snapshot->row(row, snapshot->ctx);
	if (row->has_life)
		life_index_from_life(&snapshot->lives, &brief, &row->life);
	snapshot->conn(&row->conn, row->has_life ? &brief : NULL, snapshot->ctx);
	return 0;
}

static bool is_listener(const struct snapshot *snapshot, const struct tcpscope_conn *conn)
{
	return conn->state == TCPSCOPE_LISTEN && selection_in_netns(snapshot->selection, conn);
}

/* Whether it is given without being judged: whoever counts needs every listener. */
static inline bool is_sure(const struct snapshot *snapshot, const struct tcpscope_conn *conn)
{
	return snapshot->any || (!snapshot->row && is_listener(snapshot, conn));
}

/* Without a life, the first answer stands. */
static int give_joined(const union waiting *joined, void *ctx)
{
	const struct tcpscope_row *row = &joined->row;
	struct snapshot *snapshot = ctx;
	bool judge = row->has_life && !is_sure(snapshot, &row->conn);

	if (judge ? answers(snapshot, row, FILTER_YES) : joined->answer == FILTER_YES)
		return give(snapshot, row);
	return 0;
}

/* Whom no history can help is not worth asking the recorder about. */
static int row_of_conn(const struct tcpscope_conn *conn, void *ctx)
{
	struct snapshot *snapshot = ctx;
	union waiting *next = join_next(&snapshot->join);

	row_from_conn(&next->row, conn);
	next->answer = is_sure(snapshot, conn) ? FILTER_YES : selection_answer(snapshot->selection, &next->row);
	return next->answer == FILTER_NO ? 0 : join_keep(&snapshot->join, give_joined, snapshot);
}

/* As the module has it. */
static int row_of_bare(const struct tcpscope_conn *conn, void *ctx)
{
	struct snapshot *snapshot = ctx;
	struct tcpscope_row row;

	row_from_conn(&row, conn);
	return is_sure(snapshot, conn) || answers(snapshot, &row, FILTER_YES) ? give(snapshot, &row) : 0;
}

/* The same for whoever counts everything: no row is needed. */
static int count_bare(const struct tcpscope_conn *conn, void *ctx)
{
	struct snapshot *snapshot = ctx;

	snapshot->conn(conn, NULL, snapshot->ctx);
	return 0;
}

static int row_of_life(const struct tcpscope_life *life, void *ctx)
{
	struct snapshot *snapshot = ctx;
	struct tcpscope_row row;

	row_from_life(&row, life, snapshot->now_ns);
	row.from_life = true;
	return answers(snapshot, &row, FILTER_YES) ? snapshot->row(&row, snapshot->ctx) : 0;
}

static int row_of_ended(const struct tcpscope_ended *ended, void *ctx)
{
	struct snapshot *snapshot = ctx;
	struct tcpscope_row row;

	row_from_ended(&row, ended, snapshot->now_ns);
	return answers(snapshot, &row, FILTER_YES) ? snapshot->row(&row, snapshot->ctx) : 0;
}

/* --- connections to be counted --- */

/* What the module would call a minisocket that stands for FIN-WAIT-2. */
static void as_minisocket(struct tcpscope_conn *conn, const struct tcpscope_life *life)
{
	if (conn->state != TCPSCOPE_FIN_WAIT2 || !(life->hints & HINT_TIMEWAIT))
		return;
	conn->state = TCPSCOPE_TIME_WAIT;
	conn->substate = TCPSCOPE_FIN_WAIT2;
}

static int count_life(const struct tcpscope_life *life, void *ctx)
{
	struct snapshot *snapshot = ctx;
	struct tcpscope_row row;

	row_from_life(&row, life, snapshot->now_ns);
	row.from_life = true;
	if (!answers(snapshot, &row, FILTER_YES) && !is_listener(snapshot, &row.conn))
		return 0;
	as_minisocket(&row.conn, life);
	return give(snapshot, &row);
}

static int count_ended(const struct tcpscope_ended *ended, void *ctx)
{
	struct snapshot *snapshot = ctx;
	struct tcpscope_row row;

	row_from_ended(&row, ended, snapshot->now_ns);
	snapshot->covers_ms = row.ended_ago_ns / NSEC_PER_MSEC;
	if (snapshot->covers_ms >= SNAPSHOT_ENDED_MS || ended->seq == 1)
		snapshot->covers_ms = UINT64_MAX;
	if (row.ended_ago_ns / NSEC_PER_MSEC >= SNAPSHOT_ENDED_MS)
		return 1;
	if (answers(snapshot, &row, FILTER_YES))
		snapshot->ended(ended, snapshot->ctx);
	return 0;
}

/* To a filter it is a connection of which no more is known than that. */
static void count_no_port(const struct tcpscope_no_port_key *key,
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
	row_from_life(&row, &life, snapshot->now_ns);
	if (answers(snapshot, &row, FILTER_YES))
		snapshot->no_port(key, no_port, snapshot->ctx);
}

/* --- passes --- */

/* What takes the module's connections: joined, if what is made of them or the selection needs that. */
static source_conn_fn taker_of_conns(struct snapshot *snapshot)
{
	enum life_part part = filter_needs_life(snapshot->selection->filter);
	enum life_part shown = snapshot->row ? snapshot->part : LIFE_HEAD;

	snapshot->any = selection_is_all(snapshot->selection);
	if (shown > part)
		part = shown;
	join_init(&snapshot->join, snapshot->sources->recorder, part);
	if (!snapshot->recorder && part != LIFE_NONE)
		return row_of_conn;
	return snapshot->any && !snapshot->row ? count_bare : row_of_bare;
}

/* What a source returned: negative, or its trouble. */
static int note(int result, enum source_trouble *trouble)
{
	if (result < 0)
		return result;
	*trouble = result;
	return 0;
}

static int read_module(struct snapshot *snapshot)
{
	struct source *module = snapshot->sources->module;
	source_conn_fn take = taker_of_conns(snapshot);
	int result = source_connections(module, take, snapshot), error = 0;

	if (!result && snapshot->with_closed && filter_names_state(snapshot->selection->filter, TCPSCOPE_CLOSE))
		result = source_closed(module, take, snapshot);
	if (result >= 0)
		error = join_rest(&snapshot->join, give_joined, snapshot);
	join_free(&snapshot->join);
	return error ? error : note(result, &snapshot->module);
}

int snapshot_living(struct snapshot *snapshot)
{
	int error = read_module(snapshot);

	snapshot->from_lives = snapshot->module && !source_trouble_is_partial(snapshot->module) &&
			       !snapshot->recorder;
	if (error || !snapshot->from_lives)
		return error;
	return note(source_lives(snapshot->sources->recorder, snapshot->row ? row_of_life : count_life, snapshot),
		    &snapshot->recorder);
}

int snapshot_ended(struct snapshot *snapshot)
{
	if (snapshot->recorder)
		return 0;
	return note(source_ended(snapshot->sources->recorder, row_of_ended, snapshot), &snapshot->recorder);
}

static int count_all(struct snapshot *snapshot)
{
	struct source *recorder = snapshot->sources->recorder;
	int error;

	error = snapshot_living(snapshot);
	if (error || snapshot->recorder)
		return error;
	error = source_ended(recorder, count_ended, snapshot);
	if (error >= 0)
		source_no_ports(recorder, count_no_port, snapshot);
	return error < 0 ? error : 0;
}

int snapshot_failed(int error)
{
	return fail("the recorder could not be read: %s", strerror(-error));
}

int snapshot_count(struct snapshot *snapshot)
{
	int error = count_all(snapshot);

	return error ? snapshot_failed(error) : EXIT_DONE;
}

int snapshot_status(const struct snapshot *snapshot)
{
	return snapshot->module ? fail("%s", source_trouble_text(snapshot->module)) : EXIT_DONE;
}

int snapshot_life(const struct snapshot *snapshot, uint64_t cookie, struct tcpscope_life *life)
{
	return source_life(snapshot->sources->recorder, cookie, life);
}
