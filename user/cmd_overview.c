// SPDX-License-Identifier: GPL-2.0
/* tcpscope alone: connections by state, armed timers by kind, and what stands out. */
#include <inttypes.h>
#include <stdio.h>

#include "document.h"
#include "history.h"
#include "options.h"
#include "sheet.h"
#include "tally.h"

struct look {
	struct options options;
	struct tally tally;
	bool list;
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

static int take_conn(const struct tcpscope_conn *conn, void *ctx)
{
	struct tcpscope_row row;
	struct look *look = ctx;

	row_from_conn(&row, conn);
	if (options_verdict(&look->options, &row) == VERDICT_YES)
		tally_add(&look->tally, &row);
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

static void add_count(struct sheet *sheet, const char *name, uint64_t count)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, count);
	sheet_add(sheet, name, digits);
}

/* Those that aren't zero, of all that can be. */
static void print_counts(struct sheet *sheet, const uint64_t counts[256], const char *(*name)(unsigned int i))
{
	char digits[8];

	for (unsigned int i = 0; i < 256; i++)
		if (counts[i])
			add_count(sheet, name_of(name(i), i, digits), counts[i]);
	sheet_print(sheet);
}

static void print_findings(const struct look *look)
{
	struct sheet *sheet = sheet_new(!look->options.no_header, ">COUNT",
					"STAND OUT", "SEE", NULL);
	const struct finding *finding;
	char count[24], command[160];

	for (size_t i = 0; (finding = finding_at(i)); i++) {
		if (look->tally.findings[i] < finding->at_least)
			continue;
		snprintf(count, sizeof(count), "%" PRIu64,
			 look->tally.findings[i]);
		snprintf(command, sizeof(command), "tcpscope ls %s",
			 finding->filter);
		sheet_add(sheet, count, finding->what, command);
	}
	sheet_print(sheet);
}

static void print_text(const struct look *look,
		       const struct source_losses *losses)
{
	const struct tally *tally = &look->tally;
	bool header = !look->options.no_header;

	printf("%" PRIu64 " connection%s in %zu network namespace%s%s\n\n",
	       tally->connections, tally->connections == 1 ? "" : "s",
	       tally->n_netns, tally->n_netns == 1 ? "" : "s",
	       losses ? "" : "; no recorder is attached (tcpscope attach)");
	print_counts(sheet_new(header, "STATE", ">CONNECTIONS", NULL), tally->states, tcpscope_state_name);
	printf("\n");
	print_counts(sheet_new(header, "TIMER", ">ARMED", NULL), tally->timers, tcpscope_timer_name);
	printf("\n");
	print_findings(look);
}

/* --- JSON --- */

/* Those from 1 on, zero or not, each under its key. */
static struct json_object *json_counts(const uint64_t *counts, unsigned int max, const char *(*key)(unsigned int i))
{
	struct json_object *object = json_object_new_object();

	for (unsigned int i = 1; i < max; i++)
		document_number(object, key(i), counts[i]);
	return object;
}

static struct json_object *json_findings(const struct tally *tally)
{
	struct json_object *array = json_object_new_array();
	const struct finding *finding;

	for (size_t i = 0; (finding = finding_at(i)); i++) {
		struct json_object *object = json_object_new_object();
		bool stands_out = tally->findings[i] >= finding->at_least;

		document_number(object, "count", tally->findings[i]);
		document_bool(object, "stands_out", stands_out);
		document_text(object, "what", finding->what);
		document_text(object, "filter", finding->filter);
		json_object_array_add(array, object);
	}
	return array;
}

static void print_json(const struct look *look,
		       const struct source_losses *losses)
{
	struct json_object *document = json_object_new_object();
	const struct tally *tally = &look->tally;

	document_number(document, "connections", tally->connections);
	document_number(document, "namespaces", tally->n_netns);
	document_add(document, "states", json_counts(tally->states, TCPSCOPE_STATE_MAX, tcpscope_state_key));
	document_add(document, "timers", json_counts(tally->timers, TCPSCOPE_TIMER_MAX, tcpscope_timer_name));
	document_add(document, "findings", json_findings(tally));
	document_add(document, "losses", history_json(losses));
	document_print(document);
}

static int run(struct look *look)
{
	struct source_losses losses;
	const struct source_losses *known;
	struct store store = { 0 };
	int trouble, status;

	tally_init(&look->tally);
	trouble = source_debugfs_each(take_conn, look);
	if (trouble && trouble != SOURCE_CUT_SHORT) {
		tally_free(&look->tally);
		return fail("%s", source_trouble_text(trouble));
	}
	history_open(&store);
	known = history_losses(&losses);
	history_tell(known);
	history_close();
	if (look->options.json)
		print_json(look, known);
	else
		print_text(look, known);
	tally_free(&look->tally);
	status = output_end(0);
	return trouble ? fail("%s", source_trouble_text(trouble)) : status;
}

int cmd_overview(int argc, char **argv)
{
	struct look look = { 0 };
	const struct option_spec spec = {
		.command = &overview,
		.common = "JHN46",
		.own = overview_options,
		.take = take,
		.ctx = &look,
		.more_help = commands_help,
	};
	int status = options_parse(&spec, argc, argv, &look.options);

	if (status != OPTIONS_GO_ON)
		return status;
	if (!look.list)
		return run(&look);
	commands_list();
	return output_end(0);
}
