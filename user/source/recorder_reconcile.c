// SPDX-License-Identifier: GPL-2.0
/*
 * Holds the lives against the sockets there are. A life that two complete passes
 * over all sockets of its namespace lack, one begun after the other was complete, and
 * to which nothing has happened since the first began, is over: a program of the
 * recorder ends it, if it is still the one that was looked at.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/error.h"
#include "source/namespaces.h"
#include "source/recorder_object.h"
#include "source/sock_diag.h"
#include "source/recorder_source.h"

/* A set of numbers: filled first, then sorted and asked. */
struct numbers {
	uint64_t *all;
	size_t n, room;
};

static void add(struct numbers *numbers, uint64_t number)
{
	if (numbers->n == numbers->room) {
		numbers->room = numbers->room * 2 + 1024;
		numbers->all = need(numbers->all, numbers->room * sizeof(number));
	}
	numbers->all[numbers->n++] = number;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void sort(struct numbers *numbers)
{
	if (numbers->n)
		qsort(numbers->all, numbers->n, sizeof(*numbers->all), compare);
}

static bool has(const struct numbers *numbers, uint64_t number)
{
	return numbers->n && bsearch(&number, numbers->all, numbers->n, sizeof(number), compare);
}

/* --- a pass --- */

struct pass {
	struct numbers sockets; /* cookies */
	struct numbers namespaces; /* cookies of those all sockets of which were seen */
	bool everywhere; /* all of all */
};

static int take_conn(const struct tcpscope_conn *conn, void *ctx)
{
	struct pass *pass = ctx;

	add(&pass->sockets, conn->cookie);
	return 0;
}

static int send_cookies(const uint64_t *cookies, size_t n, void *ctx)
{
	return namespaces_send(*(int *)ctx, cookies, n);
}

static int list_here(int out, void *ctx)
{
	return sock_diag_each(send_cookies, &out);
}

static void take_cookies(const uint64_t *cookies, size_t n, void *ctx)
{
	struct pass *pass = ctx;

	while (n--)
		add(&pass->sockets, cookies[n]);
}

static void take_namespace(uint64_t cookie, void *ctx)
{
	struct pass *pass = ctx;

	add(&pass->namespaces, cookie);
}

static void list_each_namespace(struct pass *pass)
{
	const struct namespaces_job job = {
		.inside = list_here, .take = take_cookies, .done = take_namespace, .ctx = pass,
	};
	struct namespaces namespaces;

	namespaces_collect(&namespaces);
	namespaces_each(&namespaces, &job);
	namespaces_free(&namespaces);
}

/* The module sees every namespace; without it, those there is a way into. */
static void run_pass(struct pass *pass)
{
	struct source *module = source_module_open();

	*pass = (struct pass){};
	pass->everywhere = !source_connections(module, take_conn, pass);
	source_close(module);
	if (!pass->everywhere) {
		pass->sockets.n = 0;
		list_each_namespace(pass);
	}
	sort(&pass->sockets);
	sort(&pass->namespaces);
}

static void free_pass(struct pass *pass)
{
	free(pass->sockets.all);
	free(pass->namespaces.all);
}

static bool covers(const struct pass *pass, const struct tcpscope_life *life)
{
	return pass->everywhere || has(&pass->namespaces, life->netns_cookie);
}

/* --- the lives --- */

struct lives {
	const struct pass *first;
	struct tcpscope_life *missing; /* lives that pass lacks */
	size_t n, room;
	struct recorder_reconciled *result;
};

static int take_life(const struct tcpscope_life *life, void *ctx)
{
	struct lives *lives = ctx;

	lives->result->lives++;
	if (has(&lives->first->sockets, life->cookie))
		return 0;
	if (!covers(lives->first, life)) {
		lives->result->uncovered++;
		return 0;
	}
	if (lives->n == lives->room) {
		lives->room = lives->room * 2 + 64;
		lives->missing = need(lives->missing, lives->room * sizeof(*life));
	}
	lives->missing[lives->n++] = *life;
	return 0;
}

/* Whether the program found it as it was, and ended it. */
static bool end_stale(int program, const struct tcpscope_life *life, uint64_t before_ns)
{
	struct tcpscope_stale stale = {
		.cookie = life->cookie, .generation = life->generation, .before_ns = before_ns,
	};
	LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = &stale, .ctx_size_in = sizeof(stale));

	return !bpf_prog_test_run_opts(program, &run) && stale.ended;
}

static void end_missing(const struct lives *lives, const struct pass *second, int program,
			uint64_t before_ns)
{
	for (size_t i = 0; i < lives->n; i++) {
		const struct tcpscope_life *life = &lives->missing[i];

		if (!covers(second, life))
			lives->result->uncovered++;
		else if (!has(&second->sockets, life->cookie))
			lives->result->ended += end_stale(program, life, before_ns);
	}
}

static int error_of(enum source_trouble trouble)
{
	return trouble == SOURCE_RECORDER_OTHER ? -EPROTO : trouble == SOURCE_RECORDER_NOT_ROOT ? -EPERM : -ENOENT;
}

int recorder_reconcile(struct recorder_reconciled *result)
{
	struct pass first, second = {};
	struct lives lives = { .first = &first, .result = result };
	uint64_t begin_ns = now_ns();
	int program = recorder_get("run_end_stale"), error;
	struct source *recorder;

	*result = (struct recorder_reconciled){};
	if (program < 0)
		return program;
	run_pass(&first);
	recorder = source_recorder_open();
	error = recorder->trouble ? error_of(recorder->trouble) : recorder_lives_kept(recorder, take_life, &lives);
	if (!error && lives.n) {
		run_pass(&second);
		end_missing(&lives, &second, program, begin_ns);
	}
	result->sockets = first.sockets.n;
	free(lives.missing);
	free_pass(&first);
	free_pass(&second);
	source_close(recorder);
	close(program);
	return error;
}
