// SPDX-License-Identifier: GPL-2.0
/* ls: the connections, each joined with its life, filtered and printed as it comes. */
#include <stdio.h>
#include <string.h>

#include "cmd/options.h"
#include "conn/sort.h"
#include "lib/error.h"
#include "snapshot/snapshot.h"
#include "source/losses.h"
#include "view/view.h"

enum {
	SORT = 256,
	ENDED,
	LIST_COLUMNS,
	LIST_CONDITIONS,
	LIST_STATES,
	LIST_TIMERS,
	LIST_TIMER_PARTS,
	LIST_FLAGS,
};

struct ls {
	struct options options;
	const char *output; /* of -o */
	const char *sort_by;
	int list; /* what completion asked for, or 0 */
	bool ended; /* those that are over, instead of those that are */

	struct sources sources;
	struct snapshot snapshot;
	struct columns columns;
	struct sort sort;
	struct view view;
	const struct view_kind *kind;
};

/* clang-format off */
static const struct option_row ls_options[] = {
	{ 'o', "output", "COLUMN,...", "show these columns; +COLUMN,... adds to the usual ones; all: every one" },
	{ SORT, "sort", "[-]COLUMN", "in order of that column, - for the greatest first" },
	{ ENDED, "ended", NULL, "the connections that ended last, latest first" },
	{ LIST_COLUMNS,    "list-columns",    NULL, NULL },
	{ LIST_CONDITIONS, "list-conditions", NULL, NULL },
	{ LIST_STATES,     "list-states",     NULL, NULL },
	{ LIST_TIMERS,     "list-timers",     NULL, NULL },
	{ LIST_TIMER_PARTS, "list-timer-parts", NULL, NULL },
	{ LIST_FLAGS,      "list-flags",      NULL, NULL },
	{ 0 },
};
/* clang-format on */

/* --- help and completion, from the tables --- */

static void help_columns(void)
{
	printf("\ncolumns, with their JSON keys (either will do, in any case):\n");
	for (size_t i = 0; i < TCPSCOPE_FIELD_MAX; i++) {
		const struct field *field = field_at(i);

		printf("  %-9s %-23s %s\n", field->column, field->key,
		       field->help);
	}
	printf("shown are %s unless -o says otherwise,\nwith --ended %s\n",
	       columns_of_table, columns_of_ended_table);
}

static void help(const struct command *command)
{
	const struct filter_help *row;
	const char *state;

	printf("\nfilter: conditions with and, or, not and parentheses, as ss takes them; OP is one of\n"
	       "  = != > < >= <= or eq ne gt lt ge le\n");
	for (size_t i = 0; (row = filter_help(i)); i++)
		printf("  %-7s %-24s %s\n", row->name, row->synopsis,
		       row->help);
	printf("states:");
	for (size_t i = 0; (state = filter_state_name(i)); i++)
		printf(" %s", state);
	printf("\n");
	help_columns();
}

/* The i-th word of a list that completion may ask for, or NULL at its end. */
static const char *column_name(size_t i)
{
	return i < TCPSCOPE_FIELD_MAX ? field_at(i)->column : NULL;
}

/* COLUMN, last in the table, stands for any of them. */
static const char *condition_name(size_t i)
{
	const struct filter_help *row = filter_help(i);

	return row && strcmp(row->name, "COLUMN") ? row->name : NULL;
}

static const char *timer_name(size_t i)
{
	return tcpscope_timer_name(i + 1);
}

static const char *flag_name(size_t i)
{
	return tcpscope_flag_name(1u << i);
}

/* clang-format off */
static const struct {
	int letter;
	const char *(*name)(size_t i);
} lists[] = {
	{ LIST_COLUMNS,    column_name },
	{ LIST_CONDITIONS, condition_name },
	{ LIST_STATES,     filter_state_name },
	{ LIST_TIMERS,     timer_name },
	{ LIST_TIMER_PARTS, filter_timer_part },
	{ LIST_FLAGS,      flag_name },
};
/* clang-format on */

static int print_list(int letter)
{
	const char *name;

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		for (size_t n = 0;
		     lists[i].letter == letter && (name = lists[i].name(n));
		     n++)
			puts(name);
	return output_end(0);
}

/* --- the command line --- */

static int take(int letter, const char *argument, void *ctx)
{
	struct ls *ls = ctx;

	switch (letter) {
	case 'o':
		ls->output = argument;
		break;
	case SORT:
		ls->sort_by = argument;
		break;
	case ENDED:
		ls->ended = true;
		break;
	default:
		ls->list = letter;
	}
	return 0;
}

/* Every name there is, as the mistake in -o or --sort deserves. */
static int no_column(const char *name)
{
	struct strbuf text = { 0 };
	int status;

	for (size_t i = 0; i < TCPSCOPE_FIELD_MAX; i++) {
		strbuf_string(&text, i ? " " : "");
		strbuf_string(&text, field_at(i)->column);
	}
	status = misuse("there is no column '%s', only %.*s", name,
			(int)text.len, text.data);
	strbuf_free(&text);
	return status;
}

static const char *usual_columns(const struct ls *ls)
{
	if (ls->ended)
		return ls->options.json ? columns_of_ended_json :
					  columns_of_ended_table;
	return ls->options.json ? columns_of_json : columns_of_table;
}

static int prepare(struct ls *ls)
{
	const char *usual = usual_columns(ls);
	bool json = ls->options.json;
	char bad[64];

	if (columns_parse(&ls->columns, ls->output ? ls->output : usual, usual,
			  json, bad, sizeof(bad)))
		return no_column(bad);
	if (ls->sort_by && !sort_parse(&ls->sort, ls->sort_by))
		return no_column(ls->sort_by);
	ls->kind = json ? &view_json : &view_table;
	ls->view = (struct view){
		.to = stdout,
		.columns = &ls->columns,
		.names = !ls->options.numeric,
		.header = !ls->options.no_header,
	};
	return EXIT_DONE;
}

/* --- the rows --- */

static int show(const struct tcpscope_row *row, void *ctx)
{
	struct ls *ls = ctx;

	return ls->kind->row(&ls->view, row);
}

static int sort(const struct tcpscope_row *row, void *ctx)
{
	struct ls *ls = ctx;

	sort_add(&ls->sort, row);
	return 0;
}

static int finish(struct ls *ls)
{
	struct source_losses losses;
	const struct source_losses *known = sources_losses(&ls->sources, &losses);
	int error = sort_each(&ls->sort, show, ls);

	if (!error)
		error = ls->kind->end(&ls->view, known);
	losses_tell(known);
	hidden_tell(ls->sources.recorder);
	return error;
}

static int run(struct ls *ls)
{
	struct snapshot *snapshot = &ls->snapshot;
	int error, status;

	error = snapshot_living(snapshot);
	/* Nothing at all was seen: an empty list would be a lie. */
	if (!snapshot_has_any(snapshot))
		return snapshot_status(snapshot);
	status = output_end(error ? error : finish(ls));
	return snapshot->module ? snapshot_status(snapshot) : status;
}

/* Only the recorder knows of what has ended. */
static int run_ended(struct ls *ls)
{
	int error;

	if (ls->snapshot.recorder)
		return fail("%s", source_trouble_text(ls->snapshot.recorder));
	error = snapshot_ended(&ls->snapshot);
	return output_end(error ? error : finish(ls));
}

/* What the columns and the order need of lives; the snapshot knows the filter's needs. */
static enum life_part life_part(const struct ls *ls)
{
	enum life_part columns = columns_need(&ls->columns);
	enum life_part order = ls->sort.field ? field_needs(ls->sort.field) : LIFE_NONE;

	return columns > order ? columns : order;
}

static int list(struct ls *ls)
{
	int status;

	sources_open(&ls->sources);
	ls->snapshot = (struct snapshot){
		.sources = &ls->sources,
		.selection = &ls->options.selection,
		.with_closed = true,
		.part = life_part(ls),
		.row = ls->sort.field ? sort : show,
		.ctx = ls,
	};
	snapshot_init(&ls->snapshot);
	status = ls->ended ? run_ended(ls) : run(ls);
	snapshot_free(&ls->snapshot);
	sources_close(&ls->sources);
	return status;
}

int cmd_ls(const struct command *command, int argc, char **argv)
{
	struct ls ls = { 0 };
	const struct option_spec spec = {
		.command = command,
		.common = "JHnN46",
		.own = ls_options,
		.take = take,
		.ctx = &ls,
		.takes_filter = true,
		.more_help = help,
	};
	int status = options_parse(&spec, argc, argv, &ls.options);

	if (status == OPTIONS_GO_ON && ls.list) {
		status = print_list(ls.list);
	} else if (status == OPTIONS_GO_ON) {
		status = prepare(&ls);
		if (!status)
			status = list(&ls);
	}
	filter_free(ls.options.selection.filter);
	sort_free(&ls.sort);
	view_free(&ls.view);
	return status;
}
