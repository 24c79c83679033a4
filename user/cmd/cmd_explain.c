// SPDX-License-Identifier: GPL-2.0
/* explain: what happened to a connection, on what evidence, and what happens next. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cmd/options.h"
#include "explain/explain.h"
#include "explain/peers.h"
#include "explain/segments.h"
#include "lib/error.h"
#include "snapshot/snapshot.h"
#include "source/losses.h"
#include "view/event_view.h"

enum { ENDED = 256, ONE_END, LIST_VERDICTS };

struct explain {
	struct options options;
	bool ended, one_end, list_verdicts;
	const char *cookie; /* the word that named one, or NULL */

	struct sources sources;
	struct snapshot snapshot;
	struct peers peers;
	struct holders holders;
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

static int list_verdicts(bool as_json)
{
	struct strbuf text = { 0 };
	struct json json = { .to = &text };
	int error;

	if (as_json) {
		json_object(&json, NULL);
		json_array(&json, "verdicts");
		for (unsigned int id = 0; id < V_MAX; id++) {
			json_object(&json, NULL);
			json_string(&json, "name", verdict_name(id));
			json_string(&json, "meaning", verdict_meaning(id));
			json_end_object(&json);
		}
		json_end_array(&json);
		json_end_object(&json);
		strbuf_char(&text, '\n');
		error = strbuf_write(&text, stdout);
		strbuf_free(&text);
		return output_end(error);
	}
	for (unsigned int id = 0; id < V_MAX; id++)
		printf("%-24s %s\n", verdict_name(id), verdict_meaning(id));
	return output_end(0);
}

/* --- which connections --- */

static int take_subject(const struct tcpscope_row *row, void *ctx)
{
	struct explain *e = ctx;

	peers_add(&e->peers, row);
	return 0;
}

static int take_other(const struct tcpscope_row *row, void *ctx)
{
	struct explain *e = ctx;

	peers_offer(&e->peers, row);
	return 0;
}

/* Those that are to be explained. 0 or -errno. */
static int find_subjects(struct explain *e)
{
	int error = 0;

	e->snapshot.row = take_subject;
	e->snapshot.selection = &e->options.selection;
	if (!e->ended)
		error = snapshot_living(&e->snapshot);
	if (!error && (e->ended || (e->cookie && !e->peers.n)))
		error = snapshot_ended(&e->snapshot);
	return error;
}

/* Who is at their other ends, among all. 0 or -errno. */
static int find_others(struct explain *e)
{
	static const struct selection all = { .family = AF_UNSPEC };
	int error;

	e->snapshot.row = take_other;
	e->snapshot.selection = &all;
	error = snapshot_living(&e->snapshot);
	return error ? error : snapshot_ended(&e->snapshot);
}

/* --- what is said --- */

static const struct tcpscope_life *listener_of(struct explain *e, const struct end *end,
					       struct tcpscope_life *life)
{
	uint64_t cookie = end->row.has_life ? end->row.life.listener : 0;

	if (!cookie || snapshot_life(&e->snapshot, cookie, life))
		return NULL;
	return life->role == TCPSCOPE_ROLE_LISTENER ? life : NULL;
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Who has them open. */
static void find_holders(struct explain *e)
{
	uint64_t *inodes = need(NULL, (e->peers.n + 1) * sizeof(*inodes));
	size_t n = 0;

	for (size_t i = 0; i < e->peers.n; i++)
		if (row_knows(&e->peers.row[i], TCPSCOPE_KNOWN(INODE)))
			inodes[n++] = e->peers.row[i].conn.inode;
	qsort(inodes, n, sizeof(*inodes), by_number);
	holders_find(&e->holders, inodes, n);
	free(inodes);
}

static void held_by(const struct explain *e, struct exchange *exchange)
{
	const struct tcpscope_row *row = &exchange->self.row;

	if (row_knows(row, TCPSCOPE_KNOWN(INODE)) && !row->has_ended)
		exchange->holders = holders_of(&e->holders, row->conn.inode, &exchange->n_holders);
	exchange->maker_ended = row->has_life && row->life.owner.pid && process_has_ended(row->life.owner.pid);
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
	held_by(e, exchange);
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
	const struct source_losses *known = sources_losses(&e->sources, &losses);
	int error = 0;

	if (e->options.json)
		begin_json(e);
	for (size_t i = 0; !error && i < e->peers.n; i++)
		error = explain_one(e, i, exchange);
	if (e->options.json)
		end_json(e, known);
	if (!error)
		error = strbuf_write(&e->text, stdout);
	losses_tell(known);
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
			    source_trouble_text(e->snapshot.recorder));
	if (e->ended)
		return fail("of the connections that ended last none is like that");
	return fail("there is no connection like that; tcpscope explain --ended looks among those that were");
}

static int explain_found(struct explain *e)
{
	int error = find_subjects(e), status;

	if (!error && e->peers.n && !e->one_end)
		error = find_others(e);
	if (!error && e->peers.n)
		find_holders(e);
	if (!error && !e->ended)
		e->has_module = !e->snapshot.from_lives;
	e->now_ns = source_now_ns(e->sources.host);
	if (!error && (e->peers.n || e->options.json))
		error = explain_all(e);
	status = output_end(error);
	return error || e->peers.n ? status : nothing(e);
}

static int run(struct explain *e)
{
	enum source_trouble trouble = source_probe(e->sources.module), recorder = e->snapshot.recorder;

	e->has_recorder = !recorder;
	e->has_module = !trouble;
	if (e->ended && recorder)
		return fail("%s", source_trouble_text(recorder));
	if (trouble && recorder)
		return fail("%s; and %s", source_trouble_text(trouble), source_trouble_text(recorder));
	return explain_found(e);
}

/* --- the command line --- */

static bool is_number(const char *word)
{
	return *word && word[strspn(word, "0123456789")] == '\0';
}

/* -N alone or behind other letters, or --netns, which may be cut short. */
static bool takes_netns(const char *word)
{
	size_t len = strlen(word);

	if (!strncmp(word, "--", 2))
		return len > 4 && !strncmp("--netns", word, len);
	return len > 1 && *word == '-' && word[len - 1] == 'N';
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
		if (*argv[i] == '-' || takes_netns(argv[i - 1]))
			continue;
		n++;
		at = i;
	}
	memcpy(words, argv, (*argc + 1) * sizeof(*words));
	if (n == 2 && is_number(argv[at]) && !strcmp(argv[at - 1], "cookie"))
		*cookie = argv[at];
	if (n != 1 || !is_number(argv[at]))
		return words;
	*cookie = argv[at];
	memmove(words + at + 1, words + at, (*argc + 1 - at) * sizeof(*words));
	words[at] = (char *)"cookie";
	(*argc)++;
	return words;
}

static int open_and_run(struct explain *e)
{
	int status;

	sources_open(&e->sources);
	e->snapshot = (struct snapshot){ .sources = &e->sources, .part = LIFE_WHOLE, .ctx = e };
	snapshot_init(&e->snapshot);
	status = run(e);
	snapshot_free(&e->snapshot);
	sources_close(&e->sources);
	return status;
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
		status = e.list_verdicts ? list_verdicts(e.options.json) : open_and_run(&e);
	filter_free(e.options.selection.filter);
	peers_free(&e.peers);
	holders_free(&e.holders);
	strbuf_free(&e.text);
	free(words);
	return status;
}
