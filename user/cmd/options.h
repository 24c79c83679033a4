/* SPDX-License-Identifier: GPL-2.0 */
/* The command line of a subcommand, from tables: parsing, --help and completion. */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include "cmd/command.h"
#include "filter/selection.h"

struct option_row {
	int letter; /* the short form, or a number above 255 for none */
	const char *name; /* the long form; NULL ends a table */
	const char *argument; /* its name, NULL if it takes none; "[=NAME]" if it may */
	const char *help; /* NULL: not shown */
};

/* What a subcommand wants of its command line; it fills this in. */
struct option_spec {
	const struct command *command;
	const char *common; /* which of the common options, of "JHnN46" */
	const struct option_row *own; /* may be NULL */
	/* One of its own was given. 0 to go on, or an exit status, as misuse() gives. */
	int (*take)(int letter, const char *argument, void *ctx);
	void *ctx;
	bool takes_filter; /* the words left over are a filter, else a mistake */
	void (*more_help)(const struct command *command); /* printed after the options; may be NULL */
};

/* What the common options said. */
struct options {
	bool json;
	bool no_header;
	bool numeric;
	struct selection selection; /* its filter is to be freed; NULL if the command takes none */
};

/* What options_parse() gives when the command is to go on. */
#define OPTIONS_GO_ON (-1)

/*
 * Parses argv. OPTIONS_GO_ON; or the exit status to end with, after --help was
 * printed or a mistake was told. Options and filter words may mix.
 */
int options_parse(const struct option_spec *spec, int argc, char **argv,
		  struct options *options);

#endif
