// SPDX-License-Identifier: GPL-2.0
#include "source/source.h"

#include <errno.h>

#include "lib/error.h"

const char *source_trouble_text(enum source_trouble trouble)
{
	switch (trouble) {
	case SOURCE_OK:
		break;
#define SOURCE_X(symbol, text) \
	case SOURCE_##symbol:  \
		return text;
		SOURCE_TROUBLES(SOURCE_X)
#undef SOURCE_X
	}
	return "all is well";
}

bool source_trouble_is_partial(int trouble)
{
	return trouble == SOURCE_CUT_SHORT || trouble == SOURCE_DAMAGED || trouble == SOURCE_READ;
}

void source_close(struct source *source)
{
	if (source)
		source->ops->close(source);
}

/* Calls one of a source's operations, if it has that and can be read; else returns why not. */
#define CALL(source, op, ...)                                         \
	(!(source) || !(source)->ops->op ? (int)SOURCE_NOT_HERE :    \
	 (source)->trouble		 ? (int)(source)->trouble :  \
					   (int)(source)->ops->op(source, ##__VA_ARGS__))

enum source_trouble source_probe(struct source *source)
{
	return (enum source_trouble)CALL(source, probe);
}

int source_connections(struct source *source, source_conn_fn fn, void *ctx)
{
	return CALL(source, connections, fn, ctx);
}

int source_closed(struct source *source, source_conn_fn fn, void *ctx)
{
	return CALL(source, closed, fn, ctx);
}

int source_lives(struct source *source, source_life_fn fn, void *ctx)
{
	return CALL(source, lives, fn, ctx);
}

int source_life(struct source *source, uint64_t cookie, struct tcpscope_life *life)
{
	int error = CALL(source, life, cookie, life);

	return error > 0 ? -ENOENT : error;
}

size_t source_questions(struct source *source, void **first)
{
	return !source || source->trouble || !source->ops->questions ? 0 : source->ops->questions(source, first);
}

int source_answer(struct source *source)
{
	return source->ops->answer(source);
}

int source_ended(struct source *source, source_ended_fn fn, void *ctx)
{
	return CALL(source, ended, fn, ctx);
}

int source_no_ports(struct source *source, source_no_port_fn fn, void *ctx)
{
	return CALL(source, no_ports, fn, ctx);
}

int source_totals(struct source *source, struct tcpscope_totals *totals)
{
	return CALL(source, totals, totals);
}

int source_losses(struct source *source, struct source_losses *losses)
{
	return CALL(source, losses, losses);
}

int source_memory(struct source *source, struct source_memory *memory)
{
	return CALL(source, memory, memory);
}

int source_attached(struct source *source, uint64_t *attached_ns)
{
	return CALL(source, attached, attached_ns);
}

void source_netns(struct source *source, struct netns *netns, struct netns_id id)
{
	if (source && source->ops->netns)
		source->ops->netns(source, netns, id);
	else
		netns_clear(netns, id);
}

void source_counters(struct source *source, const struct netns *netns, struct netns_counters *counters)
{
	if (source && source->ops->counters)
		source->ops->counters(source, netns, counters);
	else
		*counters = netns->counters;
}

uint64_t source_minisocket_bytes(struct source *source)
{
	return source && source->ops->minisocket_bytes ? source->ops->minisocket_bytes(source) : 0;
}

uint64_t source_now_ns(struct source *source)
{
	return source && source->ops->now_ns ? source->ops->now_ns(source) : now_ns();
}
