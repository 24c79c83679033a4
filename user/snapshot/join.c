// SPDX-License-Identifier: GPL-2.0
#include "snapshot/join.h"

#include <stdlib.h>
#include <string.h>

#include "lib/error.h"

_Static_assert(!offsetof(union waiting, row.life.cookie), "the question comes first");

/* Fewer are asked for alone: to be able to ask for many takes as much as these. */
#define MANY 32

void join_init(struct join *join, struct source *recorder, enum life_part part)
{
	*join = (struct join){ .recorder = recorder, .part = part };
}

void join_free(struct join *join)
{
	free(join->own);
	*join = (struct join){};
}

void join_begin(struct join *join)
{
	join->max = join->part == LIFE_HEAD ? MANY : 1;
	join->own = join->waiting = need_zeros(join->max, sizeof(*join->own));
}

static int fetch(uint64_t cookie, struct tcpscope_life *life, void *recorder)
{
	return source_life(recorder, cookie, life);
}

/* Whether all questions were answered. */
static bool ask_all(struct join *join)
{
	for (size_t i = join->n; i < join->max; i++)
		join->waiting[i].row.life.cookie = 0;
	return !source_answer(join->recorder);
}

/* What a listener counted is no part of its head. */
static inline void take_answer(const struct join *join, struct tcpscope_row *row)
{
	row_join_answer(row);
	if (row->has_life && row->life.role == TCPSCOPE_ROLE_LISTENER)
		row_join(row, fetch, join->recorder);
}

/* Once many wait: from then on, they do where the recorder answers. */
static void move(struct join *join)
{
	void *questions;
	size_t max = join->part == LIFE_HEAD && join->n == MANY ? source_questions(join->recorder, &questions) : 0;

	if (max <= MANY)
		return;
	memcpy(questions, join->own, join->n * sizeof(*join->own));
	free(join->own);
	join->own = NULL;
	join->waiting = questions;
	join->max = max;
}

int join_rest(struct join *join, joined_fn fn, void *ctx)
{
	size_t n = join->n;
	bool answered = false;
	int error = 0;

	if (join->own)
		move(join);
	if (!join->own && n)
		answered = ask_all(join);
	join->n = 0;
	for (size_t i = 0; i < n && !error; i++) {
		if (answered)
			take_answer(join, &join->waiting[i].row);
		else
			row_join(&join->waiting[i].row, fetch, join->recorder);
		error = fn(&join->waiting[i], ctx);
	}
	return error;
}
