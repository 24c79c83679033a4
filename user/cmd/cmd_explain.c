// SPDX-License-Identifier: GPL-2.0
/* explain: what happened to a connection, on what evidence, and what happens next. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/options.h"
#include "explain/explain.h"
#include "explain/peers.h"
#include "explain/segments.h"
#include "lib/error.h"
#include "source/losses.h"
#include "view/event_view.h"

enum { ENDED = 256, ONE_END, LIST_VERDICTS };

struct explain {
	struct options options;
	bool ended, one_end, list_verdicts;
	const char *cookie; /* the word that named one, or NULL */

	struct store store;
	struct peers peers;
	bool has_module, has_recorder;
	uint64_t now_ns;
	struct strbuf text;
	struct json json;
};

/* clang-format off */
static const struct option_row explain_options[] = {
	{ ENDED, "ended", NULL, "the connections that ended, latest first, not those that are" },
	{ ONE_END, "one-end", NULL, "judge each end as if the other were on another host" },
	{ LIST_VERDICTS, "list-verdicts", NULL, "print every verdict there is, and what it means" },
	{ 0 },
};
/* clang-format on */

static int take(int letter, const char *argument, void *ctx)
{
	struct explain *e = ctx;

	e->ended |= letter == ENDED;
	e->one_end |= letter == ONE_END;
	e->list_verdicts |= letter == LIST_VERDICTS;
	return 0;
}

static void help(const struct command *command)
{
	printf("\nCOOKIE is the number of the column COOKIE of tcpscope ls; a connection just gone is found\n"
	       "by it, too. FILTER is that of tcpscope ls: see tcpscope ls --help.\n");
}

static int list_verdicts(void)
{
	for (unsigned int id = 0; id < V_MAX; id++)
		printf("%-24s %s\n", verdict_name(id), verdict_meaning(id));
	return output_end(0);
}

/* --- which connections --- */

static void take_subject(struct explain *e, const struct tcpscope_row *row)
{
	if (selection_answer(&e->options.selection, row) == FILTER_YES)
		peers_add(&e->peers, row);
}

static void take_other(struct explain *e, const struct tcpscope_row *row)
{
	if (!e->one_end)
		peers_offer(&e->peers, row);
}

/* What is done with a row: taken as a subject, or offered as another's end. */
typedef void (*take_fn)(struct explain *e, const struct tcpscope_row *row);

struct pass {
	struct explain *e;
	take_fn take;
};

static int pass_conn(const struct tcpscope_conn *conn, void *ctx)
{
	struct pass *pass = ctx;
	struct tcpscope_row row;

	row_from_conn(&row, conn);
	store_join(&pass->e->store, &row);
	pass->take(pass->e, &row);
	return 0;
}

static int pass_life(const struct tcpscope_life *life, void *ctx)
{
	struct pass *pass = ctx;
	struct tcpscope_row row;

	row_from_life(&row, life, pass->e->now_ns);
	pass->take(pass->e, &row);
	return 0;
}

static int pass_ended(const struct tcpscope_ended *ended, void *ctx)
{
	struct pass *pass = ctx;
	struct tcpscope_row row;

	row_from_ended(&row, ended, pass->e->now_ns);
	pass->take(pass->e, &row);
	return 0;
}

/* The living: from the module, or without it those the recorder follows. 0 or -errno. */
static int read_living(struct explain *e, take_fn fn)
{
	struct pass pass = { e, fn };
	int result = source_debugfs_each(pass_conn, &pass);

	e->has_module = result <= 0;
	if (result > 0 && e->has_recorder)
		result = source_bpf_each(pass_life, &pass);
	return result < 0 ? result : 0;
}

static int read_ended(struct explain *e, take_fn fn)
{
	struct pass pass = { e, fn };

	return e->has_recorder ? source_bpf_each_ended(pass_ended, &pass) : 0;
}

/* First whom to explain, then who is at the other end. 0 or -errno. */
static int find(struct explain *e)
{
	int error = 0;

	e->now_ns = now_ns();
	if (!e->ended)
		error = read_living(e, take_subject);
	if (!error && (e->ended || (e->cookie && !e->peers.n)))
		error = read_ended(e, take_subject);
	if (!error && e->peers.n) {
		error = read_living(e, take_other);
		if (!error)
			error = read_ended(e, take_other);
	}
	e->now_ns = now_ns();
	return error;
}

/* --- what is said --- */

static const struct tcpscope_life *listener_of(struct explain *e, const struct end *end,
					       struct tcpscope_life *life)
{
	uint64_t cookie = end->row.has_life ? end->row.life.listener : 0;

	if (!cookie || !e->store.fetch || e->store.fetch(cookie, life, e->store.fetch_ctx))
		return NULL;
	return life->role == TCPSCOPE_ROLE_LISTENER ? life : NULL;
}

static int explain_one(struct explain *e, size_t i, struct exchange *exchange)
{
	struct tcpscope_life listener;

	peers_story(&e->peers, i, exchange, e->now_ns);
	exchange->has_module = e->has_module;
	exchange->has_recorder = e->has_recorder;
	exchange->listener = listener_of(e, &exchange->self, &listener);
	if (!exchange->listener && exchange->joined)
		exchange->listener = listener_of(e, &exchange->peer, &listener);
	segments_find(exchange);
	if (e->options.json) {
		strbuf_string(&e->text, i ? ",\n" : "\n");
		e->json.comma = false;
		explain_json(exchange, &e->json);
	} else {
		strbuf_string(&e->text, i ? "\n" : "");
		explain_text(exchange, &e->text, !e->options.numeric);
	}
	return strbuf_write(&e->text, stdout);
}

static void begin_json(struct explain *e)
{
	e->json.to = &e->text;
	json_object(&e->json, NULL);
	json_array(&e->json, "connections");
}

static void end_json(struct explain *e, const struct source_losses *losses)
{
	strbuf_char(&e->text, '\n');
	json_end_array(&e->json);
	json_bool(&e->json, "module", e->has_module);
	json_bool(&e->json, "recorder", e->has_recorder);
	losses_member(&e->json, losses);
	json_end_object(&e->json);
	strbuf_char(&e->text, '\n');
}

static int explain_all(struct explain *e)
{
	struct exchange *exchange = need(NULL, sizeof(*exchange));
	struct source_losses losses;
	const struct source_losses *known = history_losses(&losses);
	int error = 0;

	if (e->options.json)
		begin_json(e);
	for (size_t i = 0; !error && i < e->peers.n; i++)
		error = explain_one(e, i, exchange);
	if (e->options.json)
		end_json(e, known);
	if (!error)
		error = strbuf_write(&e->text, stdout);
	history_tell(known);
	free(exchange);
	return error;
}

/* Why there is nothing to explain, and where else to look. */
static int nothing(const struct explain *e)
{
	if (e->cookie && e->has_recorder)
		return fail("no connection has cookie %s, nor has one of those that ended last: it never was, or is long gone",
			    e->cookie);
	if (e->cookie)
		return fail("no connection has cookie %s; whether one had it is not known: %s", e->cookie,
			    history_trouble());
	if (e->ended)
		return fail("of the connections that ended last none is like that");
	return fail("there is no connection like that; tcpscope explain --ended looks among those that were");
}

static int run(struct explain *e)
{
	int trouble = source_debugfs_probe(), status, error;

	e->has_recorder = history_open();
	if (e->has_recorder)
		e->store.fetch = source_bpf_life;
	e->has_module = trouble == SOURCE_OK;
	if (e->ended && !e->has_recorder)
		return fail("%s", history_trouble());
	if (!e->has_module && !e->has_recorder)
		return fail("%s; and %s", source_trouble_text(trouble), history_trouble());
	error = find(e);
	if (!error && (e->peers.n || e->options.json))
		error = explain_all(e);
	status = output_end(error);
	return error || e->peers.n ? status : nothing(e);
}

/* --- the command line --- */

static bool is_number(const char *word)
{
	return *word && word[strspn(word, "0123456789")] == '\0';
}

/*
 * A number that is the only word is a cookie: gives the words with "cookie"
 * before it. To be freed.
 */
static char **with_cookie(int *argc, char **argv, const char **cookie)
{
	char **words = need(NULL, (*argc + 2) * sizeof(*words));
	int n = 0, at = 0;

	for (int i = 1; i < *argc; i++) {
		bool is_value = !strcmp(argv[i - 1], "-N") || !strcmp(argv[i - 1], "--netns");

		if (*argv[i] == '-' || is_value)
			continue;
		n++;
		at = i;
	}
	memcpy(words, argv, (*argc + 1) * sizeof(*words));
	if (n != 1 || !is_number(argv[at]))
		return words;
	*cookie = argv[at];
	memmove(words + at + 1, words + at, (*argc + 1 - at) * sizeof(*words));
	words[at] = (char *)"cookie";
	(*argc)++;
	return words;
}

int cmd_explain(const struct command *command, int argc, char **argv)
{
	struct explain e = { 0 };
	const struct option_spec spec = {
		.command = command,
		.common = "JnN46",
		.own = explain_options,
		.take = take,
		.ctx = &e,
		.takes_filter = true,
		.more_help = help,
	};
	char **words = with_cookie(&argc, argv, &e.cookie);
	int status = options_parse(&spec, argc, words, &e.options);

	if (status == OPTIONS_GO_ON)
		status = e.list_verdicts ? list_verdicts() : run(&e);
	history_close();
	filter_free(e.options.selection.filter);
	store_free(&e.store);
	peers_free(&e.peers);
	strbuf_free(&e.text);
	free(words);
	return status;
}
