// SPDX-License-Identifier: GPL-2.0
#include "canned_source.h"

#include <errno.h>
#include <string.h>

static struct canned *canned_of(struct source *source)
{
	return (struct canned *)source;
}

static enum source_trouble canned_probe(struct source *source)
{
	return SOURCE_OK;
}

static int canned_connections(struct source *source, source_conn_fn fn, void *ctx)
{
	const struct canned *canned = canned_of(source);
	int error = 0;

	for (size_t i = 0; !error && i < canned->n_conns; i++)
		error = fn(&canned->conns[i], ctx);
	return error;
}

static int canned_lives(struct source *source, source_life_fn fn, void *ctx)
{
	const struct canned *canned = canned_of(source);
	int error = 0;

	for (size_t i = 0; !error && i < canned->n_lives; i++)
		error = fn(&canned->lives[i], ctx);
	return error;
}

static int canned_life(struct source *source, uint64_t cookie, struct tcpscope_life *life)
{
	const struct canned *canned = canned_of(source);

	for (size_t i = 0; i < canned->n_lives; i++) {
		if (canned->lives[i].cookie != cookie)
			continue;
		*life = canned->lives[i];
		return 0;
	}
	return -ENOENT;
}

static size_t canned_questions(struct source *source, void **first)
{
	*first = canned_of(source)->questions;
	return canned_of(source)->n_questions;
}

/* As the recorder does it: the head, and nothing behind that. */
static int canned_answer(struct source *source)
{
	struct canned *canned = canned_of(source);
	char *at = canned->questions;

	canned->answered++;
	for (size_t i = 0; i < canned->n_questions; i++, at += TCPSCOPE_JOIN_STRIDE) {
		struct tcpscope_life life, *head = (void *)at;

		head->alive = 0;
		if (!head->cookie || canned_life(source, head->cookie, &life))
			continue;
		memcpy(head, &life, TCPSCOPE_LIFE_HEAD);
		head->alive = head->cookie;
	}
	return 0;
}

static int canned_ended(struct source *source, source_ended_fn fn, void *ctx)
{
	const struct canned *canned = canned_of(source);
	int error = 0;

	for (size_t i = 0; !error && i < canned->n_ended; i++)
		error = fn(&canned->ended[i], ctx);
	return error;
}

static int canned_totals(struct source *source, struct tcpscope_totals *totals)
{
	const struct canned *canned = canned_of(source);

	if (canned->totals)
		*totals = *canned->totals;
	return canned->totals ? 0 : -ENOENT;
}

static int canned_losses(struct source *source, struct source_losses *losses)
{
	const struct canned *canned = canned_of(source);

	if (canned->losses)
		*losses = *canned->losses;
	return canned->losses ? 0 : -ENOENT;
}

static int canned_memory(struct source *source, struct source_memory *memory)
{
	*memory = (struct source_memory){ .lives = canned_of(source)->n_lives, .lives_max = 64, .bytes = 64 * 500,
					  .bytes_each = 500 };
	return 0;
}

void canned_netns(struct source *source, struct netns *netns, struct netns_id id)
{
	netns_clear(netns, id);
	netns_parse_range(netns, "32768\t60999\n");
	netns->setting[NETNS_TW_BUCKETS] = 8192;
	netns->setting[NETNS_TW_REUSE] = 2;
	netns->setting[NETNS_FIN_TIMEOUT] = 60;
	memset(&netns->counters, 0, sizeof(netns->counters));
}

static uint64_t canned_now_ns(struct source *source)
{
	return canned_of(source)->now_ns;
}

static void canned_close(struct source *source)
{
	canned_of(source)->closed++;
}

struct source *canned_source(struct canned *canned)
{
	static const struct source_ops ops = {
		.probe = canned_probe,
		.connections = canned_connections,
		.lives = canned_lives,
		.life = canned_life,
		.questions = canned_questions,
		.answer = canned_answer,
		.ended = canned_ended,
		.totals = canned_totals,
		.losses = canned_losses,
		.memory = canned_memory,
		.netns = canned_netns,
		.now_ns = canned_now_ns,
		.close = canned_close,
	};

	canned->source.ops = &ops;
	return &canned->source;
}
