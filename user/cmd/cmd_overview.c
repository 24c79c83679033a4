// SPDX-License-Identifier: GPL-2.0
/* tcpscope alone: connections by state, armed timers by kind, and what stands out. */
#include <inttypes.h>
#include <stdio.h>
#include <tcpscope/abi.h>

#include "cmd/options.h"
#include "lib/error.h"
#include "lib/json.h"
#include "lib/table.h"
#include "overview/counts.h"
#include "snapshot/snapshot.h"
#include "source/losses.h"

struct look {
	struct options options;
	struct counts counts;
	bool list;
	bool from_lives; /* what the recorder knows, for want of the module */
};

enum { LIST_COMMANDS = 256 };

static const struct option_row overview_options[] = {
	{ LIST_COMMANDS, "list-commands", NULL, NULL },
	{ 0 },
};

static int take(int letter, const char *argument, void *ctx)
{
	struct look *look = ctx;

	look->list = letter == LIST_COMMANDS;
	return 0;
}

static int take_row(const struct tcpscope_row *row, void *ctx)
{
	counts_add(ctx, row);
	return 0;
}

/* --- for people --- */

/* The name of a number, or the number in digits[]. */
static const char *name_of(const char *name, unsigned int number,
			   char digits[static 8])
{
	snprintf(digits, 8, "%u", number);
	return name ? name : digits;
}

static void add_count(struct table *table, const char *name, uint64_t count)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, count);
	table_add(table, name, digits);
}

/* Those that aren't zero, of all that can be. */
static void print_counts(struct table *table, const uint64_t counts[256], const char *(*name)(unsigned int i))
{
	char digits[8];

	for (unsigned int i = 0; i < 256; i++)
		if (counts[i])
			add_count(table, name_of(name(i), i, digits), counts[i]);
	table_print(table);
}

static void print_findings(const struct look *look)
{
	struct table *table = table_new(!look->options.no_header, ">COUNT",
					"STAND OUT", "SEE", NULL);
	const struct highlight *highlight;
	char count[24], command[160];

	for (size_t i = 0; (highlight = highlight_at(i)); i++) {
		if (look->counts.highlights[i] < highlight->at_least)
			continue;
		snprintf(count, sizeof(count), "%" PRIu64,
			 look->counts.highlights[i]);
		snprintf(command, sizeof(command), "tcpscope ls %s",
			 highlight->filter);
		table_add(table, count, highlight->what, command);
	}
	table_print(table);
}

static int print_text(const struct look *look,
		       const struct source_losses *losses)
{
	const struct counts *counts = &look->counts;
	bool header = !look->options.no_header;

	printf("%" PRIu64 " connection%s in %zu network namespace%s%s%s\n\n",
	       counts->connections, counts->connections == 1 ? "" : "s",
	       counts->n_netns, counts->n_netns == 1 ? "" : "s",
	       losses ? "" : "; no recorder is attached (tcpscope attach)",
	       look->from_lives ? "; timers and queues are unknown without the module" : "");
	print_counts(table_new(header, "STATE", ">CONNECTIONS", NULL), counts->states, tcpscope_state_name);
	printf("\n");
	if (!look->from_lives) {
		print_counts(table_new(header, "TIMER", ">ARMED", NULL), counts->timers, tcpscope_timer_name);
		printf("\n");
	}
	print_findings(look);
	return 0;
}

/* --- JSON --- */

/* Those from 1 on, zero or not, each under its key; null if they are not known. */
static void json_counts(struct json *json, const char *name, const uint64_t *counts, unsigned int max,
			bool known, const char *(*key)(unsigned int i))
{
	json_object(json, name);
	for (unsigned int i = 1; i < max; i++)
		json_known(json, key(i), counts[i], known);
	json_end_object(json);
}

static void json_finding(struct json *json, const struct look *look, size_t i)
{
	const struct highlight *highlight = highlight_at(i);
	uint64_t n = look->counts.highlights[i];
	bool known = !look->from_lives || !look->counts.unknown[i];

	json_object(json, NULL);
	json_known(json, "count", n, known);
	if (known || n >= highlight->at_least)
		json_bool(json, "stands_out", n >= highlight->at_least);
	else
		json_null(json, "stands_out");
	json_string(json, "what", highlight->what);
	json_string(json, "filter", highlight->filter);
	json_end_object(json);
}

static int print_json(const struct look *look, const struct source_losses *losses)
{
	const struct counts *counts = &look->counts;
	struct strbuf text = {};
	struct json json = { .to = &text };
	int error;

	json_object(&json, NULL);
	json_u64(&json, "connections", counts->connections);
	json_u64(&json, "namespaces", counts->n_netns);
	json_counts(&json, "states", counts->states, TCPSCOPE_STATE_MAX, true, tcpscope_state_key);
	json_counts(&json, "timers", counts->timers, TCPSCOPE_TIMER_MAX, !look->from_lives, tcpscope_timer_name);
	json_array(&json, "findings");
	for (size_t i = 0; highlight_at(i); i++)
		json_finding(&json, look, i);
	json_end_array(&json);
	json_losses(&json, losses);
	json_end_object(&json);
	error = json_print(&json);
	strbuf_free(&text);
	return error;
}

static int show(const struct look *look, const struct sources *sources)
{
	struct source_losses losses;
	const struct source_losses *known = sources_losses(sources, &losses);

	losses_tell(known);
	return output_end((look->options.json ? print_json : print_text)(look, known));
}

static int run(struct look *look)
{
	struct sources sources;
	struct snapshot snapshot = {
		.sources = &sources,
		.selection = &look->options.selection,
		.row = take_row,
		.ctx = &look->counts,
	};
	int error, status = EXIT_DONE;

	sources_open(&sources);
	snapshot_init(&snapshot);
	counts_init(&look->counts);
	error = snapshot_living(&snapshot);
	look->from_lives = snapshot.from_lives;
	if (error)
		status = snapshot_failed(error);
	else if (snapshot_has_any(&snapshot))
		status = show(look, &sources);
	if (snapshot.module)
		status = snapshot_status(&snapshot);
	counts_free(&look->counts);
	snapshot_free(&snapshot);
	sources_close(&sources);
	return status;
}

static void help(const struct command *command)
{
	printf("\ncommands:\n");
	for (const struct command *other = command->others; other->name; other++)
		printf("  %-8s %-27s %s\n", other->name, other->synopsis, other->summary);
	printf("\nEach has its own --help; tcpscope(8) has it all.\n");
}

/* For completion. */
static int list_commands(const struct command *command)
{
	for (const struct command *other = command->others; other->name; other++)
		printf("%s\n", other->name);
	return output_end(0);
}

int cmd_overview(const struct command *command, int argc, char **argv)
{
	struct look look = { 0 };
	const struct option_spec spec = {
		.command = command,
		.common = "JHN46",
		.own = overview_options,
		.take = take,
		.ctx = &look,
		.more_help = help,
	};
	int status = options_parse(&spec, argc, argv, &look.options);

	if (status != OPTIONS_GO_ON)
		return status;
	if (!look.list)
		return run(&look);
	return list_commands(command);
}
