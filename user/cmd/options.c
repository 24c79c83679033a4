// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cmd/options.h"
#include "lib/error.h"
#include "source/netns.h"

#define OPTIONS_MAX 32
#define LIST_OPTIONS 1000 /* for completion */

/* clang-format off */
static const struct option_row common_rows[] = {
	{ 'J', "json",      NULL, "print JSON" },
	{ 'H', "no-header", NULL, "print no header line" },
	{ 'n', "numeric",   NULL, "print no names of services" },
	{ 'N', "netns",     "NAME|PATH|INODE", "only that network namespace" },
	{ '4', "ipv4",      NULL, "only IPv4 sockets" },
	{ '6', "ipv6",      NULL, "only IPv6 sockets" },
	{ 'h', "help",      NULL, "print this and exit" },
	{ 'V', "version",   NULL, "print the version and exit" },
	{ LIST_OPTIONS, "list-options", NULL, NULL },
	{ 0 },
};
/* clang-format on */

/* The rows of one command, and getopt's idea of them. */
struct parse {
	const struct option_spec *spec;
	struct options *options;
	const struct option_row *rows[OPTIONS_MAX];
	size_t n;
	struct option longs[OPTIONS_MAX + 1];
	char shorts[3 * OPTIONS_MAX + 2];
};

static bool is_offered(const struct option_spec *spec,
		       const struct option_row *row)
{
	return strchr("hV", row->letter) || row->letter == LIST_OPTIONS ||
	       strchr(spec->common, row->letter);
}

static bool is_optional(const struct option_row *row)
{
	return row->argument && !strncmp(row->argument, "[=", 2);
}

static void parse_add(struct parse *parse, const struct option_row *row)
{
	size_t end = strlen(parse->shorts);

	if (parse->n == OPTIONS_MAX)
		return;
	parse->longs[parse->n] = (struct option){
		row->name,
		is_optional(row) ? optional_argument :
		row->argument	 ? required_argument :
				   no_argument,
		NULL, row->letter
	};
	parse->rows[parse->n++] = row;
	if (row->letter > 255)
		return;
	parse->shorts[end++] = row->letter;
	if (row->argument)
		parse->shorts[end] = ':';
}

static void parse_init(struct parse *parse, const struct option_spec *spec,
		       struct options *options)
{
	/* The colon tells a missing argument from an option that isn't one. */
	*parse = (struct parse){ .spec = spec,
				 .options = options,
				 .shorts = ":" };
	for (const struct option_row *row = spec->own; row && row->name; row++)
		parse_add(parse, row);
	for (const struct option_row *row = common_rows; row->name; row++)
		if (is_offered(spec, row))
			parse_add(parse, row);
}

static void print_option(const struct option_row *row)
{
	char left[64];

	if (!row->help)
		return;
	snprintf(left, sizeof(left), "%c%c%s--%s%s%s",
		 row->letter < 256 ? '-' : ' ',
		 row->letter < 256 ? row->letter : ' ',
		 row->letter < 256 ? ", " : "  ", row->name,
		 row->argument && !is_optional(row) ? " " : "",
		 row->argument ? row->argument : "");
	printf("  %-30s %s\n", left, row->help);
}

static void print_help(const struct parse *parse)
{
	const struct command *command = parse->spec->command;

	printf("usage: tcpscope%s%s%s%s\n\n%s\n\noptions:\n", *command->name ? " " : "", command->name,
	       *command->synopsis ? " " : "", command->synopsis, command->summary);
	for (size_t i = 0; i < parse->n; i++)
		print_option(parse->rows[i]);
	if (parse->spec->more_help)
		parse->spec->more_help(command);
	else if (parse->spec->takes_filter)
		printf("\nFILTER is that of tcpscope ls: see tcpscope ls --help.\n");
}

static void list_options(const struct parse *parse)
{
	for (size_t i = 0; i < parse->n; i++) {
		if (!parse->rows[i]->help)
			continue;
		if (parse->rows[i]->letter < 256)
			printf("-%c\n", parse->rows[i]->letter);
		printf("--%s\n", parse->rows[i]->name);
	}
}

static int set_netns(struct options *options, const char *name)
{
	int error = netns_resolve(name, &options->selection.netns);

	options->selection.in_netns = true;
	return error ? misuse("there is no network namespace '%s' (%s)", name,
			      strerror(-error)) :
		       OPTIONS_GO_ON;
}

/* OPTIONS_GO_ON, or the status to end with. */
static int take_common(struct parse *parse, int letter, const char *argument)
{
	struct options *options = parse->options;

	switch (letter) {
	case 'J':
		options->json = true;
		break;
	case 'H':
		options->no_header = true;
		break;
	case 'n':
		options->numeric = true;
		break;
	case 'N':
		return set_netns(options, argument);
	case '4':
	case '6':
		options->selection.family = letter == '4' ? AF_INET : AF_INET6;
		break;
	case 'h':
		print_help(parse);
		return output_end(0);
	case 'V':
		printf("tcpscope %s\n", TCPSCOPE_VERSION);
		return output_end(0);
	case LIST_OPTIONS:
		list_options(parse);
		return output_end(0);
	}
	return OPTIONS_GO_ON;
}

static bool is_own(const struct option_spec *spec, int letter)
{
	for (const struct option_row *row = spec->own; row && row->name; row++)
		if (row->letter == letter)
			return true;
	return false;
}

static int take(struct parse *parse, int letter, const char *argument)
{
	int status;

	if (!is_own(parse->spec, letter))
		return take_common(parse, letter, argument);
	status = parse->spec->take(letter, argument, parse->spec->ctx);
	return status ? status : OPTIONS_GO_ON;
}

/* A word of getopt's for what it could not take: "-x" or "--long". */
static int bad_option(const struct parse *parse, int reason, char **argv)
{
	const char *name = parse->spec->command->name;
	char letter[] = { '-', optopt, '\0' };
	bool short_form = optopt > 0 && optopt < 256;
	const char *option = short_form ? letter : argv[optind - 1];

	if (reason == ':')
		return misuse(
			"the option %s needs a value: see tcpscope %s%s--help",
			option, name, *name ? " " : "");
	return misuse("there is no option %s: see tcpscope %s%s--help", option,
		      name, *name ? " " : "");
}

static int take_words(const struct option_spec *spec, int argc, char **argv,
		      struct options *options)
{
	struct filter_error error;
	int status = OPTIONS_GO_ON;
	char *text;

	if (!spec->takes_filter)
		return argc ? misuse("'%s' means nothing here: see tcpscope %s%s--help",
				     argv[0], spec->command->name,
				     *spec->command->name ? " " : "") :
			      OPTIONS_GO_ON;
	text = filter_join(argc, argv);
	options->selection.filter = filter_parse(text, &error);
	if (!options->selection.filter)
		status = filter_misuse(text, &error);
	free(text);
	return status;
}

int options_parse(const struct option_spec *spec, int argc, char **argv,
		  struct options *options)
{
	struct parse parse;
	int letter;

	*options = (struct options){ .selection.family = AF_UNSPEC };
	parse_init(&parse, spec, options);
	opterr = 0;
	optind = 0; /* glibc: begin anew */
	while ((letter = getopt_long(argc, argv, parse.shorts, parse.longs,
				     NULL)) != -1) {
		int status;

		if (letter == '?' || letter == ':')
			return bad_option(&parse, letter, argv);
		status = take(&parse, letter, optarg);
		if (status != OPTIONS_GO_ON)
			return status;
	}
	return take_words(spec, argc - optind, argv + optind, options);
}
